"""An Identifier matched against whole datasets, sequences too (PS3.4 C.2.2.2 and C.2.2.2.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import copy, deepcopy

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from dcmtools.dicom.answer_text import encode_texts
from dcmtools.dicom.matching import DATE_TIME_PAIRS, Matcher, combine, compile_matcher
from dcmtools.dicom.query import SPECIFIC_CHARACTER_SET, Key, QueryError, query_keys, text_values


class DatasetQuery:
    """The keys of an Identifier, to be matched against any number of datasets; not bound to a thread.

    `fuzzy` is fuzzy semantic matching of person names, `combined` that a range of dates and one
    of times are a single range of date-times: each as it was negotiated. Raises QueryError for a
    sequence of several items.
    """

    def __init__(self, identifier: Dataset, *, fuzzy: bool = False, combined: bool = False) -> None:
        self._requested = _character_set(identifier)
        self._keys = _Keys(identifier, fuzzy=fuzzy, combined=combined)

    def matches(self, dataset: Dataset) -> bool:
        """Return whether `dataset` matches all keys."""
        return self._keys.match(dataset)

    def answer(self, dataset: Dataset) -> Dataset:
        """Return the Identifier of the response for `dataset`, which matches.

        It has the attributes that were asked for, empty where `dataset` lacks them, of a sequence
        the items that match; a sequence asked for without keys is there as a whole. Specific
        Character Set is there when text needs it.
        """
        answer = self._keys.answer(dataset)
        texts = [(str(element.VR), _text(element)) for element in _leaves(answer)]
        terms, _ = encode_texts(texts, self._requested, "\\".join(_character_set(dataset)))
        if terms:
            answer[SPECIFIC_CHARACTER_SET] = DataElement(SPECIFIC_CHARACTER_SET, "CS", list(terms))
        return answer


class _Keys:
    """The keys of an Identifier, or of an item in it."""

    def __init__(self, identifier: Dataset, *, fuzzy: bool, combined: bool) -> None:
        self._keys = query_keys(identifier)
        by_tag = {key.tag: key for key in self._keys}
        self._nested = {
            key.tag: _Keys(_only_item(key), fuzzy=fuzzy, combined=combined)
            for key in self._keys
            if key.items and len(_only_item(key))
        }
        self._pairs = list(_combined(by_tag)) if combined else []
        paired = {tag for date, time, _ in self._pairs for tag in (date, time)}
        self._tests: list[tuple[int, Matcher]] = [
            (key.tag, compile_matcher(key, fuzzy=fuzzy))
            for key in self._keys
            if key.values and key.tag not in paired
        ]

    @property
    def are_universal(self) -> bool:
        """Whether any dataset matches."""
        return not (self._tests or self._pairs) and all(keys.are_universal for keys in self._nested.values())

    def match(self, dataset: Dataset) -> bool:
        return (
            all(test(_value(dataset, tag)) for tag, test in self._tests)
            and all(test(_value(dataset, date), _value(dataset, time)) for date, time, test in self._pairs)
            and all(
                keys.are_universal or any(map(keys.match, _items(dataset, tag)))
                for tag, keys in self._nested.items()
            )
        )

    def answer(self, dataset: Dataset) -> Dataset:
        answer = Dataset()
        for key in self._keys:
            if keys := self._nested.get(key.tag):
                items = [keys.answer(item) for item in _items(dataset, key.tag) if keys.match(item)]
                answer[key.tag] = DataElement(key.tag, "SQ", items)
            elif key.tag not in dataset:
                answer[key.tag] = DataElement(key.tag, key.vr, [] if key.vr == "SQ" else None)
            else:
                element = dataset[key.tag]
                answer[key.tag] = deepcopy(element) if element.VR == "SQ" else copy(element)
        return answer


def _combined(keys: dict[int, Key]) -> Iterator[tuple[int, int, Callable[[str, str], bool]]]:
    """Yield the tags of each date and time that are matched as one date-time, and their test."""
    for date, time in DATE_TIME_PAIRS.items():
        if date in keys and time in keys and (test := combine(keys[date], keys[time])):
            yield date, time, test


def _only_item(key: Key) -> Dataset:
    if len(key.items) > 1:
        raise QueryError("a sequence has several items, a key has one", key.tag)
    return key.items[0]


def _items(dataset: Dataset, tag: int) -> list[Dataset]:
    element = dataset.get(tag)
    return list(element.value or ()) if element is not None and element.VR == "SQ" else []


def _value(dataset: Dataset, tag: int) -> str:
    element = dataset.get(tag)
    return "" if element is None else _text(element)


def _text(element: DataElement) -> str:
    return "" if element.VR == "SQ" else "\\".join(text_values(element))


def _character_set(dataset: Dataset) -> tuple[str, ...]:
    element = dataset.get(SPECIFIC_CHARACTER_SET)
    return () if element is None else text_values(element)


def _leaves(dataset: Dataset) -> Iterator[DataElement]:
    """Yield the elements that are no sequences, those of items too."""
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                yield from _leaves(item)
        else:
            yield element
