"""The options of what stores: what they mean to the store, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer import BadParameter

from dcmtools.cli.option_group import UsageError
from dcmtools.cli.options import byte_size
from dcmtools.cli.storing import OutputOptions
from dcmtools.dicom.path_template import PathTemplate
from dcmtools.dicom.storing import OnExisting, Sync

from ..command import dcmtools

WITHOUT_UID = PathTemplate("{PatientID}.dcm")
WITH_UID = PathTemplate("{PatientID}/{SOPInstanceUID}.dcm")


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 0), ("500", 500), ("1k", 1024), ("500M", 500 << 20), (" 20G ", 20 << 30), ("3T", 3 << 40)],
)
def test_sizes(text: str, size: int) -> None:
    assert byte_size(text) == size


@pytest.mark.parametrize("text", ["", "M", "-1", "1.5G", "1 G", "5X", "5MB", "1e3", "9" * 5000, "\uff11"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(BadParameter, match="is no number of bytes"):
        byte_size(text)


def test_defaults(tmp_path: Path) -> None:
    store = OutputOptions(output_directory=tmp_path).provider(print)._store
    assert store is not None
    assert (store.sync, store.template, store.room) == (Sync.NONE, None, None)


def test_what_is_given_goes_to_the_store(tmp_path: Path) -> None:
    output = OutputOptions(output_directory=tmp_path, sync=Sync.FULL, path_template=WITH_UID, max_size=5)
    store = output.provider(print)._store
    assert store is not None
    assert (store.sync, store.template) == (Sync.FULL, WITH_UID)
    assert store.room is not None


@pytest.mark.parametrize("on_existing", [OnExisting.KEEP, OnExisting.REPLACE])
def test_no_object_is_lost_to_another_by_its_path(on_existing: OnExisting) -> None:
    OutputOptions(on_existing=on_existing).check()
    OutputOptions(on_existing=on_existing, path_template=WITH_UID).check()
    with pytest.raises(UsageError, match="--path-template needs a name"):
        OutputOptions(on_existing=on_existing, path_template=WITHOUT_UID).check()


@pytest.mark.parametrize("on_existing", [None, OnExisting.RENAME])
def test_any_template_will_do_where_both_objects_are_kept(on_existing: OnExisting | None) -> None:
    OutputOptions(on_existing=on_existing, path_template=WITHOUT_UID).check()


@pytest.mark.parametrize("command", ["storescp", "getscu", "movescu"])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--path-template", "../{PatientID}"), "'../{PatientID}': not all systems take the name '..'"),
        (("--path-template", "{PatientNam}"), "did you mean 'PatientName'?"),
        (("--max-size", "lots"), "'lots' is no number of bytes"),
        (("--min-free", "-5"), "'-5' is no number of bytes"),
        (("--sync", "some"), "--sync"),
    ],
)
def test_wrong_usage(command: str, options: tuple[str, ...], words: str) -> None:
    address = () if command == "storescp" else ("localhost",)
    outcome = dcmtools(command, *address, "11112", *options)
    assert outcome.code == 2
    assert words in outcome.stderr


@pytest.mark.parametrize("command", [("storescp", "11112"), ("qrscp",)])
def test_processes_cannot_share_a_quota(command: tuple[str, ...], tmp_path: Path) -> None:
    outcome = dcmtools(*command, "--max-size", "5G", "--workers", "2", cwd=tmp_path)
    assert outcome.code == 2
    assert "--max-size: not allowed with argument --workers" in outcome.stderr
