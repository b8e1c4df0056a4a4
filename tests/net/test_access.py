"""Who may associate, by AE title and host."""

from __future__ import annotations

import pytest

from dcmtools.errors import AssociationRejectedError, InputError
from dcmtools.net.access import (
    ADDRESS_NOT_ALLOWED,
    CALLING_AET_UNKNOWN,
    Access,
    Requestor,
    Rights,
    parse_networks,
    plain_address,
)
from dcmtools.net.association import Peer, associate
from dcmtools.net.echo import echo, verification_context
from tests.net.conftest import BRIEF, serving


def test_everyone_may_do_everything_by_default():
    assert Access().rejection(Requestor("ANY", "ANY", "203.0.113.9")) is None
    assert Access().rights_of("ANY") == Rights(read=True, write=True)


@pytest.mark.parametrize(
    ("calling_aet", "host", "rejection"),
    [
        ("KNOWN", "10.1.2.3", None),
        ("KNOWN   ", "::ffff:10.1.2.3", None),
        ("KNOWN", "2001:db8::5", None),
        ("KNOWN", "11.1.2.3", ADDRESS_NOT_ALLOWED),
        ("KNOWN", "2001:db9::5", ADDRESS_NOT_ALLOWED),
        ("KNOWN", "", ADDRESS_NOT_ALLOWED),
        ("known", "10.1.2.3", CALLING_AET_UNKNOWN),
        ("", "10.1.2.3", CALLING_AET_UNKNOWN),
    ],
)
def test_lists_of_those_who_may(calling_aet, host, rejection):
    access = Access(frozenset({"KNOWN"}), parse_networks(["10.0.0.0/8", "2001:db8::/32"]))
    assert access.rejection(Requestor(calling_aet, "SCP", host)) == rejection


def test_rights_are_those_of_the_title_or_of_the_others():
    access = Access(rights={"WRITER": Rights(read=False)}, other_rights=Rights(write=False))
    assert access.rights_of("WRITER ") == Rights(read=False, write=True)
    assert access.rights_of("OTHER") == Rights(read=True, write=False)


@pytest.mark.parametrize("text", ["", "host", "10.0.0.0/33", "1.2.3", "10.0.0.1-10.0.0.5"])
def test_what_is_no_network_is_named(text):
    with pytest.raises(InputError, match="no IP address or network") as caught:
        parse_networks(["10.0.0.1", text])
    assert f"'{text}'" in str(caught.value)


@pytest.mark.parametrize(
    ("host", "plain"),
    [
        ("::FFFF:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::1"),
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:1:2", "::ffff:1:2"),
    ],
)
def test_an_address_in_its_plain_form(host, plain):
    assert plain_address(host) == plain


@pytest.mark.parametrize(
    ("access", "reason"),
    [
        (Access(calling_aets=frozenset({"OTHER"})), "calling AE title not recognised"),
        (Access(networks=parse_networks(["192.0.2.0/24"])), "no reason given"),
    ],
)
def test_a_requestor_that_may_not_associate_is_rejected(access, reason):
    with serving(access=access) as running:
        with pytest.raises(AssociationRejectedError, match=reason):
            with associate(
                Peer("127.0.0.1", running.port), "SCU", [verification_context(["1.2.840.10008.1.2"])], BRIEF
            ):
                pass
        assert not running.server.busy


def test_a_rejected_requestor_takes_no_place_of_another():
    access = Access(calling_aets=frozenset({"SCU"}))
    contexts = [verification_context(["1.2.840.10008.1.2"])]
    with serving(access=access, max_associations=1) as running:
        there = Peer("127.0.0.1", running.port)
        for _ in range(3):
            with pytest.raises(AssociationRejectedError, match="calling AE title"):
                with associate(there, "STRANGER", contexts, BRIEF):
                    pass
        with associate(there, "SCU", contexts, BRIEF) as association:
            assert [event.status for event in echo(association, 1)] == [0]
            with pytest.raises(AssociationRejectedError, match="local limit exceeded"):
                with associate(there, "SCU", contexts, BRIEF):
                    pass
