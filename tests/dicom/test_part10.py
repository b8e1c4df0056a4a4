from __future__ import annotations

import os
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread

from dcmtools.dicom.elements import scan
from dcmtools.dicom.part10 import InstanceFile, check_complete, encode_file_meta, read_instance
from dcmtools.dicom.transfer_syntaxes import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_LITTLE,
    IMPLICIT_VR_LITTLE_ENDIAN,
    encoding_of,
    is_deflated,
)
from dcmtools.errors import (
    DicomdirError,
    FileError,
    MalformedFileError,
    NotDicomError,
    TruncatedFileError,
    UnidentifiedFileError,
    UnreadableFileError,
)
from tests.samples import WITHOUT_META, sample, samples

from .encoded import element, header, item, sequence

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"

REFUSED = {
    "DICOMDIR": (DicomdirError, "is a DICOMDIR, not a SOP Instance"),
    "DICOMDIR-bigEnd": (DicomdirError, "is a DICOMDIR, not a SOP Instance"),
    "DICOMDIR-empty.dcm": (DicomdirError, "is a DICOMDIR, not a SOP Instance"),
    "DICOMDIR-implicit": (DicomdirError, "is a DICOMDIR, not a SOP Instance"),
    "DICOMDIR-nooffset": (DicomdirError, "is a DICOMDIR, not a SOP Instance"),
    "DICOMDIR-nopatient": (DicomdirError, "is a DICOMDIR, not a SOP Instance"),
    "DICOMDIR-reordered": (DicomdirError, "is a DICOMDIR, not a SOP Instance"),
    "FileInfo.txt": (NotDicomError, "not a DICOM file"),
    "MR_truncated.dcm": (TruncatedFileError, "truncated: the dataset ends inside element (7FE0,0010)"),
    "README": (NotDicomError, "not a DICOM file"),
    "README.md": (NotDicomError, "not a DICOM file"),
    "README.txt": (NotDicomError, "not a DICOM file"),
    "SC_rgb_jpeg.dcm": (MalformedFileError, "the dataset is not encoded as its transfer syntax says"),
    "UN_sequence.dcm": (UnidentifiedFileError, "has no SOP Class UID"),
    "chrSQEncoding.dcm": (UnidentifiedFileError, "has no SOP Class UID"),
    "chrSQEncoding1.dcm": (UnidentifiedFileError, "has no SOP Class UID"),
    "crayons.icc": (NotDicomError, "not a DICOM file"),
    "empty_charset_LEI.dcm": (UnidentifiedFileError, "has no SOP Class UID"),
    "meta_missing_tsyntax.dcm": (UnidentifiedFileError, "has no SOP Class UID"),
    "nested_priv_SQ.dcm": (UnidentifiedFileError, "has no SOP Class UID"),
    "no_meta.dcm": (NotDicomError, "not a DICOM file"),  # begins with a stray byte
    "no_meta_group_length.dcm": (UnidentifiedFileError, "has no SOP Class UID"),
    "priv_SQ.dcm": (UnidentifiedFileError, "has no SOP Class UID"),
    "rtplan.dump": (NotDicomError, "not a DICOM file"),
    "rtplan_truncated.dcm": (TruncatedFileError, "truncated: the dataset ends inside element (300A,00B0)"),
    "rtstruct.dump": (NotDicomError, "not a DICOM file"),
    "test1.json": (NotDicomError, "not a DICOM file"),
    "test_PN.json": (NotDicomError, "not a DICOM file"),
    "zipMR.gz": (NotDicomError, "not a DICOM file"),
}
"""The files of pydicom that are not sent, and why."""


def bundled_files() -> list[Path]:
    data = sample("CT_small.dcm").parents[1]
    folders = (data / "test_files", data / "charset_files", data / "palettes")
    return [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]


def meta_for(transfer_syntax: str, sop_instance: str = "1.2.3") -> bytes:
    return encode_file_meta(
        CT_IMAGE_STORAGE,
        sop_instance,
        transfer_syntax,
        implementation_class_uid="1.2.3.4",
        implementation_version_name="TEST",
    )


