"""``dcmtools peers``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from typer import Argument

from dcmtools.cli.address import Address
from dcmtools.cli.attempts import attempts_unlogged
from dcmtools.cli.console import Console
from dcmtools.cli.known_peers import Profile, checked, profiles_of
from dcmtools.cli.logs import set_up
from dcmtools.cli.option_group import UsageError
from dcmtools.cli.options import GeneralOptions, flag
from dcmtools.cli.profiles import Profiles, read_profiles
from dcmtools.cli.run_options import RunOptions
from dcmtools.cli.time_limit import InTime
from dcmtools.errors import ConfigurationError, ExitCode
from dcmtools.net.events import KnownPeer


def peers(
    name: Annotated[
        list[str] | None,
        Argument(metavar="PEER", help="peers to list (default: all of the file)", show_default=False),
    ] = None,
    check: Annotated[bool, flag("--check", help="ask all of them at once, each with a C-ECHO")] = False,
    names: Annotated[bool, flag("--names", help="list the names alone, for scripts and completion")] = False,
    run: RunOptions = RunOptions(),
    general: GeneralOptions = GeneralOptions(),
) -> ExitCode:
    """List the named peers, and see whether they answer.

    The name of a peer stands for ADDR and PORT on every command line. In the configuration file a peer
    has a host, a port, and options by their long names; options can be for one command only, or for all
    peers. The command line goes first, then the environment, then what is for the peer, then what is for
    all, in each case what is for the command first. Paths in the file are relative to its folder.
    """
    if names and check:
        raise UsageError("argument --names: not allowed with argument --check")
    console = Console(set_up(general, "peers"))
    profiles = read_profiles(run.config)
    chosen = _chosen(profiles, name or ())
    found = profiles_of(profiles, chosen)
    if names:
        for profile in found:
            console.show(profile.known)
        console.data(chosen)
        return ExitCode.OK
    if not check:
        _show(console, [profile.known for profile in found], found)
        return ExitCode.OK
    answering = []
    with InTime(console) as limit, attempts_unlogged():
        for event in checked(found):
            _show(console, [event], found)
            answering.append(event.is_answering)
    outcome = ExitCode.PARTIAL if any(answering) else ExitCode.FAILURE
    return limit.exit_code(ExitCode.OK if all(answering) else outcome, is_something_done=any(answering))


def _chosen(profiles: Profiles, names: Sequence[str]) -> Sequence[str]:
    """Return the names that are asked for; raises `UsageError` and ConfigurationError."""
    if not profiles.names:
        hint = "one is [peers] pacs = 'PACS@192.0.2.7:11112'"
        raise ConfigurationError(profiles.path, "there are no peers", hint=hint)
    for name in names:
        if name not in profiles.names:
            raise UsageError(f"argument PEER: {profiles.no_peer(name)}")
    return names or profiles.names


def _show(console: Console, events: Iterable[KnownPeer], profiles: Sequence[Profile]) -> None:
    """Write a line for each peer, in columns that are as wide as those of all `profiles`."""
    widths = [
        max(map(len, column)) for column in zip(*(_columns(each.known) for each in profiles), strict=True)
    ]
    for event in events:
        console.show(event)
        cells = [cell.ljust(width) for cell, width in zip(_columns(event), widths, strict=True)]
        console.data(["  ".join([*cells, _answer(event)]).rstrip()])


def _columns(event: KnownPeer) -> tuple[str, str, str]:
    address = Address(event.host, event.port, event.called_aet)
    return event.name, str(address), "TLS" if event.tls else ""


def _answer(event: KnownPeer) -> str:
    if event.is_answering is None:
        return ""
    if event.is_answering:
        return f"answered in {(event.seconds or 0) * 1000:.1f} ms"
    return f"FAILED: {event.reason}"
