"""The information models and their SOP classes: PS3.4 tables C.6.1-1 and following, K.6.1, CC.2.1-1."""

from __future__ import annotations

import pytest
from pynetdicom import (
    BasicWorklistManagementPresentationContexts,
    QueryRetrievePresentationContexts,
    UnifiedProcedurePresentationContexts,
)

from dcmtools.net.models import InformationModel

ROOT = "1.2.840.10008.5.1.4"


@pytest.mark.parametrize(
    ("model", "find", "move", "get"),
    [
        (InformationModel.PATIENT_ROOT, "1.2.1.1", "1.2.1.2", "1.2.1.3"),
        (InformationModel.STUDY_ROOT, "1.2.2.1", "1.2.2.2", "1.2.2.3"),
        (InformationModel.PATIENT_STUDY_ONLY, "1.2.3.1", "1.2.3.2", "1.2.3.3"),
        (InformationModel.WORKLIST, "31", None, None),
        (InformationModel.UPS, "34.6.3", None, None),
    ],
)
def test_sop_classes(model: InformationModel, find: str, move: str | None, get: str | None) -> None:
    expected = tuple(None if suffix is None else f"{ROOT}.{suffix}" for suffix in (find, move, get))
    assert tuple(model.sop_classes) == expected


def test_pynetdicom_proposes_them_too() -> None:
    """Each is one of the contexts that its apps propose all at once."""
    contexts = (
        *QueryRetrievePresentationContexts,
        *BasicWorklistManagementPresentationContexts,
        *UnifiedProcedurePresentationContexts,
    )
    known = {str(context.abstract_syntax) for context in contexts}
    for model in InformationModel:
        assert {uid for uid in model.sop_classes if uid is not None} <= known
