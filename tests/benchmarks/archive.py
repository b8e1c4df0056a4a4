"""Archives: qrscp against those of DCMTK, Orthanc and pynetdicom."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

from .archive_peers import (
    AE_TITLE,
    ARCHIVES,
    DESTINATION,
    LARGE_PDU,
    SENDER,
    orthanc,
    qrscp,
    qrscp_with_index,
)
from .archive_studies import INSTANCES_OF_A_STUDY, questions
from .measure import RunError, Sample, run
from .peers import DCMTK_STORESCP_IGNORE, HOST, OUR_STORESCP, Server, Service, ours
from .races import Figure, Lab, Race, Row, Runner, Target
from .runs import Choice, Variant, repeating_failures
from .scale import Scale

_MILLISECONDS = Figure("seconds", "ms", 1e-3)
_IN_A_STUDY = 20
_REPEATED = 50
_OVER_STORESCP = 1.5  # 2,000 objects/s where storescp reaches 3,000
_GROWTH = 2.0
_A_RESPONSE = 50  # microseconds: 20,000 responses/s

_STORED_ROOT = "1.2.826.0.1.3680043.8.498.1"  # of the studies that are stored, see `generate`
_CT_STUDY = "1.3.6.1.4.1.5962.1.2.1.20040119072730.12322"  # that of pydicom's CT_small.dcm
_RETURNED = ("PatientName", "PatientID", "StudyInstanceUID", "StudyDate", "AccessionNumber", "StudyID")


def races(scale: Scale) -> Iterator[Race]:
    """Yield the races of this part."""
    yield _storing(scale.archived)
    yield _storing_slowly(scale.archived_slow, "dcmqrscp", Target("ratio", 1.0))
    yield _storing_slowly(scale.slow_small, "pynetdicom qrscp", Target("times faster", 10))
    yield _querying(scale.indexed)
    yield _querying_peers(scale.archived_slow)
    for how in ("get", "move"):
        yield _retrieving(how, scale.some_ct, "dcmqrscp", Target("ratio", 1.0))
        yield _retrieving(how, scale.some_ct, "Orthanc", None)
        yield _retrieving(how, scale.some_ct, "pynetdicom qrscp", Target("times faster", 10))


def _storing(count: int) -> Race:
    title = f"DCMTK storescu tuned of {count} small in studies of {_IN_A_STUDY} → qrscp"
    return Race(
        [
            Row(
                "archive-store-orthanc",
                f"{title} --sync none, against → Orthanc",
                "qrscp",
                "Orthanc",
                Target("ratio", 1.0),
            ),
            Row(
                "archive-store-sync",
                f"{title} --sync data, the default, against → Orthanc",
                "qrscp --sync data",
                "Orthanc",
            ),
            Row(
                "archive-store-storescp",
                f"{title} --sync none, against → storescp",
                "qrscp",
                "storescp",
                Target("ratio", _OVER_STORESCP),
            ),
        ],
        {
            "qrscp": _store(qrscp(), count),
            "qrscp --sync data": _store(qrscp(sync="data"), count),
            "Orthanc": _store(orthanc(), count),
            "storescp": _store(OUR_STORESCP, count),
        },
    )


def _storing_slowly(count: int, peer: str, target: Target) -> Race:
    return Race(
        [
            Row(
                f"archive-store-{peer.partition(' ')[0].lower()}",
                f"DCMTK storescu tuned of {count} small in studies of {_IN_A_STUDY} → qrscp --sync none, "
                f"against → {peer}",
                "qrscp",
                peer,
                target,
            )
        ],
        {name: _store(ARCHIVES[name](0), count) for name in ("qrscp", peer)},
    )


def _store(service: Service, count: int) -> Variant:
    """Store into an archive that was just started and is empty; the time is that of the sender."""

    def prepare(lab: Lab) -> Runner:
        dataset = lab.data.studies(count, _IN_A_STUDY)
        dataset.read()
        SENDER.command(0, dataset.folder)
        service.command(0, dataset.folder)

        def measure() -> Sample:
            server = lab.fresh_server(service)
            cpu = server.cpu
            try:
                ended = run(SENDER.command(server.port, dataset.folder), SENDER.environment)
                return replace(ended.sample, receiver_cpu=server.cpu - cpu)
            finally:
                server.stop()

        return measure

    return prepare


def _querying(sizes: tuple[int, int]) -> Race:
    """Queries of ours at two sizes: how long each takes, and how that grows with the size."""
    rows: list[Row] = []
    variants: dict[str, Variant] = {}
    for size in sizes:
        studies = size // INSTANCES_OF_A_STUDY
        for name, question in questions(studies // 2).items():
            variant = f"{name} of {size}"
            variants[variant] = _query_index(size, [question.key], question.matches)
            rows.append(
                Row(
                    f"archive-find-{name}-{size}",
                    f"C-FIND of {question.matches} of {studies} studies by {question.key}, {size} instances, "
                    "open association",
                    variant,
                    target=Target("value", question.limit),
                    figure=_MILLISECONDS,
                )
            )
    small, large = sizes
    rows += [
        Row(
            f"archive-find-{name}-growth",
            f"the same by {name} with {large} instances, against {small}",
            f"{name} of {large}",
            f"{name} of {small}",
            Target("ratio", _GROWTH),
            figure=_MILLISECONDS,
        )
        for name in questions(0)
    ]
    studies = large // INSTANCES_OF_A_STUDY
    variants["all"] = _query_index(large, [], studies, repeat=3)
    rows.append(
        Row(
            "archive-find-all",
            f"C-FIND of all {studies} studies of {large} instances: one response",
            "all",
            target=Target("value", _A_RESPONSE),
            figure=Figure("seconds", "µs", studies * 1e-6),
        )
    )
    return Race(rows, variants)


def _query_index(size: int, keys: Sequence[str], matches: int, repeat: int = _REPEATED) -> Variant:
    def prepare(lab: Lab) -> Runner:
        server = lab.server(qrscp_with_index(lab.data.index(size)))
        return lambda: _asked(server.port, keys, matches, repeat)

    return prepare


class _Filled:
    """Archives that hold the objects of a data set, each filled when it is first asked for."""

    def __init__(self, choice: Choice, move_to: Service | None = None) -> None:
        self._choice = choice
        self._move_to = move_to
        self._servers: dict[str, Server] = {}

    def server(self, lab: Lab, archive: str) -> Server:
        """Return the running `archive`."""
        if archive not in self._servers:
            destination = lab.server(self._move_to).port if self._move_to else 0
            server = self._servers[archive] = lab.server(ARCHIVES[archive](destination))
            run(SENDER.command(server.port, self._choice(lab.data).folder), SENDER.environment)
        return self._servers[archive]


def _querying_peers(count: int) -> Race:
    """One study of those that were stored, by each archive."""
    studies = count // _IN_A_STUDY
    middle = studies // 2
    keys = {
        "study": f"StudyInstanceUID={_STORED_ROOT}.{middle}",
        "name": f"PatientName=Patient^{middle:06}",
    }
    filled = _Filled(lambda data: data.studies(count, _IN_A_STUDY))
    peers = ("dcmqrscp", "Orthanc")
    rows = [
        Row(
            f"archive-find-{name}-{peer.lower()}",
            f"C-FIND of one of {studies} studies by {key}, open association, against {peer}",
            f"qrscp, {name}",
            f"{peer}, {name}",
            figure=_MILLISECONDS,
        )
        for name, key in keys.items()
        for peer in peers
    ]
    variants = {
        f"{archive}, {name}": _query_stored(filled, archive, key)
        for name, key in keys.items()
        for archive in ("qrscp", *peers)
    }
    return Race(rows, variants)


def _query_stored(filled: _Filled, archive: str, key: str) -> Variant:
    def prepare(lab: Lab) -> Runner:
        server = filled.server(lab, archive)
        return lambda: _asked(server.port, [key], 1, _REPEATED)

    return prepare


def _asked(port: int, keys: Sequence[str], matches: int, repeat: int) -> Sample:
    returned = [f"{keyword}=" for keyword in _RETURNED if not any(key.startswith(keyword) for key in keys)]
    driver = [sys.executable, "-m", "tests.benchmarks.archive_drivers", str(port), AE_TITLE]
    ended = run([*driver, str(repeat), str(matches), "QueryRetrieveLevel=STUDY", *keys, *returned])
    return Sample(json.loads(ended.output)["seconds"])


def _retrieving(how: str, count: int, peer: str, target: Target | None) -> Race:
    filled = _Filled(lambda data: data.objects("ct", count), DCMTK_STORESCP_IGNORE if how == "move" else None)
    client = f"{how}scu --ignore" if how == "get" else "movescu → DCMTK storescp --ignore tuned"
    return Race(
        [
            Row(
                f"archive-{how}-{peer.lower().partition(' ')[0]}",
                f"{client} of a study of {count} ct from qrscp, against from {peer}",
                "qrscp",
                peer,
                target,
            )
        ],
        {
            "qrscp": _retrieve(filled, "qrscp", how, count),
            peer: repeating_failures(_retrieve(filled, peer, how, count)),
        },
    )


def _retrieve(filled: _Filled, archive: str, how: str, count: int) -> Variant:
    """Retrieve with our own client, whose exit status says whether all has arrived."""
    options = ("--ignore",) if how == "get" else ("-aem", DESTINATION)
    keys = ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={_CT_STUDY}")

    def prepare(lab: Lab) -> Runner:
        server = filled.server(lab, archive)
        called = ("-aec", AE_TITLE, "-pdu", str(LARGE_PDU), "-S")
        command = ours(f"{how}scu", *called, *options, *keys, HOST, str(server.port))

        def measure() -> Sample:
            cpu = server.cpu
            ended = run(command)
            if f"Completed: {count}," not in ended.log:
                raise RunError(f"{archive} did not send {count} objects")
            return replace(ended.sample, receiver_cpu=server.cpu - cpu)

        return measure

    return prepare
