"""The file of users: written, read, and asked."""

from __future__ import annotations

import os
import stat
from base64 import b64encode
from hashlib import scrypt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.errors import InputError, UserFileError
from dcmtools.net.users import UserFile, checked_name, hashed, read_users, write_user


def cheap(password: bytes, salt: bytes = b"sixteen bytes...") -> str:
    """A hash that costs next to nothing, made with nothing of ours."""
    digest = scrypt(password, salt=salt, n=16, r=1, p=1, dklen=32)
    encoded = [b64encode(part).decode().rstrip("=") for part in (salt, digest)]
    return f"$scrypt$ln=4,r=1,p=1${encoded[0]}${encoded[1]}"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "users"
    path.write_text(
        f"# ours\n\nanna:{cheap(b'secret')}\nscanner:\nmüller:b:{cheap('wörter'.encode())}\n", "utf-8"
    )
    return path


@pytest.mark.parametrize(
    ("name", "password", "confirmed"),
    [
        ("anna", b"secret", True),
        ("anna", b"Secret", False),
        ("anna", b"", False),
        ("anna", None, False),
        ("scanner", None, True),
        ("scanner", b"anything", True),
        ("müller:b", "wörter".encode(), True),
        ("nobody", b"secret", False),
        ("nobody", None, False),
        ("", b"secret", False),
        ("# ours", None, False),
        ("Anna", b"secret", False),
    ],
)
def test_who_is_confirmed(file, name, password, confirmed):
    users = UserFile(file)
    for _ in range(2):  # the second time it may be remembered
        assert users.confirms(name.encode(), password) == confirmed


def test_a_name_that_is_no_text(file):
    assert not UserFile(file).confirms(b"\xff\xfe", b"secret")


def test_what_is_written_is_confirmed_and_cannot_be_read_by_others(tmp_path):
    path = tmp_path / "users"
    assert not write_user(path, "anna", hashed(b"secret"))
    assert path.read_text("utf-8").startswith("anna:$scrypt$ln=14,r=8,p=5$")
    assert "secret" not in path.read_text("utf-8")
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    users = UserFile(path)
    assert users.confirms(b"anna", b"secret")
    assert not users.confirms(b"anna", b"other")
    assert list(tmp_path.iterdir()) == [path]


def test_two_users_with_one_password_have_different_hashes():
    assert hashed(b"secret") != hashed(b"secret")


def test_writing_keeps_the_rest_of_the_file(file):
    file.chmod(0o640)
    before = file.read_text("utf-8").splitlines()
    assert write_user(file, "anna", cheap(b"new"))
    assert not write_user(file, "zoe", "")
    assert write_user(file, "scanner", None)
    assert not write_user(file, "scanner", None)
    lines = file.read_text("utf-8").splitlines()
    assert lines == [*before[:2], before[4], f"anna:{cheap(b'new')}", "zoe:"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_changes_are_seen_at_once_and_a_broken_file_changes_nothing(file, caplog):
    users = UserFile(file)
    assert users.confirms(b"anna", b"secret")
    write_user(file, "anna", cheap(b"new"))
    assert not users.confirms(b"anna", b"secret")
    assert users.confirms(b"anna", b"new")
    file.write_text("this is no user\n")
    assert users.confirms(b"anna", b"new")
    file.unlink()
    assert users.confirms(b"anna", b"new")
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]
    assert "new" not in caplog.text.split("stay")[0]
    write_user(file, "zoe", cheap(b"z"))
    assert users.confirms(b"zoe", b"z")
    assert not users.confirms(b"anna", b"new")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("anna", "line 1 is not NAME:HASH"),
        ("anna:secret", "line 1 is not NAME:HASH"),
        ("anna:$scrypt$ln=40,r=8,p=5$c2FsdA$" + "A" * 43, "line 1 is not NAME:HASH"),
        ("anna:$scrypt$ln=24,r=32,p=5$c2FsdA$" + "A" * 43, "line 1 is not NAME:HASH"),
        ("anna:$scrypt$ln=4,r=0,p=5$c2FsdA$" + "A" * 43, "line 1 is not NAME:HASH"),
        ("anna:$scrypt$ln=4,r=1,p=1$c2FsdA$short", "line 1 is not NAME:HASH"),
        ("anna:$scrypt$ln=4,r=1,p=1$A$" + "A" * 43, "line 1 is not NAME:HASH"),
        ("# x\nanna:\nanna:", "line 3 has a user for the second time"),
    ],
)
def test_a_line_that_means_nothing_is_named_and_not_shown(tmp_path, line, reason):
    path = tmp_path / "users"
    path.write_text(line)
    with pytest.raises(UserFileError, match=reason) as caught:
        UserFile(path)
    assert "secret" not in str(caught.value)


def test_files_that_are_none(tmp_path):
    with pytest.raises(UserFileError, match="cannot be read"):
        UserFile(tmp_path / "none")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(UserFileError, match="UTF-8"):
        UserFile(tmp_path / "binary")
    with pytest.raises(UserFileError, match="cannot be written"):
        write_user(tmp_path / "no" / "folder", "anna", "")


@pytest.mark.parametrize("name", ["", " a", "a ", "#a", "a\nb", "a\x1b", "é" * 128])
def test_what_is_no_name(name):
    with pytest.raises(InputError, match="user"):
        checked_name(name)


def test_an_empty_password_is_none():
    with pytest.raises(InputError, match="at least one"):
        hashed(b"")


@given(st.text())
def test_no_content_of_a_file_is_more_than_an_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("users") / "users"
    path.write_text(content, "utf-8", newline="")
    try:
        assert all(isinstance(name, str) for name in read_users(path))
    except UserFileError as exc:
        assert str(path) in str(exc)
