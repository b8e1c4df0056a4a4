from __future__ import annotations

from pathlib import Path

import pytest

from dcmtools.cli.archive_access import ArchiveAccessOptions
from dcmtools.cli.archive_options import (
    ArchiveOptions,
    ListeningOptions,
    QueryServiceOptions,
)
from dcmtools.cli.archive_settings import ArchiveSettings
from dcmtools.cli.archive_tls import ArchiveTlsOptions
from dcmtools.cli.upkeep_options import UpkeepOptions
from dcmtools.dicom.storing import Sync
from dcmtools.index.attributes import parse_attribute

from ..contract.parsing import RefusedError, ours

GROUPS = (ListeningOptions, ArchiveOptions, QueryServiceOptions, ArchiveAccessOptions, ArchiveTlsOptions)


def test_what_is_not_on_the_command_line_overrides_nothing() -> None:
    for group in GROUPS:
        assert group().given() == {}


def test_zero_is_given() -> None:
    assert ListeningOptions(port=0, max_pdu=0, acse_timeout=0.0).given() == {
        "port": 0,
        "max_pdu": 0,
        "acse_timeout": 0.0,
    }
    assert QueryServiceOptions(max_results=0).given() == {"max_results": 0}


def test_settings_have_the_types_of_the_configuration() -> None:
    given = ArchiveOptions(
        instance_location=Path("a"), sync=Sync.NONE, attribute=["SERIES.ContrastBolusAgent"]
    ).given()
    assert given == {
        "instance_location": Path("a"),
        "sync": Sync.NONE,
        "attribute": (parse_attribute("SERIES.ContrastBolusAgent"),),
    }
    given = ArchiveAccessOptions(
        require_called=True, allow_calling=[" A ", "B C"], allow_address=["::1"]
    ).given()
    assert given == {"require_called": True, "allow_calling": ("A", "B C"), "allow_address": ("::1",)}


def test_an_empty_text_overrides_nothing() -> None:
    """As in pynetdicom's qrscp."""
    assert ListeningOptions(bind_address="").given() == {}


def test_every_setting_has_an_option_of_its_name() -> None:
    options = {name for group in GROUPS for name in group.__dataclass_fields__}
    assert options == set(ArchiveSettings.__dataclass_fields__) - {"destinations"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port", "65536"),
        ("--port", "dicom"),
        ("-aet", "SEVENTEEN_LETTERS"),
        ("-pdu", "7"),
        ("-ta", "-1"),
        ("--max-associations", "0"),
        ("--workers", "0"),
        ("--sync", "maybe"),
        ("--on-existing", "merge"),
        ("--attribute", "ContrastBolusAgent"),
        ("--attribute", "SERIES.NoSuchKeyword"),
        ("--allow-calling", ""),
        ("--allow-address", "10.0.0.0/33"),
        ("--max-results", "-1"),
        ("--max-size", "lots"),
        ("--min-free", "-1"),
        ("--path-template", "{NoSuchKeyword}"),
    ],
)
def test_values_that_are_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises(RefusedError):
        ours("qrscp", arguments)


def test_upkeep_is_asked_for() -> None:
    assert not UpkeepOptions().is_asked_for
    for options in (
        UpkeepOptions(clean=True),
        UpkeepOptions(index=[Path("a")]),
        UpkeepOptions(verify=True),
        UpkeepOptions(rebuild=True),
    ):
        assert options.is_asked_for
