"""The named peers as the commands would meet them, and whether they answer."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from dcmtools.cli.app import load
from dcmtools.cli.identity import IdentityOptions
from dcmtools.cli.locating import check_profile
from dcmtools.cli.option_group import UsageError, gather
from dcmtools.cli.options import PeerOptions
from dcmtools.cli.peer import limits, peer
from dcmtools.cli.profiles import SCUS, Profiles
from dcmtools.cli.tls import PeerTlsOptions
from dcmtools.errors import AssociationError, DcmtoolsError
from dcmtools.net.events import KnownPeer
from dcmtools.net.statuses import SUCCESS, describe_status
from dcmtools.net.verifying import verify

_AT_ONCE = 32


class Profile(NamedTuple):
    """A named peer, and how echoscu would talk to it."""

    name: str
    host: str
    port: int
    network: PeerOptions
    tls: PeerTlsOptions
    identity: IdentityOptions

    @property
    def known(self) -> KnownPeer:
        """What is known of it before it was asked."""
        called, calling = self.network.called_aet, self.network.calling_aet
        return KnownPeer(self.name, self.host, self.port, called, calling, self.tls.tls)


def profiles_of(profiles: Profiles, names: Sequence[str]) -> list[Profile]:
    """Return the peers of these names; raises ConfigurationError for a key that any SCU does not take."""
    for command in SCUS:
        with load(command).make_context(command, [], resilient_parsing=True) as context:
            for name in names:
                check_profile(profiles, name, context)
    echoscu = load("echoscu")
    return [_profile(profiles, name, echoscu) for name in names]


def _profile(profiles: Profiles, name: str, echoscu: Any) -> Profile:
    try:
        with echoscu.make_context("echoscu", ["--config", str(profiles.path), name]) as context:
            values = context.params
            groups = gather(PeerOptions(), values), gather(PeerTlsOptions(), values)
            identity = gather(IdentityOptions(), values)
            for group in (*groups, identity):
                group.check()
    except UsageError as exc:
        raise profiles.wrong(name, "peers", exc.format_message()) from None
    return Profile(name, values["addr"], values["port"], *groups, identity)


def checked(profiles: Sequence[Profile]) -> Iterator[KnownPeer]:
    """Ask all peers at once with a C-ECHO each, and yield what came of it in their order."""
    waiting: queue.SimpleQueue[tuple[Profile, queue.SimpleQueue[KnownPeer]]] = queue.SimpleQueue()
    answers = []
    for profile in profiles:
        answer: queue.SimpleQueue[KnownPeer] = queue.SimpleQueue()
        answers.append(answer)
        waiting.put((profile, answer))

    def work() -> None:
        while True:
            try:
                profile, answer = waiting.get_nowait()
            except queue.Empty:
                return
            answer.put(_checked(profile))

    for _ in range(min(len(profiles), _AT_ONCE)):  # daemons: one that hangs must not keep the process
        threading.Thread(target=work, daemon=True).start()
    for answer in answers:
        yield answer.get()


def _checked(profile: Profile) -> KnownPeer:
    network = profile.network
    try:
        there = peer(profile.host, profile.port, network, profile.tls, profile.identity)
        answer = verify(there, network.calling_aet, limits(network))
    except AssociationError as exc:  # in words that do not name the peer once more
        reason = f"{exc.reason} ({exc.hint})" if exc.hint else exc.reason
        return profile.known._replace(is_answering=False, reason=reason)
    except DcmtoolsError as exc:
        return profile.known._replace(is_answering=False, reason=str(exc))
    if answer.status != SUCCESS:
        reason = f"C-ECHO failed: {describe_status(answer.status, 'verification')}"
        return profile.known._replace(is_answering=False, reason=reason)
    return profile.known._replace(is_answering=True, seconds=answer.seconds)
