"""The elements that keyword paths put in a dataset: place, value representation and value."""

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset

from dcmtools.dicom.keyword_edit import set_element
from dcmtools.dicom.keyword_path import MAX_DEPTH, KeywordPath
from dcmtools.dicom.text import safe_text
from dcmtools.errors import KeywordPathError


def dataset(*keys: str) -> Dataset:
    ds = Dataset()
    for key in keys:
        set_element(ds, KeywordPath.parse(key))
    return ds


def only_element(*keys: str) -> tuple[str, Any]:
    (element,) = dataset(*keys)
    return element.VR, element.value


@pytest.mark.parametrize(
    ("key", "vr", "value"),
    [
        ("PatientName=A^B", "PN", "A^B"),
        ("PatientName==a=b", "PN", "=a=b"),
        ('PatientName="A"', "PN", '"A"'),
        ("PatientName=*", "PN", "*"),
        ("StudyDate=20200101-", "DA", "20200101-"),
        ("StudyTime=-0730", "TM", "-0730"),
        ("AcquisitionDateTime=2020-", "DT", "2020-"),
        ("StudyInstanceUID=1.2.*", "UI", "1.2.*"),
        ("ModalitiesInStudy=CT\\MR", "CS", ["CT", "MR"]),
        ("OtherPatientIDs=a\\\\b", "LO", ["a", "", "b"]),
        ("PatientComments=a\\b", "LT", "a\\b"),
        ("PatientComments=a\tb\r\n", "LT", "a\tb\r\n"),
        ("Columns=1024", "US", 1024),
        ("Columns=1\\2", "US", [1, 2]),
        ("AcquisitionIndex=1\\2\\3\\4", "US", [1, 2, 3, 4]),
        ("SelectorSLValue=-2147483648", "SL", -(2**31)),
        ("SelectorUVValue=18446744073709551615", "UV", 2**64 - 1),
        ("SelectorFDValue=1.5e3", "FD", 1500.0),
        ("SelectorFLValue=-.5\\2.", "FL", [-0.5, 2.0]),
        ("SeriesNumber=5", "IS", 5),
        ("PatientSize=1.50", "DS", 1.5),
        ("ImagePositionPatient=0\\\\1", "DS", [0, "", 1]),
        ("SelectorATValue=00100010\\PatientID", "AT", [0x00100010, 0x00100020]),
        ("PixelData=00ffEA08", "OB", b"\x00\xff\xea\x08"),
        ("(6000,3000)=00", "OB", b"\x00"),
        ("RedPaletteColorLookupTableData=0102", "OW", b"\x01\x02"),
        ("LUTData=0102", "OW", b"\x01\x02"),
        ("LUTData:US=258", "US", 258),
        ("SelectorUNValue=41", "UN", b"A"),
        ("(0010,9999)=41", "UN", b"A"),
        ("(0010,9999):LO=hello", "LO", "hello"),
    ],
)
def test_values(key: str, vr: str, value: object) -> None:
    assert only_element(key) == (vr, value)


@pytest.mark.parametrize(
    "key", ["PatientName=", "PatientName", "(0010,0010)=", "0010,0010=", "Columns=", "Columns"]
)
def test_no_text_is_no_value(key: str) -> None:
    (element,) = dataset(key)
    assert element.VM == 0


@pytest.mark.parametrize(
    ("key", "items"),
    [
        ("BeamSequence", 0),
        ("BeamSequence=", 0),
        ("BeamSequence[0]=", 1),
        ("BeamSequence[3]=", 4),
        ("BeamSequence[3]", 4),
    ],
)
def test_a_sequence_of_empty_items(key: str, items: int) -> None:
    assert only_element(key) == ("SQ", [Dataset()] * items)


def test_nested_items() -> None:
    ds = dataset(
        "BeamSequence[0].PatientName=CITIZEN^Jan",
        "BeamSequence[0].BeamLimitingDeviceSequence[0].NumberOfLeafJawPairs=1",
        "(0040,0100)[0].Modality=CT",
        "OtherPatientIDsSequence[2].PatientID=12345678",
    )
    assert ds.BeamSequence[0].PatientName == "CITIZEN^Jan"
    assert ds.BeamSequence[0].BeamLimitingDeviceSequence[0].NumberOfLeafJawPairs == 1
    assert ds.ScheduledProcedureStepSequence[0].Modality == "CT"
    assert [len(item) for item in ds.OtherPatientIDsSequence] == [0, 0, 1]


