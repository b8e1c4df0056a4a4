"""Complete command lines in real shells."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..interop.peers.processes import require, wait_until

_TIMEOUT = 60

# Calls the registered function as readline does: words are what lies between single spaces, and '=' and
# ':' are words of their own.
_BASH = """
source "$1"
[[ $(complete -p dcmtools) =~ -F\\ ([^ ]+) ]] && completion=${BASH_REMATCH[1]}
while IFS= read -r typed; do
    parted=${typed//=/ = }
    read -r -a COMP_WORDS <<<"${parted//:/ : }"
    [[ $typed == *" " ]] && COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    COMP_LINE=$typed
    COMP_POINT=${#typed}
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
true
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
        shown = pool.submit(_drain, terminal, bytearray())
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


def typed(shell: str, completions: Path, lines: Sequence[str], home: Path) -> list[str]:
    """Type `lines` at an interactive shell in a terminal; return with what `dcmtools` was called for each.

    In `home` is ``bin/dcmtools``, which adds a line to ``called`` for each call with other arguments than
    ``peers --names``.
    """
    start, environment = _interactive(shell, completions, home)
    called = home / "called"
    called.touch()
    terminal, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    process = subprocess.Popen(
        [require("setsid"), "--ctty", require(shell), *start],  # fish wants a terminal that controls it
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=home,
        env={"PATH": f"{home / 'bin'}:{os.environ['PATH']}", "TERM": "xterm", "HOME": str(home)}
        | environment,
        start_new_session=True,
    )
    os.close(theirs)
    shown = bytearray()
    with ThreadPoolExecutor() as pool:
        drained = pool.submit(_drain, os.dup(terminal), shown)
        try:
            wait_until(lambda: b"ready>" in shown, f"prompt of {shell}")
            for number, line in enumerate(lines, start=1):
                os.write(terminal, f"{line}\r".encode())
                wait_until(
                    lambda number=number: called.read_text().count("\n") >= number, f"{line!r} in {shell}"
                )
            os.write(terminal, b"exit\r")
            process.wait(_TIMEOUT)
        finally:
            process.kill()
            process.wait()
            drained.result()
            os.close(terminal)
    return called.read_text().splitlines()


def _interactive(shell: str, completions: Path, home: Path) -> tuple[list[str], dict[str, str]]:
    """Return the options and the environment of a shell that has the completions and a prompt ``ready>``."""
    if shell == "fish":
        prompt = "function fish_prompt; echo 'ready>'; end"
        return ["--no-config", "-i", "-C", f"source {completions / 'dcmtools.fish'}; {prompt}"], {}
    if shell == "zsh":
        (home / ".zshrc").write_text(
            f"PS1='ready>'\nfpath=({completions} $fpath)\nautoload -Uz compinit && compinit -D -u\n"
        )
        return ["-d", "-i"], {"ZDOTDIR": str(home)}
    (home / ".bashrc").write_text(f"PS1='ready>'\nunset HISTFILE\nsource {completions / 'dcmtools.bash'}\n")
    return ["--rcfile", str(home / ".bashrc"), "-i"], {}


def _drain(terminal: int, shown: bytearray) -> str:
    """Add to `shown` what is written to a terminal until it is closed, and return it."""
    try:
        while piece := os.read(terminal, 65536):
            shown += piece
    except OSError:  # Linux's way to say that the other side is closed
        pass
    finally:
        os.close(terminal)
    return shown.decode(errors="replace")


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
