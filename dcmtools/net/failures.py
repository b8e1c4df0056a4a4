"""Why there is no association, as an error that names the peer."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydicom.uid import UID

from dcmtools.errors import (
    AssociationAbortedError,
    AssociationError,
    AssociationRejectedError,
    AssociationTimeoutError,
    ConnectionFailedError,
    NoContextError,
    TlsFailedError,
)
from dcmtools.net.rejection import REJECTED_TRANSIENT, rejection_reason
from dcmtools.net.tls_failures import TlsHandshakeError, tls_failure

if TYPE_CHECKING:
    from pynetdicom.association import Association


_SHOWN = 3  # SOP classes that an error names
_UNREACHABLE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN)
_PDU_TYPES = range(1, 8)  # PS3.8 section 9.3.1
_TLS_RECORDS = (21, 22)  # alert and handshake (RFC 8446 section 5.1)
_PROTOCOLS = {b"HTTP": "HTTP", b"<": "HTTP", b"SSH-": "SSH", b"220": "FTP or SMTP"}


def association_failure(
    peer: str,
    association: Association,
    connection: OSError | None,
    *,
    elapsed: float,
    greeting: bytes = b"",
) -> AssociationError:
    """Return why `association` with `peer` (host:port) was not established.

    `connection` is the error of the connection, if there was one; the attempt took `elapsed` seconds;
    `greeting` are the first bytes that came from the peer.
    """
    answer = association.acceptor.primitive
    if connection is not None and answer is None:  # after an answer the connection may well be closed
        return _connection_failure(peer, connection)
    if association.is_rejected and answer is not None:
        reason, hint = rejection_reason(
            answer.result,
            answer.result_source,
            answer.diagnostic,
            calling=association.requestor.ae_title,
            called=association.acceptor.ae_title,
        )
        return AssociationRejectedError(
            peer,
            f"association rejected: {reason}",
            hint=hint,
            is_transient=answer.result == REJECTED_TRANSIENT,
        )
    if answer is not None and answer.result == 0:
        proposed: dict[str, list[str]] = {}
        for context in association.requestor.requested_contexts:
            proposed.setdefault(str(context.abstract_syntax), []).extend(map(str, context.transfer_syntax))
        return NoContextError(
            peer,
            f"the peer accepted no presentation context for {_named(list(proposed))}",
            hint="-d shows what was proposed",
            refused=proposed,
        )
    if association.acse_timeout is not None and elapsed >= association.acse_timeout:
        return AssociationTimeoutError(
            peer,
            f"no answer to the association request within {association.acse_timeout:g} s",
            hint="is it a DICOM port, and does it want TLS (--tls)? -ta sets the time-out",
        )
    if (language := _language(greeting)) is not None:
        reason, hint = language
        return AssociationAbortedError(peer, reason, hint=hint)
    if association.is_aborted:
        return AssociationAbortedError(
            peer,
            "the peer ended the connection during association negotiation",
            hint="is it a DICOM port, and does it want TLS (--tls)?",
        )
    return AssociationAbortedError(
        peer, "the peer gave an invalid answer to the association request", hint="is it a DICOM port?"
    )


def _named(uids: Sequence[str]) -> str:
    names = ", ".join(UID(uid).name for uid in uids[:_SHOWN])
    return names if len(uids) <= _SHOWN else f"{names} and {len(uids) - _SHOWN} more"


def _language(greeting: bytes) -> tuple[str, str] | None:
    """Return what a peer speaks whose first bytes are those of no PDU, and what to do; None for a PDU."""
    if not greeting or greeting[0] in _PDU_TYPES:
        return None
    if greeting[0] in _TLS_RECORDS and greeting[1:2] == b"\3":
        return "the peer speaks TLS on this port", "--tls, or another port"
    for beginning, name in _PROTOCOLS.items():
        if greeting.startswith(beginning):
            return f"the peer speaks {name} on this port, not DICOM", "DICOM has a port of its own"
    return "the peer does not speak DICOM on this port", "DICOM has a port of its own"


def _connection_failure(peer: str, failure: OSError) -> ConnectionFailedError:
    hint: str | None = None
    if isinstance(failure, TlsHandshakeError):
        reason, hint = tls_failure(failure)
        return TlsFailedError(peer, f"TLS failed: {reason}", hint=hint)
    if isinstance(failure, ConnectionRefusedError):
        reason, hint = "connection refused", "nothing listens there: check host and port"
    elif isinstance(failure, TimeoutError):
        reason, hint = "connection timed out", "check host, port and firewall; -to sets the time-out"
    elif failure.errno in _UNREACHABLE:
        reason, hint = "host unreachable", "check the address, the network and the routes to it"
    elif failure.errno in (errno.EACCES, errno.EPERM):
        reason, hint = "connection not permitted", "a firewall on this machine forbids it"
    else:
        reason, hint = f"cannot connect: {failure.strerror or failure}", "check host and port"
    return ConnectionFailedError(peer, reason, hint=hint)
