"""Rows of proof: texts that drive a terminal, or a formatter, on the console and in the log."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..command import ENVIRONMENT
from ..fuzz.hostile_peer import hostile_peer
from ..fuzz.live import Target
from ..fuzz.material import FIRST, ROOT, encoded_instance
from ..fuzz.speaking import CT, EXPLICIT, Context, Talk, store_rq
from .registry import Figure, figure, row

_TEXTS = (
    "[/b]x",
    "[bold]x",
    "[link=file:///x]y",
    "%s%n%(x)s",
    "{0}{x!r}",
    "\x1b[2Jx",
    "\x1b]0;t\x07x",
    "\x9b31mx",
    "a\rb",
    "a\nE: b",
    "a\x08b",
    "\u202eabc",
    "\u2028abc",
    "\x00x",
    "ä\xff",
    "\\x1b[0m",
)
_RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]")
_WRONG = re.compile("Traceback|MarkupError|--- Logging error|internal error")


@row(
    "hostile-texts",
    "0 raw control characters, 0 errors of formatting, text shown literally",
    small=1,
    full=16,
)
def hostile_texts(size: int, folder: Path) -> Figure:
    """AE titles, UIDs, patient names and file names, in what our commands print."""
    faults: list[str] = []
    chosen = [_TEXTS[number * len(_TEXTS) // size] for number in range(size)]
    outputs = {
        f"{name} {level}": _served(folder / f"{name}{level}", name, level, chosen)
        for name in ("storescp", "qrscp")
        for level in ("-v", "-d")
    }
    with ThreadPoolExecutor(2) as pool:
        for found in pool.map(lambda text: _asked(folder, text), chosen):
            outputs |= found
    for title, output in outputs.items():
        text = output.decode("utf-8", "replace")
        faults += [f"{title}: raw {match!r}" for match in sorted(set(_RAW.findall(text)))]
        faults += [f"{title}: {match}" for match in sorted(set(_WRONG.findall(text)))]
        if "'[bold]x'" in title and "echoscu" not in title and "[bold]x" not in text:
            faults.append(f"{title}: the text is not shown")
    characters = sum(map(len, outputs.values()))
    return figure(f"{len(outputs)} outputs of {characters} bytes: {len(faults)} faults", faults)


def _served(folder: Path, name: str, level: str, texts: Sequence[str]) -> bytes:
    """Talk to a server with the texts as AE titles and UIDs; return its log."""
    folder.mkdir()
    options = (level, "--log-identifier") if name == "qrscp" else (level,)
    with Target(name, name == "qrscp", options).running(folder) as server:
        for text in texts:
            encoded = text.encode("utf-8", "replace")
            for calling, called in ((encoded, b"X"), (b"X", encoded)):
                with Talk(server.port) as talk:
                    talk.associate([Context(1, CT, EXPLICIT)], calling=calling[:16], called=called[:16])
            with Talk(server.port) as talk:
                talk.associate([Context(1, CT, EXPLICIT)])
                dataset = encoded_instance(EXPLICIT, FIRST)
                for uid in (text, FIRST):
                    talk.ask(1, store_rq(uid), dataset)
        server.stop()
        return server.log.read_bytes()


def _asked(folder: Path, text: str) -> dict[str, bytes]:
    """Run our clients with the text as AE title, file name, and in what a peer answers."""
    encoded = text.encode("utf-8", "replace")
    name = b"".join((b"\x10\x00\x10\x00PN", len(encoded).to_bytes(2, "little"), encoded))
    uid = f"{ROOT}.10".encode()
    study = b"\x20\x00\x0d\x00UI" + len(uid).to_bytes(2, "little") + uid
    file_name = text.replace("/", "-").replace("\0", "0") + ".dcm"
    path = folder / file_name
    path.write_bytes(b"no DICOM")
    with hostile_peer(matches=[name + study]) as (port, _):
        commands = {
            "findscu": ("findscu", "-v", "-S", "127.0.0.1", port, "-k", "PatientName"),
            "findscu plainly": ("findscu", "-S", "127.0.0.1", port, "-k", "PatientName"),
            "storescu": ("storescu", "-v", "127.0.0.1", port, path),
            "storescu plainly": ("storescu", "127.0.0.1", port, path),
            "echoscu": ("echoscu", "-v", "-aet", text.replace("\0", "0")[:16], "127.0.0.1", port),
        }
        return {f"{title} with {text!r}": _printed(command) for title, command in commands.items()}


def _printed(command: Sequence[object]) -> bytes:
    completed = subprocess.run(
        [sys.executable, "-m", "dcmtools", *map(str, command)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        env=ENVIRONMENT | {"PYTHONIOENCODING": "utf-8"},
    )
    return completed.stdout
