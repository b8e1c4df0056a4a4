"""What reads bytes from strangers, each as a function that fails when its contract is broken.

A reader takes any bytes. It may refuse them with the errors that its docstring names, and with
nothing else; what it takes has to hold its promises: to be the same however the bytes are cut, to be
written as it was read.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pydicom.dataset import Dataset
from pydicom.uid import UID

from dcmtools.dicom.dataset_query import DatasetQuery
from dcmtools.dicom.elements import check_whole, read_identifiers
from dcmtools.dicom.encoding import decode_dataset
from dcmtools.dicom.file_head import read_dataset_uids, read_file_meta, shown_transfer_syntax
from dcmtools.dicom.identifier import build_identifier
from dcmtools.dicom.inspection import DatasetInspector
from dcmtools.dicom.keyword_path import KeywordPath
from dcmtools.dicom.listing import list_dataset
from dcmtools.dicom.part10 import check_complete, read_instance
from dcmtools.dicom.path_template import PathTemplate
from dcmtools.dicom.query import PATIENT_ROOT, STUDY_ROOT, QueryError, parse_find, parse_retrieval
from dcmtools.dicom.query_file import read_query_file
from dcmtools.dicom.safe_names import is_safe
from dcmtools.dicom.sources import MemorySource
from dcmtools.dicom.walk import CutDatasetError, DatasetError
from dcmtools.errors import FileError, InputError, StorageError
from dcmtools.wire.commands import decode_command, encode_command
from dcmtools.wire.errors import CommandError, WireError
from dcmtools.wire.messages import CommandArrived, MessageReader
from dcmtools.wire.pdus import describe_abort

from . import material
from .speaking import BIG_ENDIAN, CT, DEFLATED, EXPLICIT, IMPLICIT, echo_rq, message, store_rq

_MAX_PDU = 16384
_UID = material.FIRST


class Reader(NamedTuple):
    """A reader of bytes, and good bytes to begin from."""

    name: str
    read: Callable[[bytes], None]
    seeds: Callable[[], tuple[bytes, ...]]


READERS: dict[str, Reader] = {}


def _reader(
    seeds: Callable[[], Iterable[bytes]],
) -> Callable[[Callable[[bytes], None]], Callable[[bytes], None]]:
    def register(read: Callable[[bytes], None]) -> Callable[[bytes], None]:
        READERS[read.__name__] = Reader(read.__name__, read, cache(lambda: tuple(seeds())))
        return read

    return register


def _messages() -> Iterable[bytes]:
    yield message(1, echo_rq())
    yield message(3, store_rq(_UID), material.encoded_instance(EXPLICIT))
    yield message(1, echo_rq(1)) + message(3, store_rq(_UID), b"\x08\x00") + message(1, echo_rq(2))


def _commands() -> Iterable[bytes]:
    yield encode_command(echo_rq())
    yield encode_command(store_rq(_UID))
    yield encode_command(
        store_rq(_UID)._replace(offending_elements=(0x00080018,), error_comment="why", status=0xA700)
    )


def _datasets() -> Iterable[bytes]:
    return map(material.encoded_instance, material.SYNTAXES)


def _files() -> Iterable[bytes]:
    for syntax in material.SYNTAXES:
        whole = material.part10_file(syntax)
        yield whole
        yield whole[128:]
        yield whole[132:]


def _identifiers() -> Iterable[bytes]:
    keys = {"QueryRetrieveLevel": "STUDY", "PatientName": "Do*", "StudyDate": "20200101-", "PatientID": "P1"}
    for syntax in (EXPLICIT, IMPLICIT):
        yield material.identifier(syntax, StudyInstanceUID=["1.2", "1.3"], **keys)
        step = Dataset()
        step.Modality, step.ScheduledProcedureStepStartDate = "CT", "20200101"
        yield material.identifier(syntax, ScheduledProcedureStepSequence=[step], AccessionNumber="")


def _paths() -> Iterable[bytes]:
    yield b"PatientName=Doe^Jane"
    yield b"(0040,0100)[0].Modality=CT\\MR"
    yield b"(0009,1001):US=5"
    yield "BeamSequence[3]=ä".encode()
    yield b"(0020,1002):IS=-12"


@_reader(_messages)
def messages(data: bytes) -> None:
    """A stream gives the same messages however it is cut; only WireError ends it."""
    whole = _said([data])
    at = sum(data[:4]) % (len(data) + 1)
    assert _said([data[:at], data[at:]]) == whole
    if len(data) <= 2048:
        assert _said([data[number : number + 1] for number in range(len(data))]) == whole
    describe_abort(data)


def _said(pieces: Iterable[bytes]) -> list[object]:
    """What a stream says: commands, whole datasets, and the kind of error at its end."""
    reader = MessageReader(_MAX_PDU)
    said: list[object] = []
    gathered = bytearray()
    try:
        for piece in pieces:
            before = len(piece)
            for event in reader.feed(piece):
                assert 0 <= reader.consumed <= before
                if isinstance(event, CommandArrived):
                    said.append((event.context_id, event.command))
                    continue
                gathered += event.data
                if event.is_last:
                    said.append(bytes(gathered))
                    gathered.clear()
            if reader.foreign:
                break
    except WireError as exc:
        return [*said, bytes(gathered), type(exc)]
    return [*said, bytes(gathered)]


@_reader(_commands)
def commands(data: bytes) -> None:
    """What can be read can be written, and is the same then."""
    with suppress(CommandError):
        command = decode_command(data)
        assert decode_command(encode_command(command)) == command


@_reader(_files)
def file_head(data: bytes) -> None:
    """The head of a file: CutDatasetError at most."""
    end = 0
    with suppress(CutDatasetError):
        end = read_file_meta(data).end
    shown_transfer_syntax(data, end)
    for syntax in material.SYNTAXES:
        uids = read_dataset_uids(data, end, syntax)
        assert all(isinstance(uid, str) for uid in uids)


class _Sips:
    """A source that shows no more than it has to."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def window(self, offset: int) -> bytes | None:
        return self._data[offset : offset + 12] if offset <= len(self._data) else None


