from __future__ import annotations

from typing import Any

import pytest

from dcmtools.cli.app import load
from dcmtools.cli.layering import RIVALS, layered
from dcmtools.cli.profiles import SCUS


@pytest.mark.parametrize(
    ("layers", "given", "expected"),
    [
        ([{"a": 1}, {"a": 2, "b": 3}], [], {"a": 1, "b": 3}),
        ([{"a": 1, "b": 2}], ["a"], {"b": 2}),
        ([{"study": True}, {"patient": True}], [], {"study": True}),
        ([{"study": False}, {"patient": True}], [], {"study": False, "patient": True}),
        ([{"study": True}], ["worklist"], {}),
        ([{"log_level": "warn"}], ["verbose"], {}),
        ([{"verbose": True}], ["log_level"], {}),
        ([{"user": "a", "password_file": "f"}], ["jwt_file"], {}),
        ([{"user": "a", "password_file": "f"}], ["user"], {"password_file": "f"}),
        (
            [{"user": "a"}, {"jwt_file": "f", "positive_response": True}],
            [],
            {"user": "a", "positive_response": True},
        ),
        ([{"positive_response": True}], [], {}),
        ([{}, {"tls_ca": "f"}], [], {}),
        ([{"tls": True}, {"tls_ca": "f"}], [], {"tls": True, "tls_ca": "f"}),
        ([{"tls": False}, {"tls": True, "tls_ca": "f"}], [], {"tls": False}),
        ([{"tls_ca": "f"}], ["tls"], {"tls_ca": "f"}),
    ],
)
def test_what_holds(layers: list[dict[str, Any]], given: list[str], expected: dict[str, Any]) -> None:
    assert layered(layers, given) == expected


def test_rivals_are_options() -> None:
    spelled = {
        spelling.removeprefix("--").replace("-", "_")
        for name in SCUS
        for parameter in load(name).params
        for spelling in parameter.opts
    }
    assert spelled >= set().union(*RIVALS)