@pytest.mark.parametrize("order", [(0, 2), (2, 0), (0, 1, 2), (5, 0)])
def test_gaps_in_item_indices_are_filled_in_any_order(order: tuple[int, ...]) -> None:
    ds = dataset(*(f"BeamSequence[{index}].BeamNumber={index}" for index in order))
    numbers = [item.get("BeamNumber") for item in ds.BeamSequence]
    assert numbers == [index if index in order else None for index in range(max(order) + 1)]


def test_a_later_key_overrides_an_earlier_one() -> None:
    assert only_element("PatientName=A", "PatientName=B") == ("PN", "B")
    assert only_element("BeamSequence[2]", "BeamSequence") == ("SQ", [])
    assert len(dataset("BeamSequence[2]", "BeamSequence[0]").BeamSequence) == 3


@pytest.mark.parametrize(
    ("keys", "vr", "value"),
    [
        (["SmallestImagePixelValue=5"], "US", 5),
        (["SmallestImagePixelValue=65535"], "US", 65535),
        (["SmallestImagePixelValue=-5"], "SS", -5),
        (["PixelPaddingValue=-1\\5"], "SS", [-1, 5]),
        (["PixelPaddingValue:SS=5"], "SS", 5),
        (["PixelRepresentation=1", "SmallestImagePixelValue=5"], "SS", 5),
        (["PixelRepresentation=0", "SmallestImagePixelValue=5"], "US", 5),
        (["PixelRepresentation=", "SmallestImagePixelValue=5"], "US", 5),
    ],
)
def test_us_or_ss(keys: list[str], vr: str, value: object) -> None:
    element = list(dataset(*keys))[-1]
    assert (element.VR, element.value) == (vr, value)


def test_us_or_ss_of_an_item_follows_the_dataset_around_it() -> None:
    ds = dataset("PixelRepresentation=1", "ReferencedImageSequence[0].SmallestImagePixelValue=5")
    assert ds.ReferencedImageSequence[0]["SmallestImagePixelValue"].VR == "SS"


@pytest.mark.parametrize(
    ("keys", "vr", "value"),
    [
        (["(0009,0010)=CREATOR"], "LO", "CREATOR"),
        (["(0009,0010)="], "LO", ""),
        (["(0009,0010)=41"], "UN", b"A"),
        (["(0009,0010):LO=BEEF"], "LO", "BEEF"),
        (["(0009,1001)=4142"], "UN", b"AB"),
        (["(0009,1001)"], "UN", b""),
        (["(0009,1001):LO=text"], "LO", "text"),
        (["(0009,1001):US=5"], "US", 5),
        (["(0009,1001):SQ"], "SQ", []),
        (["(0009,1001)[1]"], "SQ", [Dataset(), Dataset()]),
        (["(0019,0010)=SIEMENS MR HEADER", "(0019,1008)=IMAGE NUM 4"], "CS", "IMAGE NUM 4"),
        (["(0019,0010)=SIEMENS MR HEADER", "(0019,100C)=100"], "IS", 100),
        (["(0019,0011)=SIEMENS MR HEADER", "(0019,110C)=100"], "IS", 100),
        (["(0019,0010)=41434D45", "(0019,100C)=10"], "UN", b"\x10"),
        (["(0009,1001):LO=text", "(0009,1001)=4142"], "LO", "4142"),
    ],
)
def test_private_elements(keys: list[str], vr: str, value: object) -> None:
    element = list(dataset(*keys))[-1]
    assert (element.VR, element.value) == (vr, value)


