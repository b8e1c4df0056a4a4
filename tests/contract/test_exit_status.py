"""The exit status of every command: 0 all, 1 nothing, 2 usage, 3 in part; and what help and version say."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pynetdicom import AE, evt
from pynetdicom.events import Event
from pynetdicom.sop_class import Verification

from dcmtools.cli.app import COMMANDS, run

from ..interop.peers.queries import find_peer, get_peer, move_peer
from ..interop.peers.scripted import StorePeer, serving, status_at, store_peer
from ..logging_state import restored_logging
from ..samples import sample
from .comparing import Peer
from .faulty import (
    aborting,
    closing,
    nobody,
    refusing_all,
    rejecting,
    stalling,
    stalling_query,
    without_status,
)
from .parsing import SCUS

pytestmark = pytest.mark.interop

OK, FAILURE, USAGE, PARTIAL = 0, 1, 2, 3

CT, MR = str(sample("CT_small.dcm")), str(sample("MR_small.dcm"))
KEY = ("-k", "QueryRetrieveLevel=PATIENT")
ENDINGS: dict[str, tuple[str, ...]] = {
    "echoscu": (),
    "storescu": (CT,),
    "findscu": KEY,
    "getscu": KEY,
    "movescu": KEY,
}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Commands run in this process, in a folder of their own."""
    monkeypatch.chdir(tmp_path)
    with restored_logging():
        yield


def status(app: str, peer: Peer, *arguments: str, ending: tuple[str, ...] | None = None) -> int:
    """The exit status of a client that calls `peer`."""
    with peer() as given:
        port = str(getattr(given, "port", given))
        return run([app, *arguments, "127.0.0.1", port, *(ENDINGS[app] if ending is None else ending)])


@pytest.mark.parametrize("app", SCUS)
@pytest.mark.parametrize(
    "peer",
    [nobody, lambda: rejecting(1, 1, 7), refusing_all],
    ids=["nobody", "rejecting", "refusing all contexts"],
)
def test_no_association(app: str, peer: Peer) -> None:
    assert status(app, peer) == FAILURE


@pytest.mark.parametrize(
    ("arguments", "statuses", "expected"),
    [
        ([], [0x0000], OK),
        (["--repeat", "3"], [0x0000, 0x0000, 0x0000], OK),
        (["--repeat", "0"], [], OK),
        (["--abort"], [0x0000], OK),
        ([], [0x0122], FAILURE),
        (["--repeat", "2"], [0x0110, 0x0110], FAILURE),
        (["--repeat", "2"], [0x0000, 0x0110], PARTIAL),
    ],
)
def test_echo(arguments: list[str], statuses: list[int], expected: int) -> None:
    answers = iter(statuses)
    ae = AE("PEER")
    ae.add_supported_context(Verification)
    with serving(ae, [(evt.EVT_C_ECHO, lambda event: next(answers))]) as port:
        assert run(["echoscu", *arguments, "127.0.0.1", str(port)]) == expected
    assert list(answers) == []


@pytest.mark.parametrize("peer", [aborting, closing])
def test_echo_over_an_association_that_is_lost(peer: Peer) -> None:
    assert status("echoscu", peer) == FAILURE


@pytest.mark.parametrize(
    ("app", "peer"),
    [("echoscu", stalling), ("storescu", stalling), ("findscu", stalling_query), ("getscu", stalling_query)],
)
def test_no_answer(app: str, peer: Peer) -> None:
    """movescu is another matter: it waits while the peer answers a C-ECHO."""
    assert status(app, peer, "-td", "0.5") == FAILURE


@pytest.mark.parametrize(
    ("statuses", "files", "expected"),
    [
        ({}, (CT, MR), OK),
        ({1: 0xB000}, (CT, MR), OK),
        ({1: 0xB007}, (CT,), OK),
        ({2: 0xB006}, (CT, MR), PARTIAL),
        ({1: 0xB006}, (CT,), PARTIAL),
        ({1: 0xA700}, (CT, MR), PARTIAL),
        ({2: 0xC000}, (CT, MR), PARTIAL),
        ({1: 0x0122, 2: 0x0122}, (CT, MR), FAILURE),
        ({}, (CT, "none.dcm"), PARTIAL),
        ({}, (CT, "."), OK),
        ({}, ("none.dcm",), FAILURE),
        ({}, (".",), FAILURE),
    ],
)
def test_store(statuses: dict[int, int], files: tuple[str, ...], expected: int) -> None:
    def answer(event: Event, number: int, peer: StorePeer) -> int:
        return statuses.get(number, 0x0000)

    assert status("storescu", lambda: store_peer(answer), ending=files) == expected


def test_store_of_a_file_that_is_no_dicom_file(no_dicom: Path) -> None:
    assert status("storescu", store_peer, ending=(str(no_dicom),)) == FAILURE
    assert status("storescu", store_peer, ending=(str(no_dicom), CT)) == PARTIAL


