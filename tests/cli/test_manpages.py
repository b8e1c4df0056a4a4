"""The manual pages."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from dcmtools import __version__
from dcmtools.cli.app import COMMANDS, load
from dcmtools.cli.examples import EXAMPLES
from dcmtools.cli.manpages import EXIT_STATUS, man_pages
from dcmtools.cli.mirror import environment, is_argument, parameters, spellings
from dcmtools.cli.profiles import SCUS
from dcmtools.errors import ExitCode

from ..interop.peers.processes import require

PAGES = {name: f"dcmtools-{name}.1" if name else "dcmtools.1" for name in ("", *COMMANDS)}
SECTIONS = [
    "NAME",
    "SYNOPSIS",
    "DESCRIPTION",
    "ARGUMENTS",
    "OPTIONS",
    "EXIT STATUS",
    "JSON OUTPUT",
    "ENVIRONMENT",
    "FILES",
    "EXAMPLES",
    "SEE ALSO",
]


@pytest.fixture(scope="module")
def pages() -> Mapping[str, str]:
    """All pages by the name of the file."""
    return man_pages()


def section(page: str, title: str) -> str:
    """The text of a section without roff's escapes."""
    body = page.partition(f"\n.SH {title}\n")[2].partition("\n.SH ")[0]
    for escaped, character in {"\\-": "-", "\\(aq": "'", "\\e": "\\", "\\,": "", "\\/": ""}.items():
        body = body.replace(escaped, character)
    return re.sub(r"\\f[BIR]", "", body)


def test_there_is_a_page_for_each_command(pages: Mapping[str, str]) -> None:
    assert set(pages) == set(PAGES.values())


@pytest.mark.parametrize("name", PAGES)
def test_mandoc_finds_no_fault(pages: Mapping[str, str], name: str, tmp_path: Path) -> None:
    path = tmp_path / PAGES[name]
    path.write_text(pages[PAGES[name]], encoding="utf-8")
    lint = subprocess.run(
        [require("mandoc"), "-T", "lint", "-W", "warning", path], capture_output=True, text=True, timeout=60
    )
    assert (lint.returncode, lint.stdout + lint.stderr) == (0, "")


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_the_same_sections(pages: Mapping[str, str], name: str) -> None:
    found = re.findall(r"^\.SH (.*)$", pages[PAGES[name]], flags=re.MULTILINE)
    expected = list(SECTIONS)
    if not any(map(is_argument, parameters(name))):
        expected.remove("ARGUMENTS")
    if name not in (*SCUS, "peers"):
        expected.remove("FILES")
    assert found == expected


@pytest.mark.parametrize("name", PAGES)
def test_every_option_is_described_under_its_heading(pages: Mapping[str, str], name: str) -> None:
    own, *headed = section(pages[PAGES[name]], "OPTIONS").split(".SS ")
    headings = {"Options": own} | {text.split("\n")[0]: text for text in headed}
    for option in parameters(name):
        if not is_argument(option):
            value = f" {option.metavar}" if option.metavar and option.name != "help" else ""
            names = ", ".join(f"{spelling}{value}" for spelling in spellings(option))
            assert f"{names}\n{option.help}" in headings[option.rich_help_panel or "Options"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_is_described(pages: Mapping[str, str], name: str) -> None:
    page = pages[PAGES[name]]
    for argument in filter(is_argument, parameters(name)):
        metavar = argument.metavar.removesuffix("...")
        assert f"{metavar}\n{argument.help}" in section(page, "ARGUMENTS")
        assert metavar in section(page, "SYNOPSIS")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("storescu", "set my calling AE title (default: STORESCU)"),
        ("storescp", "set my AE title (default: STORESCP)"),
        ("echoscu", "time-out for DIMSE messages (default: 30)"),
        ("movescu", "port of the Storage SCP (default: 11113)"),
    ],
)
def test_defaults_are_those_of_the_command(pages: Mapping[str, str], name: str, text: str) -> None:
    assert f"\n{text}\n" in section(pages[PAGES[name]], "OPTIONS")


@pytest.mark.parametrize("name", PAGES)
def test_every_exit_status_is_explained(pages: Mapping[str, str], name: str) -> None:
    text = section(pages[PAGES[name]], "EXIT STATUS")
    assert [f".TP\n{code:d}\n{EXIT_STATUS[code]}" in text for code in ExitCode] == [True] * len(ExitCode)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_environment_variable_is_explained(pages: Mapping[str, str], name: str) -> None:
    variables = dict(environment(name))
    assert "DCMTOOLS_LOG_LEVEL" in variables
    for page in (pages[PAGES[name]], pages[PAGES[""]]):
        for variable, options in variables.items():
            assert f"{variable}\nvalue of {', '.join(options)}" in section(page, "ENVIRONMENT")


@pytest.mark.parametrize(
    ("name", "line"), [(name, line) for name in COMMANDS for line in EXAMPLES[name].values()]
)
def test_the_examples_are_command_lines(pages: Mapping[str, str], name: str, line: str) -> None:
    words = shlex.split(line.replace("\\\n", ""))
    assert words[:2] == ["dcmtools", name]
    load(name).make_context(name, words[2:])
    assert line in section(pages[PAGES[name]], "EXAMPLES")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_names_the_others(pages: Mapping[str, str], name: str) -> None:
    found = re.findall(r"^\.BR (\S+) \(1\)", section(pages[PAGES[name]], "SEE ALSO"), flags=re.MULTILINE)
    assert {f"{title}.1" for title in found} == set(PAGES.values()) - {PAGES[name]}


def test_a_page_depends_on_neither_day_nor_terminal(
    pages: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    monkeypatch.setenv("COLUMNS", "40")
    assert man_pages() == pages
    assert f'"dcmtools {__version__}"' in pages["dcmtools.1"].split("\n")[1]
