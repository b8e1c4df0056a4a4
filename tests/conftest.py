"""Fixtures for all tests, and what the report of a failed test shows of the servers it used."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.contract.parsing")

from .certificates import Certificates  # noqa: E402 - behind what has to come before any import
from .interop.peers.processes import JOURNAL  # noqa: E402
from .samples import Sample, with_unique_uids  # noqa: E402


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        report.sections += JOURNAL.sections()
    return report


@pytest.hookimpl
def pytest_runtest_teardown(item: pytest.Item) -> None:
    JOURNAL.drop_ended()


@pytest.fixture(scope="session")
def unique_samples(tmp_path_factory: pytest.TempPathFactory) -> tuple[Sample, ...]:
    """All samples, each with a SOP Instance UID of its own."""
    return with_unique_uids(tmp_path_factory.mktemp("samples"))


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Certificates for TLS, good ones and bad ones."""
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def no_dicom(tmp_path: Path) -> Path:
    """A file that is not DICOM."""
    path = tmp_path / "notes.txt"
    path.write_text("This is a letter.\n" * 40)
    return path
