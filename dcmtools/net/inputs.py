"""What there is to send: files and folders into SOP Instances."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from dcmtools.dicom.part10 import InstanceFile, read_instance
from dcmtools.errors import DicomdirError, FileError, NotDicomError, UnidentifiedFileError
from dcmtools.net.events import BadFile, Inaccessible, Skipped, Unidentified

Input = InstanceFile | BadFile | Unidentified | Inaccessible | Skipped


def plan_inputs(paths: Iterable[str], *, recurse: bool = False) -> Iterator[Input]:
    """Yield the SOP Instances among `paths`, each file once and in the order of the file names.

    Of a folder its files are taken, with `recurse` those in folders below too (not through
    symbolic links). Only the headers of files are read. In a folder, what is no SOP Instance is
    skipped; a file that was named itself is an error then.
    """
    named: set[str] = set()
    found: set[str] = set()
    for path in paths:
        try:
            mode = Path(path).stat().st_mode
        except (OSError, ValueError):
            yield Inaccessible(path)
            continue
        if stat.S_ISDIR(mode):
            found.update(_files(path, recurse=recurse))
        else:
            named.add(path)
    for path in sorted(named | found):
        yield _instance(path, named=path in named)


def _files(folder: str, *, recurse: bool) -> Iterator[str]:
    pending = [folder]
    while pending:
        current = pending.pop()
        try:
            entries = list(os.scandir(current))
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if recurse:
                    pending.append(entry.path)
            elif entry.is_file():
                yield entry.path


def _instance(path: str, *, named: bool) -> InstanceFile | BadFile | Unidentified | Skipped:
    try:
        return read_instance(path)
    except (NotDicomError, DicomdirError) as exc:
        return BadFile(path, exc.reason) if named else Skipped(path, exc.reason)
    except UnidentifiedFileError as exc:
        return Unidentified(path, exc.reason)
    except FileError as exc:
        return BadFile(path, exc.reason)
