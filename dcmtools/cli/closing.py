"""What commands that receive say at the end."""

from __future__ import annotations

from dcmtools.cli.console import Console
from dcmtools.net.events import Finished, NotReceived, Received


def report_received(console: Console, *, log: bool = True) -> None:
    """Say how much was received; `log` as for `Console.summary`."""
    counted = console.statistics
    received, refused = counted.of(Received), counted.of(NotReceived)
    text = f"Received {received:,} objects ({counted.size / 1e6:,.1f} MB) in {counted.seconds:,.1f} s"
    console.summary(f"{text}, {refused:,} refused" if refused else text, failed=False, log=log)


def report_moved(console: Console, finished: Finished | None, destination: str, *, log: bool) -> None:
    """Say how much the peer has sent to the `destination` of a C-MOVE, if it says so."""
    counts = finished.sub_operations if finished else None
    if counts is not None:
        sent, failed = (counts.completed or 0) + (counts.warning or 0), counts.failed or 0
        text = f"Moved {sent:,} objects to {destination} in {console.statistics.seconds:,.1f} s"
        console.summary(f"{text}, {failed:,} failed" if failed else text, failed=False, log=log)
