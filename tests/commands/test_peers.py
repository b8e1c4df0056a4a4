"""``dcmtools peers``: what there is in the configuration file, and what answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dcmtools.cli.config_example import EXAMPLE
from dcmtools.cli.known_peers import profiles_of
from dcmtools.cli.profiles import read_profiles

from ..certificates import Certificates
from ..command import ENVIRONMENT, Outcome, dcmtools, serving
from ..contract.faulty import aborting
from ..interop.peers.raw import raw_peer, silent
from ..interop.peers.scripted import echo_peer
from ..ports import free_port


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """The port of a peer that answers."""
    with serving(tmp_path, "echoscp", "-aet", "ECHO") as server:
        yield server.port


def run(folder: Path, text: str, *arguments: object) -> Outcome:
    """Run the command with a file of this text."""
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return dcmtools("peers", "--config", path, *arguments)


def rows(outcome: Outcome) -> list[list[str]]:
    return [line.split(maxsplit=2) for line in outcome.stdout.splitlines()]


LISTED = """
[peers]
short = "A@host:1"
[peers.much-longer]
host = "::1"
port = 11112
tls = true
"""


def test_the_list(tmp_path: Path) -> None:
    outcome = run(tmp_path, LISTED)
    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.stdout.splitlines() == [
        "short        A@host:1",
        "much-longer  ANY-SCP@[::1]:11112  TLS",
    ]
    assert rows(run(tmp_path, LISTED, "short")) == [["short", "A@host:1"]]


def test_the_names_alone(tmp_path: Path) -> None:
    assert run(tmp_path, LISTED, "--names").stdout == "short\nmuch-longer\n"
    assert run(tmp_path, LISTED, "--names", "short").stdout == "short\n"
    assert run(tmp_path, LISTED, "--names", "--check").code == 2
    assert run(tmp_path, "[peers]\n", "--names").code == 1


def test_the_names_alone_by_the_short_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What completions ask for: no other argument, and a file that the environment names."""
    path = tmp_path / "config.toml"
    monkeypatch.setitem(ENVIRONMENT, "DCMTOOLS_CONFIG", str(path))
    path.write_text(LISTED)
    outcome = dcmtools("peers", "--names")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "short\nmuch-longer\n", "")
    path.write_text("[peers")
    outcome = dcmtools("peers", "--names")
    assert (outcome.code, outcome.stdout) == (1, "")
    outcome.error_about("is not TOML")


def test_who_is_not_in_the_file(tmp_path: Path) -> None:
    outcome = run(tmp_path, LISTED, "shrot")
    assert outcome.code == 2
    assert "'shrot' is no peer of" in outcome.stderr
    assert "(did you mean 'short'?)" in outcome.stderr
    outcome = run(tmp_path, "")
    assert outcome.code == 1
    assert outcome.errors() == [
        f"E: {tmp_path / 'config.toml'}: there are no peers (one is [peers] pacs = 'PACS@192.0.2.7:11112')"
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[peers.a.movescu]\nstore_prot = 1", "key 'store_prot' in [peers.a.movescu]: there is no such key"),
        ("[peers.a.findscu]\nrepeat = 1", "key 'repeat' in [peers.a.findscu]: there is no such key"),
        ("[defaults.getscu]\nsync = 'maybe'", "key 'sync' in [defaults.getscu]: "),
        ("[peers.a.echoscu]\ntls=true\ntls-key = 'x'", "key 'a' in [peers]: argument --tls-key: only with"),
    ],
)
def test_the_tables_of_all_commands_are_looked_at(tmp_path: Path, text: str, words: str) -> None:
    outcome = run(tmp_path, f"peers.a.host='h'\npeers.a.port=1\n{text}")
    assert outcome.code == 1
    [line] = outcome.stderr.splitlines()
    assert line.startswith(f"E: {tmp_path / 'config.toml'}: {words}")


