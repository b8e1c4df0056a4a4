"""The options of qrscp that say whom it serves; they are keys of its configuration file as well."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from dcmtools.cli.access import ANONYMOUS_HELP, PER_ADDRESS_HELP, USERS_HELP
from dcmtools.cli.archive_options import SettingOptions, each, setting
from dcmtools.cli.options import Seconds, byte_size, flag
from dcmtools.cli.setting_values import network, title


@dataclass(frozen=True, kw_only=True)
class ArchiveAccessOptions(SettingOptions):
    """Whom qrscp serves; by default everyone."""

    heading = "Access Options"
    require_called: Annotated[
        bool, flag("--require-called", help="reject who calls me by another AE title than mine")
    ] = False
    allow_calling: Annotated[
        list[str] | None,
        setting(
            "--allow-calling",
            metavar="AETITLE",
            callback=each(title),
            help="accept associations from this calling AE title; may be repeated (default: from all)",
        ),
    ] = None
    allow_address: Annotated[
        list[str] | None,
        setting(
            "--allow-address",
            metavar="ADDRESS",
            callback=each(network),
            help="accept associations from this IP address or network, such as 10.1.0.0/16; may be "
            "repeated (default: from all)",
        ),
    ] = None
    allow_read: Annotated[
        list[str] | None,
        setting(
            "--allow-read",
            metavar="AETITLE",
            callback=each(title),
            help="let this calling AE title query and retrieve; may be repeated (default: all)",
        ),
    ] = None
    allow_write: Annotated[
        list[str] | None,
        setting(
            "--allow-write",
            metavar="AETITLE",
            callback=each(title),
            help="let this calling AE title store; may be repeated (default: all)",
        ),
    ] = None
    users: Annotated[Path | None, setting("--users", metavar="FILE", help=USERS_HELP)] = None
    allow_anonymous: Annotated[bool, flag("--allow-anonymous", help=ANONYMOUS_HELP)] = False
    max_associations_per_address: Annotated[
        int | None, setting("--max-associations-per-address", metavar="N", min=1, help=PER_ADDRESS_HELP)
    ] = None
    request_timeout: Annotated[
        Seconds | None,
        setting(
            "--request-timeout",
            metavar="SECONDS",
            min=0,
            help="most time that a request may take to arrive, however large (default: 0, which is for ever)",
        ),
    ] = None
    max_object_size: Annotated[
        int | None,
        setting(
            "--max-object-size",
            metavar="SIZE",
            parser=byte_size,
            help="refuse objects whose dataset is larger, such as 500M or 4G; 0 for no limit (default: 0)",
        ),
    ] = None
