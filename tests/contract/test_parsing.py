"""Sections 2.1 to 2.8 of the contract: every spelling of every option, and its default."""

from __future__ import annotations

import argparse
import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from .parsing import (
    APPS,
    ARCHIVE,
    REQUIRED,
    SCPS,
    SCUS,
    RefusedError,
    assert_same,
    ours,
    their_options,
    their_parser,
    theirs,
)

VALUES = {
    "log_level": "debug",
    "keyword": "(0010,0020)=A=B",
    "file": "query.dcm",
    "output_directory": "some/folder",
    "bind_address": "127.0.0.1",
    "config": "archive.ini",
    "database_location": "index.sqlite",
    "instance_location": "instances",
    "port": "104",
    "max_pdu": "4096",
}
"""A value for each option that takes text; AE titles and other numbers apart."""


def value_for(action: argparse.Action) -> str:
    if action.type is int:
        return "4096"
    if action.type is float or action.dest.endswith("_timeout"):
        return "2.5"
    return VALUES.get(action.dest, "A-TITLE")


def takes_value(action: argparse.Action) -> bool:
    return action.nargs is None


def forms(action: argparse.Action, spelling: str) -> Iterator[list[str]]:
    """All the ways in which argparse takes an option."""
    if not takes_value(action):
        yield [spelling]
        return
    value = value_for(action)
    yield [spelling, value]
    yield [f"{spelling}={value}"]
    if len(spelling) == 2:
        yield [f"{spelling}{value}"]


def spelled() -> Iterator[Any]:
    for app in APPS:
        for action in their_options(app):
            for spelling in action.option_strings:
                yield pytest.param(app, action, spelling, id=f"{app} {spelling}")


@pytest.mark.parametrize(("app", "action", "spelling"), list(spelled()))
def test_every_spelling(app: str, action: argparse.Action, spelling: str) -> None:
    for option in forms(action, spelling):
        assert_same(app, [*option, *REQUIRED[app]])


@pytest.mark.parametrize("app", APPS)
def test_defaults_are_theirs(app: str) -> None:
    assert_same(app, REQUIRED[app])


NETWORK = {"acse_timeout": 30.0, "dimse_timeout": 30.0, "network_timeout": 30.0, "max_pdu": 16382}
QUERY = {"keyword": ["PatientName="], "file": None, "patient": False, "study": False, "psonly": False}
RETRIEVAL = {
    "relational_retrieval": False,
    "enhanced_conversion": False,
    "output_directory": None,
    "ignore": False,
}
REQUESTED = {"request_little": False, "request_big": False, "request_implicit": False}
PREFERRED = {"prefer_uncompr": False, "prefer_little": False, "prefer_big": False, "implicit": False}
AS_WRITTEN: dict[str, dict[str, Any]] = {
    "echoscu": {"calling_aet": "ECHOSCU", "repeat": 1, "abort": False, **REQUESTED},
    "storescu": {"calling_aet": "STORESCU", "recurse": False, "required_contexts": False, **REQUESTED},
    "findscu": {
        "calling_aet": "FINDSCU",
        "worklist": False,
        "ups": False,
        "write": False,
        "relational_query": False,
        "dt_matching": False,
        "fuzzy_names": False,
        "timezone_adj": False,
        "enhanced_conversion": False,
        **QUERY,
    },
    "getscu": {"calling_aet": "GETSCU", **QUERY, **RETRIEVAL},
    "movescu": {
        "calling_aet": "MOVESCU",
        "move_aet": "STORESCP",
        "store": False,
        "store_port": 11113,
        "store_aet": "STORESCP",
        **QUERY,
        **RETRIEVAL,
    },
    "echoscp": {"ae_title": "ECHOSCP", "bind_address": "", **PREFERRED},
    "storescp": {
        "ae_title": "STORESCP",
        "bind_address": "",
        "output_directory": None,
        "ignore": False,
        "no_echo": False,
        "max_pdu": 131072,
        **PREFERRED,
    },
    "qrscp": {
        "config": None,
        "port": None,
        "ae_title": None,
        "bind_address": None,
        "database_location": None,
        "instance_location": None,
        "clean": False,
    },
}


