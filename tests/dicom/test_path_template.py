from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.dicom.path_template import MOST_FOLDERS, PathTemplate, Place
from dcmtools.dicom.safe_names import is_safe
from dcmtools.dicom.sources import MemorySource
from dcmtools.dicom.transfer_syntaxes import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_LITTLE,
    IMPLICIT_VR_LITTLE_ENDIAN,
)
from dcmtools.errors import InputError

from .encoded import element

VALUES = {
    0x00080005: (b"CS", b"ISO_IR 192"),
    0x00080018: (b"UI", b"1.2.3\0"),
    0x00080020: (b"DA", b"20200131"),
    0x00080030: (b"TM", b"0915"),
    0x0008002A: (b"DT", b"20200131091500.5+0100 "),
    0x00080060: (b"CS", b"CT"),
    0x00100010: (b"PN", "Müller^Jörg".encode() + b" "),
    0x00100020: (b"LO", b"P 1 "),
    0x0020000D: (b"UI", b"1.2\0"),
    0x00200011: (b"IS", b"7 "),
    0x00200013: (b"IS", b"-5"),
}
THE_ISSUES = "{PatientID}/{StudyDate}/{Modality}-{SeriesNumber}/{SOPInstanceUID}.dcm"


def encoded(encoding=EXPLICIT_LITTLE, **changes: bytes) -> bytes:
    """The dataset; a change names a tag as ``t00100020``."""
    values = VALUES | {int(name[1:], 16): (VALUES[int(name[1:], 16)][0], v) for name, v in changes.items()}
    return b"".join(element(tag, vr, value, encoding) for tag, (vr, value) in sorted(values.items()) if value)


def path(template: str, dataset: bytes | None = None) -> str:
    data = encoded() if dataset is None else dataset
    place = PathTemplate(template).place(data, EXPLICIT_VR_LITTLE_ENDIAN)
    return "/".join((*place.folders, place.name()))


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (THE_ISSUES, "P 1/20200131/CT-7/1.2.3.dcm"),
        ("{PatientName}", "Müller^Jörg"),
        ("{(0010,0020)}/{0008,0060}", "P 1/CT"),
        ("{StudyDate:%Y}/{StudyDate:%m-%d}", "2020/01-31"),
        ("{StudyTime:%H.%M}", "09.15"),
        ("{StudyTime:%H.%M.%S}", "_"),
        ("{AcquisitionDateTime:%Y%m%d_%H%M%S}", "20200131_091500"),
        ("{SeriesNumber:04}-{InstanceNumber:04}", "0007--005"),
        ("{StudyInstanceUID:.1}", "1"),
        ("{PatientName:.3}.dcm", "Mül.dcm"),
        ("{AccessionNumber}", "_"),
        ("{AccessionNumber|PatientID}", "P 1"),
        ("{AccessionNumber|StudyID|'none'}-{Modality|'OT'}", "none-CT"),
        ("{AccessionNumber|'_'}", "_"),
        ("{(0009,1001)|'private'}", "private"),
        ("all/objects of {Modality}/x-{SOPInstanceUID}-y", "all/objects of CT/x-1.2.3-y"),
    ],
)
def test_paths(template, expected):
    assert path(template) == expected


@pytest.mark.parametrize(
    ("encoding", "syntax"),
    [
        (EXPLICIT_LITTLE, EXPLICIT_VR_LITTLE_ENDIAN),
        (IMPLICIT_LITTLE, IMPLICIT_VR_LITTLE_ENDIAN),
        (EXPLICIT_BIG, EXPLICIT_VR_BIG_ENDIAN),
        (EXPLICIT_LITTLE, DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN),
    ],
)
def test_any_transfer_syntax(encoding, syntax):
    data = encoded(encoding)
    if syntax == DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN:
        data = zlib.compress(data, wbits=-zlib.MAX_WBITS)
    template = PathTemplate(THE_ISSUES)
    assert template.place(data, syntax) == Place(("P 1", "20200131", "CT-7"), "1.2.3", ".dcm")
    assert template.place(MemorySource(data), syntax) == template.place(data, syntax)


def test_a_number_stands_before_the_end_of_the_name():
    assert Place(("a",), "b", ".dcm").name(2) == "b-2.dcm"


@pytest.mark.parametrize(
    "date", [b"20201301", b"2020", b"2020.01.31", b"today", b"20200131-20200201", b"../.."]
)
def test_a_value_that_does_not_fit_the_format_is_none(date):
    assert path("{StudyDate:%Y|StudyTime:%H}", encoded(t00080020=date)) == "09"


@pytest.mark.parametrize("number", [b"1.5", b"x", b"9" * 5000, "٣".encode(), b"1\\2"])
def test_a_number_that_is_none(number):
    assert path("{SeriesNumber:04|'none'}", encoded(t00200011=number)) == "none"


