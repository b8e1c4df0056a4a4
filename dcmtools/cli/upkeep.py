"""Work on an archive in place of serving it: ``qrscp --clean``, ``--index``, ``--verify`` and ``--rebuild``."""

from __future__ import annotations

_QUESTION = (
    "This will delete all instances from both the storage directory and the database. "
    "Are you sure you wish to continue? [yes/no]: "
)