@pytest.mark.parametrize("app", APPS)
def test_defaults_are_those_of_the_contract(app: str) -> None:
    """The tables of sections 2.1 to 2.8, whatever the pynetdicom installed says, with 2.0's departures."""
    expected = (dict.fromkeys(NETWORK) if app == ARCHIVE else NETWORK) | AS_WRITTEN[app]
    if app in SCUS:
        expected |= {"called_aet": "ANY-SCP", "addr": "host", "port": 104}
    read = ours(app, REQUIRED[app])
    assert {name: read[name] for name in expected} == expected


@pytest.mark.parametrize("app", APPS)
def test_default_level(app: str) -> None:
    expected = "info" if app in ("findscu", "getscu", "movescu") else "error"
    assert ours(app, REQUIRED[app])["level"] == expected


@pytest.mark.parametrize(("app", "action", "spelling"), list(spelled()))
def test_abbreviations(app: str, action: argparse.Action, spelling: str) -> None:
    """The shortest and the longest that argparse takes (``--acse``, ``-pd``), options of ours or not."""
    accepted = []
    for end in range(2, len(spelling)):
        arguments = [*REQUIRED[app], *next(forms(action, spelling[:end]))]
        with contextlib.suppress(RefusedError):
            theirs(app, arguments)
            accepted.append(arguments)
    for arguments in accepted[:1] + accepted[-1:]:
        assert_same(app, arguments)


@pytest.mark.parametrize("app", SCUS)
def test_abbreviations_with_an_equals_sign(app: str) -> None:
    assert_same(app, [*REQUIRED[app], "--calling=ME", "--called=YOU", "--acse-t=5", "--max=0"])


@pytest.mark.parametrize("app", APPS)
def test_combined_flags(app: str) -> None:
    """``-vr`` is ``-v -r``; what excludes each other does so in a cluster too."""
    flags = [
        spelling[1]
        for action in their_options(app)
        if not takes_value(action)
        for spelling in action.option_strings
        if len(spelling) == 2
    ]
    for first, second in itertools.permutations(flags, 2):
        arguments = [*REQUIRED[app], f"-{first}{second}"]
        try:
            theirs(app, arguments)
        except RefusedError:
            with pytest.raises(RefusedError, match="not allowed with"):
                ours(app, arguments)
        else:
            assert_same(app, arguments)


@pytest.mark.parametrize("cluster", [["-vk", "PatientID=1"], ["-vkPatientID=1"], ["-vSkPatientID=1"]])
def test_combined_flags_with_a_value(cluster: list[str]) -> None:
    assert_same("findscu", [*cluster, "host", "104"])


@pytest.mark.parametrize("app", APPS)
def test_exclusions(app: str) -> None:
    """Refused in argparse's words: ``argument -d/--debug: not allowed with argument -v/--verbose``.

    Which of the two is named first may differ: here it is their order in the help.
    """
    for group in their_parser(app)._mutually_exclusive_groups:
        for actions in itertools.permutations(group._group_actions, 2):
            arguments = [*REQUIRED[app], *(action.option_strings[0] for action in actions)]
            assert _complaint(theirs, app, arguments) == _complaint(ours, app, arguments)


def _complaint(parse: Callable[..., object], app: str, arguments: Sequence[str]) -> set[str]:
    """The two options that exclude each other."""
    with pytest.raises(RefusedError, match=r"argument .*: not allowed with argument") as refused:
        parse(app, arguments)
    words = str(refused.value).removeprefix(f"{app}: error: ").removeprefix("argument ")
    return set(words.split(": not allowed with argument "))


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("other", [[], ["-v"], ["-d"], ["-q"]], ids=["alone", "-v", "-d", "-q"])
def test_log_level_overrides(app: str, other: list[str]) -> None:
    highest = "fatal" if app == "findscu" else "critical"
    for level in (highest, "error", "warn", "info", "debug"):
        assert_same(app, [*other, "-ll", level, *REQUIRED[app]])


