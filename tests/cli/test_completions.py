"""The completions, as the shells understand them."""

from __future__ import annotations

import os
import re
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
VALUES |= {
    "dcmtools storescu pa": {"pacs"},
    "dcmtools echoscu -aet ME ": {"pacs", "ct"},
    "dcmtools peers ": {"pacs", "ct"},
    "dcmtools storescu pacs ": FILES | FOLDERS,
    "dcmtools findscu -k PatientNa": {"PatientName"},
    "dcmtools findscu -k PatientID=1 -k StudyInstanceU": {"StudyInstanceUID"},
    "dcmtools findscu -k PatientID=1 p": {"pacs"},
    "dcmtools findscu -k PatientID=": set(),
    "dcmtools findscu --keyword ModalitiesInS": {"ModalitiesInStudy"},
    "dcmtools explain ModalitiesInS": {"ModalitiesInStudy"},
}
WHOLE_OR_LAST = {  # what some shells offer without what the word begins with
    "dcmtools findscu -k QueryRetrieveLevel=S": {"STUDY", "SERIES"},
    "dcmtools findscu -k RequestedProcedureCodeSequence[0].CodeMea": {"CodeMeaning"},
    "dcmtools findscu --columns PatientID,ModalitiesInS": {"ModalitiesInStudy"},
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
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{program(scratch.parent)}:{os.environ['PATH']}")
        found: dict[str, set[str]] = request.param(folder, [*VALUES, *WHOLE_OR_LAST, *OPTIONS], scratch)
    return found


def program(folder: Path) -> Path:
    """Make a folder with a program `dcmtools` that knows two peers, and notes what else it is called with."""
    path = folder / "bin" / "dcmtools"
    path.parent.mkdir()
    path.write_text(
        "#!/bin/sh\n"
        'if [ "$*" = "peers --names" ]; then printf "pacs\\nct\\n"; '
        'else printf "%s\\n" "$*" >>"$HOME/called"; fi\n'
    )
    path.chmod(0o755)
    return path.parent


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


@pytest.mark.parametrize("line", WHOLE_OR_LAST)
def test_the_rest_of_a_key_is_offered(offered: Mapping[str, set[str]], line: str) -> None:
    assert {re.split(r"[=.,]", word)[-1] for word in offered[line]} == WHOLE_OR_LAST[line]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_person_types_tabs_in_place_of_words(folder: Path, shell: str, tmp_path: Path) -> None:
    program(tmp_path)
    (tmp_path / "a.dcm").touch()
    lines = {
        "dcmtools finds\t-k PatientNa\t -k StudyInstanceU\t pac\t": (
            "findscu -k PatientName -k StudyInstanceUID pacs"
        ),
        "dcmtools storescu --fail\tpa\ta\t": "storescu --fail-fast pacs a.dcm",
        "dcmtools movescu --calling\tME --progress pl\tc\t": "movescu --calling-aet ME --progress plain ct",
    }
    if shell != "fish":  # which puts a space after a keyword
        lines["dcmtools findscu -k QueryRetrieveL\t=STU\t pac\t"] = "findscu -k QueryRetrieveLevel=STUDY pacs"
    assert shells.typed(shell, folder, list(lines), tmp_path) == list(lines.values())


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
