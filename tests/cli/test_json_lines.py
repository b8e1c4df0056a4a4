"""What ``--json`` writes: objects only, one a line, whatever happens."""

from __future__ import annotations

import io
import json
import logging
import math
import sys
import threading
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from dcmtools import __version__
from dcmtools.cli import run_end
from dcmtools.cli.app import run
from dcmtools.cli.console import Console
from dcmtools.cli.json_events import SCHEMA_VERSION
from dcmtools.cli.json_lines import JsonLines, name_of, plain
from dcmtools.cli.logs import set_up
from dcmtools.cli.options import GeneralOptions
from dcmtools.errors import DcmtoolsError, NoContextError
from dcmtools.net import events

from ..logging_state import restored_logging
from ..ports import free_port


@pytest.fixture(autouse=True)
def _logging() -> Any:
    with restored_logging():
        yield
    run_end.forget()


def console(**options: Any) -> Console:
    return Console(set_up(GeneralOptions(json=True, **options), "storescu"))


def objects(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def without_time(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name != "time"}


def test_first_and_last_object(capsys: pytest.CaptureFixture[str]) -> None:
    shown = console()
    shown.show(events.Stored("a.dcm", "1.2", "1.2.3", "1.2.840.10008.1.2", 100, 0))
    shown.show(events.Stored("b.dcm", "1.2", "1.2.4", "1.2.840.10008.1.2", 20, 0))
    shown.summary("Stored 2 of 2 files", failed=False)
    run_end.end(0)
    first, *_, last = objects(capsys)
    assert without_time(first) == {
        "event": "start",
        "schema": SCHEMA_VERSION,
        "command": "storescu",
        "version": __version__,
    }
    assert last["event"] == "summary"
    assert last["exit_status"] == 0
    assert last["size"] == 120
    assert last["objects"] == {"start": 1, "stored": 2}
    assert last["message"] == "Stored 2 of 2 files"


def test_event(capsys: pytest.CaptureFixture[str]) -> None:
    console().show(events.NotStored("a.dcm", "refused", 0xA700))
    captured = capsys.readouterr()
    found = json.loads(captured.out.splitlines()[-1])
    assert found.pop("time").endswith("Z")
    wanted = {"event": "not_stored", "path": "a.dcm", "reason": "refused", "status": 0xA700}
    assert found.items() >= wanted.items()
    assert captured.err == "E: Store failed: a.dcm: refused\n"


def test_names_of_files_that_are_no_text_survive(capsys: pytest.CaptureFixture[str]) -> None:
    name = b"\xff\n\x1b.dcm".decode("utf-8", "surrogateescape")
    console().show(events.Inaccessible(name))
    assert objects(capsys)[-1]["path"] == name


def test_what_is_logged_within(capsys: pytest.CaptureFixture[str]) -> None:
    console(quiet=True)
    logging.getLogger("pynetdicom.acse").info("Requesting Association")
    logging.getLogger("pynetdicom.acse").error("Association Aborted")
    captured = capsys.readouterr()
    assert captured.err == ""
    assert without_time(json.loads(captured.out.splitlines()[-1])) == {
        "event": "log",
        "level": "error",
        "logger": "pynetdicom.acse",
        "message": "Association Aborted",
    }
    assert len(captured.out.splitlines()) == 2


def test_messages(capsys: pytest.CaptureFixture[str]) -> None:
    shown = console(quiet=True)
    shown.error("one")
    shown.warning("two")
    shown.info("three")
    exc = NoContextError("host:104", "refused", hint="try -aec")
    logging.getLogger("dcmtools").error("%s", exc, exc_info=exc)
    assert [without_time(found) for found in objects(capsys)[1:]] == [
        {"event": "error", "kind": "failure", "message": "one", "hint": None},
        {"event": "warned", "message": "two"},
        {"event": "error", "kind": "no_context", "message": "host:104: refused", "hint": "try -aec"},
    ]


def test_data_does_not_go_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    console().data(["# Match 1"])
    assert [found["event"] for found in objects(capsys)] == ["start"]


def test_identifier_in_the_dicom_json_model(capsys: pytest.CaptureFixture[str]) -> None:
    identifier = Dataset()
    identifier.SpecificCharacterSet = "ISO_IR 192"
    identifier.PatientName = "Yamada^Tarou=山田^太郎"
    identifier.PatientID = None
    console().show(events.Match(1, identifier))
    found = objects(capsys)[-1]["identifier"]
    assert found["00100010"]["Value"][0]["Ideographic"] == "山田^太郎"
    assert found["00100020"] == {"vr": "LO"}


def test_nested_events(capsys: pytest.CaptureFixture[str]) -> None:
    console().show(events.Finished(0xB000, None, ("1.2", "1.3"), events.SubOperations(0, 3, 2, 0)))
    found = objects(capsys)[-1]
    assert found["failed_instances"] == ["1.2", "1.3"]
    assert found["sub_operations"] == {"remaining": 0, "completed": 3, "failed": 2, "warning": 0}


@pytest.mark.parametrize(
    ("arguments", "kind", "status"),
    [
        (["echoscu", "--json", "127.0.0.1"], "usage", 2),
        (["echoscu", "--json", "-q", "-v", "127.0.0.1", "104"], "usage", 2),
        (["findscu", "--json", "127.0.0.1", "104", "-k", "Nonsense=1"], "keyword_path", 1),
        (["echoscu", "--json", "127.0.0.1", "PORT"], "connection_failed", 1),
        (["nonsense", "--json"], "usage", 2),
    ],
)
def test_errors(arguments: list[str], kind: str, status: int, capsys: pytest.CaptureFixture[str]) -> None:
    port = str(free_port())
    assert run([port if argument == "PORT" else argument for argument in arguments]) == status
    found = objects(capsys)
    assert found[0]["event"] == "start"
    assert [each["kind"] for each in found if each["event"] == "error"] == [kind]
    assert found[-1]["event"] == "summary"
    assert found[-1]["exit_status"] == status


def test_a_run_does_not_end_the_one_before(capsys: pytest.CaptureFixture[str]) -> None:
    console()
    capsys.readouterr()
    assert run(["--version"]) == 0
    assert "summary" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "expected"),
    [("NotStored", "not_stored"), ("Match", "match"), ("TlsFailed2Go", "tls_failed2_go")],
)
def test_names_of_events(name: str, expected: str) -> None:
    assert name_of(type(name, (), {})) == expected


