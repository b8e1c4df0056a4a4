"""``--json`` of the real commands: objects of the documented schema on stdout, nothing else there."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom import Dataset, dcmread

from dcmtools.net.statuses import SUCCESS

from ..command import ENVIRONMENT, Outcome, archive_configuration, dcmtools
from ..json_output import check, named, read_objects
from ..ports import free_port
from ..samples import sample
from .peers.queries import find_peer, get_peer, move_peer
from .peers.raw import raw_peer, silent
from .peers.scripted import echo_peer, status_at, store_peer

pytestmark = pytest.mark.interop

CT, MR = sample("CT_small.dcm"), sample("MR_small.dcm")
KEYS = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=1CT1")


@pytest.fixture
def instances() -> list[Dataset]:
    return [dcmread(path) for path in (CT, MR)]


def objects(outcome: Outcome, status: int) -> list[dict[str, Any]]:
    """The objects of a run that ended with this exit status."""
    assert outcome.code == status, outcome.stderr
    found = read_objects(outcome.stdout)
    assert found[-1]["exit_status"] == status
    return found


def test_echoscu() -> None:
    with echo_peer(SUCCESS) as port:
        outcome = dcmtools("echoscu", "--json", "--repeat=2", "127.0.0.1", port)
    found = objects(outcome, 0)
    assert [(each["number"], each["status"]) for each in named(found, "echoed")] == [(1, 0), (2, 0)]
    assert found[-1]["message"].startswith("Round-trip time: min ")
    assert outcome.stderr == ""


def test_demo() -> None:
    found = objects(dcmtools("demo", "--json", timeout=120), 0)
    steps = named(found, "demonstrated")
    assert [each["step"] for each in steps][:3] == ["qrscp", "echoscu", "storescu"]
    assert all(each["good"] for each in steps)


def test_nobody_there() -> None:
    port = free_port()
    found = objects(dcmtools("echoscu", "--json", "-q", "127.0.0.1", port), 1)
    (error,) = named(found, "error")
    assert error["kind"] == "connection_failed"
    assert error["message"] == f"127.0.0.1:{port}: connection refused"


def test_wrong_usage() -> None:
    outcome = dcmtools("storescu", "--json", "127.0.0.1", "104", CT, "--no-such-option")
    (error,) = named(objects(outcome, 2), "error")
    assert error["kind"] == "usage"
    assert "--no-such-option" in error["message"]
    assert "--no-such-option" in outcome.stderr


def test_storescu(tmp_path: Path, no_dicom: Path) -> None:
    with store_peer(status_at([2], 0xA700)) as peer:
        outcome = dcmtools("storescu", "--json", "127.0.0.1", peer.port, CT, MR, no_dicom)
    found = objects(outcome, 3)
    assert [each["path"] for each in named(found, "stored")] == [str(CT)]
    assert [(each["path"], each["status"]) for each in named(found, "not_stored")] == [(str(MR), 0xA700)]
    assert [each["path"] for each in named(found, "bad_file")] == [str(no_dicom)]
    assert found[-1]["size"] == named(found, "stored")[0]["size"]
    assert found[-1]["message"].startswith("Stored 1 of 3 files (")


def test_findscu(instances: list[Dataset]) -> None:
    instances[0].SpecificCharacterSet = "ISO_IR 192"
    instances[0].PatientName = "山田^太郎"
    answer = Dataset()
    answer.SpecificCharacterSet = "ISO_IR 192"
    answer.PatientName = instances[0].PatientName
    with find_peer([answer]) as peer:
        outcome = dcmtools("findscu", "--json", "127.0.0.1", peer.port, *KEYS)
    (match,) = named(objects(outcome, 0), "match")
    assert match["identifier"]["00100010"]["Value"] == [{"Alphabetic": "山田^太郎"}]
    assert outcome.stderr == ""


def test_getscu(tmp_path: Path, instances: list[Dataset]) -> None:
    with get_peer(instances) as peer:
        outcome = dcmtools("getscu", "--json", "127.0.0.1", peer.port, *KEYS, "-od", tmp_path / "got")
    found = objects(outcome, 0)
    assert [each["sop_instance_uid"] for each in named(found, "received")] == [
        str(instance.SOPInstanceUID) for instance in instances
    ]
    (finished,) = named(found, "finished")
    assert finished["sub_operations"] == {"remaining": 0, "completed": 2, "failed": 0, "warning": 0}
    assert outcome.stderr == ""


def test_movescu(tmp_path: Path, instances: list[Dataset]) -> None:
    port = free_port()
    options = ("--store", "--store-port", port, "-od", tmp_path / "got")
    with move_peer(instances, destination=lambda: port) as peer:
        outcome = dcmtools("movescu", "--json", "127.0.0.1", peer.port, *KEYS, *options)
    found = objects(outcome, 0)
    assert len(named(found, "received")) == 2
    assert [each["status"] for each in named(found, "finished")] == [0]


@contextlib.contextmanager
def server(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], list[dict[str, Any]]]]:
    """Run one of our SCPs, and read what it writes up to that it listens; the rest is added in the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dcmtools", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    found: list[dict[str, Any]] = []
    try:
        assert process.stdout is not None
        lines: list[str] = []
        while not lines or json.loads(lines[-1])["event"] != "listening":
            lines.append(process.stdout.readline())
            check(json.loads(lines[-1]))
        found.append(json.loads(lines[-1]))
        yield process, found
        process.send_signal(signal.SIGTERM)
        out = process.stdout.read()  # as communicate() does not: what the stream holds already, too
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(30) == 0
        found[:] = read_objects("".join(lines) + out)
    finally:
        process.kill()
        process.communicate()


