from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dcmtools.cli.app import COMMANDS, load
from dcmtools.cli.spelling import ADDITIONS, AmbiguousOptionError, respell

OPTIONS = {
    "-v": False,
    "--verbose": False,
    "--version": False,
    "-r": False,
    "-d": False,
    "-td": True,
    "--dimse-timeout": True,
    "-k": True,
    "--keyword": True,
    "-ll": True,
    "--log-level": True,
    "-x=": False,
    "--prefer-uncompr": False,
    "-xe": False,
    "--store": False,
    "--store-port": True,
    "--on-existing": True,
    "-od": True,
    "--output-directory": True,
}
FLAGS = [name for name, takes_value in OPTIONS.items() if not takes_value and name != "-x="]
WITH_VALUE = [name for name, takes_value in OPTIONS.items() if takes_value]

anything = st.text(max_size=8) | st.sampled_from(
    [*OPTIONS, "--", "-", "", "--no", "-vr", "-k=", "--keyword=x"]
)
positional = st.text(max_size=8).filter(lambda text: not text.startswith("-")) | st.just("-")


@st.composite
def canonical(draw: st.DrawFn) -> list[str]:
    """A command line in the spelling that Typer reads."""
    parts = draw(
        st.lists(
            st.one_of(
                st.sampled_from(FLAGS).map(lambda name: [name]),
                st.tuples(st.sampled_from(WITH_VALUE), anything).map(list),
                positional.map(lambda text: [text]),
            ),
            max_size=6,
        )
    )
    rest = draw(st.none() | st.lists(anything, max_size=3))
    return [argument for part in parts for argument in part] + (["--", *rest] if rest is not None else [])


@given(canonical())
def test_what_typer_reads_is_left_alone(arguments: list[str]) -> None:
    assert respell(arguments, OPTIONS) == arguments


@given(st.lists(anything), st.dictionaries(anything, st.booleans()))
def test_nothing_else_is_raised(arguments: list[str], options: dict[str, bool]) -> None:
    for known in (OPTIONS, options):
        with contextlib.suppress(AmbiguousOptionError):
            respell(arguments, known)


@given(st.lists(anything))
def test_respelling_once_is_enough(arguments: list[str]) -> None:
    try:
        respelled = respell(arguments, OPTIONS)
    except AmbiguousOptionError:
        assume(False)
    assert respell(respelled, OPTIONS) == respelled


@given(st.sampled_from(WITH_VALUE), anything, canonical())
def test_values_are_never_read_as_options(option: str, value: str, rest: list[str]) -> None:
    assert respell([option, value, *rest], OPTIONS) == [option, value, *rest]
    assert respell([f"{option}={value}", *rest], OPTIONS) == [option, value, *rest]


@given(st.lists(anything))
def test_nothing_after_two_dashes_is_touched(rest: list[str]) -> None:
    assert respell(["-v", "--", *rest], OPTIONS) == ["-v", "--", *rest]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["-x="], ["--prefer-uncompr"]),
        (["--prefer-u"], ["--prefer-uncompr"]),
        (["-xe"], ["-xe"]),
        (["-k=PatientName=A=B"], ["-k", "PatientName=A=B"]),
        (["-k=PatientName="], ["-k", "PatientName="]),
        (["-kPatientName=A"], ["-k", "PatientName=A"]),
        (["-k="], ["-k", ""]),
        (["-k==x"], ["-k", "=x"]),
        (["-vr"], ["-v", "-r"]),
        (["-vkA=1"], ["-v", "-k", "A=1"]),
        (["-vk=A=1"], ["-v", "-k", "A=1"]),
        (["-vk", "A=1"], ["-v", "-k", "A=1"]),
        (["-vZ"], ["-vZ"]),
        (["-td", "5"], ["-td", "5"]),
        (["-td=5"], ["-td", "5"]),
        (["-d", "5"], ["-d", "5"]),
        (["--dim", "5"], ["--dimse-timeout", "5"]),
        (["--dim=5"], ["--dimse-timeout", "5"]),
        (["-l", "debug"], ["-ll", "debug"]),
        (["--store", "--store-p=1"], ["--store", "--store-port", "1"]),
        (["--o", "here"], ["--output-directory", "here"]),
        (["--on", "keep"], ["--on-existing", "keep"]),
        (["--keyword"], ["--keyword"]),
        (["--verbose=1"], ["--verbose=1"]),
        (["--no-such", "-"], ["--no-such", "-"]),
        ([], []),
    ],
)
def test_spellings(arguments: list[str], expected: list[str]) -> None:
    assert respell(arguments, OPTIONS) == expected


@pytest.mark.parametrize("given_option", ["--ver", "--ver=1", "-x"])
def test_ambiguous_abbreviation(given_option: str) -> None:
    with pytest.raises(AmbiguousOptionError) as raised:
        respell([given_option], OPTIONS)
    given_name = given_option.removesuffix("=1")
    candidates = sorted(name for name in OPTIONS if name.startswith(given_name))
    assert str(raised.value) == f"ambiguous option: {given_name} could match {', '.join(candidates)}"


def test_additions_are_options_of_ours() -> None:
    """One that is misspelt, or no more, would make nothing unambiguous."""
    spellings: set[str] = set()
    for name in COMMANDS:
        command: Any = load(name)
        spellings |= {spelling for parameter in command.params for spelling in parameter.opts}
    assert spellings >= ADDITIONS
