"""Why there is no association, as an error that names the peer."""

from __future__ import annotations

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


def association_failure(
    peer: str, association: Association, connection: OSError | None, *, elapsed: float
) -> AssociationError:
    """Return why `association` with `peer` (host:port) was not established.

    `connection` is the error of the connection, if there was one; the attempt took `elapsed` seconds.
    """
    answer = association.acceptor.primitive
    if connection is not None and answer is None:  # after an answer the connection may well be closed
        return _connection_failure(peer, connection)
    if association.is_rejected and answer is not None:
        reason, hint = rejection_reason(answer.result, answer.result_source, answer.diagnostic)
        return AssociationRejectedError(
            peer,
            f"association rejected: {reason}",
            hint=hint,
            is_transient=answer.result == REJECTED_TRANSIENT,
        )
    if answer is not None and answer.result == 0:
        refused = ", ".join(
            sorted({UID(str(cx.abstract_syntax)).name for cx in association.rejected_contexts})
        )
        return NoContextError(
            peer,
            f"the peer accepted no presentation context for {refused}",
            hint="-d shows what was proposed",
        )
    if association.acse_timeout is not None and elapsed >= association.acse_timeout:
        return AssociationTimeoutError(
            peer,
            f"no answer to the association request within {association.acse_timeout:g} s",
            hint="-ta sets the time-out",
        )
    if association.is_aborted:
        return AssociationAbortedError(
            peer,
            "the peer ended the connection during association negotiation",
            hint="is it a DICOM port, and does it want TLS?",
        )
    return AssociationAbortedError(peer, "the peer gave an invalid answer to the association request")


def _connection_failure(peer: str, failure: OSError) -> ConnectionFailedError:
    hint: str | None = None
    if isinstance(failure, TlsHandshakeError):
        reason, hint = tls_failure(failure)
        return TlsFailedError(peer, f"TLS failed: {reason}", hint=hint)
    if isinstance(failure, ConnectionRefusedError):
        reason, hint = "connection refused", "nothing listens there: check host and port"
    elif isinstance(failure, TimeoutError):
        reason, hint = "connection timed out", "check host, port and firewall; -to sets the time-out"
    else:
        reason = f"cannot connect: {failure.strerror or failure}"
    return ConnectionFailedError(peer, reason, hint=hint)
