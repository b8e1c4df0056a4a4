"""What findscu asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dcmtools.cli.finding import FindOptions, plan
from dcmtools.cli.match_options import MatchOptions
from dcmtools.cli.option_group import UsageError
from dcmtools.cli.query import QueryModelOptions
from dcmtools.dicom.identifier import build_identifier
from dcmtools.dicom.return_keys import RETURN_KEYS, QueryLevel
from dcmtools.dicom.saving import save_identifier
from dcmtools.errors import FileError, InputError
from dcmtools.net.models import InformationModel

NOTHING_MORE = MatchOptions()


def asked(shown: MatchOptions = NOTHING_MORE, **options: Any) -> list[dict[str, str]]:
    """The keys and values of each query."""
    searches = plan(FindOptions(**options), shown).searches
    return [{each.keyword: str(each.value) for each in search.identifier()} for search in searches]


def columns(shown: MatchOptions = NOTHING_MORE, **options: Any) -> list[str]:
    return [column.name for column in plan(FindOptions(**options), shown).columns]


def test_keys_only() -> None:
    keys = ["QueryRetrieveLevel=STUDY", "StudyDate", "PatientID=1"]
    assert asked(keyword=keys) == [{"QueryRetrieveLevel": "STUDY", "StudyDate": "", "PatientID": "1"}]
    assert columns(keyword=keys) == ["StudyDate", "PatientID"]


@pytest.mark.parametrize("level", QueryLevel)
def test_level_without_keys_to_return(level: QueryLevel) -> None:
    expected = dict.fromkeys(RETURN_KEYS[level], "") | {"QueryRetrieveLevel": str(level)}
    assert asked(level=level) == [expected]
    assert asked(level=level, keyword=["StudyInstanceUID=1.2"]) == [expected | {"StudyInstanceUID": "1.2"}]
    assert columns(level=level) == list(RETURN_KEYS[level])


def test_level_with_keys_to_return() -> None:
    assert asked(level=QueryLevel.STUDY, keyword=["PatientID=1", "StudyDate="]) == [
        {"QueryRetrieveLevel": "STUDY", "PatientID": "1", "StudyDate": ""}
    ]


def test_level_and_a_file(tmp_path: Path) -> None:
    """The level goes before that of the file; its keys are enough."""
    path = tmp_path / "query.dcm"
    identifier = build_identifier(["QueryRetrieveLevel=PATIENT", "PatientID=1", "StudyDate"])
    save_identifier(path, identifier, "1.2.840.10008.5.1.4.1.2.2.1", "1.2.840.10008.1.2.1")
    assert asked(level=QueryLevel.STUDY, file=path) == [
        {"QueryRetrieveLevel": "STUDY", "PatientID": "1", "StudyDate": ""}
    ]


def test_a_typed_level_goes_before_the_option() -> None:
    (found,) = asked(level=QueryLevel.STUDY, keyword=["QueryRetrieveLevel=SERIES", "Modality"])
    assert found["QueryRetrieveLevel"] == "SERIES"


def test_columns_and_order_are_asked_for() -> None:
    shown = MatchOptions(columns=["PatientName,StudyDate"], sort=["-StudyTime", "PatientID"])
    assert asked(shown, keyword=["PatientID=1"]) == [
        {"PatientID": "1", "PatientName": "", "StudyDate": "", "StudyTime": ""}
    ]
    assert columns(shown, keyword=["PatientID=1"]) == ["PatientName", "StudyDate"]


def test_a_list_of_queries(tmp_path: Path) -> None:
    path = tmp_path / "queries.csv"
    path.write_text("AccessionNumber,StudyDate\nA1,20200101-\n\nA2,\n")
    options: dict[str, Any] = {"queries": path, "keyword": ["PatientName", "StudyDate=2019"]}
    assert asked(**options) == [
        {"AccessionNumber": "A1", "StudyDate": "20200101-", "PatientName": ""},
        {"AccessionNumber": "A2", "StudyDate": "2019", "PatientName": ""},
    ]
    assert columns(**options) == ["AccessionNumber", "StudyDate", "PatientName"]
    searches = plan(FindOptions(**options), MatchOptions()).searches
    assert [search.source for search in searches] == [f"{path}, line 2", f"{path}, line 4"]


def test_a_list_of_queries_at_a_level(tmp_path: Path) -> None:
    path = tmp_path / "queries.csv"
    path.write_text("StudyInstanceUID\n1.2\n1.3\n")
    found = asked(queries=path, level=QueryLevel.SERIES)
    assert [each["StudyInstanceUID"] for each in found] == ["1.2", "1.3"]
    assert all(each["SeriesNumber"] == "" and each["QueryRetrieveLevel"] == "SERIES" for each in found)


def test_a_value_that_cannot_be_used_is_found_with_its_query(tmp_path: Path) -> None:
    """Those before it are made."""
    path = tmp_path / "queries.csv"
    path.write_text("PatientID,PatientName\n1,\n2,山田\n")
    first, second = plan(FindOptions(queries=path, charset="ISO_IR 100"), MatchOptions()).searches
    assert first.identifier().PatientID == "1"
    with pytest.raises(InputError, match="PatientName"):
        second.identifier()


def test_a_wrong_list_is_found_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"none\.csv"):
        plan(FindOptions(queries=tmp_path / "none.csv"), MatchOptions())


def test_something_is_asked_for() -> None:
    with pytest.raises(UsageError, match=r"^-f and/or -k must be specified$"):
        FindOptions().check()
    FindOptions(level=QueryLevel.STUDY).check()
    FindOptions(queries=Path("queries.csv")).check()


def test_models() -> None:
    """Below the patient a level means the study root, in which no key of the patient is required."""
    at = {level: FindOptions(level=level) for level in (None, *QueryLevel)}
    no_model = QueryModelOptions()
    assert at[None].find_model(no_model) is InformationModel.PATIENT_ROOT
    assert at[QueryLevel.PATIENT].find_model(no_model) is InformationModel.PATIENT_ROOT
    for level in (QueryLevel.STUDY, QueryLevel.SERIES, QueryLevel.IMAGE):
        assert at[level].find_model(no_model) is InformationModel.STUDY_ROOT
    study = at[QueryLevel.STUDY]
    assert study.find_model(QueryModelOptions(patient=True)) is InformationModel.PATIENT_ROOT
    assert study.find_model(QueryModelOptions(psonly=True)) is InformationModel.PATIENT_STUDY_ONLY
    for model in (QueryModelOptions(worklist=True), QueryModelOptions(ups=True)):
        assert FindOptions().find_model(model) is model.model
        with pytest.raises(UsageError, match="--level"):
            study.find_model(model)
