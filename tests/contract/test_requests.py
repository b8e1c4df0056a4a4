"""Sections 2.1, 2.2, 2.4, 2.6 and 2.7: what the clients propose, next to what pynetdicom's apps do."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from ..logging_state import restored_logging
from ..samples import read_sample, sample
from .requesting import our_request, their_request

ADDRESS = ("127.0.0.1", "104")
KEY = ("-k", "PatientName=")
CT = str(sample("CT_small.dcm"))
ENDINGS: dict[str, tuple[str, ...]] = {
    "echoscu": ADDRESS,
    "storescu": (*ADDRESS, CT),
    "findscu": (*ADDRESS, *KEY),
    "getscu": (*ADDRESS, *KEY),
    "movescu": (*ADDRESS, *KEY),
}
UNCOMPRESSED = (
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
)


@pytest.fixture(autouse=True)
def logging_restored() -> Iterator[None]:
    with restored_logging():
        yield


@pytest.mark.parametrize("app", ENDINGS)
@pytest.mark.parametrize(
    "options",
    [
        [],
        ["-aet", "ME", "-aec", "YOU"],
        ["-ta", "5", "-td", "6.5", "-tn", "7"],
        ["-pdu", "0"],
        ["-pdu=131072"],
    ],
    ids=" ".join,
)
def test_network_options(app: str, options: list[str]) -> None:
    arguments = [*options, *ENDINGS[app]]
    theirs, ours = their_request(app, arguments), our_request(app, arguments)
    assert (ours.titles, ours.timeouts, ours.max_pdu) == (theirs.titles, theirs.timeouts, theirs.max_pdu)


@pytest.mark.parametrize("option", [[], ["-xe"], ["-xb"], ["-xi"]], ids=" ".join)
def test_echo_contexts(option: list[str]) -> None:
    arguments = [*option, *ADDRESS]
    assert our_request("echoscu", arguments) == their_request("echoscu", arguments)


@pytest.mark.parametrize("option", [[], ["-xe"], ["-xb"], ["-xi"]], ids=" ".join)
def test_storage_contexts_of_an_uncompressed_file(option: list[str]) -> None:
    """The transfer syntaxes that the file's SOP class is proposed in are those of pynetdicom's app."""
    arguments = [*option, *ADDRESS, CT]
    theirs, ours = their_request("storescu", arguments), our_request("storescu", arguments)
    sop_class = read_sample(sample("CT_small.dcm")).sop_class
    assert {uid for uid, _ in ours.contexts} == {sop_class}
    proposed = [set().union(*request.syntaxes(sop_class)) for request in (theirs, ours)]
    assert proposed[0] == proposed[1]


def test_required_contexts() -> None:
    """With -cx one context for each SOP class and transfer syntax; -xe and the like have no effect."""
    names = ("CT_small.dcm", "JPEG2000.dcm", "MR_small.dcm", "MR_small_bigendian.dcm", "MR_small_RLE.dcm")
    arguments = ["-cx", "-xb", *ADDRESS, *(str(sample(name)) for name in names)]
    theirs, ours = their_request("storescu", arguments), our_request("storescu", arguments)
    assert set(ours.contexts) == set(theirs.contexts)
    assert len(ours.contexts) == len(theirs.contexts) == 5


FLAGS = ("--relational-query", "--dt-matching", "--fuzzy-names", "--timezone-adj", "--enhanced-conversion")


@pytest.mark.parametrize("model", [[], ["-P"], ["-S"], ["-O"], ["-W"], ["-U"]], ids=" ".join)
def test_query_models(model: list[str]) -> None:
    """Only the model that was asked for is proposed, in the same transfer syntaxes."""
    for count in range(len(FLAGS) + 1):
        for flags in itertools.combinations(FLAGS, count) if count in (1, 2, 5) else [()]:
            arguments = [*model, *flags, *ADDRESS, *KEY]
            theirs, ours = their_request("findscu", arguments), our_request("findscu", arguments)
            assert ours.extended == theirs.extended
            [(sop_class, syntaxes)] = ours.contexts
            assert [set(syntaxes)] == [set(found) for found in theirs.syntaxes(sop_class)]
            assert set(ours.extended) <= {sop_class}


@pytest.mark.parametrize("app", ["getscu", "movescu"])
@pytest.mark.parametrize("model", [[], ["-P"], ["-S"], ["-O"]], ids=" ".join)
def test_retrieval_models(app: str, model: list[str]) -> None:
    flags = ("--relational-retrieval", "--enhanced-conversion")
    for chosen in ((), flags[:1], flags[1:], flags):
        arguments = [*model, *chosen, *ADDRESS, *KEY]
        theirs, ours = their_request(app, arguments), our_request(app, arguments)
        assert ours.extended == theirs.extended
        sop_class, syntaxes = ours.contexts[0]
        assert [set(syntaxes)] == [set(found) for found in theirs.syntaxes(sop_class)]
        assert set(ours.extended) <= {sop_class}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--relational-query"], "01 00 00 00 00"),
        (["--dt-matching"], "00 01 00 00 00"),
        (["--fuzzy-names"], "00 00 01 00 00"),
        (["--timezone-adj"], "00 00 00 01 00"),
        (["--enhanced-conversion"], "00 00 00 00 01"),
        (["-S", *FLAGS], "01 01 01 01 01"),
        (["-W", "--fuzzy-names"], "01 01 01 00"),
        (["-W", "--timezone-adj"], "01 01 00 01"),
        (["-W", *FLAGS], "01 01 01 01"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_query_negotiation_as_written(options: list[str], expected: str) -> None:
    [information] = our_request("findscu", [*options, *ADDRESS, *KEY]).extended.values()
    assert information == bytes.fromhex(expected)


@pytest.mark.parametrize("option", ["--relational-query", "--dt-matching", "--enhanced-conversion"])
def test_what_a_worklist_does_not_negotiate(option: str) -> None:
    assert our_request("findscu", ["-W", option, *ADDRESS, *KEY]).extended == {}


@pytest.mark.parametrize("app", ["getscu", "movescu"])
@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--relational-retrieval"], "01 00"),
        (["--enhanced-conversion"], "00 01"),
        (["--relational-retrieval", "--enhanced-conversion"], "01 01"),
    ],
)
def test_retrieval_negotiation_as_written(app: str, options: list[str], expected: str) -> None:
    [information] = our_request(app, [*options, *ADDRESS, *KEY]).extended.values()
    assert information == bytes.fromhex(expected)


def test_get_offers_to_receive() -> None:
    """Every SOP class is proposed with the role of an SCP, as by pynetdicom's getscu."""
    theirs, ours = (request("getscu", [*ADDRESS, *KEY]) for request in (their_request, our_request))
    proposed = {uid for uid, _ in ours.contexts[1:]}
    assert set(ours.roles) == proposed
    assert set(ours.roles.values()) == set(theirs.roles.values())
    assert len(proposed) > 100
    assert set().union(*ours.syntaxes("1.2.840.10008.5.1.4.1.1.2")) >= set(UNCOMPRESSED)


def test_a_timeout_of_zero_is_none() -> None:
    """Zero seconds would be of no use."""
    request = our_request("echoscu", ["-ta", "0", "-td", "0", "-tn", "0", *ADDRESS])
    assert request.timeouts == (None, None, None)
