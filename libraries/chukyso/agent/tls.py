"""Key and certificate with which the agent answers pages that insist on ``wss://`` or ``https://``.

The key is made on this machine, for this installation, and never leaves it. The certificate is a self-signed **leaf**
for ``localhost``, ``127.0.0.1`` and ``::1``: it is no CA and nothing can be issued with it, so whoever copies the key
can pose as a service of this machine and as nothing else. Nothing is ever put into a trust store here; how an operator
trusts the certificate is in ``docs/dialects/README.md``.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chukyso.errors import ChukysoError, Code

_NAMES: tuple[x509.GeneralName, ...] = (
    x509.DNSName("localhost"),
    x509.IPAddress(ip_address("127.0.0.1")),
    x509.IPAddress(ip_address("::1")),
)
_LIFE = timedelta(days=397)  # what browsers let a server's certificate live at most
_RENEWAL = timedelta(days=30)  # before its end
_KEY, _CERTIFICATE = "key.pem", "certificate.pem"
_TRIES = 16  # generations that others may make while this one is being made


@dataclass(frozen=True)
class ServerCertificate:
    """Key and certificate of the agent's TLS listeners.

    Attributes:
        cert_path: The certificate, PEM.
        key_path: The private key, PEM; only this user can read it.
        sha256: Fingerprint of the certificate, as browsers show it: upper-case hex with colons.
        spki_sha256: SHA-256 of its public key, base64.
        not_after: End of its validity, UTC.
    """

    cert_path: Path
    key_path: Path
    sha256: str
    spki_sha256: str
    not_after: datetime


def server_certificate(directory: Path, now: datetime | None = None) -> ServerCertificate:
    """Return this installation's server certificate; make one when there is none, or when it ends within 30 days.

    Each generation is a directory of its own, filled under another name and then renamed: two agents that start at once
    agree on one, and none ever sees a key without its certificate.

    Args:
        directory: Where the generations are kept; made when missing.
        now: The moment to judge validity by; the present by default.

    Raises:
        ChukysoError: ``AGENT_FAILED`` when it can be neither read nor made.
    """
    moment = now or datetime.now(UTC)
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        for _ in range(_TRIES):
            newest = max(_generations(directory), default=0)
            found = _read(directory / str(newest), moment) if newest else None
            if found is None:
                found = _make(directory, newest + 1, moment)
            if found is not None:
                _forget_older(directory, int(found.cert_path.parent.name))
                return found
    except OSError as error:
        raise ChukysoError(
            Code.AGENT_FAILED, f"server certificate in {directory}: {error}", reason="không tạo được chứng thư số TLS"
        ) from error
    raise ChukysoError(
        Code.AGENT_FAILED, f"no usable generation in {directory}", reason="không tạo được chứng thư số TLS"
    )


def _generations(directory: Path) -> list[int]:
    return [int(path.name) for path in directory.iterdir() if path.name.isascii() and path.name.isdigit()]


def _read(generation: Path, now: datetime) -> ServerCertificate | None:
    """A generation, or None when it is not what it should be: then the next one replaces it."""
    key_path, cert_path = generation / _KEY, generation / _CERTIFICATE
    try:
        key = load_pem_private_key(key_path.read_bytes(), None)
        certificate = x509.load_pem_x509_certificate(cert_path.read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        basic = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (FileNotFoundError, ValueError, TypeError, x509.ExtensionNotFound):
        return None
    if sys.platform != "win32" and key_path.stat().st_mode & 0o077:
        return None  # others could read the key
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - _RENEWAL:
        return None
    spki = _public(key.public_key()) if isinstance(key, ec.EllipticCurvePrivateKey) else b""
    certified = certificate.public_key()
    if not isinstance(certified, ec.EllipticCurvePublicKey) or spki != _public(certified):
        return None
    if basic.ca or tuple(names) != _NAMES:
        return None
    digest = certificate.fingerprint(hashes.SHA256()).hex(":").upper()
    spki_sha256 = base64.b64encode(hashlib.sha256(spki).digest()).decode()
    return ServerCertificate(cert_path, key_path, digest, spki_sha256, certificate.not_valid_after_utc)


def _make(directory: Path, number: int, now: datetime) -> ServerCertificate | None:
    """Make a generation; None when another process was first."""
    draft = Path(tempfile.mkdtemp(prefix="draft-", dir=directory))  # readable for this user only
    target = directory / str(number)
    try:
        key = ec.generate_private_key(ec.SECP256R1())
        _write(draft / _KEY, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        _write(draft / _CERTIFICATE, _issue(key, now).public_bytes(Encoding.PEM))
        try:
            draft.rename(target)  # fails on every system where the target exists and is not empty
        except OSError:
            if not target.is_dir():
                raise
            return None
        return _read(target, now)
    finally:
        shutil.rmtree(draft, ignore_errors=True)  # it is gone already unless another process was first


def _issue(key: ec.EllipticCurvePrivateKey, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "chukyso signing agent on this machine")])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # clocks differ
        .not_valid_after(now + _LIFE)
        .add_extension(x509.SubjectAlternativeName(_NAMES), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


def _public(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _write(path: Path, data: bytes) -> None:
    """Write a new file that only this user can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _forget_older(directory: Path, current: int) -> None:
    for number in _generations(directory):
        if number < current:
            shutil.rmtree(directory / str(number), ignore_errors=True)  # in use on Windows: the next start removes it
