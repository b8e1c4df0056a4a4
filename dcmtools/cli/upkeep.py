"""Work on an archive in place of serving it: to empty it, to take over files, to check and mend its index."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from dcmtools.cli.archive import open_catalog
from dcmtools.cli.archive_settings import ArchiveSettings
from dcmtools.cli.console import Console
from dcmtools.cli.upkeep_options import UpkeepOptions
from dcmtools.dicom.privacy import discreet, discreet_message
from dcmtools.errors import ExitCode, FileError, InputError
from dcmtools.index.catalog import Catalog
from dcmtools.index.inventory import FileState, State

_QUESTION = (
    "This will delete all instances from both the storage directory and the database. "
    "Are you sure you wish to continue? [yes/no]: "
)
_DIFFERENCES = {
    State.MISSING: "is in the database, but not on the disk",
    State.NOT_INDEXED: "is on the disk, but not in the database",
    State.CHANGED: "is not as the database has it",
}


def keep_up(settings: ArchiveSettings, options: UpkeepOptions, console: Console) -> ExitCode:
    """Do the work that `options` ask for.

    Raises CatalogError, and InputError for what cannot be taken over or confirmed.
    """
    if options.clean and not options.yes and not _is_confirmed(console):
        return ExitCode.OK
    if (options.verify or options.rebuild) and not settings.instance_location.is_dir():
        # to go on would be to take every instance for deleted, where a disk is perhaps just not there
        raise FileError(settings.instance_location, "there is no such folder of instances")
    with open_catalog(settings, renew=options.clean or options.rebuild) as catalog:
        if options.clean:
            return _clean(catalog, console)
        if options.index:
            return _take_over(catalog, options.index, console)
        if options.rebuild:
            return _rebuild(catalog, console)
        return _verify(catalog, console, repair=not options.no_repair)


def _is_confirmed(console: Console) -> bool:
    if console.is_json:  # the question would go to where only objects go
        raise InputError("--json does not ask whether to delete everything", hint="--yes does not ask either")
    try:
        return input(_QUESTION) == "yes"
    except (EOFError, OSError, RuntimeError) as exc:  # closed in the three ways that there are
        raise InputError("nobody can answer whether to delete everything", hint="--yes does not ask") from exc


def _clean(catalog: Catalog, console: Console) -> ExitCode:
    """Delete the SOP Instances in the folder; files elsewhere, which were taken over, stay."""
    catalog.clear()
    kept = 0
    for file in catalog.verify():
        if file.state is State.NOT_INDEXED:
            try:
                Path(file.path).unlink(missing_ok=True)
            except OSError as exc:
                console.error(
                    f"Unable to delete the instance at '{discreet(file.path)}': {exc.strerror or exc}"
                )
                kept += 1
    if kept:
        console.error(f"Failed to clean storage directory: {kept} instances are left")
        return ExitCode.FAILURE
    console.info("Storage directory cleaned successfully")
    console.info("Database cleaned successfully")
    return ExitCode.OK


def _take_over(catalog: Catalog, folders: Sequence[Path], console: Console) -> ExitCode:
    for folder in folders:
        if not folder.is_dir():
            raise FileError(folder, "is no folder" if folder.exists() else "does not exist")
    indexed = 0
    for folder in folders:
        indexed += _show_indexed(catalog.take_over(folder), console)
    if not indexed:
        console.error(f"no SOP Instances were found in {', '.join(map(str, folders))}")
        return ExitCode.FAILURE
    return ExitCode.OK


def _rebuild(catalog: Catalog, console: Console) -> ExitCode:
    _show_indexed(catalog.rebuild(), console)
    return ExitCode.OK


def _show_indexed(files: Iterable[FileState], console: Console) -> int:
    """Show what became of each file, and the sum; return how many are in the index now."""
    counts: Counter[State] = Counter()
    for file in files:
        counts[file.state] += 1
        console.show(file)
        path, reason = discreet(file.path), discreet_message(file.reason)
        if file.state is State.INDEXED:
            console.info(f"Indexing file: {path}")
        elif file.state is State.DUPLICATE:
            console.warning(f"{path}: passed over: {reason or 'its SOP Instance is in another file'}")
        else:
            console.info(f"Skipping file: {path}: {reason}")
    indexed = counts.pop(State.INDEXED, 0)
    console.summary(f"{indexed} instances indexed, {counts.total()} files passed over", failed=False)
    return indexed


def _verify(catalog: Catalog, console: Console, *, repair: bool) -> ExitCode:
    found = mended = 0
    for file in catalog.verify(repair=repair):
        console.show(file)
        difference = _DIFFERENCES.get(file.state)
        path, reason = discreet(file.path), discreet_message(file.reason)
        if difference is None:
            console.info(f"{path}: {file.state}: {reason}")
            continue
        found += 1
        line = f"{path}: {difference}" + (f": {reason}" if reason else "")
        if file.mended:
            mended += 1
            console.warning(f"{line}: repaired")
        else:
            console.error(line)
    if not found:
        console.summary("database and files agree", failed=False)
        return ExitCode.OK
    differences = "difference" if found == 1 else "differences"
    console.summary(f"{found} {differences}, {mended} repaired", failed=mended < found)
    return ExitCode.OK if mended == found else ExitCode.PARTIAL
