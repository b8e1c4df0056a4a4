"""The Identifier: keys over a query file, in a character set that holds all of its text."""

import warnings
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.data import get_charset_files, get_testdata_file
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset
from pydicom.filewriter import write_dataset

from dcmtools.dicom.identifier import build_identifier
from dcmtools.dicom.listing import list_dataset
from dcmtools.errors import FileError, InputError, KeywordPathError
from tests.dicom.test_keyword_path import ANY_TEXT, PATH_LIKE

ENCODINGS = [(True, True), (False, True), (False, False)]


def sent(ds: Dataset, encoding: tuple[bool, bool] = (False, True)) -> Dataset:
    """Return what a peer reads of `ds` when it is sent with pydicom, which may not warn."""
    target = DicomBytesIO()
    target.is_implicit_VR, target.is_little_endian = encoding
    write_dataset(target, ds)
    return read_dataset(BytesIO(target.getvalue()), *encoding)


def test_keys_make_a_dataset_in_tag_order() -> None:
    ds = build_identifier(["PatientName=A*", "QueryRetrieveLevel=PATIENT", "StudyDate=20200101-"])
    assert [element.keyword for element in ds] == ["StudyDate", "QueryRetrieveLevel", "PatientName"]
    assert "SpecificCharacterSet" not in ds


def test_no_keys_make_an_empty_dataset() -> None:
    assert build_identifier([]) == Dataset()


def test_keys_add_to_the_file_and_override_it() -> None:
    path = get_testdata_file("rtplan.dcm", download=False)
    assert path is not None
    ds = build_identifier(["PatientName=B", "StudyDescription=", "BeamSequence[0].BeamName=x"], Path(path))
    assert (ds.PatientName, ds.StudyDescription) == ("B", "")
    assert (ds.BeamSequence[0].BeamName, ds.BeamSequence[0].BeamNumber) == ("x", 1)
    assert ds.PatientID == "id00001"


@pytest.mark.parametrize("key", ["", "=x", "PatientsName=A", "Columns=x"])
def test_a_wrong_key(key: str) -> None:
    with pytest.raises(KeywordPathError):
        build_identifier(["PatientName=A", key])


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "name", ["山田^太郎*", "Äneas", "Yamada^Tarou=山田^太郎", "*\N{GRINNING FACE}?", "Doe^Jan\\山田"]
)
def test_text_outside_ascii_is_sent_as_unicode(name: str, encoding: tuple[bool, bool]) -> None:
    ds = build_identifier([f"OtherPatientNames={name}", "BeamSequence[0].BeamName=Ä"])
    assert ds.SpecificCharacterSet == "ISO_IR 192"
    received = sent(ds, encoding)
    assert list(map(str, received["OtherPatientNames"].value)) == list(
        map(str, ds["OtherPatientNames"].value)
    )
    assert received.BeamSequence[0].BeamName == "Ä"
    assert list(list_dataset(received)) == list(list_dataset(ds))


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("ISO_IR 100", "Äneas^Rüdiger"),
        ("ISO 2022 IR 6\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎"),
        ("ISO_IR 192", "ASCII"),
        ("GB18030", "王^小东"),
    ],
)
@pytest.mark.parametrize("typed", [True, False])
def test_a_character_set_that_is_given_is_kept(charset: str, name: str, typed: bool) -> None:
    key = f"PatientName={name}"
    if typed:
        ds = build_identifier([key, f"SpecificCharacterSet={charset}"])
    else:
        ds = build_identifier([key], charset=charset)
    received = sent(ds)
    assert (
        "\\".join(
            received["SpecificCharacterSet"].value if "\\" in charset else [received.SpecificCharacterSet]
        )
        == charset
    )
    assert str(received.PatientName) == name


@pytest.mark.parametrize("typed", [True, False])
def test_text_that_the_given_character_set_cannot_encode_is_an_error(typed: bool) -> None:
    keys = ["PatientID=A", "BeamSequence[0].PatientName=Ä^山"]
    with pytest.raises(KeywordPathError, match="'山' cannot be encoded in 'ISO_IR 100'") as caught:
        if typed:
            build_identifier(["SpecificCharacterSet=ISO_IR 100", *keys])
        else:
            build_identifier(keys, charset="ISO_IR 100")
    assert (caught.value.path, caught.value.component) == (keys[1], "PatientName")
    assert caught.value.hint == "ISO_IR 192 has all characters"


