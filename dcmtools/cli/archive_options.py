"""The options of qrscp. What is not given on the command line is as configured: its default here is None."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

from typer import BadParameter, Option

from dcmtools.cli.option_group import OptionGroup
from dcmtools.cli.options import LARGEST_LENGTH, Seconds, ae_title, byte_size, flag, maximum_length
from dcmtools.cli.setting_values import Reader, attribute, network, title
from dcmtools.cli.storing import path_template
from dcmtools.dicom.path_template import PathTemplate
from dcmtools.dicom.storing import OnExisting, Sync

_LISTED = {
    "attribute": attribute,
    "allow_calling": title,
    "allow_address": network,
    "allow_read": title,
    "allow_write": title,
}
"""How each value of a repeated option is read: as in a configuration file."""


class SettingOptions(OptionGroup):
    """A group whose options have the names of the settings that they override."""

    def given(self) -> dict[str, Any]:
        """Return the settings that the command line gives."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return {
            name: tuple(map(_LISTED[name], value)) if name in _LISTED else value
            for name, value in values.items()
            if not (value is None or value is False or value in ("", []))
        }


def each(read: Reader) -> Callable[[list[str] | None], list[str] | None]:
    """Return a check of a repeated option, which `read` can read each value of."""

    def check(values: list[str] | None) -> list[str] | None:
        try:
            for value in values or ():
                read(value)
        except ValueError as exc:
            raise BadParameter(str(exc)) from None
        return values

    return check


def setting(*spellings: str, help: str, **details: Any) -> Any:  # noqa: A002 - Typer's own word
    """Return an option whose default depends on the configuration: the help text names it."""
    return Option(*spellings, help=help, show_default=False, **details)


def _seconds(*spellings: str, of: str) -> Any:
    return setting(
        *spellings, metavar="SECONDS", min=0, help=f"time-out for {of} (default: 30; 0 is for ever)"
    )


@dataclass(frozen=True, kw_only=True)
class ListeningOptions(SettingOptions):
    """How qrscp listens."""

    heading = "Network Options"
    port: Annotated[
        int | None,
        setting("--port", metavar="PORT", min=0, max=65535, help="TCP port to listen on (default: 11112)"),
    ] = None
    ae_title: Annotated[
        str | None,
        setting(
            "-aet",
            "--ae-title",
            metavar="AETITLE",
            callback=ae_title,
            help="set my AE title (default: QRSCP)",
        ),
    ] = None
    bind_address: Annotated[
        str | None,
        setting(
            "-ba",
            "--bind-address",
            metavar="ADDRESS",
            help="listen on this address only (default: on all)",
        ),
    ] = None
    acse_timeout: Annotated[Seconds | None, _seconds("-ta", "--acse-timeout", of="association messages")] = (
        None
    )
    dimse_timeout: Annotated[Seconds | None, _seconds("-td", "--dimse-timeout", of="DIMSE messages")] = None
    network_timeout: Annotated[
        Seconds | None, _seconds("-tn", "--network-timeout", of="a silent network")
    ] = None
    max_pdu: Annotated[
        int | None,
        setting(
            "-pdu",
            "--max-pdu",
            metavar="BYTES",
            min=0,
            max=LARGEST_LENGTH,
            callback=maximum_length,
            help="largest PDU to receive, 0 for no limit (default: 16382)",
        ),
    ] = None
    max_associations: Annotated[
        int | None,
        setting(
            "--max-associations",
            metavar="N",
            min=1,
            help="most associations to serve at the same time (default: 100)",
        ),
    ] = None
    workers: Annotated[
        int | None,
        setting(
            "--workers",
            metavar="N",
            min=1,
            max=64,
            help="serve in N processes that share the port (default: 1)",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class ArchiveOptions(SettingOptions):
    """What qrscp keeps, and where."""

    heading = "Database Options"
    database_location: Annotated[
        str | None,
        setting(
            "--database-location",
            metavar="FILE",
            help="file of the SQLite database, or the URL of another one, such as "
            "postgresql+psycopg://user@host/name (default: instances.sqlite)",
        ),
    ] = None
    instance_location: Annotated[
        Path | None,
        setting(
            "--instance-location",
            metavar="DIRECTORY",
            help="folder of the stored instances, made if need be (default: instances)",
        ),
    ] = None
    promiscuous: Annotated[
        bool, flag("--promiscuous", help="store private and unknown SOP classes as well")
    ] = False
    sync: Annotated[
        Sync | None,
        setting(
            "--sync",
            metavar="WHAT",
            help="what must be on the disk before success is answered: none, data (the file and its entry in "
            "the database) or full (the name of the file as well) (default: data)",
        ),
    ] = None
    on_existing: Annotated[
        OnExisting | None,
        setting(
            "--on-existing",
            metavar="ACTION",
            help="what to do with a different object of the same UID: replace, keep (and refuse the new "
            "one) or rename, which keeps the old file and finds the new one (default: rename)",
        ),
    ] = None
    path_template: Annotated[
        PathTemplate | None,
        setting(
            "--path-template",
            metavar="TEMPLATE",
            parser=path_template,
            help="name stored instances, and folders for them in the folder of the instances, by "
            "attributes, such as {PatientID}/{SOPInstanceUID}.dcm",
        ),
    ] = None
    max_size: Annotated[
        int | None,
        setting(
            "--max-size",
            metavar="SIZE",
            parser=byte_size,
            help="refuse what would make the stored files larger than this together, such as 500M or 20G; "
            "0 for no limit (default: 0)",
        ),
    ] = None
    min_free: Annotated[
        int | None,
        setting(
            "--min-free",
            metavar="SIZE",
            parser=byte_size,
            help="refuse what would leave less than this free on the disk of the stored files, such as 500M "
            "or 20G (default: 0)",
        ),
    ] = None
    attribute: Annotated[
        list[str] | None,
        setting(
            "--attribute",
            metavar="LEVEL.KEYWORD",
            callback=each(attribute),
            help="index a further attribute of the patients, studies, series or images, such as "
            "SERIES.ContrastBolusAgent; may be repeated",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class QueryServiceOptions(SettingOptions):
    """What qrscp answers queries with."""

    heading = "Query Options"
    worklist: Annotated[
        Path | None,
        setting(
            "--worklist",
            metavar="DIRECTORY",
            help="folder of the worklist items, as DICOM files (default: none)",
        ),
    ] = None
    ups: Annotated[
        Path | None,
        setting(
            "--ups",
            metavar="DIRECTORY",
            help="folder of the unified procedure steps, as DICOM files (default: none)",
        ),
    ] = None
    max_results: Annotated[
        int | None,
        setting(
            "--max-results",
            metavar="N",
            min=0,
            help="most matches of a query, 0 for no limit: the rest ends with 0xA700 (default: 0)",
        ),
    ] = None
    log_identifier: Annotated[
        bool, flag("--log-identifier", help="log the identifiers of queries and retrievals with -v")
    ] = False
