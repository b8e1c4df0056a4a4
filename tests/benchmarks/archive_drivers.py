"""Queries an archive over an open association and prints what it took as JSON.

``python -m tests.benchmarks.archive_drivers PORT AE_TITLE REPEAT MATCHES KEY=VALUE…`` asks the same
`REPEAT` times and expects so many matches each time. Nothing is decoded: the receiver only counts.
"""

from __future__ import annotations

import json
import sys
import time
from statistics import median

from pydicom import Dataset
from pynetdicom.presentation import build_context

from dcmtools.net.association import EstablishedAssociation, Limits, Peer, associate
from dcmtools.net.identifiers import send_query
from dcmtools.net.models import InformationModel
from dcmtools.net.statuses import PENDING, SUCCESS
from dcmtools.wire.commands import CommandField

from .measure import RunError
from .peers import HOST

_LIMITS = Limits(max_pdu=131072, dimse=120.0)


def main(port: str, ae_title: str, repeat: str, matches: str, *keys: str) -> dict[str, float]:
    """Query, and return the median of the seconds from the request to the last response."""
    identifier = Dataset()
    for key in keys:
        keyword, _, value = key.partition("=")
        setattr(identifier, keyword, value)
    context = build_context(InformationModel.STUDY_ROOT.sop_classes.find)
    taken = []
    with associate(Peer(HOST, int(port), ae_title), "BENCHMARK", [context], _LIMITS) as association:
        _ask(association, identifier)  # whoever is asked first may have to open its database
        for _ in range(int(repeat)):
            began = time.perf_counter()
            found = _ask(association, identifier)
            taken.append(time.perf_counter() - began)
            if found != int(matches):
                raise RunError(f"{found} matches in place of {matches}")
    return {"seconds": median(taken), "count": found}


def _ask(association: EstablishedAssociation, identifier: Dataset) -> int:
    """Query once; return the number of matches."""
    send_query(association, association.contexts[0], CommandField.C_FIND_RQ, identifier)
    found = 0
    while True:
        arrived = association.arrived(_LIMITS.dimse)
        for _ in association.pieces(arrived):
            pass
        status = arrived.command.status
        if status not in PENDING:
            if status != SUCCESS:
                raise RunError(f"the query ended with 0x{status:04X}")
            return found
        found += 1


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
