"""Write completions/ and man/ from the app: ``python -m dcmtools.cli.generate [--check]``."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path

from dcmtools.cli.completions import completions
from dcmtools.cli.manpages import man_pages
from dcmtools.errors import DcmtoolsError, ExitCode, InputError

RUN = "python -m dcmtools.cli.generate"
FOLDERS = ("completions", "man")

_CLONE = Path(__file__).resolve().parents[2]


def outputs() -> dict[str, str]:
    """Return the text of each generated file by its path in the clone.

    Raises InputError when a module that writes them is not installed.
    """
    texts = zip(FOLDERS, (completions(), man_pages()), strict=True)
    return {f"{folder}/{name}": text for folder, files in texts for name, text in files.items()}


def differences(clone: Path, files: Mapping[str, str]) -> dict[str, str]:
    """Return the paths below `clone` that are "missing", "stale" or "superfluous" against `files`."""
    present = {f"{folder}/{path.name}" for folder in FOLDERS for path in (clone / folder).glob("*")}
    found = dict.fromkeys(files.keys() - present, "missing") | dict.fromkeys(
        present - files.keys(), "superfluous"
    )
    for path in files.keys() & present:
        if (clone / path).read_text(encoding="utf-8", errors="replace") != files[path]:
            found[path] = "stale"
    return dict(sorted(found.items()))


def write(clone: Path, files: Mapping[str, str]) -> None:
    """Let the folders of `clone` hold `files` and nothing else."""
    for path, what in differences(clone, files).items():
        if what == "superfluous":
            (clone / path).unlink()
        else:
            (clone / path).parent.mkdir(exist_ok=True)
            (clone / path).write_text(files[path], encoding="utf-8", newline="\n")


def main(arguments: Sequence[str] | None = None, clone: Path = _CLONE) -> ExitCode:
    """Write the files into `clone`, or with ``--check`` name each that is not as it would be written."""
    parser = ArgumentParser(RUN, description="Write the completions and the manual pages from the app.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if a file is not up to date"
    )
    check = parser.parse_args(arguments).check
    try:
        if not (clone / "pyproject.toml").is_file():
            raise InputError(f"{clone} is not a clone of dcmtools")
        files = outputs()
    except DcmtoolsError as exc:
        print(f"{RUN}: error: {exc}", file=sys.stderr)  # noqa: T201
        return exc.exit_code
    if not check:
        write(clone, files)
        return ExitCode.OK
    found = differences(clone, files)
    for path, what in found.items():
        print(f"{path}: {what}", file=sys.stderr)  # noqa: T201
    if found:
        print(f"to bring them up to date: {RUN}", file=sys.stderr)  # noqa: T201
    return ExitCode.FAILURE if found else ExitCode.OK


if __name__ == "__main__":
    sys.exit(main())