def uids(encoding=EXPLICIT_LITTLE, sop_instance: bytes = b"1.2.3\0") -> bytes:
    sop_class = element(0x00080016, b"UI", CT_IMAGE_STORAGE.encode() + b"\0", encoding)
    return sop_class + element(0x00080018, b"UI", sop_instance, encoding)


def write(folder: Path, content: bytes) -> Path:
    path = folder / "file"
    path.write_bytes(content)
    return path


def refusal(path: Path | str) -> FileError:
    with pytest.raises(FileError) as caught:
        check_complete(read_instance(path))
    assert caught.value.path == str(path)
    return caught.value


@pytest.mark.parametrize("path", bundled_files(), ids=lambda path: path.name)
def test_each_file_of_pydicom_is_read_or_refused(path):
    if path.name in REFUSED:
        error = refusal(path)
        assert (type(error), error.reason) == REFUSED[path.name]
        return
    instance = read_instance(path)
    check_complete(instance)
    dataset = dcmread(path, force=True, specific_tags=["SOPClassUID", "SOPInstanceUID"])
    assert instance.path == str(path)
    assert instance.sop_class_uid == dataset.SOPClassUID
    assert instance.sop_instance_uid == dataset.SOPInstanceUID
    assert instance.offset + instance.length == path.stat().st_size
    if path.name not in WITHOUT_META:
        assert instance.transfer_syntax_uid == dataset.file_meta.TransferSyntaxUID


@pytest.mark.parametrize("chosen", samples(), ids=lambda chosen: chosen.path.name)
def test_the_dataset_is_where_it_is_said_to_be(chosen):
    instance = read_instance(chosen.path)
    assert chosen.path.read_bytes()[instance.offset :] == chosen.dataset


@pytest.mark.parametrize(
    ("name", "transfer_syntax"),
    [
        (WITHOUT_META[0], EXPLICIT_VR_BIG_ENDIAN),
        (WITHOUT_META[1], EXPLICIT_VR_LITTLE_ENDIAN),
        (WITHOUT_META[2], IMPLICIT_VR_LITTLE_ENDIAN),
    ],
)
def test_a_dataset_alone_shows_its_transfer_syntax(name, transfer_syntax):
    instance = read_instance(sample(name))
    assert (instance.transfer_syntax_uid, instance.offset) == (transfer_syntax, 0)


def test_file_meta_information_may_come_without_preamble(tmp_path):
    whole = sample("CT_small.dcm").read_bytes()
    path = write(tmp_path, whole[132:])
    instance, original = read_instance(path), read_instance(sample("CT_small.dcm"))
    assert instance == original._replace(path=str(path), offset=original.offset - 132)


def test_a_preamble_may_come_without_file_meta_information(tmp_path):
    path = write(tmp_path, bytes(128) + b"DICM" + uids())
    assert read_instance(path) == InstanceFile(
        str(path), CT_IMAGE_STORAGE, "1.2.3", EXPLICIT_VR_LITTLE_ENDIAN, 132, len(uids())
    )


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        (EXPLICIT_LITTLE, EXPLICIT_VR_LITTLE_ENDIAN),
        (IMPLICIT_LITTLE, IMPLICIT_VR_LITTLE_ENDIAN),
        (EXPLICIT_BIG, EXPLICIT_VR_BIG_ENDIAN),
    ],
)
@pytest.mark.parametrize(
    "stated", ["", EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_BIG_ENDIAN]
)
def test_a_missing_or_wrong_transfer_syntax_is_replaced_by_the_one_shown(tmp_path, encoding, shown, stated):
    path = write(tmp_path, meta_for(stated) + uids(encoding))
    assert read_instance(path).transfer_syntax_uid == shown


def test_a_dataset_without_vrs_cannot_have_an_encapsulated_transfer_syntax(tmp_path):
    error = refusal(write(tmp_path, meta_for(JPEG_BASELINE) + uids(IMPLICIT_LITTLE)))
    assert isinstance(error, MalformedFileError)
    private = write(tmp_path, meta_for("1.2.3.4") + uids(IMPLICIT_LITTLE))
    assert read_instance(private).transfer_syntax_uid == "1.2.3.4"


