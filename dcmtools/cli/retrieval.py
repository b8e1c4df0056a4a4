"""How a retrieval ended."""

from __future__ import annotations

from dcmtools.cli.console import Console
from dcmtools.dicom.privacy import discreet
from dcmtools.errors import ExitCode
from dcmtools.net.advice import advice, answer_text
from dcmtools.net.events import Finished
from dcmtools.net.statuses import SUCCESS, category


def retrieval_outcome(console: Console, what: str, finished: Finished | None) -> ExitCode:
    """Say what failed in a C-GET or C-MOVE, and return the exit status; `what` names peer and service."""
    if finished is None:
        return ExitCode.FAILURE
    counts = finished.sub_operations
    completed = ((counts.completed or 0) + (counts.warning or 0)) if counts else 0
    failed = (counts.failed or 0) if counts else 0
    for uid in finished.failed_instances:
        console.error(f"{what}: not retrieved: SOP Instance {discreet(uid)}")
    if finished.status == SUCCESS and not failed and not finished.failed_instances:
        return ExitCode.OK
    text = answer_text(finished.status, "retrieve", finished.comment, finished.offending)
    if category(finished.status) == "Warning" and completed and not failed and not finished.failed_instances:
        console.warning(f"{what}: {text}")  # all has arrived, some of it with a warning
        return ExitCode.OK
    numbers = f", {completed} completed, {failed} failed" if counts else ""
    hint = advice(finished.status, "retrieve")
    console.error(f"{what} failed: {text}{numbers}" + (f" ({hint})" if hint else ""))
    return ExitCode.PARTIAL if completed else ExitCode.FAILURE
