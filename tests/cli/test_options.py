from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer import BadParameter

from dcmtools.cli.identity import IdentityOptions
from dcmtools.cli.option_group import UsageError
from dcmtools.cli.options import (
    GeneralOptions,
    LogLevel,
    PeerOptions,
    PreferredSyntaxOptions,
    RequestedSyntaxOptions,
    ServerOptions,
    ae_title,
    no_limit,
)
from dcmtools.cli.peer import limits, peer, requested_syntaxes
from dcmtools.cli.tls import PeerTlsOptions
from dcmtools.dicom.text import safe_text
from dcmtools.net.association import Limits, Peer

from ..contract.parsing import APPS, REQUIRED, SCPS, SCUS, RefusedError, ours

valid_titles = st.from_regex(r"[ -\[\]-~]{1,16}", fullmatch=True).filter(lambda title: title.strip(" "))


@given(valid_titles)
def test_ae_titles_of_the_default_repertoire(title: str) -> None:
    """PS3.5 section 6.2, AE: 16 characters, spaces around them do not count."""
    assert ae_title(title) == title.strip(" ")
    assert ae_title(f"  {title}  ") == title.strip(" ")


@given(st.text())
def test_ae_titles_are_valid_or_refused(title: str) -> None:
    valid = re.fullmatch(r" *(?! )[\x20-\x5b\x5d-\x7e]{1,16}(?<! ) *", title)
    if valid:
        assert ae_title(title) == title.strip(" ")
        return
    with pytest.raises(BadParameter) as refused:
        ae_title(title)
    assert refused.value.message == safe_text(refused.value.message)


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("", "at least one"),
        ("   ", "at least one"),
        ("SEVENTEEN_LETTERS", "17 characters"),
        ("BACK\\SLASH", "backslash"),
        ("TAB\tTAB", "control"),
        ("ESC\x1b[31m", "control"),
        ("DEL\x7f", "control"),
        ("NEW\nLINE", "control"),
        ("MÜNCHEN", "ASCII"),
    ],
)
def test_invalid_ae_titles(title: str, reason: str) -> None:
    with pytest.raises(BadParameter, match=reason):
        ae_title(title)


@pytest.mark.parametrize(
    ("app", "option"),
    [(app, option) for app in SCUS for option in ("-aet", "-aec")]
    + [(app, "-aet") for app in SCPS]
    + [("movescu", "-aem"), ("movescu", "--store-aet")],
)
def test_every_ae_title_is_checked(app: str, option: str) -> None:
    for title in ("SEVENTEEN_LETTERS", "A\\B", " "):
        with pytest.raises(RefusedError, match="AE title"):
            ours(app, [option, title, *REQUIRED[app]])


@pytest.mark.parametrize(
    ("general", "level"),
    [
        (GeneralOptions(), LogLevel.ERROR),
        (GeneralOptions(default_level=LogLevel.INFO), LogLevel.INFO),
        (GeneralOptions(verbose=True), LogLevel.INFO),
        (GeneralOptions(debug=True), LogLevel.DEBUG),
        (GeneralOptions(debug=True, default_level=LogLevel.INFO), LogLevel.DEBUG),
        (GeneralOptions(log_level=LogLevel.WARN), LogLevel.WARN),
        (GeneralOptions(debug=True, log_level=LogLevel.CRITICAL), LogLevel.CRITICAL),
    ],
)
def test_level(general: GeneralOptions, level: LogLevel) -> None:
    assert general.level is level


EXCLUSIONS = [
    (GeneralOptions, ("quiet", "verbose", "debug")),
    (RequestedSyntaxOptions, ("request_little", "request_big", "request_implicit")),
    (PreferredSyntaxOptions, ("prefer_uncompr", "prefer_little", "prefer_big", "implicit")),
]


@pytest.mark.parametrize(("group", "names"), EXCLUSIONS)
def test_exclusions(group: type[GeneralOptions], names: tuple[str, ...]) -> None:
    for first in names:
        group(**{first: True}).check()  # type: ignore[arg-type]
        for second in names:
            if first != second:
                with pytest.raises(UsageError, match="not allowed with argument"):
                    group(**{first: True, second: True}).check()  # type: ignore[arg-type]