def test_store_of_a_truncated_file() -> None:
    truncated = str(sample("MR_truncated.dcm"))
    assert status("storescu", store_peer, ending=(truncated,)) == FAILURE
    assert status("storescu", store_peer, ending=(truncated, CT)) == PARTIAL


def match() -> Dataset:
    dataset = Dataset()
    dataset.QueryRetrieveLevel = "PATIENT"
    dataset.PatientID = "1"
    return dataset


@pytest.mark.parametrize(
    ("matches", "final", "expected"),
    [
        (0, 0x0000, OK),
        (2, 0x0000, OK),
        (0, 0xA700, FAILURE),
        (0, 0xA900, FAILURE),
        (0, 0xC000, FAILURE),
        (0, 0x0122, FAILURE),
        (1, 0xC000, PARTIAL),
        (1, 0xFE00, PARTIAL),
    ],
)
def test_find(matches: int, final: int, expected: int) -> None:
    assert status("findscu", lambda: find_peer([match()] * matches, status=final)) == expected


def test_find_with_an_invalid_response() -> None:
    assert status("findscu", without_status) == FAILURE


@pytest.mark.parametrize("app", ["findscu", "getscu", "movescu"])
@pytest.mark.parametrize(
    "query", [("-k", "NoSuchKeyword=1"), ("-k", "Columns=abc"), ("-f", "none.dcm")], ids=" ".join
)
def test_query_that_cannot_be_read(app: str, query: tuple[str, ...]) -> None:
    assert status(app, nobody, ending=query) == FAILURE


def test_get() -> None:
    instances = [dcmread(CT), dcmread(MR)]
    assert status("getscu", lambda: get_peer(instances)) == OK
    assert status("getscu", lambda: get_peer([])) == OK
    assert status("getscu", lambda: get_peer(instances, status=0xA900)) == FAILURE


def test_get_of_which_a_part_fails(tmp_path: Path) -> None:
    """A folder that cannot be written for one of two objects."""
    instances = [dcmread(CT), dcmread(MR)]
    (tmp_path / f"CT.{instances[0].SOPInstanceUID}").mkdir()
    assert status("getscu", lambda: get_peer(instances), "--on-existing", "keep") == PARTIAL


def test_move() -> None:
    instances = [dcmread(CT), dcmread(MR)]
    with store_peer() as there:
        assert status("movescu", lambda: move_peer(instances, destination=lambda: there.port)) == OK
    with store_peer() as there:
        refusing = partial(move_peer, instances, destination=lambda: there.port, status=0xC000)
        assert status("movescu", refusing) == FAILURE
    with store_peer(status_at([2], 0xA700)) as there:
        assert status("movescu", lambda: move_peer(instances, destination=lambda: there.port)) == PARTIAL
    with store_peer(status_at([1, 2], 0xA700)) as there:
        assert status("movescu", lambda: move_peer(instances, destination=lambda: there.port)) == FAILURE


@pytest.mark.parametrize("app", ["echoscp", "storescp"])
def test_port_that_is_taken(app: str) -> None:
    with socket.create_server(("", 0)) as other:
        assert run([app, str(other.getsockname()[1])]) == FAILURE


@pytest.mark.parametrize("app", COMMANDS)
@pytest.mark.parametrize("arguments", [["--no-such-option"], ["-v", "-d"]], ids=" ".join)
def test_usage(app: str, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """One line on stderr, nothing on stdout."""
    positional = [] if app == "demo" else ["localhost", "104", CT] if app == "storescu" else ["104"]
    assert run([app, *arguments, *positional]) == USAGE
    printed = capsys.readouterr()
    assert printed.out == ""
    assert re.fullmatch(rf"dcmtools {app}: error: .+\n", printed.err)


def test_missing_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == USAGE
    assert "Usage" in "".join(capsys.readouterr())


@pytest.mark.parametrize("app", COMMANDS)
def test_help(app: str, capsys: pytest.CaptureFixture[str]) -> None:
    """On stdout, with the exit status explained; positional arguments are not needed."""
    texts = []
    for option in ("-h", "--help"):
        assert run([app, option]) == OK
        printed = capsys.readouterr()
        assert printed.err == ""
        texts.append(printed.out)
    assert texts[0] == texts[1]
    explained = " ".join(texts[0].split())
    assert "Exit status: 0 all" in explained
    assert "130 interrupted" in explained


@pytest.mark.parametrize("app", [None, *COMMANDS])
def test_version(app: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    """On stdout; without positional arguments, which pynetdicom's apps insist on."""
    assert run([app, "--version"] if app else ["--version"]) == OK
    printed = capsys.readouterr()
    assert re.fullmatch(r"dcmtools \S+ \(pynetdicom \S+, pydicom \S+, Python 3\.\S+\)\n", printed.out)
    assert printed.err == ""
