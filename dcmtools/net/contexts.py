"""Planning of presentation contexts (PS3.8 section 7.1.1.13): pure, no network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydicom.uid import UID
from pynetdicom.presentation import (
    AllStoragePresentationContexts,
    NonPatientObjectPresentationContexts,
    PresentationContext,
    build_context,
)

from dcmtools.dicom.decompressing import can_decompress
from dcmtools.dicom.transfer_syntaxes import UNCOMPRESSED

_SHOWN = 3  # transfer syntaxes that an error names
MOST_CONTEXTS = 128  # the odd context IDs 1 to 255 (PS3.8 table 9-13)

STORAGE_SOP_CLASSES = tuple(
    str(context.abstract_syntax)
    for context in (*AllStoragePresentationContexts, *NonPatientObjectPresentationContexts)
)
"""The SOP classes that an SCP stores: Storage and Non-Patient Object Storage (PS3.4 annexes B, GG)."""


@dataclass(frozen=True)
class Proposal:
    """One presentation context to propose."""

    sop_class_uid: str
    transfer_syntaxes: tuple[str, ...]

    def context(self) -> PresentationContext:
        """Return it as pynetdicom's presentation context."""
        return build_context(self.sop_class_uid, list(self.transfer_syntaxes))


def storage_proposals(
    needed: Iterable[tuple[str, str]],
    *,
    alternatives: Sequence[str] = UNCOMPRESSED,
    exact: bool = False,
    decompress: bool = False,
) -> dict[str, list[Proposal]]:
    """Return for each SOP class the contexts that files of these (SOP class, transfer syntax) need.

    Each transfer syntax gets a context of its own, so that the peer cannot choose another one;
    SOP classes with uncompressed files get one more with the `alternatives`, from which any will
    do. `exact` leaves that out. Where `alternatives` are only some of the uncompressed transfer
    syntaxes, uncompressed files are proposed in those alone. With `decompress` the alternatives are
    for compressed files too, where there is a codec.
    """
    proposals: dict[str, list[Proposal]] = {}
    for sop_class, syntaxes in _grouped(needed).items():
        own = [uid for uid in syntaxes if exact or uid not in UNCOMPRESSED or uid in alternatives]
        contexts = [Proposal(sop_class, (uid,)) for uid in own]
        others = tuple(uid for uid in alternatives if uid not in own)
        convertible = any(is_convertible(uid, decompress=decompress) for uid in syntaxes)
        if convertible and others and not exact:
            contexts.append(Proposal(sop_class, others))
        proposals[sop_class] = contexts
    return proposals


def _grouped(needed: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for sop_class, syntax in needed:
        syntaxes = grouped.setdefault(sop_class, [])
        if syntax not in syntaxes:
            syntaxes.append(syntax)
    return grouped


def split(proposals: Mapping[str, Sequence[Proposal]], most: int = MOST_CONTEXTS) -> Iterator[list[Proposal]]:
    """Yield the contexts of one association after the other, at most `most` in each.

    The contexts of a SOP class stay together; one that needs more than `most` is cut.
    """
    batch: list[Proposal] = []
    for contexts in proposals.values():
        kept = list(contexts)[:most]
        if len(batch) + len(kept) > most:
            yield batch
            batch = []
        batch += kept
    if batch:
        yield batch


def is_convertible(transfer_syntax_uid: str, *, decompress: bool) -> bool:
    """Return whether an object can be converted to the uncompressed transfer syntaxes."""
    return transfer_syntax_uid in UNCOMPRESSED or (decompress and can_decompress(transfer_syntax_uid))


def choose(
    accepted: Iterable[PresentationContext],
    sop_class_uid: str,
    transfer_syntax_uid: str,
    *,
    decompress: bool = False,
) -> PresentationContext | None:
    """Return the accepted context to send an object on, None if there is none.

    One with the object's own transfer syntax if possible, else one to which it can be converted;
    a compressed object only with `decompress`.
    """
    convertible: PresentationContext | None = None
    for context in accepted:
        if context.abstract_syntax != sop_class_uid or not context.as_scu:
            continue
        if context.transfer_syntax[0] == transfer_syntax_uid:
            return context
        if context.transfer_syntax[0] in UNCOMPRESSED:
            convertible = convertible or context
    if convertible is not None and is_convertible(transfer_syntax_uid, decompress=decompress):
        return convertible
    return None


def refusal(accepted: Iterable[PresentationContext], sop_class_uid: str, transfer_syntax_uid: str) -> str:
    """Say why there is no context for an object: the SOP class, or its transfer syntax."""
    taken = [
        UID(cx.transfer_syntax[0]).name
        for cx in accepted
        if cx.abstract_syntax == sop_class_uid and cx.as_scu
    ]
    if not taken:
        return f"the peer refused the SOP class {describe(sop_class_uid)} in {describe(transfer_syntax_uid)}"
    shown = ", ".join(taken[:_SHOWN])
    if len(taken) > _SHOWN:
        shown += f" and {len(taken) - _SHOWN} others"
    return (
        f"the peer accepts {describe(sop_class_uid)} only in {shown}, not in {describe(transfer_syntax_uid)}"
    )


def describe(uid: str) -> str:
    """Return the name of a UID where it is known, else the UID."""
    return UID(uid).name
