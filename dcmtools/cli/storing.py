"""The options of commands that store what they receive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from typer import BadParameter, Option

from dcmtools.cli.option_group import OptionGroup, UsageError
from dcmtools.cli.options import byte_size, flag
from dcmtools.dicom.path_template import PathTemplate
from dcmtools.dicom.room import limited_room
from dcmtools.dicom.storing import InstanceStore, OnExisting, Sync
from dcmtools.errors import InputError
from dcmtools.net.reception import Event, StorageProvider


def path_template(text: str) -> PathTemplate:
    """Read a template for the paths of stored objects."""
    try:
        return PathTemplate(text)
    except InputError as exc:
        raise BadParameter(str(exc)) from exc


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
            help="what to do with a different object of the same UID, with --path-template of the same path: "
            "replace, keep (and refuse the new one) or rename (default: rename)",
            show_default=False,
        ),
    ] = None
    sync: Annotated[
        Sync,
        Option(
            "--sync",
            metavar="WHAT",
            help="what must be on the disk before success is answered: none, data (the file) or full (the "
            "name of the file as well)",
        ),
    ] = Sync.NONE
    max_size: Annotated[
        int | None,
        Option(
            "--max-size",
            metavar="SIZE",
            parser=byte_size,
            help="refuse what would make the files in the output folder larger than this together, such as "
            "500M or 20G (default: no limit)",
            show_default=False,
        ),
    ] = None
    min_free: Annotated[
        int | None,
        Option(
            "--min-free",
            metavar="SIZE",
            parser=byte_size,
            help="refuse what would leave less than this free on the disk, such as 500M or 20G (default: no "
            "limit)",
            show_default=False,
        ),
    ] = None
    max_object_size: Annotated[
        int | None,
        Option(
            "--max-object-size",
            metavar="SIZE",
            parser=byte_size,
            help="refuse objects whose dataset is larger, such as 500M or 4G (default: no limit)",
            show_default=False,
        ),
    ] = None
    path_template: Annotated[
        PathTemplate | None,
        Option(
            "--path-template",
            metavar="TEMPLATE",
            parser=path_template,
            help="name received objects, and folders for them in the output folder, by attributes, such as "
            "{PatientID}/{SOPInstanceUID}.dcm",
            show_default=False,
        ),
    ] = None

    def check(self) -> None:
        """Refuse to put objects in the place of others, or to turn them away for others."""
        has_one_place = self.on_existing in (OnExisting.REPLACE, OnExisting.KEEP)
        if has_one_place and self.path_template and not self.path_template.tells_instances_apart:
            raise UsageError(
                f"argument --on-existing {self.on_existing}: --path-template needs a name with the one field "
                "{SOPInstanceUID}, else different objects could have the same path"
            )

    def provider(self, report: Callable[[Event], None]) -> StorageProvider:
        """Return what stores as these options ask; raises StorageError when the folder is unfit."""
        if self.ignore:
            return StorageProvider(None, report, max_size=self.max_object_size or None)
        folder = self.output_directory or Path()
        store = InstanceStore(
            folder,
            on_existing=self.on_existing,
            sync=self.sync,
            template=self.path_template,
            room=limited_room(folder, self.max_size, self.min_free),
        )
        store.prepare()
        return StorageProvider(store, report, max_size=self.max_object_size or None)
