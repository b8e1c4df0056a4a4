"""qrscp at work: its index, what it serves, and whom."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from ssl import SSLContext

from dcmtools.cli.archive_settings import ArchiveSettings
from dcmtools.cli.hooks import HookOptions
from dcmtools.cli.lifetime import ServerWatch
from dcmtools.cli.options import no_limit
from dcmtools.cli.serving import serve_until_stopped
from dcmtools.cli.serving_mark import serving_mark
from dcmtools.dicom.privacy import discreet
from dcmtools.dicom.room import limited_room
from dcmtools.dicom.storing import InstanceStore, OnExisting
from dcmtools.dicom.worklist import DatasetFolder, StepKind
from dcmtools.errors import ExitCode, FileError, InputError
from dcmtools.index.catalog import Catalog
from dcmtools.net.access import Access, Rights, parse_networks
from dcmtools.net.archive import Archive, StepSource
from dcmtools.net.archive_provider import ArchiveProvider
from dcmtools.net.contexts import STORAGE_SOP_CLASSES
from dcmtools.net.echo import VERIFICATION
from dcmtools.net.faults import FaultPlan
from dcmtools.net.models import InformationModel
from dcmtools.net.reception import StorageProvider
from dcmtools.net.server import Event, Server, ServerSettings
from dcmtools.net.tls import server_context
from dcmtools.net.transfer_syntaxes import acceptable
from dcmtools.net.users import UserFile

LOGGER = logging.getLogger(__name__)

_QUERY_SOP_CLASSES = tuple(uid for model in InformationModel for uid in model.sop_classes if uid is not None)


def open_catalog(settings: ArchiveSettings, *, renew: bool = False) -> Catalog:
    """Open the index of the archive, or make an empty one; raises CatalogError.

    With `renew` an index of another version is emptied, in place of being refused.
    """
    return Catalog.open(
        settings.database_location,
        settings.instance_location,
        attributes=settings.attribute,
        sync=settings.sync,
        ae_title=settings.ae_title,
        renew=renew,
    )


def instance_store(settings: ArchiveSettings) -> InstanceStore:
    """Return where instances are stored, ready for use.

    Raises InputError when a template cannot be used, and StorageError when the folder is unfit.
    """
    if settings.path_template and settings.on_existing in (OnExisting.REPLACE, OnExisting.KEEP):
        # another object of the same UID may have another place, where it would be stored beside the first
        raise InputError(
            f"on_existing {settings.on_existing} is not possible with path_template",
            hint="without on_existing both objects are kept, and the later one is found",
        )
    folder = settings.instance_location
    store = InstanceStore(
        folder,
        on_existing=settings.on_existing,
        sync=settings.sync,
        template=settings.path_template,
        room=limited_room(folder, settings.max_size, settings.min_free),
    )
    store.prepare()
    return store


def start_archive(
    settings: ArchiveSettings,
    store: InstanceStore,
    catalog: Catalog,
    report: Callable[[Event], None],
    faults: FaultPlan | None = None,
) -> Server:
    """Start to serve the archive, whose files go to `store` and whose index is `catalog`.

    Raises InputError when a folder of worklist items or steps is missing, or a certificate cannot be
    used, and ListenError.
    """
    archive = Archive(
        catalog,
        settings.ae_title,
        settings.destinations,
        settings.limits,
        _steps(settings),
        settings.max_results or None,
        settings.log_identifier,
    )
    storage = StorageProvider(store, report, catalog.add, max_size=settings.max_object_size or None)
    listening = replace(_listening(settings), faults=faults)
    return Server(listening, report, storage, ArchiveProvider(archive))


def serve_archive(
    settings: ArchiveSettings, watch: ServerWatch, hooks: HookOptions, faults: FaultPlan | None = None
) -> ExitCode:
    """Serve the archive, with `faults`, until SIGINT or SIGTERM, or until `watch` ends it.

    Where it was killed before, what it had stored and not yet indexed is indexed first. Raises
    CatalogError, InputError, StorageError when the folder is unfit, and as `start_archive` and `watch`.
    """
    store = instance_store(settings)
    with open_catalog(settings) as catalog, serving_mark(settings.instance_location) as was_killed:
        if was_killed:
            _put_right(catalog)
        with hooks.telling(watch.report) as report:
            return serve_until_stopped(lambda: start_archive(settings, store, catalog, report, faults), watch)


def _put_right(catalog: Catalog) -> None:
    LOGGER.info("The archive was not stopped as it should be: comparing database and files")
    for file in catalog.verify(repair=True):
        if file.mended:
            LOGGER.warning("%s: %s: repaired", discreet(file.path), file.state)


def _listening(settings: ArchiveSettings) -> ServerSettings:
    return ServerSettings(
        ae_title=settings.ae_title,
        port=settings.port,
        sop_classes=(*STORAGE_SOP_CLASSES, VERIFICATION, *_QUERY_SOP_CLASSES),
        transfer_syntaxes=acceptable(),
        bind_address=settings.bind_address,
        limits=settings.limits,
        max_associations=settings.max_associations,
        max_per_address=settings.max_associations_per_address,
        request_timeout=no_limit(settings.request_timeout),
        any_sop_class=settings.promiscuous,
        share_port=settings.workers > 1,
        access=_access(settings),
        tls=_tls(settings),
    )


def _tls(settings: ArchiveSettings) -> SSLContext | None:
    """Return how to accept connections with TLS, None without it; raises InputError."""
    if not settings.tls:
        return None
    if settings.tls_cert is None:
        raise InputError("a server with TLS needs a certificate", hint="--tls-cert, or the key tls_cert")
    if settings.tls_require_client_cert and settings.tls_ca is None:
        hint = "--tls-ca, or the key tls_ca"
        raise InputError("to require certificates of clients needs authorities to trust", hint=hint)
    return server_context(settings.tls_settings, require_certificate=settings.tls_require_client_cert)


def _access(settings: ArchiveSettings) -> Access:
    """Return who may associate, and who may do what: an empty list lets everyone.

    Raises UserFileError.
    """
    readers, writers = settings.allow_read, settings.allow_write
    return Access(
        calling_aets=frozenset(settings.allow_calling),
        networks=parse_networks(settings.allow_address),
        called_aet=settings.ae_title if settings.require_called else None,
        users=UserFile(settings.users) if settings.users is not None else None,
        anonymous=settings.allow_anonymous,
        rights={
            title: Rights(
                read=not readers or title in readers,
                write=not writers or title in writers,
            )
            for title in (*readers, *writers)
        },
        other_rights=Rights(read=not readers, write=not writers),
    )


def _steps(settings: ArchiveSettings) -> dict[str, StepSource]:
    """Return where worklist items and unified procedure steps come from, by the SOP class of the query."""
    sources = (
        (InformationModel.WORKLIST, StepKind.WORKLIST, settings.worklist),
        (InformationModel.UPS, StepKind.UPS, settings.ups),
    )
    steps: dict[str, StepSource] = {}
    for model, kind, folder in sources:
        if folder is not None:
            if not folder.is_dir():
                raise FileError(folder, f"there is no such folder for --{kind}")
            steps[model.sop_classes.find] = DatasetFolder(folder, kind)
    return steps
