"""How the matches are to be shown."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from dcmtools.cli.match_options import MatchFormat, MatchOptions
from dcmtools.cli.option_group import UsageError


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_default_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert MatchOptions().chosen_format is MatchFormat.LIST
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert MatchOptions().chosen_format is MatchFormat.TABLE
    monkeypatch.setattr(sys, "stdout", None)
    assert MatchOptions().chosen_format is MatchFormat.LIST
    for form in MatchFormat:
        assert MatchOptions(format=form).chosen_format is form


def test_files() -> None:
    assert not MatchOptions().writes_files
    assert MatchOptions(write=True).writes_files
    assert MatchOptions(format=MatchFormat.DICOM).writes_files
    MatchOptions(output_directory=Path("out"), write=True).check()
    MatchOptions(output_directory=Path("out"), format=MatchFormat.DICOM).check()
    with pytest.raises(UsageError, match="-od"):
        MatchOptions(output_directory=Path("out")).check()


def test_order() -> None:
    (first, second) = MatchOptions(sort=["-StudyDate", "PatientName"]).order
    assert (first.column.name, first.is_descending) == ("StudyDate", True)
    assert (second.column.name, second.is_descending) == ("PatientName", False)
