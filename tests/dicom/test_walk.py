from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.dicom.elements import check_whole
from dcmtools.dicom.transfer_syntaxes import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from dcmtools.dicom.walk import (
    MAX_DEPTH,
    CutDatasetError,
    DatasetError,
    DatasetWalk,
    MalformedDatasetError,
    read_header,
)

from .encoded import (
    ENCODINGS,
    UNDEFINED,
    datasets,
    element,
    encode,
    encodings,
    header,
    item,
    nested,
    sequence,
)


def walk(data: bytes, encoding, cuts=()) -> int:
    """Walk over `data` cut in pieces, each shown with what was left of the one before."""
    walking = DatasetWalk(encoding)
    bounds = [0, *sorted({min(cut, len(data)) for cut in cuts}), len(data)]
    for end in bounds[1:]:
        if walking.offset < end:
            walking.advance(memoryview(data)[walking.offset : end], walking.offset)
    walking.finish(data[walking.offset :] if walking.offset <= len(data) else None)
    return walking.end


@given(datasets, encodings, st.lists(st.integers(0, 600), max_size=8))
def test_a_dataset_is_whole_however_its_bytes_come(tree, encoding, cuts):
    data = encode(tree, encoding)
    assert walk(data, encoding, cuts) == len(data)


@given(datasets, encodings, st.data())
def test_every_cut_inside_an_element_is_found(tree, encoding, draw):
    data = encode(tree, encoding)
    ends = {len(encode(tree[:count], encoding)) for count in range(len(tree) + 1)}
    at = draw.draw(st.integers(0, len(data)))
    if at in ends:
        assert walk(data[:at], encoding) == at
    elif data[max(end for end in ends if end < at) : at].strip(b"\0"):
        with pytest.raises(CutDatasetError):
            walk(data[:at], encoding)


@given(st.binary(max_size=400), encodings, st.lists(st.integers(0, 400), max_size=4))
def test_any_bytes_give_the_typed_error_or_none(data, encoding, cuts):
    outcomes = []
    for pieces in ((), cuts):
        try:
            outcomes.append(walk(data, encoding, pieces))
        except DatasetError as exc:
            outcomes.append(type(exc))
    assert outcomes[0] == outcomes[1]


@given(datasets, encodings, st.integers(1, 200))
def test_zero_bytes_behind_the_dataset_are_padding(tree, encoding, count):
    data = encode(tree, encoding)
    assert walk(data + bytes(count), encoding) == len(data)
    assert walk(data + bytes(count), encoding, range(0, 700, 7)) == len(data)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_elements_behind_zero_bytes_are_malformed(encoding):
    data = element(0x00080060, b"CS", b"CT", encoding)
    with pytest.raises(MalformedDatasetError):
        walk(data + bytes(16) + data, encoding)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("vr", [b"SQ", b"UN"])
def test_sequences_can_be_nested_up_to_the_limit(encoding, vr):
    inner = IMPLICIT_LITTLE if vr == b"UN" else encoding
    for depth, ends_in in ((MAX_DEPTH, 0), (MAX_DEPTH + 1, 1)):
        data = nested(depth, inner)
        data = header(0x0040A730, vr, UNDEFINED, encoding) + data[len(header(0x0040A730, b"SQ", 0, inner)) :]
        if ends_in:
            with pytest.raises(MalformedDatasetError, match="nested more than 128 deep"):
                walk(data, encoding)
        else:
            assert walk(data, encoding) == len(data)


def test_a_hostile_nesting_costs_neither_time_nor_memory():
    data = nested(100_000)
    begin = time.process_time()
    tracemalloc.start()
    try:
        with pytest.raises(MalformedDatasetError):
            walk(data, EXPLICIT_LITTLE)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    assert time.process_time() - begin < 1


def test_many_empty_items_are_passed_in_constant_memory():
    data = sequence(0x0040A730, [item(b"")] * 300_000, defined=False)
    tracemalloc.start()
    try:
        assert walk(data, EXPLICIT_LITTLE) == len(data)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_an_unknown_sequence_has_implicit_vrs_inside():
    inside = element(0x00081150, b"UI", b"1.2.3\0", IMPLICIT_LITTLE)
    inside += sequence(
        0x00081199, [item(inside, IMPLICIT_LITTLE, defined=False)], IMPLICIT_LITTLE, defined=False
    )
    content = item(inside, IMPLICIT_LITTLE, defined=False) + header(0xFFFEE0DD, None, 0, IMPLICIT_LITTLE)
    for encoding in (EXPLICIT_LITTLE, EXPLICIT_BIG):
        data = header(0x00091010, b"UN", UNDEFINED, encoding) + content
        data += element(0x00100010, b"PN", b"Doe^Jane", encoding)
        assert walk(data, encoding) == len(data)


