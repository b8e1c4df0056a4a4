from __future__ import annotations

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.dicom.elements import scan
from dcmtools.dicom.transcoding import transcode
from dcmtools.dicom.transfer_syntaxes import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from dcmtools.dicom.walk import CutDatasetError, DatasetError, MalformedDatasetError

from .encoded import UNDEFINED, datasets, element, encode, encodings, header, item, nested, sequence

PIXEL_DATA = 0x7FE00010
BITS_ALLOCATED = 0x00280100
PIXEL_REPRESENTATION = 0x00280103


def number(tag: int, value: int, encoding=EXPLICIT_LITTLE) -> bytes:
    return element(tag, b"US", value.to_bytes(2, "little" if encoding.little else "big"), encoding)


def vr_of(tag: int, data: bytes, encoding=EXPLICIT_LITTLE) -> bytes | None:
    return next(vr for found, vr, *_ in scan(data, encoding) if found == tag)


@given(datasets)
def test_to_big_endian_and_back_changes_nothing(tree):
    little = encode(tree, EXPLICIT_LITTLE)
    big = transcode(little, EXPLICIT_LITTLE, EXPLICIT_BIG)
    assert transcode(big, EXPLICIT_BIG, EXPLICIT_LITTLE) == little


@given(datasets)
def test_without_vrs_the_same_is_encoded_from_either_byte_order(tree):
    little = encode(tree, EXPLICIT_LITTLE)
    big = transcode(little, EXPLICIT_LITTLE, EXPLICIT_BIG)
    implicit = encode(tree, IMPLICIT_LITTLE)
    assert transcode(little, EXPLICIT_LITTLE, IMPLICIT_LITTLE) == implicit
    assert transcode(big, EXPLICIT_BIG, IMPLICIT_LITTLE) == implicit


@given(datasets, st.sampled_from([EXPLICIT_LITTLE, EXPLICIT_BIG]))
def test_from_implicit_vrs_and_back_changes_nothing(tree, target):
    implicit = encode(tree, IMPLICIT_LITTLE)
    assert transcode(transcode(implicit, IMPLICIT_LITTLE, target), target, IMPLICIT_LITTLE) == implicit


@given(st.binary(max_size=400), encodings, encodings)
def test_any_bytes_are_transcoded_or_give_the_typed_error(data, source, target):
    try:
        transcode(data, source, target)
    except DatasetError as exc:
        assert str(exc)


@given(datasets, st.data())
def test_a_cut_dataset_is_not_transcoded(tree, draw):
    data = encode(tree, EXPLICIT_LITTLE)
    ends = {len(encode(tree[:count], EXPLICIT_LITTLE)) for count in range(len(tree) + 1)}
    at = draw.draw(st.integers(0, len(data)))
    last = max(end for end in ends if end <= at)
    if at not in ends and data[last:at].strip(b"\0"):
        with pytest.raises(DatasetError):
            transcode(data[:at], EXPLICIT_LITTLE, EXPLICIT_BIG)


@pytest.mark.parametrize(
    ("tag", "vr", "words"),
    [
        (0x00280009, b"AT", "HH"),
        (0x00280010, b"US", "HH"),
        (0x00186020, b"SL", "ii"),
        (0x00189810, b"SS", "hh"),
        (0x00081162, b"UL", "II"),
        (0x00186028, b"FD", "dd"),
        (0x00089459, b"FL", "ff"),
        (0x00720082, b"SV", "qq"),
        (0x00720083, b"UV", "QQ"),
        (PIXEL_DATA, b"OW", "HHH"),
        (0x60003000, b"OW", "HHH"),
        (0x00660040, b"OL", "II"),
        (0x00660016, b"OF", "ff"),
        (0x7FE00009, b"OD", "dd"),
        (0x7FE00001, b"OV", "QQ"),
        (0x00282000, b"OB", "BB"),
        (0x00091001, b"UN", "BB"),
        (0x00100010, b"PN", "BB"),
    ],
)
def test_words_are_swapped_by_their_vr(tag, vr, words):
    values = [1000 * n + 517 if words[0] not in "Bdf" else n + 65 for n in range(len(words))]
    little = element(tag, vr, pack("<" + words, *values))
    big = element(tag, vr, pack(">" + words, *values), EXPLICIT_BIG)
    for source, target in ((little, big), (sequence(0x0040A730, [item(little)]), None)):
        expected = target or sequence(0x0040A730, [item(big, EXPLICIT_BIG)], EXPLICIT_BIG)
        assert transcode(source, EXPLICIT_LITTLE, EXPLICIT_BIG) == expected
    assert vr_of(tag, transcode(big, EXPLICIT_BIG, EXPLICIT_LITTLE)) == vr


def test_what_is_left_of_a_word_stays():
    data = element(PIXEL_DATA, b"OW", b"\1\2\3\4\5")
    assert transcode(data, EXPLICIT_LITTLE, EXPLICIT_BIG).endswith(b"\0\0\0\5\2\1\4\3\5")


