"""The journal of sending: what is stored is known in the next run, whatever ended the one before."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcmtools.dicom.part10 import InstanceFile, read_instance
from dcmtools.errors import JournalError
from dcmtools.net.association import Peer
from dcmtools.net.events import AlreadyStored, Changed, NotStored, Stored
from dcmtools.net.journal import Journal
from tests.net.sent_files import write_file

PEER = Peer("pacs.example.org", 104, "PACS")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


@pytest.fixture
def file(tmp_path: Path) -> InstanceFile:
    return write_file(tmp_path, 1)


def stored(file: InstanceFile, status: int = 0) -> Stored:
    return Stored(
        file.path, file.sop_class_uid, file.sop_instance_uid, file.transfer_syntax_uid, file.length, status
    )


def note(path: Path, *events: Stored | NotStored) -> None:
    """Keep the journal of a run."""
    with Journal(path, PEER) as journal:
        for event in events:
            journal.look_up(read_instance(event.path))
            journal.note(event)


def look_up(path: Path, file: InstanceFile) -> object:
    with Journal(path, PEER) as journal:
        return journal.look_up(file)


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_stored_file_is_known_in_the_next_run(path, file):
    note(path, stored(file))
    assert look_up(path, file) == AlreadyStored(file.path)


@pytest.mark.parametrize("status", [0xB000, 0xB006])
def test_a_warning_is_stored(path, file, status):
    note(path, stored(file, status))
    assert look_up(path, file) == AlreadyStored(file.path)


def test_a_file_that_failed_or_was_never_sent_is_not_stored(path, file, tmp_path):
    note(path, NotStored(file.path, "refused", 0xA700))
    assert look_up(path, file) is None
    assert look_up(path, write_file(tmp_path, 2)) is None


def test_the_last_line_about_a_file_holds(path, file):
    note(path, NotStored(file.path, "refused", 0xA700), stored(file))
    assert look_up(path, file) == AlreadyStored(file.path)
    os.utime(file.path, ns=(0, 0))
    note(path, NotStored(file.path, "refused", 0xA700))
    assert look_up(path, file) is None


def test_what_the_lines_say(path, file):
    note(path, stored(file, 0xB000), NotStored(file.path, "aborted"), NotStored(file.path, "full", 0xA700))
    header, *entries = lines(path)
    assert header == {
        "journal": "dcmtools storescu 1",
        "host": "pacs.example.org",
        "port": 104,
        "ae_title": "PACS",
    }
    status = Path(file.path).stat()
    for entry in entries:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", entry.pop("time"))
    same = {
        "path": file.path,
        "sop_instance_uid": file.sop_instance_uid,
        "size": status.st_size,
        "modified_ns": status.st_mtime_ns,
    }
    assert entries == [
        same | {"outcome": "stored", "status": "0xB000", "reason": None},
        same | {"outcome": "failed", "status": None, "reason": "aborted"},
        same | {"outcome": "failed", "status": "0xA700", "reason": "full"},
    ]


def test_each_line_is_in_the_file_at_once(path, file):
    with Journal(path, PEER) as journal:
        assert len(lines(path)) == 1
        for number in range(1, 4):
            journal.look_up(file)
            journal.note(stored(file))
            assert len(lines(path)) == 1 + number


def test_changed_files_are_noticed(path, file, tmp_path):
    note(path, stored(file))
    os.utime(file.path, ns=(0, 0))
    assert look_up(path, file) == Changed(file.path)


def test_another_object_under_the_same_name_is_noticed(path, file):
    """Even if it has the size and the time of the one that was stored."""
    note(path, stored(file))
    assert look_up(path, file._replace(sop_instance_uid="1.2.3.4")) == Changed(file.path)


def test_a_file_that_changes_while_it_is_sent_is_sent_again(path, file):
    with Journal(path, PEER) as journal:
        journal.look_up(file)
        os.utime(file.path, ns=(0, 0))
        journal.note(stored(file))
    assert look_up(path, file) == Changed(file.path)


def test_a_file_that_is_gone_is_not_known(path, file):
    Path(file.path).unlink()
    with Journal(path, PEER) as journal:
        assert journal.look_up(file) is None
        journal.note(NotStored(file.path, "no such file"))
    assert lines(path)[-1]["size"] is None


def test_files_are_known_by_their_absolute_path(path, file, tmp_path, monkeypatch):
    note(path, stored(file))
    monkeypatch.chdir(tmp_path)
    relative = read_instance("0001.dcm")
    assert look_up(path, relative) == AlreadyStored("0001.dcm")


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_names_that_are_no_text(path, file, tmp_path):
    name = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n.dcm")
    Path(file.path).rename(name)
    note(path, stored(read_instance(name)))
    assert look_up(path, read_instance(name)) == AlreadyStored(name)


@pytest.mark.parametrize(
    "other", [replace(PEER, host="other"), replace(PEER, port=105), replace(PEER, ae_title="OTHER")]
)
def test_a_journal_of_another_peer_is_refused(path, file, other):
    note(path, stored(file))
    before = path.read_bytes()
    with pytest.raises(JournalError, match="of another peer: PACS at") as raised:
        Journal(path, other)
    assert f"PACS at pacs.example.org:104, not {other.ae_title} at {other.host}:{other.port}" in str(
        raised.value
    )
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [
        b"A letter.\nOf two lines.\n",
        b"A letter without an end",
        b"{}\n",
        b"[]\n",
        b"[" * 100_000,
        b"\xff\xfe\n",
        b'{"journal": "dcmtools storescu 2"}\n',
        b'{"journal": "dcmtools storescu 1"',
    ],
)
def test_a_file_that_is_no_journal_is_refused_and_stays_as_it_is(path, content):
    path.write_bytes(content)
    with pytest.raises(JournalError, match="is not a journal of storescu"):
        Journal(path, PEER)
    assert path.read_bytes() == content


@pytest.mark.parametrize("line", ["", "{}", "[]", "no JSON", '{"path": [], "outcome": "stored"}', "null"])
def test_a_damaged_line_is_named(path, file, line):
    note(path, stored(file))
    with path.open("a") as stream:
        stream.write(f"{line}\n")
    with pytest.raises(JournalError, match=r"is not a journal of storescu \(line 3\)"):
        Journal(path, PEER)


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_wherever_a_killed_process_stopped_to_write_the_lines_before_hold(path, file, tmp_path, data):
    files = [file, write_file(tmp_path, 2), write_file(tmp_path, 3)]
    path.unlink(missing_ok=True)
    note(path, *map(stored, files))
    whole = path.read_bytes()
    kept = data.draw(st.integers(whole.index(b"\n") + 1, len(whole)))
    path.write_bytes(whole[:kept])
    with Journal(path, PEER) as journal:
        known = [journal.look_up(each) for each in files]
        ended = whole[:kept].count(b"\n") - 1
        assert known == [AlreadyStored(each.path) for each in files[:ended]] + [None] * (3 - ended)
        for each in files[ended:]:
            journal.note(stored(each))
    assert len(lines(path)) == 4
    with Journal(path, PEER) as journal:
        assert [journal.look_up(each) for each in files] == [AlreadyStored(each.path) for each in files]


def test_an_empty_file_becomes_a_journal(path, file):
    path.touch()
    note(path, stored(file))
    assert look_up(path, file) == AlreadyStored(file.path)


@pytest.mark.skipif(os.name == "nt", reason="there are no locks")
def test_one_process_at_a_time(path, file):
    with Journal(path, PEER), pytest.raises(JournalError, match="another process"):
        Journal(path, PEER)
    assert look_up(path, file) is None


@pytest.mark.parametrize("name", [".", "no/such/folder/journal", "nul\0"])
def test_a_place_that_is_unfit(tmp_path, name):
    with pytest.raises(JournalError, match="cannot be used as a journal"):
        Journal(f"{tmp_path}/{name}", PEER)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux")
def test_devices_are_no_journals():
    with pytest.raises(JournalError, match="is not a regular file"):
        Journal("/dev/full", PEER)


@pytest.mark.skipif(os.name == "nt", reason="needs resource limits")
def test_a_journal_that_cannot_be_written_is_an_error(path, file):
    import resource
    import signal

    with Journal(path, PEER) as journal:
        journal.look_up(file)
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, before[1]))
        try:
            with pytest.raises(JournalError, match="cannot be used as a journal: file too large"):
                journal.note(stored(file))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, handler)
