"""The completions of the shells: shtab writes those of bash, zsh and fish; PowerShell's is our own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Template

from dcmtools.cli.app import COMMANDS
from dcmtools.cli.mirror import choices, is_argument, mirror_all, parameters, spellings, writer


def completions() -> dict[str, str]:
    """Return the text of each completion by the name of its file; raises InputError without shtab."""
    shtab, parser = writer("shtab"), mirror_all()
    return {
        "dcmtools.bash": f"{shtab.complete(parser, 'bash')}\n",
        "_dcmtools": _right_for_zsh(shtab.complete(parser, "zsh")),
        "dcmtools.fish": _right_for_fish(shtab.complete(parser, "fish")),
        "dcmtools.ps1": _POWERSHELL.substitute(rows="\n".join("|".join(row) for row in _rows())),
    }


def _right_for_zsh(text: str) -> str:
    # zsh reads a bare '=' at the end of an option as "takes a value",
    text = re.sub(r"(?<=[{,])(-[^\s{},=]*)=(?=[,}])", r"\1\\\\=", text)
    # and shtab's '(*)' would end the completion after the first of several files
    return text.replace('"(*):', '"*:')


def _right_for_fish(text: str) -> str:
    # -s is for one letter; an option with one dash and a longer name is -o
    return re.sub(r"^(complete .*?) -s (\S\S+) ", r"\1 -o \2 ", text, flags=re.MULTILINE)


def _rows() -> Iterator[tuple[str, str, str, str]]:
    """Yield what can be completed: after which command, after which option, the text, what it means."""
    for name, summary in COMMANDS.items():
        yield "", "", name, summary
    for name in ("", *COMMANDS):
        for option in parameters(name):
            if is_argument(option):
                continue
            for spelling in spellings(option):
                yield name, "", spelling, option.help
                for choice in choices(option):
                    yield name, spelling, choice, option.help


# The rows keep upper and lower case apart (-w, -W), which the keys of a PowerShell table do not.
# A word without completions is left to PowerShell, which completes it as a file.
_POWERSHELL = Template("""\
# To use this in PowerShell, add a line to your $$PROFILE:  . /path/to/dcmtools.ps1

Register-ArgumentCompleter -Native -CommandName dcmtools -ScriptBlock {
    param($$wordToComplete, $$commandAst, $$cursorPosition)

    # command|option|completion|meaning
    $$rows = @'
$rows
'@ -split '\\r?\\n'

    $$words = @($$commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $$_.Extent.EndOffset -lt $$cursorPosition } |
        ForEach-Object { $$_.Extent.Text })
    $$command = "$$($$words | Where-Object { -not $$_.StartsWith('-') } | Select-Object -First 1)"
    $$option = "$$($$words | Select-Object -Last 1)"
    if (-not ($$rows | Where-Object { $$_.StartsWith("$$command|$$option|", [StringComparison]::Ordinal) })) {
        $$option = ''
    }

    foreach ($$row in $$rows) {
        $$ofCommand, $$ofOption, $$text, $$meaning = $$row -split '\\|', 4
        if ($$ofCommand -ceq $$command -and $$ofOption -ceq $$option -and
            $$text.StartsWith('-') -eq $$wordToComplete.StartsWith('-') -and
            $$text.StartsWith($$wordToComplete, [StringComparison]::Ordinal)) {
            [System.Management.Automation.CompletionResult]::new($$text, $$text, 'ParameterValue', $$meaning)
        }
    }
}
""")
