"""Writing to an index: what several threads want to write at once goes into one transaction."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from dcmtools.index.connecting import WRITING, first_line
from dcmtools.index.entries import Entry
from dcmtools.index.rows import Rows

_ATTEMPTS = 10  # at a transaction that other processes get in the way of

_PASSING = frozenset({"40001", "40P01"})  # SQLSTATE: serialisation failure, deadlock


class NotWrittenError(Exception):
    """Something could not be written to the database; `reason` is what it says."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


_UNFINISHED = NotWrittenError("the thread that was to write it has failed")


class _Waiting:
    """An entry that a thread waits for."""

    __slots__ = ("done", "entry", "error")

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.done = False
        self.error: NotWrittenError | None = _UNFINISHED  # until it is written


class Writer:
    """Writes for all threads of a process; where a method raises NotWrittenError, nothing was."""

    def __init__(self, engine: Engine, rows: Rows) -> None:
        self._engine = engine
        self._rows = rows
        self._driver_error: type[Exception] = engine.dialect.loaded_dbapi.Error
        self._lock = threading.Lock()
        self._queue: deque[_Waiting] = deque()
        self._connection: Connection | None = None

    def add(self, entry: Entry) -> None:
        """Index an instance, in place of the one with its SOP Instance UID; returns when it is committed."""
        waiting = _Waiting(entry)
        self._queue.append(waiting)
        with self._lock:
            if not waiting.done:  # else a thread that came before has taken it along
                self._write_queue()
        if waiting.error is not None:
            raise waiting.error

    def add_all(self, entries: Sequence[Entry]) -> None:
        """Index instances in one transaction."""
        with self._lock:
            self._add(entries)

    def remove(self, sop_instances: Sequence[str]) -> None:
        """Take the instances with these identities out of the index, and entities that have none left."""
        with self._lock:
            self._transact(lambda connection: self._rows.remove(connection, sop_instances))

    def remove_numbers(self, numbers: Sequence[int]) -> None:
        """Take instances out of the index by the numbers of their rows."""
        with self._lock:
            self._transact(lambda connection: self._rows.remove_numbers(connection, numbers))

    def clear(self) -> None:
        """Take everything out of the index."""
        with self._lock:
            self._transact(self._rows.clear)

    def close(self) -> None:
        """Close the connection to the database."""
        with self._lock:
            self._disconnect()

    def _write_queue(self) -> None:
        taken = [self._queue.popleft() for _ in range(len(self._queue))]
        try:
            self._write(taken)
        finally:
            for waiting in taken:
                waiting.done = True

    def _write(self, taken: Sequence[_Waiting]) -> None:
        """Write entries together or, when that cannot be done, one by one."""
        try:
            self._add([waiting.entry for waiting in taken])
        except NotWrittenError as exc:
            if len(taken) == 1:
                taken[0].error = exc
                return
            for waiting in taken:
                self._write([waiting])
        else:
            for waiting in taken:
                waiting.error = None

    def _add(self, entries: Sequence[Entry]) -> None:
        self._transact(lambda connection: self._rows.add(connection, entries))

    def _transact(self, work: Callable[[Connection], None]) -> None:
        """Do `work` in one transaction, again where another process has changed what it built on."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with self._connected().begin():
                    work(self._connected())
                break
            except (SQLAlchemyError, self._driver_error) as exc:
                self._rows.forget()
                self._disconnect()
                if attempt == _ATTEMPTS or not self._may_pass(exc):
                    raise NotWrittenError(first_line(exc)) from exc

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(**{WRITING: True})
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _may_pass(self, exc: Exception) -> bool:
        """Return whether what went wrong may go well when it is done again."""
        if isinstance(exc, DBAPIError) and exc.connection_invalidated:
            return True
        cause = exc.orig if isinstance(exc, DBAPIError) else exc
        is_conflict = isinstance(cause, self._engine.dialect.loaded_dbapi.IntegrityError)
        return is_conflict or getattr(cause, "sqlstate", None) in _PASSING
