"""``dcmtools storescu``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Annotated

from typer import Argument

from dcmtools.cli.console import Console
from dcmtools.cli.identity import IdentityOptions
from dcmtools.cli.input_total import input_total
from dcmtools.cli.logs import set_up
from dcmtools.cli.options import Address, GeneralOptions, PeerOptions, PeerPort, RequestedSyntaxOptions, flag
from dcmtools.cli.peer import limits, peer, requested_syntaxes
from dcmtools.cli.progress import sending as sending_course
from dcmtools.cli.progress_options import ProgressOptions
from dcmtools.cli.sending import SendingOptions
from dcmtools.cli.tally import Tally
from dcmtools.cli.time_limit import InTime
from dcmtools.cli.tls import PeerTlsOptions
from dcmtools.dicom.part10 import InstanceFile
from dcmtools.errors import ExitCode, JournalError
from dcmtools.net.events import AlreadyStored, NotStored, Stored
from dcmtools.net.inputs import Input, plan_inputs
from dcmtools.net.journal import Journal
from dcmtools.net.refusals import naming_alternatives
from dcmtools.net.sending import SendingTerms
from dcmtools.net.store import StoreRequest, store

Paths = Annotated[
    list[str], Argument(metavar="PATH", help="DICOM files and folders to send", show_default=False)
]


def storescu(
    addr: Address,
    port: PeerPort,
    path: Paths,
    recurse: Annotated[bool, flag("-r", "--recurse", help="send the files in folders below too")] = False,
    required_contexts: Annotated[
        bool,
        flag(
            "-cx",
            "--required-contexts",
            help="propose only the files' own transfer syntaxes, no alternatives",
        ),
    ] = False,
    decompress: Annotated[
        bool,
        flag(
            "--decompress",
            help="send compressed objects uncompressed where the peer refuses their transfer syntax (needs "
            "the codecs that come with dcmtools[pixels])",
        ),
    ] = False,
    syntaxes: RequestedSyntaxOptions = RequestedSyntaxOptions(),
    sending: SendingOptions = SendingOptions(),
    network: PeerOptions = PeerOptions(calling_aet="STORESCU"),
    tls: PeerTlsOptions = PeerTlsOptions(),
    identity: IdentityOptions = IdentityOptions(),
    progress: ProgressOptions = ProgressOptions(),
    general: GeneralOptions = GeneralOptions(),
) -> ExitCode:
    """Send DICOM files to a peer with C-STORE."""
    console = Console(set_up(general, "storescu"))
    request = StoreRequest(
        peer(addr, port, network, tls, identity),
        network.calling_aet,
        limits(network),
        alternatives=requested_syntaxes(syntaxes),
        exact=required_contexts,
        terms=SendingTerms(decompress=decompress),
        retry=sending.retry_terms,
        fail_fast=sending.fail_fast,
        asks_for_more=True,
    )
    paths = [str(Path(name).resolve()) for name in path] if required_contexts else path
    course = sending_course(console.statistics, input_total(paths, recurse=recurse))
    with sending.open_journal(request.peer) as journal:
        run = _Run(console, request, journal)
        try:
            with progress.shown(course, general):
                run.send(plan_inputs(paths, recurse=recurse))
        except KeyboardInterrupt:
            run.say_that_it_was_cut_short()
            raise
    return run.outcome()


class _Run:
    """Sends what there is to send, shows and counts what becomes of it, and keeps the journal."""

    def __init__(self, console: Console, request: StoreRequest, journal: Journal | None) -> None:
        self._console = console
        self._request = request
        self._journal = journal
        self._tally = Tally()
        self._has_sendable = False

    def send(self, inputs: Iterable[Input]) -> None:
        files = self._sendable(inputs)
        with InTime(self._console) as limit:
            first = next(files, None)
            if first is not None:
                self._has_sendable = True
                self._store(chain([first], files))
        if limit.is_over:
            self._tally.is_cut_short = True

    def outcome(self) -> ExitCode:
        """Say how it ended; return the exit status."""
        tally = self._tally
        if not (self._has_sendable or tally.stored_before or tally.is_cut_short):
            self._console.error("No suitable DICOM files found")
            return ExitCode.FAILURE
        tally.report(self._console)
        return tally.exit_code

    def _store(self, files: Iterable[InstanceFile]) -> None:
        request = self._request
        naming = naming_alternatives(
            request.peer, request.calling_aet, request.limits, decompress=request.terms.decompress
        )
        with naming, closing(store(request, files)) as events:
            for event in events:
                is_noted = self._note(event)
                self._take(event)
                if not is_noted:
                    self._tally.is_cut_short = True
                    break

    def say_that_it_was_cut_short(self) -> None:
        """Say how far it was when it was interrupted."""
        self._tally.is_cut_short = True
        self._console.summary(str(self._tally), failed=False)

    def _note(self, event: object) -> bool:
        """Write down what became of a file; false when that cannot be done, so that sending has to end."""
        if self._journal is not None and isinstance(event, Stored | NotStored):
            try:
                self._journal.note(event)
            except JournalError as exc:
                self._console.error(str(exc))
                return False
        return True

    def _sendable(self, inputs: Iterable[Input]) -> Iterator[InstanceFile]:
        """Yield the files that are to be sent; show and count the others."""
        for found in inputs:
            if not isinstance(found, InstanceFile):
                self._take(found)
                if self._tally.is_cut_short:
                    return
                continue
            known = self._journal.look_up(found) if self._journal is not None else None
            if known is not None:
                self._take(known)
            if not isinstance(known, AlreadyStored):
                yield found

    def _take(self, event: object) -> None:
        """Show and count an event."""
        self._console.show(event)
        self._tally.count(event)
        self._tally.is_cut_short = self._request.fail_fast and bool(self._tally.failures)
