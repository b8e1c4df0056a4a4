"""The options that say whom an SCP serves, and how much of it one peer may take."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated

from typer import BadParameter, Option

from dcmtools.cli.option_group import OptionGroup, UsageError
from dcmtools.cli.options import Seconds, ae_title, flag, no_limit
from dcmtools.errors import InputError
from dcmtools.net.access import Access, parse_networks
from dcmtools.net.server import ServerSettings
from dcmtools.net.users import UserFile

USERS_HELP = (
    "accept associations only from users in this file, which 'dcmtools users' writes, with their "
    "passwords (default: from all)"
)
ANONYMOUS_HELP = "with --users: accept associations without a user name, or with a ticket or token, unchecked"
PER_ADDRESS_HELP = "most associations of one IP address at the same time (default: as many as of all)"


def _titles(values: list[str] | None) -> list[str] | None:
    return values and [ae_title(value) or "" for value in values]


def _addresses(values: list[str] | None) -> list[str] | None:
    try:
        parse_networks(values or ())
    except InputError as exc:
        raise BadParameter(str(exc)) from None
    return values


@dataclass(frozen=True, kw_only=True)
class RestrictingOptions(OptionGroup):
    """What every SCP can ask of those who associate; by default nothing."""

    heading = "Access Options"
    allow_calling: Annotated[
        list[str] | None,
        Option(
            "--allow-calling",
            metavar="AETITLE",
            callback=_titles,
            help="accept associations from this calling AE title; may be repeated (default: from all)",
            show_default=False,
        ),
    ] = None
    allow_address: Annotated[
        list[str] | None,
        Option(
            "--allow-address",
            metavar="ADDRESS",
            callback=_addresses,
            help="accept associations from this IP address or network, such as 10.1.0.0/16; may be "
            "repeated (default: from all)",
            show_default=False,
        ),
    ] = None
    users: Annotated[Path | None, Option("--users", metavar="FILE", help=USERS_HELP, show_default=False)] = (
        None
    )
    allow_anonymous: Annotated[bool, flag("--allow-anonymous", help=ANONYMOUS_HELP)] = False
    max_associations_per_address: Annotated[
        int | None,
        Option(
            "--max-associations-per-address", metavar="N", min=1, help=PER_ADDRESS_HELP, show_default=False
        ),
    ] = None
    request_timeout: Annotated[
        Seconds,
        Option(
            "--request-timeout",
            metavar="SECONDS",
            min=0,
            help="most time that a request may take to arrive, however large; 0 is for ever",
        ),
    ] = 0.0

    def check(self) -> None:
        """Refuse what means nothing alone."""
        if self.allow_anonymous and self.users is None:
            raise UsageError("argument --allow-anonymous: only with --users")

    @property
    def is_called_by_title(self) -> bool:
        """Whether only those are served who call the SCP by its own AE title."""
        return False

    def restrict(self, settings: ServerSettings) -> ServerSettings:
        """Return `settings` for those only that these options let in; raises UserFileError."""
        access = Access(
            calling_aets=frozenset(self.allow_calling or ()),
            networks=parse_networks(self.allow_address or ()),
            called_aet=settings.ae_title if self.is_called_by_title else None,
            users=UserFile(self.users) if self.users is not None else None,
            anonymous=self.allow_anonymous,
        )
        return replace(
            settings,
            access=access,
            max_per_address=self.max_associations_per_address,
            request_timeout=no_limit(self.request_timeout),
        )


@dataclass(frozen=True, kw_only=True)
class AccessOptions(RestrictingOptions):
    """Whom an SCP serves."""

    require_called: Annotated[
        bool, flag("--require-called", help="reject who calls me by another AE title than mine")
    ] = False

    @property
    def is_called_by_title(self) -> bool:
        """Whether only those are served who call the SCP by its own AE title."""
        return self.require_called


@dataclass(frozen=True, kw_only=True)
class StoreAccessOptions(RestrictingOptions):
    """Whom the Storage SCP of movescu serves: it always has to be called by its own AE title."""

    heading = "Storage SCP Options"
    max_associations: Annotated[
        int,
        Option("--max-associations", metavar="N", min=1, help="most associations to serve at the same time"),
    ] = 100

    def check_unused(self) -> None:
        """Refuse these options where there is no Storage SCP."""
        for field in fields(self):
            if getattr(self, field.name) != field.default:
                raise UsageError(f"argument --{field.name.replace('_', '-')}: only with --store")

    @property
    def is_called_by_title(self) -> bool:
        """Whether only those are served who call the SCP by its own AE title."""
        return True
