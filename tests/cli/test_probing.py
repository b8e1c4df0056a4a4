"""What ``echoscu --probe`` takes, and the table that it shows."""

from __future__ import annotations

import pytest

from dcmtools.cli.option_group import UsageError
from dcmtools.cli.probing import ProbeOptions, table
from dcmtools.errors import InputError
from dcmtools.net.events import Acceptance

EXPLICIT = {"1.2.840.10008.1.2.1": "Explicit VR Little Endian"}
IMPLICIT = {"1.2.840.10008.1.2": "Implicit VR Little Endian"}


def test_table() -> None:
    answers = [
        Acceptance("1.2.840.10008.1.1", "Verification SOP Class", IMPLICIT),
        Acceptance("1.2.840.10008.5.1.4.1.1.2", "CT Image Storage", EXPLICIT | IMPLICIT),
        Acceptance("1.2.3", "1.2.3", {}),
    ]
    assert list(table(answers)) == [
        "A  1.2.840.10008.1.2          Implicit VR Little Endian",
        "B  1.2.840.10008.1.2.1        Explicit VR Little Endian",
        "",
        "1.2.840.10008.1.1          A.  Verification SOP Class",
        "1.2.840.10008.5.1.4.1.1.2  AB  CT Image Storage",
        "1.2.3                      ..  1.2.3 (refused)",
    ]


def test_table_of_nothing() -> None:
    assert list(table([])) == []


def test_sop_classes_by_uid_and_keyword() -> None:
    options = ProbeOptions(probe=True, sop_class=["CTImageStorage", "1.2.840.10008.1.1", "1.2.3.4"])
    assert options.sop_classes() == ["1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.1", "1.2.3.4"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("CTImageStorag", "CTImageStorage"), ("ExplicitVRLittleEndian", "named"), ("1.02", "named")],
)
def test_what_is_no_sop_class(name: str, hint: str) -> None:
    with pytest.raises(InputError, match="is no SOP class") as raised:
        ProbeOptions(probe=True, sop_class=[name]).sop_classes()
    assert hint in (raised.value.hint or "")


def test_sop_classes_without_probe() -> None:
    with pytest.raises(UsageError, match="--sop-class needs --probe"):
        ProbeOptions(sop_class=["CTImageStorage"]).check()
