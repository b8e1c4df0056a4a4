from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.cli.configuration_file import read_configuration
from dcmtools.errors import ConfigurationError, ExitCode

REFERENCE = """\
    [DEFAULT]
    # Our AE Title
    ae_title: QRSCP
    port: 11112
    # If unset, listen on all interfaces
    bind_address:
    instance_location: instances

    # Move Destination 1
    [STORESCP]
        # The IP address and listen port of the destination
        address: 8.8.8.8
        port: 11112

    [PACS_SCP]
        address: 192.168.2.1
        port: 104
"""
"""As the users' document has it, every line of it indented."""


def written(folder: Path, text: str, name: str = "qrscp.ini") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str, name: str = "qrscp.ini") -> str:
    """The one line that says what is wrong; it begins with the name of the file."""
    path = written(folder, text, name)
    with pytest.raises(ConfigurationError) as error:
        read_configuration(path)
    assert error.value.exit_code == ExitCode.FAILURE
    message = str(error.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


def test_the_file_of_the_document(tmp_path: Path) -> None:
    file = read_configuration(written(tmp_path, REFERENCE))
    assert file.settings == {
        "ae_title": "QRSCP",
        "port": "11112",
        "bind_address": "",
        "instance_location": "instances",
    }
    assert file.destinations == {
        "STORESCP": {"address": "8.8.8.8", "port": "11112"},
        "PACS_SCP": {"address": "192.168.2.1", "port": "104"},
    }


def test_a_section_below_an_indented_key_is_a_section(tmp_path: Path) -> None:
    file = read_configuration(written(tmp_path, "[DEFAULT]\nport: 1\n    [A B]\n      port: 2\n"))
    assert file.settings == {"port": "1"}
    assert file.destinations == {"A B": {"port": "2"}}


def test_settings_are_not_those_of_destinations(tmp_path: Path) -> None:
    """In configparser's own way a destination without a port has the one that qrscp listens on."""
    file = read_configuration(written(tmp_path, "[DEFAULT]\nport: 1\n[A]\naddress: host\n"))
    assert file.destinations == {"A": {"address": "host"}}


def test_equals_signs_percents_and_case_of_keys(tmp_path: Path) -> None:
    text = "[DEFAULT]\nInstance_Location = /a%20b/%(home)s;c#d\n; a comment\n"
    assert read_configuration(written(tmp_path, text)).settings == {
        "instance_location": "/a%20b/%(home)s;c#d"
    }


def test_a_file_with_a_byte_order_mark(tmp_path: Path) -> None:
    assert read_configuration(written(tmp_path, "\ufeff[DEFAULT]\nport: 1")).settings == {"port": "1"}


def test_toml(tmp_path: Path) -> None:
    text = (
        "port = 1\nallow_calling = ['A']\n[destinations.A]\naddress = 'h'\n[destinations.'B C']\nport = 2\n"
    )
    file = read_configuration(written(tmp_path, text, "qrscp.TOML"))
    assert file.settings == {"port": 1, "allow_calling": ["A"]}
    assert file.destinations == {"A": {"address": "h"}, "B C": {"port": 2}}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("port: 1\n", "line 1: there must be a section above it"),
        ("[DEFAULT]\n\nport\n", "line 3: is neither"),
        ("[DEFAULT]\nport: 1\nport: 2\n", "line 3: key 'port' is in [DEFAULT] twice"),
        ("[A]\n[A]\n", "line 2: there is a section [A] already"),
    ],
)
def test_what_is_no_ini_file(tmp_path: Path, text: str, reason: str) -> None:
    assert reason in refused(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("port: 1\n", "is not TOML"),
        ("port = 1\nport = 2\n", "is not TOML"),
        ("destinations = 1\n", "key 'destinations': is not a table of tables"),
        ("[destinations]\nA = 1\n", "key 'destinations': 'A' is not a table"),
    ],
)
def test_what_is_no_toml_file(tmp_path: Path, text: str, reason: str) -> None:
    assert reason in refused(tmp_path, text, "qrscp.toml")


def test_what_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.ini", tmp_path):
        with pytest.raises(ConfigurationError, match="cannot read the configuration file") as error:
            read_configuration(path)
        assert str(path) in str(error.value)


def test_what_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "qrscp.ini"
    path.write_bytes(b"[DEFAULT]\n\xff")
    with pytest.raises(ConfigurationError, match="is not UTF-8 text: byte 11"):
        read_configuration(path)


@given(st.text(max_size=80), st.sampled_from(["a.ini", "a.toml"]))
def test_any_text_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str, name: str) -> None:
    path = tmp_path_factory.mktemp("any") / name
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        read_configuration(path)
    except ConfigurationError as exc:
        assert str(path) in str(exc)
