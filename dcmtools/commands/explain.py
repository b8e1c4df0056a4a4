"""``dcmtools explain``."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from typer import Argument, Option

from dcmtools.cli.console import Console
from dcmtools.cli.logs import set_up
from dcmtools.cli.options import GeneralOptions
from dcmtools.dicom.text import safe_text
from dcmtools.errors import ExitCode
from dcmtools.net.events import Explanation
from dcmtools.net.explaining import explain as explanations


class Service(StrEnum):
    """The services that give statuses a meaning of their own."""

    STORAGE = "storage"
    FIND = "find"
    RETRIEVE = "retrieve"
    VERIFICATION = "verification"


Texts = Annotated[
    list[str],
    Argument(
        metavar="WHAT",
        help="status (0xA700), UID, data element ((0010,0010)), VR, keyword or name",
        show_default=False,
    ),
]


def explain(
    what: Texts,
    service: Annotated[
        Service | None,
        Option("--service", metavar="SERVICE", help="the service that a status is of", show_default=False),
    ] = None,
    general: GeneralOptions = GeneralOptions(),
) -> ExitCode:
    """Tell what a status, UID, data element or keyword is."""
    console = Console(set_up(general, "explain"))
    unknown = 0
    for text in what:
        for event in explanations(text, service.value if service else None):
            console.show(event)
            if isinstance(event, Explanation):
                console.data(_shown(event))
            else:
                unknown += 1
    if not unknown:
        return ExitCode.OK
    return ExitCode.FAILURE if unknown == len(what) else ExitCode.PARTIAL


def _shown(explanation: Explanation) -> Iterator[str]:
    subject, kind, name, facts = explanation
    yield safe_text(f"{subject}  {name}")
    lines = {"kind": kind, **facts}
    width = max(map(len, lines))
    for label, value in lines.items():
        yield safe_text(f"  {label:<{width}}  {value}")
