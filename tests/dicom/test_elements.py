from __future__ import annotations

import os
import tracemalloc
import warnings
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import config, dcmread

from dcmtools.dicom.elements import (
    PATIENT_ID,
    SERIES_INSTANCE_UID,
    SOP_CLASS_UID,
    SOP_INSTANCE_UID,
    Identifiers,
    check_whole,
    end_of_pixel_data,
    read_identifiers,
    scan,
)
from dcmtools.dicom.part10 import read_instance
from dcmtools.dicom.sources import FileSource
from dcmtools.dicom.transfer_syntaxes import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_LITTLE,
    IMPLICIT_VR_LITTLE_ENDIAN,
    is_deflated,
)
from dcmtools.dicom.walk import CutDatasetError, DatasetError, MalformedDatasetError
from tests.samples import samples

from .encoded import Branch, datasets, element, encode, encodings, item, nested, sequence

TRANSFER_SYNTAXES = {
    EXPLICIT_LITTLE: EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_LITTLE: IMPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_BIG: EXPLICIT_VR_BIG_ENDIAN,
}
UIDS = element(SOP_CLASS_UID, b"UI", b"1.2\0") + element(SOP_INSTANCE_UID, b"UI", b"1.2.3\0")


def deflate(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-zlib.MAX_WBITS)


@given(datasets, encodings)
def test_a_scan_finds_the_elements_of_the_top_level(tree, encoding):
    data = encode(tree, encoding)
    found = list(scan(data, encoding))
    assert [tag for tag, *_ in found] == [node.tag for node in tree]
    begin = 0
    for node, (_, vr, offset, length, end) in zip(tree, found, strict=True):
        size = len(node.encode(encoding))
        assert end == begin + size
        begin = end
        if isinstance(node, Branch):
            assert (vr, length is None) == (b"SQ" if encoding.explicit else None, not node.defined)
        else:
            assert vr == (node.vr if encoding.explicit else None)
            assert data[offset : offset + length] == node.value


@given(datasets, encodings)
def test_a_scan_can_begin_at_any_element(tree, encoding):
    data = encode(tree, encoding)
    whole = list(scan(data, encoding))
    for count, (*_, end) in enumerate(whole, start=1):
        assert list(scan(data, encoding, end)) == whole[count:]


@given(datasets, encodings)
def test_a_file_is_scanned_like_memory(tmp_path_factory, tree, encoding):
    data = element(0x00081150, b"UI", b"1.2\0", encoding) * 3000 + encode(tree, encoding) + bytes(9)
    path = tmp_path_factory.getbasetemp() / "dataset"
    path.write_bytes(data)
    descriptor = os.open(path, os.O_RDONLY)
    try:
        assert list(scan(FileSource(descriptor, 0, len(data)), encoding)) == list(scan(data, encoding))
        source = FileSource(descriptor, 0, len(data))
        assert check_whole(source, TRANSFER_SYNTAXES[encoding]) == len(data) - 9
    finally:
        os.close(descriptor)


@given(st.binary(max_size=300), encodings)
def test_a_scan_of_any_bytes_ends_or_raises_the_typed_error(data, encoding):
    with suppress(DatasetError):
        for _, _, offset, _, end in scan(data, encoding):
            assert 0 < offset <= end


@given(datasets, encodings, st.integers(0, 40))
def test_a_scan_ends_before_padding(tree, encoding, count):
    data = encode(tree, encoding)
    assert list(scan(data + bytes(count), encoding)) == list(scan(data, encoding))


