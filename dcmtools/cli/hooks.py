"""The hooks of an SCP: programs and web services that are told what it has received."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Annotated

from typer import BadParameter, Option

from dcmtools.cli.option_group import OptionGroup, UsageError
from dcmtools.cli.options import Seconds
from dcmtools.cli.secret_values import password
from dcmtools.errors import InputError
from dcmtools.net.events import Associated, Dissociated, NotReceived, Received
from dcmtools.net.hooks.deliveries import DeliveryTerms
from dcmtools.net.hooks.documents import Association, EndedAssociation, StoredObject
from dcmtools.net.hooks.hooks import Hooks
from dcmtools.net.hooks.targets import Occasion, Subscription, parse_command, parse_occasions, parse_url
from dcmtools.net.retrying import RetryTerms

TOKEN = "DCMTOOLS_WEBHOOK_TOKEN"  # noqa: S105 - the name of a variable
"""The environment variable that has the bearer token of webhooks where no file has it."""

_LAST_DELIVERIES = 10.0  # seconds after the end of the server

Report = Callable[[object], None]


def _each(parse: Callable[[str], object]) -> Callable[[list[str] | None], list[str] | None]:
    """Return a check of a repeated option, whose values `parse` can read."""

    def check(values: list[str] | None) -> list[str] | None:
        try:
            for value in values or ():
                parse(parse_occasions(value)[1])
        except InputError as exc:
            raise BadParameter(str(exc)) from None
        return values

    return check


@dataclass(frozen=True, kw_only=True)
class HookOptions(OptionGroup):
    """Who is told what an SCP has received."""

    heading = "Hook Options"
    exec: Annotated[
        list[str] | None,
        Option(
            "--exec",
            metavar="[OCCASION:]COMMAND",
            callback=_each(parse_command),
            help="run a command, without a shell, with a JSON document on its standard input, when an object "
            "was stored, an association is over or a study is complete (object, association, study; "
            "default: all of these); may be repeated",
            show_default=False,
        ),
    ] = None
    webhook: Annotated[
        list[str] | None,
        Option(
            "--webhook",
            metavar="[OCCASION:]URL",
            callback=_each(parse_url),
            help="post the same JSON document to a URL; may be repeated",
            show_default=False,
        ),
    ] = None
    webhook_token_file: Annotated[
        Path | None,
        Option(
            "--webhook-token-file",
            metavar="FILE",
            help="file whose first line is the bearer token to send to webhooks (default: the environment "
            f"variable {TOKEN}, and none without it)",
            show_default=False,
        ),
    ] = None
    study_timeout: Annotated[
        Seconds,
        Option(
            "--study-timeout",
            metavar="SECONDS",
            min=0,
            help="a study is complete when no object of it has come for so long",
        ),
    ] = 60.0
    hook_timeout: Annotated[
        Seconds,
        Option("--hook-timeout", metavar="SECONDS", min=1, help="a command or web service may take so long"),
    ] = 60.0
    hook_retries: Annotated[
        int,
        Option(
            "--hook-retries",
            metavar="N",
            min=0,
            help="try a hook that failed again, up to N times, after pauses of 1, 2, 4 ... seconds",
        ),
    ] = 3
    hook_parallel: Annotated[
        int, Option("--hook-parallel", metavar="N", min=1, max=64, help="run so many hooks at the same time")
    ] = 4

    def check(self) -> None:
        """Refuse what means nothing alone."""
        if self.webhook_token_file and not self.webhook:
            raise UsageError("argument --webhook-token-file: only with --webhook")

    def refuse_processes(self) -> None:
        """Raise `UsageError` where several processes would each see but a part of a study."""
        if any(Occasion.STUDY in subscription.occasions for subscription in self._subscriptions(None)):
            raise UsageError("argument --exec, --webhook: hooks of studies are not possible with --workers")

    @contextmanager
    def telling(self, report: Report) -> Iterator[Report]:
        """Provide where the events of a server go to: to `report`, and to the hooks, if there are any.

        To be entered after the process was forked. At the end of the block what waits is delivered.
        Raises UnreadableFileError.
        """
        token = password(self.webhook_token_file, TOKEN) if self.webhook else None
        subscriptions = self._subscriptions(token.decode() if token else None)
        if not subscriptions:
            yield report
            return
        terms = DeliveryTerms(self.hook_timeout, RetryTerms(self.hook_retries), self.hook_parallel)
        hooks = Hooks(subscriptions, self.study_timeout, terms, report)
        try:
            yield _Observer(report, hooks)
        finally:
            hooks.close(_LAST_DELIVERIES)

    def _subscriptions(self, token: str | None) -> list[Subscription]:
        if not (self.exec or self.webhook):
            return []
        from dcmtools.net.hooks.programs import Command  # noqa: PLC0415 - only who has hooks pays for them
        from dcmtools.net.hooks.webhooks import Webhook  # noqa: PLC0415

        found = []
        for text in self.exec or ():
            occasions, command = parse_occasions(text)
            found.append(Subscription(occasions, Command(parse_command(command))))
        for text in self.webhook or ():
            occasions, url = parse_occasions(text)
            found.append(Subscription(occasions, Webhook(parse_url(url), token)))
        return found


@dataclass
class _Running:
    """An association under way."""

    association: Association
    objects: int = 0
    refused: int = 0
    size: int = 0
    began: float = field(default_factory=time.monotonic)


class _Observer:
    """Passes events on, and what hooks are to be told of to them.

    All events of an association come from its own thread, which is how they are known to belong together.
    """

    def __init__(self, report: Report, hooks: Hooks) -> None:
        self._report = report
        self._hooks = hooks
        self._numbers = count(1)
        self._here = threading.local()

    def __call__(self, event: object) -> None:
        self._report(event)
        if isinstance(event, Associated):
            number = next(self._numbers)
            self._here.running = _Running(
                Association(number, event.calling_aet, event.called_aet, event.address)
            )
            return
        running: _Running | None = getattr(self._here, "running", None)
        if running is None:
            return
        if isinstance(event, Received):
            self._received(event, running)
        elif isinstance(event, NotReceived):
            running.refused += 1
        elif isinstance(event, Dissociated):
            self._here.running = None
            seconds = round(time.monotonic() - running.began, 3)
            counts = (running.objects, running.refused, running.size, seconds)
            self._hooks.note(EndedAssociation(running.association, *counts, released=event.released))

    def _received(self, event: Received, running: _Running) -> None:
        running.objects += 1
        running.size += event.size
        if event.path is not None:
            self._hooks.note(
                StoredObject(
                    event.path,
                    event.sop_class_uid,
                    event.sop_instance_uid,
                    event.transfer_syntax_uid,
                    event.size,
                    event.outcome,
                    running.association,
                )
            )
