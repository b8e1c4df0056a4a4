"""The manual pages."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import dcmtools
from dcmtools import __version__
from dcmtools.cli.app import COMMANDS, load
from dcmtools.cli.archive_settings import archive_settings
from dcmtools.cli.examples import EXAMPLES
from dcmtools.cli.manpages import EXIT_STATUS, man_pages
from dcmtools.cli.mirror import environment, is_argument, parameters, spellings
from dcmtools.cli.surroundings import ARCHIVE_EXAMPLE, FILES, VARIABLES, concerning
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
    if name == "explain":  # it reads and writes none
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


def variables_in(path: Path) -> Iterator[str]:
    """The environment variables that a module reads, those that are named elsewhere as ``*``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    places = 0
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=environ, attr="get"), args=[name, *_]):
                pass
            case ast.Subscript(value=environ, slice=name):
                pass
            case ast.Compare(left=name, comparators=[environ]):
                pass
            case _:
                continue
        if ast.unparse(environ) == "os.environ":
            places += 1
            yield name.value if isinstance(name, ast.Constant) else value_of(path, ast.unparse(name))
    text = ast.unparse(tree)
    assert text.count("os.environ") == places, f"{path} reads the environment in a way of its own"
    assert "getenv" not in text
    yield from (match[0] for match in re.finditer(r"\bDCMTOOLS_[A-Z_]+", path.read_text(encoding="utf-8")))


def value_of(path: Path, name: str) -> str:
    """What a module calls `name`: a constant, or the parameter of a function."""
    relative = path.relative_to(Path(dcmtools.__file__).parents[1]).with_suffix("")
    return str(getattr(import_module(".".join(relative.parts)), name, "*"))


def test_every_variable_that_the_code_reads_is_explained(pages: Mapping[str, str]) -> None:
    folder = Path(dcmtools.__file__).parent
    read = {name for path in folder.rglob("*.py") for name in variables_in(path)} - {"*"}
    assert read > {"DCMTOOLS_PASSWORD", "XDG_CONFIG_HOME", "NO_COLOR"}
    text = section(pages["dcmtools.1"], "ENVIRONMENT")
    explained = set(re.findall(r"[A-Z][A-Z_]+", " ".join(re.findall(r"\.TP\n(.*)", text))))
    assert read <= explained
    imposed = {"SSL_CERT_FILE", "SSL_CERT_DIR", "PGPASSFILE", "PGPASSWORD", "PGSSLMODE", "TMPDIR", "COLUMNS"}
    assert explained - read == imposed  # what libraries read


@pytest.mark.parametrize("entries", [VARIABLES, FILES])
def test_what_goes_with_an_option_is_on_the_pages_that_have_it(
    pages: Mapping[str, str], entries: Any
) -> None:
    title = "ENVIRONMENT" if entries is VARIABLES else "FILES"
    there = set()
    for name in COMMANDS:
        options = {word for each in parameters(name) for word in (*each.opts, each.envvar)}
        for each in concerning(entries, options):
            there.add(each)
            assert f"{each.name}\n" in section(pages[PAGES[name]], title).replace("\\&", "")
            assert each.text in section(pages[PAGES[name]], title)
    assert there == set(entries)


def test_the_file_of_an_archive_that_is_shown_is_one(pages: Mapping[str, str], tmp_path: Path) -> None:
    path = tmp_path / "qrscp.ini"
    path.write_text(ARCHIVE_EXAMPLE)
    assert archive_settings(path, {}).destinations.keys() == {"STORESCP"}
    shown = section(pages["dcmtools-qrscp.1"], "FILES").replace("\\&\n", "\n")
    assert ARCHIVE_EXAMPLE in shown


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
