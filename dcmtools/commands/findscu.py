"""``dcmtools findscu``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from typer import Option

from dcmtools.cli.console import Console
from dcmtools.cli.identity import IdentityOptions
from dcmtools.cli.logs import set_up
from dcmtools.cli.options import Address, GeneralOptions, LogLevel, PeerOptions, PeerPort, flag
from dcmtools.cli.peer import limits, peer
from dcmtools.cli.query import QueryModelOptions, QueryNegotiationOptions, QueryOptions
from dcmtools.cli.time_limit import InTime
from dcmtools.cli.tls import PeerTlsOptions
from dcmtools.dicom.listing import list_dataset
from dcmtools.dicom.saving import save_identifier
from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED
from dcmtools.errors import ExitCode
from dcmtools.net.advice import failure_text
from dcmtools.net.association import associate
from dcmtools.net.contexts import Proposal
from dcmtools.net.events import Finished, Match
from dcmtools.net.find import find
from dcmtools.net.negotiation import extended_negotiation
from dcmtools.net.refusals import naming_alternatives
from dcmtools.net.statuses import CANCEL, SUCCESS


def findscu(
    addr: Address,
    port: PeerPort,
    cancel_after: Annotated[
        int | None,
        Option(
            "--cancel-after", metavar="N", min=1, help="cancel the query after N matches", show_default=False
        ),
    ] = None,
    write: Annotated[
        bool, flag("-w", "--write", help="write the matches to rsp000001.dcm, rsp000002.dcm ...")
    ] = False,
    query: QueryOptions = QueryOptions(),
    model: QueryModelOptions = QueryModelOptions(),
    negotiation: QueryNegotiationOptions = QueryNegotiationOptions(),
    network: PeerOptions = PeerOptions(calling_aet="FINDSCU"),
    tls: PeerTlsOptions = PeerTlsOptions(),
    identity: IdentityOptions = IdentityOptions(),
    general: GeneralOptions = GeneralOptions(default_level=LogLevel.INFO),
) -> ExitCode:
    """Query a peer with C-FIND; the matches go to standard output."""
    console = Console(set_up(general, "findscu"))
    identifier = query.identifier()
    sop_class = model.model.sop_classes.find
    contexts = [Proposal(sop_class, UNCOMPRESSED).context()]
    extended = extended_negotiation(sop_class, negotiation.flags(model.model))
    there = peer(addr, port, network, tls, identity)
    finished: Finished | None = None
    matches = 0
    bounds = limits(network)
    with (
        InTime(console) as limit,
        naming_alternatives(there, network.calling_aet, bounds),
        associate(there, network.calling_aet, contexts, bounds, negotiation=extended) as association,
    ):
        syntax = str(association.contexts[0].transfer_syntax[0])
        for event in find(
            association,
            identifier,
            cancel_after=cancel_after,
            log_identifiers=general.verbose or general.debug,
        ):
            console.show(event)
            if isinstance(event, Finished):
                finished = event
                continue
            matches += 1
            console.data(_listing(event))
            if write:
                save_identifier(Path(f"rsp{event.number:06d}.dcm"), event.identifier, sop_class, syntax)
    outcome = _outcome(console, str(there), finished, matches, cancelled=cancel_after is not None)
    return limit.exit_code(outcome, is_something_done=matches > 0)


def _listing(match: Match) -> Iterator[str]:
    yield f"# Match {match.number}"
    yield from list_dataset(match.identifier)
    yield ""


def _outcome(
    console: Console, peer_name: str, finished: Finished | None, matches: int, *, cancelled: bool
) -> ExitCode:
    status = finished.status if finished else SUCCESS
    if status == SUCCESS or (status == CANCEL and cancelled):
        return ExitCode.OK
    if finished is not None:
        why = failure_text(status, "find", finished.comment, finished.offending)
        console.error(f"{peer_name}: C-FIND failed: {why}")
    return ExitCode.PARTIAL if matches else ExitCode.FAILURE
