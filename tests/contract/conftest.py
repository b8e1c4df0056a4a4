"""What all tests of the contract need."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def no_settings_of_the_caller() -> Iterator[None]:
    """Defaults are compared: what the environment sets must not count."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("DCMTOOLS_"):
                patch.delenv(name)
        yield
