"""TLS on every command, against DCMTK and among ourselves; failures are one clear line each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread

from .. import command
from ..certificates import Certificates, Identity
from ..command import Outcome, dcmtools, serving
from ..ports import free_port
from ..samples import read_sample, sample
from .peers import dcmtk
from .peers.processes import Server

pytestmark = pytest.mark.interop

CT = sample("CT_small.dcm")
KEYS = ("-S", "-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={dcmread(CT).StudyInstanceUID}")


def ours(certificates: Certificates, identity: Identity | None = None) -> list[object]:
    """The options of our commands."""
    options: list[object] = ["--tls", "--tls-ca", certificates.authority]
    if identity is not None:
        options += ["--tls-cert", identity.certificate, "--tls-key", identity.key]
    return options


def theirs(certificates: Certificates, identity: Identity) -> list[str]:
    """The options of DCMTK's programs."""
    return ["+tls", *map(str, (identity.key, identity.certificate)), "+cf", str(certificates.authority)]


def content(paths: list[Path]) -> list[tuple[str, bytes]]:
    """SOP Instances and datasets."""
    return sorted((found.sop_instance, found.dataset) for found in map(read_sample, paths))


@pytest.fixture(scope="module")
def storescp(
    certificates: Certificates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[command.Storage]:
    """Our storescp, which wants certificates of its clients."""
    options = [
        *ours(certificates, certificates.server),
        "--tls-require-client-cert",
        "--on-existing",
        "replace",
    ]
    with command.storescp(tmp_path_factory.mktemp("ours"), *options) as storage:
        yield storage


@pytest.mark.parametrize("extended", [False, True])
def test_dcmtk_sends_to_us(certificates: Certificates, storescp: command.Storage, extended: bool) -> None:
    """With DCMTK's default profile, and with the one that takes many ciphers."""
    options = [*theirs(certificates, certificates.client), *(["+pz"] if extended else [])]
    assert dcmtk.dcmtk("echoscu", *options, "localhost", storescp.port).returncode == 0
    sent = dcmtk.dcmtk("storescu", *options, "localhost", storescp.port, CT)
    assert sent.returncode == 0, sent.stderr
    [stored] = storescp.files()
    assert dcmread(stored).PixelData == dcmread(CT).PixelData


def test_we_send_to_dcmtk(certificates: Certificates, tmp_path: Path) -> None:
    with dcmtk.storescp(tmp_path, *theirs(certificates, certificates.server)) as storage:
        options = ours(certificates, certificates.client)
        assert dcmtools("echoscu", *options, "localhost", storage.port).code == 0
        sent = dcmtools("storescu", *options, "localhost", storage.port, CT)
        assert (sent.code, sent.errors()) == (0, [])
        refused = dcmtools("echoscu", *ours(certificates), "localhost", storage.port)
        assert refused.code == 1
    assert content(storage.files()) == content([CT])
    assert "certificate" in refused.stderr


def test_the_archive(certificates: Certificates, tmp_path: Path) -> None:
    """Stored, found, got and moved, always over TLS, to a destination with TLS as well."""
    destination = free_port()
    mine = certificates.server
    settings = (
        f"tls: yes\ntls_cert: {mine.certificate}\ntls_key: {mine.key}\ntls_ca: {certificates.authority}\n"
        "tls_require_client_cert: yes\n"
        f"[STORESCP]\naddress: localhost\nport: {destination}\ntls: yes"
    )
    client = ours(certificates, certificates.client)
    with command.qrscp(tmp_path / "archive", settings=settings) as archive:
        there = ("localhost", archive.port)
        stored = dcmtools("storescu", *client, *there, CT)
        assert (stored.code, stored.errors()) == (0, [])
        found = dcmtools("findscu", *client, *there, *KEYS)
        assert (found.code, found.stdout.count("# Match")) == (0, 1)
        got = dcmtools("getscu", *client, *there, *KEYS, "-od", tmp_path / "got")
        assert (got.code, got.errors()) == (0, [])
        receiver = ours(certificates, certificates.server)  # to the archive it is a client, and a server
        options = ("--store", "--store-port", destination, "-od", tmp_path / "moved", *KEYS)
        moved = dcmtools("movescu", *receiver, *there, *options)
        assert (moved.code, moved.errors()) == (0, []), moved.stderr
        plain = dcmtools("echoscu", *there)
        assert plain.code == 1
    for folder in ("got", "moved"):
        assert content(list((tmp_path / folder).iterdir())) == content([CT])


def test_an_archive_without_a_certificate(tmp_path: Path) -> None:
    failed = dcmtools("qrscp", "--tls", "--port", 0, cwd=tmp_path)
    assert failed.code == 1
    assert failed.errors() == ["E: a server with TLS needs a certificate (--tls-cert, or the key tls_cert)"]


@pytest.fixture(scope="module", params=["expired", "elsewhere", "foreign"])
def bad_server(
    request: pytest.FixtureRequest, certificates: Certificates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Server]]:
    identity: Identity = getattr(certificates, request.param)
    with serving(tmp_path_factory.mktemp("bad"), "echoscp", *ours(certificates, identity)) as server:
        yield request.param, server


REASONS = {
    "expired": "the certificate of the peer has expired",
    "elsewhere": "the certificate of the peer is for another host "
    "(--tls-server-name sets the name to expect)",
    "foreign": "the certificate of the peer comes from an authority that is not known "
    "(--tls-ca names a file with the authorities to trust)",
}


def test_a_bad_server_is_one_line(certificates: Certificates, bad_server: tuple[str, Server]) -> None:
    name, server = bad_server
    refused = dcmtools("echoscu", *ours(certificates), "localhost", server.port)
    assert refused.code == 1
    assert refused.errors() == [f"E: localhost:{server.port}: TLS failed: {REASONS[name]}"]
    assert dcmtools("echoscu", "--tls", "--tls-no-verify", "localhost", server.port).code == 0


def test_a_client_without_certificate_is_one_line(
    certificates: Certificates, storescp: command.Storage
) -> None:
    refused = dcmtools("echoscu", *ours(certificates), "localhost", storescp.port)
    assert refused.code == 1
    line = f"{storescp.port}: TLS failed: the peer wants a certificate (--tls-cert and --tls-key name mine)"
    assert refused.error_about(line)
    assert _refusals(storescp)[-1].endswith("failed: the peer has no certificate")


def test_a_client_without_tls_is_one_line(storescp: command.Storage) -> None:
    before = len(_refusals(storescp))
    assert dcmtools("echoscu", "localhost", storescp.port).code == 1
    [line] = _refusals(storescp)[before:]
    assert line.endswith("failed: the peer does not speak TLS")


def _refusals(storage: command.Storage) -> list[str]:
    return [line for line in storage.server.output().splitlines() if line.startswith("E: TLS with ")]


def test_a_wrong_file_is_named(certificates: Certificates) -> None:
    failed: Outcome = dcmtools("echoscp", "--tls", "--tls-cert", certificates.server.certificate, 0)
    assert failed.code == 1
    [line] = failed.errors()
    assert line.startswith(f"E: {certificates.server.certificate}: there is no private key in it")
