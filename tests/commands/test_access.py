"""Who is let in, and how much may be sent, on every SCP: as commands."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydicom import dcmread

from ..command import ENVIRONMENT, dcmtools, qrscp, serving
from ..interop.peers import dcmtk
from ..ports import free_port
from ..samples import write_instance

SCPS = ("echoscp", "storescp", "qrscp")


@contextmanager
def scp(folder: Path, command: str, *options: object) -> Iterator[int]:
    """Run an SCP; its port."""
    folder.mkdir(exist_ok=True)
    if command == "qrscp":
        with qrscp(folder, *options) as archive:
            yield archive.port
    else:
        with serving(folder, command, *options) as server:
            yield server.port


def echo(port: int, *options: object) -> int:
    return dcmtools("echoscu", *options, "127.0.0.1", port).code


@pytest.fixture
def users(tmp_path: Path) -> Path:
    """A file of the user "anna" with the password "s e c r e t", as the command writes it."""
    (tmp_path / "password").write_text("s e c r e t\nignored\n")
    file = tmp_path / "scp.users"
    assert dcmtools("users", file, "anna", "--password-file", tmp_path / "password").code == 0
    return file


@pytest.mark.parametrize("command", SCPS)
def test_lists_of_who_may_associate(tmp_path: Path, command: str) -> None:
    options = ("-aet", "ME", "--allow-calling", "A", "--allow-calling", "B C", "--require-called")
    with scp(tmp_path, command, *options, "--allow-address", "127.0.0.0/8") as port:
        assert echo(port, "-aet", "B C", "-aec", "ME") == 0
        for wrong, reason in (
            (("-aet", "D", "-aec", "ME"), "calling AE title not recognised"),
            (("-aet", "A", "-aec", "YOU"), "called AE title not recognised"),
        ):
            outcome = dcmtools("echoscu", *wrong, "127.0.0.1", port)
            assert outcome.code == 1
            outcome.error_about(reason)
    with scp(tmp_path / "other", command, "--allow-address", "192.0.2.0/24") as port:
        assert echo(port) == 1


@pytest.mark.parametrize("command", SCPS)
def test_users(tmp_path: Path, command: str, users: Path) -> None:
    as_anna = ("--user", "anna", "--password-file", tmp_path / "password")
    with scp(tmp_path / "scp", command, "--users", users) as port:
        assert echo(port, *as_anna, "--positive-response") == 0
        assert echo(port, "--user", "anna") == 1
        assert echo(port) == 1
        assert dcmtools("users", users, "anna", "--remove").code == 0
        assert echo(port, *as_anna) == 1
    with scp(tmp_path / "open", command, "--users", users, "--allow-anonymous") as port:
        assert echo(port) == 0
        assert echo(port, *as_anna) == 1


@pytest.mark.interop
def test_users_of_dcmtk(tmp_path: Path, users: Path) -> None:
    item = write_instance(tmp_path / "a.dcm")
    with serving(tmp_path, "storescp", "--users", users, "-od", tmp_path / "in") as server:

        def sent(*options: str) -> int:
            return dcmtk.dcmtk("storescu", *options, "127.0.0.1", server.port, item.path).returncode

        assert sent("-usr", "anna", "-pwd", "s e c r e t", "-rsp") == 0
        assert sent("-usr", "anna", "-pwd", "secret") != 0
        assert sent() != 0


@pytest.mark.parametrize("command", ["storescp", "qrscp"])
def test_objects_that_are_too_large(tmp_path: Path, command: str) -> None:
    small = write_instance(tmp_path / "small.dcm")
    large = write_instance(tmp_path / "large.dcm", EncapsulatedDocument=bytes(20_000))
    folder = tmp_path / "scp"
    options = ("-od", folder / "instances") if command == "storescp" else ()
    with scp(folder, command, "--max-object-size", "10K", *options) as port:
        outcome = dcmtools("storescu", "127.0.0.1", port, large.path, small.path)
    assert outcome.code == 3
    outcome.error_about("large.dcm", "0xA700", "the object is larger than 10240 bytes")
    assert [path.name for path in (folder / "instances").iterdir()] == [f"CT.{small.sop_instance}"]


def test_the_storage_scp_of_movescu(tmp_path: Path, users: Path) -> None:
    """An archive that is not let in counts all it was to send as failed."""
    item = write_instance(tmp_path / "a.dcm")
    port = free_port()
    with qrscp(tmp_path / "archive", destinations={"STORESCP": port}) as archive:
        assert dcmtools("storescu", "127.0.0.1", archive.port, item.path).code == 0
        study = f"StudyInstanceUID={dcmread(item.path).StudyInstanceUID}"
        wanted = ("-S", "-k", "QueryRetrieveLevel=STUDY", "-k", study)

        def moved(*options: object) -> int:
            store = ("--store", "--store-port", port, "-od", tmp_path / "moved", *options)
            return dcmtools("movescu", "127.0.0.1", archive.port, *wanted, *store).code

        assert moved("--allow-calling", "OTHER") == 1
        assert moved("--users", users) == 1
        assert moved("--max-object-size", "10") == 1
        assert not list((tmp_path / "moved").iterdir())
        assert (
            moved("--allow-calling", "QRSCP", "--allow-address", "127.0.0.1", "--max-object-size", "1M") == 0
        )
        assert len(list((tmp_path / "moved").iterdir())) == 1


def test_options_of_a_storage_scp_that_is_not_there() -> None:
    outcome = dcmtools("movescu", "127.0.0.1", 1, "--allow-calling", "A", "-k", "PatientID=1")
    assert outcome.code == 2
    assert "argument --allow-calling: only with --store" in outcome.stderr


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--allow-anonymous",), "argument --allow-anonymous: only with --users"),
        (("--allow-address", "10.0.0.0/33"), "'10.0.0.0/33' is no IP address or network"),
        (("--allow-calling", "A\\B"), "AE title 'A\\B'"),
        (("--max-associations-per-address", "0"), "--max-associations-per-address"),
        (("--max-object-size", "many"), "'many' is no number of bytes"),
    ],
)
def test_what_cannot_be_meant(options: tuple[str, ...], complaint: str) -> None:
    outcome = dcmtools("storescp", *options, 0)
    assert outcome.code == 2
    assert complaint in outcome.stderr


def test_a_file_of_users_that_is_none(tmp_path: Path) -> None:
    outcome = dcmtools("echoscp", "--users", tmp_path / "none", 0)
    assert outcome.code == 1
    outcome.error_about(tmp_path / "none", "cannot be read")


def test_the_command_users(tmp_path: Path) -> None:
    file = tmp_path / "scp.users"

    def users(*arguments: object, password: str | None = None) -> subprocess.CompletedProcess[str]:
        variables = {} if password is None else {"DCMTOOLS_PASSWORD": password}
        return subprocess.run(
            [sys.executable, "-m", "dcmtools", "users", file, *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            env=ENVIRONMENT | variables,
        )

    added = users("anna", "-v", password="x")
    assert (added.returncode, added.stdout, added.stderr) == (0, "", f"I: {file}: anna: added\n")
    assert users("müller", password="y").returncode == 0
    assert users("scanner", "--no-password").returncode == 0
    assert f"I: {file}: anna: changed" in users("anna", "-v", password="z").stderr
    assert users().stdout == "anna\nmüller\nscanner (no password)\n"
    assert users("müller", "--remove").returncode == 0
    lines = file.read_text("utf-8").splitlines()
    assert [line.split(":")[0] for line in lines] == ["scanner", "anna"]
    if os.name == "posix":
        assert file.stat().st_mode & 0o077 == 0
    for arguments, code, complaint in (
        (("müller", "--remove"), 1, "there is no user 'müller'"),
        (("anna",), 1, "there is no password"),
        (("#a", "--no-password"), 1, "is no name of a user"),
        (("--remove",), 2, "missing argument NAME"),
        (("anna", "--remove", "--no-password"), 2, "exclude each other"),
    ):
        outcome = users(*arguments)
        assert (outcome.returncode, complaint in outcome.stderr) == (code, True), outcome.stderr