class TestVR:
    """The VR that an element gets which had none."""

    @pytest.mark.parametrize(
        ("tag", "vr"),
        [
            (0x00100010, b"PN"),
            (0x00186028, b"FD"),
            (0x60023000, b"OW"),  # OB or OW, of a repeating group
            (PIXEL_DATA, b"OW"),
            (0x54001010, b"OW"),
            (0x00283006, b"OW"),  # US or OW
            (0x00281200, b"OW"),  # US or SS or OW
            (0x00090010, b"LO"),  # private creator
            (0x00091001, b"UN"),
            (0x00080003, b"UN"),  # not in the dictionary
        ],
    )
    def test_it_comes_from_the_dictionary(self, tag, vr):
        implicit = element(tag, b"UN", b"\1\2\3\4\5\6\7\10", IMPLICIT_LITTLE)
        assert vr_of(tag, transcode(implicit, IMPLICIT_LITTLE, EXPLICIT_LITTLE)) == vr

    @pytest.mark.parametrize(("representation", "vr"), [(None, b"US"), (0, b"US"), (1, b"SS")])
    def test_signs_come_from_the_pixel_representation(self, representation, vr):
        tags = (0x00189810, 0x00280106, 0x00281101)
        values = {tag: element(tag, b"US", b"\1\2", IMPLICIT_LITTLE) for tag in tags}
        known = (
            b"" if representation is None else number(PIXEL_REPRESENTATION, representation, IMPLICIT_LITTLE)
        )
        implicit = values[tags[0]] + known + values[tags[1]] + values[tags[2]]
        explicit = transcode(implicit, IMPLICIT_LITTLE, EXPLICIT_BIG)
        assert {vr_of(tag, explicit, EXPLICIT_BIG) for tag in tags} == {vr}

    @pytest.mark.parametrize("defined", [True, False])
    def test_the_pixel_representation_is_that_of_the_nearest_dataset(self, defined):
        value = element(0x00280106, b"US", b"\1\2", IMPLICIT_LITTLE)
        own = number(PIXEL_REPRESENTATION, 0, IMPLICIT_LITTLE) + value
        items = [item(content, IMPLICIT_LITTLE, defined=defined) for content in (value, own)]
        implicit = sequence(0x00081140, items, IMPLICIT_LITTLE, defined=defined)
        implicit += number(PIXEL_REPRESENTATION, 1, IMPLICIT_LITTLE)
        explicit = transcode(implicit, IMPLICIT_LITTLE, EXPLICIT_LITTLE)
        signed, unsigned = element(0x00280106, b"SS", b"\1\2"), element(0x00280106, b"US", b"\1\2")
        expected = [
            item(signed, defined=defined),
            item(number(PIXEL_REPRESENTATION, 0) + unsigned, defined=defined),
        ]
        assert explicit == sequence(0x00081140, expected, defined=defined) + number(PIXEL_REPRESENTATION, 1)

    def test_a_private_one_comes_from_its_creator(self):
        creator = element(0x00190010, b"LO", b"SIEMENS MR HEADER ", IMPLICIT_LITTLE)
        for value, vr in ((b"\1\2\3\4\5\6\7\10", b"FD"), (b"\1\2\3\4", b"UN")):
            implicit = creator + element(0x0019100E, b"UN", value, IMPLICIT_LITTLE)
            assert vr_of(0x0019100E, transcode(implicit, IMPLICIT_LITTLE, EXPLICIT_LITTLE)) == vr
        other = creator.replace(b"SIEMENS", b"SOMEONE")
        implicit = other + element(0x0019100E, b"UN", value, IMPLICIT_LITTLE)
        assert vr_of(0x0019100E, transcode(implicit, IMPLICIT_LITTLE, EXPLICIT_LITTLE)) == b"UN"

    def test_a_creator_counts_in_its_own_dataset(self):
        creator = element(0x00190010, b"LO", b"SIEMENS MR HEADER ", IMPLICIT_LITTLE)
        private = element(0x0019100E, b"UN", bytes(8), IMPLICIT_LITTLE)
        implicit = creator + sequence(0x0040A730, [item(private, IMPLICIT_LITTLE)], IMPLICIT_LITTLE)
        explicit = transcode(implicit, IMPLICIT_LITTLE, EXPLICIT_LITTLE)
        assert explicit.endswith(element(0x0019100E, b"UN", bytes(8)))

    def test_an_unknown_element_of_undefined_length_is_a_sequence(self):
        implicit = sequence(0x00091001, [item(b"", IMPLICIT_LITTLE)], IMPLICIT_LITTLE, defined=False)
        assert transcode(implicit, IMPLICIT_LITTLE, EXPLICIT_BIG) == sequence(
            0x00091001, [item(b"", EXPLICIT_BIG)], EXPLICIT_BIG, defined=False
        )

    def test_a_sequence_without_items_inside_is_unknown(self):
        implicit = element(0x00081140, b"SQ", b"no items", IMPLICIT_LITTLE)
        assert transcode(implicit, IMPLICIT_LITTLE, EXPLICIT_LITTLE) == element(
            0x00081140, b"UN", b"no items"
        )

    def test_a_value_too_long_for_its_vr_is_unknown(self):
        implicit = element(0x00283006, b"OW", bytes(70_000), IMPLICIT_LITTLE)
        implicit += element(0x00080060, b"CS", b"CT" * 35_000, IMPLICIT_LITTLE)
        explicit = transcode(implicit, IMPLICIT_LITTLE, EXPLICIT_BIG)
        assert vr_of(0x00080060, explicit, EXPLICIT_BIG) == b"UN"
        assert transcode(explicit, EXPLICIT_BIG, IMPLICIT_LITTLE) == implicit