def test_a_scan_stops_at_the_cut():
    data = UIDS + element(0x00100010, b"PN", b"Doe^Jane")
    found = scan(data[:-1], EXPLICIT_LITTLE)
    assert [next(found)[0] for _ in range(3)] == [SOP_CLASS_UID, SOP_INSTANCE_UID, 0x00100010]
    with pytest.raises(CutDatasetError):
        next(found)


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.path.name)
def test_every_sample_is_whole(sample):
    data = sample.dataset
    end = check_whole(data, sample.transfer_syntax)
    if not is_deflated(sample.transfer_syntax):
        assert end == len(data)
        assert check_whole(data + bytes(20), sample.transfer_syntax) == len(data)


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.path.name)
def test_the_identifiers_of_every_sample_are_those_that_pydicom_reads(sample):
    with config.disable_value_validation(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        dataset = dcmread(sample.path, stop_before_pixels=True)
        expected = Identifiers(
            str(dataset.SOPClassUID),
            str(dataset.SOPInstanceUID),
            dataset.get("PatientID") or "",
            str(dataset.get("StudyInstanceUID") or ""),
            str(dataset.get("SeriesInstanceUID") or ""),
        )
    data = sample.dataset
    assert read_identifiers(data, sample.transfer_syntax, SERIES_INSTANCE_UID) == expected
    only_uids = read_identifiers(data[:4096], sample.transfer_syntax)
    assert only_uids == Identifiers(expected.sop_class_uid, expected.sop_instance_uid)


def test_the_search_for_identifiers_goes_no_further_than_asked():
    data = UIDS + element(PATIENT_ID, b"LO", b" 12 ")
    assert read_identifiers(data, EXPLICIT_VR_LITTLE_ENDIAN) == Identifiers("1.2", "1.2.3")
    assert read_identifiers(data, EXPLICIT_VR_LITTLE_ENDIAN, PATIENT_ID).patient_id == "12"
    behind = data + b"no element at all"
    assert read_identifiers(behind, EXPLICIT_VR_LITTLE_ENDIAN, PATIENT_ID).patient_id == "12"


def test_identifiers_are_those_of_the_top_level():
    others = element(SOP_CLASS_UID, b"UI", b"9.9\0") + element(SOP_INSTANCE_UID, b"UI", b"9.8\0")
    for defined in (True, False):
        inside = sequence(0x00080006, [item(others, defined=defined)], defined=defined)
        assert read_identifiers(inside + UIDS, EXPLICIT_VR_LITTLE_ENDIAN) == Identifiers("1.2", "1.2.3")


@pytest.mark.parametrize(
    ("value", "text"),
    [(b"1.2\0", "1.2"), (b" 1.2  ", "1.2"), (b"", ""), (b"\xff\x80", r"\xff\x80"), (b"1\0002", "1\x002")],
)
def test_identifiers_come_without_padding_and_in_ascii(value, text):
    data = element(SOP_CLASS_UID, b"UI", value) + element(SOP_INSTANCE_UID, b"UI", b"1")
    assert read_identifiers(data, EXPLICIT_VR_LITTLE_ENDIAN).sop_class_uid == text


@pytest.mark.parametrize("data", [b"", b"\x08", UIDS[:20], nested(1000), b"\xfe\xff\x00\xe0" * 9])
def test_identifiers_that_cannot_be_read_are_empty(data):
    assert read_identifiers(data, EXPLICIT_VR_LITTLE_ENDIAN).sop_instance_uid == ""


@given(
    st.binary(max_size=200),
    st.sampled_from([*TRANSFER_SYNTAXES.values(), DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN]),
)
def test_looking_for_identifiers_never_raises(data, transfer_syntax):
    read_identifiers(data, transfer_syntax, SERIES_INSTANCE_UID)
    read_identifiers(UIDS[:12] + data, transfer_syntax, SERIES_INSTANCE_UID)


def test_a_deflated_dataset_is_inflated_no_further_than_needed():
    bomb = deflate(UIDS + element(0x00091001, b"OB", bytes(200 << 20)))
    tracemalloc.start()
    try:
        found = read_identifiers(bomb, DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, SERIES_INSTANCE_UID)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found == Identifiers("1.2", "1.2.3")
    assert peak < 8 << 20  # of 200 MiB


def test_a_deflated_dataset_is_whole_with_the_end_of_its_stream():
    data = UIDS + element(0x7FE00010, b"OW", bytes(range(256)) * 3000)
    deflated = deflate(data)
    assert check_whole(deflated, DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN) == len(data)
    assert check_whole(deflated + b"\0", DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN) == len(data)
    for cut in (1, 2, 100, len(deflated) - 5):
        with pytest.raises(CutDatasetError):
            check_whole(deflated[:-cut], DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN)
    with pytest.raises(CutDatasetError, match=r"\(7FE0,0010\)"):
        check_whole(deflate(data[:-1]), DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN)
    with pytest.raises(CutDatasetError):
        check_whole(b"\xff" * 40, DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN)
    with pytest.raises(MalformedDatasetError):
        check_whole(deflate(nested(1000)), DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN)


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.path.name)
def test_the_end_of_pixel_data_changes_no_verdict(sample):
    file = read_instance(sample.path)
    data = sample.path.read_bytes()[file.offset :]
    end = end_of_pixel_data(data, file.transfer_syntax_uid)
    assert check_whole(data, file.transfer_syntax_uid, end) == check_whole(data, file.transfer_syntax_uid)
    for cut in (2, 100):
        if end and end > len(data) - cut:
            with pytest.raises(CutDatasetError):
                check_whole(data[:-cut], file.transfer_syntax_uid, end)


def test_a_value_that_looks_like_pixel_data_is_no_end():
    lure = b"\xe0\x7f\x10\x00OW\0\0\x06\0\0\0"
    data = b"\x09\x00\x10\x10OB\0\0\x20\0\0\0" + lure.ljust(32, b"\1") + b"\x10\x00\x10\x00PN\x04\0A^B "
    end = end_of_pixel_data(data, "1.2.840.10008.1.2.1")
    assert 0 < end < len(data)
    assert check_whole(data, "1.2.840.10008.1.2.1", end) == len(data)


def test_the_pixel_data_of_an_icon_is_no_end():
    icon = b"\x88\x00\x00\x02SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    assert end_of_pixel_data(icon + b"\xe0\x7f\x10\x00OW\0\0\x02\0\0\0ab", "1.2.840.10008.1.2.1") == 0
