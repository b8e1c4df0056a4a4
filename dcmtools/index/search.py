"""The answers to a query, as they come out of the database."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, NamedTuple

from sqlalchemy import Engine, Row

from dcmtools.index.connecting import translated
from dcmtools.index.planning import Plan

_BATCH = 500  # rows that are held at a time


class Found(NamedTuple):
    """An entity of the level of a query that matches.

    `values` are the texts of its attributes in the order of the keys, empty ones too; several values
    of one are joined by a backslash. `character_set` is the Specific Character Set of the instance
    that the entity was read from, as it stands in there.
    """

    values: tuple[str, ...]
    character_set: str


class Search:
    """The matches of a query; read from the database when, and as far as, they are iterated over.

    `unsupported` are the tags of the keys that the index does not know, whose values are empty and
    which nothing was matched against. Iterating raises CatalogError.
    """

    def __init__(self, engine: Engine, location: str, plan: Plan) -> None:
        self.unsupported = plan.unsupported
        self._matches = _search(engine, location, plan)

    def __iter__(self) -> Iterator[Found]:
        return self._matches

    def close(self) -> None:
        """Give up what is still to come."""
        self._matches.close()


def _search(engine: Engine, location: str, plan: Plan) -> Generator[Found, None, None]:
    width = plan.width
    with translated(location), engine.connect() as connection:
        streaming = connection.execution_options(stream_results=True, yield_per=_BATCH)
        with streaming.execute(plan.statement) as result:
            rows = (row for batch in result.partitions() for row in batch)
            for row in _matching(rows, plan) if plan.tests or plan.repeats else rows:
                yield Found(row[:width], row[-2])


def _matching(rows: Iterator[Row[*tuple[Any, ...]]], plan: Plan) -> Iterator[Row[*tuple[Any, ...]]]:
    """Yield the first row of each entity that passes the tests."""
    tests, last = plan.tests, None
    for row in rows:
        if (not plan.repeats or row[-1] != last) and all(test(row) for test in tests):
            last = row[-1]
            yield row
