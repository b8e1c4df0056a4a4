"""``dcmtools echoscu``."""

from __future__ import annotations

from typing import Annotated

from typer import Option

from dcmtools.cli.attempts import attempts_unlogged
from dcmtools.cli.console import Console
from dcmtools.cli.identity import IdentityOptions
from dcmtools.cli.logs import set_up
from dcmtools.cli.options import (
    Address,
    GeneralOptions,
    PeerOptions,
    PeerPort,
    RequestedSyntaxOptions,
    Seconds,
    flag,
)
from dcmtools.cli.peer import limits, peer, requested_syntaxes
from dcmtools.cli.probing import ProbeOptions, ProbeRequest, run_probe
from dcmtools.cli.time_limit import InTime
from dcmtools.cli.tls import PeerTlsOptions
from dcmtools.errors import ExitCode
from dcmtools.net.advice import failure_text
from dcmtools.net.association import associate
from dcmtools.net.echo import echo, verification_context
from dcmtools.net.events import Echoed
from dcmtools.net.refusals import naming_alternatives
from dcmtools.net.statuses import SUCCESS
from dcmtools.net.verifying import await_peer


def echoscu(
    addr: Address,
    port: PeerPort,
    repeat: Annotated[int, Option("--repeat", metavar="N", min=0, help="send N requests")] = 1,
    wait: Annotated[
        Seconds,
        Option(
            "--wait",
            metavar="SECONDS",
            min=0,
            help="if the peer does not answer, ask it again for so long until it does",
        ),
    ] = 0.0,
    abort: Annotated[bool, flag("--abort", help="abort the association instead of releasing it")] = False,
    probing: ProbeOptions = ProbeOptions(),
    syntaxes: RequestedSyntaxOptions = RequestedSyntaxOptions(),
    network: PeerOptions = PeerOptions(calling_aet="ECHOSCU"),
    tls: PeerTlsOptions = PeerTlsOptions(),
    identity: IdentityOptions = IdentityOptions(),
    general: GeneralOptions = GeneralOptions(),
) -> ExitCode:
    """Verify the link to a peer with C-ECHO."""
    console = Console(set_up(general, "echoscu"))
    answers: list[Echoed] = []
    there = peer(addr, port, network, tls, identity)
    bounds = limits(network)
    if probing.probe:
        request = ProbeRequest(there, network.calling_aet, bounds)
        return run_probe(console, request, probing, syntaxes)
    context = verification_context(requested_syntaxes(syntaxes))
    if wait:
        with attempts_unlogged():
            for event in await_peer(there, network.calling_aet, bounds, wait):
                console.show(event)
    with (
        InTime(console) as limit,
        naming_alternatives(there, network.calling_aet, bounds),
        associate(there, network.calling_aet, [context], bounds) as association,
    ):
        for answer in echo(association, repeat):
            answers.append(answer)
            console.show(answer)
            if answer.status != SUCCESS:
                why = failure_text(answer.status, "verification", answer.comment, answer.offending)
                console.error(f"{there}: C-ECHO failed: {why}")
        if abort:
            association.abort()
    is_verified = any(answer.status == SUCCESS for answer in answers)
    return limit.exit_code(_outcome(console, answers), is_something_done=is_verified)


def _outcome(console: Console, answers: list[Echoed]) -> ExitCode:
    if answers:
        times = [answer.seconds * 1000 for answer in answers]
        console.summary(
            f"Round-trip time: min {min(times):.2f} ms, mean {sum(times) / len(times):.2f} ms, "
            f"max {max(times):.2f} ms ({len(times)} C-ECHO)",
            failed=False,
        )
    failed = sum(answer.status != SUCCESS for answer in answers)
    if not failed:
        return ExitCode.OK
    return ExitCode.FAILURE if failed == len(answers) else ExitCode.PARTIAL
