"""Many queries in one file: CSV, whose first line has the keys, and each other line a query."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

from dcmtools.dicom.keyword_path import KeywordPath
from dcmtools.dicom.text import brief_text
from dcmtools.errors import FileError, KeywordPathError, UnreadableFileError

_SEPARATORS = (";", "\t")  # besides commas; neither is in a key


class ListedQuery(NamedTuple):
    """A query of the file: its line, counted from 1, and its keys with a value as ``-k`` takes them."""

    line: int
    keys: tuple[str, ...]


class QueryList(NamedTuple):
    """The keys in the first line of the file, and the queries below it."""

    keys: tuple[str, ...]
    queries: tuple[ListedQuery, ...]


def read_query_list(path: Path) -> QueryList:
    """Return the queries of a CSV file in UTF-8.

    The cells of the first line are keys, as ``-k`` takes them without a value; commas, semicolons or
    tabs separate them. A cell below is the value of its key, an empty one is none. Lines without
    any value are passed over. Raises FileError.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UnreadableFileError(path, error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise FileError(path, "is not UTF-8 text") from None
    first = text.partition("\n")[0]
    separator = next((each for each in _SEPARATORS if each in first), ",")
    rows = _rows(path, csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True))
    _, heads = next(rows, (1, []))
    if not any(map(str.strip, heads)):
        raise FileError(path, "has no keys in its first line")
    keys = tuple(_key(path, head) for head in heads)
    queries = [_query(path, line, keys, cells) for line, cells in rows if any(map(str.strip, cells))]
    if not queries:
        raise FileError(path, "has no queries below its first line")
    return QueryList(keys, tuple(queries))


def _rows(path: Path, reader: Any) -> Iterator[tuple[int, list[str]]]:
    while True:
        line: int = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise FileError(path, f"line {line}: {error}") from None
        yield line, cells


def _key(path: Path, head: str) -> str:
    try:
        key = KeywordPath.parse(head.strip())
    except KeywordPathError as error:
        raise FileError(path, f"line 1: {error.message}", hint=error.hint) from None
    if key.value is not None:
        raise FileError(path, f"line 1: '{brief_text(head)}': the values stand in the lines below")
    return str(key)


def _query(path: Path, line: int, keys: Sequence[str], cells: Sequence[str]) -> ListedQuery:
    if len(cells) > len(keys):
        raise FileError(path, f"line {line}: {len(cells)} values for {len(keys)} keys")
    values = (cell.strip() for cell in cells)
    return ListedQuery(
        line, tuple(f"{key}={value}" for key, value in zip(keys, values, strict=False) if value)
    )
