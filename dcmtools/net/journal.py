"""Which files a peer has stored, in a file of JSON lines that outlives an interrupted run.

The first line names the peer; each further one says what became of a file. It is written as soon as
the response is there, so that a run which was killed has lost at most the line under way.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from datetime import UTC, datetime
from os import PathLike
from types import TracebackType
from typing import Any, NamedTuple, Self

from dcmtools.dicom.part10 import InstanceFile
from dcmtools.dicom.part_files import MODE, lock, write_all
from dcmtools.errors import JournalError
from dcmtools.net.association import Peer
from dcmtools.net.events import AlreadyStored, Changed, NotStored, Stored

_FORMAT = "dcmtools storescu 1"
_OPEN_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)


class _State(NamedTuple):
    """What shows whether a file is still the same; None where it could not be looked at."""

    sop_instance_uid: str
    size: int | None  # bytes
    modified_ns: int | None


class Journal:
    """The journal at `path` of what is sent to `peer`, made if need be; to be closed in the end.

    Raises `JournalError` when the file is no journal, is one of another peer or in use by another
    process, or cannot be read or written; it stays as it is then.
    """

    def __init__(self, path: str | PathLike[str], peer: Peer) -> None:
        self._path = os.fspath(path)
        self._stored: dict[str, _State] = {}
        self._looked_at: dict[str, _State] = {}
        self._line = 0
        try:
            self._descriptor = os.open(self._path, _OPEN_FLAGS, MODE)
        except (OSError, ValueError) as exc:
            raise self._error(exc) from exc
        try:
            self._open(peer)
        except OSError as exc:
            self.close()
            raise self._error(exc) from exc
        except JournalError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, exc: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let others use the journal."""
        os.close(self._descriptor)

    def look_up(self, file: InstanceFile) -> AlreadyStored | Changed | None:
        """Return what the journal knows of a file that is to be sent; None if it is not stored."""
        state = self._looked_at[file.path] = _state(file)
        stored = self._stored.get(_key(file.path))
        if stored is None:
            return None
        if stored != state:
            return Changed(file.path)
        del self._looked_at[file.path]
        return AlreadyStored(file.path)

    def note(self, event: Stored | NotStored) -> None:
        """Write down what became of a file that was looked up; raises `JournalError`."""
        state = self._looked_at.pop(event.path)
        is_stored = isinstance(event, Stored)
        entry = {
            "path": _key(event.path),
            **state._asdict(),
            "outcome": "stored" if is_stored else "failed",
            "status": None if event.status is None else f"0x{event.status:04X}",
            "reason": None if isinstance(event, Stored) else event.reason,
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }
        try:
            self._write(entry)
        except OSError as exc:
            raise self._error(exc) from exc

    def _open(self, peer: Peer) -> None:
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise JournalError(self._path, "is not a regular file")
        if not lock(self._descriptor):
            raise JournalError(self._path, "another process uses this journal")
        header = {"journal": _FORMAT, "host": peer.host, "port": peer.port, "ae_title": peer.ae_title}
        if status.st_size == 0:
            self._write(header)
        else:
            self._read(header)

    def _read(self, header: Mapping[str, object]) -> None:
        """Read the journal, and cut off the line that a killed process did not end."""
        whole = 0
        with os.fdopen(os.dup(self._descriptor), "rb") as stream:
            for line in stream:
                self._line += 1
                if self._line == 1:
                    self._check_header(self._parsed(line), header)
                elif line.endswith(b"\n"):
                    self._take(self._parsed(line))
                else:
                    break
                whole += len(line)
        os.ftruncate(self._descriptor, whole)

    def _parsed(self, line: bytes) -> dict[str, Any]:
        try:
            parsed = json.loads(line)
        except (ValueError, RecursionError):
            parsed = None
        if isinstance(parsed, dict) and line.endswith(b"\n"):
            return parsed
        raise self._unfit()

    def _check_header(self, found: Mapping[str, Any], wanted: Mapping[str, object]) -> None:
        if found.get("journal") != _FORMAT:
            raise self._unfit()
        if found != wanted:
            raise JournalError(
                self._path,
                f"is the journal of another peer: {_shown(found)}, not {_shown(wanted)}",
                hint="each peer needs a journal of its own",
            )

    def _take(self, entry: Mapping[str, Any]) -> None:
        """Take in what a line says of a file; the last line about it holds."""
        try:
            path, is_stored = entry["path"], entry["outcome"] == "stored"
            state = _State(*(entry[name] for name in _State._fields))
        except KeyError as exc:
            raise self._unfit() from exc
        if not isinstance(path, str):
            raise self._unfit()
        if is_stored:
            self._stored[path] = state
        else:
            self._stored.pop(path, None)

    def _write(self, entry: Mapping[str, object]) -> None:
        write_all(self._descriptor, json.dumps(entry).encode("ascii") + b"\n")

    def _error(self, exc: OSError | ValueError) -> JournalError:
        reason = exc.strerror if isinstance(exc, OSError) else None
        return JournalError(self._path, f"cannot be used as a journal: {(reason or str(exc)).lower()}")

    def _unfit(self) -> JournalError:
        return JournalError(self._path, f"is not a journal of storescu (line {self._line})")


def _key(path: str) -> str:
    """Return the path under which a file is known, whatever the current folder is."""
    return os.path.abspath(path)  # noqa: PTH100 - Path.resolve() would follow links


def _state(file: InstanceFile) -> _State:
    try:
        status = os.stat(file.path)  # noqa: PTH116 - as quick as can be
    except OSError:
        return _State(file.sop_instance_uid, None, None)
    return _State(file.sop_instance_uid, status.st_size, status.st_mtime_ns)


def _shown(header: Mapping[str, Any]) -> str:
    return f"{header.get('ae_title')} at {header.get('host')}:{header.get('port')}"
