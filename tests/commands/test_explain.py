"""``dcmtools explain`` as a process."""

from __future__ import annotations

import json

from ..command import dcmtools


def test_on_standard_output() -> None:
    outcome = dcmtools("explain", "0xA700", "--service", "storage")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.stdout.splitlines() == [
        "0xA700  Failure: Out of resources",
        "  kind     status",
        "  service  storage",
        "  advice   the peer needs room or memory: try again later, --retries does it",
    ]


def test_several_one_of_them_not_known() -> None:
    outcome = dcmtools("explain", "1.2.840.10008.1.2.4.90", "(0010,0010)", "PatientNam\x1b")
    assert outcome.code == 3
    assert [line for line in outcome.stdout.splitlines() if line[0] != " "] == [
        "1.2.840.10008.1.2.4.90  JPEG 2000 Image Compression (Lossless Only)",
        "(0010,0010)  Patient's Name",
    ]
    (line,) = outcome.errors()
    assert line.startswith(
        "E: 'PatientNam\\x1b' is no status, UID, data element, VR, keyword or name (did you mean "
    )


def test_nothing_known() -> None:
    outcome = dcmtools("explain", "1.2.3")
    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr == "E: '1.2.3' is no UID of PS3.6\n"


def test_as_json() -> None:
    outcome = dcmtools("explain", "--json", "PN", "1.2.3")
    assert outcome.code == 3
    objects = [json.loads(line) for line in outcome.stdout.splitlines()]
    found = {item["event"]: item for item in objects}
    assert found["explanation"]["name"] == "Person Name"
    assert found["unexplained"]["text"] == "1.2.3"
