"""``dcmtools storescp``."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from typer import Option

from dcmtools.cli.access import AccessOptions
from dcmtools.cli.closing import report_received
from dcmtools.cli.console import Console
from dcmtools.cli.hooks import HookOptions
from dcmtools.cli.injection import InjectionOptions
from dcmtools.cli.lifetime import ReceiverLifetimeOptions, ServerWatch
from dcmtools.cli.logs import set_up
from dcmtools.cli.member_reports import counted_together
from dcmtools.cli.options import (
    LARGE_PDU,
    GeneralOptions,
    ListenPort,
    PreferredSyntaxOptions,
    ServerOptions,
    flag,
)
from dcmtools.cli.progress import receiving
from dcmtools.cli.progress_options import ProgressOptions
from dcmtools.cli.serving import serve_until_stopped, server_settings
from dcmtools.cli.storing import OutputOptions
from dcmtools.cli.tls import ServerTlsOptions
from dcmtools.cli.workers import refuse_quota, reserved_port, run_workers
from dcmtools.errors import ExitCode
from dcmtools.net.contexts import STORAGE_SOP_CLASSES
from dcmtools.net.echo import VERIFICATION
from dcmtools.net.server import Server, ServerSettings


def storescp(
    port: ListenPort,
    no_echo: Annotated[bool, flag("--no-echo", help="do not answer C-ECHO")] = False,
    promiscuous: Annotated[
        bool, flag("--promiscuous", help="accept private and unknown SOP classes as well")
    ] = False,
    workers: Annotated[
        int,
        Option("--workers", metavar="N", min=1, max=64, help="receive in N processes that share the port"),
    ] = 1,
    syntaxes: PreferredSyntaxOptions = PreferredSyntaxOptions(),
    output: OutputOptions = OutputOptions(),
    network: ServerOptions = ServerOptions(ae_title="STORESCP", max_pdu=LARGE_PDU),
    access: AccessOptions = AccessOptions(),
    tls: ServerTlsOptions = ServerTlsOptions(),
    lifetime: ReceiverLifetimeOptions = ReceiverLifetimeOptions(),
    hooks: HookOptions = HookOptions(),
    injection: InjectionOptions = InjectionOptions(),
    progress: ProgressOptions = ProgressOptions(),
    general: GeneralOptions = GeneralOptions(),
) -> ExitCode:
    """Receive SOP Instances and store them as DICOM files."""
    console = Console(set_up(general, "storescp"))
    classes = STORAGE_SOP_CLASSES if no_echo else (*STORAGE_SOP_CLASSES, VERIFICATION)
    settings = server_settings(
        port, network, syntaxes, classes, any_sop_class=promiscuous, tls=tls.server_tls()
    )
    settings = access.restrict(settings)

    settings = replace(settings, faults=injection.plan(console.show, workers))
    watch = lifetime.watch(console.show)

    def serve(settings: ServerSettings, watch: ServerWatch) -> ExitCode:
        with hooks.telling(watch.report) as report:
            return serve_until_stopped(lambda: Server(settings, report, output.provider(report)), watch)

    if workers == 1:
        with progress.shown(receiving(console.statistics), general):
            outcome = serve(settings, watch)
        report_received(console)
        return outcome
    refuse_quota(output.max_size)
    hooks.refuse_processes()
    progress.refuse_workers()
    with reserved_port(network.bind_address, port) as shared, counted_together(console) as counted:
        settings = replace(settings, port=shared, share_port=True)
        outcome = run_workers(
            workers, lambda member: counted(lambda: serve(settings, member))(), watch, shared
        )
    report_received(console)
    return outcome
