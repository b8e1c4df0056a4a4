"""What the transfer syntaxes say about the encoding of a dataset (PS3.5 annex A)."""

from __future__ import annotations

from typing import NamedTuple

IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"
EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1.99"
EXPLICIT_VR_BIG_ENDIAN = "1.2.840.10008.1.2.2"

UNCOMPRESSED = (
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_VR_BIG_ENDIAN,
)
"""The transfer syntaxes with native pixel data, which a dataset can be converted among."""

_GE_PRIVATE_IMPLICIT_VR = "1.2.840.113619.5.2"  # only its pixel data are big endian
_PAPYRUS_3_IMPLICIT_VR = "1.2.840.10008.1.20"
_JPIP_REFERENCED_DEFLATE = "1.2.840.10008.1.2.4.95"
_JPIP_HTJ2K_REFERENCED_DEFLATE = "1.2.840.10008.1.2.4.205"

_IMPLICIT = frozenset({IMPLICIT_VR_LITTLE_ENDIAN, _GE_PRIVATE_IMPLICIT_VR, _PAPYRUS_3_IMPLICIT_VR})
_DEFLATED = frozenset(
    {DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, _JPIP_REFERENCED_DEFLATE, _JPIP_HTJ2K_REFERENCED_DEFLATE}
)


class Encoding(NamedTuple):
    """How elements are encoded (PS3.5 sections 7.1 and 7.3)."""

    explicit: bool
    little: bool


IMPLICIT_LITTLE = Encoding(explicit=False, little=True)
EXPLICIT_LITTLE = Encoding(explicit=True, little=True)
EXPLICIT_BIG = Encoding(explicit=True, little=False)


def encoding_of(transfer_syntax_uid: str) -> Encoding:
    """Return the encoding of a dataset, of a deflated one that of its inflated bytes.

    A transfer syntax that is not known is Explicit VR Little Endian, as all encapsulated ones
    are (PS3.5 section A.4).
    """
    if transfer_syntax_uid in _IMPLICIT:
        return IMPLICIT_LITTLE
    return EXPLICIT_BIG if transfer_syntax_uid == EXPLICIT_VR_BIG_ENDIAN else EXPLICIT_LITTLE


def is_deflated(transfer_syntax_uid: str) -> bool:
    """Return whether the whole dataset is one deflate stream (PS3.5 section A.5)."""
    return transfer_syntax_uid in _DEFLATED
