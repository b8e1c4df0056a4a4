"""C-FIND: what archives answer is data on stdout, in full."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pynetdicom.sop_class import (
    ModalityWorklistInformationFind,
    PatientRootQueryRetrieveInformationModelFind,
    PatientStudyOnlyQueryRetrieveInformationModelFind,
    StudyRootQueryRetrieveInformationModelFind,
    UnifiedProcedureStepPull,
)

from ..command import Outcome, dcmtools
from ..ports import free_port
from ..samples import Sample, sample
from .conftest import Archive
from .peers.queries import QueryPeer, find_peer
from .peers.scripted import store_peer

pytestmark = pytest.mark.interop

STUDY = ("-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID")


def values(outcome: Outcome, keyword: str) -> list[str]:
    """The values of an element in the listing of all matches."""
    return re.findall(rf"\[(.*)\] *# \d+ {keyword}$", outcome.stdout, re.MULTILINE)


def of_patient(archive: Archive, name: str, keyword: str) -> set[str]:
    """The values of `keyword` in all instances of a patient in the archive."""
    headers = [dcmread(item.path, stop_before_pixels=True) for item in _readable(archive.samples)]
    return {str(header[keyword].value) for header in headers if header.get("PatientName") == name}


def _readable(samples: tuple[Sample, ...]) -> list[Sample]:
    """Those of the folder of the sample DICOMDIR; others have values that pydicom warns of."""
    return [item for item in samples if item.sop_instance.startswith("1.3.6.1.4.1.5962.1.")]


def test_studies_of_a_patient(archive: Archive) -> None:
    outcome = dcmtools("findscu", "-S", *archive.address, *STUDY, "-k", "PatientName=Doe^Peter")
    assert outcome.code == 0
    assert set(values(outcome, "StudyInstanceUID")) == of_patient(archive, "Doe^Peter", "StudyInstanceUID")
    assert set(values(outcome, "PatientName")) == {"Doe^Peter"}


def test_wildcard(archive: Archive) -> None:
    outcome = dcmtools("findscu", "-S", *archive.address, *STUDY, "-k", "PatientName=Doe^*")
    assert outcome.code == 0
    expected = of_patient(archive, "Doe^Peter", "StudyInstanceUID")
    expected |= of_patient(archive, "Doe^Archibald", "StudyInstanceUID")
    assert set(values(outcome, "StudyInstanceUID")) == expected


def test_patients(archive: Archive) -> None:
    """The patient root model is the default one."""
    outcome = dcmtools(
        "findscu",
        *archive.address,
        "-k",
        "QueryRetrieveLevel=PATIENT",
        "-k",
        "PatientName=Doe^Peter",
        "-k",
        "PatientID",
    )
    assert outcome.code == 0
    assert set(values(outcome, "PatientID")) == of_patient(archive, "Doe^Peter", "PatientID")


def test_patient_study_only(dcmqrscp_archive: Archive) -> None:
    outcome = dcmtools(
        "findscu",
        "-O",
        *dcmqrscp_archive.address,
        "-k",
        "QueryRetrieveLevel=PATIENT",
        "-k",
        "PatientID=77654033",
    )
    assert outcome.code == 0
    assert values(outcome, "PatientID") == ["77654033"]


def test_log_lines(exact_archive: Archive) -> None:
    """INFO is the default; a match is data on stdout, and in the log only when asked for."""
    arguments = ("-S", *exact_archive.address, *STUDY, "-k", "PatientName=Doe^Peter")
    outcome = dcmtools("findscu", *arguments)
    lines = outcome.stderr.splitlines()
    assert "I: Sending Find Request: MsgID 1" in lines
    assert "I: # Request Identifier" in lines
    assert "I: Find SCP Response: 1 - 0xFF00 (Pending)" in lines
    assert "I: Find SCP Result: 0x0000 (Success)" in lines
    assert "# Response Identifier" not in outcome.stderr
    verbose = dcmtools("findscu", "-v", *arguments)
    assert "I: # Response Identifier" in verbose.stderr.splitlines()
    assert verbose.stdout == outcome.stdout


def test_quiet_still_gives_the_matches(exact_archive: Archive) -> None:
    outcome = dcmtools("findscu", "-q", "-S", *exact_archive.address, *STUDY, "-k", "PatientName=Doe^Peter")
    assert outcome.code == 0
    assert outcome.stderr == ""
    assert values(outcome, "StudyInstanceUID") != []


def test_no_match_is_no_failure(exact_archive: Archive) -> None:
    outcome = dcmtools(
        "findscu", "-q", "-S", *exact_archive.address, *STUDY, "-k", "PatientName=Nobody^Atall"
    )
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "", "")


def test_write(exact_archive: Archive, tmp_path: Path) -> None:
    outcome = dcmtools(
        "findscu", "-S", "-w", *exact_archive.address, *STUDY, "-k", "PatientName=Doe^Peter", cwd=tmp_path
    )
    assert outcome.code == 0
    found = values(outcome, "StudyInstanceUID")
    names = [f"rsp{number:06}.dcm" for number in range(1, len(found) + 1)]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    written = [dcmread(tmp_path / name) for name in names]
    assert [match.StudyInstanceUID for match in written] == found
    assert {match.file_meta.MediaStorageSOPClassUID for match in written} == {
        StudyRootQueryRetrieveInformationModelFind
    }


def test_query_file(exact_archive: Archive, tmp_path: Path) -> None:
    """A file gives the identifier; keys override it and add to it."""
    query = Dataset()
    query.QueryRetrieveLevel = "STUDY"
    query.PatientName = "Nobody^Atall"
    query.StudyInstanceUID = ""
    query.save_as(tmp_path / "query.dcm", implicit_vr=False, little_endian=True)
    arguments = ("findscu", "-q", "-S", *exact_archive.address, "-f", tmp_path / "query.dcm")
    assert dcmtools(*arguments).stdout == ""
    outcome = dcmtools(*arguments, "-k", "PatientName=Doe^Peter")
    assert set(values(outcome, "StudyInstanceUID")) == of_patient(
        exact_archive, "Doe^Peter", "StudyInstanceUID"
    )


def test_query_file_that_cannot_be_read(no_dicom: Path, tmp_path: Path) -> None:
    with find_peer() as peer:
        missing = dcmtools("findscu", "127.0.0.1", peer.port, "-f", tmp_path / "missing.dcm")
        assert missing.code == 1
        missing.error_about("Cannot read input file", tmp_path / "missing.dcm")
        assert peer.identifiers == []


def test_cancel_after() -> None:
    matches = [_match(f"1.2.3.{number}") for number in range(20)]
    with find_peer(matches, cancel_after=3) as peer:
        outcome = dcmtools("findscu", "--cancel-after", 3, "127.0.0.1", peer.port, *STUDY)
    assert peer.cancelled
    assert outcome.code == 0, outcome.stderr
    assert values(outcome, "StudyInstanceUID") == ["1.2.3.0", "1.2.3.1", "1.2.3.2"]


def _match(uid: str, **elements: str) -> Dataset:
    match = Dataset()
    match.QueryRetrieveLevel = "STUDY"
    match.StudyInstanceUID = uid
    for keyword, value in elements.items():
        setattr(match, keyword, value)
    return match


ALL_NEGOTIATED = (
    "--relational-query",
    "--dt-matching",
    "--fuzzy-names",
    "--timezone-adj",
    "--enhanced-conversion",
)


@pytest.mark.parametrize(
    ("options", "sop_class", "expected"),
    [
        (("-P", *ALL_NEGOTIATED), PatientRootQueryRetrieveInformationModelFind, "01 01 01 01 01"),
        (("-S", "--relational-query"), StudyRootQueryRetrieveInformationModelFind, "01 00 00 00 00"),
        (("-S", "--dt-matching"), StudyRootQueryRetrieveInformationModelFind, "00 01 00 00 00"),
        (("-S", "--fuzzy-names"), StudyRootQueryRetrieveInformationModelFind, "00 00 01 00 00"),
        (("-S", "--timezone-adj"), StudyRootQueryRetrieveInformationModelFind, "00 00 00 01 00"),
        (
            ("-O", "--enhanced-conversion"),
            PatientStudyOnlyQueryRetrieveInformationModelFind,
            "00 00 00 00 01",
        ),
        (("-W", *ALL_NEGOTIATED), ModalityWorklistInformationFind, "01 01 01 01"),
        (("-W", "--fuzzy-names"), ModalityWorklistInformationFind, "01 01 01 00"),
    ],
)
def test_extended_negotiation(options: tuple[str, ...], sop_class: str, expected: str) -> None:
    with find_peer() as peer:
        outcome = dcmtools("findscu", *options, "127.0.0.1", peer.port, *STUDY)
    assert outcome.code == 0, outcome.stderr
    assert {uid: item.hex(" ") for uid, item in peer.extended.items()} == {sop_class: expected}


@pytest.mark.parametrize(
    ("option", "sop_class"),
    [
        (None, PatientRootQueryRetrieveInformationModelFind),
        ("--patient", PatientRootQueryRetrieveInformationModelFind),
        ("--study", StudyRootQueryRetrieveInformationModelFind),
        ("--psonly", PatientStudyOnlyQueryRetrieveInformationModelFind),
        ("--worklist", ModalityWorklistInformationFind),
        ("--ups", UnifiedProcedureStepPull),
    ],
)
def test_only_the_model_asked_for_is_proposed(option: str | None, sop_class: str) -> None:
    with find_peer() as peer:
        outcome = dcmtools(
            "findscu", *([option] if option else []), "127.0.0.1", peer.port, "-k", "PatientID=1"
        )
    assert outcome.code == 0, outcome.stderr
    assert set(peer.proposed) == {sop_class}
    assert peer.extended == {}


def _query(peer: QueryPeer, *keys: str) -> Outcome:
    return dcmtools("findscu", "127.0.0.1", peer.port, *keys)


def test_characters_outside_ascii() -> None:
    """They arrive with the character set that they are in, and never as a wildcard."""
    with find_peer() as peer:
        assert _query(peer, *STUDY, "-k", "PatientName=*山田*").code == 0
        identifier = peer.identifier()
    assert identifier.get_item("SpecificCharacterSet").value.strip() == b"ISO_IR 192"
    assert identifier.get_item("PatientName").value.strip() == "*山田*".encode()


def test_characters_outside_ascii_in_a_given_set() -> None:
    with find_peer() as peer:
        assert _query(peer, "--charset", "ISO_IR 100", *STUDY, "-k", "PatientName=Müller*").code == 0
        identifier = peer.identifier()
        assert identifier.get_item("SpecificCharacterSet").value.strip() == b"ISO_IR 100"
        assert identifier.get_item("PatientName").value.strip() == "Müller*".encode("latin-1")
        impossible = _query(peer, "--charset", "ISO_IR 100", *STUDY, "-k", "PatientName=*山田*")
        assert impossible.code == 1
        impossible.error_about("PatientName")
        assert len(peer.identifiers) == 1


def test_match_outside_ascii() -> None:
    match = _match("1.2.3", SpecificCharacterSet="ISO_IR 192", PatientName="Yamada^Tarou=山田^太郎")
    with find_peer([match]) as peer:
        outcome = _query(peer, *STUDY)
    assert values(outcome, "PatientName") == ["Yamada^Tarou=山田^太郎"]


def test_worklist() -> None:
    step = Dataset()
    step.Modality = "CT"
    step.ScheduledProcedureStepStartDate = "20261120"
    item = Dataset()
    item.PatientName = "Doe^Jane"
    item.ScheduledProcedureStepSequence = [step]
    with find_peer([item]) as peer:
        outcome = dcmtools(
            "findscu",
            "-W",
            "127.0.0.1",
            peer.port,
            "-k",
            "PatientName",
            "-k",
            "ScheduledProcedureStepSequence[0].Modality=CT",
        )
        assert peer.identifier().ScheduledProcedureStepSequence[0].Modality == "CT"
    assert outcome.code == 0
    assert values(outcome, "PatientName") == ["Doe^Jane"]
    assert values(outcome, "ScheduledProcedureStepStartDate") == ["20261120"]
    assert "(Sequence with 1 item)" in outcome.stdout
    assert "  (Sequence item #1)" in outcome.stdout.splitlines()


@pytest.mark.parametrize("status", [0xA700, 0xC001])
def test_failing_status(status: int) -> None:
    with find_peer(status=status) as peer:
        outcome = _query(peer, *STUDY)
    assert outcome.code == 1
    assert f"I: Find SCP Result: 0x{status:04X} (Failure)" in outcome.stderr.splitlines()
    outcome.error_about(f"0x{status:04X}")


def test_failing_status_after_matches() -> None:
    """What was found before is shown."""
    with find_peer([_match("1.2.3")], status=0xA700) as peer:
        outcome = _query(peer, *STUDY)
    assert outcome.code in (1, 3)
    assert values(outcome, "StudyInstanceUID") == ["1.2.3"]


def test_model_that_the_peer_does_not_have() -> None:
    with store_peer() as peer:
        outcome = dcmtools("findscu", "127.0.0.1", peer.port, *STUDY)
    assert outcome.code == 1
    outcome.error_about("presentation context")


def test_no_association() -> None:
    outcome = dcmtools("findscu", "127.0.0.1", free_port(), *STUDY)
    assert outcome.code == 1
    assert "E: Association request failed: unable to connect to remote" in outcome.stderr.splitlines()


def test_something_to_ask_for_is_required() -> None:
    outcome = dcmtools("findscu", "127.0.0.1", 104)
    assert outcome.code == 2
    assert "error: -f and/or -k must be specified" in outcome.stderr


def test_query_for_an_instance_file() -> None:
    """Any DICOM file can be the query, as for pynetdicom's findscu."""
    with find_peer() as peer:
        outcome = dcmtools(
            "findscu", "127.0.0.1", peer.port, "-f", sample("rtplan.dcm"), "-k", "QueryRetrieveLevel=STUDY"
        )
        assert outcome.code == 0, outcome.stderr
        assert peer.identifier().QueryRetrieveLevel == "STUDY"
