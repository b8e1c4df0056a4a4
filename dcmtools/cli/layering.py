"""Which options of a profile hold beside those that go before them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_IDENTITIES = frozenset(("user", "kerberos_file", "saml_file", "jwt_file"))

RIVALS: tuple[frozenset[str], ...] = (
    frozenset(("quiet", "verbose", "debug", "log_level")),
    frozenset(("request_little", "request_big", "request_implicit")),
    frozenset(("patient", "study", "psonly", "worklist", "ups")),
    _IDENTITIES,
)
"""Options of which one at most holds: the others yield to the one that goes before them."""


def layered(layers: Iterable[Mapping[str, Any]], given: Iterable[str]) -> dict[str, Any]:
    """Return the options of `layers`, the first of which goes before the others.

    What is `given` on the command line or in the environment goes before all of them, and neither it
    nor what excludes it is in the result. Nor are options without the one that gives them a meaning:
    ``tls_ca`` may be there for all peers, of which some have no TLS.
    """
    before = set(given)
    taken = before | _rivals(before)
    merged: dict[str, Any] = {}
    for layer in layers:
        new = {key: value for key, value in layer.items() if key not in taken}
        merged |= new
        taken |= new.keys() | _rivals(key for key, value in new.items() if value is not False)
    holds = before | {key for key, value in merged.items() if value is not False}
    return {key: value for key, value in merged.items() if _has_meaning(key, holds)}


def _rivals(keys: Iterable[str]) -> set[str]:
    held = set(keys)
    return {key for group in RIVALS if group & held for key in group}


def _has_meaning(key: str, holds: set[str]) -> bool:
    if key.startswith("tls_"):
        return "tls" in holds
    if key == "password_file":
        return "user" in holds
    if key == "positive_response":
        return bool(_IDENTITIES & holds)
    return True
