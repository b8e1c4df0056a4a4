from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from dcmtools.dicom.storing import Sync
from dcmtools.index.catalog import Catalog

from . import databases
from .databases import PostgreSQL

settings.register_profile(
    "index", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
settings.load_profile("index")


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server for all tests; without it they are skipped, but not in CI."""
    if (reason := databases.missing()) and "CI" not in os.environ:
        pytest.skip(reason)
    assert reason is None, reason
    with databases.postgresql() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database, of each kind in turn."""
    if request.param == "sqlite":
        yield str(tmp_path / "index.sqlite")
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    with server.database() as url:
        yield url


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of an archive."""
    path = tmp_path / "instances"
    path.mkdir()
    return path


@pytest.fixture
def catalog(location: str, folder: Path) -> Iterator[Catalog]:
    """An empty index."""
    with Catalog.open(location, folder, sync=Sync.NONE, ae_title="ARCHIVE") as opened:
        yield opened
