"""The readers of bytes from strangers, with damaged and with random bytes."""

from __future__ import annotations

import time
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .mutation import mutate
from .readers import READERS

NAMES = sorted(READERS)
_SECONDS = 3.0


@pytest.mark.parametrize("name", NAMES)
def test_good_bytes(name: str) -> None:
    for seed in READERS[name].seeds():
        READERS[name].read(seed)


@pytest.mark.parametrize("name", NAMES)
def test_damaged_bytes(name: str) -> None:
    reader = READERS[name]
    random = Random(name)
    ends = time.monotonic() + _SECONDS
    for _ in range(150):
        reader.read(mutate(random.choice(reader.seeds()), random))
        if time.monotonic() > ends:  # to say what a keyword may have been meant to be takes long
            break


@pytest.mark.parametrize("name", NAMES)
def test_random_bytes(name: str) -> None:
    @settings(
        max_examples=8 if name == "keyword_path" else 60,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(st.binary(max_size=400))
    def check(data: bytes) -> None:
        READERS[name].read(data)

    check()


def test_the_same_seed_does_the_same_damage() -> None:
    data = bytes(range(200))
    assert mutate(data, Random(7)) == mutate(data, Random(7)) != data