@pytest.mark.parametrize("transfer_syntax", [EXPLICIT_VR_LITTLE_ENDIAN, DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN])
def test_the_uids_of_the_dataset_count(tmp_path, transfer_syntax):
    data = uids(sop_instance=b"5.6.7\0")
    if is_deflated(transfer_syntax):
        deflated = sample("image_dfl.dcm")
        original = read_instance(deflated)
        content = meta_for(transfer_syntax) + deflated.read_bytes()[original.offset :]
        assert read_instance(write(tmp_path, content)).sop_instance_uid == original.sop_instance_uid
    else:
        assert read_instance(write(tmp_path, meta_for(transfer_syntax) + data)).sop_instance_uid == "5.6.7"


def test_long_file_meta_information_is_read(tmp_path):
    private = element(0x00020100, b"UI", b"1.2.3\0") + element(0x00020102, b"OB", bytes(20_000))
    group = element(0x00020010, b"UI", EXPLICIT_VR_LITTLE_ENDIAN.encode() + b"\0") + private
    content = bytes(128) + b"DICM" + group + uids()
    instance = read_instance(write(tmp_path, content))
    assert (instance.offset, instance.sop_instance_uid) == (132 + len(group), "1.2.3")
    assert isinstance(refusal(write(tmp_path, content[:9000])), TruncatedFileError)


def test_uids_far_from_the_beginning_are_read(tmp_path):
    long_sequence = sequence(0x00080006, [item(bytes(0))] * 2000, defined=False)
    path = write(
        tmp_path, meta_for(EXPLICIT_VR_LITTLE_ENDIAN) + long_sequence + uids(sop_instance=b"5.6.7\0")
    )
    assert read_instance(path).sop_instance_uid == "5.6.7"


def test_a_dicomdir_is_known_by_its_sop_class_not_its_name(tmp_path):
    path = tmp_path / "image.dcm"
    shutil.copyfile(sample("dicomdirtests/DICOMDIR"), path)
    assert isinstance(refusal(path), DicomdirError)
    path.write_bytes(path.read_bytes()[132:])
    assert isinstance(refusal(path), DicomdirError)


@pytest.mark.parametrize(
    ("content", "kind", "reason"),
    [
        (b"", NotDicomError, "the file is empty"),
        (b"A letter.\n" * 30, NotDicomError, "not a DICOM file"),
        (bytes(300), NotDicomError, "not a DICOM file"),
        (bytes(128) + b"DICM", TruncatedFileError, "truncated: there is no dataset"),
        (
            bytes(128) + b"DICM\x02\0\0\0UL",
            TruncatedFileError,
            "truncated: the file ends inside the file meta",
        ),
        (meta_for(EXPLICIT_VR_LITTLE_ENDIAN), TruncatedFileError, "truncated: there is no dataset"),
        (meta_for(DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN), TruncatedFileError, "truncated: there is no dataset"),
        (
            meta_for(EXPLICIT_VR_LITTLE_ENDIAN) + uids()[:-3],
            TruncatedFileError,
            "truncated: the dataset ends inside element (0008,0018)",
        ),
        (
            meta_for(EXPLICIT_VR_LITTLE_ENDIAN) + element(0x00080060, b"CS", b"CT"),
            UnidentifiedFileError,
            "has no SOP Class UID",
        ),
        (
            meta_for(EXPLICIT_VR_LITTLE_ENDIAN) + uids(sop_instance=b""),
            UnidentifiedFileError,
            "has no SOP Instance UID",
        ),
        (
            meta_for(EXPLICIT_VR_LITTLE_ENDIAN) + uids(sop_instance=b"1" * 66),
            UnidentifiedFileError,
            f"has no valid SOP Instance UID: '{'1' * 66}'",
        ),
        (
            meta_for(EXPLICIT_VR_LITTLE_ENDIAN) + uids(sop_instance=b"\x1b[31m1"),
            UnidentifiedFileError,
            r"has no valid SOP Instance UID: '\x1b[31m1'",
        ),
        (
            meta_for("not a UID") + uids(),
            UnidentifiedFileError,
            "has no valid Transfer Syntax UID: 'not a UID'",
        ),
        (
            meta_for(EXPLICIT_VR_LITTLE_ENDIAN) + uids() + header(0xFFFEE00D, None, 0),
            MalformedFileError,
            "malformed dataset: (FFFE,E00D) stands where an element should begin",
        ),
    ],
)
def test_what_cannot_be_sent_is_refused_with_the_reason(tmp_path, content, kind, reason):
    error = refusal(write(tmp_path, content))
    assert type(error) is kind
    assert error.reason.startswith(reason)


