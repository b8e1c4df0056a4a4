from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtools.cli.address import Address, read_address
from dcmtools.dicom.text import safe_text

titles = st.from_regex(r"[!-\[\]-~]([ -\[\]-~]{0,14}[!-\[\]-~])?", fullmatch=True)
hosts = st.from_regex(r"[a-z0-9][a-z0-9.-]{0,20}", fullmatch=True) | st.sampled_from(["::1", "fe80::1%eth0"])


@given(st.builds(Address, hosts, st.integers(1, 65535), st.none() | titles))
def test_what_is_shown_is_read_again(address: Address) -> None:
    assert read_address(str(address)) == address


@given(st.text())
def test_anything_else_is_no_address_or_wrong(text: str) -> None:
    try:
        address = read_address(text)
    except ValueError as exc:
        assert str(exc) == safe_text(str(exc))
    else:
        assert address is None or 1 <= address.port <= 65535


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("PACS@host:104", Address("host", 104, "PACS")),
        ("host:104", Address("host", 104)),
        ("[::1]:104", Address("::1", 104)),
        ("A@B@[::1]:104", Address("::1", 104, "A@B")),
        ("A:B@host:104", Address("host", 104, "A:B")),
    ],
)
def test_addresses(text: str, address: Address) -> None:
    assert read_address(text) == address


@pytest.mark.parametrize(
    "text", ["host", "::1", "fe80::1", "a:b:104", "host:", "host:x", ":104", "", "C:\\x"]
)
def test_what_is_no_address(text: str) -> None:
    assert read_address(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("host:0", "not in the range"),
        ("host:65536", "not in the range"),
        ("host:" + "9" * 5000, "not in the range"),
        ("PACS@host", "is not AETITLE@HOST:PORT"),
        ("PACS@::1:104", "is not AETITLE@HOST:PORT"),
        ("@host:104", "at least one"),
        ("SEVENTEEN_LETTERS@host:104", "17 characters"),
        ("A@-host:104", "no host"),
        (" host:104", "no host"),
    ],
)
def test_wrong_addresses(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_address(text)
