"""The commands as argparse parsers, for the tools that write completions and man pages from such."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from typing import Any

from dcmtools.cli.app import COMMANDS, build, load
from dcmtools.cli.completion_values import KEYS, PEERS
from dcmtools.errors import InputError

PROGRAM = "dcmtools"

_ARGUMENTS = "Arguments"
_OWN_OPTIONS = "Options"  # where Typer shows an option that has no heading
# What completes a value, in shtab's words, by the metavar.
_VALUES: dict[str, Any] = {
    "FILE": "file",
    "PATH": "file",
    "DIRECTORY": "directory",
    "ADDR": PEERS,
    "PEER": PEERS,
    "KEY[=VALUE]": KEYS,
    "KEY,...": KEYS,
    "[-]KEY": KEYS,
    "WHAT": KEYS,
}


def mirror(name: str, parser: ArgumentParser) -> ArgumentParser:
    """Give `parser` the parameters of the command `name` ("": of the app itself), and return it.

    Each heading of the help becomes an argument group of the same title: "Arguments" first, then
    "Options" (those of this command alone), then the others in the order of the help.
    """
    groups = {title: parser.add_argument_group(title) for title in (_ARGUMENTS, _OWN_OPTIONS)}
    actions: dict[str, Any] = {}
    for parameter in parameters(name):
        title = _ARGUMENTS if is_argument(parameter) else parameter.rich_help_panel or _OWN_OPTIONS
        if title not in groups:
            groups[title] = parser.add_argument_group(title)
        if is_argument(parameter):
            names, settings = [parameter.name], _argument(parameter)
        else:
            names, settings = spellings(parameter), _option(parameter)
        action: Any = groups[title].add_argument(*names, **settings)
        if action.metavar in _VALUES and not action.choices:
            action.complete = _VALUES[action.metavar]
        actions[parameter.name] = action
    if actions.keys() >= {"addr", "path"}:  # PORT falls away after the name of a peer
        actions["port"].complete = actions["path"].complete
    return parser


def mirror_all() -> ArgumentParser:
    """Return the app as a parser with a subparser for each command."""
    parser = mirror("", ArgumentParser(PROGRAM, add_help=False))
    commands = parser.add_subparsers()
    for name, summary in COMMANDS.items():
        mirror(name, commands.add_parser(name, help=summary, add_help=False))
    return parser


def parameters(name: str) -> list[Any]:
    """Return the Typer parameters of the command `name` ("": of the app itself), ``--help`` included."""
    command = load(name) if name else build()
    found: list[Any] = command.get_params(command.make_context(name or PROGRAM, [], resilient_parsing=True))
    return [parameter for parameter in found if not parameter.hidden]


def is_argument(parameter: Any) -> bool:
    """Whether a Typer parameter has a place and no name on the command line."""
    return bool(parameter.param_type_name == "argument")


def spellings(option: Any) -> list[str]:
    """Return the spellings of a Typer option, the short ones first: Typer's own order is not stable."""
    return sorted(option.opts, key=lambda spelling: (spelling.startswith("--"), spelling))


def choices(parameter: Any) -> list[str]:
    """Return the values that a Typer parameter takes, if they can be counted."""
    kind = parameter.type_descriptor.annotation
    return [_text(choice) for choice in kind] if isinstance(kind, type) and issubclass(kind, Enum) else []


def description(name: str) -> str:
    """Return the help text of the command `name` ("": of the app itself)."""
    return (load(name) if name else build()).help or ""


def environment(name: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each environment variable of the command `name` and the spellings of the option that it sets."""
    for parameter in parameters(name):
        if parameter.envvar:
            yield parameter.envvar, spellings(parameter)


def writer(module: str) -> Any:
    """Import a module that only writing completions and man pages needs; raises InputError without it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as exc:
        name = (exc.name or module).partition(".")[0]
        hint = "pip install 'dcmtools[test]'"
        raise InputError(f"the Python module '{name}' is not installed", hint=hint) from None


def _argument(parameter: Any) -> dict[str, Any]:
    settings = {"metavar": parameter.metavar.removesuffix("..."), "help": _literal(parameter.help)}
    return settings if parameter.nargs == 1 else settings | {"nargs": "+" if parameter.required else "*"}


def _option(parameter: Any) -> dict[str, Any]:
    if parameter.name in {"help", "version"}:
        return {"action": parameter.name, "help": _literal(parameter.help)}
    if parameter.is_flag:
        return {"action": "store_true", "help": _literal(parameter.help)}
    default = parameter.default if parameter.show_default else None
    return {
        "action": "append" if parameter.multiple else "store",
        "metavar": parameter.metavar,
        "choices": choices(parameter) or None,
        "help": _literal(parameter.help + (f" (default: {_text(default)})" if default is not None else "")),
    }


def _text(value: object) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _literal(text: str) -> str:
    # argparse reads '%' in help texts as the start of a format
    return text.replace("%", "%%")