def test_what_cannot_be_opened_is_unreadable(tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    for path, reason in (
        (tmp_path / "missing", "no such file or directory"),
        (tmp_path, "is not a regular file"),
        (fifo, "is not a regular file"),
        ("a\0b", "embedded null byte"),
    ):
        error = refusal(path)
        assert type(error) is UnreadableFileError
        assert error.reason == reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_unreadable(tmp_path):
    path = write(tmp_path, meta_for(EXPLICIT_VR_LITTLE_ENDIAN) + uids())
    path.chmod(0)
    assert refusal(path).reason == "permission denied"


def test_an_error_while_reading_is_unreadable(tmp_path, monkeypatch):
    path = write(tmp_path, meta_for(EXPLICIT_VR_LITTLE_ENDIAN) + uids())
    instance = read_instance(path)

    def fail(*arguments: object) -> bytes:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "read", fail)
    assert refusal(path).reason == "input/output error"
    with pytest.raises(UnreadableFileError):
        check_complete(instance)


def test_a_file_that_became_shorter_is_truncated(tmp_path):
    path = write(tmp_path, sample("CT_small.dcm").read_bytes())
    instance = read_instance(path)
    os.truncate(path, 9000)
    with pytest.raises(TruncatedFileError):
        check_complete(instance)
    path.unlink()
    with pytest.raises(UnreadableFileError):
        check_complete(instance)


def test_a_file_that_became_longer_is_checked_as_far_as_it_will_be_sent(tmp_path):
    path = write(tmp_path, sample("CT_small.dcm").read_bytes())
    instance = read_instance(path)
    path.write_bytes(path.read_bytes() + b"\x08\x00")
    check_complete(instance)


