"""The files that are to be sent, looked at a little ahead of the sending."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator

from dcmtools.dicom.part10 import InstanceFile

LOOK_AHEAD = 2000
"""Files whose headers are read before the first is sent: an association is planned for all of them."""

Kind = tuple[str, str]
"""SOP class and transfer syntax."""


def _kind(file: InstanceFile) -> Kind:
    return file.sop_class_uid, file.transfer_syntax_uid


class Outbox:
    """Holds the next of `files`; it is true as long as there are any."""

    def __init__(self, files: Iterable[InstanceFile]) -> None:
        self._coming = iter(files)
        self._held: deque[InstanceFile] = deque()

    def __bool__(self) -> bool:
        return bool(self._held) or self.hold_next()

    @property
    def kinds(self) -> list[Kind]:
        """What the next files are, each kind once."""
        while len(self._held) < LOOK_AHEAD and self.hold_next():
            pass
        return list(dict.fromkeys(map(_kind, self._held)))

    @property
    def is_full(self) -> bool:
        """Whether no more files are held for later associations."""
        return len(self._held) >= LOOK_AHEAD

    def select(self, sop_classes: Collection[str]) -> WaitingFiles:
        """Take out the files of these SOP classes."""
        files: deque[InstanceFile] = deque()
        others: deque[InstanceFile] = deque()
        for file in self._held:
            (files if file.sop_class_uid in sop_classes else others).append(file)
        self._held = others
        return WaitingFiles(files, self)

    def hold_next(self) -> bool:
        """Look at one more file and hold it; false when there is none."""
        file = self.next()
        if file is not None:
            self._held.append(file)
        return file is not None

    def next(self) -> InstanceFile | None:
        """Look at one more file, which is not held."""
        return next(self._coming, None)

    def hold(self, file: InstanceFile) -> None:
        """Keep a file for a later association."""
        self._held.append(file)


class WaitingFiles:
    """The files for one association: those that were held, then those of the same kinds that come."""

    def __init__(self, files: deque[InstanceFile], outbox: Outbox) -> None:
        self._files = files
        self._outbox = outbox
        self._kinds = set(map(_kind, files))
        self._taken: deque[InstanceFile] = deque(maxlen=1)

    @property
    def first(self) -> InstanceFile | None:
        """The file to be sent next, None when there is none; asking for it looks at one more file."""
        if not self._outbox.is_full:
            self._look_at_next()
        while not self._files and not self._outbox.is_full and self._look_at_next():
            pass
        return self._files[0] if self._files else None

    def take(self) -> InstanceFile:
        """Return the first file, which waits no longer."""
        file = self._files.popleft()
        self._taken.append(file)
        return file

    def put_back(self) -> None:
        """Let the file that was taken last wait again, before all others."""
        self._files.appendleft(self._taken.pop())

    def drain(self) -> Iterator[InstanceFile]:
        """Take all, and all of the same kinds that are still to come."""
        while self._files or self._look_at_next():
            if self._files:
                yield self._files.popleft()

    def _look_at_next(self) -> bool:
        file = self._outbox.next()
        if file is None:
            return False
        if _kind(file) in self._kinds:
            self._files.append(file)
        else:
            self._outbox.hold(file)
        return True
