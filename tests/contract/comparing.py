"""Runs one command line with pynetdicom's app and with ours, and compares what they log.

All differences that may be are listed here or in the test, each with its reason; all others, lines
in another order among them, are failures.
"""

from __future__ import annotations

import difflib
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..command import ENVIRONMENT, Outcome, dcmtools

Peer = Callable[[], AbstractContextManager[Any]]
"""Starts a peer: gives its port, or something that has a `port`."""

ERROR_WITH_REASON = r"E: (127\.0\.0\.1:\d+|no-such-host\.invalid:\d+): .+"
"""Each failure ends in one line that names the peer and says why."""
ROUND_TRIP = r"I: Round-trip time: .+"
"""echoscu tells how long the answers took."""
SUMMARY = r"[EI]: Stored \d+ of \d+ files \(.+\).*"
"""storescu ends with a summary, an error if not all was stored."""
NOT_STORED = r"E: (Store failed|Not stored): \S+: .+"
"""storescu names each file that was not stored, and why: at once, and in a list in the end."""
LISTENING = r"I: Listening on .+, port \d+"
"""An SCP says where it listens."""
ENDING = r"I: (Received|Moved) [\d,]+ objects .+"
"""What receives or retrieves says with -v how much it was, in the end."""

TRACEBACK_LINE = re.compile(r"(?![A-Z]: )")
"""pynetdicom's apps print tracebacks, which ours do only with -d."""


@dataclass(frozen=True)
class Runs:
    """What became of the same command line in both programs."""

    theirs: Outcome
    ours: Outcome
    folders: tuple[Path, Path]
    """The working folders that they ran in."""


def run_both(
    folder: Path,
    app: str,
    *options: object,
    peer: Peer,
    ending: Sequence[object] = (),
    at_once: bool = True,
) -> Runs:
    """Run ``app options… 127.0.0.1 port ending…`` in both programs, each with a peer of its own.

    They run one after the other where they would disturb each other `at_once`.
    """

    def run(name: str) -> Outcome:
        working = folder / name
        working.mkdir()
        program = _their_app if name == "theirs" else dcmtools
        with peer() as given:
            port = getattr(given, "port", given)
            return program(app, *options, "127.0.0.1", port, *ending, cwd=working)

    with ThreadPoolExecutor(2 if at_once else 1) as pool:
        theirs, ours = pool.map(run, ("theirs", "ours"))
    return Runs(theirs, ours, (folder / "theirs", folder / "ours"))


def _their_app(app: str, *arguments: object, cwd: Path) -> Outcome:
    completed = subprocess.run(
        [sys.executable, "-m", "pynetdicom", app, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        cwd=cwd,
        env=ENVIRONMENT,
    )
    return Outcome(completed.returncode, completed.stdout, completed.stderr)


def log_lines(text: str) -> list[str]:
    """The log lines of pynetdicom's apps, without the tracebacks between them."""
    return [line for line in text.splitlines() if not TRACEBACK_LINE.match(line)]


def assert_same_log(theirs: str, ours: str, *, more: Iterable[str] = (), fewer: Iterable[str] = ()) -> None:
    """The same lines in the same order; ours may have those that match `more` and lack those of `fewer`."""
    differences = list(difflib.ndiff(log_lines(theirs), ours.splitlines()))
    unexpected = [
        line
        for line in differences
        if (line.startswith("+ ") and not _matches(line[2:], (*more, ENDING)))
        or (line.startswith("- ") and not _matches(line[2:], fewer))
    ]
    assert unexpected == [], "\n".join(differences)


def assert_same_lines(theirs: str, ours: str, *, more: Iterable[str] = (), fewer: Iterable[str] = ()) -> None:
    """As `assert_same_log` where several threads write: in whatever order."""
    their_lines, our_lines = Counter(log_lines(theirs)), Counter(ours.splitlines())
    added = [line for line in our_lines - their_lines if not _matches(line, (*more, ENDING))]
    missing = [line for line in their_lines - our_lines if not _matches(line, fewer)]
    assert (added, missing) == ([], []), f"{theirs}\n--- ours:\n{ours}"


def _matches(line: str, patterns: Iterable[str]) -> bool:
    return any(re.fullmatch(pattern, line) for pattern in patterns)


_VERSION = re.compile(r"^(D: \w+\.py) v[\d.]+$", re.MULTILINE)
_CONTEXTS_HEADING = re.compile(r"^D: Presentation Context:$", re.MULTILINE)  # singular if it is one
_CONTEXT_LINE = re.compile(
    r"^D:   (Context ID:|  Abstract Syntax:|  (Proposed|Accepted) (SCP/SCU Role|Transfer Syntax)|    =).*\n",
    re.MULTILINE,
)
_CONTEXT_ID = re.compile(r"^(D: Presentation Context ID +: )\d+$", re.MULTILINE)
_DECODING = re.compile(r"^D: pydicom\.(read|write)_dataset\(\) .*\n", re.MULTILINE)


def comparable_dump(text: str, *, contexts: bool = False) -> str:
    """The output of ``-d`` without what differs on purpose.

    The version is ours. Presentation contexts (kept with `contexts`) and their IDs differ since we
    propose what is needed. What pydicom says when it decodes a dataset goes: ours are not decoded.
    """
    text = _DECODING.sub("", _VERSION.sub(r"\1", text))
    if contexts:
        return text
    text = _CONTEXTS_HEADING.sub("D: Presentation Contexts:", _CONTEXT_LINE.sub("", text))
    return _CONTEXT_ID.sub(r"\1N", text)


def headings(text: str) -> list[str]:
    """The headings of the dumps, in their order."""
    return re.findall(r"^D: =+ (\S.*\S) =+$", text, re.MULTILINE)