@pytest.mark.parametrize(("bits", "expected"), [(8, b"\1\2\3\4"), (16, b"\2\1\4\3")])
def test_pixel_data_of_more_than_8_bits_are_words_whatever_their_vr(bits, expected):
    little = number(BITS_ALLOCATED, bits) + element(PIXEL_DATA, b"OB", b"\1\2\3\4")
    big = transcode(little, EXPLICIT_LITTLE, EXPLICIT_BIG)
    assert big.endswith(expected)
    assert transcode(big, EXPLICIT_BIG, IMPLICIT_LITTLE).endswith(b"\1\2\3\4")


def test_bytes_in_words_are_swapped():
    """PS3.5 section 8.1.1: two pixels of 8 bits are a word of OW."""
    implicit = number(BITS_ALLOCATED, 8, IMPLICIT_LITTLE)
    implicit += element(PIXEL_DATA, b"OW", b"\1\2\3\4", IMPLICIT_LITTLE)
    big = transcode(implicit, IMPLICIT_LITTLE, EXPLICIT_BIG)
    assert big.endswith(element(PIXEL_DATA, b"OW", b"\2\1\4\3", EXPLICIT_BIG))


@pytest.mark.parametrize("source", [EXPLICIT_LITTLE, EXPLICIT_BIG])
@pytest.mark.parametrize("target", [EXPLICIT_LITTLE, EXPLICIT_BIG, IMPLICIT_LITTLE])
def test_an_unknown_sequence_is_encoded_as_any_other(source, target):
    content = number(0x00280010, 517, IMPLICIT_LITTLE)
    inside = item(content, IMPLICIT_LITTLE, defined=False) + header(0xFFFEE0DD, None, 0, IMPLICIT_LITTLE)
    data = header(0x00081140, b"UN", UNDEFINED, source) + inside
    items = [item(number(0x00280010, 517, target), target, defined=False)]
    assert transcode(data, source, target) == sequence(0x00081140, items, target, defined=False)


def test_a_change_to_implicit_vrs_inside_is_undone():
    wrong = sequence(0x00081140, [item(number(0x00280010, 517, IMPLICIT_LITTLE))])
    right = sequence(0x00081140, [item(number(0x00280010, 517))])
    assert transcode(wrong, EXPLICIT_LITTLE, EXPLICIT_BIG) == transcode(right, EXPLICIT_LITTLE, EXPLICIT_BIG)


def test_group_lengths_and_padding_are_left_out():
    length = element(0x00080000, b"UL", b"\1\0\0\0")
    kept = element(0x00080060, b"CS", b"CT")
    data = length + kept + sequence(0x0040A730, [item(length + kept)]) + bytes(30)
    assert transcode(data, EXPLICIT_LITTLE, EXPLICIT_LITTLE) == kept + sequence(0x0040A730, [item(kept)])


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (sequence(PIXEL_DATA, [item(b"")], defined=False, vr=b"OB"), MalformedDatasetError),
        (nested(129), MalformedDatasetError),
        (header(0xFFFEE000, None, 0), MalformedDatasetError),
        (element(0x0040A730, b"SQ", element(0x00080060, b"CS", b"CT")), MalformedDatasetError),
        (sequence(0x0040A730, [header(0xFFFEE000, None, 4) + bytes(8)]), MalformedDatasetError),
        (nested(3)[:-8], CutDatasetError),
        (header(PIXEL_DATA, b"OW", 10) + bytes(9), CutDatasetError),
    ],
    ids=["encapsulated", "too deep", "stray item", "no items", "longer than its item", "no end", "cut"],
)
def test_what_is_no_uncompressed_dataset_is_refused(data, kind):
    with pytest.raises(kind):
        transcode(data, EXPLICIT_LITTLE, EXPLICIT_BIG)


def test_encapsulated_pixel_data_without_vr_are_refused():
    data = sequence(PIXEL_DATA, [item(b"", IMPLICIT_LITTLE)], IMPLICIT_LITTLE, defined=False)
    with pytest.raises(MalformedDatasetError, match="encapsulated"):
        transcode(data, IMPLICIT_LITTLE, EXPLICIT_LITTLE)
