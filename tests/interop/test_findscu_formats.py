"""What findscu makes of the matches: formats, order, files, many queries."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from pydicom import Dataset, dcmread
from pydicom.data import get_charset_files

from ..command import ENVIRONMENT, dcmtools
from ..contract.faulty import finding
from ..terminal import terminal
from .conftest import Archive
from .peers import dcmtk
from .peers.queries import find_peer

pytestmark = pytest.mark.interop

LIST = ("-k", "QueryRetrieveLevel=STUDY", "-k", "PatientName", "-k", "StudyInstanceUID")
FINDSCU = (sys.executable, "-m", "dcmtools", "findscu")
DOE = ("--level", "STUDY", "-k", "PatientName=Doe^*")


def match(name: str, number: int = 1, **values: object) -> Dataset:
    found = Dataset()
    found.SpecificCharacterSet = "ISO_IR 192"
    found.QueryRetrieveLevel = "STUDY"
    found.PatientName = name
    found.StudyInstanceUID = f"1.2.3.{number}"
    found.NumberOfStudyRelatedInstances = number
    for keyword, value in values.items():
        setattr(found, keyword, value)
    return found


MATCHES = [match("Doe^Jane", 2), match("Yamada^Tarou=山田^太郎", 10)]


def studies(archive: Archive, *options: object) -> str:
    outcome = dcmtools("findscu", "-q", *archive.address, *DOE, *options)
    assert (outcome.code, outcome.stderr) == (0, "")
    return outcome.stdout


def test_formats_agree(archive: Archive) -> None:
    """The same studies in each format, with each peer; a level is all that has to be said."""
    rows = list(csv.DictReader(studies(archive, "--format", "csv").splitlines()))
    uids = [row["StudyInstanceUID"] for row in rows]
    assert len(uids) >= 4
    assert {row["PatientName"] for row in rows} == {"Doe^Archibald", "Doe^Peter"}
    as_json = json.loads(studies(archive, "--format", "json"))
    assert sorted(each["0020000D"]["Value"][0] for each in as_json) == sorted(uids)
    as_xml = ElementTree.fromstring(studies(archive, "--format", "xml").encode())
    texts = ["".join(each.itertext()) for model in as_xml for each in model if each.get("tag") == "0020000D"]
    assert sorted(texts) == sorted(uids)
    table = studies(archive, "--format", "table").splitlines()
    assert sorted(line.split()[-1] for line in table[2:]) == sorted(uids)
    listing = studies(archive)
    assert sorted(uids) == sorted(
        line.split("[")[1].split("]")[0] for line in listing.splitlines() if line.endswith("StudyInstanceUID")
    )


@pytest.mark.parametrize("form", ["csv", "json", "xml", "table", "list"])
def test_text_of_other_character_sets(form: str) -> None:
    """It is UTF-8 in each format, whatever the peer sends it in."""
    headers = [dcmread(get_charset_files(f"chr{name}.dcm")[0]) for name in ("H31", "X2", "I2", "Greek")]
    found = [
        match(str(header.PatientName), SpecificCharacterSet=header.SpecificCharacterSet) for header in headers
    ]
    with find_peer(found) as peer:
        outcome = dcmtools("findscu", "-q", "127.0.0.1", peer.port, *LIST, "--format", form)
    assert outcome.code == 0
    for header in headers:
        for part in str(header.PatientName).replace("^", "=").split("="):
            assert part in outcome.stdout


def test_order_and_columns(archive: Archive) -> None:
    options = ("--format", "csv", "--columns", "StudyDate,PatientName", "--sort", "-StudyDate")
    head, *rows = csv.reader(studies(archive, *options, "--sort", "PatientName").splitlines())
    assert head == ["StudyDate", "PatientName"]
    assert rows == sorted(sorted(rows, key=lambda row: row[1]), key=lambda row: row[0], reverse=True)
    assert all(date for date, _ in rows)


def _first(archive: Archive) -> tuple[str, str]:
    header = dcmread(archive.samples[0].path, stop_before_pixels=True)
    return header.StudyInstanceUID, header.SeriesInstanceUID


@pytest.mark.parametrize("level", ["PATIENT", "STUDY", "SERIES", "IMAGE"])
def test_every_level(our_archive: Archive, level: str) -> None:
    study, series = _first(our_archive)
    keys = [f"StudyInstanceUID={study}", f"SeriesInstanceUID={series}"]
    of_one = {"SERIES": ["-k", keys[0]], "IMAGE": ["-k", keys[0], "-k", keys[1]]}.get(level, [])
    outcome = dcmtools("findscu", "-q", *our_archive.address, "--level", level, *of_one, "--format", "csv")
    assert (outcome.code, outcome.stderr) == (0, "")
    unique = {"PATIENT": "PatientID", "IMAGE": "SOPInstanceUID"}.get(level, f"{level.title()}InstanceUID")
    values = [row[unique] for row in csv.DictReader(outcome.stdout.splitlines())]
    assert values
    assert len(set(values)) == len(values)


def test_the_models_are_those_of_dcmtk(our_archive: Archive, tmp_path: Path) -> None:
    """DCMTK makes the same JSON and XML of the files that -w writes."""
    folder = tmp_path / "matches"
    as_json = json.loads(studies(our_archive, "-w", "-od", folder, "--format", "json"))
    as_xml = ElementTree.fromstring(studies(our_archive, "--format", "xml").encode())
    files = sorted(folder.iterdir())
    assert [path.name for path in files] == [f"rsp{number:06}.dcm" for number in range(1, len(as_json) + 1)]
    for path, our_json, our_xml in zip(files, as_json, as_xml, strict=True):
        theirs = dcmtk.dcmtk("dcm2json", path)
        assert theirs.returncode == 0, theirs.stderr
        assert our_json == json.loads(theirs.stdout)
        theirs = dcmtk.dcmtk("dcm2xml", "-nat", "+Xn", "+U8", path)
        assert theirs.returncode == 0, theirs.stderr
        their_xml = ElementTree.fromstring(theirs.stdout.encode())
        assert elements(our_xml) == elements(their_xml)


def elements(model: ElementTree.Element) -> list[Any]:
    """Those of the dataset; DCMTK adds a character set where there is none."""
    tags = [str(each.get("tag")) for each in model]
    return [
        _simplified(each)
        for tag, each in zip(tags, model, strict=True)
        if tag > "00030000" and tag != "00080005"
    ]


def _simplified(node: ElementTree.Element) -> Any:
    return node.tag, dict(node.attrib), (node.text or "").strip(), list(map(_simplified, node))


def test_files_only(our_archive: Archive, tmp_path: Path) -> None:
    assert studies(our_archive, "--format", "dicom", "-od", tmp_path / "out", "--sort", "StudyDate") == ""
    dates = [dcmread(path).StudyDate for path in sorted((tmp_path / "out").iterdir())]
    assert dates == sorted(dates)
    assert len(dates) >= 4


@pytest.mark.parametrize("form", ["csv", "json", "xml"])
def test_data_is_utf_8_whatever_the_locale(form: str) -> None:
    with finding(MATCHES) as port:
        done = subprocess.run(
            [*FINDSCU, "-q", "127.0.0.1", str(port), *LIST, "--format", form],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            env=ENVIRONMENT | {"PYTHONIOENCODING": "latin-1"},
        )
    assert (done.returncode, done.stderr) == (0, b"")
    assert "山田" in done.stdout.decode("utf-8")


def on_terminal(port: int, *options: object, **how: Any) -> str:
    """What a query shows on a terminal, log lines included."""
    with terminal("findscu", "127.0.0.1", port, *options, **how) as shown:
        assert shown.end() == 0
        return shown.text.replace("\r\n", "\n")


def test_table_on_a_terminal() -> None:
    with find_peer(MATCHES) as peer:
        shown = on_terminal(peer.port, *LIST)
        listed = on_terminal(peer.port, *LIST, "-q", "--format", "list", environment={"TERM": "dumb"})
    lines = [line.replace("\x1b[1m", "").replace("\x1b[0m", "").rstrip() for line in shown.splitlines()]
    assert lines[0].split() == ["PatientName", "StudyInstanceUID"]
    assert lines[2:] == ["Doe^Jane                1.2.3.2", "Yamada^Tarou=山田^太郎  1.2.3.10"]
    assert listed.splitlines()[0] == "# Match 1"


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"NO_COLOR": "1"}])
def test_no_colour(environment: dict[str, str]) -> None:
    with find_peer(MATCHES) as peer:
        shown = on_terminal(peer.port, *LIST, environment=environment)
    assert "\x1b[3" not in shown
    assert ("\x1b" not in shown) or "NO_COLOR" in environment


def test_narrow_terminal() -> None:
    """Titles are broken first, then values; where that is not enough a match is a block. Nothing is lost."""
    uid = "1.2.826.0.1.3680043.8.498.13331179108403236084039838123417806584"
    found = [match("Doe^Jane", 2, StudyInstanceUID=uid, StudyDescription="CT head and neck")]
    keys = (*LIST, "-k", "StudyDescription", "-k", "NumberOfStudyRelatedInstances")
    widest = {}
    with find_peer(found) as peer:
        for columns in (200, 130, 70, 40):
            shown = on_terminal(peer.port, *keys, columns=columns)
            text = shown.replace("\x1b[1m", "").replace("\x1b[0m", "")
            widest[columns] = max(map(len, text.rstrip().splitlines()))
            if columns >= 130:
                assert uid in text
            for value in ("Doe^Jane", "neck"):
                assert value in text
            assert [piece for piece in uid.split(".") if piece not in text.replace("\n", "")] in (
                [],
                [uid[26:]],
            )
    assert widest[130] <= 130
    assert widest[70] <= 70
    with find_peer(found) as peer:
        block = on_terminal(peer.port, *keys, columns=40)
    assert block.splitlines() == [
        "PatientName                    Doe^Jane",
        f"StudyInstanceUID               {uid}",
        "StudyDescription               CT head and neck",
        "NumberOfStudyRelatedInstances  2",
    ]


def test_many_queries_over_one_association(tmp_path: Path) -> None:
    path = tmp_path / "queries.csv"
    path.write_text("AccessionNumber;StudyDate\nA1;\n\nA2;20200101\n")
    with find_peer(MATCHES) as peer:
        outcome = dcmtools(
            "findscu", "-v", "-S", "127.0.0.1", peer.port, "--queries", path, *LIST, "--format", "json"
        )
        assert len(peer.proposed) == 1
        assert len(peer.identifiers) == 2
        assert peer.identifier().AccessionNumber == "A2"
        assert peer.identifier().StudyDate == "20200101"
        assert peer.identifier().PatientName == ""
    assert outcome.code == 0, outcome.stderr
    assert len(json.loads(outcome.stdout)) == 4
    lines = outcome.stderr.splitlines()
    assert [line for line in lines if line.startswith("I: Query ")] == [
        f"I: Query 1: {path}, line 2",
        f"I: Query 2: {path}, line 4",
    ]
    assert "I: Sending Find Request: MsgID 2" in lines


def test_events_in_place_of_matches(tmp_path: Path) -> None:
    """With --json nothing else goes to standard output, whatever the format."""
    path = tmp_path / "queries.csv"
    path.write_text("AccessionNumber\nA1\nA2\n")
    for form in ("table", "csv", "json", "xml", "list"):
        with find_peer(MATCHES) as peer:
            options = ("--queries", path, "--sort", "PatientName", "--format", form, "--json")
            outcome = dcmtools("findscu", "127.0.0.1", peer.port, *LIST, *options)
        assert (outcome.code, outcome.stderr) == (0, "")
        events = [json.loads(line) for line in outcome.stdout.splitlines()]
        of_query = ["querying", "match", "match", "finished"]
        assert [event["event"] for event in events] == ["start", *of_query, *of_query, "summary"]
        assert events[3]["identifier"]["00100010"]["Value"][0]["Ideographic"] == "山田^太郎"
        assert events[5]["source"] == f"{path}, line 3"


def test_which_queries_have_no_match(our_archive: Archive, tmp_path: Path) -> None:
    path = tmp_path / "queries.csv"
    path.write_text("PatientID\n77654033\nnobody\n98890234\n")
    query = ("findscu", "-ll", "error", *our_archive.address, "--level", "STUDY", "--queries", path)
    outcome = dcmtools(*query, "--format", "csv", "--fail-empty")
    assert outcome.code == 3
    assert outcome.stderr.splitlines() == [f"E: {path}, line 3: no match"]
    found = {row["PatientID"] for row in csv.DictReader(outcome.stdout.splitlines())}
    assert found == {"77654033", "98890234"}
    assert dcmtools(*query, "--format", "csv").code == 0


def test_no_match_fails_when_asked_to() -> None:
    with find_peer() as peer:
        outcome = dcmtools("findscu", "127.0.0.1", peer.port, *LIST, "--fail-empty", "--format", "json")
        assert outcome.code == 1
        assert json.loads(outcome.stdout) == []
        outcome.error_about(peer.port, "no match")
        assert dcmtools("findscu", "127.0.0.1", peer.port, *LIST).code == 0
    with find_peer(MATCHES) as peer:
        assert dcmtools("findscu", "127.0.0.1", peer.port, *LIST, "--fail-empty").code == 0


def test_a_query_that_cannot_be_made_stops_no_other(tmp_path: Path) -> None:
    path = tmp_path / "queries.csv"
    path.write_text("PatientName\nMüller\n山田\nDoe\n")
    with find_peer(MATCHES) as peer:
        outcome = dcmtools(
            "findscu", "127.0.0.1", peer.port, "--queries", path, "--charset", "ISO_IR 100", *LIST
        )
        assert len(peer.identifiers) == 2
    assert outcome.code == 3
    outcome.error_about(f"{path}, line 3", "PatientName")


def test_nothing_of_a_patient_is_logged(tmp_path: Path) -> None:
    path = tmp_path / "jane.csv"
    path.write_text("PatientName\nNobody\n山田\n")
    options = ("--queries", path, "--charset", "ISO_IR 100", "--fail-empty", "-d", "--no-phi")
    with find_peer() as peer:
        outcome = dcmtools("findscu", "127.0.0.1", peer.port, *options, *LIST)
    assert outcome.code == 1
    assert all(word not in outcome.stderr for word in ("jane", "Nobody", "山田"))
    outcome.error_about(", line 2: no match")
    outcome.error_about(", line 3: ", "PatientName")


def test_an_association_that_is_lost_among_queries(tmp_path: Path) -> None:
    """What was found is shown, and what was not asked is said."""
    path = tmp_path / "queries.csv"
    path.write_text("PatientID\n" + "".join(f"{number}\n" for number in range(5)))
    with find_peer(MATCHES, abort_at=2) as peer:
        outcome = dcmtools("findscu", "127.0.0.1", peer.port, "--queries", path, *LIST, "--format", "json")
    assert outcome.code == 3
    assert len(json.loads(outcome.stdout)) == 2
    outcome.error_about(f"{path}, line 3", "aborted", "3 more queries not made")


@pytest.mark.parametrize(
    ("options", "code", "error"),
    [
        (["--columns", "PatientNam", "--level", "STUDY"], 1, "did you mean 'PatientName'"),
        (["--sort", "-PatientNam", "--level", "STUDY"], 1, "did you mean 'PatientName'"),
        (["--queries", "/none.csv"], 1, "/none.csv: No such file"),
        (["--level", "STUDY", "-W"], 2, "--level: not allowed"),
        (["--level", "FILM"], 2, "FILM"),
        (["--level", "STUDY", "--format", "yaml"], 2, "yaml"),
        (["--level", "STUDY", "-od", "out"], 2, "-od/--output-directory goes with"),
        (["--format", "csv"], 2, "-f and/or -k must be specified"),
    ],
)
def test_wrong_use(options: list[str], code: int, error: str) -> None:
    outcome = dcmtools("findscu", "127.0.0.1", 104, *options)
    assert outcome.code == code
    assert len(outcome.stderr.splitlines()) == 1
    assert error in outcome.stderr


def test_levels_in_any_case() -> None:
    with find_peer(MATCHES) as peer:
        assert dcmtools("findscu", "127.0.0.1", peer.port, "--level", "study").code == 0
        assert peer.identifier().QueryRetrieveLevel == "STUDY"


def test_reader_that_has_seen_enough() -> None:
    """As ``| head -1``, in each format."""
    for form in ("csv", "json", "xml", "table"):
        reading, writing = os.pipe()
        os.close(reading)
        try:
            with finding(MATCHES) as port:
                done = subprocess.run(
                    [*FINDSCU, "-q", "127.0.0.1", str(port), *LIST, "--format", form],
                    stdin=subprocess.DEVNULL,
                    stdout=writing,
                    stderr=subprocess.PIPE,
                    timeout=60,
                    env=ENVIRONMENT,
                )
        finally:
            os.close(writing)
        assert done.returncode == 1
        assert b"Traceback" not in done.stderr
        assert b"Exception" not in done.stderr
