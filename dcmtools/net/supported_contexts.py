"""The presentation contexts that a server accepts (PS3.8 section 7.1.1.13)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from copy import copy

from pydicom.uid import UID
from pynetdicom.presentation import PresentationContext, build_context

from dcmtools.dicom.transfer_syntaxes import (
    EXPLICIT_VR_BIG_ENDIAN,
    EXPLICIT_VR_LITTLE_ENDIAN,
    IMPLICIT_VR_LITTLE_ENDIAN,
    UNCOMPRESSED,
)
from dcmtools.net.models import ARCHIVE_SOP_CLASSES, GET_SOP_CLASSES

_MOST_TEMPLATES = 1000  # orders of transfer syntaxes; peers have few, and none can fill the memory
_PLAIN = (EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_BIG_ENDIAN)


class SupportedContexts:
    """What is supported; `transfer_syntaxes` in the order in which they are accepted.

    `any_sop_class` and `prefer_proposed` are as in `ServerSettings`. Queries and retrievals have
    uncompressed transfer syntaxes alone. A server of C-GET can be the SCU of all other SOP classes.
    """

    def __init__(
        self,
        sop_classes: Sequence[str],
        transfer_syntaxes: Sequence[str],
        *,
        any_sop_class: bool = False,
        prefer_proposed: bool = False,
    ) -> None:
        self._transfer_syntaxes = list(transfer_syntaxes)
        self._any_sop_class = any_sop_class
        self._prefer_proposed = prefer_proposed
        self._sends = not set(GET_SOP_CLASSES).isdisjoint(sop_classes)
        self._templates: dict[tuple[tuple[str, ...], bool], PresentationContext] = {}
        uncompressed = [uid for uid in transfer_syntaxes if uid in UNCOMPRESSED]
        self.contexts = [
            self._context(uid, uncompressed if uid in ARCHIVE_SOP_CLASSES else transfer_syntaxes)
            for uid in sop_classes
        ]

    def fitted(
        self, proposed: Iterable[PresentationContext], *, receiving: Collection[str] = ()
    ) -> list[PresentationContext]:
        """Return what is supported, fitted to what a requestor proposes.

        Of the SOP classes `receiving` it wants objects, and so in the transfer syntaxes that it
        proposes first.
        """
        proposed = list(proposed)
        supported = {str(context.abstract_syntax): context for context in self.contexts}
        if self._any_sop_class:
            for context in proposed:
                uid = str(context.abstract_syntax)
                if uid not in supported and UID(uid).type not in ("SOP Class", "Meta SOP Class"):
                    supported[uid] = self._context(uid, self._transfer_syntaxes)
        if self._prefer_proposed or receiving:
            for uid, firsts in _first_proposed(proposed).items():
                if uid in supported and (self._prefer_proposed or uid in receiving):
                    known = supported[uid].transfer_syntax
                    order = dict.fromkeys((*(syntax for syntax in firsts if syntax in known), *known))
                    supported[uid] = self._context(uid, order)
        return list(supported.values())

    def _context(self, sop_class_uid: str, transfer_syntaxes: Iterable[str]) -> PresentationContext:
        """Return a context made like another one: checking transfer syntaxes takes pynetdicom long."""
        both_roles = self._sends and sop_class_uid not in ARCHIVE_SOP_CLASSES
        order = tuple(transfer_syntaxes)
        template = self._templates.get((order, both_roles))
        if template is None:
            template = build_context(sop_class_uid, list(order))
            if both_roles:
                template.scu_role = template.scp_role = True
            if len(self._templates) < _MOST_TEMPLATES:
                self._templates[order, both_roles] = template
        context = copy(template)
        context.abstract_syntax = UID(sop_class_uid)
        return context


def _first_proposed(proposed: Sequence[PresentationContext]) -> dict[str, list[str]]:
    """Return what is proposed first in the contexts of each SOP class.

    pynetdicom has one order for all contexts of a SOP class: uncompressed transfer syntaxes come
    last in it, because those with a compressed one first mostly have them too.
    """
    firsts: dict[str, list[str]] = {}
    for context in proposed:
        firsts.setdefault(str(context.abstract_syntax), []).append(str(context.transfer_syntax[0]))
    return {uid: sorted(syntaxes, key=_PLAIN.__contains__) for uid, syntaxes in firsts.items()}