@pytest.mark.parametrize("app", SCUS)
def test_settings_in_the_environment(app: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They replace the defaults; the command line has the last word."""
    monkeypatch.setenv("DCMTOOLS_AET", "ME")
    monkeypatch.setenv("DCMTOOLS_CALLED_AET", "YOU")
    monkeypatch.setenv("DCMTOOLS_LOG_LEVEL", "warn")
    read = ours(app, REQUIRED[app])
    assert (read["calling_aet"], read["called_aet"], read["level"]) == ("ME", "YOU", "warn")
    read = ours(app, ["-aet", "A", "-aec", "B", "-ll", "info", *REQUIRED[app]])
    assert (read["calling_aet"], read["called_aet"], read["level"]) == ("A", "B", "info")


@pytest.mark.parametrize(("option", "level"), [("-v", "info"), ("-d", "debug")])
def test_level_in_the_environment_yields_to_the_command_line(
    option: str, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DCMTOOLS_LOG_LEVEL", "critical")
    assert ours("echoscu", [option, *REQUIRED["echoscu"]])["level"] == level


def test_a_setting_that_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCMTOOLS_AET", "SEVENTEEN_LETTERS")
    with pytest.raises(RefusedError, match="AE title"):
        ours("echoscu", REQUIRED["echoscu"])


@pytest.mark.parametrize("app", SCPS)
def test_servers_keep_their_own_ae_title(app: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCMTOOLS_AET", "ME")
    assert ours(app, REQUIRED[app])["ae_title"] == app.upper()


@pytest.mark.parametrize("app", APPS)
def test_numbers_out_of_range(app: str) -> None:
    wrong = [
        ["-ta", "-1"],
        ["-td", "-0.5"],
        ["-tn", "nan"],
        ["-pdu", "-1"],
        ["-pdu", "7"],
        ["-pdu", "4294967296"],
    ]
    if app in SCUS:
        wrong += [["-to", "-1"]]
    if app == "movescu":
        wrong += [["--store-port", "65536"], ["--store-port", "-1"], ["--store-wait", "-1"]]
    if app in SCPS:
        wrong += [["--max-associations", "0"]]
    for option in wrong:
        with pytest.raises(RefusedError):
            ours(app, [*option, *REQUIRED[app]])


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http", "10.4", ""])
def test_ports_that_no_peer_listens_on(port: str) -> None:
    with pytest.raises(RefusedError):
        ours("echoscu", ["--", "host", port])


@given(st.floats(min_value=0, allow_nan=False))
def test_a_limit_fits_the_system(seconds: float) -> None:
    """More than a socket can wait for is no limit."""
    limit = no_limit(seconds)
    assert limit is None if seconds == 0 or seconds > 1e9 else limit in (seconds, None)
    assert limit is None or 0 < limit < 1e9
    if 0 < seconds < 86400:
        assert limit == seconds


def test_limits_of_a_client() -> None:
    options = PeerOptions(
        acse_timeout=1, dimse_timeout=2, network_timeout=3, connect_timeout=4, max_pdu=0, called_aet="PEER"
    )
    assert limits(options) == Limits(connect=4, acse=1, dimse=2, network=3, max_pdu=0)
    assert peer("host", 104, options, PeerTlsOptions(), IdentityOptions()) == Peer("host", 104, "PEER")


def test_no_limits() -> None:
    options = PeerOptions(acse_timeout=0, dimse_timeout=0, network_timeout=float("inf"), connect_timeout=0)
    assert limits(options) == Limits(connect=None, acse=None, dimse=None, network=None)


def test_limits_of_a_server() -> None:
    assert limits(ServerOptions(acse_timeout=5)) == Limits(connect=None, acse=5)


def test_requested_syntaxes() -> None:
    assert requested_syntaxes(RequestedSyntaxOptions(request_little=True)) == ["1.2.840.10008.1.2.1"]
    assert requested_syntaxes(RequestedSyntaxOptions(request_big=True)) == ["1.2.840.10008.1.2.2"]
    assert requested_syntaxes(RequestedSyntaxOptions(request_implicit=True)) == ["1.2.840.10008.1.2"]
    assert len(requested_syntaxes(RequestedSyntaxOptions())) == 4