@_reader(_datasets)
def walk(data: bytes) -> None:
    """A walk ends in the same way in windows of any size: DatasetError at most."""
    for syntax in (EXPLICIT, IMPLICIT, BIG_ENDIAN):
        ends = []
        for source in (MemorySource(data), _Sips(data)):
            try:
                ends.append(str(check_whole(source, syntax)))
            except DatasetError as exc:
                ends.append(type(exc).__name__)
        assert ends[0] == ends[1] or "MalformedDatasetError" in ends, ends
    with suppress(DatasetError):
        check_whole(data, DEFLATED)
    for syntax in material.SYNTAXES:
        read_identifiers(data, syntax)


@_reader(_datasets)
def inspection(data: bytes) -> None:
    """A received dataset is kept or refused: StorageError at most."""
    for syntax in material.SYNTAXES:
        inspector = DatasetInspector(CT, _UID, syntax)
        middle = len(data) // 3
        for piece in (data[:middle], data[middle:]):
            inspector.feed(memoryview(piece))
        with suppress(StorageError):
            inspector.finish(lambda: _opened(data))


@contextmanager
def _opened(data: bytes) -> Iterator[MemorySource]:
    yield MemorySource(data)


@cache
def _scratch() -> Path:
    return Path(tempfile.mkdtemp(prefix="dcmtools-fuzz-")) / f"file-{os.getpid()}"


@_reader(_files)
def part10(data: bytes) -> None:
    """A file to send: FileError at most."""
    path = _scratch()
    path.write_bytes(data)
    with suppress(FileError):
        check_complete(read_instance(path))


@_reader(lambda: [*_files(), *_identifiers()])
def query_file(data: bytes) -> None:
    """A query file: FileError at most."""
    path = _scratch()
    path.write_bytes(data)
    with suppress(FileError):
        read_query_file(path)


@_reader(_paths)
def keyword_path(data: bytes) -> None:
    """A keyword path is written as it was read; InputError at most, for the Identifier too."""
    text = data.decode("utf-8", "surrogateescape")
    with suppress(InputError):
        path = KeywordPath.parse(text)
        assert KeywordPath.parse(path.format()) == path
    with suppress(InputError):
        build_identifier([text])
    with suppress(InputError):
        build_identifier(["PatientName=ä", text])


_TEMPLATE = PathTemplate(
    "{PatientID}/{StudyDate:%Y}-{(0009,1001)|PatientName|'none'}/{InstanceNumber:04}-{SOPInstanceUID}.dcm"
)


@_reader(_datasets)
def path_template(data: bytes) -> None:
    """All names that a dataset gives are safe ones."""
    for syntax in material.SYNTAXES:
        place = _TEMPLATE.place(data, syntax)
        for name in (*place.folders, place.name()):
            assert is_safe(name), name


@_reader(_identifiers)
def identifier(data: bytes) -> None:
    """An Identifier: ValueError where it is none, QueryError where it is no query; it can be listed."""
    for syntax in (EXPLICIT, IMPLICIT):
        try:
            dataset = decode_dataset(data, UID(syntax))
        except ValueError:
            continue
        for line in list_dataset(dataset):
            assert isinstance(line, str)
        for levels in (PATIENT_ROOT, STUDY_ROOT):
            with suppress(QueryError):
                parse_find(dataset, levels, relational=True, fuzzy=True, combined=True)
            with suppress(QueryError):
                parse_find(dataset, levels)
            with suppress(QueryError):
                parse_retrieval(dataset, levels)
        with suppress(QueryError):
            query = DatasetQuery(dataset, fuzzy=True, combined=True)
            if query.matches(dataset):
                query.answer(dataset)
