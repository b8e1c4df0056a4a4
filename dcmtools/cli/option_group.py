"""The option layer: groups of options that the commands share.

An option group is a frozen dataclass whose fields are Typer options. A command takes groups
as parameters; `flatten` shows Typer each field of each group as a parameter of its own, and
the default *instance* in the command's signature gives that command's own defaults.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar, get_type_hints

from typer import TyperException
from typer.models import OptionInfo

from dcmtools.errors import ExitCode


class UsageError(TyperException):
    """The command line is wrong: exit status 2; `ctx` is Typer's context of the command."""

    exit_code = int(ExitCode.USAGE)

    def __init__(self, message: str, ctx: Any = None) -> None:
        super().__init__(message)
        self.ctx = ctx


class OptionGroup:
    """A frozen dataclass whose annotated fields are Typer options, shown under one heading.

    A field without a Typer option is not on the command line; its value is the command's own.
    """

    heading: ClassVar[str]

    def check(self) -> None:
        """Called with what the command line gave; raises `UsageError` if that does not fit together."""


Group = TypeVar("Group", bound=OptionGroup)


def flatten(command: Callable[..., ExitCode]) -> Callable[..., ExitCode]:
    """Let `command` take option groups: Typer sees each field of a group as a parameter."""
    hints, signature = get_type_hints(command, include_extras=True), inspect.signature(command)
    defaults: dict[str, OptionGroup] = {}
    flat: list[inspect.Parameter] = []
    for name, parameter in signature.parameters.items():
        if isinstance(parameter.default, OptionGroup):
            defaults[name] = parameter.default
            flat += _fields(parameter.default)
        else:
            flat.append(_parameter(name, hints[name], parameter.default))

    @functools.wraps(command)
    def wrapper(**values: Any) -> ExitCode:
        for name, default in defaults.items():
            group = gather(default, values)
            for field in _fields(default):
                del values[field.name]
            group.check()
            values[name] = group
        return command(**values)

    wrapper.__signature__ = signature.replace(parameters=flat)  # type: ignore[attr-defined]
    wrapper.__annotations__ = {parameter.name: parameter.annotation for parameter in flat}
    return wrapper


def gather(default: Group, values: Mapping[str, Any]) -> Group:
    """Return the group with its options out of `values`, and the rest as in `default`."""
    given = {field.name: values[field.name] for field in _fields(default)}
    return dataclasses.replace(default, **given)  # type: ignore[type-var]


def _fields(group: OptionGroup) -> list[inspect.Parameter]:
    """Return the options of `group` as parameters, those of its own class before inherited ones."""
    hints = get_type_hints(type(group), include_extras=True)
    names = dict.fromkeys(name for kind in type(group).__mro__ for name in inspect.get_annotations(kind))
    fields = []
    for name in names:
        info = _option_info(hints[name])
        if info is not None:
            info.rich_help_panel = group.heading
            fields.append(_parameter(name, hints[name], getattr(group, name)))
    return fields


def _option_info(annotation: Any) -> OptionInfo | None:
    metadata = getattr(annotation, "__metadata__", ())
    return next((item for item in metadata if isinstance(item, OptionInfo)), None)


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def exclude(group: OptionGroup, **spellings: str) -> None:
    """Refuse more than one of the flags that `spellings` maps to the way they are written.

    Raises `UsageError` in argparse's words.
    """
    given = [spelling for name, spelling in spellings.items() if getattr(group, name)]
    if len(given) > 1:
        raise UsageError(f"argument {given[1]}: not allowed with argument {given[0]}")
