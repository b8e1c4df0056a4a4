"""Who is let in, as it is seen from the other side: the right A-ASSOCIATE-RJ for each who is not."""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack

import pytest
from pynetdicom import AE
from pynetdicom.sop_class import Verification

from dcmtools.errors import AssociationRejectedError, IdentityNotConfirmedError
from dcmtools.net.access import Access, parse_networks
from dcmtools.net.association import Peer, associate
from dcmtools.net.echo import echo, verification_context
from dcmtools.net.events import Listening, Rejected
from dcmtools.net.identity import IdentityType, UserIdentity
from dcmtools.net.users import UserFile
from tests.net.conftest import BRIEF, serving
from tests.net.test_users import cheap

CONTEXTS = [verification_context(["1.2.840.10008.1.2"])]


@pytest.fixture
def users(tmp_path):
    path = tmp_path / "users"
    path.write_text(f"anna:{cheap(b'secret')}\nscanner:\n")
    return UserFile(path)


def peer(running, identity=None, called_aet="SCP"):
    return Peer("127.0.0.1", running.port, called_aet, identity=identity)


def with_password(name, password, **options):
    return UserIdentity(IdentityType.USERNAME_AND_PASSCODE, name, password, **options)


def is_served(there):
    with associate(there, "SCU", CONTEXTS, BRIEF) as association:
        return [event.status for event in echo(association, 1)] == [0]


def rejection(running, calling_aet="SCU", called_aet="SCP"):
    """Result, source and reason that pynetdicom, as an independent requestor, is rejected with."""
    seen = []
    entity = AE(calling_aet)
    entity.add_requested_context(Verification)
    association = entity.associate("127.0.0.1", running.port, ae_title=called_aet)
    if association.is_rejected:
        answer = association.acceptor.primitive
        seen = [answer.result, answer.result_source, answer.diagnostic]
    elif association.is_established:
        association.release()
    return seen


@pytest.mark.parametrize(
    ("access", "expected", "why"),
    [
        (Access(calling_aets=frozenset({"OTHER"})), [1, 1, 3], "calling AE title not recognised"),
        (Access(called_aet="OTHER"), [1, 1, 7], "called AE title not recognised"),
        (Access(networks=parse_networks(["192.0.2.0/24"])), [1, 1, 1], "address not allowed"),
    ],
)
def test_the_codes_of_a_rejection(access, expected, why):
    with serving(access=access) as running:
        assert isinstance(running.event(), Listening)
        assert rejection(running) == expected
        assert running.event() == Rejected("SCU", "SCP", "127.0.0.1", why)


def test_those_who_are_on_every_list_are_served():
    access = Access(frozenset({"SCU"}), parse_networks(["127.0.0.0/8"]), called_aet="SCP ")
    with serving(access=access) as running:
        assert is_served(peer(running))


@pytest.mark.parametrize("limits", [{"max_associations": 2}, {"max_per_address": 2}])
def test_more_than_the_maximum_are_rejected_for_now(limits):
    with serving(**limits) as running, ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(associate(peer(running), "SCU", CONTEXTS, BRIEF))
        assert rejection(running) == [2, 3, 2]
        with pytest.raises(AssociationRejectedError) as caught:
            is_served(peer(running))
        assert caught.value.is_transient
        stack.close()
        running.wait_until_idle()
        assert is_served(peer(running))


@pytest.mark.skipif(sys.platform != "linux", reason="needs a second loopback address")
def test_a_maximum_of_one_address_leaves_room_for_others():
    """All of 127.0.0.0/8 is this machine, so that a second address is at hand."""
    with serving(max_per_address=1) as running:
        with associate(peer(running), "SCU", CONTEXTS, BRIEF):
            entity = AE("SCU")
            entity.add_requested_context(Verification)
            other = entity.associate("127.0.0.1", running.port, bind_address=("127.0.0.2", 0))
            assert other.is_established
            other.release()


def test_a_user_with_the_right_password(users):
    with serving(access=Access(users=users)) as running:
        assert is_served(peer(running, with_password(b"anna", b"secret")))
        assert is_served(peer(running, with_password(b"anna", b"secret", wants_response=True)))
        assert is_served(peer(running, UserIdentity(IdentityType.USERNAME, b"scanner", wants_response=True)))


@pytest.mark.parametrize(
    "identity",
    [
        with_password(b"anna", b"wrong"),
        with_password(b"nobody", b"secret"),
        UserIdentity(IdentityType.USERNAME, b"anna"),
        UserIdentity(IdentityType.KERBEROS, b"ticket"),
        UserIdentity(IdentityType.SAML, b"anna"),
        UserIdentity(IdentityType.JWT, b"anna"),
        None,
    ],
)
def test_all_others_are_rejected(users, identity):
    """PS3.7 section D.3.3.7: by the ACSE related function of the service provider."""
    with serving(access=Access(users=users), max_associations=1) as running:
        for _ in range(2):
            with pytest.raises(
                AssociationRejectedError, match=r"permanently by the service provider \(ACSE\)"
            ):
                is_served(peer(running, identity))
        assert is_served(peer(running, with_password(b"anna", b"secret"))), "a rejected one took a place"


def test_those_without_a_user_name_may_be_let_in(users):
    """What cannot be checked is not confirmed either; a wrong password is wrong still."""
    with serving(access=Access(users=users, anonymous=True)) as running:
        assert is_served(peer(running))
        assert is_served(peer(running, UserIdentity(IdentityType.JWT, b"token")))
        with pytest.raises(IdentityNotConfirmedError):
            is_served(peer(running, UserIdentity(IdentityType.JWT, b"token", wants_response=True)))
        with pytest.raises(AssociationRejectedError):
            is_served(peer(running, with_password(b"anna", b"wrong")))


def test_without_users_nothing_is_confirmed():
    with serving() as running:
        assert is_served(peer(running, with_password(b"anna", b"wrong")))
        with pytest.raises(IdentityNotConfirmedError):
            is_served(peer(running, with_password(b"anna", b"wrong", wants_response=True)))


def test_checks_of_passwords_do_not_hold_up_others():
    """Each is the work of an association's own thread."""

    class Slow:
        checking, may_go_on = threading.Semaphore(0), threading.Event()

        def confirms(self, name, password):
            if name != b"scanner":
                self.checking.release()
                self.may_go_on.wait(30)
            return name == b"scanner"

    users = Slow()

    def attempt():
        with pytest.raises(AssociationRejectedError):
            is_served(peer(running, with_password(b"nobody", b"x")))

    with serving(access=Access(users=users)) as running:
        threads = [threading.Thread(target=attempt) for _ in range(3)]
        for thread in threads:
            thread.start()
        assert all(users.checking.acquire(timeout=10) for _ in threads)
        assert is_served(peer(running, UserIdentity(IdentityType.USERNAME, b"scanner")))
        users.may_go_on.set()
        for thread in threads:
            thread.join()