def test_the_example_of_the_manual_page(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(EXAMPLE)
    first, second = profiles_of(read_profiles(path), ["ct", "pacs"])
    assert (first.network.called_aet, first.network.calling_aet, first.tls.tls) == ("CT1", "DESK", False)
    assert (second.port, second.tls.tls_ca) == (2762, tmp_path / "hospital.pem")


def test_who_answers(tmp_path: Path, port: int) -> None:
    with echo_peer(0x0122) as refusing, aborting() as lost:
        text = f"""
            [peers]
            good = "ECHO@127.0.0.1:{port}"
            away = "AWAY@127.0.0.1:{free_port()}"
            refusing = "PEER@127.0.0.1:{refusing}"
            lost = "PEER@127.0.0.1:{lost}"
            nowhere = "PEER@no.such.host.invalid:104"
        """
        outcome = run(tmp_path, text, "--check")
        assert (outcome.code, outcome.stderr) == (3, "")
        answers = {row[0]: row[2] for row in rows(outcome)}
        assert list(answers) == ["good", "away", "refusing", "lost", "nowhere"]
        assert answers["good"].startswith("answered in ")
        assert answers["away"].startswith("FAILED: connection refused")
        assert answers["refusing"].startswith("FAILED: C-ECHO failed: 0x0122")
        assert answers["lost"].startswith("FAILED: the association was aborted")
        assert answers["nowhere"].startswith("FAILED: unknown host")
        assert run(tmp_path, text, "--check", "good").code == 0
        assert run(tmp_path, text, "--check", "away", "lost").code == 1


def test_all_are_asked_at_once(tmp_path: Path, port: int) -> None:
    """40 silent peers, and a good one behind them: no more than two time-outs pass."""
    with raw_peer(silent) as quiet:
        lines = [f'p{number} = "127.0.0.1:{quiet}"' for number in range(40)]
        text = "\n".join(["[defaults]", "acse_timeout = 1", "[peers]", *lines, f'good = "127.0.0.1:{port}"'])
        outcome = run(tmp_path, text, "--check", "--timeout", "30")
    assert outcome.code == 3
    assert len(rows(outcome)) == 41
    assert rows(outcome)[-1][2].startswith("answered in ")


def test_the_time_is_up(tmp_path: Path, port: int) -> None:
    with raw_peer(silent) as quiet:
        text = f'[peers]\ngood = "127.0.0.1:{port}"\nquiet = "127.0.0.1:{quiet}"'
        outcome = run(tmp_path, text, "--check", "--timeout", "3")
    assert outcome.code == 3
    assert [row[0] for row in rows(outcome)] == ["good"]
    assert outcome.errors() == ["E: not done within 3 s (--timeout sets the limit)"]


def test_with_the_tls_of_each(tmp_path: Path, certificates: Certificates) -> None:
    server = certificates.server
    options = ("--tls", "--tls-cert", server.certificate, "--tls-key", server.key)
    with serving(tmp_path, "echoscp", *options) as scp:
        text = f"""
            [defaults]
            tls-ca = "{certificates.authority}"
            [peers]
            plain = "127.0.0.1:{scp.port}"
            [peers.secure]
            host = "localhost"
            port = {scp.port}
            tls = true
            [peers.missing]
            host = "localhost"
            port = {scp.port}
            tls = true
            tls_ca = "no such file"
        """
        outcome = run(tmp_path, text, "--check")
        assert dcmtools("echoscu", "--config", tmp_path / "config.toml", "secure").code == 0
    answers = {row[0]: row[2] for row in rows(outcome)}
    assert answers["secure"].partition(" in ")[0].split() == ["TLS", "answered"]
    assert answers["plain"].startswith("FAILED: ")
    assert "no such file: cannot" in answers["missing"]


def test_the_example_of_the_readme() -> None:
    readme = Path(__file__).parents[2] / "README.md"
    assert f"```toml\n{EXAMPLE}```" in readme.read_text(encoding="utf-8")
