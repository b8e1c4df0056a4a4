from __future__ import annotations

import logging
import re
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools import __version__
from dcmtools.cli.logs import LOGGERS, LineFormatter, set_up
from dcmtools.cli.options import GeneralOptions, LogLevel

CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e]")
VERBOSE = GeneralOptions(verbose=True)


def formatted(
    text: str, level: int = logging.INFO, *, tracebacks: bool = False, exc: Exception | None = None
) -> str:
    exc_info = (type(exc), exc, exc.__traceback__) if exc else None
    record = logging.LogRecord("dcmtools", level, "file.py", 1, "%s", (text,), exc_info)
    return LineFormatter(tracebacks=tracebacks).format(record)


@pytest.mark.parametrize(
    ("level", "line"),
    [
        (logging.DEBUG, "D: text"),
        (logging.INFO, "I: text"),
        (logging.WARNING, "W: text"),
        (logging.ERROR, "E: text"),
        (logging.CRITICAL, "C: text"),
    ],
)
def test_line(level: int, line: str) -> None:
    assert formatted("text", level) == line


def test_empty_line() -> None:
    """pynetdicom separates the parts of its output by them."""
    assert formatted("") == "I: "


@given(st.text())
def test_no_control_characters(text: str) -> None:
    """Whatever a peer sends, each line begins with its level and the terminal is left alone."""
    line = formatted(text)
    assert CONTROL.search(line) is None
    assert all(part.startswith("I: ") for part in line.split("\n"))


def test_control_characters_are_shown_as_escapes() -> None:
    assert formatted("AE \x1b[31m\r\x00") == "I: AE \\x1b[31m\\x0d\\x00"


def test_every_line_of_a_message_has_its_level() -> None:
    assert formatted("one\ntwo", logging.ERROR) == "E: one\nE: two"


@pytest.mark.parametrize("line", ["  Password: [secret]", "Password: [s]e]cret]", "  Password: [sec\nret]"])
def test_passwords_are_hidden(line: str) -> None:
    """pynetdicom's dump of a user identity has them in clear."""
    assert formatted(line, logging.DEBUG).endswith("Password: [hidden]")
    assert "ret]" not in formatted(line, logging.DEBUG)


def test_what_only_looks_like_a_password() -> None:
    assert formatted("Password: none") == "I: Password: none"


def failure(text: str) -> Exception:
    try:
        raise ValueError(text)
    except ValueError as exc:
        return exc


def test_no_traceback_unless_asked_for() -> None:
    assert formatted("it failed", logging.ERROR, exc=failure("why")) == "E: it failed"


def test_traceback() -> None:
    lines = formatted("it failed", logging.ERROR, tracebacks=True, exc=failure("why")).split("\n")
    assert lines[0] == "E: it failed"
    assert lines[1] == "E: Traceback (most recent call last):"
    assert lines[-1] == "E: ValueError: why"


def test_traceback_without_control_characters() -> None:
    """The text of an exception may come from the peer."""
    line = formatted("it failed", logging.ERROR, tracebacks=True, exc=failure("\x1b[2J\r"))
    assert CONTROL.search(line) is None


@pytest.mark.parametrize(
    ("general", "level"),
    [
        (GeneralOptions(), logging.ERROR),
        (GeneralOptions(default_level=LogLevel.INFO), logging.INFO),
        (VERBOSE, logging.INFO),
        (GeneralOptions(debug=True), logging.DEBUG),
        (GeneralOptions(log_level=LogLevel.CRITICAL), logging.CRITICAL),
        (GeneralOptions(log_level=LogLevel.FATAL), logging.CRITICAL),
        (GeneralOptions(log_level=LogLevel.WARN), logging.WARNING),
        (GeneralOptions(log_level=LogLevel.WARNING), logging.WARNING),
        (GeneralOptions(log_level=LogLevel.TRACE), logging.DEBUG),
    ],
)
def test_levels(general: GeneralOptions, level: int) -> None:
    set_up(general, "echoscu")
    assert [logging.getLogger(name).getEffectiveLevel() for name in LOGGERS] == [level, level]


@pytest.mark.parametrize("name", ["dcmtools", "dcmtools.net.store", "pynetdicom", "pynetdicom.association"])
def test_lines_go_to_stderr(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    set_up(VERBOSE, "echoscu")
    logging.getLogger(name).info("Association Accepted")
    logging.getLogger(name).debug("PDU")
    assert capsys.readouterr() == ("", "I: Association Accepted\n")


def test_first_lines_of_a_debug_log(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(GeneralOptions(debug=True), "echoscu")
    assert capsys.readouterr().err == f"D: echoscu.py v{__version__}\nD: \n"


def test_tracebacks_only_in_a_debug_log(capsys: pytest.CaptureFixture[str]) -> None:
    for general, expected in ((VERBOSE, 0), (GeneralOptions(debug=True), 1)):
        set_up(general, "echoscu").error("it failed", exc_info=failure("why"))
        assert capsys.readouterr().err.count("Traceback") == expected


@pytest.mark.parametrize("level", [None, LogLevel.DEBUG])
def test_quiet(level: LogLevel | None, capsys: pytest.CaptureFixture[str]) -> None:
    logger = set_up(GeneralOptions(quiet=True, log_level=level), "echoscu")
    logger.critical("it failed")
    logging.getLogger("pynetdicom.acse").error("it failed")
    assert capsys.readouterr() == ("", "")


def test_setting_up_twice_shows_each_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(VERBOSE, "echoscu")
    set_up(VERBOSE, "echoscu").info("once")
    assert capsys.readouterr().err == "I: once\n"


def test_warnings_of_libraries_are_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(VERBOSE, "echoscu")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("a value is odd", stacklevel=1)
    assert capsys.readouterr() == ("", "")


def test_what_a_peer_did_wrong_brings_no_traceback() -> None:
    """pynetdicom logs each PDU that it cannot read as an exception; the text of some says nothing alone."""
    for name, exc, line in (
        ("pynetdicom.dul", AssertionError(), "E: AssertionError"),
        ("pynetdicom.fsm", KeyError(0), "E: KeyError 0"),
        ("pynetdicom.utils", ValueError("not a UID"), "E: not a UID"),
    ):
        exc_info = (type(exc), exc, None)
        record = logging.LogRecord(name, logging.ERROR, "file.py", 1, "%s", (exc,), exc_info)
        assert LineFormatter(tracebacks=True).format(record) == line
