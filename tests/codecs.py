"""The codecs of the extra ``pixels``, which only some tests need."""

from __future__ import annotations

import os
from importlib.util import find_spec

import pytest


def require_codecs() -> None:
    """Skip the tests of a module where the codecs are not installed; CI runs these where they are."""
    if find_spec("numpy") is None and not os.environ.get("DCMTOOLS_CODECS"):
        pytest.skip("the codecs of dcmtools[pixels] are not installed", allow_module_level=True)
