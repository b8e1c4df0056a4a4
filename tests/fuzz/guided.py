"""``python -m tests.fuzz.guided READER``: damage that is led by the code it reaches (libFuzzer, by atheris).

Without a limit (``-max_total_time=60``, ``-runs=100000``) it goes on until something is found or it is
interrupted. What breaks a reader is written to the file that the last line names.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["dcmtools"]):
    from .readers import READERS


def main(arguments: list[str]) -> None:
    """Run one reader, from good bytes on; all further arguments are libFuzzer's."""
    if not arguments or arguments[0] not in READERS:
        raise SystemExit(
            f"usage: python -m tests.fuzz.guided {'|'.join(sorted(READERS))} [-max_total_time=S] …"
        )
    reader = READERS[arguments[0]]
    with tempfile.TemporaryDirectory(prefix="dcmtools-corpus-") as corpus:
        for number, seed in enumerate(reader.seeds()):
            (Path(corpus) / f"seed-{number}").write_bytes(seed)
        atheris.Setup([sys.argv[0], corpus, "-rss_limit_mb=1024", "-timeout=20", *arguments[1:]], reader.read)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