@pytest.mark.parametrize("app", APPS)
def test_log_levels_of_any_app_and_of_the_documents(app: str) -> None:
    for level in ("fatal", "trace", "warning", "critical"):
        assert ours(app, ["-ll", level, *REQUIRED[app]])["level"] == level


@pytest.mark.parametrize("app", APPS)
def test_log_level_that_is_none(app: str) -> None:
    for level in ("loud", "DEBUG", ""):
        arguments = ["-ll", level, *REQUIRED[app]]
        with pytest.raises(RefusedError):
            theirs(app, arguments)
        with pytest.raises(RefusedError):
            ours(app, arguments)


@pytest.mark.parametrize("app", APPS)
def test_values_that_are_missing_or_no_numbers(app: str) -> None:
    for action in their_options(app):
        spelling = action.option_strings[0]
        wrong = [[spelling]] if takes_value(action) else []
        if action.type in (int, float):
            wrong += [[spelling, "soon"], [spelling, ""]]
        for option in wrong:
            for parse in (theirs, ours):
                with pytest.raises(RefusedError):
                    parse(app, [*REQUIRED[app], *option])


@pytest.mark.parametrize("app", APPS)
def test_numbers(app: str) -> None:
    for value in ("0", "5", "0.5", ".5", "5.", "1e3", "1_000"):
        assert_same(app, [*REQUIRED[app], "-ta", value, "-td", value, "-tn", value])
    for value in ("0", "16384", "131072"):
        assert_same(app, [*REQUIRED[app], "-pdu", value])


@pytest.mark.parametrize("app", ["findscu", "getscu", "movescu"])
def test_keys_repeat_in_their_order(app: str) -> None:
    keys = ["-k", "A", "-kB=", "-k=C=1", "--keyword", "D=[x]", "--keyword=E=\\", "--key", "F=-1", "-k", "-5"]
    assert_same(app, [*keys, "host", "104"])


@pytest.mark.parametrize("app", ["findscu", "getscu", "movescu"])
def test_a_query_needs_keys(app: str) -> None:
    for parse in (theirs, ours):
        with pytest.raises(RefusedError, match="-f and/or -k must be specified"):
            parse(app, ["host", "104"])
    assert_same(app, ["host", "104", "-f", "query.dcm"])
    assert_same(app, ["host", "104", "-f", "query.dcm", "-k", "PatientName="])


def test_paths_are_those_that_were_given() -> None:
    assert_same("storescu", ["host", "104", "b.dcm", "a.dcm", "b.dcm", "./c//d.dcm"])
    assert_same("storescu", ["-v", "host", "104", "-r", "b.dcm", "a.dcm"])
    assert_same("storescu", ["host", "104", "--", "-odd-.dcm", "-v"])


def test_paths_may_also_be_apart() -> None:
    """argparse wants them together; more is taken here."""
    read = ours("storescu", ["host", "104", "a.dcm", "-v", "b.dcm"])
    assert (read["path"], read["level"]) == (["a.dcm", "b.dcm"], "info")


@pytest.mark.parametrize("app", [*SCUS, *SCPS])
def test_positional_arguments_anywhere(app: str) -> None:
    first, *others = REQUIRED[app]
    assert_same(app, ["-v", first, "-ta", "5", *others])
    assert_same(app, ["-ta=5", "--", first, *others] if app in ("echoscu", *SCPS) else [first, "-d", *others])


@pytest.mark.parametrize("app", [*SCUS, *SCPS])
def test_positional_arguments_are_needed(app: str) -> None:
    for count in range(2 if app in SCUS else 1):
        for parse in (theirs, ours):
            with pytest.raises(RefusedError):
                parse(app, REQUIRED[app][:count])


@pytest.mark.parametrize("app", APPS)
def test_unknown_options(app: str) -> None:
    for option in ("--no-such-option", "-Z", "--verbosely", "-vZ"):
        for parse in (theirs, ours):
            with pytest.raises(RefusedError):
                parse(app, [option, *REQUIRED[app]])
