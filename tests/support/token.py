"""Real tokens for tests: SoftHSM2 in a directory of its own, with certificates made here.

Use it as ``hsm = softhsm_token(tmp_path)``, then ``serial = hsm.add_token(entries=[issue(MST)])`` and
``TokenWorker(hsm.module, hsm.environment)``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError
from chukyso.token.model import TokenCertificate
from chukyso.token.modules import find_softhsm

MST = "0101234565"
OTHER_MST = "0201234569"
PIN = "12345678"
WRONG_PIN = "24681357"
HERE = Path(__file__).parent
NOW = datetime.now(UTC).replace(microsecond=0)

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_CURVES = {"secp256r1": "06082a8648ce3d030107", "secp384r1": "06052b81040022"}  # their OIDs, DER


@cache
def rsa_key(number: int = 0) -> rsa.RSAPrivateKey:
    """A key for each number, made once per test run."""
    return rsa.generate_private_key(65537, 2048)


@cache
def ec_key(number: int = 0, bits: int = 256) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP384R1() if bits == 384 else ec.SECP256R1())


@dataclass(frozen=True)
class Entry:
    """A certificate and what goes with it onto a token.

    Attributes:
        certificate: The certificate.
        key: Its private key.
        key_id: ``CKA_ID`` of all its objects.
        private: How many private keys to write: 0 leaves the certificate without one.
        public: Write the public key, which can be seen without login.
        always_authenticate: The key wants the PIN for each signature.
        raw: What lies on the token instead of ``certificate``, which then tells the key's owner only.
        label: ``CKA_LABEL`` of the certificate.
    """

    certificate: x509.Certificate
    key: PrivateKey
    key_id: bytes
    private: int = 1
    public: bool = True
    always_authenticate: bool = False
    raw: bytes = b""
    label: str = ""

    @property
    def der(self) -> bytes:
        return self.raw or self.certificate.public_bytes(Encoding.DER)

    @property
    def parsed(self) -> Certificate:
        return Certificate.from_der(self.der)

    @property
    def on_token(self) -> TokenCertificate:
        return TokenCertificate(self.parsed, self.key_id, has_key=bool(self.private), label="")


def issue(
    tax_code: str | None = MST,
    *,
    starts: int = -30,
    ends: int = 365,
    until: datetime | None = None,
    key: PrivateKey | None = None,
    key_id: bytes | None = None,
    **options: Any,
) -> Entry:
    """Make a self-signed organisation certificate, laid out as facts §5 say.

    Args:
        tax_code: The MST in the UID attribute; None for none.
        starts: Start of validity, days from now.
        ends: End of validity, days from now.
        until: The same as a moment.
        key: The key; by default one that all certificates share.
        key_id: ``CKA_ID``; by default from the serial number.
        options: Further fields of ``Entry``.
    """
    key = key or rsa_key()
    names = [x509.NameAttribute(NameOID.COMMON_NAME, "CÔNG TY TNHH THỬ NGHIỆM")]
    if tax_code:
        names.append(x509.NameAttribute(NameOID.USER_ID, f"MST:{tax_code}"))
    name = x509.Name(names)
    serial = x509.random_serial_number()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(NOW + timedelta(days=starts))
        .not_valid_after(until or NOW + timedelta(days=ends))
        .sign(key, hashes.SHA256())
    )
    return Entry(certificate, key, serial.to_bytes(20)[-8:] if key_id is None else key_id, **options)


@dataclass(frozen=True)
class SoftHsm:
    """SoftHSM2 with its tokens in one directory.

    Attributes:
        directory: Everything is below it.
        module: The module's file.
        environment: What a process needs to see these tokens.
    """

    directory: Path
    module: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def tokens(self) -> Path:
        return self.directory / "tokens"

    def configure(self, mechanisms: str = "ALL") -> None:
        """Write the configuration, optionally with these mechanisms only (``CKM_…,CKM_…``)."""
        self.tokens.mkdir(parents=True, exist_ok=True)
        Path(self.environment["SOFTHSM2_CONF"]).write_text(
            f"directories.tokendir = {self.tokens.as_posix()}\nobjectstore.backend = file\nlog.level = ERROR\n"
            f"slots.mechanisms = {mechanisms}\n",
            encoding="utf-8",
        )

    def add_token(self, label: str = "token", pin: str = PIN, entries: list[Entry] | None = None) -> str:
        """Set a token up and return its serial number."""
        job = {
            "module": str(self.module),
            "label": label,
            "pin": pin,
            "so_pin": "so-pin-1234",
            "objects": [item for entry in entries or [] for item in _objects(entry)],
        }
        done = subprocess.run(
            [sys.executable, str(HERE / "softhsm_writer.py")],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **self.environment},
        )
        assert done.returncode == 0, done.stderr
        serial: str = json.loads(done.stdout)["serial"]
        return serial


def softhsm_token(directory: Path) -> SoftHsm:
    """An empty SoftHSM2 below a directory; skips the test where SoftHSM2 is not installed."""
    try:
        module = find_softhsm()
    except ChukysoError as error:
        pytest.skip(str(error))
    directory.mkdir(parents=True, exist_ok=True)
    hsm = SoftHsm(directory, module, {"SOFTHSM2_CONF": str(directory / "softhsm2.conf")})
    hsm.configure()
    return hsm


@cache
def _compiler() -> str | None:
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def build_shim(directory: Path) -> Path:
    """Compile ``token_shim.c``; skips the test where there is no C compiler."""
    compiler = _compiler()
    if compiler is None or sys.platform == "win32":
        pytest.skip("no C compiler for the module that misbehaves")
    target = directory / "token_shim.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-o", str(target), str(HERE / "token_shim.c"), "-ldl"]
    subprocess.run(command, check=True)
    return target


def _objects(entry: Entry) -> list[dict[str, Any]]:
    subject = entry.certificate.subject.public_bytes().hex()
    common = {"CKA_TOKEN": True, "CKA_ID": entry.key_id.hex()}
    private, public = _key_parts(entry.key)
    certificate = {
        "CKA_CLASS": "CKO_CERTIFICATE",
        "CKA_CERTIFICATE_TYPE": "CKC_X_509",
        "CKA_SUBJECT": subject,
        "CKA_ISSUER": entry.certificate.issuer.public_bytes().hex(),
        "CKA_SERIAL_NUMBER": _der_integer(entry.certificate.serial_number).hex(),
        "CKA_VALUE": entry.der.hex(),
        "CKA_LABEL": entry.label.encode().hex(),
        **common,
    }
    secret = {
        "CKA_CLASS": "CKO_PRIVATE_KEY",
        "CKA_PRIVATE": True,
        "CKA_SENSITIVE": True,
        "CKA_SIGN": True,
        "CKA_ALWAYS_AUTHENTICATE": entry.always_authenticate,
        **common,
        **private,
    }
    visible = {"CKA_CLASS": "CKO_PUBLIC_KEY", "CKA_PRIVATE": False, "CKA_VERIFY": True, **common, **public}
    return [certificate, *[secret] * entry.private, *([visible] if entry.public and entry.private else [])]


def _key_parts(key: PrivateKey) -> tuple[dict[str, Any], dict[str, Any]]:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        curve = {"CKA_KEY_TYPE": "CKK_EC", "CKA_EC_PARAMS": _CURVES[key.curve.name]}
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        value = key.private_numbers().private_value
        return {**curve, "CKA_VALUE": _hex(value)}, {**curve, "CKA_EC_POINT": (bytes([4, len(point)]) + point).hex()}
    numbers = key.private_numbers()
    public = {
        "CKA_KEY_TYPE": "CKK_RSA",
        "CKA_MODULUS": _hex(numbers.public_numbers.n),
        "CKA_PUBLIC_EXPONENT": _hex(numbers.public_numbers.e),
    }
    private = {
        "CKA_PRIVATE_EXPONENT": _hex(numbers.d),
        "CKA_PRIME_1": _hex(numbers.p),
        "CKA_PRIME_2": _hex(numbers.q),
        "CKA_EXPONENT_1": _hex(numbers.dmp1),
        "CKA_EXPONENT_2": _hex(numbers.dmq1),
        "CKA_COEFFICIENT": _hex(numbers.iqmp),
    }
    return {**public, **private}, public


def _der_integer(number: int) -> bytes:
    value = number.to_bytes(number.bit_length() // 8 + 1)
    return bytes([2, len(value)]) + value


def _hex(number: int) -> str:
    return number.to_bytes((number.bit_length() + 7) // 8).hex()


def failure(action: Callable[[], object]) -> ChukysoError:
    """The error that the action ends in; no PIN is in it."""
    with pytest.raises(ChukysoError) as raised:
        action()
    shown = f"{raised.value} {raised.value.detail} {raised.value.context}"
    assert PIN not in shown
    assert WRONG_PIN not in shown
    return raised.value
