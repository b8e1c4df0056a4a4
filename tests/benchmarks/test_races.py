"""The harness of the benchmarks: turns, errors, missing peers, verdicts. Nothing is timed here."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from . import __main__ as command
from .data import Data
from .measure import MissingError, RunError, Sample, run
from .peers import set_aside
from .races import Figure, Lab, Race, Result, Row, Runner, Target, run_race
from .report import Conditions, as_json, markdown, plain
from .scale import FULL, QUICK

CONDITIONS = Conditions("today", 2, False, 4, "a processor", (0, 0, 0), (1, 1, 1), {"Python": "3"})


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(Data(tmp_path, QUICK), tmp_path)


def _taking(seconds: float, log: list[float] | None = None) -> Callable[[Lab], Runner]:
    def measure() -> Sample:
        if log is not None:
            log.append(seconds)
        return Sample(seconds)

    return lambda _: measure


def _raising(error: Exception) -> Callable[[Lab], Runner]:
    def measure() -> Sample:
        raise error

    return lambda _: measure


def _missing(_: Lab) -> Runner:
    raise MissingError("peer is not installed")


def _results(race: Race, lab: Lab, rounds: int = 2) -> list[Result]:
    return run_race(race, race.rows, lab, rounds, lambda _: None)


def test_variants_run_in_turn(lab: Lab) -> None:
    log: list[float] = []
    rows = [Row("a", "", "ours", "peer"), Row("b", "", "ours", "other")]
    variants = {"ours": _taking(1, log), "peer": _taking(2, log), "other": _taking(3, log)}
    _results(Race(rows, variants), lab)
    assert log == [1, 2, 3, 1, 2, 3]


@pytest.mark.parametrize(
    ("target", "reached"),
    [
        (Target("ratio", 0.5), True),
        (Target("ratio", 0.4), False),
        (Target("times faster", 2), True),
        (Target("times faster", 3), False),
        (Target("value", 1), True),
        (Target("value", 0.9), False),
        (None, None),
    ],
)
def test_verdict(lab: Lab, target: Target | None, reached: bool | None) -> None:
    race = Race([Row("a", "", "ours", "peer", target)], {"ours": _taking(1), "peer": _taking(2)})
    [result] = _results(race, lab)
    assert result.is_reached is reached
    assert result.ratio == result.pairwise_ratio == 0.5


def test_startup_is_taken_off_the_peer(lab: Lab) -> None:
    race = Race(
        [Row("a", "", "ours", "peer", peer_startup="start", figure=Figure(unit="ms", divisor=1e-3))],
        {"ours": _taking(1), "peer": _taking(5), "start": _taking(1)},
    )
    [result] = _results(race, lab)
    assert result.peer_figure == 4000
    assert result.ratio == 0.25


def test_a_failed_run_is_no_time(lab: Lab) -> None:
    rows = [Row("a", "", "ours", "peer"), Row("b", "", "ours", "good")]
    variants = {"ours": _taking(1), "peer": _raising(RunError("lost one")), "good": _taking(1)}
    failed, good = _results(Race(rows, variants), lab)
    assert failed.error == "peer: lost one"
    assert failed.ours == []
    assert good.ratio == 1


def test_a_missing_peer_costs_no_run(lab: Lab) -> None:
    log: list[float] = []
    race = Race([Row("a", "", "ours", "peer")], {"ours": _taking(1, log), "peer": _missing})
    [result] = _results(race, lab)
    assert result.missing == "peer is not installed"
    assert log == []


def test_reports_have_all_rows(lab: Lab) -> None:
    rows = [
        Row("good", "title 1", "ours", "peer", Target("ratio", 0.1)),
        Row("absent", "title 2", "ours", "missing"),
        Row("broken", "title 3", "broken", target=Target("value", 3)),
    ]
    variants = {
        "ours": _taking(1),
        "peer": _taking(2),
        "missing": _missing,
        "broken": _raising(RunError("lost one")),
    }
    results = _results(Race(rows, variants), lab)
    for text in (plain(CONDITIONS, results), markdown(CONDITIONS, results)):
        assert "NO" in text
        assert "not installed" in text
        assert "lost one" in text
    entries = as_json(CONDITIONS, results)["rows"]
    assert [entry["name"] for entry in entries] == ["good", "absent", "broken"]
    assert entries[0]["our_median"] == 1
    assert entries[0]["reached"] is False


@pytest.mark.parametrize(
    "code", ["raise SystemExit(3)", "import sys; print('E: Store failed', file=sys.stderr)"]
)
def test_a_program_that_fails_or_complains_is_an_error(code: str) -> None:
    with pytest.raises(RunError):
        run([sys.executable, "-c", code])


def test_what_a_program_took() -> None:
    ended = run([sys.executable, "-c", "print('done')"])
    assert ended.output.strip() == "done"
    assert ended.cpu > 0
    assert ended.peak > 1_000_000


def test_set_aside_leaves_an_empty_folder(tmp_path: Path) -> None:
    folder = tmp_path / "received"
    folder.mkdir()
    for _ in range(2):
        (folder / "object").write_bytes(b"content")
        set_aside(folder)
        assert list(folder.iterdir()) == []
    assert [path.stat().st_size for path in tmp_path.rglob("object")] == [0, 0]


def test_rows_have_unique_names_and_known_variants() -> None:
    races = [race for part in command.PARTS for race in part.races(FULL)]
    names = [row.name for race in races for row in race.rows]
    assert len(set(names)) == len(names)
    for race in races:
        assert {key for row in race.rows for key in row.variants} == set(race.variants)


def test_list_and_unknown_rows(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--list", "--only", "send-*"]) == 0
    assert "send-ct" in capsys.readouterr().out
    assert command.main(["--only", "nothing"]) == 2