def test_an_empty_character_set_key_leaves_the_choice_open() -> None:
    assert build_identifier(["SpecificCharacterSet", "PatientName=Ä"]).SpecificCharacterSet == "ISO_IR 192"
    assert build_identifier(["SpecificCharacterSet", "PatientName=A"]).SpecificCharacterSet == ""


def test_wrong_character_sets() -> None:
    with pytest.raises(InputError, match="'latin1' is not a character set"):
        build_identifier(["PatientName=A"], charset="latin1")
    with pytest.raises(KeywordPathError, match="'latin1' is not a character set"):
        build_identifier(["SpecificCharacterSet=latin1"])
    with pytest.raises(KeywordPathError, match="another character set was given as well"):
        build_identifier(["SpecificCharacterSet=ISO_IR 100"], charset="ISO_IR 192")
    with pytest.raises(KeywordPathError, match="items have the character set of the whole identifier"):
        build_identifier(["BeamSequence[0].SpecificCharacterSet=ISO_IR 100"])
    assert build_identifier(["SpecificCharacterSet=GBK"], charset="GBK").SpecificCharacterSet == "GBK"


def test_bytes_of_the_command_line_that_are_no_text_are_an_error() -> None:
    with pytest.raises(KeywordPathError, match=r"'\\udce9' cannot be encoded in 'ISO_IR 192'"):
        build_identifier(["PatientName=Andr\udce9"])


@pytest.mark.parametrize(
    "name", ["chrArab", "chrFren", "chrGreek", "chrH31", "chrH32", "chrI2", "chrRuss", "chrX1", "chrX2"]
)
def test_text_of_the_file_survives_a_change_of_the_character_set(name: str) -> None:
    path = Path(get_charset_files(f"{name}.dcm")[0])
    kept, changed = build_identifier([], path), build_identifier(["PatientComments=Ä山Ж"], path)
    if name != "chrX2":  # GB18030 holds all of Unicode
        assert changed.SpecificCharacterSet == "ISO_IR 192"
    assert sent(kept).SpecificCharacterSet == kept.SpecificCharacterSet
    assert str(sent(changed).PatientName) == str(sent(kept).PatientName) == str(kept.PatientName)
    assert sent(changed).PatientComments == "Ä山Ж"


def test_text_of_the_file_that_the_given_character_set_cannot_encode_is_an_error() -> None:
    path = Path(get_charset_files("chrH31.dcm")[0])
    with pytest.raises(FileError, match="PatientName: '山' cannot be encoded in 'ISO_IR 100'"):
        build_identifier([], path, "ISO_IR 100")
    assert build_identifier(["PatientName=A"], path, "ISO_IR 100").SpecificCharacterSet == "ISO_IR 100"


def test_an_unknown_character_set_of_the_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "query"
    path.write_bytes(b"\x08\x00\x05\x00CS\x06\x00ISO IR\x10\x00\x10\x00PN\x02\x00\xe9A")
    assert sent(build_identifier([], path)).SpecificCharacterSet == "ISO_IR 192"


def test_a_file_that_cannot_be_encoded_again_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "query"
    # Gray Lookup Table Data in implicit VR: nothing tells which of its three VRs it has
    path.write_bytes(b"\x28\x00\x00\x12\x02\x00\x00\x00\x01\x02")
    with pytest.raises(FileError, match="cannot be encoded"):
        build_identifier([], path)


def test_a_list_of_identifiers_longer_than_an_explicit_length_field() -> None:
    uids = "\\".join(f"1.2.826.0.1.3680043.8.498.{number}" for number in range(10**9, 10**9 + 2000))
    ds = build_identifier([f"StudyInstanceUID={uids}"])
    assert len(sent(ds, (True, True)).StudyInstanceUID) == 2000


@given(
    st.lists(
        st.one_of(
            ANY_TEXT,
            PATH_LIKE,
            st.builds(
                "{}={}".format,
                st.sampled_from(
                    [
                        "PatientName",
                        "LUTData",
                        "PatientComments",
                        "SeriesNumber",
                        "PatientSize",
                        "(0009,0010)",
                        "(0009,1001):PN",
                        "SpecificCharacterSet",
                        "BeamSequence[2].BeamName",
                    ]
                ),
                ANY_TEXT,
            ),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_any_key_is_an_error_or_arrives_unchanged(keys: list[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            ds = build_identifier(keys)
        except KeywordPathError:
            return
        for encoding in ENCODINGS:
            received = sent(ds, encoding)
            if "PatientComments" in ds:
                assert received.PatientComments.rstrip() == ds.PatientComments.rstrip()
