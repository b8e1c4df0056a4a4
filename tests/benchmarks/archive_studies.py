"""What the studies in a generated index are called, without a library that would take memory."""

from __future__ import annotations

INDEX = "index.sqlite"
UID_ROOT = "1.2.826.0.1.3680043.8.498.1"

_GROUP = 100


def study_date(study: int) -> str:
    """Return the Study Date of a study, which a hundred have in common."""
    group = study // _GROUP
    return f"{1990 + group // 336:04}{group // 28 % 12 + 1:02}{group % 28 + 1:02}"


def family_name(study: int) -> str:
    """Return the family name of the patient of a study, which a hundred have in common."""
    return f"Group{study // _GROUP:04}"
