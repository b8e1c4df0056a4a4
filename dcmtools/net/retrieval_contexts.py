"""The storage contexts that a C-GET offers, so that compressed objects arrive too; pure."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom import uid as uids
from pynetdicom import ALL_TRANSFER_SYNTAXES, sop_class
from pynetdicom.presentation import StoragePresentationContexts

from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED
from dcmtools.net.contexts import MOST_CONTEXTS, STORAGE_SOP_CLASSES, Proposal

COMMON_PASSES = 4
"""So many passes are worth trying whatever the ones before have brought."""

_COMPRESSION = tuple(
    str(uid)
    for uid in (
        uids.JPEGLosslessSV1,
        uids.JPEG2000Lossless,
        uids.JPEGBaseline8Bit,
        uids.RLELossless,
        uids.JPEG2000,
        uids.JPEGLSLossless,
        uids.JPEGExtended12Bit,
        uids.JPEGLossless,
        uids.JPEGLSNearLossless,
        uids.HTJ2KLossless,
        uids.MPEG4HP41,
        uids.MPEG2MPML,
    )
)
_RARE_COMPRESSION = tuple(
    str(uid) for uid in ALL_TRANSFER_SYNTAXES if uid not in UNCOMPRESSED and uid not in _COMPRESSION
)
_COMPRESSED = tuple(
    str(getattr(sop_class, name))
    for name in (
        "CTImageStorage",
        "MRImageStorage",
        "ComputedRadiographyImageStorage",
        "DigitalXRayImageStorageForPresentation",
        "DigitalXRayImageStorageForProcessing",
        "DigitalMammographyXRayImageStorageForPresentation",
        "DigitalMammographyXRayImageStorageForProcessing",
        "BreastTomosynthesisImageStorage",
        "UltrasoundImageStorage",
        "UltrasoundMultiFrameImageStorage",
        "SecondaryCaptureImageStorage",
        "MultiFrameGrayscaleByteSecondaryCaptureImageStorage",
        "MultiFrameGrayscaleWordSecondaryCaptureImageStorage",
        "MultiFrameTrueColorSecondaryCaptureImageStorage",
        "XRayAngiographicImageStorage",
        "XRayRadiofluoroscopicImageStorage",
        "NuclearMedicineImageStorage",
        "PositronEmissionTomographyImageStorage",
        "EnhancedCTImageStorage",
        "EnhancedMRImageStorage",
        "EnhancedXAImageStorage",
        "RTImageStorage",
        "VLEndoscopicImageStorage",
        "VLPhotographicImageStorage",
        "VLMicroscopicImageStorage",
        "VLWholeSlideMicroscopyImageStorage",
        "OphthalmicPhotography8BitImageStorage",
        "OphthalmicTomographyImageStorage",
        "DigitalIntraOralXRayImageStorageForPresentation",
        "VideoEndoscopicImageStorage",
        "VideoPhotographicImageStorage",
    )
)
_SOP_CLASSES = tuple(
    dict.fromkeys(
        (*_COMPRESSED, *(str(cx.abstract_syntax) for cx in StoragePresentationContexts), *STORAGE_SOP_CLASSES)
    )
)


def retrieval_passes() -> Iterator[list[Proposal]]:
    """Yield the storage contexts for one C-GET after the other, until all has arrived.

    The peer sends an object only on a context of its SOP class and transfer syntax, and neither is
    known before. The first pass offers all SOP classes uncompressed, which also serves peers that
    decompress; each later one offers more compressed ones, those that are seen most first.
    """
    most = MOST_CONTEXTS - 1  # one is for the C-GET itself
    uncompressed = [Proposal(uid, UNCOMPRESSED) for uid in _SOP_CLASSES]
    compressed = [
        Proposal(uid, (syntax,))
        for syntaxes in (_COMPRESSION, _RARE_COMPRESSION)
        for syntax in syntaxes
        for uid in _COMPRESSED
    ]
    others = [
        Proposal(uid, (syntax,)) for syntax in _COMPRESSION for uid in _SOP_CLASSES if uid not in _COMPRESSED
    ]
    yield uncompressed[:most]
    rest = [*compressed, *uncompressed[most:], *others]
    for start in range(0, len(rest), most):
        yield rest[start : start + most]
