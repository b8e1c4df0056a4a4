"""Settings of the property tests: how long an example takes depends on what else the machine does."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("dicom", deadline=None)
settings.load_profile("dicom")
