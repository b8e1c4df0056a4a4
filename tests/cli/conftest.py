"""What the tests of the command line need: logging put back, no settings of the caller."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from ..logging_state import restored_logging


@pytest.fixture(autouse=True)
def logging_restored() -> Iterator[None]:
    with restored_logging():
        yield


@pytest.fixture(autouse=True)
def no_settings_of_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("DCMTOOLS_"):
            monkeypatch.delenv(name)
