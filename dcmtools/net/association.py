"""Requesting an association, and the messages of an SCU over it."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn

from dcmtools.errors import (
    AssociationAbortedError,
    AssociationError,
    AssociationTimeoutError,
    IdentityNotConfirmedError,
    UnknownHostError,
)
from dcmtools.net.failures import association_failure
from dcmtools.net.identity import UserIdentity
from dcmtools.net.resolving import resolve
from dcmtools.net.tls import PeerTls
from dcmtools.net.transfer.channel import Channel
from dcmtools.net.transfer.entity import RequestingEntity
from dcmtools.net.transfer.sockets import Endpoint
from dcmtools.net.transfer.stream import LinkEndedError, LinkTimeoutError
from dcmtools.net.transfer.takeover import close_refused, end_now, wait_for_end
from dcmtools.wire.commands import Command, CommandField
from dcmtools.wire.errors import FramingError, WireError
from dcmtools.wire.pdus import PduType, describe_abort

if TYPE_CHECKING:
    from ssl import SSLContext

    from pynetdicom.association import Association
    from pynetdicom.presentation import PresentationContext

    from dcmtools.wire.framing import Buffer
    from dcmtools.wire.messages import CommandArrived

LOGGER = logging.getLogger(__name__)

_LARGEST_MESSAGE_ID, _LONGEST_IDENTIFIER = 0xFFFF, 16 << 20  # the latter in bytes, of a response


@dataclass(frozen=True)
class Peer:
    """The application entity at the other end, and how to meet it: with TLS, and as which user."""

    host: str
    port: int
    ae_title: str = "ANY-SCP"
    tls: PeerTls | None = None
    identity: UserIdentity | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def tls_arguments(self) -> tuple[SSLContext, str] | None:
        """The context, and the name that the certificate has to have; None without TLS."""
        if self.tls is None:
            return None
        host = self.host.partition("%")[0]  # without the scope of an IPv6 address
        return self.tls.context, self.tls.server_name or host

    def endpoints(self) -> list[Endpoint]:
        """Resolve the host, IPv4 first as pynetdicom does; raises `UnknownHostError`."""
        try:
            found = resolve(self.host, self.port)
        except (OSError, UnicodeError) as exc:
            reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else str(exc)
            raise UnknownHostError(
                str(self),
                f"unknown host '{self.host}': {reason}",
                hint="check the name or give an IP address",
            ) from exc
        return [(entry[0], entry[4]) for entry in sorted(found, key=lambda entry: entry[0] != socket.AF_INET)]


@dataclass(frozen=True)
class Limits:
    """Time-outs in seconds (None: no limit) and the largest PDU to receive in bytes (0: no limit)."""

    connect: float | None = 30.0
    acse: float | None = 30.0
    dimse: float | None = 30.0
    network: float | None = 30.0
    max_pdu: int = 16382


class EstablishedAssociation:
    """An association with `peer`: sends requests and reads their responses.

    Everything here raises `AssociationAbortedError` when the association ends and
    `AssociationTimeoutError` when the peer is silent; the association is over then.
    """

    def __init__(self, peer: Peer, limits: Limits, association: Association) -> None:
        self.peer = peer
        self.limits = limits
        self.contexts: list[PresentationContext] = association.accepted_contexts
        self._association = association
        self._message_id = 0
        self._failures = _Failures(self)
        try:
            self._channel = Channel(association)
        except LinkEndedError:
            wait_for_end(association)
            raise AssociationAbortedError(str(peer), "the connection was closed") from None

    def require_confirmation(self) -> None:
        """Raise `IdentityNotConfirmedError` when the peer was to confirm the identity and did not."""
        identity = self.peer.identity
        if identity is None or not identity.wants_response:
            return
        if self._association.acceptor.user_identity is None:
            hint = "without --positive-response that is no failure"
            reason = "the peer does not confirm the identity of the user"
            raise IdentityNotConfirmedError(str(self.peer), reason, hint=hint)

    def next_message_id(self) -> int:
        """Return the next message ID: 1 to 65535, then 1 again (PS3.7 section 9.3: a US)."""
        self._message_id = self._message_id % _LARGEST_MESSAGE_ID + 1
        return self._message_id

    def send(self, context_id: int, command: Command, dataset: Iterable[Buffer] | None = None) -> None:
        """Send a message."""
        with self._failures:
            self._channel.send(context_id, command, dataset)

    def response(self, message_id: int, timeout: float | None) -> tuple[Command, bytes]:
        """Return the next message, which has to be a response to `message_id`, with its dataset."""
        arrived = self.arrived(timeout)
        self.require_response(arrived.command, message_id)
        return arrived.command, self.dataset(arrived)

    def require_response(self, command: Command, message_id: int) -> None:
        """Abort when `command` is not a response, with a status, to `message_id`."""
        if command.is_response and command.responded_to == message_id and command.status is not None:
            return
        try:
            kind = CommandField(command.field).name.removesuffix("_RQ").removesuffix("_RSP").replace("_", "-")
        except ValueError:
            kind = f"0x{command.field:04X}"
        if not command.is_response:
            LOGGER.error("Received an unexpected %s message from the peer", kind)
            reason = f"received a {kind} request in place of a response"
        else:
            LOGGER.error("Received an invalid %s response from the peer", kind)
            reason = f"received a {kind} response without a status"
            if command.responded_to != message_id:
                reason = f"received a response to message ID {command.responded_to}, not {message_id}"
        end_now(self._association)
        raise AssociationAbortedError(str(self.peer), reason)

    def cancel(self, context_id: int, message_id: int) -> None:
        """Ask the peer to stop the C-FIND, C-GET or C-MOVE with this message ID (PS3.7 section 9.3.2.3)."""
        self.send(
            context_id, Command(field=CommandField.C_CANCEL_RQ, responded_to=message_id, has_dataset=False)
        )

    def time_out(self) -> NoReturn:
        """Abort because the peer is silent; raises `AssociationTimeoutError`."""
        raise self._timed_out(sending=False)

    def arrived(self, timeout: float | None) -> CommandArrived:
        """Return the command set of the next message; its dataset has to be read next."""
        with self._failures:
            return self._channel.command(timeout)

    def dataset(self, arrived: CommandArrived) -> bytes:
        """Return the whole dataset that follows `arrived`: an Identifier, not a SOP Instance."""
        data = bytearray()
        for piece in self.pieces(arrived):
            data += piece
            if len(data) > _LONGEST_IDENTIFIER:
                end_now(self._association)
                raise AssociationAbortedError(str(self.peer), "received an Identifier that is too long")
        return bytes(data)

    def pieces(self, arrived: CommandArrived) -> Iterator[memoryview]:
        """Yield the dataset that follows `arrived`, each piece valid until the next."""
        with self._failures:
            yield from self._channel.pieces(arrived, self.limits.network)

    def waiting(self, seconds: float | None) -> bool:
        """Whether something arrives within `seconds`."""
        with self._failures:
            return self._channel.waiting(seconds)

    def failed(self, exc: BaseException) -> AssociationError | None:
        """Return what ended the association as an error that names the peer; None for anything else."""
        if isinstance(exc, LinkTimeoutError):
            return self._timed_out(sending=exc.sending)
        if isinstance(exc, LinkEndedError):
            return self._ended(exc.pdu)
        if isinstance(exc, FramingError):
            end_now(self._association)
            return AssociationAbortedError(str(self.peer), exc.message)
        if isinstance(exc, WireError):
            end_now(self._association)
            return AssociationAbortedError(str(self.peer), f"received an invalid message: {exc}")
        return None

    def _timed_out(self, *, sending: bool) -> AssociationTimeoutError:
        if sending:
            LOGGER.error("Network timeout reached")
            reason, hint = "the peer does not read what is sent", "-tn sets the network time-out"
        else:
            LOGGER.error("DIMSE timeout reached while waiting for message response")
            reason, hint = "no answer within the time-out", "-td sets the DIMSE time-out"
        end_now(self._association)
        return AssociationTimeoutError(str(self.peer), reason, hint=hint)

    def _ended(self, pdu: bytes) -> AssociationAbortedError:
        """Let pynetdicom see how the peer ended the association, and return it as an error."""
        self._channel.close()
        wait_for_end(self._association)
        if not pdu:
            LOGGER.error("Connection closed while waiting for DIMSE message")
            reason = "the peer closed the connection"
        elif pdu[0] == PduType.A_ABORT:
            reason = f"the association was aborted by {describe_abort(pdu)}"
        else:
            reason = "the peer released the association before it had answered"
        return AssociationAbortedError(str(self.peer), reason, hint="the log of the peer may say why")

    def release(self) -> None:
        """Release the association (PS3.8 section 7.2)."""
        self._channel.close()
        self._association.release()

    def abort(self) -> None:
        """Abort the association (PS3.8 section 7.3)."""
        end_now(self._association)


class _Failures:
    """Turns what ends an association into errors; a class, because it is entered for each message."""

    def __init__(self, association: EstablishedAssociation) -> None:
        self._association = association

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type | None, exc: BaseException | None, trace: TracebackType | None) -> None:
        if exc is not None and (error := self._association.failed(exc)) is not None:
            raise error from None


@contextmanager
def associate(
    peer: Peer,
    calling_aet: str,
    contexts: Sequence[PresentationContext],
    limits: Limits,
    *,
    negotiation: Sequence[object] = (),
) -> Iterator[EstablishedAssociation]:
    """Request an association; release it at the end of the block, abort it when the block raises.

    `negotiation` are pynetdicom's extended negotiation and role selection items. Raises
    `UnknownHostError`, `ConnectionFailedError`, `AssociationRejectedError`,
    `AssociationAbortedError`, `AssociationTimeoutError`, `IdentityNotConfirmedError` or
    `NoContextError`.
    """
    entity = RequestingEntity(calling_aet, peer.endpoints())
    entity.connection_timeout = limits.connect
    entity.acse_timeout = limits.acse
    entity.dimse_timeout = limits.dimse
    entity.network_timeout = limits.network
    items = [*negotiation, *([peer.identity.item()] if peer.identity is not None else [])]
    began = time.monotonic()
    association = entity.associate(
        entity.endpoints[0][1][0],
        peer.port,
        contexts=list(contexts),
        ae_title=peer.ae_title,
        max_pdu=limits.max_pdu,
        ext_neg=items,  # type: ignore[arg-type]
        tls_args=peer.tls_arguments,
    )
    if not association.is_established:
        elapsed = time.monotonic() - began
        close_refused(association)
        raise association_failure(
            str(peer), association, entity.link.failure, elapsed=elapsed, greeting=entity.link.greeting
        )
    established = EstablishedAssociation(peer, limits, association)
    try:
        established.require_confirmation()
        yield established
    except BaseException:
        if association.is_established:
            established.abort()
        raise
    if association.is_established:
        established.release()
