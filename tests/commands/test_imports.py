"""Nothing is imported that a command does not use: each module costs time at every start.

What Typer, pydicom and pynetdicom import themselves comes with them.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dcmtools.cli.app import COMMANDS

from ..command import ENVIRONMENT, archive_configuration, serving
from ..interop.peers.processes import wait_until
from ..samples import sample

# Runs dcmtools as its script does, and writes in the end what was imported to the first argument.
_RUN = """
import sys
path = sys.argv.pop(1)
from dcmtools.__main__ import main
try:
    main()
finally:
    with open(path, "w") as file:
        file.writelines(f"{name}\\n" for name in sys.modules)
"""
_LIBRARIES = "import sys, typer, pydicom, pynetdicom; print(*sys.modules)"

DICOM = {"pydicom", "pynetdicom"}
HEAVY = {
    "asyncio",
    "concurrent.futures",
    "configparser",
    "http.server",
    "multiprocessing",
    "numpy",
    "psycopg",
    "pydantic",
    "rich",
    "shutil",
    "statistics",
    "sqlalchemy",
    "sqlite3",
    "tempfile",
    "tomllib",
    "urllib.request",
    "http.client",
    "subprocess",
    "json",
    "csv",
    "unittest",
    "xml",
    "xml.dom",
    "xml.etree",
}
DATABASE = {"sqlalchemy", "sqlite3", "asyncio", "concurrent.futures"}  # SQLAlchemy wants the last two


@pytest.fixture(scope="module")
def libraries() -> set[str]:
    """What Typer, pydicom and pynetdicom import themselves."""
    return set(subprocess.check_output([sys.executable, "-c", _LIBRARIES], text=True).split())


def start(folder: Path, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _RUN, str(folder / "modules"), *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=ENVIRONMENT | {"XDG_CONFIG_HOME": str(folder)},
    )


def imported(folder: Path, *arguments: object) -> set[str]:
    """The modules that are loaded when a command has ended, with success."""
    process = start(folder, *arguments)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    return set((folder / "modules").read_text().split())


KEY = ("-k", "QueryRetrieveLevel=PATIENT", "-k", "PatientID=1CT1")
SERVING = ("--exit-after-associations", 1)


def heavy(modules: set[str], libraries: set[str]) -> set[str]:
    return (modules & HEAVY) - libraries


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help(name: str, libraries: set[str], tmp_path: Path) -> None:
    found = imported(tmp_path, *([name] if name else []), "--help")
    allowed = {"rich"}  # shows it
    if name in ("qrscp", "demo"):
        allowed |= DATABASE | {"configparser"}
    if name == "storescu":
        allowed |= {"concurrent.futures"}
    assert heavy(found, libraries) <= allowed
    if not name:
        assert not found & (DICOM | {"ssl", "socket", "json", "http", "urllib.request"})
    if name == "explain":
        assert "pynetdicom" not in found


def test_names_of_peers(tmp_path: Path) -> None:
    (tmp_path / "dcmtools").mkdir()
    (tmp_path / "dcmtools" / "config.toml").write_text("[peers]\npacs = 'localhost:104'\n")
    found = imported(tmp_path, "peers", "--names")
    assert not found & (DICOM | {"typer", "rich", "logging", "socket", "ssl"})


@pytest.mark.parametrize(
    "arguments", [["explain", "PatientName"], ["users", "users.txt"]], ids=lambda words: words[0]
)
def test_what_needs_no_network(arguments: list[str], libraries: set[str], tmp_path: Path) -> None:
    (tmp_path / "users.txt").write_text("anna:\n")
    assert not heavy(imported(tmp_path, *arguments), libraries)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of an archive that has one patient."""
    folder = tmp_path_factory.mktemp("archive")
    path = archive_configuration(folder)
    with serving(folder, "qrscp", "-c", path, "--port") as server:
        yield server.port


CLIENTS = {
    "echoscu": [],
    "storescu": [sample("CT_small.dcm")],
    "findscu": KEY,
    "getscu": KEY,
}


@pytest.mark.parametrize("name", CLIENTS)
def test_clients(name: str, archive: int, libraries: set[str], tmp_path: Path) -> None:
    allowed = {"concurrent.futures"} if name == "storescu" else set()
    assert heavy(imported(tmp_path, name, "127.0.0.1", archive, *CLIENTS[name]), libraries) <= allowed


def test_a_named_peer_costs_reading_the_file(archive: int, libraries: set[str], tmp_path: Path) -> None:
    (tmp_path / "dcmtools").mkdir()
    (tmp_path / "dcmtools" / "config.toml").write_text(f"[peers]\npacs = '127.0.0.1:{archive}'\n")
    assert heavy(imported(tmp_path, "echoscu", "pacs"), libraries) == {"tomllib"}


@pytest.mark.parametrize("name", ["echoscp", "storescp", "qrscp"])
def test_servers(name: str, libraries: set[str], tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    port = ["--port", 0] if name == "qrscp" else [0]
    process = start(tmp_path, name, *port, "--ready-file", ready, *SERVING)
    wait_until(ready.exists, f"{name} listens")
    client = subprocess.run(
        [sys.executable, "-m", "dcmtools", "echoscu", "127.0.0.1", ready.read_text().strip()],
        env=ENVIRONMENT,
        timeout=60,
    )
    _, errors = process.communicate(timeout=60)
    assert (client.returncode, process.returncode) == (0, 0), errors
    found = heavy(set((tmp_path / "modules").read_text().split()), libraries)
    assert found <= ({"tempfile", "shutil"} | (DATABASE | {"configparser"} if name == "qrscp" else set()))
