"""Finding out which peer an SCU is to talk to, and with which options, before Typer reads the arguments.

Typer wants ADDR and PORT. In their place there may be one word: ``[AETITLE@]HOST:PORT``, or the name of
a peer from the configuration file, whose options become Typer's defaults.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from typer import TyperException

from dcmtools.cli.address import read_address
from dcmtools.cli.arguments import Scanned
from dcmtools.cli.layering import layered
from dcmtools.cli.option_group import UsageError
from dcmtools.cli.profiles import SCUS, Layer, Profiles, is_name, read_profiles
from dcmtools.dicom.text import brief_text
from dcmtools.errors import ConfigurationError

_NOT_IN_A_PROFILE = {"config", "help", "version"}


def locate(scanned: Scanned, context: Any) -> list[str]:
    """Return the arguments, one word for the peer replaced by ADDR and PORT.

    `context` is Typer's context of the command, which gets the defaults that a named peer has. Raises
    `UsageError` and ConfigurationError.
    """
    arguments, (first, *others), given, _ = scanned
    word = arguments[first]
    try:
        address = read_address(word)
    except ValueError as exc:
        raise UsageError(str(exc), context) from None
    if address is None:
        profiles = read_profiles(_configuration(given))
        if word not in profiles.names:
            raise UsageError(_no_peer(word, profiles, has_more=bool(others)), context)
        address = profiles.address(word)
        context.default_map = _Options(context).defaults(profiles, word, given)
    title = []
    if address.called_aet is not None:
        if "--called-aet" in given or "-aec" in given:
            raise UsageError(f"argument -aec/--called-aet: not allowed with '{address}'", context)
        title = ["--called-aet", address.called_aet]
    return [*title, *arguments[:first], address.host, str(address.port), *arguments[first + 1 :]]


def check_profile(profiles: Profiles, name: str, context: Any) -> None:
    """Raise ConfigurationError for an option of the peer that the command of `context` does not take."""
    _Options(context).defaults(profiles, name, {})


def _configuration(given: Mapping[str, str]) -> Path | None:
    return Path(given["--config"]) if "--config" in given else None


def _no_peer(word: str, profiles: Profiles, *, has_more: bool) -> str:
    if is_name(word):
        return f"{profiles.no_peer(word)}, and no port follows"
    shown = brief_text(word)
    return f"what follows '{shown}' is no port" if has_more else f"no port follows '{shown}'"


class _Options:
    """The options of a command, as arguments and as keys of a profile."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._command: str = context.command.name or ""
        self._parameters = [
            parameter
            for parameter in context.command.get_params(context)
            if parameter.param_type_name == "option"
        ]
        self._by_key = {key: parameter for parameter in self._parameters for key in _keys(parameter)}

    def defaults(self, profiles: Profiles, name: str, given: Collection[str]) -> dict[str, Any]:
        """Return the values of the options that a peer has, by the names of Typer's parameters."""
        layers = profiles.layers(name, self._command)
        names = _common_names()
        common = {key for key, parameter in self._by_key.items() if parameter.name in names}
        tables: dict[str, Layer] = {}
        for layer in reversed(layers):
            known = set(self._by_key) if layer.command else common
            for key, value in layer.values.items():
                if key not in known:
                    raise self._unknown(profiles, layer, key, known)
                self._checked(profiles, layer, key, value)
                tables[key] = layer
        merged = layered((layer.values for layer in layers), self._keys_given(given))
        return {
            self._by_key[key].name: self._checked(profiles, tables[key], key, value)
            for key, value in merged.items()
        }

    def _unknown(
        self, profiles: Profiles, layer: Layer, key: str, known: Iterable[str]
    ) -> ConfigurationError:
        if key in self._by_key:
            table = f"{layer.table}.{self._command}"
            return profiles.wrong(key, layer.table, "not every command has it", hint=f"move it to [{table}]")
        return profiles.unknown(key, layer.table, [*known, *(() if layer.command else SCUS)])

    def _keys_given(self, given: Collection[str]) -> set[str]:
        """Return the keys of the options that the command line or the environment gives."""
        return {
            key
            for key, parameter in self._by_key.items()
            if any(spelling in given for spelling in parameter.opts)
            or parameter.resolve_envvar_value(self._context) is not None
        }

    def _checked(self, profiles: Profiles, layer: Layer, key: str, value: object) -> Any:
        """Return a value as Typer takes it, once it has found nothing wrong with it."""
        parameter = self._by_key[key]
        try:
            typed = _as_argument(parameter, value, profiles.path.parent)
            parameter.process_value(self._context, typed)
        except ValueError as exc:
            raise profiles.wrong(key, layer.table, str(exc)) from None
        except TyperException as exc:
            raise profiles.wrong(key, layer.table, str(getattr(exc, "message", exc))) from None
        return typed


def _as_argument(parameter: Any, value: object, folder: Path) -> Any:
    """Return a value of a TOML file as Typer takes it from a command line; raises ValueError."""
    if parameter.is_flag:
        if not isinstance(value, bool):
            raise ValueError("is neither true nor false")
        return value
    if parameter.multiple:
        return [_text(each) for each in (value if isinstance(value, list) else [value])]
    text = _text(value)
    kind = parameter.type_descriptor.annotation
    return str(folder / _at_home(text)) if kind is Path else text


def _at_home(path: str) -> Path:
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise ValueError("there is no home folder") from None


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("is neither text nor a number")
    return str(value)


def _keys(parameter: Any) -> set[str]:
    """Return the keys that stand for an option in a profile: its long names, with underscores."""
    long_names = {spelling[2:].replace("-", "_") for spelling in parameter.opts if spelling.startswith("--")}
    return long_names - _NOT_IN_A_PROFILE


def _common_names() -> set[str]:
    """Return the names of the parameters that all SCUs have."""
    from dcmtools.cli.identity import IdentityOptions  # noqa: PLC0415 - only a named peer needs them
    from dcmtools.cli.options import GeneralOptions, PeerOptions  # noqa: PLC0415
    from dcmtools.cli.tls import PeerTlsOptions  # noqa: PLC0415

    groups = (PeerOptions, PeerTlsOptions, IdentityOptions, GeneralOptions)
    return {field.name for group in groups for field in dataclasses.fields(group)}
