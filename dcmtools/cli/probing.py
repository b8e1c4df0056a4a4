"""``echoscu --probe``: what a peer accepts, as a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING, Annotated, NamedTuple

from typer import Option

from dcmtools.cli.console import Console
from dcmtools.cli.option_group import OptionGroup, UsageError
from dcmtools.cli.options import RequestedSyntaxOptions, flag
from dcmtools.cli.peer import requested_syntaxes
from dcmtools.dicom.text import safe_text
from dcmtools.errors import ExitCode, InputError

if TYPE_CHECKING:
    from dcmtools.net.association import Limits, Peer
    from dcmtools.net.events import Acceptance

_LETTERS = ascii_uppercase + ascii_lowercase
_NOT_ACCEPTED = "."
_LONGEST_UID = 64
_is_uid = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+").fullmatch


class ProbeRequest(NamedTuple):
    """Who is asked by whom, and within what limits."""

    peer: Peer
    calling_aet: str
    limits: Limits


@dataclass(frozen=True, kw_only=True)
class ProbeOptions(OptionGroup):
    """Asking what a peer accepts, in place of C-ECHO."""

    heading = "Probe Options"
    probe: Annotated[
        bool,
        flag(
            "--probe",
            help="send no C-ECHO, and tell which SOP classes the peer accepts in which transfer syntaxes "
            "(in as many associations as it takes)",
        ),
    ] = False
    sop_class: Annotated[
        list[str],
        Option(
            "--sop-class",
            metavar="UID",
            help="with --probe: ask for this SOP class (default: all of the standard), by UID or keyword",
            show_default=False,
        ),
    ] = field(default_factory=list)

    def check(self) -> None:
        """Refuse a SOP class that nothing is done with."""
        if self.sop_class and not self.probe:
            raise UsageError("--sop-class needs --probe")

    def sop_classes(self) -> list[str]:
        """Return the UIDs that are asked for, none for all; raises InputError."""
        return [_sop_class(name) for name in self.sop_class]


def _sop_class(name: str) -> str:
    from dcmtools.dicom.dictionary import look_up, similar_names  # noqa: PLC0415 - only when asked for

    entries = list(look_up(name))
    for entry in entries:
        if entry.kind.endswith("SOP Class"):
            return entry.subject
    if not entries and _is_uid(name) and len(name) <= _LONGEST_UID:
        return name  # a private one
    similar = [] if entries else similar_names(name)
    hint = f"did you mean {similar[0]}?" if similar else "one is named as 1.2.840.10008.1.1 or CTImageStorage"
    raise InputError(f"'{safe_text(name)}' is no SOP class", hint=hint)


def run_probe(
    console: Console,
    request: ProbeRequest,
    options: ProbeOptions,
    syntaxes: RequestedSyntaxOptions,
) -> ExitCode:
    """Ask the peer and show what it accepts; raises InputError and `AssociationError`."""
    from dcmtools.net.probing import SOP_CLASSES, TRANSFER_SYNTAXES, probe  # noqa: PLC0415 - only when asked for

    chosen = options.sop_classes()
    restricted = syntaxes.request_little or syntaxes.request_big or syntaxes.request_implicit
    wanted = requested_syntaxes(syntaxes) if restricted else TRANSFER_SYNTAXES
    answers = []
    for answer in probe(*request, chosen or SOP_CLASSES, wanted):
        console.show(answer)
        answers.append(answer)
    accepted = [answer for answer in answers if answer.transfer_syntaxes]
    console.data(table(answers if chosen else accepted))
    console.summary(
        f"{request.peer} accepts {len(accepted)} of {len(answers)} SOP classes", failed=not accepted
    )
    return ExitCode.OK if accepted else ExitCode.FAILURE


def table(answers: Sequence[Acceptance]) -> Iterator[str]:
    """Yield the lines of a table: a letter for each transfer syntax, then each SOP class with its letters.

    More than 52 transfer syntaxes are not told apart: the standard has fewer.
    """
    names = {uid: name for answer in answers for uid, name in answer.transfer_syntaxes.items()}
    letters = dict(zip(names, _LETTERS, strict=False))
    width = max(map(len, (*names, *(answer.sop_class_uid for answer in answers))), default=0)
    for uid, letter in letters.items():
        yield safe_text(f"{letter}  {uid:<{width}}  {names[uid]}")
    if letters:
        yield ""
    for answer in answers:
        marks = "".join(
            letter if uid in answer.transfer_syntaxes else _NOT_ACCEPTED for uid, letter in letters.items()
        )
        name = answer.sop_class if answer.transfer_syntaxes else f"{answer.sop_class} (refused)"
        yield safe_text(f"{answer.sop_class_uid:<{width}}  {marks}  {name}".rstrip())
