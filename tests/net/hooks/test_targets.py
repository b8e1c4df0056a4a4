from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.errors import InputError
from dcmtools.net.hooks.targets import Occasion, parse_command, parse_occasions, parse_url


@pytest.mark.parametrize("text", ["", "  ", "'", "a 'b", "''"])
def test_no_command(text: str) -> None:
    with pytest.raises(InputError):
        parse_command(text)


def test_arguments() -> None:
    assert parse_command("notify --to 'a b' \"$HOME\"") == ("notify", "--to", "a b", "$HOME")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "host/path",
        "ftp://host/",
        "http://",
        "http://[::1",
        "http://h:99999/",
        "http://h/ä",
        "http://h/a b",
    ],
)
def test_no_url(text: str) -> None:
    with pytest.raises(InputError, match="no URL"):
        parse_url(text)


def test_occasions() -> None:
    everything = frozenset(Occasion)
    assert parse_occasions("http://host:80/a") == (everything, "http://host:80/a")
    assert parse_occasions("study:http://host") == ({Occasion.STUDY}, "http://host")
    assert parse_occasions("study, object: notify a:b") == ({Occasion.STUDY, Occasion.OBJECT}, "notify a:b")
    assert parse_occasions("C:\\notify.exe") == (everything, "C:\\notify.exe")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_command, parse_url):
        try:
            assert parse(parse_occasions(text)[1])
        except InputError as exc:
            assert "\n" not in str(exc)
