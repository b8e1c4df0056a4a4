"""The information models of Query/Retrieve, Worklist and UPS (PS3.4 C.6, K.6, CC.2)."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from pynetdicom import sop_class


class _SopClasses(NamedTuple):
    find: str
    move: str | None = None
    get: str | None = None


def _uid(name: str) -> str:
    return str(getattr(sop_class, name))


def _query_retrieve(root: str) -> _SopClasses:
    find, move, get = (_uid(f"{root}QueryRetrieveInformationModel{kind}") for kind in ("Find", "Move", "Get"))
    return _SopClasses(find, move, get)


class InformationModel(Enum):
    """What a query or retrieval is made on."""

    PATIENT_ROOT = "patient"
    STUDY_ROOT = "study"
    PATIENT_STUDY_ONLY = "psonly"
    WORKLIST = "worklist"
    UPS = "ups"

    @property
    def sop_classes(self) -> _SopClasses:
        """The SOP classes of its FIND, MOVE and GET services."""
        return _SOP_CLASSES[self]


_SOP_CLASSES = {
    InformationModel.PATIENT_ROOT: _query_retrieve("PatientRoot"),
    InformationModel.STUDY_ROOT: _query_retrieve("StudyRoot"),
    InformationModel.PATIENT_STUDY_ONLY: _query_retrieve("PatientStudyOnly"),
    InformationModel.WORKLIST: _SopClasses(_uid("ModalityWorklistInformationFind")),
    InformationModel.UPS: _SopClasses(_uid("UnifiedProcedureStepPull")),
}

FIND_SOP_CLASSES = tuple(classes.find for classes in _SOP_CLASSES.values())
GET_SOP_CLASSES = tuple(classes.get for classes in _SOP_CLASSES.values() if classes.get)
MOVE_SOP_CLASSES = tuple(classes.move for classes in _SOP_CLASSES.values() if classes.move)
ARCHIVE_SOP_CLASSES = (*FIND_SOP_CLASSES, *GET_SOP_CLASSES, *MOVE_SOP_CLASSES)
"""The SOP classes that an archive offers besides Verification and Storage."""
