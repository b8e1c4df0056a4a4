"""``dcmtools getscu``."""

from __future__ import annotations

from dcmtools.cli.closing import report_received
from dcmtools.cli.console import Console
from dcmtools.cli.identity import IdentityOptions
from dcmtools.cli.logs import set_up
from dcmtools.cli.options import Address, GeneralOptions, LogLevel, PeerOptions, PeerPort
from dcmtools.cli.peer import limits, peer
from dcmtools.cli.progress import receiving
from dcmtools.cli.progress_options import ProgressOptions
from dcmtools.cli.query import QueryOptions, RetrievalModelOptions, RetrievalNegotiationOptions
from dcmtools.cli.retrieval import retrieval_outcome
from dcmtools.cli.storing import OutputOptions
from dcmtools.cli.time_limit import InTime
from dcmtools.cli.tls import PeerTlsOptions
from dcmtools.errors import ExitCode
from dcmtools.net.events import Finished
from dcmtools.net.reception import Arrivals, Event
from dcmtools.net.repeated_get import GetRequest, get_all


def getscu(
    addr: Address,
    port: PeerPort,
    query: QueryOptions = QueryOptions(),
    model: RetrievalModelOptions = RetrievalModelOptions(),
    negotiation: RetrievalNegotiationOptions = RetrievalNegotiationOptions(),
    output: OutputOptions = OutputOptions(),
    network: PeerOptions = PeerOptions(calling_aet="GETSCU"),
    tls: PeerTlsOptions = PeerTlsOptions(),
    identity: IdentityOptions = IdentityOptions(),
    progress: ProgressOptions = ProgressOptions(),
    general: GeneralOptions = GeneralOptions(default_level=LogLevel.INFO),
) -> ExitCode:
    """Retrieve SOP Instances over the same association with C-GET."""
    console = Console(set_up(general, "getscu"))
    there = peer(addr, port, network, tls, identity)
    request = GetRequest(
        there,
        network.calling_aet,
        limits(network),
        model.model.sop_classes.get or "",
        query.identifier(),
        negotiation.flags(),
    )
    arrivals = Arrivals()

    def report(event: Event) -> None:
        console.show(event)
        arrivals.note(event)

    finished: Finished | None = None
    with progress.shown(receiving(console.statistics), general), InTime(console):
        for event in get_all(request, output.provider(report), arrivals):
            console.show(event)
            if isinstance(event, Finished):
                finished = event
    report_received(console, log=general.is_verbose)
    outcome = retrieval_outcome(console, f"{there}: C-GET", finished)
    if outcome is ExitCode.FAILURE and arrivals.received:
        return ExitCode.PARTIAL
    return outcome
