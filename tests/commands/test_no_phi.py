"""--no-phi on real commands, each with -d: nothing of a patient on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pynetdicom import AE, evt

from ..command import ENVIRONMENT, dcmtools, qrscp, storescp
from ..ports import free_port
from ..samples import Sample, write_instance

NAME, NUMBER = "Geheimnis", "PID4711"
STUDIES = ("-S", "-k", "QueryRetrieveLevel=STUDY")


def instances(folder: Path) -> list[Sample]:
    """Files of one patient, in a folder and under names that tell who it is."""
    (folder / NUMBER).mkdir(parents=True)
    return [
        write_instance(
            folder / NUMBER / f"{NAME}-{index}.dcm",
            PatientName=f"{NAME}^Anna",
            PatientID=NUMBER,
            InstanceNumber=index,
        )
        for index in range(2)
    ]


@pytest.fixture
def talkative() -> Iterator[int]:
    """The port of an SCP that refuses everything, and says of whom."""

    def refuse(event: evt.Event) -> Dataset:
        status = Dataset()
        status.Status, status.ErrorComment = 0xA700, f"no room for {NAME}"
        return status

    entity = AE("SCP")
    entity.add_supported_context(CTImageStorage, ExplicitVRLittleEndian)
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=[(evt.EVT_C_STORE, refuse)])
    assert server is not None
    yield server.server_address[1]
    entity.shutdown()


def logs(tmp_path: Path, talkative: int, *options: str) -> dict[str, str]:
    """Run commands with `options`; what each has written to standard error, and in which words to look."""
    found: dict[str, str] = {}
    files = instances(tmp_path / "files")
    folder = tmp_path / "files"
    (folder / f"{NAME}.txt").write_text("no DICOM")
    cut = folder / f"{NAME}-cut.dcm"
    cut.write_bytes(files[0].path.read_bytes()[:-3])

    def run(title: str, command: str, *arguments: object) -> str:
        outcome = dcmtools(command, "-d", *options, *arguments)
        found[title] = outcome.stderr
        return outcome.stdout

    template = "{PatientID}/{PatientName}.dcm"
    with storescp(tmp_path, "-ll", "debug", *options, "--path-template", template) as storage:
        run("storescu", "storescu", "127.0.0.1", storage.port, folder, "-r", cut)
        run("storescu of nothing", "storescu", "127.0.0.1", storage.port, folder / f"{NAME}.txt")
        found["storescp"] = storage.server.output()
    run("storescu, refused", "storescu", "127.0.0.1", talkative, files[0].path)
    template = "{PatientID}/{PatientName}-{SOPInstanceUID}.dcm"
    settings = ("-ll", "debug", "--log-identifier", "--path-template", template)
    port = free_port()
    with qrscp(tmp_path / "qrscp", *settings, *options, destinations={"STORESCP": port}) as archive:
        there = (
            "127.0.0.1",
            archive.port,
            *STUDIES,
            "-k",
            f"StudyInstanceUID={dcmread(files[0].path).StudyInstanceUID}",
        )
        dcmtools("storescu", "127.0.0.1", archive.port, *(file.path for file in files))
        names = ("-k", f"PatientName={NAME}*", "-k", f"PatientID={NUMBER}")
        assert NAME in run("findscu", "findscu", *there, *names), "matches are no log lines"
        run("getscu", "getscu", *there, "-od", tmp_path / "got")
        run("movescu", "movescu", *there, "--store", "--store-port", port, "-od", tmp_path / "moved")
        run("findscu, refused", "findscu", *there[:2], "-S", "-k", f"QueryRetrieveLevel={NAME.upper()}")
        found["qrscp"] = archive.server.output()
    wrong = dcmtools("findscu", *options, "127.0.0.1", 1, "-k", f"PatientWeight={NAME}")  # -d: a traceback
    found["findscu, wrong"] = wrong.stderr
    next((tmp_path / "qrscp" / "instances").rglob("*.dcm")).unlink()
    run("qrscp --verify", "qrscp", "-c", tmp_path / "qrscp" / "qrscp.ini", "--verify", *settings[3:])
    return found


def secrets(folder: Path) -> Callable[[str], list[str]]:
    """Return what finds in a text all that tells of the patient."""
    words = [NAME, NAME.upper(), NUMBER]
    for path in (folder / "files" / NUMBER).iterdir():
        dataset = dcmread(path)
        words += [dataset.SOPInstanceUID, dataset.StudyInstanceUID]
    return lambda text: [word for word in words if word in text]


@pytest.mark.timeout(180)
def test_nothing_of_a_patient_is_logged(tmp_path: Path, talkative: int) -> None:
    found = logs(tmp_path, talkative, "--no-phi")
    revealed = secrets(tmp_path)
    for title, text in found.items():
        lines = [line for line in text.splitlines() if revealed(line)]
        assert not lines, (title, lines)
        assert ("\nD: " in text) != title.endswith("wrong"), (title, text)
    assert "CT Image Storage" in found["storescu"], "what is of no patient stays"


@pytest.mark.timeout(180)
def test_without_it_all_of_them_do(tmp_path: Path, talkative: int) -> None:
    """Else the other test would prove nothing."""
    found = logs(tmp_path, talkative)
    revealed = secrets(tmp_path)
    for title, text in found.items():
        assert revealed(text), (title, text)


def test_the_environment_can_ask_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = tmp_path / f"{NAME}.dcm"
    assert NAME in dcmtools("storescu", "127.0.0.1", 1, missing).stderr
    monkeypatch.setitem(ENVIRONMENT, "DCMTOOLS_NO_PHI", "1")
    outcome = dcmtools("storescu", "127.0.0.1", 1, missing)
    assert outcome.code == 1
    assert NAME not in outcome.stderr
    assert "E: Cannot access path: #" in outcome.stderr
