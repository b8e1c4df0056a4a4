"""What --no-phi leaves of log lines, events and errors."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from dcmtools.cli.privacy import public_message, set_up_privacy, without_phi
from dcmtools.dicom.implementation import IMPLEMENTATION_CLASS_UID
from dcmtools.dicom.listing import list_dataset
from dcmtools.dicom.privacy import are_hidden, discreet, discreet_message, hide_patients, without_uids
from dcmtools.errors import AssociationError, ConfigurationError, KeywordPathError, NotDicomError
from dcmtools.net import events

UID = "1.2.826.0.1.3680043.8.498.12345"
NAME = "Müller"


@pytest.fixture
def hidden() -> Iterator[None]:
    set_up_privacy(no_phi=True)
    yield
    set_up_privacy(no_phi=False)


def test_nothing_changes_without_it() -> None:
    assert not are_hidden()
    event = events.NotStored("müller.dcm", f"no '{UID}'")
    assert without_phi(event) is event
    assert discreet("müller") == "müller"
    assert discreet_message(f"'a' {UID}") == f"'a' {UID}"
    assert without_uids(UID) == UID


def test_a_pseudonym_stands_for_one_text_for_as_long_as_the_process_runs(hidden: None) -> None:
    first = discreet("Müller^Anna")
    assert (len(first), first[0]) == (9, "#")
    assert discreet("Müller^Anna") == first
    assert discreet("Müller^Hans") != first
    assert discreet("") == ""
    hide_patients(hide=True)
    assert discreet("Müller^Anna") != first


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"Storing CT.{UID}", False),
        (f"{UID}.dcm", False),
        (f"99.{UID}", False),
        ("1.2.840.10008.5.1.4.1.1.2 and 1.2.840.10008.1.2.1", True),
        (f"I am {IMPLEMENTATION_CLASS_UID}", True),
        ("peer 192.0.2.7:11112, version 3.0.4", True),
        ("2026-11-21 05:00:01.123456", True),
    ],
)
def test_uids_but_those_of_the_standard(hidden: None, text: str, kept: bool) -> None:
    assert (without_uids(text) == text) == kept
    assert UID not in without_uids(text)


@given(st.lists(st.integers(0, 10**9), min_size=5, max_size=12), st.text(max_size=5), st.text(max_size=5))
def test_no_uid_is_left_whatever_is_around_it(parts: list[int], before: str, after: str) -> None:
    uid = ".".join(map(str, parts))
    hide_patients(hide=True)
    try:
        assert f".{uid}" not in f".{without_uids(f'{before}{uid}{after}')}" or uid.startswith(
            "1.2.840.10008."
        )
    finally:
        hide_patients(hide=False)


def test_events_say_what_happened_and_not_to_whom(hidden: None) -> None:
    received = without_phi(
        events.Received("1.2.840.10008.5.1.4.1.1.2", UID, "1.2", "Müller/a.dcm", 7, "stored")
    )
    assert received.sop_class_uid == "1.2.840.10008.5.1.4.1.1.2"
    assert (received.sop_instance_uid, received.path) == (discreet(UID), discreet("Müller/a.dcm"))
    finished = without_phi(events.Finished(0xB000, "no Müller", (UID, UID)))
    assert finished == events.Finished(0xB000, discreet("no Müller"), (discreet(UID),) * 2)
    refused = without_phi(events.NotStored("a", f"No space left: CT.{UID}", 0xA700))
    assert refused.reason == f"No space left: CT.{discreet(UID)}"
    match = events.Match(1, Dataset())
    assert without_phi(match).identifier is match.identifier


def test_errors_name_no_values_and_no_files_of_patients(hidden: None) -> None:
    key = KeywordPathError("PatientName=Müller", "Müller", "LO holds ASCII characters only, not 'Müller'")
    assert "Müller" not in public_message(key)
    assert public_message(key).startswith("invalid key 'PatientName'")
    assert (
        public_message(NotDicomError("Müller.dcm", "is not DICOM"))
        == f"{discreet('Müller.dcm')}: is not DICOM"
    )
    configuration = ConfigurationError("/etc/qrscp.ini", "line 3")
    assert public_message(configuration) == str(configuration)
    lost = AssociationError("pacs.example.org:104", "refused", hint="is it running?")
    assert public_message(lost) == str(lost)


def test_a_dataset_without_values() -> None:
    dataset = Dataset()
    dataset.PatientName = "Müller"
    dataset.PatientID = ""
    dataset.OtherPatientNames = ["Müller", "Meier"]
    item = Dataset()
    item.PatientID = "4711"
    dataset.OtherPatientIDsSequence = [item]
    lines = list(list_dataset(dataset, values=False))
    assert not any(value in line for line in lines for value in ("Müller", "Meier", "4711"))
    assert [line.split(" # ")[1] for line in lines if " # " in line] == [
        "1 PatientName",
        "0 PatientID",
        "2 OtherPatientNames",
        "1 OtherPatientIDsSequence",
        "1 PatientID",
    ]
    assert "(no value available)" in lines[1]


def test_log_records(hidden: None, caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("tests.privacy")
    logger.error("%s of %s", UID, 7)
    logger.error("%(uid)s", {"uid": UID})
    logger.error("Affected SOP Instance UID     : Müller")
    logger.error("Their Implementation Class UID:      1.2.3.4.5.6")
    logger.error("%s", NotDicomError("Müller.dcm", "is not DICOM"))
    try:
        raise ValueError(NAME)
    except ValueError as exc:
        logger.exception(exc)
        logger.exception("an internal error of %s", NAME)
    assert UID not in caplog.text
    assert "Müller" not in caplog.text
    assert f"{discreet(UID)} of 7" in caplog.text
    assert "1.2.3.4.5.6" in caplog.text
    assert "in test_log_records" in caplog.text
    assert "ValueError" in caplog.text
