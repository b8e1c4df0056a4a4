"""Whatever a TOML file says, it is taken or refused with one line."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dcmtools.cli.app import load
from dcmtools.cli.locating import check_profile
from dcmtools.cli.profiles import SCUS, Profiles
from dcmtools.dicom.text import safe_text
from dcmtools.errors import ConfigurationError

COMMANDS = {name: load(name) for name in SCUS}
KEYS = sorted(
    {
        spelling[2:]
        for command in COMMANDS.values()
        for parameter in command.params
        for spelling in parameter.opts
        if spelling.startswith("--")
    }
)

scalars = st.one_of(
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.just(datetime.date(2026, 11, 21)),
)
values = st.one_of(scalars, st.lists(scalars, max_size=3), st.dictionaries(st.text(max_size=5), scalars))
names = st.one_of(st.sampled_from(KEYS), st.sampled_from(["host", "port", *SCUS]), st.text(max_size=8))
options = st.dictionaries(names, values, max_size=4)
tables = st.builds(
    lambda own, by_command: own | by_command, options, st.dictionaries(st.sampled_from(SCUS), options)
)
peers = st.builds(lambda table: {"host": "host", "port": 104} | table, tables) | tables | scalars
files = st.fixed_dictionaries({}, optional={"defaults": tables, "peers": st.fixed_dictionaries({"a": peers})})


def take_or_refuse(tables: dict[str, Any], command: str) -> None:
    try:
        profiles = Profiles(Path("config.toml"), tables)
        with COMMANDS[command].make_context(command, [], resilient_parsing=True) as context:
            for name in profiles.names:
                check_profile(profiles, name, context)
    except ConfigurationError as exc:
        assert str(exc) == safe_text(str(exc))


@settings(deadline=None)
@given(files | st.dictionaries(st.text(max_size=5), values), st.sampled_from(SCUS))
def test_any_file(tables: dict[str, Any], command: str) -> None:
    take_or_refuse(tables, command)


@settings(deadline=None)
@given(st.sampled_from(KEYS), values, st.sampled_from(SCUS))
def test_any_value_of_an_option(key: str, value: object, command: str) -> None:
    take_or_refuse({"peers": {"a": {"host": "h", "port": 1, command: {key: value}}}}, command)
