"""DICOM files to index, and the questions to ask."""

from __future__ import annotations

import zlib
from pathlib import Path

from pydicom.charset import python_encoding
from pydicom.datadict import dictionary_VR, tag_for_keyword

from dcmtools.dicom.part10 import InstanceFile, encode_file_meta
from dcmtools.dicom.query import PATIENT_ROOT, Key, Level, Query
from dcmtools.dicom.transfer_syntaxes import EXPLICIT_VR_LITTLE_ENDIAN, Encoding, encoding_of, is_deflated
from dcmtools.index.catalog import Catalog
from dcmtools.index.search import Found

from ..dicom.encoded import element

CT = "1.2.840.10008.5.1.4.1.1.2"


def write_instance(
    path: Path, *, syntax: str = EXPLICIT_VR_LITTLE_ENDIAN, character_set: str = "", **values: str | bytes
) -> InstanceFile:
    """Write a file with the values of elements by keyword, whatever they are.

    They are given as text, to be encoded as `character_set` says, or as their bytes. What is needed
    and not given is made up.
    """
    made_up: dict[str, str | bytes] = {
        "SOPClassUID": CT,
        "SOPInstanceUID": "1.2.1.1.1",
        "PatientID": "P1",
        "StudyInstanceUID": "1.2.1",
        "SeriesInstanceUID": "1.2.1.1",
        "Modality": "CT",
        "SpecificCharacterSet": character_set,
    }
    codec = python_encoding[character_set.split("\\", maxsplit=1)[0]]
    given = made_up | values
    encoding = encoding_of(syntax)
    dataset = b"".join(
        _element(keyword, value if isinstance(value, bytes) else value.encode(codec), encoding)
        for keyword, value in sorted(given.items(), key=lambda item: tag_of(item[0]))
    )
    meta = encode_file_meta(
        str(given["SOPClassUID"]),
        str(given["SOPInstanceUID"]),
        syntax,
        implementation_class_uid="1.2.3",
        implementation_version_name="TEST",
    )
    if is_deflated(syntax):
        deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        dataset = deflater.compress(dataset) + deflater.flush()
    path.write_bytes(meta + dataset)
    return InstanceFile(
        str(path), str(given["SOPClassUID"]), str(given["SOPInstanceUID"]), syntax, len(meta), len(dataset)
    )


def tag_of(keyword: str) -> int:
    tag = tag_for_keyword(keyword)
    assert tag is not None, keyword
    return tag


def _element(keyword: str, value: bytes, encoding: Encoding) -> bytes:
    tag = tag_of(keyword)
    vr = dictionary_VR(tag)
    if vr == "US" and value:
        value = int(value).to_bytes(2, "little" if encoding.little else "big")
    if len(value) % 2:
        value += b"\0" if vr == "UI" else b" "
    return element(tag, vr.encode(), value, encoding)


def question(
    level: Level,
    levels: tuple[Level, ...] = PATIENT_ROOT,
    *,
    relational: bool = False,
    fuzzy: bool = False,
    combined: bool = False,
    **keys: str | list[str],
) -> Query:
    """Return a query with keys by keyword, empty ones for universal matching."""
    parsed = []
    for keyword, value in keys.items():
        tag = tag_of(keyword)
        values = [value] if isinstance(value, str) else value
        parsed.append(Key(tag, dictionary_VR(tag), tuple(values) if any(values) else ()))
    query = Query(levels, level, tuple(sorted(parsed, key=lambda key: key.tag)))
    return query._replace(relational=relational, fuzzy=fuzzy, combined=combined)


def answers(catalog: Catalog, query: Query) -> list[tuple[str, ...]]:
    """Return the values of all matches, sorted."""
    return sorted(found.values for found in matches(catalog, query))


def matches(catalog: Catalog, query: Query) -> list[Found]:
    """Return all matches."""
    return list(catalog.find(query))