@pytest.mark.parametrize(
    "value",
    [
        b"../../x ",
        b"/etc/passwd",
        b"..",
        b".",
        b"a\0b ",
        b"..\\..\\x",
        b"\x1b[2J",
        b"C:x ",
        b"x" * 4000,
        b"CON ",
    ],
)
def test_a_hostile_value_stays_within_its_folder(value):
    place = PathTemplate(THE_ISSUES).place(encoded(t00100020=value), EXPLICIT_VR_LITTLE_ENDIAN)
    assert len(place.folders) == 3
    assert all(map(is_safe, (*place.folders, place.name())))


def test_values_that_read_like_none_or_like_each_other_are_told_apart():
    values = [b"", b"_", b"a/b ", b"a:b ", b"a_b ", b"\xff\xfe", b"\xfe\xff", "\ufffd\ufffd".encode()]
    assert len({path("{PatientID}", encoded(t00100020=value)) for value in values}) == len(values)


def test_none_and_what_reads_like_it_are_told_apart_beside_what_is_not_safe():
    paths = {path("{PatientName}{PatientID}", encoded(t00100010=b"a/", t00100020=v)) for v in (b"", b"_")}
    assert len(paths) == 2


_ids = st.text(st.characters(codec="utf-8", exclude_characters="\0\\"), max_size=80).map(
    lambda text: text.strip(" ")
)


@given(_ids, _ids)
def test_no_two_patients_share_a_folder(first, second):
    paths = [path("{PatientID}/{Modality}", encoded(t00100020=text.encode())) for text in (first, second)]
    folders = [one.removesuffix("/CT") for one in paths]
    assert (folders[0] == folders[1]) is (first == second)
    assert all(map(is_safe, folders))


@given(
    st.binary(max_size=300), st.sampled_from([EXPLICIT_VR_LITTLE_ENDIAN, DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN])
)
def test_any_bytes_have_a_place(data, syntax):
    place = PathTemplate(THE_ISSUES).place(data, syntax)
    assert all(map(is_safe, (*place.folders, place.name())))


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("", "a name is empty"),
        ("/{PatientID}", "a name is empty"),
        ("{PatientID}/", "a name is empty"),
        ("{PatientID}//{SOPInstanceUID}", "a name is empty"),
        ("../{PatientID}", "not all systems take the name"),
        ("a/../{PatientID}", "not all systems take the name"),
        ("./{PatientID}", "not all systems take the name"),
        ("C:/{PatientID}", "not all systems take the name"),
        ("a\\{PatientID}", "not all systems take the name"),
        (".{PatientID}", "not all systems take the name"),
        ("-{PatientID}", "not all systems take the name"),
        ("{PatientID}.", "not all systems take the name"),
        ("CON/{PatientID}", "not all systems take the name"),
        ("{PatientID}/image.dcm", "all files would have the same name"),
        ("{PatientID", "a brace is not closed"),
        ("PatientID}", "a brace is not closed"),
        ("{}", "no element is named"),
        ("{PatientId}", "no such keyword or tag"),
        ("{PatientID|}", "no element is named"),
        ("{PatientID|''}", "is no text for a path"),
        ("{PatientID|'../x'}", "is no text for a path"),
        ("{TransferSyntaxUID}", "has no text for a path"),
        ("{PixelData}", "has no text for a path"),
        ("{BeamSequence}", "has no text for a path"),
        ("{StudyDate:%H}", "is no format for StudyDate"),
        ("{StudyDate:%Y/%m}", "is no format for StudyDate"),
        ("{StudyDate:%}", "is no format for StudyDate"),
        ("{StudyDate:}", "is no format for StudyDate"),
        ("{SeriesNumber:4}", "is no format for SeriesNumber"),
        ("{SeriesNumber:0999}", "is no format for SeriesNumber"),
        ("{PatientID:8}", "is no format for PatientID"),
        ("a/" * (MOST_FOLDERS + 1) + "{PatientID}", "more than 12 folders"),
        ("{PatientID}" + "x" * 40, "more than 32 bytes of text end a name"),
    ],
)
def test_what_is_no_template(template, reason):
    with pytest.raises(InputError, match=r"^path template ") as caught:
        PathTemplate(template)
    assert reason in caught.value.message


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (THE_ISSUES, True),
        ("{SOPInstanceUID}/{Modality}", True),
        ("{PatientID}/{InstanceNumber}.dcm", False),
        ("{SOPInstanceUID:.8}", False),
        ("{InstanceNumber}{SOPInstanceUID}", False),
        ("{SOPInstanceUID|InstanceNumber}", False),
    ],
)
def test_whether_it_tells_instances_apart(template, expected):
    assert PathTemplate(template).tells_instances_apart is expected
