"""The command table, and the one place where errors become exit statuses."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from typer import Typer, TyperException
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from dcmtools.cli import run_end
from dcmtools.cli.arguments import Scanned, scan
from dcmtools.cli.option_group import UsageError, flatten
from dcmtools.cli.plain_values import read_plain_values
from dcmtools.cli.spelling import AmbiguousOptionError, respell
from dcmtools.cli.termination import TerminatedError, terminated_in_order
from dcmtools.cli.version import VersionFlag
from dcmtools.errors import DcmtoolsError, ExitCode

COMMANDS = {
    "echoscu": "verify the link to a peer with C-ECHO",
    "echoscp": "answer C-ECHO requests",
    "storescu": "send DICOM files to a peer with C-STORE",
    "storescp": "receive SOP Instances and store them as DICOM files",
    "findscu": "query a peer with C-FIND",
    "getscu": "retrieve SOP Instances over the same association with C-GET",
    "movescu": "ask a peer to send SOP Instances to a destination with C-MOVE",
    "qrscp": "keep SOP Instances, and answer queries and retrievals of them",
    "explain": "tell what a status, UID, data element or keyword is",
    "users": "add, change, remove and list the users whom an SCP with --users lets in",
    "peers": "list the named peers, and see whether they answer",
    "demo": "store sample files in an archive, find them, get them back and check each byte",
}

EXIT_STATUS = (
    "Exit status: 0 all that was asked was done; 1 nothing was done; 2 wrong usage; "
    "3 done in part; 130 interrupted; 143 terminated."
)

_SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Command(TyperCommand):
    """A command that also reads the spellings that argparse takes."""

    def get_help_option(self, ctx: Any) -> Any:
        """Return the help option, shown as all the others."""
        return _as_others(super().get_help_option(ctx))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Show the help, its texts as they are: Rich would take brackets in them for its markup."""
        from rich.markup import escape  # noqa: PLC0415 - the help is shown with Rich in any case

        parameters: list[Any] = self.get_params(ctx)
        for parameter in parameters:
            parameter.help = escape(parameter.help or "")
        super().format_help(ctx, formatter)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments of the command; raises `UsageError` for an ambiguous abbreviation."""
        takes_value = {
            spelling: not getattr(parameter, "is_flag", False)
            for parameter in self.get_params(ctx)
            if parameter.param_type_name == "option"
            for spelling in parameter.opts
        }
        try:
            args = respell(args, takes_value)
        except AmbiguousOptionError as exc:
            raise UsageError(str(exc), ctx) from None
        if any(parameter.name == "addr" for parameter in self.params) and not ctx.resilient_parsing:
            scanned = scan(args, takes_value)
            if scanned.names_peer_in_one_word:
                args = _located(scanned, ctx)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command; a `UsageError` gets to know which one it is about."""
        gc.freeze()  # what has been imported stays
        gc.enable()
        seconds = ctx.params.get("time_limit")
        try:
            with terminated_in_order():
                return _limited(seconds, super().invoke, ctx) if seconds else super().invoke(ctx)
        except TerminatedError:
            return ExitCode.TERMINATED
        except UsageError as exc:
            exc.ctx = ctx
            raise


def _limited(seconds: float, invoke: Callable[[Any], Any], ctx: Any) -> Any:
    """Run a command for so long at most."""
    from dcmtools.cli.time_limit import limited  # noqa: PLC0415 - not needed to show the help

    return limited(seconds, lambda: invoke(ctx))


def _located(scanned: Scanned, ctx: Any) -> list[str]:
    """Put ADDR and PORT in the place of a peer in one word."""
    from dcmtools.cli.locating import locate  # noqa: PLC0415 - ADDR and PORT need none of it

    try:
        return locate(scanned, ctx)
    except DcmtoolsError:  # about a configuration file, before the command could say where log lines go
        from dcmtools.cli.logs import set_up  # noqa: PLC0415 - the command has loaded it already
        from dcmtools.cli.options import GeneralOptions  # noqa: PLC0415

        is_quiet = "-q" in scanned.given or "--quiet" in scanned.given
        set_up(GeneralOptions(quiet=is_quiet, json="--json" in scanned.given), ctx.info_name)
        raise


class Group(TyperGroup):
    """The group of all commands."""

    def get_help_option(self, ctx: Any) -> Any:
        """Return the help option, shown as all the others."""
        return _as_others(super().get_help_option(ctx))


def _as_others(option: Any) -> Any:
    option.metavar, option.help = "", "show this help and exit"
    option.rich_help_panel = "General Options"
    read_plain_values(option)
    return option


class LazyCommand(TyperCommand):
    """Stands for a command of the table until it is run: only then is its module imported."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Load the command and let it read its arguments."""
        return load(self.name or "").make_context(info_name, args, parent=parent, **extra)


def load(name: str) -> TyperCommand:
    """Import ``dcmtools.commands.NAME`` and return its function of the same name as a command."""
    function = getattr(import_module(f"dcmtools.commands.{name}"), name)
    app = Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command(name, cls=Command, epilog=EXIT_STATUS, context_settings=_SETTINGS)(flatten(function))
    command = _quick(get_command(app))
    assert isinstance(command, TyperCommand)
    return command


def _quick(command: Any) -> Any:
    for parameter in command.params:
        read_plain_values(parameter)
    return command


def build() -> TyperGroup:
    """Return the app: a group of all commands of the table, none of them loaded."""
    typer = Typer(cls=Group, add_completion=False, no_args_is_help=True)

    @typer.callback(context_settings=_SETTINGS, epilog=EXIT_STATUS)
    def dcmtools(version: VersionFlag = False) -> None:
        """DICOM network tools: echo, store, find, get and move, as SCU and as SCP."""

    group = _quick(get_command(typer))
    assert isinstance(group, TyperGroup)
    for name, summary in COMMANDS.items():
        group.add_command(LazyCommand(name, help=summary, add_help_option=False))
    return group


def main(arguments: Sequence[str] | None = None) -> None:
    """Run dcmtools with `arguments` (default: of the process) and exit with its status."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run dcmtools with `arguments` and return the exit status (`ExitCode`)."""
    run_end.forget()
    try:
        status = int(
            build().main(list(arguments), prog_name="dcmtools", standalone_mode=False) or ExitCode.OK
        )
    except TyperException as exc:
        status = _wrong_usage(exc, as_json="--json" in arguments)
    except DcmtoolsError as exc:
        import logging  # noqa: PLC0415 - not needed to show the help

        logging.getLogger("dcmtools").error("%s", exc, exc_info=exc)
        status = int(exc.exit_code)
    run_end.end(status)
    return status


def _wrong_usage(exc: TyperException, *, as_json: bool) -> int:
    context = getattr(exc, "ctx", None)
    command = context.command_path if context is not None else "dcmtools"
    message = exc.format_message() or "missing command"
    status = int(exc.exit_code)
    print(f"{command}: error: {message} (see '{command} --help')", file=sys.stderr)  # noqa: T201
    if as_json:
        from dcmtools.cli.json_lines import report_wrong_usage  # noqa: PLC0415 - only when asked for

        report_wrong_usage(command.removeprefix("dcmtools").strip(), message, status)
    return status
