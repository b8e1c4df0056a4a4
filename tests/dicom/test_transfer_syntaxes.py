from __future__ import annotations

import pytest
from pydicom.uid import AllTransferSyntaxes, ExplicitVRBigEndian, ImplicitVRLittleEndian

from dcmtools.dicom.transfer_syntaxes import (
    DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    UNCOMPRESSED,
    encoding_of,
    is_deflated,
)


@pytest.mark.parametrize("uid", AllTransferSyntaxes, ids=str)
def test_the_encoding_is_that_of_the_standard(uid):
    assert encoding_of(uid) == (not uid.is_implicit_VR, uid.is_little_endian)


def test_an_unknown_transfer_syntax_is_taken_for_an_encapsulated_one():
    assert encoding_of("1.2.3.4") == EXPLICIT_LITTLE


def test_private_transfer_syntaxes_without_vrs_are_known():
    assert encoding_of("1.2.840.113619.5.2") == IMPLICIT_LITTLE


def test_whole_datasets_are_deflated_in_three_transfer_syntaxes():
    deflated = {str(uid) for uid in AllTransferSyntaxes if is_deflated(uid)}
    assert deflated == {DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, "1.2.840.10008.1.2.4.205"}
    assert is_deflated("1.2.840.10008.1.2.4.95")  # JPIP Referenced Deflate, which pydicom has retired


def test_the_uncompressed_transfer_syntaxes_are_those_without_encapsulated_pixel_data():
    assert set(UNCOMPRESSED) == {uid for uid in AllTransferSyntaxes[:4] if not uid.is_encapsulated}
    assert encoding_of(ImplicitVRLittleEndian) == IMPLICIT_LITTLE
    assert encoding_of(ExplicitVRBigEndian) == EXPLICIT_BIG
