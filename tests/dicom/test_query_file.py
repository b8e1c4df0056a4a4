"""The dataset of a query file, and the files that are refused."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset, dcmread
from pydicom.data import get_charset_files, get_testdata_file
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from dcmtools.dicom.query_file import read_query_file
from dcmtools.errors import FileError, NotDicomError, TruncatedFileError, UnreadableFileError


def sample(name: str) -> Path:
    path = get_testdata_file(name, download=False)
    assert path is not None
    return Path(path)


def write_bare(path: Path, ds: Dataset) -> Path:
    """Write `ds` as the query files of other tools are: Explicit VR Little Endian and nothing else."""
    target = DicomBytesIO()
    target.is_implicit_VR, target.is_little_endian = False, True
    write_dataset(target, ds)
    path.write_bytes(target.getvalue())
    return path


def test_the_elements_of_the_file_but_no_meta_information_and_no_pixels() -> None:
    ds = read_query_file(sample("CT_small.dcm"))
    source = dcmread(sample("CT_small.dcm"))
    assert ds == Dataset({tag: source[tag] for tag in source.keys() if tag < 0x7FE00000})  # noqa: SIM118
    assert not hasattr(ds, "file_meta")
    assert ds.PatientName == "CompressedSamples^CT1"


def test_a_dataset_without_preamble_and_with_wildcards(tmp_path: Path) -> None:
    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    path = write_bare(tmp_path / "query", query)
    content = path.read_bytes() + b"\x08\x00\x20\x00DA\x0a\x0020200101- " + b"\x10\x00\x10\x00PN\x02\x00* "
    path.write_bytes(content)
    ds = read_query_file(path)
    assert (ds.QueryRetrieveLevel, ds.StudyDate, ds.PatientName) == ("STUDY", "20200101-", "*")


def test_command_elements_and_group_lengths_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "query"
    command = b"\x00\x00\x02\x00\x04\x00\x00\x001.2\x00"
    length = b"\x10\x00\x00\x00\x04\x00\x00\x00\x0a\x00\x00\x00"
    path.write_bytes(command + length + b"\x10\x00\x10\x00\x02\x00\x00\x00A ")
    assert list(read_query_file(path).keys()) == [0x00100010]


def test_the_text_of_items_is_not_bound_to_a_character_set_of_their_own() -> None:
    ds = read_query_file(Path(get_charset_files("chrSQEncoding.dcm")[0]))
    (item,) = ds.RequestedProcedureCodeSequence
    assert "SpecificCharacterSet" in ds
    assert "SpecificCharacterSet" not in item
    assert item.PatientName.ideographic == "山田^太郎"


@pytest.mark.parametrize("name", ["missing", ".", "nul\0"])
def test_an_unreadable_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileError) as caught:
        read_query_file(tmp_path / name)
    assert isinstance(caught.value, UnreadableFileError) is (name != "nul\0")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"abc",
        b"QueryRetrieveLevel=STUDY\nPatientName=\n" * 20,
        b"%PDF-1.7\n" + bytes(500),
        b"PK\x03\x04" + bytes(500),
        b"\x89PNG\r\n\x1a\n" + bytes(500),
        bytes(500),
    ],
)
def test_a_file_of_another_kind(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "query"
    path.write_bytes(content)
    with pytest.raises(NotDicomError):
        read_query_file(path)


def test_a_file_that_is_cut() -> None:
    with pytest.raises(TruncatedFileError, match="ends in the middle of BeamSequence"):
        read_query_file(sample("rtplan_truncated.dcm"))


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        (b"\x20\x00\x13\x00ZZ\x04\x00abc ", "InstanceNumber cannot be decoded"),
        (
            b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 192\x10\x00\x10\x00PN\x02\x00\xe9 ",
            "does not fit its character set",
        ),
    ],
)
def test_a_value_that_cannot_be_decoded(tmp_path: Path, element: bytes, reason: str) -> None:
    path = tmp_path / "query"
    path.write_bytes(b"\x08\x00\x01\x00UL\x00\x00" + element)
    with pytest.raises(FileError, match=reason):
        read_query_file(path)


def test_sequences_nested_too_deep(tmp_path: Path) -> None:
    start, end = (
        b"\x0a\x30\xb0\x00SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff",
        b"\xfe\xff\x0d\xe0" + bytes(4),
    )
    path = tmp_path / "query"
    path.write_bytes(start * 2000 + (end + b"\xfe\xff\xdd\xe0" + bytes(4)) * 2000)
    with pytest.raises(FileError):
        read_query_file(path)


CONTENT = sample("MR_small.dcm").read_bytes()[:1500]


@given(
    st.one_of(
        st.binary(),
        st.tuples(st.integers(0, 1499), st.binary(max_size=8)).map(
            lambda cut: cut[1].join((CONTENT[: cut[0]], CONTENT[cut[0] :]))
        ),
    )
)
def test_no_content_raises_another_error(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("query") / "query"
    path.write_bytes(content)
    try:
        read_query_file(path)
    except FileError as error:
        assert error.path == str(path)