@pytest.mark.parametrize(
    ("key", "component", "reason"),
    [
        ("Columns=abc", "Columns", "US takes whole numbers from 0 to 65535, not 'abc'"),
        ("Columns=65536", "Columns", "not '65536'"),
        ("Columns=-1", "Columns", "not '-1'"),
        ("Columns=1_0", "Columns", "not '1_0'"),
        ("Columns=٣", "Columns", "not '٣'"),
        ("Columns=" + 10_000 * "9", "Columns", "US takes whole numbers"),
        ("AcquisitionIndex=1\\\\2", "AcquisitionIndex", "not ''"),
        ("SeriesNumber=abc", "SeriesNumber", "IS takes whole numbers"),
        ("SeriesNumber=2147483648", "SeriesNumber", "IS takes whole numbers"),
        ("SeriesNumber=0000000000005", "SeriesNumber", "at most 12 characters"),
        ("PatientSize=nan", "PatientSize", "DS takes decimal numbers"),
        ("PatientSize=1.23456789012345678", "PatientSize", "at most 16 characters"),
        ("SelectorFDValue=inf", "SelectorFDValue", "FD takes decimal numbers, not 'inf'"),
        ("SelectorFDValue=1e999", "SelectorFDValue", "'1e999' is too large for FD"),
        ("SelectorFLValue=1e39", "SelectorFLValue", "'1e39' is too large for FL"),
        ("SmallestImagePixelValue=65536", "SmallestImagePixelValue", "US takes whole numbers"),
        ("SmallestImagePixelValue=-32769", "SmallestImagePixelValue", "SS takes whole numbers"),
        ("PixelData=0", "PixelData", "pairs of hex digits, not '0'"),
        ("PixelData=0g", "PixelData", "pairs of hex digits"),
        ("PixelData=00 ff", "PixelData", "pairs of hex digits"),
        ("RedPaletteColorLookupTableData=01", "RedPaletteColorLookupTableData", "words of 2 bytes"),
        ("SelectorATValue=0010", "SelectorATValue", "AT takes tags such as 00100010"),
        ("BeamSequence=x", "BeamSequence", "a sequence holds items, not a value"),
        ("Modality=é", "Modality", "CS holds ASCII characters only"),
        ("PatientID=\x1b[31m", "PatientID", r"no control characters such as '\x1b'"),
        ("PatientComments=\x1b[31m", "PatientComments", r"no control characters such as '\x1b'"),
        ("PatientName:LO=A", "PatientName", "PatientName is PN, not LO"),
        ("(0009,1001)=text", "(0009,1001)", "its value representation is not known"),
        ("(0010,9999)=text", "(0010,9999)", "its value representation is not known"),
        ("(0009,0010)[0].PatientName=A", "(0009,0010)[0]", "is LO, not a sequence"),
        ("BeamSequence[0].Columns=x", "Columns", "US takes whole numbers"),
    ],
)
def test_a_wrong_value_names_the_element_and_the_reason(key: str, component: str, reason: str) -> None:
    with pytest.raises(KeywordPathError) as caught:
        dataset(key)
    assert caught.value.component == component
    assert reason in caught.value.reason
    assert str(caught.value) == safe_text(str(caught.value))


def test_a_private_sequence_is_known_by_its_creator() -> None:
    creator = "(0071,0010)=AGFA-AG_HPState"
    assert dataset(creator, "(0071,1018)")[0x00711018].VR == "SQ"
    assert dataset(creator, "(0071,1018)[0].PatientName=A")[0x00711018].value[0].PatientName == "A"
    with pytest.raises(KeywordPathError, match="a sequence holds items"):
        dataset(creator, "(0071,1018)=4142")


def test_a_private_element_known_by_its_creator_has_no_items() -> None:
    with pytest.raises(KeywordPathError, match="is IS, not a sequence"):
        dataset("(0019,0010)=SIEMENS MR HEADER", "(0019,100C)[0].PatientName=A")


def test_the_deepest_path_can_be_encoded() -> None:
    ds = dataset("BeamSequence[0]." * (MAX_DEPTH - 1) + "PatientName=A")
    target = DicomBytesIO()
    target.is_implicit_VR, target.is_little_endian = True, True
    write_dataset(target, ds)
    assert b"A " in target.getvalue()


NUMBERS = {
    "US": ("SelectorUSValue", 0, 2**16 - 1),
    "SS": ("SelectorSSValue", -(2**15), 2**15 - 1),
    "UL": ("SelectorULValue", 0, 2**32 - 1),
    "SL": ("SelectorSLValue", -(2**31), 2**31 - 1),
    "UV": ("SelectorUVValue", 0, 2**64 - 1),
    "SV": ("SelectorSVValue", -(2**63), 2**63 - 1),
}


@given(st.sampled_from(sorted(NUMBERS)), st.integers(-(2**70), 2**70) | st.integers(-(2**17), 2**17))
def test_an_integer_is_taken_and_survives_encoding_exactly_when_it_is_in_range(vr: str, number: int) -> None:
    keyword, low, high = NUMBERS[vr]
    key = f"{keyword}={number}"
    if not low <= number <= high:
        with pytest.raises(KeywordPathError):
            dataset(key)
        return
    target = DicomBytesIO()
    target.is_implicit_VR, target.is_little_endian = False, True
    write_dataset(target, dataset(key))
    read = read_dataset(BytesIO(target.getvalue()), is_implicit_VR=False, is_little_endian=True)
    assert read[keyword].value == number
