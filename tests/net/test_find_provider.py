"""C-FIND as an SCP over real associations."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from dcmtools.dicom.query import Level, QueryError
from dcmtools.errors import AssociationAbortedError, DcmtoolsError
from dcmtools.net.access import Access, Rights
from dcmtools.net.association import Peer, associate
from dcmtools.net.contexts import Proposal
from dcmtools.net.echo import VERIFICATION, echo
from dcmtools.net.events import Finished, Match
from dcmtools.net.find import find
from dcmtools.net.identifiers import send_query
from dcmtools.net.models import InformationModel
from dcmtools.wire.commands import Command, CommandField
from tests.net.archive import (
    CT,
    PATIENT_ROOT,
    STUDY_ROOT,
    Found,
    ListedCatalog,
    archive,
    asking,
    identifier,
    numbered,
)
from tests.net.conftest import BRIEF

KEYS = identifier(StudyInstanceUID="", PatientName="")
WORKLIST, UPS = (model.sop_classes.find for model in (InformationModel.WORKLIST, InformationModel.UPS))


def ask(port: int, query: Dataset = KEYS, sop_class: str = STUDY_ROOT.find, **options: object):
    """Ask once; return the Identifiers of the matches and the final response."""
    with asking(port, sop_class, **options) as association:
        *matches, final = find(association, query)
    assert all(isinstance(match, Match) for match in matches)
    return [match.identifier for match in matches], final


def statuses(port: int, query: Dataset = KEYS) -> list[int]:
    """The statuses of all responses."""
    with asking(port, STUDY_ROOT.find) as association:
        message_id = send_query(association, association.contexts[0], CommandField.C_FIND_RQ, query)
        seen = []
        while not seen or seen[-1] in (0xFF00, 0xFF01):
            seen.append(association.response(message_id, 5)[0].status)
        return seen


@pytest.mark.parametrize("count", [0, 1, 2, 1000])
def test_each_match_is_one_response(count):
    catalog = ListedCatalog(found=numbered(count))
    with archive(catalog) as running:
        matches, final = ask(running.port)
    assert [match.StudyInstanceUID for match in matches] == [str(n) for n in range(count)]
    assert final == Finished(0)
    assert all(match.RetrieveAETitle == "ARCHIVE" for match in matches)
    assert all(match.QueryRetrieveLevel == "STUDY" for match in matches)
    assert all(search.closed for search in catalog.searches)


@pytest.mark.parametrize(
    "syntax",
    [
        ImplicitVRLittleEndian,
        ExplicitVRLittleEndian,
        ExplicitVRBigEndian,
        DeflatedExplicitVRLittleEndian,
    ],
)
def test_in_every_transfer_syntax(syntax):
    catalog = ListedCatalog(found=lambda query: [Found(("Yamada^Tarou=山田^太郎", "1.2"), "ISO 2022 IR 87")])
    with archive(catalog) as running:
        contexts = [Proposal(STUDY_ROOT.find, (str(syntax),)).context()]
        with associate(Peer("127.0.0.1", running.port), "SCU", contexts, BRIEF) as association:
            match, final = find(association, KEYS)
    assert match.identifier.PatientName == "Yamada^Tarou=山田^太郎"
    assert match.identifier.StudyInstanceUID == "1.2"
    assert final.status == 0


def test_a_key_that_is_not_supported_shows_in_the_status():
    with archive(ListedCatalog(found=numbered(2))) as running:
        assert statuses(running.port) == [0xFF00, 0xFF00, 0]
    with archive(ListedCatalog(found=numbered(2), unsupported=frozenset({0x00100010}))) as running:
        assert statuses(running.port) == [0xFF01, 0xFF01, 0]


@pytest.mark.parametrize(("found", "final"), [(5, 0), (6, 0xA700)])
def test_a_limit_of_results(found, final):
    catalog = ListedCatalog(found=numbered(found))
    with archive(catalog, max_results=5) as running:
        matches, finished = ask(running.port)
    assert (len(matches), finished.status) == (5, final)
    assert catalog.searches[0].closed
    assert finished.comment == ("there are more than 5 matches" if final else None)


@pytest.mark.parametrize(
    ("query", "flags", "status"),
    [
        (Dataset(), (), 0xA900),
        (identifier("PATIENT", PatientID=""), (), 0xA900),
        (identifier("SERIES", SeriesInstanceUID=""), (), 0xA900),
        (identifier("STUDY", SeriesInstanceUID="1.2"), (), 0xA900),
        (identifier("SERIES", SeriesInstanceUID=""), (True,), 0),
        (identifier("STUDY", SeriesInstanceUID="1.2"), (True,), 0),
    ],
    ids=[
        "no level",
        "level of another model",
        "no study",
        "key below",
        "relational: no study",
        "relational: below",
    ],
)
def test_an_identifier_has_to_fit_the_model(query, flags, status):
    with archive(ListedCatalog()) as running:
        _, final = ask(running.port, query, flags=flags)
    assert final.status == status
    assert bool(final.comment) == bool(status)


def test_the_element_at_fault_is_named():
    with archive(ListedCatalog()) as running:
        with asking(running.port, STUDY_ROOT.find) as association:
            message_id = send_query(
                association,
                association.contexts[0],
                CommandField.C_FIND_RQ,
                identifier("SERIES", Modality=""),
            )
            response, _ = association.response(message_id, 5)
    assert (response.status, response.offending_elements) == (0xA900, (0x0020000D,))
    assert "StudyInstanceUID" in (response.error_comment or "")


@pytest.mark.parametrize(
    ("flags", "agreed"),
    [
        ((), (False, False, False)),
        ((True, False, False), (True, False, False)),
        ((False, True, True), (False, True, True)),
    ],
)
def test_the_catalog_is_told_what_was_negotiated(flags, agreed):
    catalog = ListedCatalog()
    with archive(catalog) as running:
        ask(running.port, identifier("PATIENT", PatientID=""), PATIENT_ROOT.find, flags=flags)
    [query] = catalog.queries
    assert (query.relational, query.combined, query.fuzzy) == agreed
    assert query.level is Level.PATIENT


@pytest.mark.parametrize(
    ("error", "status"), [(QueryError("no such key", 0x00100010), 0xA900), (DcmtoolsError("disk"), 0xC000)]
)
def test_a_catalog_that_fails_costs_one_request(error, status):
    with archive(ListedCatalog(error=error)) as running:
        with asking(running.port, STUDY_ROOT.find) as association:
            for _ in range(2):
                [final] = find(association, KEYS)
                is_of_a_key = status == 0xA900
                assert final == Finished(
                    status,
                    "no such key" if is_of_a_key else "disk",
                    offending=(0x00100010,) if is_of_a_key else (),
                )


def test_a_catalog_that_fails_on_the_way_ends_with_a_failure():
    def found(query) -> Iterator[Found]:
        yield from numbered(3)(query)
        raise DcmtoolsError("the database is gone")

    catalog = ListedCatalog(found=found)
    with archive(catalog) as running:
        matches, final = ask(running.port)
    assert len(matches) == 3
    assert final == Finished(0xC000, "the database is gone")
    assert catalog.searches[0].closed


def test_a_defect_of_the_catalog_costs_one_association(caplog):
    with archive(ListedCatalog(error=ZeroDivisionError())) as running:
        with pytest.raises(AssociationAbortedError):
            ask(running.port)
        assert "internal error" in caplog.text
        with asking(running.port, VERIFICATION) as association:
            assert [event.status for event in echo(association, 1)] == [0]


def test_a_query_can_be_cancelled_and_the_search_ends():
    catalog = ListedCatalog(found=numbered(10_000_000))
    with archive(catalog) as running:
        with asking(running.port, STUDY_ROOT.find) as association:
            *matches, final = find(association, KEYS, cancel_after=3)
            assert final.status == 0xFE00
            [*_, again] = find(association, KEYS, cancel_after=1)
            assert again.status == 0xFE00
    assert len(matches) < 100_000
    assert catalog.searches[0].closed
    assert catalog.searches[0].taken < 100_000


def test_a_cancel_of_something_else_is_passed_over():
    with archive(ListedCatalog(found=numbered(3))) as running:
        with asking(running.port, STUDY_ROOT.find) as association:
            context = association.contexts[0]
            association.cancel(context.context_id, 99)
            message_id = send_query(association, context, CommandField.C_FIND_RQ, KEYS)
            association.cancel(context.context_id, message_id + 1)
            seen = [association.response(message_id, 5)[0].status for _ in range(4)]
    assert seen == [0xFF00, 0xFF00, 0xFF00, 0]


def test_the_search_ends_when_the_requestor_is_gone():
    catalog = ListedCatalog(found=numbered(10_000_000))
    with archive(catalog) as running:
        with asking(running.port, STUDY_ROOT.find) as association:
            matches = find(association, KEYS)
            next(matches)
            association.abort()
        running.wait_until_idle()
    assert catalog.searches[0].closed


def test_a_second_request_before_the_end_of_the_first_is_no_dicom():
    catalog = ListedCatalog(found=numbered(10_000_000))
    with archive(catalog) as running:
        with asking(running.port, STUDY_ROOT.find) as association:
            context = association.contexts[0]
            send_query(association, context, CommandField.C_FIND_RQ, KEYS)
            with pytest.raises(AssociationAbortedError):
                send_query(association, context, CommandField.C_FIND_RQ, KEYS)
                while True:
                    association.dataset(association.arrived(5))
    assert catalog.searches[0].closed


def _send_bytes(running, data: bytes, sop_class: str = STUDY_ROOT.find, field: int = CommandField.C_FIND_RQ):
    with asking(running.port, sop_class) as association:
        request = Command(field=field, message_id=5, priority=0, has_dataset=True, sop_class_uid=sop_class)
        association.send(association.contexts[0].context_id, request, [data])
        response, _ = association.response(5, 5)
    return response


@pytest.mark.parametrize("data", [b"\xff" * 20, b"no dataset at all", b"\x08\x00\x52\x00CS\xff\x7f"])
def test_bytes_that_are_no_identifier(data):
    with archive(ListedCatalog()) as running:
        response = _send_bytes(running, data)
    assert response.status in (0xC000, 0xA900)
    assert response.error_comment


def test_an_identifier_of_any_size_is_taken_but_not_kept(monkeypatch):
    monkeypatch.setattr("dcmtools.net.archive_provider._LONGEST_IDENTIFIER", 100_000)
    with archive(ListedCatalog()) as running:
        response = _send_bytes(running, bytes(1_000_000))
    assert (response.status, response.error_comment) == (0xA700, "the Identifier is too long")


@pytest.mark.parametrize("field", [CommandField.C_FIND_RQ, CommandField.C_GET_RQ, CommandField.C_MOVE_RQ])
def test_a_sop_class_without_the_service(field):
    with archive(ListedCatalog(), destinations={"": Peer("127.0.0.1", 1)}) as running:
        response = _send_bytes(running, b"", CT, field)
    assert (response.status, response.field) == (0x0122, field | 0x8000)


def test_who_may_not_read_gets_no_answer():
    catalog = ListedCatalog(found=numbered(3))
    access = Access(rights={"WRITER": Rights(read=False)})
    with archive(catalog, server={"access": access}) as running:
        _, refused = ask(running.port, calling_aet="WRITER")
        matches, final = ask(running.port, calling_aet="READER")
    assert refused == Finished(0xC000, "not authorised to query or retrieve")
    assert (len(matches), final.status) == (3, 0)
    assert len(catalog.queries) == 1


class Steps:
    """A source of worklist items."""

    def __init__(self, steps: list[Dataset], unsupported: frozenset[int] = frozenset()) -> None:
        self.steps = steps
        self.unsupported = unsupported
        self.asked: list[object] = []

    def find(self, identifier: Dataset, *, fuzzy: bool, combined: bool) -> Steps:
        self.asked.append((identifier.get("PatientName"), fuzzy, combined))
        return self

    def __iter__(self) -> Iterator[Dataset]:
        return iter(self.steps)


def _step(name: str) -> Dataset:
    step = Dataset()
    step.PatientName = name
    return step


def _name_key() -> Dataset:
    return _step("")


@pytest.mark.parametrize("sop_class", [WORKLIST, UPS])
def test_without_a_source_there_are_no_worklist_items(sop_class):
    with archive(ListedCatalog()) as running:
        assert ask(running.port, _name_key(), sop_class) == ([], Finished(0))


@pytest.mark.parametrize("sop_class", [WORKLIST, UPS])
def test_worklist_items_come_from_their_source(sop_class):
    source = Steps([_step("Doe^Jane"), _step("Doe^John")])
    with archive(ListedCatalog(), steps={sop_class: source}) as running:
        matches, final = ask(running.port, _name_key(), sop_class, flags=(True, True, True))
    assert [str(match.PatientName) for match in matches] == ["Doe^Jane", "Doe^John"]
    assert final.status == 0
    assert source.asked == [("", True, True)]


def test_a_worklist_item_that_cannot_be_encoded_is_named_and_left_out(caplog):
    broken = _step("Doe^Jack")
    with pytest.warns(UserWarning, match="cannot be assigned"):
        broken.add_new(0x00280010, "US", "no number")
    with archive(ListedCatalog(), steps={WORKLIST: Steps([broken, _step("Doe^Jane")])}) as running:
        matches, final = ask(running.port, _name_key(), WORKLIST)
    assert [str(match.PatientName) for match in matches] == ["Doe^Jane"]
    assert final.status == 0
    assert "cannot be encoded" in caplog.text


def test_log_lines(caplog):
    with caplog.at_level(logging.INFO), archive(ListedCatalog(found=numbered(1))) as running:
        ask(running.port)
    lines = [record.getMessage() for record in caplog.records]
    assert any(line.startswith("Received C-FIND request from 127.0.0.1:") for line in lines)
    start = lines.index("Find SCP Request Identifier:")
    assert lines[start : start + 4] == [
        "Find SCP Request Identifier:",
        "",
        "# DICOM Dataset",
        "(0008,0052) CS [STUDY]                                  # 1 QueryRetrieveLevel",
    ]
    assert "Find SCP Response 1: 0xFF00 (Pending)" in lines
    assert "Find SCP Response 2: 0x0000 (Success)" in lines


def test_identifiers_can_be_kept_out_of_the_log(caplog):
    with caplog.at_level(logging.INFO, "dcmtools"):
        with archive(ListedCatalog(), log_identifiers=False) as running:
            ask(running.port)
    assert "Find SCP Request Identifier:" not in caplog.text
