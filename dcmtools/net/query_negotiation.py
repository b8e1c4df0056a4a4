"""Extended negotiation of queries and retrievals, as the acceptor (PS3.4 C.5, K.5); pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dcmtools.net.models import InformationModel

_HIERARCHICAL = (
    InformationModel.PATIENT_ROOT,
    InformationModel.STUDY_ROOT,
    InformationModel.PATIENT_STUDY_ONLY,
)
_FIND_FLAGS = b"\1\1\1"  # relational queries, combined date and time, fuzzy person names
_RETRIEVAL_FLAGS = b"\1"  # relational retrieval
_STEP_FLAGS = b"\1\1\1"  # two that are reserved and always 1, fuzzy person names

_SUPPORTED = {
    **{model.sop_classes.find: _FIND_FLAGS for model in _HIERARCHICAL},
    **{uid: _RETRIEVAL_FLAGS for model in _HIERARCHICAL for uid in model.sop_classes[1:] if uid},
    **{model.sop_classes.find: _STEP_FLAGS for model in (InformationModel.WORKLIST, InformationModel.UPS)},
}


class Negotiated(NamedTuple):
    """What an association allows in the Identifiers of one SOP class."""

    relational: bool = False
    """Keys of any level may be given at any level."""
    combined: bool = False
    """A date and its time are matched as one."""
    fuzzy: bool = False
    """Person names match by their sound."""


def accepted_flags(proposed: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the answer to the Service Class Application Information of each SOP class.

    A field is returned as proposed where it is supported, else 0, as many as were proposed.
    """
    answers = {}
    for uid, flags in proposed.items():
        supported = _SUPPORTED.get(str(uid))
        if supported is not None:
            padded = supported.ljust(len(flags), b"\0")
            answers[str(uid)] = bytes(
                int(asked == has == 1) for asked, has in zip(flags, padded, strict=False)
            )
    return answers


def negotiated(sop_class_uid: str, proposed: Mapping[str, bytes]) -> Negotiated:
    """Return what was agreed for a SOP class when `proposed` was asked for."""
    flags = accepted_flags(proposed).get(sop_class_uid, b"")
    return Negotiated(*(bool(flag) for flag in flags[: len(Negotiated._fields)]))
