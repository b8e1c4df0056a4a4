"""Every command with input that it cannot use: one clear line, the right exit status."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from dcmtools.cli.app import run

from ..command import Outcome, dcmtools
from ..ports import free_port
from ..samples import sample
from .peers.raw import Talk, close, garbage, raw_peer, silent, unanswered_port
from .peers.scripted import store_peer

pytestmark = pytest.mark.interop

SCU_ENDINGS: dict[str, tuple[str, ...]] = {
    "echoscu": (),
    "storescu": (str(sample("CT_small.dcm")),),
    "findscu": ("-k", "PatientName="),
    "getscu": ("-k", "PatientName="),
    "movescu": ("-k", "PatientName="),
}
SCUS = sorted(SCU_ENDINGS)
SCPS = ["echoscp", "storescp"]
ALL = [*SCUS, *SCPS]
QUERIES = ["findscu", "getscu", "movescu"]


def once_each(commands: Sequence[str], values: Sequence[Any]) -> list[tuple[str, Any]]:
    """The first value with every command, the others, which take the same way, with the first command."""
    return [(command, values[0]) for command in commands] + [(commands[0], value) for value in values[1:]]


def scu(command: str, host: str, port: object, *options: object) -> Outcome:
    return dcmtools(command, *options, host, port, *SCU_ENDINGS[command])


@pytest.fixture
def usage(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run a command whose arguments are wrong: it ends before it does anything, so within this process."""

    def run_here(command: str, *arguments: object) -> Outcome:
        code = run([command, *map(str, arguments)])
        return Outcome(code, *capsys.readouterr())

    return run_here


Usage = Callable[..., Outcome]


def line(command: str, *options: object) -> tuple[object, ...]:
    """A command line of `command` that is right but for what `options` do to it."""
    where = ("127.0.0.1", 104) if command in SCU_ENDINGS else (104,)
    return (command, *options, *where, *SCU_ENDINGS.get(command, ()))


def check_one_line(outcome: Outcome, code: int, *words: str) -> None:
    """One error, all `words` in what is on stderr, nothing on stdout."""
    assert outcome.code == code, outcome.stderr
    assert outcome.stdout == ""
    for word in words:
        assert word.lower() in outcome.stderr.lower()
    assert outcome.stderr.strip() != ""


@pytest.mark.parametrize("command", SCUS)
def test_nobody_listens(command: str) -> None:
    outcome = scu(command, "127.0.0.1", free_port())
    check_one_line(outcome, 1, "refused")
    assert "E: Association request failed: unable to connect to remote" in outcome.stderr.splitlines()


@pytest.mark.parametrize("command", SCUS)
def test_unknown_host(command: str) -> None:
    check_one_line(scu(command, "no-such-host.invalid", 104), 1, "no-such-host.invalid")


@pytest.mark.parametrize("command", SCUS)
def test_rejected(command: str) -> None:
    with store_peer(demand=lambda ae: setattr(ae, "require_called_aet", True)) as peer:
        outcome = scu(command, "127.0.0.1", peer.port)
    check_one_line(outcome, 1, "rejected", "Called AE title not recognised")
    assert "E: Association Rejected" in outcome.stderr.splitlines()


@pytest.mark.parametrize(("command", "talk"), once_each(SCUS, [silent, garbage, close]))
def test_peer_that_speaks_no_dicom(command: str, talk: Talk) -> None:
    with raw_peer(talk) as port:
        outcome = scu(command, "127.0.0.1", port, "-ta", 1)
    assert outcome.code == 1
    assert outcome.errors() != []


@pytest.mark.parametrize("command", SCUS)
def test_connection_that_is_never_made(command: str) -> None:
    with unanswered_port() as port:
        outcome = scu(command, "127.0.0.1", port, "-to", 1)
    assert outcome.code == 1
    assert outcome.errors() != []


@pytest.mark.parametrize("command", QUERIES)
def test_no_context_accepted(command: str) -> None:
    with store_peer() as peer:
        outcome = scu(command, "127.0.0.1", peer.port)
    check_one_line(outcome, 1, "presentation context")


@pytest.mark.parametrize(("command", "port"), once_each(SCUS, ["0", "65536", "-1", "dicom", ""]))
def test_bad_port(usage: Usage, command: str, port: str) -> None:
    check_one_line(usage(command, "127.0.0.1", port, *SCU_ENDINGS[command]), 2)


@pytest.mark.parametrize(
    ("command", "title"), once_each(ALL, ["SEVENTEEN_LETTERS", "BACK\\SLASH", "BELL\a", "", "   "])
)
def test_bad_ae_title(usage: Usage, command: str, title: str) -> None:
    check_one_line(usage(*line(command, "-aet", title)), 2)


