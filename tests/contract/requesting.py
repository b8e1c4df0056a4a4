"""What an SCU is about to request, caught where pynetdicom's app and our command both pass by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NoReturn
from unittest import mock

from pynetdicom.ae import ApplicationEntity
from pynetdicom.pdu_primitives import SCP_SCU_RoleSelectionNegotiation, SOPClassExtendedNegotiation

from dcmtools.cli.app import run


@dataclass(frozen=True)
class Request:
    """An association request."""

    titles: tuple[str, str]
    timeouts: tuple[float | None, float | None, float | None]
    max_pdu: int
    contexts: tuple[tuple[str, tuple[str, ...]], ...]
    extended: dict[str, bytes]
    roles: dict[str, tuple[bool, bool]]

    def syntaxes(self, sop_class: str) -> list[tuple[str, ...]]:
        """The transfer syntaxes of each context of `sop_class`."""
        return [syntaxes for uid, syntaxes in self.contexts if uid == sop_class]


class _RequestedError(Exception):
    """Stops a client where it would open the connection."""

    def __init__(self, request: Request) -> None:
        super().__init__()
        self.request = request


def their_request(app: str, arguments: Sequence[str]) -> Request:
    """What pynetdicom's `app` would request."""
    main = import_module(f"pynetdicom.apps.{app}.{app}").main
    return _caught(lambda: main(["-q", *arguments]))


def our_request(app: str, arguments: Sequence[str]) -> Request:
    """What our command would request."""
    return _caught(lambda: run([app, "-q", *arguments]))


def _caught(client: Any) -> Request:
    with mock.patch.object(ApplicationEntity, "associate", _associate):
        try:
            client()
        except _RequestedError as exc:
            return exc.request
    raise AssertionError("no association was requested")


def _associate(entity: ApplicationEntity, *_address: object, **options: Any) -> NoReturn:
    contexts = options.get("contexts") or entity.requested_contexts
    items = options.get("ext_neg") or []
    raise _RequestedError(
        Request(
            titles=(entity.ae_title, options["ae_title"]),
            timeouts=(entity.acse_timeout, entity.dimse_timeout, entity.network_timeout),
            max_pdu=options["max_pdu"],
            contexts=tuple(
                (str(context.abstract_syntax), tuple(map(str, context.transfer_syntax)))
                for context in contexts
            ),
            extended={
                str(item.sop_class_uid): item.service_class_application_information
                for item in items
                if isinstance(item, SOPClassExtendedNegotiation)
            },
            roles={
                str(item.sop_class_uid): (bool(item.scu_role), bool(item.scp_role))
                for item in items
                if isinstance(item, SCP_SCU_RoleSelectionNegotiation)
            },
        )
    )
