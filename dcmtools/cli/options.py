"""The options that commands share: the only place where they are spelled."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from typer import Argument, BadParameter, Option

from dcmtools.cli.option_group import OptionGroup, exclude
from dcmtools.cli.run_options import RunOptions
from dcmtools.cli.version import VersionFlag
from dcmtools.dicom.text import safe_text


def flag(*spellings: str, help: str) -> object:  # noqa: A002 - Typer's own word
    """A switch; without a metavar of its own Typer's help would show ``<bool>``."""
    return Option(*spellings, help=help, metavar="", show_default=False)


def ae_title(value: str | None) -> str | None:
    """Check an AE title: 1-16 characters, no backslash or control characters (PS3.5 section 6.2)."""
    if value is None:
        return None
    title = value.strip(" ")
    if not title:
        raise BadParameter("an AE title has at least one character that is not a space")
    if len(title) > 16:
        raise BadParameter(f"AE title '{safe_text(title)}' has {len(title)} characters, the most is 16")
    if not title.isascii() or not title.isprintable() or "\\" in title:
        raise BadParameter(
            f"AE title '{safe_text(title)}': only ASCII letters, digits and signs, no backslash or control"
        )
    return title


_is_size = re.compile("([0-9]{1,15})([KMGT]?)", re.IGNORECASE).fullmatch

LARGEST_LENGTH = 0xFFFFFFFF
"""The largest maximum PDU length that an association can announce (PS3.8 section D.1)."""


def maximum_length(value: int | None) -> int | None:
    """Check a maximum PDU length in bytes: unlimited, or with room for data."""
    if value is not None and 0 < value < 8:
        raise BadParameter("the maximum PDU length is 0 (unlimited) or at least 8")
    return value


def byte_size(text: str) -> int:
    """Read a number of bytes such as ``500M``: K, M, G and T stand for powers of 1024."""
    match = _is_size(text.strip())
    if match is None:
        raise BadParameter(f"'{safe_text(text)}' is no number of bytes such as 500000, 500M or 20G")
    return int(match[1]) << 10 * " KMGT".index(match[2].upper() or " ")


def no_limit(seconds: float) -> float | None:
    """Return a time-out, None where it is 0 or so long that it could never pass."""
    return seconds if 0 < seconds < _FOR_EVER else None


Address = Annotated[
    str,
    Argument(
        metavar="ADDR",
        help="host or IP address of the peer; without PORT: AETITLE@HOST:PORT, HOST:PORT or a named peer",
        show_default=False,
    ),
]
PeerPort = Annotated[
    int, Argument(metavar="PORT", min=1, max=65535, help="TCP port of the peer", show_default=False)
]
ListenPort = Annotated[
    int,
    Argument(
        metavar="PORT",
        min=0,
        max=65535,
        help="TCP port to listen on, 0 for any that is free",
        show_default=False,
    ),
]


LARGE_PDU = 131072
"""What receivers of objects take by default, in bytes: a header for each 16 KiB would cost a tenth more."""

_LEVEL_VARIABLE = "DCMTOOLS_LOG_LEVEL"
_FOR_EVER = 1e6  # seconds


class LogLevel(StrEnum):
    """What ``-ll`` takes: the words of pynetdicom's apps and of their documents."""

    CRITICAL = "critical"
    FATAL = "fatal"
    ERROR = "error"
    WARN = "warn"
    WARNING = "warning"
    INFO = "info"
    DEBUG = "debug"
    TRACE = "trace"


@dataclass(frozen=True, kw_only=True)
class GeneralOptions(OptionGroup):
    """What is logged on stderr; `default_level` holds when nothing is asked for."""

    heading = "General Options"
    default_level: LogLevel = LogLevel.ERROR
    version: VersionFlag = False
    quiet: Annotated[bool, flag("-q", "--quiet", help="log nothing, not even errors")] = False
    verbose: Annotated[bool, flag("-v", "--verbose", help="log what is done")] = False
    debug: Annotated[
        bool, flag("-d", "--debug", help="log what was proposed, accepted, sent and answered")
    ] = False
    json: Annotated[
        bool,
        flag(
            "--json", help="write what happens to standard output, one JSON object a line, and nothing else"
        ),
    ] = False
    no_phi: Annotated[
        bool,
        Option(
            "--no-phi",
            metavar="",
            envvar="DCMTOOLS_NO_PHI",
            help="log nothing that leads to a patient: values, instance UIDs, file names, what peers say in "
            "their own words",
            show_default=False,
        ),
    ] = False
    log_level: Annotated[
        LogLevel | None,
        Option(
            "-ll",
            "--log-level",
            metavar="LEVEL",
            envvar=_LEVEL_VARIABLE,
            help="log this level and above: critical (fatal), error, warn (warning), info or debug (trace)",
            show_default=False,
        ),
    ] = None

    def check(self) -> None:
        """Refuse what excludes each other."""
        exclude(self, quiet="-q/--quiet", verbose="-v/--verbose", debug="-d/--debug")

    @property
    def is_verbose(self) -> bool:
        """Whether log lines on what is done were asked for."""
        levels = (LogLevel.INFO, LogLevel.DEBUG, LogLevel.TRACE)
        return self.verbose or self.debug or self.log_level in levels

    @property
    def level(self) -> LogLevel:
        """The level that the options ask for: what was typed goes before the environment.

        With ``--json`` no log lines are shown for want of other output.
        """
        shortcut = LogLevel.DEBUG if self.debug else LogLevel.INFO if self.verbose else None
        if shortcut is not None and self.log_level in (None, os.environ.get(_LEVEL_VARIABLE)):
            return shortcut
        return self.log_level or (LogLevel.ERROR if self.json else self.default_level)