@pytest.mark.parametrize(
    "name",
    [
        "MR_small.dcm",
        "MR_small_implicit.dcm",
        "MR_small_bigendian.dcm",
        "JPEG2000.dcm",
        "rtplan.dcm",
        "test-SR.dcm",
    ],
)
def test_a_file_cut_inside_an_element_is_truncated(name):
    whole = read_instance(sample(name))
    data = sample(name).read_bytes()[whole.offset :]
    ends = {end for *_, end in scan(data, encoding_of(whole.transfer_syntax_uid))}
    for length in {*range(1, len(data), max(1, len(data) // 600)), len(data) - 1, *ends}:
        instance = whole._replace(length=length)
        last_end = max((end for end in ends if end <= length), default=0)
        if not data[last_end:length].strip(b"\0"):
            check_complete(instance)
        else:
            with pytest.raises(TruncatedFileError):
                check_complete(instance)


def test_a_deflated_file_cut_anywhere_is_truncated():
    whole = read_instance(sample("image_dfl.dcm"))
    inflater = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    inflater.decompress(sample("image_dfl.dcm").read_bytes()[whole.offset :])
    stream_length = whole.length - len(inflater.unused_data)
    for length in {*range(1, stream_length, 60), stream_length - 1}:
        with pytest.raises(TruncatedFileError):
            check_complete(whole._replace(length=length))


def test_no_values_are_read_that_can_be_skipped(tmp_path, monkeypatch):
    path = tmp_path / "large"
    size = 300 << 20
    with path.open("wb") as file:
        file.write(meta_for(EXPLICIT_VR_LITTLE_ENDIAN) + uids() + header(0x7FE00010, b"OW", size))
        file.truncate(file.tell() + size)
    read = []

    def count(descriptor: int, length: int, original=os.read) -> bytes:
        data = original(descriptor, length)
        read.append(len(data))
        return data

    monkeypatch.setattr(os, "read", count)
    check_complete(read_instance(path))
    assert sum(read) < 20_000


def outcome(path: Path) -> InstanceFile | FileError:
    """What comes of a file: any other exception than a FileError goes on."""
    try:
        instance = read_instance(path)
        check_complete(instance)
    except FileError as exc:
        assert exc.reason[0].islower() or exc.reason[0] == "("
        return exc
    return instance


@given(
    st.binary(max_size=500), st.sampled_from([b"", bytes(128) + b"DICM", meta_for(EXPLICIT_VR_LITTLE_ENDIAN)])
)
def test_any_bytes_are_an_instance_or_a_file_error(tmp_path_factory, data, beginning):
    outcome(write(tmp_path_factory.getbasetemp(), beginning + data))


@given(
    st.sampled_from(
        ["CT_small.dcm", "MR_small_implicit.dcm", "ExplVR_BigEnd.dcm", "image_dfl.dcm", "JPEG2000.dcm"]
    ),
    st.lists(st.tuples(st.integers(0, 1500), st.binary(min_size=1, max_size=4)), min_size=1, max_size=5),
    st.none() | st.integers(0, 3000),
)
def test_mutated_files_are_instances_or_file_errors(tmp_path_factory, name, changes, length):
    content = bytearray(sample(name).read_bytes())
    for position, change in changes:
        content[position : position + len(change)] = change
    outcome(write(tmp_path_factory.getbasetemp(), bytes(content[:length])))


@given(
    st.text(alphabet="0123456789.", min_size=1, max_size=64),
    st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=16),
    st.none() | st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=16),
)
def test_encoded_file_meta_information_is_what_pydicom_reads(tmp_path_factory, uid, version, aet):
    meta = encode_file_meta(
        CT_IMAGE_STORAGE,
        uid,
        EXPLICIT_VR_LITTLE_ENDIAN,
        implementation_class_uid="1.2.3.4",
        implementation_version_name=version,
        source_aet=aet,
    )
    path = write(tmp_path_factory.getbasetemp(), meta + uids())
    read = dcmread(path)
    assert read.preamble == bytes(128)
    assert read.file_meta.FileMetaInformationGroupLength == len(meta) - 144
    assert read.file_meta.FileMetaInformationVersion == b"\0\1"
    assert read.file_meta.get_item("MediaStorageSOPInstanceUID").value.rstrip(b"\0") == uid.encode()
    assert read.file_meta.TransferSyntaxUID == EXPLICIT_VR_LITTLE_ENDIAN
    assert read.file_meta.ImplementationClassUID == "1.2.3.4"
    assert read.file_meta.get_item("ImplementationVersionName").value.rstrip() == version.encode()
    assert read.file_meta.get("SourceApplicationEntityTitle", None) in (aet, [*(aet or "").split("\\")])
    assert read_instance(path).offset == len(meta)


def test_encoded_file_meta_information_keeps_what_is_no_uid():
    meta = meta_for(EXPLICIT_VR_LITTLE_ENDIAN, "../é")
    assert rb"../\xe9" in meta
    with pytest.raises(ValueError, match="longer than 65534 bytes"):
        meta_for(EXPLICIT_VR_LITTLE_ENDIAN, "1" * 65535)


@pytest.mark.skipif(shutil.which("dcmdump") is None, reason="DCMTK is not installed")
@pytest.mark.interop
def test_encoded_file_meta_information_is_what_dcmtk_reads(tmp_path):
    path = write(tmp_path, meta_for(EXPLICIT_VR_LITTLE_ENDIAN) + uids())
    dumped = subprocess.run(["dcmdump", "-q", "-Un", path], capture_output=True, text=True)
    assert (dumped.returncode, dumped.stderr) == (0, "")
    for line in (
        "(0002,0000) UL",
        "(0002,0001) OB 00\\01",
        "(0002,0003) UI [1.2.3]",
        "(0002,0010) UI [1.2.840.10008.1.2.1]",
        "(0002,0013) SH [TEST]",
    ):
        assert line in dumped.stdout


def test_uids_that_many_files_share_are_one_string():
    first, second = read_instance(sample("CT_small.dcm")), read_instance(sample("MR_small.dcm"))
    assert first.transfer_syntax_uid is second.transfer_syntax_uid