json_text = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.binary(),
    lambda inner: st.lists(inner).map(tuple) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=8,
)


class Anything(NamedTuple):
    """An event."""

    value: Any


@settings(deadline=None)
@given(json_text)
def test_every_value_makes_one_whole_line(value: Any) -> None:
    stream = io.StringIO()
    before, sys.stdout = sys.stdout, stream
    try:
        JsonLines("storescu").write(Anything(value))
    finally:
        sys.stdout = before
    _, line = stream.getvalue().split("\n")[:-1]
    assert line.isascii()
    assert json.loads(line)["event"] == "anything"


def test_numbers_that_json_does_not_have() -> None:
    assert plain((math.nan, math.inf, 1.5)) == [None, None, 1.5]


class _Closed(io.StringIO):
    def __init__(self, exc: OSError) -> None:
        super().__init__()
        self.exc: OSError | None = None
        self.later = exc

    def flush(self) -> None:
        if self.exc is not None:
            raise self.exc


@pytest.mark.parametrize(
    ("exc", "kind"), [(BrokenPipeError(), BrokenPipeError), (OSError(28, "No space left"), DcmtoolsError)]
)
def test_stdout_that_cannot_be_written(
    exc: OSError, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = _Closed(exc)
    monkeypatch.setattr(sys, "stdout", stream)
    lines = JsonLines("storescu")
    stream.exc = exc
    with pytest.raises(kind):
        lines.write(Anything(1))
    lines.write(Anything(2))
    assert stream.getvalue().endswith('"value":1}\n')


def test_stdout_that_another_thread_cannot_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """The main thread is told to end the run."""
    stream = _Closed(BrokenPipeError())
    monkeypatch.setattr(sys, "stdout", stream)
    told: list[int] = []
    monkeypatch.setattr("dcmtools.cli.json_lines.end_run", lambda: told.append(1))
    lines = JsonLines("storescp")
    stream.exc = stream.later
    thread = threading.Thread(target=lines.write, args=(Anything(1),))
    thread.start()
    thread.join()
    assert len(told) == 1
