"""The options of commands that store what they receive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from typer import Option

from dcmtools.cli.option_group import OptionGroup
from dcmtools.cli.options import flag
from dcmtools.dicom.storing import InstanceStore, OnExisting
from dcmtools.net.reception import Event, StorageProvider


@dataclass(frozen=True, kw_only=True)
class OutputOptions(OptionGroup):
    """Where received SOP Instances go."""

    heading = "Output Options"
    output_directory: Annotated[
        Path | None,
        Option(
            "-od",
            "--output-directory",
            metavar="DIRECTORY",
            help="write received objects to this folder, made if need be (default: the current one)",
            show_default=False,
        ),
    ] = None
    ignore: Annotated[bool, flag("--ignore", help="receive objects, but do not store them")] = False
    on_existing: Annotated[
        OnExisting | None,
        Option(
            "--on-existing",
            metavar="ACTION",
            help="what to do with a different object of the same UID: replace, keep (and refuse the new "
            "one) or rename (default: rename)",
            show_default=False,
        ),
    ] = None

    def provider(self, report: Callable[[Event], None]) -> StorageProvider:
        """Return what stores as these options ask; raises StorageError when the folder is unfit."""
        if self.ignore:
            return StorageProvider(None, report)
        store = InstanceStore(self.output_directory or Path(), on_existing=self.on_existing)
        store.prepare()
        return StorageProvider(store, report)
