"""The data sets that are sent, made once in a folder and kept there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .scale import Scale

_SIDES = {"ct": (512, 512), "small": (40, 46)}  # rows and columns; a header has 6 KB
_BIG_COLUMNS = 30_000
_A_FOLDER = 1000  # files in each folder of those that are only planned
_LINKED = 100  # files behind all of these: a file system allows some ten thousand links to one


@dataclass(frozen=True)
class DataSet:
    """A folder with `count` files."""

    folder: Path
    count: int

    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("*") if path.is_file())

    def read(self) -> int:
        """Bring all files into the page cache, and return their size in bytes."""
        size = 0
        for path in self.files():
            with path.open("rb", buffering=0) as file:
                while piece := file.read(1 << 20):
                    size += len(piece)
        return size


class Data:
    """Makes data sets in `folder`, or takes those that are there from an earlier run."""

    def __init__(self, folder: Path, scale: Scale) -> None:
        self.folder = folder
        self.scale = scale

    def objects(self, kind: str, count: int) -> DataSet:
        """Return `count` CT images of a kind: "ct" (530 KB) or "small" (10 KB)."""
        everything = self.scale.all_of(kind)
        whole = self._made(
            f"{kind}-{everything}", everything, lambda folder: _generate(folder, everything, *_SIDES[kind])
        )
        if count == everything:
            return whole
        return self._made(f"{kind}-{count}", count, lambda folder: _link(whole.files()[:count], folder))

    def parts(self, kind: str, count: int, number: int) -> list[DataSet]:
        """Return `count` objects of a kind in `number` data sets."""
        files = self.objects(kind, count).files()
        size = count // number
        return [
            self._made(
                f"{kind}-{count}-{part + 1}of{number}",
                size,
                lambda folder, start=part * size: _link(files[start : start + size], folder),  # type: ignore[misc]
            )
            for part in range(number)
        ]

    def studies(self, count: int, in_a_study: int) -> DataSet:
        """Return `count` small objects, so many in each study."""
        return self._made(
            f"studies-{count}-{in_a_study}",
            count,
            lambda folder: _generate(folder, count, *_SIDES["small"], in_a_study),
        )

    def big(self) -> DataSet:
        """Return one object of the size that the scale has."""
        rows = self.scale.big // (2 * _BIG_COLUMNS)
        return self._made(f"big-{self.scale.big}", 1, lambda folder: _generate(folder, 1, rows, _BIG_COLUMNS))

    def planned(self, count: int) -> DataSet:
        """Return `count` small files in folders of a thousand, most of them links to the same ones."""
        files = self.objects("small", min(count, _LINKED)).files()

        def make(folder: Path) -> None:
            for start in range(0, count, _A_FOLDER):
                below = folder / f"{start // _A_FOLDER:04}"
                below.mkdir()
                numbers = range(start, min(start + _A_FOLDER, count))
                _link([files[number % len(files)] for number in numbers], below)

        return self._made(f"planned-{count}", count, make)

    def index(self, instances: int) -> Path:
        """Return a folder with the index of an archive of so many instances, whose files do not exist."""
        return self._made(f"index-{instances}", instances, lambda folder: _index(folder, instances)).folder

    def _made(self, name: str, count: int, make: Callable[[Path], None]) -> DataSet:
        folder = self.folder / name
        if not folder.exists():
            unfinished = self.folder / f"{name}.part"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True)
            make(unfinished)
            unfinished.rename(folder)
        return DataSet(folder, count)


def _generate(folder: Path, *numbers: int) -> None:
    command = [sys.executable, "-m", "tests.benchmarks.generate", str(folder)]
    subprocess.run([*command, *map(str, numbers)], check=True)


def _index(folder: Path, instances: int) -> None:
    command = [sys.executable, "-m", "tests.benchmarks.archive_index", str(folder), str(instances)]
    subprocess.run(command, check=True)


def _link(files: list[Path], folder: Path) -> None:
    for number, path in enumerate(files):
        os.link(path, folder / f"{number:06}.dcm")
