"""Whether a peer is alive while it says nothing on an association."""

from __future__ import annotations

from dataclasses import replace

from dcmtools.errors import AssociationError, AssociationRejectedError, NoContextError
from dcmtools.net.association import Limits, Peer
from dcmtools.net.verifying import verify

_PATIENCE = 10.0  # seconds, at most, for each step of the question


def is_alive(peer: Peer, calling_aet: str, limits: Limits) -> bool:
    """Ask `peer` with a C-ECHO on an association of its own.

    A peer that rejects the association, or the Verification SOP class, has answered as well.
    """
    patient = replace(
        limits, acse=min(limits.acse or _PATIENCE, _PATIENCE), dimse=min(limits.dimse or _PATIENCE, _PATIENCE)
    )
    try:
        verify(peer, calling_aet, patient)
    except (AssociationRejectedError, NoContextError):
        return True
    except AssociationError:
        return False
    return True
