"""The figures of a transfer and what is shown of them."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcmtools.cli.input_total import input_total
from dcmtools.cli.progress import (
    Figures,
    Link,
    Pace,
    Total,
    describe,
    duration,
    moving,
    receiving,
    screen,
    sending,
)
from dcmtools.cli.progress_display import LiveLines, plain_display
from dcmtools.cli.statistics import Statistics
from dcmtools.dicom.text import safe_text
from dcmtools.net import events

STORED = events.Stored("a.dcm", "1.2", "1.2.3", "1.2.840.10008.1.2", 1_000_000, 0)
RECEIVED = events.Received("1.2", "1.2.3", "1.2.840.10008.1.2", "a", 1_000_000, "stored")


def counted(*shown: object) -> Statistics:
    statistics = Statistics()
    for event in shown:
        statistics.count(event)
    return statistics


def paced(*figures: Figures) -> Pace:
    """The pace after these, a second apart."""
    pace = Pace()
    for now, each in enumerate(figures):
        pace.note(float(now), each)
    return pace


NOTHING = Figures(0, 0, 0, 0, Total(100, 100_000_000))


def test_sending() -> None:
    statistics = counted(
        STORED,
        STORED,
        events.NotStored("b", "refused"),
        events.BadFile("c", "no"),
        events.Skipped("d", "no"),
        events.AlreadyStored("e"),
    )
    figures = sending(statistics, lambda: Total(9, 9_000_000))()
    assert figures == Figures(2, 2, 2, 2_000_000, Total(9, 9_000_000))
    assert figures.handled == 6
    assert figures.share == pytest.approx(6 / 9)


def test_receiving() -> None:
    refused = events.NotReceived("1.2.3", 0xA700, "disk full")
    assert receiving(counted(RECEIVED, refused))() == Figures(1, 1, 0, 1_000_000, None)
    told = counted(RECEIVED, events.SubOperations(7, 2, 1, 0))
    assert receiving(told)().total == Total(10)


def test_moving() -> None:
    assert moving(counted())() == Figures(0, 0, 0, 0, None)
    assert moving(counted(events.SubOperations(7, 1, 2, 3)))() == Figures(4, 2, 0, 0, Total(13))
    assert moving(counted(events.SubOperations(None, 1, None, None)))().total == Total(1)


def test_line() -> None:
    half = Figures(50, 0, 0, 50_000_000, NOTHING.total)
    assert describe(half, paced(NOTHING, half)) == "50 of 100 files, 50.0 of 100.0 MB, 50.0 MB/s, 0:01 left"
    failed = Figures(1200, 2, 3, 0, None)
    assert describe(failed, paced(failed)) == "1,200 files, 2 failed, 3 passed over"


def test_one_large_file_is_more_than_nothing() -> None:
    assert Figures(0, 0, 0, 500, Total(1, 1000)).share == 0.5
    assert Figures(1, 0, 0, 900, Total(1, 1000)).share == 1.0
    assert Figures(0, 0, 0, 0, Total(0, 0)).share is None


def test_screen() -> None:
    half = Figures(50, 0, 0, 50_000_000, NOTHING.total)
    (line,) = screen(half, paced(NOTHING, half), 100)
    assert line.startswith("[==========          ]  50%  50 of 100 files")
    (line,) = screen(half, paced(NOTHING, half), 79)
    assert line.startswith("50%  50 of 100 files")


def test_associations() -> None:
    links = [Link(f"A{number}\x1b[2J@host", number, 1_500_000) for number in range(10)]
    _, *lines = screen(Figures(1, 0, 0, 1, None, links), Pace(), 79)
    assert lines[1] == "  A1\\x1b[2J@host: 1 file, 1.5 MB"
    assert len(lines) == 9
    assert lines[-1] == "  and 2 more associations"
    assert len(screen(Figures(1, 0, 0, 1, None, links[:1]), Pace(), 79)) == 1


numbers = st.integers(0, 10**12)


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            Figures,
            numbers,
            numbers,
            numbers,
            numbers,
            st.none() | st.builds(Total, numbers, st.none() | numbers),
            st.lists(st.builds(Link, st.text(), numbers, numbers), max_size=12),
        ),
        min_size=1,
        max_size=5,
    ),
    st.integers(10, 200),
)
def test_no_figures_are_too_much(figures: list[Figures], width: int) -> None:
    for line in screen(figures[-1], paced(*figures), width):
        assert len(line) <= width
        assert safe_text(line) == line


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0:00"), (59.6, "1:00"), (3599, "59:59"), (3661, "1:01:01"), (1e12, "99:59:59")],
)
def test_duration(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_total(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    for name in ("a", "b", "below/c"):
        (tmp_path / name).write_bytes(bytes(1500))
    assert ask(input_total([str(tmp_path)], recurse=False)) == Total(2, 2000)
    assert ask(input_total([str(tmp_path)], recurse=True)) == Total(3, 3000)
    assert ask(input_total([str(tmp_path / "a"), str(tmp_path / "missing")], recurse=True)) == Total(2, 1000)


def ask(total: Callable[[], Total | None]) -> Total:
    while (found := total()) is None:
        pass
    return found


class Screen:
    """A terminal that understands what `LiveLines` writes."""

    def __init__(self) -> None:
        self.rows = [""]

    def write(self, text: str) -> int:
        while text:
            if text.startswith("\r"):
                text, self.column = text[1:], 0
            elif text.startswith("\x1b[J"):
                self.rows[-1], text = "", text[3:]
            elif text.startswith("\x1b["):
                up, text = text[2:].split("A", 1)
                del self.rows[-int(up) :]
            elif text.startswith("\n"):
                self.rows.append("")
                text = text[1:]
            else:
                self.rows[-1] += text[0]
                text = text[1:]
        return 0

    def flush(self) -> None:
        pass


def test_live_lines_stay_below_the_others() -> None:
    terminal = Screen()
    lines = LiveLines(terminal)  # type: ignore[arg-type]
    lines.show(["50%", "  A"])
    lines.write("E: one\n")
    lines.show(["60%", "  A", "  B"])
    lines.write("E: two\nE: three\n")
    assert terminal.rows == ["E: one", "E: two", "E: three", "60%", "  A", "  B"]
    lines.show(["70%"])
    assert terminal.rows[-2:] == ["E: three", "70%"]
    lines.show([])
    assert terminal.rows == ["E: one", "E: two", "E: three", ""]


def test_a_terminal_that_is_gone_stops_nothing() -> None:
    stream = io.StringIO()
    lines = LiveLines(stream)
    stream.close()
    lines.show(["50%"])
    lines.write("E: one\n")


def test_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    looked = threading.Semaphore(0)

    def course() -> Figures:
        looked.release()
        return Figures(3, 0, 0, 0, None)

    with plain_display(course, first=0.01, last=0.02):
        for _ in range(4):
            assert looked.acquire(timeout=10)
    assert capsys.readouterr().err.splitlines()[:2] == ["Progress: 3 files", "Progress: 3 files"]
