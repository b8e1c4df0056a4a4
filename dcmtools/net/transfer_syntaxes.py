"""Orders of transfer syntaxes: what is proposed, what is accepted first; pure."""

from __future__ import annotations

from pydicom.uid import JPEG2000Lossless, JPEGLossless, JPEGLosslessSV1, JPEGLSLossless, RLELossless
from pynetdicom import ALL_TRANSFER_SYNTAXES

from dcmtools.dicom.transfer_syntaxes import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN as DEFLATED,
)
from dcmtools.dicom.transfer_syntaxes import (
    EXPLICIT_VR_BIG_ENDIAN as BIG_ENDIAN,
)
from dcmtools.dicom.transfer_syntaxes import (
    EXPLICIT_VR_LITTLE_ENDIAN as EXPLICIT,
)
from dcmtools.dicom.transfer_syntaxes import (
    IMPLICIT_VR_LITTLE_ENDIAN as IMPLICIT,
)
from dcmtools.dicom.transfer_syntaxes import (
    UNCOMPRESSED,
)

_LOSSLESS = tuple(
    str(uid) for uid in (JPEGLosslessSV1, JPEGLossless, JPEG2000Lossless, JPEGLSLossless, RLELossless)
)


def acceptable(
    *,
    prefer_uncompr: bool = False,
    prefer_little: bool = False,
    prefer_big: bool = False,
    implicit: bool = False,
) -> list[str]:
    """Return all transfer syntaxes in the order in which an SCP accepts them.

    By default that is what loses nothing first: Explicit VR Little Endian, then lossless
    compression, then Implicit VR Little Endian, which leaves the VRs to the dictionary.
    """
    known = [str(uid) for uid in ALL_TRANSFER_SYNTAXES]
    if implicit:
        return [IMPLICIT]
    if prefer_uncompr:
        return [*(uid for uid in known if uid != IMPLICIT), IMPLICIT]
    if prefer_little:
        return _first(known, EXPLICIT)
    if prefer_big:
        return _first(known, BIG_ENDIAN)
    return _first(known, EXPLICIT, *_LOSSLESS, IMPLICIT, DEFLATED, BIG_ENDIAN)


def requested(*, little: bool = False, big: bool = False, implicit: bool = False) -> list[str]:
    """Return the uncompressed transfer syntaxes that an SCU proposes: one, or all of them."""
    if little:
        return [EXPLICIT]
    if big:
        return [BIG_ENDIAN]
    return [IMPLICIT] if implicit else list(UNCOMPRESSED)


def _first(known: list[str], *preferred: str) -> list[str]:
    return [*preferred, *(uid for uid in known if uid not in preferred)]
