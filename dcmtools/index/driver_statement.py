"""Statements that are compiled once and given to the database driver, for what is done for every instance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any, cast

from sqlalchemy import ClauseElement, Connection, Dialect
from sqlalchemy.sql.compiler import SQLCompiler

Value = str | int | None


class DriverStatement:
    """A statement in the words of the database driver.

    Running one takes a small part of the time that SQLAlchemy needs for a statement that it knows.
    Its parameters are text and integers, which need no conversion, or null. The methods run it
    within the transaction of the connection, and raise the errors of the driver.
    """

    def __init__(
        self, statement: ClauseElement, dialect: Dialect, columns: Sequence[str] | None = None
    ) -> None:
        """Compile `statement`; `columns` are those that an INSERT is given values of."""
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        self._text = str(compiled)
        self._order = cast(SQLCompiler, compiled).positiontup  # None where parameters have names

    def rows(self, connection: Connection, **values: Value) -> list[tuple[Any, ...]]:
        """Execute the statement and return its rows."""
        with closing(_driver(connection).cursor()) as cursor:
            cursor.execute(self._text, self._parameters(values))
            return cast(list[tuple[Any, ...]], cursor.fetchall())

    def run_each(self, connection: Connection, rows: Sequence[Mapping[str, Value]]) -> int:
        """Execute the statement with the values of each row; return how many rows it made."""
        with closing(_driver(connection).cursor()) as cursor:
            if len(rows) == 1:
                cursor.execute(self._text, self._parameters(rows[0]))
            else:
                cursor.executemany(self._text, [self._parameters(row) for row in rows])
            return cast(int, cursor.rowcount)

    def _parameters(self, values: Mapping[str, Value]) -> Any:
        """Return values as the driver takes them: in order, or by name."""
        return values if self._order is None else tuple(map(values.__getitem__, self._order))


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection
