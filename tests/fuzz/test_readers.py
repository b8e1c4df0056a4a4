"""The readers of bytes from strangers, with damaged and with random bytes."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .mutation import mutate
from .readers import READERS

NAMES = sorted(READERS)


@pytest.mark.parametrize("name", NAMES)
def test_good_bytes(name: str) -> None:
    for seed in READERS[name].seeds():
        READERS[name].read(seed)


@pytest.mark.parametrize("name", NAMES)
def test_damaged_bytes(name: str) -> None:
    reader = READERS[name]
    random = Random(name)
    for _ in range(150):
        reader.read(mutate(random.choice(reader.seeds()), random))


@pytest.mark.parametrize("name", NAMES)
def test_random_bytes(name: str) -> None:
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.binary(max_size=400))
    def check(data: bytes) -> None:
        READERS[name].read(data)

    check()


def test_the_same_seed_does_the_same_damage() -> None:
    data = bytes(range(200))
    assert mutate(data, Random(7)) == mutate(data, Random(7)) != data
