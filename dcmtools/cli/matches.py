"""The matches of all queries of a command on their way to standard output and into files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from pydicom.dataset import Dataset

from dcmtools.cli.match_writers import MatchWriter
from dcmtools.dicom.sorting import SortKey, sort_matches
from dcmtools.errors import DcmtoolsError


class MatchFiles:
    """Writes each match to a DICOM file in `folder`, as an instance of the information model."""

    def __init__(self, folder: Path, sop_class_uid: str) -> None:
        self._folder = folder
        self._sop_class_uid = sop_class_uid

    def save(self, number: int, match: Dataset, transfer_syntax_uid: str) -> None:
        """Write `match`; raises DcmtoolsError when that fails."""
        from dcmtools.dicom.saving import save_identifier  # noqa: PLC0415 - rarely used

        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            raise DcmtoolsError(f"{self._folder}: cannot be made: {exc.strerror or exc}") from exc
        path = self._folder / f"rsp{number:06d}.dcm"
        save_identifier(path, match, self._sop_class_uid, transfer_syntax_uid)


class Matches:
    """Shows matches as they come or, when they are to be sorted, at the end of the block.

    What was found is shown too when the block ends with an error; `count` says how much it was.
    """

    def __init__(self, writer: MatchWriter, order: Sequence[SortKey], files: MatchFiles | None) -> None:
        self.count = 0
        self._writer = writer
        self._order = order
        self._files = files
        self._waiting: list[tuple[Dataset, str]] = []
        self._shown = 0

    def add(self, match: Dataset, transfer_syntax_uid: str) -> None:
        """Take the next match."""
        self.count += 1
        if self._order:
            self._waiting.append((match, transfer_syntax_uid))
        else:
            self._show(match, transfer_syntax_uid)

    def _show(self, match: Dataset, transfer_syntax_uid: str) -> None:
        self._shown += 1
        self._writer.add(self._shown, match)
        if self._files is not None:
            self._files.save(self._shown, match, transfer_syntax_uid)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if exc is not None and not self.count:
            return
        for match, syntax in sort_matches(self._waiting, self._order, lambda waiting: waiting[0]):
            self._show(match, syntax)
        self._writer.finish()
