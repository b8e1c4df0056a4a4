"""What is said of a failing response, and what to do about it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.net.advice import advice, answer_text, failure_text

SERVICES = ("storage", "find", "retrieve", "verification")


@pytest.mark.parametrize(
    ("status", "service", "word"),
    [
        (0xA700, "storage", "--retries"),
        (0xA7FF, "storage", "--retries"),
        (0xC210, "storage", "decode"),
        (0xC000, "storage", "log"),
        (0x0122, "storage", "--probe"),
        (0x0124, "find", "-aet"),
        (0xA700, "find", "more keys"),
        (0xA900, "find", "QueryRetrieveLevel"),
        (0xC001, "find", "QueryRetrieveLevel"),
        (0xA801, "retrieve", "-aem"),
        (0xA702, "retrieve", "receiver"),
        (0xC511, "retrieve", "pynetdicom"),
    ],
)
def test_advice(status: int, service: str, word: str) -> None:
    assert word in (advice(status, service) or "")


def test_no_advice_where_there_is_nothing_to_do() -> None:
    assert advice(0x0000, "storage") is None
    assert advice(0xFF00, "find") is None


def test_all_that_the_peer_says() -> None:
    text = answer_text(0xA900, "find", "no such level", (0x00080052, 0x00091001))
    assert text == (
        "0xA900 (Failure: Identifier does not match SOP class): no such level, "
        "offending elements: Query/Retrieve Level (0008,0052), (0009,1001)"
    )
    assert failure_text(0xA900, "find", "no such level", (0x00080052,)).startswith(
        f"{text.split(', (0009')[0]}"
    )
    assert failure_text(0xA900, "find").endswith("and the model (-P, -S))")


@given(
    st.integers(0, 0xFFFF),
    st.sampled_from(SERVICES),
    st.none() | st.text(),
    st.lists(st.integers(0, 0xFFFFFFFF), max_size=4),
)
def test_whatever_a_peer_answers(status: int, service: str, comment: str | None, tags: list[int]) -> None:
    text = failure_text(status, service, comment, tags)
    assert text.startswith(f"0x{status:04X} (")
    assert (comment or "") in text