Seconds = float


@dataclass(frozen=True, kw_only=True)
class TimeoutOptions(OptionGroup):
    """How long to wait, in seconds; 0 is for ever."""

    heading = "Network Options"
    acse_timeout: Annotated[
        Seconds,
        Option("-ta", "--acse-timeout", metavar="SECONDS", min=0, help="time-out for association messages"),
    ] = 30.0
    dimse_timeout: Annotated[
        Seconds,
        Option("-td", "--dimse-timeout", metavar="SECONDS", min=0, help="time-out for DIMSE messages"),
    ] = 30.0
    network_timeout: Annotated[
        Seconds,
        Option("-tn", "--network-timeout", metavar="SECONDS", min=0, help="time-out for a silent network"),
    ] = 30.0
    max_pdu: Annotated[
        int,
        Option(
            "-pdu",
            "--max-pdu",
            metavar="BYTES",
            min=0,
            max=LARGEST_LENGTH,
            callback=maximum_length,
            help="largest PDU to receive, 0 for no limit",
        ),
    ] = 16382


@dataclass(frozen=True, kw_only=True)
class PeerOptions(RunOptions, TimeoutOptions):
    """How an SCU reaches its peer."""

    calling_aet: Annotated[
        str,
        Option(
            "-aet",
            "--calling-aet",
            metavar="AETITLE",
            envvar="DCMTOOLS_AET",
            show_envvar=True,
            callback=ae_title,
            help="set my calling AE title",
        ),
    ] = "DCMTOOLS"
    called_aet: Annotated[
        str,
        Option(
            "-aec",
            "--called-aet",
            metavar="AETITLE",
            envvar="DCMTOOLS_CALLED_AET",
            show_envvar=True,
            callback=ae_title,
            help="set the called AE title of the peer",
        ),
    ] = "ANY-SCP"
    connect_timeout: Annotated[
        Seconds,
        Option("-to", "--connect-timeout", metavar="SECONDS", min=0, help="time-out for the connection"),
    ] = 30.0


@dataclass(frozen=True, kw_only=True)
class ServerOptions(TimeoutOptions):
    """How an SCP listens."""

    ae_title: Annotated[
        str, Option("-aet", "--ae-title", metavar="AETITLE", callback=ae_title, help="set my AE title")
    ] = "DCMTOOLS"
    bind_address: Annotated[
        str,
        Option(
            "-ba",
            "--bind-address",
            metavar="ADDRESS",
            help="listen on this address only (default: on all)",
            show_default=False,
        ),
    ] = ""
    max_associations: Annotated[
        int,
        Option("--max-associations", metavar="N", min=1, help="most associations to serve at the same time"),
    ] = 100


@dataclass(frozen=True, kw_only=True)
class RequestedSyntaxOptions(OptionGroup):
    """Which uncompressed transfer syntax an SCU proposes; by default all of them."""

    heading = "Transfer Syntax Options"
    request_little: Annotated[
        bool, flag("-xe", "--request-little", help="propose explicit VR little endian only")
    ] = False
    request_big: Annotated[bool, flag("-xb", "--request-big", help="propose explicit VR big endian only")] = (
        False
    )
    request_implicit: Annotated[
        bool, flag("-xi", "--request-implicit", help="propose implicit VR little endian only")
    ] = False

    def check(self) -> None:
        """Refuse what excludes each other."""
        exclude(
            self,
            request_little="-xe/--request-little",
            request_big="-xb/--request-big",
            request_implicit="-xi/--request-implicit",
        )


@dataclass(frozen=True, kw_only=True)
class PreferredSyntaxOptions(OptionGroup):
    """Which transfer syntax an SCP accepts first where the peer proposes several."""

    heading = "Preferred Transfer Syntaxes"
    prefer_uncompr: Annotated[
        bool, flag("-x=", "--prefer-uncompr", help="prefer explicit VR, implicit VR last")
    ] = False
    prefer_little: Annotated[
        bool, flag("-xe", "--prefer-little", help="prefer explicit VR little endian")
    ] = False
    prefer_big: Annotated[bool, flag("-xb", "--prefer-big", help="prefer explicit VR big endian")] = False
    implicit: Annotated[bool, flag("-xi", "--implicit", help="accept implicit VR little endian only")] = False
    prefer_proposed: Annotated[
        bool, flag("--prefer-proposed", help="prefer what the peer proposes first, compressed or not")
    ] = False

    def check(self) -> None:
        """Refuse what excludes each other."""
        exclude(
            self,
            prefer_uncompr="-x=/--prefer-uncompr",
            prefer_little="-xe/--prefer-little",
            prefer_big="-xb/--prefer-big",
            implicit="-xi/--implicit",
            prefer_proposed="--prefer-proposed",
        )
