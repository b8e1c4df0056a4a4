"""What the options of an SCU mean: peer, time-outs, transfer syntaxes, query."""

from __future__ import annotations

import logging

from dcmtools.cli.identity import IdentityOptions
from dcmtools.cli.options import PeerOptions, RequestedSyntaxOptions, TimeoutOptions, no_limit
from dcmtools.cli.tls import PeerTlsOptions
from dcmtools.net.association import Limits, Peer
from dcmtools.net.identity import IdentityType
from dcmtools.net.transfer_syntaxes import requested

LOGGER = logging.getLogger(__name__)


def peer(addr: str, port: int, options: PeerOptions, tls: PeerTlsOptions, identity: IdentityOptions) -> Peer:
    """Return the peer that the arguments name, and how to meet it.

    Raises InputError when a certificate or a secret cannot be used.
    """
    user = identity.identity()
    if user is not None and user.type is not IdentityType.USERNAME and not tls.tls:
        LOGGER.warning("A password, ticket or token goes over the network in clear without --tls")
    return Peer(addr, port, options.called_aet, tls.peer_tls(), user)


def limits(options: TimeoutOptions) -> Limits:
    """Return the time-outs and the PDU size; an SCP makes no connections."""
    connect = options.connect_timeout if isinstance(options, PeerOptions) else 0.0
    return Limits(
        connect=no_limit(connect),
        acse=no_limit(options.acse_timeout),
        dimse=no_limit(options.dimse_timeout),
        network=no_limit(options.network_timeout),
        max_pdu=options.max_pdu,
    )


def requested_syntaxes(options: RequestedSyntaxOptions) -> list[str]:
    """Return the uncompressed transfer syntaxes that an SCU proposes."""
    return requested(
        little=options.request_little, big=options.request_big, implicit=options.request_implicit
    )
