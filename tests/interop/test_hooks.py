"""Hooks of our servers: who is told of what, and that nothing of a peer reaches a shell."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from pydicom import config

from ..command import dcmtools, qrscp, storescp
from ..net.hooks.web_server import web_server
from ..samples import write_instance
from .peers import dcmtk
from .peers.processes import wait_until

KEEP = """
import pathlib, sys, uuid
pathlib.Path(sys.argv[1], uuid.uuid4().hex).write_bytes(sys.stdin.buffer.read())
"""


def keeping(folder: Path, occasion: str = "") -> str:
    """A hook that writes each document to a file of its own."""
    folder.mkdir(exist_ok=True)
    return occasion + shlex.join([sys.executable, "-c", KEEP, str(folder)])


def told(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_bytes()) for path in folder.iterdir() if path.stat().st_size]


def send(port: int, *paths: object, title: str = "SENDER") -> None:
    outcome = dcmtools("storescu", "-aet", title, "-aec", "HERE", "127.0.0.1", port, *paths)
    assert outcome.code == 0, outcome.stderr


def test_every_occasion(tmp_path: Path) -> None:
    study = "1.2.826.0.1.3680043.8.498.90"
    items = [
        write_instance(
            tmp_path / f"{number}.dcm",
            StudyInstanceUID=study,
            PatientID="Ä^1",
            SpecificCharacterSet="ISO_IR 100",
        )
        for number in range(3)
    ]
    folder = tmp_path / "told"
    with storescp(tmp_path, "--exec", keeping(folder), "--study-timeout", "2") as storage:
        send(storage.port, items[0].path, title="ONE")
        send(storage.port, items[1].path, items[2].path, title="TWO")
        wait_until(lambda: len(told(folder)) == 6, "the study")
    documents = told(folder)
    assert {document["version"] for document in documents} == {1}
    objects = [document for document in documents if document["occasion"] == "object"]
    assert {document["sop_instance_uid"] for document in objects} == {item.sop_instance for item in items}
    for document in objects:
        assert Path(document["path"]).is_file() and Path(document["path"]).is_absolute()
        assert (document["study_instance_uid"], document["patient_id"]) == (study, "Ä^1")
        assert document["outcome"] == "stored" and document["size"] > 0
        assert document["association"]["address"] == "127.0.0.1"
        assert document["association"]["called_aet"] == "HERE"
    associations = [document for document in documents if document["occasion"] == "association"]
    assert sorted(
        (one["association"]["calling_aet"], one["objects"], one["released"]) for one in associations
    ) == [
        ("ONE", 1, True),
        ("TWO", 2, True),
    ]
    [complete] = [document for document in documents if document["occasion"] == "study"]
    assert (complete["study_instance_uid"], complete["objects"], complete["reason"]) == (study, 3, "silence")
    assert set(complete["paths"]) == {document["path"] for document in objects}
    assert complete["calling_aets"] == ["ONE", "TWO"]


def test_a_study_under_way_is_told_of_at_the_end(tmp_path: Path) -> None:
    folder = tmp_path / "told"
    item = write_instance(tmp_path / "1.dcm")
    with qrscp(tmp_path / "archive", "--exec", keeping(folder, "study:")) as archive:
        send(archive.port, item.path)
    [document] = told(folder)
    assert (document["objects"], document["reason"]) == (1, "stopped")


def test_a_webhook_that_fails_at_first(tmp_path: Path) -> None:
    item = write_instance(tmp_path / "1.dcm")
    with web_server(failures=2) as (url, posted):
        with storescp(tmp_path, "--webhook", f"object:{url}/200") as storage:
            send(storage.port, item.path)
            wait_until(lambda: len(posted) == 3, "the third try")
            lines = storage.server.output().splitlines()
    assert json.loads(posted[2][2])["sop_instance_uid"] == item.sop_instance
    failed = [line for line in lines if "Hook failed: " in line]
    assert len(failed) == 2
    assert all(
        line.startswith(f"W: Hook failed: {url}/200: ") and "HTTP status 503" in line for line in failed
    )


def test_hooks_do_not_hold_up_receiving(tmp_path: Path) -> None:
    items = [write_instance(tmp_path / f"{number}.dcm") for number in range(50)]
    stuck = shlex.join([sys.executable, "-c", "import time; time.sleep(600)"])
    with storescp(
        tmp_path, "--exec", f"object:{stuck}", "--hook-timeout", "1", "--hook-retries", "0"
    ) as storage:
        send(storage.port, *(item.path for item in items))
        assert len(list(storage.folder.glob("CT.*"))) == 50
    output = storage.server.output()
    assert "did not end within 1 s" in output
    assert "the server has stopped" in output


@pytest.mark.interop
def test_what_a_peer_says_reaches_no_shell(tmp_path: Path) -> None:
    with config.disable_value_validation():
        item = write_instance(
            tmp_path / "1.dcm", PatientID="$(touch escaped)", StudyInstanceUID="1.2;touch escaped"
        )
    folder = tmp_path / "told"
    with storescp(tmp_path, "--exec", keeping(folder, "object:")) as storage:
        sent = dcmtk.dcmtk("storescu", "-aet", "`touch escaped`", "127.0.0.1", storage.port, item.path)
        assert sent.returncode == 0
        wait_until(lambda: bool(told(folder)), "the hook")
    [document] = told(folder)
    assert document["patient_id"] == "$(touch escaped)"
    assert document["association"]["calling_aet"] == "`touch escaped`"
    assert not list(tmp_path.rglob("escaped"))


def test_wrong_hooks() -> None:
    for options in (
        ("--exec", "study:"),
        ("--webhook", "ftp://host/"),
        ("--webhook-token-file", "token"),
        ("--exec", "notify", "--workers", "2"),
    ):
        outcome = dcmtools("storescp", "0", *options)
        assert outcome.code == 2
        assert len(outcome.stderr.splitlines()) == 1 and options[0] in outcome.stderr
