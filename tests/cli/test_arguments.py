from __future__ import annotations

import pytest

from dcmtools.cli.arguments import scan

OPTIONS = {"-v": False, "--verbose": False, "-k": True, "--keyword": True, "--help": False}


@pytest.mark.parametrize(
    ("arguments", "places", "given"),
    [
        ([], [], {}),
        (["a", "-v", "b"], [0, 2], {"-v": ""}),
        (["-k", "x", "a"], [2], {"-k": "x"}),
        (["-k", "-v", "a"], [2], {"-k": "-v"}),
        (["--keyword=x=y", "a"], [1], {"--keyword": "x=y"}),
        (["-k", "1", "-k", "2"], [], {"-k": "2"}),
        (["a", "--", "-v", "--"], [0, 2, 3], {}),
        (["-", "-k"], [0], {"-k": ""}),
    ],
)
def test_options_and_positional_arguments(
    arguments: list[str], places: list[int], given: dict[str, str]
) -> None:
    scanned = scan(arguments, OPTIONS)
    assert (scanned.places, scanned.given) == (places, given)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["host", "104"], False),
        (["host", "-v", "104", "file"], False),
        (["host", "0"], False),
        (["--", "host", "-1"], False),
        (["host"], True),
        (["host", "file", "104"], True),
        (["host", "10.4"], True),
        (["host", ""], True),
        (["host", "--help"], False),
        (["host", "--misspelt"], False),
        (["host", "--keyword=x"], True),
        ([], False),
    ],
)
def test_what_has_no_port(arguments: list[str], expected: bool) -> None:
    assert scan(arguments, OPTIONS).names_peer_in_one_word is expected
