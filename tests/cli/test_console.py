from __future__ import annotations

import io
import logging
import sys

import pytest

from dcmtools.cli.console import Console
from dcmtools.cli.logs import set_up
from dcmtools.cli.options import GeneralOptions
from dcmtools.net import events


def console(**options: bool) -> Console:
    return Console(set_up(GeneralOptions(**options), "storescu"))


def stored(status: int) -> events.Stored:
    return events.Stored("a.dcm", "1.2", "1.2.3", "1.2.840.10008.1.2", 100, status)


def received(outcome: str, path: str | None = "out/CT.1.2.3") -> events.Received:
    return events.Received("1.2", "1.2.3", "1.2.840.10008.1.2", path, 100, outcome)


LINES = [
    (events.Sending("a.dcm"), "I: Sending file: a.dcm"),
    (stored(0x0000), None),
    (stored(0xB000), "W: a.dcm: 0xB000 (Warning: Coercion of data elements)"),
    (
        stored(0xB006)._replace(comment="too long", offending=(0x00104000,)),
        "W: a.dcm: 0xB006 (Warning: Elements discarded): too long, offending elements: "
        "Patient Comments (0010,4000)",
    ),
    (events.NotStored("a.dcm", "refused", 0xA700), "E: Store failed: a.dcm: refused"),
    (
        events.NotStored("a.dcm", "refused", 0xA700, "make room"),
        "E: Store failed: a.dcm: refused (make room)",
    ),
    (events.Inaccessible("a.dcm"), "E: Cannot access path: a.dcm"),
    (events.BadFile("a.dcm", "not a DICOM file"), "E: Bad DICOM file: a.dcm: not a DICOM file"),
    (events.Skipped("a.dcm", "a DICOMDIR"), "I: Skipping file: a.dcm: a DICOMDIR"),
    (events.Lost("host:104: gone"), "E: host:104: gone: going on over a new association"),
    (
        events.Retrying("host:104: gone", 1.25, 1, 5),
        "E: host:104: gone: trying again in 1.2 s (retry 1 of 5)",
    ),
    (events.AlreadyStored("a.dcm"), "I: Already stored: a.dcm"),
    (events.Changed("a.dcm"), "W: Changed since it was stored, sending it again: a.dcm"),
    (events.Receiving("CT.1.2.3"), "I: Storing DICOM file: CT.1.2.3"),
    (received("stored"), None),
    (received("identical"), None),
    (received("ignored", None), None),
    (received("replaced"), "W: DICOM file already exists, overwriting"),
    (received("renamed"), "W: DICOM file already exists with other content, stored as out/CT.1.2.3"),
    (
        events.NotReceived("1.2.3", 0xA700, "disk full"),
        "E: Not stored: SOP Instance 1.2.3: 0xA700 (Failure: Out of resources): disk full",
    ),
    (events.Querying(2, "queries.csv, line 4"), "I: Query 2: queries.csv, line 4"),
    (events.NoMatch("host:104"), "E: host:104: no match"),
    (events.Echoed(1, 0x0000, 0.1), None),
    ("no event", None),
]


@pytest.mark.parametrize(("event", "line"), LINES)
def test_events(event: object, line: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    console(verbose=True).show(event)
    assert capsys.readouterr() == ("", f"{line}\n" if line else "")


def test_events_below_the_level(capsys: pytest.CaptureFixture[str]) -> None:
    for event, _ in LINES:
        console().show(event)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [line for _, line in LINES if line and line.startswith("E: ")]


def test_messages(capsys: pytest.CaptureFixture[str]) -> None:
    shown = console(verbose=True)
    shown.error("one")
    shown.warning("two %s")
    shown.info("three")
    assert capsys.readouterr().err == "E: one\nW: two %s\nI: three\n"


def test_names_cannot_drive_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    console().show(events.NotStored("\x1b[31m.dcm", "[bold]no[/bold] \x07"))
    assert capsys.readouterr().err == "E: Store failed: \\x1b[31m.dcm: [bold]no[/bold] \\x07\n"


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    stream = _Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


def test_summary_of_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    console().summary("Stored 1 of 2 files", failed=True)
    assert capsys.readouterr() == ("", "E: Stored 1 of 2 files\n")


def test_summary_of_a_success(capsys: pytest.CaptureFixture[str]) -> None:
    """For those who asked for it; a script that did not sees nothing."""
    console(verbose=True).summary("Stored 2 of 2 files", failed=False)
    console().summary("Stored 2 of 2 files", failed=False)
    assert capsys.readouterr() == ("", "I: Stored 2 of 2 files\n")


def test_summary_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    console().summary("Stored 2 of 2 files", failed=False)
    console(quiet=True).summary("nothing", failed=False)
    assert terminal.getvalue() == "Stored 2 of 2 files\n"


def test_summary_on_a_terminal_that_shows_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_a_terminal(monkeypatch)
    console(verbose=True).summary("Stored 2 of 2 files", failed=False)
    assert terminal.getvalue() == "I: Stored 2 of 2 files\n"


@pytest.mark.parametrize("failed", [True, False])
def test_quiet_summary(failed: bool, capsys: pytest.CaptureFixture[str]) -> None:
    console(quiet=True).summary("Stored 1 of 2 files", failed=failed)
    assert capsys.readouterr() == ("", "")


def test_data_goes_to_stdout_at_every_level(capsys: pytest.CaptureFixture[str]) -> None:
    console(quiet=True).data(iter(["# Match 1", "(0010,0010) PN [山田^太郎]", ""]))
    assert capsys.readouterr() == ("# Match 1\n(0010,0010) PN [山田^太郎]\n\n", "")


def test_data_goes_out_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    flushed = []

    class Stream(io.StringIO):
        def flush(self) -> None:
            flushed.append(self.getvalue())

    monkeypatch.setattr(sys, "stdout", Stream())
    Console(logging.getLogger("dcmtools")).data(["one"])
    assert flushed == ["one\n"]
