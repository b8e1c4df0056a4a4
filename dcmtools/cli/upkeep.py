"""Work on an archive that qrscp does in place of serving it: ``--clean``, ``--index``, ``--verify``, ``--rebuild``."""

from __future__ import annotations

from dcmtools.cli.archive import open_catalog
from dcmtools.cli.archive_options import UpkeepOptions
from dcmtools.cli.archive_settings import ArchiveSettings
from dcmtools.cli.console import Console
from dcmtools.errors import ExitCode


def keep_up(settings: ArchiveSettings, options: UpkeepOptions, console: Console) -> ExitCode:
    """Do."""
    return ExitCode.FAILURE
