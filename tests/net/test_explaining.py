"""What statuses mean, and that all else comes out of the dictionary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.net.events import Explanation, Unexplained
from dcmtools.net.explaining import explain
from dcmtools.net.statuses import SERVICES


@pytest.mark.parametrize("text", ["0xA700", "0XA700", "A700", "a700", "a700H", "42752", " A700 "])
def test_a_status_in_each_spelling(text: str) -> None:
    (explained,) = explain(text, "storage")
    assert isinstance(explained, Explanation)
    assert (explained.subject, explained.kind, explained.name) == (
        "0xA700",
        "status",
        "Failure: Out of resources",
    )
    assert explained.facts["service"] == "storage"
    assert "--retries" in explained.facts["advice"]


def services(text: str) -> list[str]:
    return [event.facts["service"] for event in explain(text) if isinstance(event, Explanation)]


def test_a_status_without_a_service_is_explained_for_all_that_have_it() -> None:
    assert services("0xA700") == ["storage", "find"]
    assert services("0xA801") == ["retrieve"]
    assert services("0x0110") == ["all"]


def test_a_status_that_the_standard_does_not_have() -> None:
    (explained,) = explain("DEAD")
    assert isinstance(explained, Explanation)
    assert (explained.name, explained.facts["service"]) == ("Failure", "all")
    assert "peer" in explained.facts["meaning"]


@pytest.mark.parametrize(
    ("text", "kind"), [("(0010,0010)", "data element"), ("AE", "value representation"), ("0xAE", "status")]
)
def test_kinds(text: str, kind: str) -> None:
    (explained,) = explain(text)
    assert isinstance(explained, Explanation)
    assert explained.kind == kind


@pytest.mark.parametrize(
    ("text", "reason", "similar"),
    [
        ("PatientNam", "keyword", "PatientName"),
        ("1.2.3", "no UID of PS3.6", None),
        ("1." + "2" * 64, "too long", None),
        ("(0010,0001)", "no data element", None),
        ("00100001", "no data element", None),
        ("70000", "keyword", None),
    ],
)
def test_what_is_not_known(text: str, reason: str, similar: str | None) -> None:
    (unexplained,) = explain(text)
    assert isinstance(unexplained, Unexplained)
    assert reason in unexplained.reason
    assert (similar in unexplained.similar) if similar else not unexplained.similar


@given(st.text(), st.none() | st.sampled_from(SERVICES))
def test_whatever_somebody_asks(text: str, service: str | None) -> None:
    assert list(explain(text, service))
