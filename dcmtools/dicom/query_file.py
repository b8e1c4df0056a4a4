"""The dataset of a query file (``-f``), the start of an Identifier."""

from __future__ import annotations

import warnings
from pathlib import Path

from pydicom import config, dcmread
from pydicom.datadict import dictionary_has_tag
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.tag import BaseTag
from pydicom.valuerep import CUSTOMIZABLE_CHARSET_VR

from dcmtools.dicom.element_name import format_element_name
from dcmtools.dicom.text import brief_text
from dcmtools.errors import FileError, NotDicomError, TruncatedFileError, UnreadableFileError

_CHARACTER_SET = 0x00080005
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_UNDEFINED_LENGTH = 0xFFFFFFFF


def read_query_file(path: Path) -> Dataset:
    """Return the dataset of the DICOM file at `path`, all of it decoded.

    A preamble and File Meta Information (PS3.10 section 7) may be missing; group lengths and what
    is no key of any query are left out: the File Meta Information, Pixel Data and what follows it.
    The text of items is no longer bound to a character set of the item's own: Specific Character
    Set stays at the top level only.

    Raises UnreadableFileError, NotDicomError, TruncatedFileError, or FileError for a value that
    cannot be decoded.
    """
    with warnings.catch_warnings(), config.disable_value_validation():
        # a query holds wildcards and ranges, which are no valid values
        warnings.simplefilter("ignore")
        ds = _read(path)
        _check_start(path, ds)
        try:
            return _decoded(path, ds)
        except RecursionError:
            raise FileError(path, "the sequences are nested too deep") from None


def _read(path: Path) -> FileDataset:
    try:
        return dcmread(path, force=True, stop_before_pixels=True)
    except OSError as error:
        raise UnreadableFileError(path, error.strerror or str(error)) from None
    except Exception as error:  # whatever the parser meets in a file of another kind
        raise NotDicomError(path, f"cannot be read as DICOM: {brief_text(str(error))}") from None


def _check_start(path: Path, ds: FileDataset) -> None:
    """Refuse what has no sign of DICOM: preamble, meta information or a known first element."""
    first = next((tag for tag in ds.keys() if not _is_left_out(tag)), None)  # noqa: SIM118
    if first is None:
        raise NotDicomError(path, "has no data elements")
    if ds.preamble is None and not ds.file_meta and not dictionary_has_tag(first):
        raise NotDicomError(path, "is not a DICOM file")


def _is_left_out(tag: BaseTag) -> bool:
    return tag.group <= 0x0002 or tag.element == 0x0000


def _decoded(path: Path, ds: Dataset, *, item: bool = False) -> Dataset:
    """Return a copy of `ds` whose elements are all decoded."""
    copy = Dataset()
    for tag in sorted(ds.keys()):
        if _is_left_out(tag) or (item and tag == _CHARACTER_SET):
            continue
        element = _element(path, ds, ds.get_item(tag, keep_deferred=True))
        if element.VR == "SQ":
            items = [_decoded(path, each, item=True) for each in element.value]
            element = DataElement(tag, "SQ", items)
        copy[tag] = element
    return copy


def _element(path: Path, ds: Dataset, raw: DataElement | RawDataElement) -> DataElement:
    name = format_element_name(raw.tag)
    if isinstance(raw, RawDataElement) and len(raw.value or b"") < raw.length != _UNDEFINED_LENGTH:
        raise TruncatedFileError(path, f"ends in the middle of {name}")
    try:
        element = ds[raw.tag]
    except RecursionError:
        raise
    except Exception as error:  # whatever pydicom's converters raise for an odd value
        raise FileError(path, f"{name} cannot be decoded: {brief_text(str(error))}") from None
    if element.VR in CUSTOMIZABLE_CHARSET_VR and _REPLACEMENT in str(element.value):
        raise FileError(path, f"{name} does not fit its character set")
    return element
