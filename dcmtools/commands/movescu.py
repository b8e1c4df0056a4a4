"""``dcmtools movescu``."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from typer import Option

from dcmtools.cli.access import StoreAccessOptions
from dcmtools.cli.closing import report_moved, report_received
from dcmtools.cli.console import Console
from dcmtools.cli.identity import IdentityOptions
from dcmtools.cli.logs import set_up
from dcmtools.cli.option_group import OptionGroup
from dcmtools.cli.options import (
    Address,
    GeneralOptions,
    LogLevel,
    PeerOptions,
    PeerPort,
    Seconds,
    ae_title,
    flag,
)
from dcmtools.cli.peer import limits, peer
from dcmtools.cli.progress import moving, receiving
from dcmtools.cli.progress_options import ProgressOptions
from dcmtools.cli.query import QueryOptions, RetrievalModelOptions, RetrievalNegotiationOptions
from dcmtools.cli.retrieval import retrieval_outcome
from dcmtools.cli.storing import OutputOptions
from dcmtools.cli.time_limit import InTime
from dcmtools.cli.tls import MoveTlsOptions
from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED
from dcmtools.errors import ExitCode
from dcmtools.net.association import associate
from dcmtools.net.contexts import STORAGE_SOP_CLASSES, Proposal
from dcmtools.net.echo import VERIFICATION
from dcmtools.net.events import Finished, Listening, NotReceived, Received, Rejected
from dcmtools.net.liveness import is_alive
from dcmtools.net.negotiation import extended_negotiation
from dcmtools.net.refusals import naming_alternatives
from dcmtools.net.retrieve import move
from dcmtools.net.server import Event, Server, ServerSettings
from dcmtools.net.transfer_syntaxes import acceptable

_UNCOUNTED_PATIENCE = 1.0  # seconds
_GLANCE = 0.05  # seconds


@dataclass(frozen=True, kw_only=True)
class DestinationOptions(OptionGroup):
    """Where the peer sends the objects, and the receiver that movescu can start for them."""

    heading = "Storage SCP Options"
    move_aet: Annotated[
        str,
        Option(
            "-aem",
            "--move-aet",
            metavar="AETITLE",
            callback=ae_title,
            help="AE title of the move destination",
        ),
    ] = "STORESCP"
    store: Annotated[bool, flag("--store", help="start a Storage SCP to receive the objects")] = False
    store_port: Annotated[
        int, Option("--store-port", metavar="PORT", min=0, max=65535, help="port of the Storage SCP")
    ] = 11113
    store_aet: Annotated[
        str, Option("--store-aet", metavar="AETITLE", callback=ae_title, help="AE title of the Storage SCP")
    ] = "STORESCP"
    store_bind: Annotated[
        str,
        Option(
            "--store-bind",
            metavar="ADDRESS",
            help="let the Storage SCP listen on this address only (default: on all)",
            show_default=False,
        ),
    ] = ""
    store_wait: Annotated[
        Seconds,
        Option(
            "--store-wait",
            metavar="SECONDS",
            min=0,
            help="after the final response, wait so long for the next object that is still missing",
        ),
    ] = 10.0


def movescu(
    addr: Address,
    port: PeerPort,
    destination: DestinationOptions = DestinationOptions(),
    query: QueryOptions = QueryOptions(),
    model: RetrievalModelOptions = RetrievalModelOptions(),
    negotiation: RetrievalNegotiationOptions = RetrievalNegotiationOptions(),
    output: OutputOptions = OutputOptions(),
    access: StoreAccessOptions = StoreAccessOptions(),
    network: PeerOptions = PeerOptions(calling_aet="MOVESCU"),
    tls: MoveTlsOptions = MoveTlsOptions(),
    identity: IdentityOptions = IdentityOptions(),
    progress: ProgressOptions = ProgressOptions(),
    general: GeneralOptions = GeneralOptions(default_level=LogLevel.INFO),
) -> ExitCode:
    """Ask a peer to send SOP Instances to a destination with C-MOVE."""
    if destination.store:
        tls.check_server()
    else:
        access.check_unused()
    console = Console(set_up(general, "movescu"))
    identifier = query.identifier()
    sop_class = model.model.sop_classes.move or ""
    there, bounds = peer(addr, port, network, tls, identity), limits(network)
    contexts = [Proposal(sop_class, UNCOMPRESSED).context()]
    extended = extended_negotiation(sop_class, negotiation.flags())
    outcome = ExitCode.FAILURE
    finished: Finished | None = None
    sent = 0
    receiver: _Receiver | None = None
    course = (receiving if destination.store else moving)(console.statistics)
    with (
        progress.shown(course, general),
        InTime(console) as limit,
        _listening(console, destination, output, access, network, tls) as listening,
    ):
        if listening is not None:
            receiver, server = listening
        with (
            naming_alternatives(there, network.calling_aet, bounds),
            associate(there, network.calling_aet, contexts, bounds, negotiation=extended) as association,
        ):
            for event in move(
                association,
                sop_class,
                identifier,
                destination.move_aet,
                is_alive=lambda: is_alive(there, network.calling_aet, bounds),
            ):
                console.show(event)
                if isinstance(event, Finished):
                    finished = event
                else:
                    sent = event.completed or 0
        outcome = retrieval_outcome(console, f"{there}: C-MOVE", finished)
        if receiver is not None:
            if outcome is not ExitCode.FAILURE:
                receiver.wait(server, _expected(finished), destination.store_wait)
            outcome = _checked(console, outcome, _expected(finished), receiver)
    if destination.store:
        report_received(console, log=general.is_verbose)
    else:
        report_moved(console, finished, destination.move_aet, log=general.is_verbose)
    received = receiver.received if receiver is not None else 0
    return limit.exit_code(outcome, is_something_done=bool(sent or received))


def _expected(finished: Finished | None) -> int | None:
    """Return how many objects the peer says it has sent, None if it does not say."""
    counts = finished.sub_operations if finished else None
    if counts is None or counts.completed is None:
        return None
    return counts.completed + (counts.warning or 0)


def _checked(console: Console, outcome: ExitCode, expected: int | None, receiver: _Receiver) -> ExitCode:
    """Compare what has come with what was counted as sent."""
    missing = (expected or 0) - receiver.received
    if missing > 0:
        console.error(f"{missing} of {expected} objects that the peer counts as sent did not arrive here")
        return ExitCode.PARTIAL if receiver.received else ExitCode.FAILURE
    return outcome


class _Receiver:
    """The Storage SCP of ``--store``: shows and counts what it receives, from its threads."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._changed = threading.Condition()
        self._arrived = time.monotonic()
        self.received = 0
        self.refused = 0

    def report(self, event: Event) -> None:
        """Take in an event of the server."""
        if not isinstance(event, Listening):
            self._console.show(event)
        if isinstance(event, Listening | Rejected):
            return
        with self._changed:
            self._arrived = time.monotonic()
            self.received += isinstance(event, Received)
            self.refused += isinstance(event, NotReceived)
            self._changed.notify_all()

    def wait(self, server: Server, expected: int | None, patience: float) -> None:
        """Wait until `expected` objects have come (None: not known), or none for `patience` seconds."""
        if not expected:  # a peer that counts nothing may yet send something
            patience = min(patience, _UNCOUNTED_PATIENCE)
        with self._changed:
            while server.busy or not self._is_enough(expected, patience):
                self._changed.wait(_GLANCE)

    def _is_enough(self, expected: int | None, patience: float) -> bool:
        if expected and self.received + self.refused >= expected:
            return True
        return time.monotonic() - self._arrived >= patience


@contextmanager
def _listening(
    console: Console,
    destination: DestinationOptions,
    output: OutputOptions,
    access: StoreAccessOptions,
    network: PeerOptions,
    tls: MoveTlsOptions,
) -> Iterator[tuple[_Receiver, Server] | None]:
    """Run the Storage SCP while the block runs, if there is to be one."""
    if not destination.store:
        yield None
        return
    receiver = _Receiver(console)
    settings = ServerSettings(
        ae_title=destination.store_aet,
        port=destination.store_port,
        sop_classes=(*STORAGE_SOP_CLASSES, VERIFICATION),
        transfer_syntaxes=acceptable(),
        bind_address=destination.store_bind,
        limits=limits(network),
        max_associations=access.max_associations,
        tls=tls.server_tls(),
    )
    server = Server(access.restrict(settings), receiver.report, output.provider(receiver.report))
    try:
        yield receiver, server
    except BaseException:
        server.stop(grace=0)  # nobody waits for what is under way
        raise
    server.stop()
