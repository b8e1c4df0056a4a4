"""Whatever command line argparse takes, our command reads the same from it."""

from __future__ import annotations

import argparse
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .parsing import APPS, REQUIRED, RefusedError, assert_same, their_options, their_parser, theirs

seconds = st.one_of(
    st.integers(0, 100_000).map(str),
    st.floats(0, 100_000, allow_subnormal=False).map(str),
    st.sampled_from(["0", ".5", "5.", "1e3"]),
)
numbers = st.integers(64, 1 << 31).map(str)
ae_titles = st.from_regex(r"[ -\[\]-~]{1,16}", fullmatch=True).filter(lambda title: title.strip(" "))
words = st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs"]), min_size=1, max_size=12)
paths = st.from_regex(r"[A-Za-z0-9._=][A-Za-z0-9._=-]{0,11}", fullmatch=True).filter(lambda text: text != ".")
hosts = st.from_regex(r"[a-z0-9][a-z0-9.:-]{0,20}", fullmatch=True)
keys = st.one_of(words, st.builds("{}={}".format, words, words), st.just("(0010,0010)="))


def values(action: argparse.Action) -> st.SearchStrategy[str]:
    if action.choices:
        return st.sampled_from(sorted(action.choices))
    if action.type is float or action.dest.endswith("_timeout"):
        return seconds
    if action.type is int or action.dest in ("port", "max_pdu"):
        return st.integers(1, 65535).map(str) if action.dest.endswith("port") else numbers
    if action.dest.endswith("_aet") or action.dest == "ae_title":
        return ae_titles
    return {"keyword": keys, "bind_address": hosts}.get(action.dest, paths)


@st.composite
def options(draw: st.DrawFn, action: argparse.Action) -> list[str]:
    """The option in one of its spellings, in full or cut short."""
    spelling = draw(st.sampled_from(action.option_strings))
    if len(spelling) > 3 and draw(st.booleans()):
        spelling = spelling[: draw(st.integers(3, len(spelling)))]
    if action.nargs == 0:
        return [spelling]
    value = draw(values(action))
    forms = [[spelling, value]]
    if spelling in action.option_strings or spelling.startswith("--") or " " not in value:
        forms.append([f"{spelling}={value}"])  # argparse takes ``-ae=A B`` for a path: it has a space
    if len(spelling) == 2:
        forms.append([spelling + value])
    return draw(st.sampled_from(forms))


@st.composite
def command_lines(draw: st.DrawFn, app: str) -> list[str]:
    """Options in any order around the positional arguments, of exclusive ones at most one."""
    exclusive = [set(group._group_actions) for group in their_parser(app)._mutually_exclusive_groups]
    chosen: list[argparse.Action] = []
    for action in draw(st.lists(st.sampled_from(list(their_options(app))), max_size=8)):
        group: set[Any] = next((group for group in exclusive if action in group), set())
        if not group & set(chosen):
            chosen.append(action)
    parts = [draw(options(action)) for action in chosen]
    parts.insert(draw(st.integers(0, len(parts))), draw(positionals(app)))
    if app in ("findscu", "getscu", "movescu"):
        parts.append(["-k", draw(keys)])
    return [argument for part in parts for argument in part]


@st.composite
def positionals(draw: st.DrawFn, app: str) -> list[str]:
    port = draw(st.integers(1, 65535).map(str))
    if not REQUIRED[app]:
        return []
    if len(REQUIRED[app]) == 1:
        return [port]
    files = draw(st.lists(paths, min_size=1, max_size=3)) if app == "storescu" else []
    return [draw(hosts), port, *files]


@pytest.mark.parametrize("app", APPS)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_what_argparse_takes_is_read_alike(app: str, data: st.DataObject) -> None:
    arguments = data.draw(command_lines(app))
    try:
        theirs(app, arguments)
    except RefusedError:
        return
    assert_same(app, arguments)
