"""An acceptor that says just what a test wants, over the data plane."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian
from pynetdicom import AE

from dcmtools.net.association import EstablishedAssociation, Limits, Peer, associate
from dcmtools.net.contexts import Proposal
from dcmtools.net.tls import PeerTls
from dcmtools.net.transfer.channel import Channel
from dcmtools.net.transfer.entity import listening_server
from dcmtools.net.transfer.stream import LinkEndedError
from dcmtools.net.transfer.takeover import end_now
from tests.net.conftest import BRIEF

CT = str(CTImageStorage)


class Scripted:
    """A service that runs a function in place of serving."""

    def __init__(self, talk: Callable[[Channel], None]) -> None:
        self._talk = talk
        self.errors: list[BaseException] = []

    def requested(self, association) -> None:
        pass

    def serve(self, association) -> None:
        channel = Channel(association)
        try:
            self._talk(channel)
            while True:
                channel.next(5)
        except LinkEndedError:
            channel.close()
        except BaseException as exc:
            self.errors.append(exc)
            end_now(association)

    def ended(self, association) -> None:
        pass


@contextmanager
def peer(
    talk: Callable[[Channel], None],
    limits: Limits = BRIEF,
    *,
    max_pdu: int = 16382,
    sop_classes: Sequence[str] = (CT,),
    negotiation: Sequence[object] = (),
    tls: tuple[ssl.SSLContext, ssl.SSLContext] | None = None,
) -> Iterator[EstablishedAssociation]:
    """Associate with an acceptor that does what `talk` says."""
    entity = AE("SCP")
    entity.maximum_pdu_size = max_pdu
    entity.network_timeout = entity.acse_timeout = 5
    for sop_class in sop_classes:
        roles = {"scu_role": True, "scp_role": True} if negotiation else {}
        entity.add_supported_context(sop_class, [ExplicitVRLittleEndian], **roles)
    service = Scripted(talk)
    server = listening_server(
        entity, ("127.0.0.1", 0), entity.supported_contexts, service=service, ssl_context=tls and tls[1]
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        secured = PeerTls(tls[0], "localhost") if tls else None
        there = Peer("127.0.0.1", server.server_address[1], tls=secured)
        contexts = [Proposal(uid, (str(ExplicitVRLittleEndian),)).context() for uid in sop_classes]
        with associate(
            there,
            "SCU",
            contexts,
            limits,
            negotiation=negotiation,
        ) as association:
            yield association
        assert not service.errors
    finally:
        server.shutdown()
        thread.join()