@pytest.mark.parametrize("command", SCUS)
def test_bad_called_ae_title(usage: Usage, command: str) -> None:
    check_one_line(usage(*line(command, "-aec", "SEVENTEEN_LETTERS")), 2)


def test_bad_move_destination(usage: Usage) -> None:
    check_one_line(usage(*line("movescu", "-aem", "SEVENTEEN_LETTERS")), 2)


@pytest.mark.parametrize("command", ALL)
def test_missing_arguments(usage: Usage, command: str) -> None:
    check_one_line(usage(command), 2)


@pytest.mark.parametrize(("command", "options"), once_each(ALL, [("-v", "-d"), ("-q", "-v"), ("-q", "-d")]))
def test_options_that_exclude_each_other(usage: Usage, command: str, options: tuple[str, str]) -> None:
    check_one_line(usage(*line(command, *options)), 2, "not allowed with")


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("echoscu", ("-xe", "-xb")),
        ("storescu", ("-xe", "-xi")),
        ("findscu", ("-P", "-S")),
        ("getscu", ("-S", "-O")),
        ("movescu", ("-P", "-O")),
    ],
)
def test_choices_that_exclude_each_other(usage: Usage, command: str, options: tuple[str, str]) -> None:
    check_one_line(usage(*line(command, *options)), 2, "not allowed with")


@pytest.mark.parametrize(("command", "options"), once_each(SCPS, [("-x=", "-xe"), ("-xb", "-xi")]))
def test_preferences_that_exclude_each_other(usage: Usage, command: str, options: tuple[str, str]) -> None:
    check_one_line(usage(*line(command, *options)), 2, "not allowed with")


@pytest.mark.parametrize(("command", "option"), once_each(SCUS, ["-ta", "-td", "-tn", "-to", "-pdu"]))
def test_bad_number(usage: Usage, command: str, option: str) -> None:
    check_one_line(usage(*line(command, option, "soon")), 2, option)


@pytest.mark.parametrize("command", ALL)
def test_unknown_option(usage: Usage, command: str) -> None:
    check_one_line(usage(*line(command, "--no-such-option")), 2, "--no-such-option")


@pytest.mark.parametrize("command", SCPS)
def test_port_in_use(command: str) -> None:
    with socket.create_server(("", 0)) as other:
        port = other.getsockname()[1]
        outcome = dcmtools(command, port)
    check_one_line(outcome, 1, str(port), "in use")


def test_store_port_in_use(tmp_path: Path) -> None:
    """movescu asks for nothing if it could not receive it."""
    with socket.create_server(("", 0)) as other, store_peer() as peer:
        port = other.getsockname()[1]
        outcome = scu("movescu", "127.0.0.1", peer.port, "--store", "--store-port", port)
    check_one_line(outcome, 1, str(port), "in use")


@pytest.mark.parametrize(("command", "port"), once_each(SCPS, ["65536", "-1", "dicom"]))
def test_bad_port_to_listen_on(usage: Usage, command: str, port: str) -> None:
    check_one_line(usage(command, port), 2)


@pytest.mark.parametrize("command", SCPS)
def test_address_that_is_not_ours(command: str) -> None:
    check_one_line(dcmtools(command, "-ba", "192.0.2.1", free_port()), 1, "192.0.2.1")


BAD_KEYS = [
    ("PatientsName=Doe", "PatientName"),
    ("NoSuchKeyword=1", "NoSuchKeyword"),
    ("(0010,001)=1", "0010,001"),
    ("BeamSequence[-1]=", "BeamSequence[-1]"),
    ("Columns=abc", "Columns=abc"),
]


@pytest.mark.parametrize(("command", "key"), once_each(QUERIES, BAD_KEYS))
def test_bad_key(command: str, key: tuple[str, str]) -> None:
    """Found before anything is sent."""
    with store_peer() as peer:
        outcome = dcmtools(command, "127.0.0.1", peer.port, "-k", key[0])
    check_one_line(outcome, 1, *key)
    assert len(outcome.stderr.splitlines()) == 1
    assert peer.associations == 0


def test_output_folder_that_is_a_file(no_dicom: Path) -> None:
    check_one_line(dcmtools("storescp", free_port(), "-od", no_dicom), 1, no_dicom.name)


def test_unknown_command(usage: Usage) -> None:
    check_one_line(usage("printscu"), 2, "printscu")


def test_quiet_silences_errors_not_exit_status() -> None:
    outcome = scu("echoscu", "127.0.0.1", free_port(), "-q")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (1, "", "")
