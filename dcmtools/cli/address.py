"""A peer in one word: ``[AETITLE@]HOST:PORT``."""

from __future__ import annotations

import re
from typing import NamedTuple

from dcmtools.dicom.text import brief_text

_parts = re.compile(
    r"(?:(?P<title>.*)@)?(?:\[(?P<literal>[^\[\]@]+)\]|(?P<host>[^:@\[\]]+)):(?P<port>[0-9]+)", re.DOTALL
).fullmatch


class Address(NamedTuple):
    """Where a peer is, and its AE title if it was named."""

    host: str
    port: int
    called_aet: str | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        where = f"{host}:{self.port}"
        return where if self.called_aet is None else f"{self.called_aet}@{where}"


def read_address(text: str) -> Address | None:
    """Read ``[AETITLE@]HOST:PORT``, an IPv6 address in brackets; None if `text` has not that form.

    What has an ``@`` was meant so. Raises ValueError, whose text says what is wrong.
    """
    match = _parts(text)
    if match is None:
        if "@" in text:
            raise ValueError(f"'{brief_text(text)}' is not AETITLE@HOST:PORT, such as PACS@192.0.2.7:11112")
        return None
    port = match["port"]
    if len(port) > 5 or not 1 <= int(port) <= 65535:
        raise ValueError(f"'{brief_text(text)}': the port is not in the range 1 to 65535")
    host = match["literal"] or match["host"]
    if host.startswith("-") or host != host.strip():
        raise ValueError(f"'{brief_text(text)}': there is no host of that name")
    if match["title"] is None:
        return Address(host, int(port))
    from typer import BadParameter  # noqa: PLC0415 - without a title nothing of Typer is needed

    from dcmtools.cli.options import ae_title  # noqa: PLC0415

    try:
        return Address(host, int(port), ae_title(match["title"]))
    except BadParameter as exc:
        raise ValueError(f"'{brief_text(text)}': {exc.message}") from None
