"""The text of a configuration file, and what it says as TOML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dcmtools.errors import ConfigurationError


def configuration_text(path: Path) -> str:
    """Return the text of a configuration file; raises ConfigurationError."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as exc:
        reason = exc.strerror or str(exc)
        raise ConfigurationError(path, f"cannot read the configuration file: {reason}") from exc
    except UnicodeDecodeError as exc:
        raise ConfigurationError(path, f"is not UTF-8 text: byte {exc.start + 1} is wrong") from exc


def toml_tables(path: Path, text: str) -> dict[str, Any]:
    """Return what `text` of the file `path` says; raises ConfigurationError."""
    import tomllib  # noqa: PLC0415 - few runs read a file

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise ConfigurationError(path, f"is not TOML: {exc}") from exc
