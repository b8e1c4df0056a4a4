"""The Identifier of a C-FIND, C-GET or C-MOVE request (PS3.7 section 9.1.2, PS3.4 annex C)."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydicom import config
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.valuerep import CUSTOMIZABLE_CHARSET_VR

from dcmtools.dicom.character_set import UNICODE, parse_character_set, unencodable
from dcmtools.dicom.element_name import ComponentError, format_element_name
from dcmtools.dicom.keyword_edit import set_element
from dcmtools.dicom.keyword_path import KeywordPath, path_error
from dcmtools.dicom.query_file import read_query_file
from dcmtools.dicom.text import brief_text
from dcmtools.errors import FileError, InputError

_CHARACTER_SET = 0x00080005
_ENCODINGS = ((True, True), (False, True), (False, False))  # (implicit VR, little endian)


def build_identifier(
    keys: Sequence[str], query_file: Path | None = None, charset: str | None = None
) -> Dataset:
    """Return the dataset of `query_file` (empty without one) with each of `keys` added or overridden.

    `keys` are keyword paths, applied in order. `charset` holds defined terms of Specific Character
    Set; it may also be given as a key. Where neither is, text outside the character set of the
    file - ASCII without one - makes the whole Identifier ISO_IR 192. Text is never replaced: the
    Identifier can be encoded as it is in each uncompressed transfer syntax.

    Raises KeywordPathError for a key, FileError for the file, InputError for `charset`.
    """
    given = None if charset is None else parse_character_set(charset)
    ds = Dataset() if query_file is None else read_query_file(query_file)
    paths = [KeywordPath.parse(key) for key in keys]
    elements = [(path, set_element(ds, path)) for path in paths]
    given = _typed_character_set(paths, given) or given
    terms = given or _fitting_character_set(ds)
    for path, element in elements:
        _check_typed_text(path, element, terms)
    _check_text(ds, terms, query_file)
    if terms:
        ds[_CHARACTER_SET] = DataElement(_CHARACTER_SET, "CS", list(terms), validation_mode=config.IGNORE)
    _check_encodable(ds, query_file)
    return ds


def _typed_character_set(
    paths: Sequence[KeywordPath], given: tuple[str, ...] | None
) -> tuple[str, ...] | None:
    """Return the terms that a key gives to Specific Character Set, None if no key does."""
    terms = None
    for path in paths:
        if path.target.tag != _CHARACTER_SET or not path.value:
            continue
        try:
            terms = parse_character_set(path.value)
        except InputError as error:
            raise _key_error(path, error.message, error.hint) from None
        if len(path.components) > 1:
            raise _key_error(path, "items have the character set of the whole identifier")
        if given not in {None, terms}:
            raise _key_error(path, "another character set was given as well")
    return terms


def _fitting_character_set(ds: Dataset) -> tuple[str, ...]:
    """Return the character set that `ds` declares if all its text fits, else ISO_IR 192."""
    declared = ds.get(_CHARACTER_SET)
    values = [] if declared is None else _values(declared)
    try:
        terms = parse_character_set("\\".join(values)) if any(values) else ()
    except InputError:
        return UNICODE
    foreign = (_foreign_character(element, terms) for element in _text_elements(ds))
    return terms if all(char is None for char in foreign) else UNICODE


def _text_elements(ds: Dataset) -> Iterator[DataElement]:
    """Yield the elements whose text depends on the character set, those of items too."""
    for element in ds:
        if element.VR == "SQ":
            for item in element.value:
                yield from _text_elements(item)
        elif element.VR in CUSTOMIZABLE_CHARSET_VR:
            yield element


def _values(element: DataElement) -> list[str]:
    if element.VM == 1:
        return [str(element.value)]
    return [str(value) for value in element.value or ()]


def _foreign_character(element: DataElement, terms: Sequence[str]) -> str | None:
    """Return the first character of the values that `terms` cannot encode, None if there is none."""
    for value in _values(element):
        if char := unencodable(value, terms, person_name=element.VR == "PN"):
            return char
    return None


def _check_typed_text(path: KeywordPath, element: DataElement, terms: Sequence[str]) -> None:
    if element.VR in CUSTOMIZABLE_CHARSET_VR and (char := _foreign_character(element, terms)):
        raise _key_error(path, *_misfit(char, terms))


def _check_text(ds: Dataset, terms: Sequence[str], query_file: Path | None) -> None:
    for element in _text_elements(ds):
        if char := _foreign_character(element, terms):
            reason, hint = _misfit(char, terms)
            raise _input_error(f"{format_element_name(element.tag)}: {reason}", query_file, hint)


def _misfit(char: str, terms: Sequence[str]) -> tuple[str, str | None]:
    name = "\\".join(terms) or "ISO_IR 6"
    hint = None if terms == UNICODE else "ISO_IR 192 has all characters"
    return f"'{brief_text(char)}' cannot be encoded in '{name}'", hint


def _key_error(path: KeywordPath, reason: str, hint: str | None = None) -> InputError:
    return path_error(str(path), ComponentError(str(path.target), reason, hint))


def _input_error(message: str, query_file: Path | None, hint: str | None = None) -> InputError:
    if query_file is None:
        return InputError(f"the identifier: {message}", hint=hint)
    return FileError(query_file, message, hint=hint)


def _check_encodable(ds: Dataset, query_file: Path | None) -> None:
    """Encode `ds` in every way that a transfer syntax may ask for, so that sending cannot fail."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as text longer than 64 KiB, sent as UN
        for implicit_vr, little_endian in _ENCODINGS:
            target = DicomBytesIO()
            target.is_implicit_VR, target.is_little_endian = implicit_vr, little_endian
            try:
                write_dataset(target, ds)
            except Exception as error:  # whatever pydicom's writers raise for an odd value
                raise _input_error(f"cannot be encoded: {brief_text(str(error))}", query_file) from None
