"""The server certificate of an installation: a leaf, renewed, never a CA, its key for nobody else."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID

from chukyso.agent.tls import ServerCertificate, server_certificate
from chukyso.errors import Code
from fixtures_agent import error_of

OPENSSL = shutil.which("openssl")
NOW = datetime.now(UTC)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "state" / "tls"


def certificate_of(found: ServerCertificate) -> x509.Certificate:
    return x509.load_pem_x509_certificate(found.cert_path.read_bytes())


def test_it_is_a_leaf_for_this_machine_and_nothing_can_be_issued_with_it(directory: Path) -> None:
    certificate = certificate_of(server_certificate(directory))
    extensions = certificate.extensions
    basic = extensions.get_extension_for_class(x509.BasicConstraints)
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert (basic.critical, basic.value.ca) == (True, False)
    assert usage.critical
    assert (usage.value.digital_signature, usage.value.key_cert_sign, usage.value.crl_sign) == (True, False, False)
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    assert list(extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert timedelta(days=360) < certificate.not_valid_after_utc - NOW < timedelta(days=398)


@pytest.mark.skipif(OPENSSL is None, reason="openssl is the second opinion here")
def test_openssl_takes_nothing_that_was_issued_with_it(directory: Path, tmp_path: Path) -> None:
    found = server_certificate(directory)
    request, issued = tmp_path / "request.pem", tmp_path / "issued.pem"
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(tmp_path / "key.pem")]
    run(["req", "-new", *key, "-subj", "/CN=portal.example", "-out", str(request)])
    signer = ["-CA", str(found.cert_path), "-CAkey", str(found.key_path), "-CAcreateserial"]
    run(["x509", "-req", "-in", str(request), *signer, "-out", str(issued)], cwd=tmp_path)
    with pytest.raises(subprocess.CalledProcessError):
        run(["verify", "-CAfile", str(found.cert_path), str(issued)])
    run(["verify", "-CAfile", str(found.cert_path), str(found.cert_path)])  # itself it takes


def run(arguments: list[str], cwd: Path | None = None) -> None:
    subprocess.run([str(OPENSSL), *arguments], check=True, capture_output=True, cwd=cwd)


@pytest.mark.skipif(sys.platform == "win32", reason="there the directory of the user's profile says who may read")
def test_nobody_else_can_read_the_key(directory: Path) -> None:
    found = server_certificate(directory)
    assert found.key_path.stat().st_mode & 0o777 == 0o600
    assert directory.stat().st_mode & 0o077 == 0
    found.key_path.chmod(0o640)
    replaced = server_certificate(directory)
    assert replaced.sha256 != found.sha256  # somebody may have read it
    assert not found.key_path.exists()


def test_the_same_until_it_nears_its_end(directory: Path) -> None:
    first = server_certificate(directory)
    assert server_certificate(directory) == first
    assert server_certificate(directory, first.not_after - timedelta(days=31)) == first
    second = server_certificate(directory, first.not_after - timedelta(days=29))
    assert second.sha256 != first.sha256
    assert second.spki_sha256 != first.spki_sha256  # with a new key
    assert not first.key_path.exists()


def test_another_installation_has_another_key(tmp_path: Path) -> None:
    assert server_certificate(tmp_path / "1").spki_sha256 != server_certificate(tmp_path / "2").spki_sha256


def test_agents_that_start_at_once_agree(directory: Path) -> None:
    together = threading.Barrier(8)

    def start() -> ServerCertificate:
        together.wait()
        return server_certificate(directory)

    with ThreadPoolExecutor(8) as pool:
        found = {each.result() for each in [pool.submit(start) for _ in range(8)]}
    assert len(found) == 1
    assert [path.name for path in directory.iterdir()] == ["1"]  # no draft is left


@pytest.mark.parametrize("broken", ["key.pem", "certificate.pem"])
@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN"])
def test_what_is_broken_is_made_anew(directory: Path, broken: str, content: bytes | None) -> None:
    first = server_certificate(directory)
    path = first.key_path.parent / broken
    path.unlink()
    if content is not None:
        path.touch(0o600)
        path.write_bytes(content)
    second = server_certificate(directory)
    assert second.sha256 != first.sha256
    assert server_certificate(directory) == second


def test_a_key_of_another_certificate_and_a_ca_are_not_used(directory: Path) -> None:
    first = server_certificate(directory)
    key = ec.generate_private_key(ec.SECP256R1())
    first.key_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    second = server_certificate(directory)
    assert second.sha256 != first.sha256
    certificate = certificate_of(second)
    builder = (
        x509.CertificateBuilder(certificate.issuer, certificate.subject, key.public_key(), certificate.serial_number)
        .not_valid_before(certificate.not_valid_before_utc)
        .not_valid_after(certificate.not_valid_after_utc)
    )
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    ca = builder.add_extension(names, critical=False).add_extension(x509.BasicConstraints(True, None), critical=True)
    second.key_path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    second.cert_path.write_bytes(ca.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    third = server_certificate(directory)
    assert not certificate_of(third).extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert third.cert_path != second.cert_path


def test_a_place_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert error_of(lambda: server_certificate(tmp_path / "file" / "tls")) is Code.AGENT_FAILED


@pytest.mark.parametrize(
    ("name", "accepted"), [("localhost", True), ("127.0.0.1", True), ("::1", True), ("portal.example", False)]
)
def test_a_client_takes_it_for_this_machine_alone(directory: Path, name: str, accepted: bool) -> None:
    found = server_certificate(directory)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(found.cert_path, found.key_path)
    client = ssl.create_default_context(cafile=str(found.cert_path))
    ours, theirs = socket.socketpair()

    def answer() -> None:
        try:
            server.wrap_socket(ours, server_side=True).close()
        except (ssl.SSLError, OSError):
            ours.close()  # the client hung up: that is what is tested

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        with client.wrap_socket(theirs, server_hostname=name) as wrapped:
            shown = wrapped.getpeercert(binary_form=True) or b""
        assert accepted
        assert x509.load_der_x509_certificate(shown).fingerprint(hashes.SHA256()).hex(":").upper() == found.sha256
    except ssl.SSLCertVerificationError:
        assert not accepted
    finally:
        theirs.close()
        thread.join()
