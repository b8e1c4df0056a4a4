"""Orders of transfer syntaxes: sections 2.2 to 2.5 of the contract, explicit VR first."""

from __future__ import annotations

import pytest
from pydicom.uid import JPEG2000Lossless, JPEGLosslessSV1, JPEGLSLossless, RLELossless
from pynetdicom import ALL_TRANSFER_SYNTAXES

from dcmtools.dicom.transfer_syntaxes import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    UNCOMPRESSED,
)
from dcmtools.net.transfer_syntaxes import acceptable, requested

ALL = list(map(str, ALL_TRANSFER_SYNTAXES))


@pytest.mark.parametrize(
    "preference", [{}, {"prefer_uncompr": True}, {"prefer_little": True}, {"prefer_big": True}]
)
def test_all_are_accepted_whatever_is_preferred(preference: dict[str, bool]) -> None:
    syntaxes = acceptable(**preference)
    assert sorted(syntaxes) == sorted(ALL)
    assert len(syntaxes) == 45


def test_default_order() -> None:
    """Explicit VR, lossless compression, then what a sender would have to convert to."""
    syntaxes = acceptable()
    assert syntaxes[0] == EXPLICIT_VR_LITTLE_ENDIAN
    for lossless in (JPEGLosslessSV1, JPEG2000Lossless, JPEGLSLossless, RLELossless):
        assert 0 < syntaxes.index(lossless) < syntaxes.index(IMPLICIT_VR_LITTLE_ENDIAN)
    assert sorted(syntaxes) == sorted(ALL)
    assert ALL[0] == IMPLICIT_VR_LITTLE_ENDIAN  # what pynetdicom's apps prefer


def test_uncompressed_explicit_preferred() -> None:
    """``-x=``: Implicit VR Little Endian is the last of all."""
    syntaxes = acceptable(prefer_uncompr=True)
    assert syntaxes == [uid for uid in ALL if uid != IMPLICIT_VR_LITTLE_ENDIAN] + [IMPLICIT_VR_LITTLE_ENDIAN]
    assert syntaxes[0] == EXPLICIT_VR_LITTLE_ENDIAN


@pytest.mark.parametrize(
    ("preference", "first"),
    [({"prefer_little": True}, EXPLICIT_VR_LITTLE_ENDIAN), ({"prefer_big": True}, EXPLICIT_VR_BIG_ENDIAN)],
)
def test_one_preferred(preference: dict[str, bool], first: str) -> None:
    """``-xe``, ``-xb``: the others keep their order."""
    assert acceptable(**preference) == [first, *(uid for uid in ALL if uid != first)]


def test_implicit_only() -> None:
    assert acceptable(implicit=True) == [IMPLICIT_VR_LITTLE_ENDIAN]


def test_requested() -> None:
    assert requested() == list(UNCOMPRESSED)
    assert requested(little=True) == [EXPLICIT_VR_LITTLE_ENDIAN]
    assert requested(big=True) == [EXPLICIT_VR_BIG_ENDIAN]
    assert requested(implicit=True) == [IMPLICIT_VR_LITTLE_ENDIAN]


def test_uncompressed_order_is_that_of_the_apps() -> None:
    assert UNCOMPRESSED == (
        EXPLICIT_VR_LITTLE_ENDIAN,
        IMPLICIT_VR_LITTLE_ENDIAN,
        DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
        EXPLICIT_VR_BIG_ENDIAN,
    )
