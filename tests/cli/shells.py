"""Complete command lines in real shells."""

from __future__ import annotations

import os
import pty
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..interop.peers.processes import require

_TIMEOUT = 60

# Calls the registered function as readline does; words are what lies between single spaces.
_BASH = """
source "$1"
[[ $(complete -p dcmtools) =~ -F\\ ([^ ]+) ]] && completion=${BASH_REMATCH[1]}
while IFS= read -r typed; do
    read -r -a COMP_WORDS <<<"$typed"
    spaces=${typed//[^ ]/}
    COMP_CWORD=${#spaces}
    COMP_WORDS[COMP_CWORD]=${COMP_WORDS[COMP_CWORD]-}
    "$completion"
    printf '%s\\n' "> $typed" "${COMPREPLY[@]}"
done
"""

_FISH = """
source $argv[1]
while read line
    echo "> $line"
    complete -C "$line" | string replace -r '\\t.*' ''
end
"""

# Notes what each compadd finds, for each line as if it had been typed.
_ZSHRC = """
LISTMAX=100000
fpath=($COMPLETIONS $fpath)
autoload -Uz compinit && compinit -D -u
compadd() {
    local -a found
    if [[ " ${(j: :)argv} " != *" -"[AOD]" "* ]]; then
        builtin compadd -A found "$@"
        print -rl -- $found >>$FOUND
    fi
    builtin compadd "$@"
}
zle -C complete-line list-choices _main_complete
zle-line-init() {
    for BUFFER in ${(f)"$(<$LINES_FILE)"}; do
        CURSOR=$#BUFFER
        print -r -- "> $BUFFER" >>$FOUND
        zle complete-line
    done
    exit 0
}
zle -N zle-line-init
"""


def bash(completions: Path, lines: Sequence[str], scratch: Path) -> dict[str, set[str]]:
    """Return what bash offers for each of `lines`, with `scratch` as the current folder."""
    command = [require("bash"), "--norc", "-c", _BASH, "bash", str(completions / "dcmtools.bash")]
    return _found(_output(command, lines, scratch))


def fish(completions: Path, lines: Sequence[str], scratch: Path) -> dict[str, set[str]]:
    """Return what fish offers for each of `lines`, with `scratch` as the current folder."""
    command = [require("fish"), "--no-config", "-c", _FISH, str(completions / "dcmtools.fish")]
    return _found(_output(command, lines, scratch))


def zsh(completions: Path, lines: Sequence[str], scratch: Path) -> dict[str, set[str]]:
    """Return what zsh offers for each of `lines`, with `scratch` as the current folder.

    Its completion works only in its line editor, and that only on a terminal.
    """
    shell = require("zsh")
    home = scratch.with_name("zsh")
    home.mkdir()
    (home / ".zshrc").write_text(_ZSHRC)
    (home / "lines").write_text("\n".join(lines))
    (home / "found").touch()
    environment = {
        "PATH": os.environ["PATH"],
        "TERM": "dumb",
        "HOME": str(home),
        "ZDOTDIR": str(home),
        "COMPLETIONS": str(completions),
        "LINES_FILE": str(home / "lines"),
        "FOUND": str(home / "found"),
    }
    terminal, line_editor = pty.openpty()
    with ThreadPoolExecutor() as pool:
        shown = pool.submit(_drain, terminal)
        try:
            completed = subprocess.run(
                [shell, "-d", "-i"],
                stdin=line_editor,
                stdout=line_editor,
                stderr=line_editor,
                cwd=scratch,
                env=environment,
                start_new_session=True,
                timeout=_TIMEOUT,
            )
        finally:
            os.close(line_editor)
    assert completed.returncode == 0, shown.result()
    return _found((home / "found").read_text())


def _drain(terminal: int) -> str:
    """Return what is written to a terminal until it is closed."""
    pieces = []
    try:
        while piece := os.read(terminal, 65536):
            pieces.append(piece)
    except OSError:  # Linux's way to say that the other side is closed
        pass
    finally:
        os.close(terminal)
    return b"".join(pieces).decode(errors="replace")


def _output(command: Sequence[str], lines: Sequence[str], folder: Path) -> str:
    completed = subprocess.run(
        command,
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "TERM": "dumb"},
        timeout=_TIMEOUT,
    )
    assert (completed.returncode, completed.stderr) == (0, "")
    return completed.stdout


def _found(output: str) -> dict[str, set[str]]:
    """Read blocks of "> line" and what was offered for it, a line each; folders lose their slash."""
    found: dict[str, set[str]] = {}
    for row in output.splitlines():
        if row.startswith("> "):
            offered = found[row.removeprefix("> ")] = set()
        elif row:
            offered.add(row.removesuffix("/"))
    return found
