"""The variants that races are made of: who sends what to whom."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from .data import Data, DataSet
from .measure import Ended, RunError, Sample, run, run_together
from .peers import Client, Server, Service, driver, installed
from .races import Lab, Runner

Variant = Callable[[Lab], Runner]
Choice = Callable[[Data], DataSet]

_ATTEMPTS = 10
_META = 1024  # bytes of a file at most that are not its dataset, which a receiver writes anew


def objects(kind: str, count: int) -> Choice:
    """Choose `count` objects of a kind."""
    return lambda data: data.objects(kind, count)


def send(client: Client, service: Service, choice: Choice) -> Variant:
    """`client` sends a data set to a running `service`; the time is that of the whole process."""

    def prepare(lab: Lab) -> Runner:
        dataset = choice(lab.data)
        server, size = _ready(lab, client, service, [dataset])
        command = client.command(server.port, dataset.folder)
        return lambda: _measured(server, dataset.count, size, lambda: run(command, client.environment))

    return prepare


def send_together(client: Client, service: Service, kind: str, count: int, number: int) -> Variant:
    """`number` processes of `client` send `count` objects together; the time is until the last has ended."""

    def prepare(lab: Lab) -> Runner:
        parts = lab.data.parts(kind, count, number)
        server, size = _ready(lab, client, service, parts)
        commands = [client.command(server.port, part.folder) for part in parts]
        return lambda: _measured(server, count, size, lambda: run_together(commands, client.environment))

    return prepare


def send_to_fresh(client: Client, service: Service, choice: Choice) -> Variant:
    """As `send`, each time to a `service` that was just started, for the peak of its memory."""

    def prepare(lab: Lab) -> Runner:
        dataset = choice(lab.data)
        size = dataset.read()
        client.command(0, dataset.folder)
        service.command(0, dataset.folder)

        def measure() -> Sample:
            server = lab.fresh_server(service)
            try:
                command = client.command(server.port, dataset.folder)
                sample = _measured(server, dataset.count, size, lambda: run(command, client.environment))
                return replace(sample, receiver_peak=server.peak)
            finally:
                server.empty()
                server.stop()

        return measure

    return prepare


def drive_store(service: Service, choice: Choice) -> Variant:
    """Our library sends a data set; the time is from the established association to the last response."""

    def prepare(lab: Lab) -> Runner:
        dataset = choice(lab.data)
        server, size = _ready(lab, None, service, [dataset])
        command = driver("store", str(server.port), str(dataset.folder))
        return lambda: _measured(server, dataset.count, size, lambda: _driven(command, dataset.count))

    return prepare


def drive_echo(service: Service, count: int) -> Variant:
    """Our library sends C-ECHO requests; the time is that between the first and the last response."""

    def prepare(lab: Lab) -> Runner:
        server = lab.server(service)
        command = driver("echo", str(server.port), str(count))
        return lambda: _measured(server, 0, 0, lambda: _driven(command, count))

    return prepare


def call(command: Callable[[int], Sequence[str]], service: Service) -> Variant:
    """A command connects to a running `service` and sends no objects."""

    def prepare(lab: Lab) -> Runner:
        program, *arguments = command(0)
        installed(program)
        server = lab.server(service)
        arguments = list(command(server.port))
        return lambda: _measured(server, 0, 0, lambda: run(arguments))

    return prepare


def repeating_failures(variant: Variant) -> Variant:
    """As `variant`, for a peer that fails now and then: a run that failed is done again, up to 10 times.

    pynetdicom's requestors lose a response in one of some 1,500 (and wait for it until the time-out).
    """

    def prepare(lab: Lab) -> Runner:
        measure = variant(lab)

        def measure_again() -> Sample:
            for _ in range(_ATTEMPTS - 1):
                with suppress(RunError):
                    return measure()
            return measure()

        return measure_again

    return prepare


def each(variant: Variant, count: int) -> Variant:
    """As `variant`, which does the same `count` times: the time of one."""

    def prepare(lab: Lab) -> Runner:
        measure = variant(lab)
        return lambda: measure().shared_out(count)

    return prepare


def alone(command: Sequence[str | Path]) -> Variant:
    """A command that needs nobody."""
    return lambda _: lambda: run(command).sample


def _ready(
    lab: Lab, client: Client | None, service: Service, datasets: Sequence[DataSet]
) -> tuple[Server, int]:
    """Return the running service, and the size of what it has to store; raises `MissingError`."""
    if client is not None:
        client.command(0, datasets[0].folder)
    size = sum(dataset.read() - dataset.count * _META for dataset in datasets)
    return lab.server(service), size


def _measured(server: Server, count: int, size: int, work: Callable[[], Ended]) -> Sample:
    """Do the `work`, check that the server has stored all of it, and say what it took."""
    server.empty()
    cpu = server.cpu
    sample = work().sample
    server.check_stored(count, size)
    return replace(sample, receiver_cpu=server.cpu - cpu)


def _driven(command: Sequence[str], count: int) -> Ended:
    ended = run(command)
    printed = json.loads(ended.output)
    if printed["count"] != count:
        raise RunError(f"{' '.join(command[2:4])}: {printed['count']} of {count} were answered with success")
    return replace(ended, seconds=printed["seconds"], cpu=printed["cpu"])
