"""The sessions that the README shows: its commands are run anew, and have to show the same.

A block of ``console`` has commands after ``$`` and what they show on a terminal, ``...`` for lines that are
left out. Times, sizes and ports may be others.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from .command import archive_configuration, dcmtools, serving
from .interop.peers import dcmtk
from .ports import free_port
from .samples import sample
from .terminal import terminal

pytestmark = pytest.mark.interop

README = Path(__file__).parents[1] / "README.md"
SESSIONS = re.findall(r"^```console\n(.*?)^```$", README.read_text(encoding="utf-8"), re.M | re.S)
COMMANDS = [
    (command.split("\n", 1)[0].replace("\\n", ""), command)
    for session in SESSIONS
    for command in re.findall(r"^\$ (.*?)(?=^\$ |\Z)", session, re.M | re.S)
]


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, int]]:
    """The port of each host of the README on this machine."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("pacs", "old", "full")}
    with ExitStack() as stack:
        settings = "ae_title: PACS\nrequire_called: yes\n"
        configuration = archive_configuration(folders["pacs"], settings=settings)
        archive = stack.enter_context(serving(folders["pacs"], "qrscp", "-c", configuration, "--port"))
        studies = sample("CT_small.dcm").parent / "dicomdirtests"
        sent = dcmtools("storescu", "127.0.0.1", archive.port, "-aec", "PACS", "-r", studies / "77654033")
        assert sent.code == 0, sent.stderr
        sent = dcmtools("storescu", "127.0.0.1", archive.port, "-aec", "PACS", "-r", studies / "98892003")
        assert sent.code == 0, sent.stderr
        old = stack.enter_context(dcmtk.storescp(folders["old"], "+x="))
        full = stack.enter_context(
            serving(folders["full"], "storescp", "-od", folders["full"], "--max-size", "1K")
        )
        yield {
            "pacs.example.org": archive.port,
            "old.example.org": old.port,
            "full.example.org": full.port,
            "192.0.2.7": free_port(),
        }


@pytest.fixture
def folder(hosts: Mapping[str, int], tmp_path: Path) -> Path:
    """The current folder of the README: with two files to send, and named peers."""
    shutil.copy(sample("CT_small.dcm"), tmp_path / "ct.dcm")
    shutil.copy(sample("JPEG2000.dcm"), tmp_path / "jpeg2000.dcm")
    (tmp_path / "config.toml").write_text(
        "[peers]\n"
        f'pacs = "PACS@127.0.0.1:{hosts["pacs.example.org"]}"\n'
        f'old = "127.0.0.1:{hosts["old.example.org"]}"\n'
        f'ct = "CT1@127.0.0.1:{hosts["192.0.2.7"]}"\n'
    )
    return tmp_path


def shown(command_line: str, hosts: Mapping[str, int], folder: Path) -> str:
    """What a command shows on a terminal, with the hosts of the README."""
    ports: dict[int, str] = {}
    for host, port in hosts.items():
        if found := re.search(rf"{re.escape(host)} (\d+)", command_line):
            command_line = command_line.replace(found[0], f"127.0.0.1 {port}")
            ports[port] = f"{host}:{found[1]}"
        else:
            ports[port] = f"{host}:{'104' if host == '192.0.2.7' else '11112'}"
    words = shlex.split(command_line)
    assert words[0] == "dcmtools"
    environment = {"TERM": "dumb", "DCMTOOLS_CONFIG": str(folder / "config.toml")}
    with terminal(*words[1:], environment=environment, columns=120, cwd=folder) as running:
        running.end()
        text = running.text.replace("\r\n", "\n")
    for port, address in ports.items():
        text = text.replace(f"127.0.0.1:{port}", address)
    return text


def alike(text: str) -> str:
    """`text` without what is another one each time."""
    text = re.sub(r"in [\d.]+ s(, [\d.]+ MB/s)?\)", "in N s)", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text)
    text = re.sub(r"\d+(\.\d+)? (ms|s|MB/s)\b", r"N \2", text)
    text = re.sub(r'("seconds":)[\d.]+', r"\1N", text)
    text = re.sub(r"/tmp/\S+", "/tmp/X", re.sub(r"127\.0\.0\.1:\d+", "ADDRESS", text))
    return re.sub(r" +", " ", text)


@pytest.mark.parametrize(("name", "recorded"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_the_readme_shows_what_is_shown(
    name: str, recorded: str, hosts: Mapping[str, int], folder: Path
) -> None:
    command_line, _, output = re.sub(r"\\\n *", "", recorded).partition("\n")
    text = shown(command_line, hosts, folder)
    parts = [re.escape(alike(part)) for part in re.split(r"^\.\.\.\n", output, flags=re.M)]
    assert re.fullmatch("(?:.*\n)*".join(parts), alike(text)), text


def test_each_thing_that_matters_is_shown() -> None:
    lines = " ".join(name for name, _ in COMMANDS)
    for words in ("demo", "findscu", "--json", "--probe", "peers --check", "explain", "storescu -aec"):
        assert words in lines