def test_echoscp() -> None:
    with server("echoscp", "--json", 0) as (_, found):
        assert dcmtools("echoscu", "127.0.0.1", found[0]["port"]).code == 0
    assert found[-1]["exit_status"] == 0


@pytest.mark.parametrize("kind", ["storescp", "qrscp"])
def test_receiving(tmp_path: Path, kind: str) -> None:
    arguments: tuple[object, ...] = ("storescp", "--json", "-od", tmp_path / "received", 0)
    if kind == "qrscp":
        arguments = ("qrscp", "--json", "-c", archive_configuration(tmp_path))
    with server(*arguments) as (_, found):
        assert dcmtools("storescu", "127.0.0.1", found[0]["port"], CT, MR).code == 0
    received = named(found, "received")
    assert [Path(each["path"]).is_file() for each in received] == [True, True]
    assert found[-1]["size"] == sum(each["size"] for each in received)
    assert found[-1]["message"].startswith("Received 2 objects ")


def test_upkeep(tmp_path: Path) -> None:
    """What there is to say of each file; and no question on stdout."""
    configuration = archive_configuration(tmp_path)
    folder = tmp_path / "instances"
    folder.mkdir()
    for path in (CT, MR):
        (folder / path.name).write_bytes(path.read_bytes())
    command = ("qrscp", "--json", "-c", configuration)
    found = objects(dcmtools(*command, "--verify", "--no-repair"), 3)
    assert [each["state"] for each in named(found, "file_state")] == ["not indexed"] * 2
    assert found[-1]["message"] == "2 differences, 0 repaired"
    found = objects(dcmtools(*command, "--rebuild"), 0)
    assert [each["state"] for each in named(found, "file_state")] == ["indexed"] * 2
    (error,) = named(objects(dcmtools(*command, "--clean"), 1), "error")
    assert error["hint"] == "--yes does not ask either"
    objects(dcmtools(*command, "--clean", "--yes"), 0)
    assert not list(folder.glob("*.dcm"))


@pytest.mark.parametrize("kind", ["storescp", "qrscp"])
def test_receiving_in_several_processes(tmp_path: Path, kind: str) -> None:
    """Their objects go to one stream, and are counted together in one summary."""
    arguments: tuple[object, ...] = ("storescp", "--json", "--workers=2", "-od", tmp_path / "received", 0)
    if kind == "qrscp":
        arguments = ("qrscp", "--json", "--workers=2", "-c", archive_configuration(tmp_path))
    with server(*arguments) as (_, found):
        for path in (CT, MR, CT, MR):
            assert dcmtools("storescu", "127.0.0.1", found[0]["port"], path).code == 0
    assert len(named(found, "received")) == found[-1]["objects"]["received"] == 4
    assert len(named(found, "listening")) == 2
    assert found[-1]["message"].startswith("Received 4 objects ")


def test_a_server_whose_reader_has_gone(tmp_path: Path) -> None:
    """It ends, as what writes to a pipe does; what it was sent is there."""
    arguments = ["storescp", "--json", "-od", str(tmp_path / "received"), "0"]
    with subprocess.Popen(
        [sys.executable, "-m", "dcmtools", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        port = json.loads(process.stdout.readline())["port"]
        process.stdout.close()
        assert dcmtools("storescu", "127.0.0.1", port, CT).code == 0
        assert process.wait(30) is not None
        errors = process.stderr.read()
    assert "Traceback" not in errors
    assert "Broken pipe" in errors
    assert len(list((tmp_path / "received").iterdir())) == 1


def test_a_client_whose_reader_has_gone() -> None:
    command = f"{sys.executable} -m dcmtools storescu --json 127.0.0.1 {free_port()} {CT} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60, env=ENVIRONMENT)
    assert json.loads(done.stdout)["event"] == "start"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ended_by_a_signal(number: signal.Signals, status: int) -> None:
    with (
        raw_peer(silent) as port,
        subprocess.Popen(
            [sys.executable, "-m", "dcmtools", "echoscu", "--json", "-v", "127.0.0.1", str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
        ) as process,
    ):
        assert process.stderr is not None
        while "Requesting Association" not in process.stderr.readline():
            pass
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert process.returncode == status
    assert read_objects(out)[-1]["exit_status"] == status
    assert "Traceback" not in err
