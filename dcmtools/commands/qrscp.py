"""``dcmtools qrscp``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

from typer import Option

from dcmtools.cli.archive import serve_archive
from dcmtools.cli.archive_access import ArchiveAccessOptions
from dcmtools.cli.archive_options import ArchiveOptions, ListeningOptions, QueryServiceOptions
from dcmtools.cli.archive_settings import archive_settings
from dcmtools.cli.archive_tls import ArchiveTlsOptions
from dcmtools.cli.closing import report_received
from dcmtools.cli.console import Console
from dcmtools.cli.hooks import HookOptions
from dcmtools.cli.injection import InjectionOptions
from dcmtools.cli.lifetime import ReceiverLifetimeOptions, ServerWatch
from dcmtools.cli.logs import set_up
from dcmtools.cli.member_reports import counted_together
from dcmtools.cli.options import GeneralOptions
from dcmtools.cli.progress import receiving
from dcmtools.cli.progress_options import ProgressOptions
from dcmtools.cli.upkeep import keep_up
from dcmtools.cli.upkeep_options import UpkeepOptions
from dcmtools.cli.workers import refuse_quota, reserved_port, run_workers
from dcmtools.errors import ExitCode
from dcmtools.net.faults import Operation


def qrscp(
    config: Annotated[
        Path | None,
        Option(
            "-c",
            "--config",
            metavar="FILE",
            help="read the settings and the move destinations from this file: TOML if its name ends in "
            ".toml, else an ini file as of pynetdicom's qrscp",
            show_default=False,
        ),
    ] = None,
    listening: ListeningOptions = ListeningOptions(),
    archive: ArchiveOptions = ArchiveOptions(),
    queries: QueryServiceOptions = QueryServiceOptions(),
    access: ArchiveAccessOptions = ArchiveAccessOptions(),
    tls: ArchiveTlsOptions = ArchiveTlsOptions(),
    upkeep: UpkeepOptions = UpkeepOptions(),
    lifetime: ReceiverLifetimeOptions = ReceiverLifetimeOptions(),
    hooks: HookOptions = HookOptions(),
    injection: InjectionOptions = InjectionOptions(operations=tuple(Operation)),
    progress: ProgressOptions = ProgressOptions(),
    general: GeneralOptions = GeneralOptions(),
) -> ExitCode:
    """Keep SOP Instances, and answer queries and retrievals of them.

    An archive: it stores what it receives as DICOM files in a folder, indexes them in a database, and
    is an SCP of Verification, Storage, Query/Retrieve (FIND, MOVE and GET), Modality Worklist and UPS
    Pull. Each option but those of upkeep, lifetime, hooks, progress and fault injection is also a key of the
    configuration file, which has the name of the long option with underscores; the command line goes before
    the file.
    """
    console = Console(set_up(general, "qrscp"))
    groups = (listening, archive, queries, access, tls)
    given = {name: value for group in groups for name, value in group.given().items()}
    settings = archive_settings(config, given)
    if upkeep.is_asked_for:
        return keep_up(settings, upkeep, console)
    faults = injection.plan(console.show, settings.workers)
    watch = lifetime.watch(console.show)
    if settings.workers == 1:
        with progress.shown(receiving(console.statistics), general):
            outcome = serve_archive(settings, watch, hooks, faults)
        report_received(console)
        return outcome
    refuse_quota(settings.max_size)
    hooks.refuse_processes()
    progress.refuse_workers()
    with (
        reserved_port(settings.bind_address, settings.port) as shared,
        counted_together(console) as counted,
    ):
        settings = replace(settings, port=shared)

        def serve(member: ServerWatch) -> ExitCode:
            return counted(lambda: serve_archive(settings, member, hooks, faults))()

        outcome = run_workers(settings.workers, serve, watch, shared)
    report_received(console)
    return outcome
