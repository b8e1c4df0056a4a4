from __future__ import annotations

import itertools

import pytest

from dcmtools.cli.option_group import UsageError
from dcmtools.cli.query import (
    QueryModelOptions,
    QueryNegotiationOptions,
    QueryOptions,
    RetrievalModelOptions,
    RetrievalNegotiationOptions,
)
from dcmtools.net.models import InformationModel

RETRIEVAL = {
    "patient": InformationModel.PATIENT_ROOT,
    "study": InformationModel.STUDY_ROOT,
    "psonly": InformationModel.PATIENT_STUDY_ONLY,
}
QUERY = RETRIEVAL | {"worklist": InformationModel.WORKLIST, "ups": InformationModel.UPS}
FLAGS = ("relational_query", "dt_matching", "fuzzy_names", "timezone_adj", "enhanced_conversion")


@pytest.mark.parametrize(
    ("group", "models"), [(RetrievalModelOptions, RETRIEVAL), (QueryModelOptions, QUERY)]
)
def test_models(group: type[RetrievalModelOptions], models: dict[str, InformationModel]) -> None:
    assert group().model is InformationModel.PATIENT_ROOT
    for name, model in models.items():
        options = group(**{name: True})
        options.check()
        assert options.model is model
    for first, second in itertools.combinations(models, 2):
        with pytest.raises(UsageError, match="not allowed with argument"):
            group(**{first: True, second: True}).check()


def test_a_query_needs_keys() -> None:
    with pytest.raises(UsageError, match=r"^-f and/or -k must be specified$"):
        QueryOptions().check()
    QueryOptions(keyword=["PatientName"]).check()


def test_identifier() -> None:
    identifier = QueryOptions(keyword=["PatientID=1", "PatientName=", "PatientID=2"]).identifier()
    assert (identifier.PatientID, identifier.PatientName) == ("2", "")


@pytest.mark.parametrize(
    "model", [model for model in InformationModel if model is not InformationModel.WORKLIST]
)
def test_query_flags_in_their_order(model: InformationModel) -> None:
    for values in itertools.product((False, True), repeat=5):
        options = QueryNegotiationOptions(**dict(zip(FLAGS, values, strict=True)))
        assert options.flags(model) == values


def test_flags_of_a_worklist() -> None:
    """Always relational and with combined date and time; nothing where only that is asked for."""
    for values in itertools.product((False, True), repeat=5):
        options = QueryNegotiationOptions(**dict(zip(FLAGS, values, strict=True)))
        _, _, fuzzy, timezone, _ = values
        expected = (True, True, fuzzy, timezone) if fuzzy or timezone else ()
        assert options.flags(InformationModel.WORKLIST) == expected


def test_retrieval_flags() -> None:
    assert RetrievalNegotiationOptions().flags() == (False, False)
    assert RetrievalNegotiationOptions(relational_retrieval=True).flags() == (True, False)
    assert RetrievalNegotiationOptions(enhanced_conversion=True).flags() == (False, True)
