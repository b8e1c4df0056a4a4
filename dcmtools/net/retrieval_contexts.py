"""The storage contexts that a C-GET offers, so that compressed objects arrive too; pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import zip_longest

from pydicom import uid as uids
from pynetdicom import ALL_TRANSFER_SYNTAXES, sop_class
from pynetdicom.presentation import StoragePresentationContexts

from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED
from dcmtools.net.contexts import MOST_CONTEXTS, STORAGE_SOP_CLASSES, Proposal

_MOST = MOST_CONTEXTS - 1  # one is for the C-GET itself

COMMON_PASSES = 5
"""So many passes, which offer what is common, are worth trying whatever the ones before have brought."""

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


def retrieval_passes(seen: Collection[str]) -> Iterator[list[Proposal]]:
    """Yield the storage contexts for one C-GET after the other, until all has arrived.

    The peer sends an object only on a context of its SOP class and transfer syntax, and neither is
    known before. The first pass offers all SOP classes uncompressed, which also serves peers that
    decompress. The later ones offer compressed transfer syntaxes: first for the SOP classes `seen`
    by then, which the caller may still change during the first pass, then for those that are most
    often compressed. They offer the uncompressed ones beside them and not, in turn: some peers give
    up at the first object that they cannot send, others look only at their first context for a
    SOP class.
    """
    yield [Proposal(uid, UNCOMPRESSED) for uid in _SOP_CLASSES[:_MOST]]
    likely = tuple(dict.fromkeys((*sorted(seen), *_COMPRESSED)))
    rest = tuple(uid for uid in _SOP_CLASSES if uid not in likely)
    for sop_classes, syntaxes in ((likely, _COMPRESSION), (likely, _RARE_COMPRESSION), (rest, _COMPRESSION)):
        passes = zip_longest(_beside(sop_classes, syntaxes), _alone(sop_classes, syntaxes, len(seen)))
        for both in passes:
            yield from filter(None, both)


def _beside(sop_classes: Sequence[str], syntaxes: Sequence[str]) -> Iterator[list[Proposal]]:
    """Yield passes with as many whole SOP classes as fit, each uncompressed and in all of `syntaxes`."""
    size = _MOST // (1 + len(syntaxes))
    for start in range(0, len(sop_classes), size):
        yield [
            Proposal(uid, offered)
            for uid in sop_classes[start : start + size]
            for offered in (UNCOMPRESSED, *((syntax,) for syntax in syntaxes))
        ]


def _alone(sop_classes: Sequence[str], syntaxes: Sequence[str], first: int) -> Iterator[list[Proposal]]:
    """Yield passes with `syntaxes` only: all of them for the `first` SOP classes, then one by one."""
    pairs = [Proposal(uid, (syntax,)) for uid in sop_classes[:first] for syntax in syntaxes]
    pairs += [Proposal(uid, (syntax,)) for syntax in syntaxes for uid in sop_classes[first:]]
    for start in range(0, len(pairs), _MOST):
        yield pairs[start : start + _MOST]
