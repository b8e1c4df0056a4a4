"""What there is to send: files and folders into SOP Instances."""

from __future__ import annotations

import heapq
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
    folders: list[str] = []
    for path in paths:
        try:
            mode = Path(path).stat().st_mode
        except (OSError, ValueError):
            yield Inaccessible(path)
            continue
        if stat.S_ISDIR(mode):
            folders.append(path)
        else:
            named.add(path)
    last = None
    for path in heapq.merge(sorted(named), *(_files(folder, recurse=recurse) for folder in folders)):
        if path != last:
            yield _instance(path, named=path in named)
        last = path


def input_files(paths: Iterable[str], *, recurse: bool = False) -> Iterator[str]:
    """Yield the paths of all files that `plan_inputs` looks at, for who wants to know how many there are."""
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - False for what is no path at all
            yield from _files(path, recurse=recurse)
        else:
            yield path


def _files(folder: str, *, recurse: bool) -> Iterator[str]:
    """Yield the files of a folder in the order of their paths; a folder is listed when it is its turn."""
    pending = [_sorted_entries(folder)]
    while pending:
        entry = next(pending[-1], None)
        if entry is None:
            pending.pop()
        elif entry.is_dir(follow_symlinks=False):
            if recurse:
                pending.append(_sorted_entries(entry.path))
        elif entry.is_file():
            yield entry.path


def _sorted_entries(folder: str) -> Iterator[os.DirEntry[str]]:
    """Return what is in a folder as the paths of the files have it, those in folders below among them."""
    try:
        with os.scandir(folder) as entries:
            return iter(sorted(entries, key=_place))
    except OSError:
        return iter(())


def _place(entry: os.DirEntry[str]) -> str:
    return f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name


def _instance(path: str, *, named: bool) -> InstanceFile | BadFile | Unidentified | Skipped:
    try:
        return read_instance(path)
    except (NotDicomError, DicomdirError) as exc:
        return BadFile(path, exc.reason) if named else Skipped(path, exc.reason)
    except UnidentifiedFileError as exc:
        return Unidentified(path, exc.reason)
    except FileError as exc:
        return BadFile(path, exc.reason)
