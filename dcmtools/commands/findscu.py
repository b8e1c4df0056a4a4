"""``dcmtools findscu``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from dcmtools.cli.console import Console
from dcmtools.cli.find_tally import FindTally
from dcmtools.cli.finding import FindOptions, Search, plan
from dcmtools.cli.identity import IdentityOptions
from dcmtools.cli.logs import set_up
from dcmtools.cli.match_options import MatchFormat, MatchOptions
from dcmtools.cli.match_writers import match_writer
from dcmtools.cli.matches import Matches, MatchFiles
from dcmtools.cli.options import Address, GeneralOptions, LogLevel, PeerOptions, PeerPort
from dcmtools.cli.peer import limits, peer
from dcmtools.cli.query import QueryModelOptions, QueryNegotiationOptions
from dcmtools.cli.time_limit import InTime
from dcmtools.cli.tls import PeerTlsOptions
from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED
from dcmtools.errors import AssociationError, ExitCode, InputError
from dcmtools.net.association import EstablishedAssociation, associate
from dcmtools.net.contexts import Proposal
from dcmtools.net.events import Finished, Match, Unreadable
from dcmtools.net.find import find
from dcmtools.net.negotiation import extended_negotiation
from dcmtools.net.refusals import naming_alternatives

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def findscu(
    addr: Address,
    port: PeerPort,
    cancel_after: Annotated[
        int | None,
        Option(
            "--cancel-after", metavar="N", min=1, help="cancel the query after N matches", show_default=False
        ),
    ] = None,
    query: FindOptions = FindOptions(),
    shown: MatchOptions = MatchOptions(),
    model: QueryModelOptions = QueryModelOptions(),
    negotiation: QueryNegotiationOptions = QueryNegotiationOptions(),
    network: PeerOptions = PeerOptions(calling_aet="FINDSCU"),
    tls: PeerTlsOptions = PeerTlsOptions(),
    identity: IdentityOptions = IdentityOptions(),
    general: GeneralOptions = GeneralOptions(default_level=LogLevel.INFO),
) -> ExitCode:
    """Query a peer with C-FIND; the matches go to standard output."""
    if shown.chosen_format is not MatchFormat.LIST:  # only pynetdicom's format has its lines unasked
        general = replace(general, default_level=LogLevel.ERROR)
    console = Console(set_up(general, "findscu"))
    information_model = query.find_model(model)
    planned = plan(query, shown)
    sop_class = information_model.sop_classes.find
    contexts = [Proposal(sop_class, UNCOMPRESSED).context()]
    extended = extended_negotiation(sop_class, negotiation.flags(information_model))
    there = peer(addr, port, network, tls, identity)
    files = MatchFiles(shown.output_directory or Path(), sop_class) if shown.writes_files else None
    writer = match_writer(shown.chosen_format, console, planned.columns)
    tally = FindTally(
        console,
        str(there),
        len(planned.searches),
        may_cancel=cancel_after is not None,
        fail_empty=shown.fail_empty,
    )
    bounds = limits(network)
    with (
        InTime(console) as limit,
        Matches(writer, shown.order, files) as matches,
        naming_alternatives(there, network.calling_aet, bounds),
    ):
        link = associate(there, network.calling_aet, contexts, bounds, negotiation=extended)
        make = partial(find, cancel_after=cancel_after, log_identifiers=general.verbose or general.debug)
        _search(link, make, planned.searches, matches, tally)
    return limit.exit_code(tally.exit_code, is_something_done=tally.answered > 0 or tally.matches > 0)


def _search(
    link: AbstractContextManager[EstablishedAssociation],
    make: Callable[[EstablishedAssociation, Dataset], Iterator[Match | Unreadable | Finished]],
    searches: Sequence[Search],
    matches: Matches,
    tally: FindTally,
) -> None:
    """Make all queries over one association; raises AssociationError when nothing came of it."""
    number = 0
    try:
        with link as association:
            syntax = str(association.contexts[0].transfer_syntax[0])
            for number, search in enumerate(searches, start=1):
                tally.begin(number, search.source)
                try:
                    identifier = search.identifier()
                except InputError as exc:
                    tally.not_made(exc)
                    continue
                for event in make(association, identifier):
                    tally.count(event)
                    if isinstance(event, Match):
                        matches.add(event.identifier, syntax)
    except AssociationError as exc:
        if len(searches) == 1 or not (tally.answered or tally.matches):
            raise
        tally.not_made(exc, len(searches) - number)
