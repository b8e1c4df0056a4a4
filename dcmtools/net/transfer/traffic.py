"""What goes over the associations of this process, for who shows progress.

Each `Channel` counts its own, so that counting needs no lock and costs next to nothing.
"""

from __future__ import annotations

import itertools
import weakref
from typing import TYPE_CHECKING

from dcmtools.net.access import plain_address

if TYPE_CHECKING:
    from pynetdicom.association import Association


class Traffic:
    """The SOP Instances that went over one association, either way.

    `objects` are those that are whole and `size` the bytes of their datasets; `current` are the
    bytes so far of the one under way, 0 when there is none.
    """

    __slots__ = ("__weakref__", "_association", "current", "objects", "size")

    def __init__(self, association: Association) -> None:
        self.objects = 0
        self.size = 0
        self.current = 0
        self._association = association
        _open[next(_numbers)] = self

    def end_object(self) -> None:
        """The dataset under way is whole."""
        self.size += self.current
        self.current = 0
        self.objects += 1

    @property
    def is_open(self) -> bool:
        """Whether the association is still there."""
        return bool(self._association.is_established)

    @property
    def peer(self) -> str:
        """The AE title and the address of the other side."""
        remote = self._association.remote
        return f"{str(remote.get('ae_title') or '').strip()}@{plain_address(remote.get('address') or '')}"


_open: weakref.WeakValueDictionary[int, Traffic] = weakref.WeakValueDictionary()
_numbers = itertools.count()


def open_traffic() -> list[Traffic]:
    """Return the traffic of the associations that there are now, the oldest first."""
    found = [reference() for reference in _open.valuerefs()]
    return [traffic for traffic in found if traffic is not None and traffic.is_open]