@pytest.mark.parametrize("encoding", [EXPLICIT_LITTLE, EXPLICIT_BIG])
def test_an_unknown_sequence_may_wrongly_have_explicit_vrs_inside(encoding):
    items = [item(b"", encoding, defined=False)]
    items += [item(element(0x00081150, b"UI", b"1.2.3\0", encoding), encoding, defined=False)]
    data = sequence(0x00091010, items, encoding, defined=False, vr=b"UN")
    assert walk(data, encoding) == len(data)


def test_an_item_may_wrongly_have_implicit_vrs_inside():
    inside = element(0x00081150, b"UI", b"1.2.3\0", IMPLICIT_LITTLE)
    data = sequence(0x00081140, [item(inside, defined=False)], defined=False)
    assert walk(data, EXPLICIT_LITTLE) == len(data)


def test_encapsulated_pixel_data_end_with_a_delimitation_item():
    fragments = [item(b""), item(b"\xfe\xff\xdd\xe0\0\0\0\0" * 3)]
    data = sequence(0x7FE00010, fragments, defined=False, vr=b"OB")
    assert walk(data, EXPLICIT_LITTLE) == len(data)
    for cut in (1, 4, 8, 9, 32):
        with pytest.raises(CutDatasetError, match=r"inside element \(7FE0,0010\)"):
            walk(data[:-cut], EXPLICIT_LITTLE)


@pytest.mark.parametrize(
    "data",
    [
        header(0xFFFEE000, None, 0),
        header(0xFFFEE00D, None, 0) + element(0x00080060, b"CS", b"CT"),
        header(0x7FE00010, b"OB", UNDEFINED) + header(0xFFFEE000, None, UNDEFINED) + bytes(20),
        header(0x0040A730, b"SQ", UNDEFINED) + element(0x00080060, b"CS", b"CT") + bytes(20),
        header(0x0040A730, b"SQ", UNDEFINED)
        + header(0xFFFEE000, None, UNDEFINED)
        + header(0xFFFEE0DD, None, 0)
        + bytes(20),
    ],
    ids=["item outside", "item end outside", "fragment without length", "element for item", "item not ended"],
)
def test_delimiters_in_the_wrong_place_are_malformed(data):
    with pytest.raises(MalformedDatasetError):
        walk(data, EXPLICIT_LITTLE)


@pytest.mark.parametrize(
    ("encoded", "expected"),
    [
        (b"\x08\0\x60\0CS\x02\0CT", (0x00080060, b"CS", 8, 2)),
        (b"\xe0\x7f\x10\0OW\0\0\x04\0\0\0", (0x7FE00010, b"OW", 12, 4)),
        (b"\x08\0\x60\0\x02\0\0\0CT", (0x00080060, None, 8, 2)),
        (b"\x08\0\x60\0ZZ\0\0\x04\0\0\0", (0x00080060, b"ZZ", 12, 4)),
        (b"\x08\0\x60\0ZZ\x04\0abcd", (0x00080060, b"ZZ", 8, 4)),
        (b"\x08\0\x60\0??\x04\0abcd", (0x00080060, b"??", 8, 4)),
        (b"\xfe\xff\x00\xe0UI\0\0abcd", (0xFFFEE000, None, 8, 0x4955)),
    ],
    ids=["short", "long", "implicit", "new VR", "invented VR", "question marks", "item"],
)
def test_headers_with_explicit_vr(encoded, expected):
    assert read_header(encoded.ljust(12, b"\0"), 0, EXPLICIT_LITTLE) == expected


def test_a_cut_names_the_element():
    data = element(0x00080060, b"CS", b"CT") + header(0x7FE00010, b"OW", 1000) + bytes(999)
    with pytest.raises(CutDatasetError, match=r"^the dataset ends inside element \(7FE0,0010\)$"):
        check_whole(data, "1.2.840.10008.1.2.1")
    with pytest.raises(CutDatasetError, match="the header of an element"):
        check_whole(data[:15], "1.2.840.10008.1.2.1")
