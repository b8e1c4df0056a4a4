"""One word in place of ADDR and PORT, as the commands read it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dcmtools.cli.app import load, run
from dcmtools.cli.config_place import configuration_path
from dcmtools.cli.profiles import SCUS, peer_names, read_profiles
from dcmtools.errors import ConfigurationError, ExitCode

from ..command import ENVIRONMENT
from ..contract.parsing import REQUIRED, RefusedError, ours

FILE = """
[defaults]
calling-aet = "DESK"
tls_ca = "hospital.pem"

[defaults.storescu]
retries = 3

[peers]
ct = "CT1@192.0.2.7:104"
mr = "[2001:db8::7]:105"

[peers.pacs]
host = "pacs.example.org"
port = 11112
called_aet = "PACS"
tls = true
tls-min-version = 1.3
acse_timeout = 5
debug = true

[peers.pacs.findscu]
study = true
keyword = ["PatientName", "StudyDate=20200101-"]

[peers.pacs.storescu]
retries = 7
recurse = true
journal = "journals/pacs.jsonl"
"""

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes the configuration file of the user."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    path = tmp_path / "dcmtools" / "config.toml"
    path.parent.mkdir()

    def write(text: str) -> Path:
        path.write_text(text, encoding="utf-8")
        return path

    return write


def rest(command: str) -> list[str]:
    """What a command needs beside its peer."""
    return list(REQUIRED[command][2:])


def read(command: str, *arguments: str) -> dict[str, Any]:
    return ours(command, [*arguments, *rest(command)])


@pytest.mark.parametrize("command", SCUS)
def test_an_address_in_one_word(command: str, write: Write) -> None:
    write("this is no TOML, and nobody reads it")
    found = read(command, "-v", "PACS@host:11112")
    assert (found["addr"], found["port"], found["called_aet"]) == ("host", 11112, "PACS")
    found = read(command, "[::1]:104")
    assert (found["addr"], found["port"], found["called_aet"]) == ("::1", 104, "ANY-SCP")


def test_the_word_may_stand_anywhere() -> None:
    found = ours("echoscu", ["-aec", "X", "--", "host:104"])
    assert (found["addr"], found["port"], found["called_aet"]) == ("host", 104, "X")
    found = ours("findscu", ["-k", "PatientName=a@b:1", "A@host:104", "-v"])
    assert (found["addr"], found["port"], found["keyword"]) == ("host", 104, ["PatientName=a@b:1"])


@pytest.mark.parametrize("command", SCUS)
def test_a_named_peer(command: str, write: Write) -> None:
    folder = write(FILE).parent
    found = read(command, "pacs")
    assert (found["addr"], found["port"], found["called_aet"]) == ("pacs.example.org", 11112, "PACS")
    assert (found["calling_aet"], found["acse_timeout"], found["level"]) == ("DESK", 5, "debug")
    assert (found["tls"], found["tls_ca"]) == (True, folder / "hospital.pem")
    assert found["tls_min_version"] == "1.3"
    found = read(command, "ct")
    assert (found["addr"], found["port"], found["called_aet"]) == ("192.0.2.7", 104, "CT1")
    assert (found["calling_aet"], found["tls"], found["tls_ca"]) == ("DESK", False, None)
    assert read(command, "mr")["addr"] == "2001:db8::7"


def test_options_of_a_command(write: Write) -> None:
    folder = write(FILE).parent
    found = read("storescu", "pacs")
    assert (found["retries"], found["recurse"]) == (7, True)
    assert found["journal"] == folder / "journals" / "pacs.jsonl"
    assert read("storescu", "ct")["retries"] == 3
    assert ours("findscu", ["pacs"])["keyword"] == ["PatientName", "StudyDate=20200101-"]
    assert ours("findscu", ["pacs"])["study"]


def test_the_command_line_goes_first_then_the_environment(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(FILE)
    assert read("storescu", "pacs", "--retries=1", "-aec", "X")["retries"] == 1
    assert read("storescu", "pacs", "-aec", "X")["called_aet"] == "X"
    assert ours("findscu", ["pacs", "-W", "-k", "PatientID"])["keyword"] == ["PatientID"]
    assert not ours("findscu", ["pacs", "-W"])["study"]
    assert read("echoscu", "pacs", "-ll", "warn")["level"] == "warn"
    monkeypatch.setenv("DCMTOOLS_CALLED_AET", "ENV")
    monkeypatch.setenv("DCMTOOLS_LOG_LEVEL", "error")
    assert read("echoscu", "pacs")["called_aet"] == "ENV"
    assert read("echoscu", "pacs")["level"] == "error"
    assert read("echoscu", "pacs", "-v")["level"] == "info"
    assert read("echoscu", "pacs", "-aec", "X")["called_aet"] == "X"
    assert read("echoscu", "A@host:104")["called_aet"] == "A"


def test_where_the_file_is(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write('peers.a = "host:1"')
    other, third = tmp_path / "other.toml", tmp_path / "third.toml"
    other.write_text('peers.a = "host:2"')
    third.write_text('peers.a = "host:3"')
    assert read("echoscu", "a")["port"] == 1
    monkeypatch.setenv("DCMTOOLS_CONFIG", str(other))
    assert read("echoscu", "a")["port"] == 2
    assert read("echoscu", "--config", str(third), "a")["port"] == 3
    assert read("echoscu", f"--config={third}", "a")["port"] == 3
    monkeypatch.delenv("DCMTOOLS_CONFIG")
    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".config").symlink_to(tmp_path, target_is_directory=True)
    assert read("echoscu", "a")["port"] == 1


@pytest.mark.parametrize("command", SCUS)
def test_pynetdicoms_arguments_read_no_file(command: str, write: Write) -> None:
    write("this is no TOML")
    found = ours(command, REQUIRED[command])
    assert (found["addr"], found["port"]) == ("host", 104)


def test_a_peer_is_not_taken_for_a_host(write: Write) -> None:
    write('peers.host = "A@elsewhere:1"')
    assert ours("storescu", ["host", "104", "file"])["addr"] == "host"
    assert ours("storescu", ["host", "./104", "file"])["addr"] == "elsewhere"


def test_no_module_for_what_is_not_needed() -> None:
    program = (
        "import sys\n"
        "from dcmtools.cli.app import run\n"
        "run(['echoscu', '127.0.0.1', '1', '-q'])\n"
        "print(*(name for name in ('tomllib', 'dcmtools.cli.profiles') if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=ENVIRONMENT, check=True
    )
    assert done.stdout.split() == []


def test_names_are_listed_quickly(write: Write) -> None:
    """For completion, which a user waits for."""
    program = (
        "import sys\n"
        "from dcmtools.cli.profiles import peer_names\n"
        "from pathlib import Path\n"
        "print(*peer_names(Path(sys.argv[1])), 'typer' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, write(FILE)],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        check=True,
    )
    assert done.stdout.split() == ["ct", "mr", "pacs", "False"]


def test_names(write: Write) -> None:
    path = write(FILE)
    assert peer_names() == peer_names(path) == ["ct", "mr", "pacs"]
    write("x = 1")
    assert peer_names() == []
    path.unlink()
    assert peer_names() == []


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("pasc", "'pasc' is no peer of {path} (did you mean 'pacs'?), and no port follows"),
        ("::1", "no port follows '::1'"),
        ("PACS@host", "'PACS@host' is not AETITLE@HOST:PORT"),
        ("host:99999", "'host:99999': the port is not in the range 1 to 65535"),
        ("a\x1b", "no port follows 'a\\x1b'"),
    ],
)
def test_no_such_peer(word: str, message: str, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(FILE)
    assert run(["echoscu", word]) == ExitCode.USAGE
    error = capsys.readouterr().err
    assert error.startswith(f"dcmtools echoscu: error: {message.format(path=path)}")
    assert error.count("\n") == 1


def test_what_follows_is_no_port(write: Write) -> None:
    write(FILE)
    with pytest.raises(RefusedError, match=r"what follows '::1' is no port"):
        ours("echoscu", ["::1", "http"])
    with pytest.raises(RefusedError, match="unexpected extra argument"):
        ours("echoscu", ["pacs", "http"])
    with pytest.raises(RefusedError, match="not allowed with 'A@host:104'"):
        ours("echoscu", ["A@host:104", "-aec", "B"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("peer = 1", "key 'peer': there is no such key (did you mean 'peers'?)"),
        ("peers = 1", "key 'peers': is not a table"),
        ("defaults = 1", "key 'defaults': is not a table"),
        ("peers.a = 1", "key 'a' in [peers]: is neither a table nor text"),
        ('peers.a = "host"', "key 'a' in [peers]: 'host' is not [AETITLE@]HOST:PORT"),
        ('peers.a = "host:0"', "key 'a' in [peers]: 'host:0': the port is not in the range"),
        ('peers."a b" = "host:1"', "key 'a b' in [peers]: cannot be the name of a peer"),
        ("[peers.a]\nport = 1", "key 'host' in [peers.a]: is missing"),
        ("[peers.a]\nhost = 'h'", "key 'port' in [peers.a]: is missing"),
        ("[peers.a]\nhost = ''\nport = 1", "key 'host' in [peers.a]: is not the name"),
        ("[peers.a]\nhost = '-v'\nport = 1", "key 'host' in [peers.a]: is not the name"),
        ("[peers.a]\nhost = 'h'\nport = '1'", "key 'port' in [peers.a]: is not a number"),
        ("[peers.a]\nhost = 'h'\nport = true", "key 'port' in [peers.a]: is not a number"),
        (
            "calledaet = 'X'",
            "key 'calledaet' in [peers.a]: there is no such key (did you mean 'called_aet'?)",
        ),
        ("called_aet = 'X'\ncalled-aet = 'X'", "key 'called-aet' in [peers.a]: is there twice"),
        ("repeat = 2", "key 'repeat' in [peers.a]: not every command has it (move it to [peers.a.echoscu])"),
        ("echoscp.tls = true", "key 'echoscp' in [peers.a]: there is no such key (did you mean 'echoscu'?)"),
        ("config = 'x'", "key 'config' in [peers.a]: there is no such key"),
        (
            "called_aet = 'SEVENTEEN_LETTERS'",
            "key 'called_aet' in [peers.a]: AE title 'SEVENTEEN_LETTERS' has",
        ),
        ("acse_timeout = 'soon'", "key 'acse_timeout' in [peers.a]: "),
        ("acse_timeout = -1", "key 'acse_timeout' in [peers.a]: "),
        ("tls = 'maybe'", "key 'tls' in [peers.a]: is neither true nor false"),
        ("called_aet = ['X']", "key 'called_aet' in [peers.a]: is neither text nor a number"),
        ("echoscu = 1", "key 'echoscu' in [peers.a]: is not a table"),
        ("findscu = 1", "key 'findscu' in [peers.a]: is not a table"),
        ("[defaults]\nhost = 'h'", "key 'host' in [defaults]: there is no such key"),
        ("[peers.a.echoscu]\nport = 1", "key 'port' in [peers.a.echoscu]: there is no such key"),
        (
            "[peers.a.echoscu]\nrepaet = 1",
            "key 'repaet' in [peers.a.echoscu]: there is no such key (did you mean",
        ),
        ("[peers.a.echoscu]\nrepeat = 'x'", "key 'repeat' in [peers.a.echoscu]: "),
        ("[defaults]\nrepeat = 2", "key 'repeat' in [defaults]: not every command has it"),
        ("[defaults.echoscu]\nx = 2", "key 'x' in [defaults.echoscu]: there is no such key"),
        ("= 1", "is not TOML"),
    ],
)
def test_what_is_wrong_in_the_file(
    text: str, words: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line names the file and the key."""
    if not text.startswith(("peer", "defaults =", "[peers.a]", "=")):
        text = f"[peers.a]\nhost = 'h'\nport = 1\n{text}"
    path = write(text)
    assert run(["echoscu", "a"]) == ExitCode.FAILURE
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"E: {path}: {words}")
    assert printed.err.count("\n") == 1
    assert run(["echoscu", "a", "-q"]) == ExitCode.FAILURE
    assert capsys.readouterr().err == ""


def test_a_file_that_was_named_has_to_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = tmp_path / "missing.toml"
    with pytest.raises(ConfigurationError, match="cannot read the configuration file"):
        read_profiles(missing)
    monkeypatch.setenv("DCMTOOLS_CONFIG", str(missing))
    with pytest.raises(ConfigurationError, match="cannot read the configuration file"):
        read_profiles()


def test_a_usual_place_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "missing"):
        monkeypatch.setenv("XDG_CONFIG_HOME", str(place))
        assert read_profiles().names == []
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert configuration_path() == tmp_path / ".config" / "dcmtools" / "config.toml"
    (tmp_path / ".config" / "dcmtools" / "config.toml").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="cannot read the configuration file"):
        read_profiles()
    assert peer_names() == []


def test_the_commands_with_a_peer() -> None:
    from dcmtools.cli.app import COMMANDS

    found = [name for name in COMMANDS if any(each.name == "addr" for each in load(name).params)]
    assert found == list(SCUS)


def test_help_needs_no_peer(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["echoscu", "nowhere", "--help"]) == ExitCode.OK
    assert "Usage" in capsys.readouterr().out
