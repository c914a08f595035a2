"""Certificates of organisations: serial, tax code, owner, issuer, validity.

The tax code is read from the subject attribute with OID 0.9.2342.19200300.100.1.1 (UID), value ``MST:<mst>`` or
``MST:<mst>-<branch>``, by OID and never from rendered text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from chukyso.certificate_limits import TooComplex, check_limits
from chukyso.errors import ChukysoError, Code

_MST_VALUE = re.compile(r"(?a:MST:(\d{10}(?:-\d{3})?))")


class KeyKind(StrEnum):
    """Kind of the certificate's public key."""

    RSA = "rsa"
    EC = "ec"


def normalise_serial(text: str) -> str:
    """Return a serial as lower-case hex without separators or leading zeros, so that two spellings compare equal."""
    digits = re.sub(r"[\s:.\-]", "", text).lower().removeprefix("0x")
    if not re.fullmatch(r"[0-9a-f]+", digits):
        raise ChukysoError(Code.OPTION_INVALID, name="CERT_SERIAL", reason="số sê-ri phải là số thập lục phân")
    return digits.lstrip("0") or "0"


@dataclass(frozen=True)
class Certificate:
    """What the product needs to know of one X.509 certificate.

    Attributes:
        der: The certificate, DER.
        serial: Serial number, hex as ``normalise_serial`` writes it.
        tax_code: The MST from the UID attribute, or "" when there is none or it is not clear which.
        owner: Common name of the subject.
        issuer: Common name of the issuer.
        subject_dn: Subject, RFC 4514.
        issuer_dn: Issuer, RFC 4514.
        not_before: Start of validity, UTC, aware.
        not_after: End of validity, UTC, aware.
        key_kind: Kind of the public key.
        key_bits: Size of the public key in bits.
    """

    der: bytes
    serial: str
    tax_code: str
    owner: str
    issuer: str
    subject_dn: str
    issuer_dn: str
    not_before: datetime
    not_after: datetime
    key_kind: KeyKind
    key_bits: int

    @classmethod
    def from_der(cls, der: bytes) -> Certificate:
        """Parse a DER certificate.

        Raises:
            ChukysoError: ``CERT_UNREADABLE`` when it is not a certificate, or larger than any;
                ``CERT_KEY_UNSUPPORTED`` when its key is neither RSA nor EC.
        """
        try:
            check_limits(der)
        except TooComplex as error:
            raise ChukysoError(Code.CERT_UNREADABLE, str(error), reason="quá lớn hoặc quá rối") from error
        try:
            parsed = x509.load_der_x509_certificate(der)
            serial = f"{parsed.serial_number:x}"
            subject, issuer = parsed.subject, parsed.issuer
            not_before, not_after = parsed.not_valid_before_utc, parsed.not_valid_after_utc
            key = parsed.public_key()
        except UnsupportedAlgorithm as error:  # an algorithm or a curve that ``cryptography`` has never heard of
            raise ChukysoError(
                Code.CERT_KEY_UNSUPPORTED, str(error), serial=serial, reason="không phải RSA, EC"
            ) from error
        except (ValueError, TypeError, x509.InvalidVersion) as error:
            raise ChukysoError(Code.CERT_UNREADABLE, str(error), reason="không phải X.509") from error
        if isinstance(key, rsa.RSAPublicKey):
            kind, bits = KeyKind.RSA, key.key_size
        elif isinstance(key, ec.EllipticCurvePublicKey):
            kind, bits = KeyKind.EC, key.key_size
        else:
            raise ChukysoError(
                Code.CERT_KEY_UNSUPPORTED, type(key).__name__, serial=serial, reason="không phải RSA, EC"
            )
        return cls(
            der=der,
            serial=serial,
            tax_code=read_tax_code(subject),
            owner=_common_name(subject),
            issuer=_common_name(issuer),
            subject_dn=subject.rfc4514_string(),
            issuer_dn=issuer.rfc4514_string(),
            not_before=not_before,
            not_after=not_after,
            key_kind=kind,
            key_bits=bits,
        )

    def x509(self) -> x509.Certificate:
        """The certificate as an object of the ``cryptography`` package."""
        return x509.load_der_x509_certificate(self.der)

    def public_key_der(self) -> bytes:
        """SubjectPublicKeyInfo, DER: equal for certificates over the same key."""
        return self.x509().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def valid_at(self, moment: datetime) -> bool:
        return self.not_before <= moment <= self.not_after


def read_tax_code(subject: x509.Name) -> str:
    """Return the one MST of the subject's UID attributes, or "" when it is missing, doubled or malformed.

    ASCII digits only, so a look-alike character is no match; other UID values (``CCCD:…``) are ignored.
    """
    found = []
    for attribute in subject.get_attributes_for_oid(NameOID.USER_ID):
        value = attribute.value if isinstance(attribute.value, str) else ""
        if value.upper().startswith("MST"):
            match = _MST_VALUE.fullmatch(value)
            found.append(match.group(1) if match else "")
    return found[0] if len(found) == 1 else ""


def _common_name(name: x509.Name) -> str:
    values = [attribute.value for attribute in name.get_attributes_for_oid(NameOID.COMMON_NAME)]
    return str(values[0]) if values else name.rfc4514_string()
