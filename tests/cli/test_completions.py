"""The completions, as the shells understand them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from dcmtools.cli.app import COMMANDS
from dcmtools.cli.completions import completions
from dcmtools.cli.mirror import choices, is_argument, parameters, spellings

from ..interop.peers.processes import require
from . import shells

FILES = {"a.dcm", "b.dcm"}
FOLDERS = {"sub"}
VALUES: dict[str, set[str]] = {
    "dcmtools ": set(COMMANDS),
    "dcmtools store": {"storescu", "storescp"},
    "dcmtools storescp -x": {"-x=", "-xe", "-xb", "-xi"},
    "dcmtools storescu -v -ae": {"-aet", "-aec"},
    "dcmtools storescu -ll d": {"debug"},
    "dcmtools storescu --log-level war": {"warn", "warning"},
    "dcmtools getscu --on-existing ": {"replace", "keep", "rename"},
    "dcmtools findscu -k PatientName -f ": FILES | FOLDERS,
    "dcmtools storescp -x= -od ": FOLDERS,
    "dcmtools demo --keep ": FOLDERS,
    "dcmtools storescu -aet ME localhost 104 ": FILES | FOLDERS,
    "dcmtools storescu localhost 104 a.dcm b": {"b.dcm"},
}
OPTIONS = {f"dcmtools {name} -".replace("  ", " "): name for name in ("", *COMMANDS)}


def options(name: str) -> list[str]:
    """All spellings of all options of a command."""
    return [
        spelling
        for parameter in parameters(name)
        if not is_argument(parameter)
        for spelling in spellings(parameter)
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the completions."""
    folder = tmp_path_factory.mktemp("completions")
    for name, text in completions().items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(
    scope="module", params=[shells.bash, shells.fish, shells.zsh], ids=lambda shell: shell.__name__
)
def offered(
    request: pytest.FixtureRequest, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, set[str]]:
    """What a shell offers for each line of the tests."""
    scratch = tmp_path_factory.mktemp(request.param.__name__) / "scratch"
    for name in FOLDERS:
        (scratch / name).mkdir(parents=True)
    for name in FILES:
        (scratch / name).touch()
    found: dict[str, set[str]] = request.param(folder, [*VALUES, *OPTIONS], scratch)
    return found


@pytest.mark.parametrize(
    ("shell", "name"), [("bash", "dcmtools.bash"), ("zsh", "_dcmtools"), ("fish", "dcmtools.fish")]
)
def test_the_shell_finds_no_fault(folder: Path, shell: str, name: str) -> None:
    checked = subprocess.run(
        [require(shell), "-n", folder / name], capture_output=True, text=True, timeout=60
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


@pytest.mark.parametrize("line", VALUES)
def test_what_fits_is_offered_and_nothing_else(offered: Mapping[str, set[str]], line: str) -> None:
    assert offered[line] == VALUES[line]


@pytest.mark.parametrize("line", OPTIONS)
def test_every_option_is_offered(offered: Mapping[str, set[str]], line: str) -> None:
    assert offered[line] == set(options(OPTIONS[line]))


def test_powershell_knows_every_command_option_and_value(folder: Path) -> None:
    lines = (folder / "dcmtools.ps1").read_text(encoding="utf-8").splitlines()
    rows = {
        tuple(line.split("|", 3)[:3])
        for line in lines[lines.index("    $rows = @'") + 1 : lines.index("'@ -split '\\r?\\n'")]
    }
    expected = {("", "", name) for name in COMMANDS}
    for name in ("", *COMMANDS):
        expected |= {(name, "", spelling) for spelling in options(name)}
        expected |= {
            (name, spelling, choice)
            for parameter in parameters(name)
            for choice in choices(parameter)
            for spelling in spellings(parameter)
        }
    assert rows == expected
