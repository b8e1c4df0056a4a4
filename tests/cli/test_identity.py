"""The options of user identity: secrets come out of files and the environment."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from dcmtools.cli.identity import PASSWORD, IdentityOptions
from dcmtools.cli.option_group import UsageError
from dcmtools.cli.options import PeerOptions
from dcmtools.cli.peer import peer
from dcmtools.cli.tls import PeerTlsOptions
from dcmtools.errors import InputError, UnreadableFileError
from dcmtools.net.identity import IdentityType, UserIdentity

from ..contract.parsing import REQUIRED, SCUS, ours


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_bytes(b"s3cret \n")
    return path


@pytest.mark.parametrize("app", SCUS)
def test_every_client_has_them(app: str) -> None:
    read = ours(app, ["--user", "me", "--password-file", "p", "--positive-response", *REQUIRED[app]])
    assert (read["user"], read["password_file"], read["positive_response"]) == ("me", Path("p"), True)
    for kind in ("kerberos", "saml", "jwt"):
        read = ours(app, [f"--{kind}-file", "f", *REQUIRED[app]])
        assert read[f"{kind}_file"] == Path("f")


def test_nobody() -> None:
    assert IdentityOptions().identity() is None


def test_a_user(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(PASSWORD, raising=False)
    name_only = IdentityOptions(user="müller", positive_response=True)
    assert name_only.identity() == UserIdentity(IdentityType.USERNAME, "müller".encode(), b"", True)
    with_password = UserIdentity(IdentityType.USERNAME_AND_PASSCODE, b"me", b"s3cret ")
    assert IdentityOptions(user="me", password_file=secret).identity() == with_password
    monkeypatch.setenv(PASSWORD, "s3cret ")
    assert IdentityOptions(user="me").identity() == with_password


def test_files(secret: Path) -> None:
    """A token is text, with a line end that is not its own; a ticket and an assertion are as they are."""
    assert IdentityOptions(kerberos_file=secret).identity() == UserIdentity(
        IdentityType.KERBEROS, b"s3cret \n"
    )
    assert IdentityOptions(saml_file=secret).identity() == UserIdentity(IdentityType.SAML, b"s3cret \n")
    assert IdentityOptions(jwt_file=secret).identity() == UserIdentity(IdentityType.JWT, b"s3cret")


def test_secrets_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="missing: cannot be read"):
        IdentityOptions(jwt_file=tmp_path / "missing").identity()
    (tmp_path / "empty").touch()
    with pytest.raises(InputError, match="empty"):
        IdentityOptions(user="me", password_file=tmp_path / "empty").identity()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (IdentityOptions(user="a", jwt_file=Path("f")), "--jwt-file: not allowed with argument --user"),
        (IdentityOptions(password_file=Path("f")), "--password-file: only with --user"),
        (IdentityOptions(positive_response=True), "no identity to confirm"),
        (IdentityOptions(user=""), "a user has a name"),
    ],
)
def test_what_does_not_fit_together(options: IdentityOptions, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        options.check()


def test_a_password_in_clear_is_worth_a_warning(secret: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        user = IdentityOptions(user="me", password_file=secret)
        assert peer("host", 104, PeerOptions(), PeerTlsOptions(), user).identity == user.identity()
        assert "in clear" in caplog.text
        caplog.clear()
        peer("host", 104, PeerOptions(), PeerTlsOptions(tls=True), user)
    assert not caplog.records
