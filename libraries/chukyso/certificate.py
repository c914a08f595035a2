"""Certificates of organisations: serial, tax code, owner, issuer, validity.

The tax code is read from the subject attribute with OID 0.9.2342.19200300.100.1.1 (UID), value ``MST:<mst>`` with a
tax code as ``taxcode`` knows them, by OID and never from rendered text.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from chukyso.certificate_limits import TooComplex, check_limits
from chukyso.errors import ChukysoError, Code
from chukyso.lenient import load_certificate
from chukyso.taxcode import PATTERN
from chukyso.text import name_character, visible

_HEX_DIGITS = frozenset(string.hexdigits)
_DASHES = r"\-\u2010-\u2015\u2212"  # hyphens and dashes that word processors make of a hyphen
_SEPARATOR = re.compile(rf"[\s:.{_DASHES}]")
_MINUS = re.compile(rf"[{_DASHES}]")
_MST_VALUE = re.compile(rf"MST:({PATTERN})")


class KeyKind(StrEnum):
    """Kind of the certificate's public key."""

    RSA = "rsa"
    EC = "ec"


class NotASerialError(ValueError):
    """A text that is no serial; ``str`` says why, Vietnamese, to follow the text in a sentence."""


@dataclass(frozen=True)
class ShownCertificate:
    """A certificate as a screen shows it, all as text."""

    serial: str
    owner: str
    tax_code: str
    issuer: str
    valid_from: str
    valid_to: str


def write_serial(number: int) -> str:
    """A serial as the bytes of its INTEGER in lower-case hex without leading zeros, as Windows and browsers show it.

    A negative one (RFC 5280 forbids it, older authorities issued it) is its two's complement: -0x54ac is ``ab54``.
    """
    return f"{number:x}" if number >= 0 else number.to_bytes((number + 1).bit_length() // 8 + 1, signed=True).hex()


def read_serial(text: str) -> str:
    """Return a serial, however it is spelled in hex, as ``write_serial`` writes it.

    Case, leading zeros, blanks, colons, points, hyphens, ``0x`` and what cannot be seen (Unicode Cf) do not count; a
    hyphen at the beginning is a minus, as OpenSSL writes it.

    Raises:
        NotASerialError: It holds something else.
    """
    shown = visible(text)
    digits = re.sub("^0[xX]", "", _SEPARATOR.sub("", shown))
    odd = next((char for char in digits if char not in _HEX_DIGITS), "")
    if odd:
        raise NotASerialError(f"có ký tự {name_character(odd)}, không phải số thập lục phân")
    if not digits:
        raise NotASerialError("không có chữ số nào")
    return write_serial(-int(digits, 16) if _MINUS.match(shown) else int(digits, 16))


def normalise_serial(text: str, name: str = "CERT_SERIAL") -> str:
    """``read_serial`` of what an option says.

    Raises:
        ChukysoError: ``OPTION_INVALID`` of the option with this name.
    """
    try:
        return read_serial(text)
    except NotASerialError as error:
        raise ChukysoError(Code.OPTION_INVALID, f"{text!a}", name=name, reason=f"số sê-ri {error}") from error


@dataclass(frozen=True)
class Certificate:
    """What the product needs to know of one X.509 certificate.

    Attributes:
        der: The certificate, DER.
        serial: Serial number, as ``write_serial`` writes it.
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
            parsed = load_certificate(der)
            serial = write_serial(parsed.serial_number)
            subject, issuer = parsed.subject, parsed.issuer
            not_before, not_after = parsed.not_valid_before_utc, parsed.not_valid_after_utc
            key = parsed.public_key()
        except UnsupportedAlgorithm as error:  # an algorithm or a curve that ``cryptography`` has never heard of
            raise ChukysoError(
                Code.CERT_KEY_UNSUPPORTED, str(error), serial=serial, reason="không phải RSA, EC"
            ) from error
        except (ValueError, TypeError, x509.InvalidVersion) as error:
            raise ChukysoError(Code.CERT_UNREADABLE, str(error), reason=_why_unreadable(str(error))) from error
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
        """The certificate as an object of the ``cryptography`` package, for names, dates, extensions and key.

        Its bytes, hash and signature may be others than those of ``der``: see ``lenient``.
        """
        return load_certificate(self.der)

    def issued_by(self, issuer: Certificate) -> bool:
        """Whether the issuer has the name that this certificate gives its issuer, and its key made the signature."""
        parsed, raw, key = self.x509(), asn1_x509.Certificate.load(self.der), issuer.x509().public_key()
        signed, value, how = raw["tbs_certificate"].dump(), raw.signature, parsed.signature_algorithm_parameters
        try:
            if isinstance(key, rsa.RSAPublicKey) and isinstance(how, padding.AsymmetricPadding):
                key.verify(value, signed, how, parsed.signature_hash_algorithm or hashes.SHA256())
            elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(how, ec.ECDSA):
                key.verify(value, signed, how)
            else:
                return False
        except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature):
            return False
        return parsed.issuer == issuer.x509().subject

    def public_key_der(self) -> bytes:
        """SubjectPublicKeyInfo, DER: equal for certificates over the same key."""
        return self.x509().public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def valid_at(self, moment: datetime) -> bool:
        return self.not_before <= moment <= self.not_after


_PARTS = {
    "serial": "số sê-ri ghi sai dạng",
    "validity": "thời hạn hiệu lực ghi sai dạng",
    "year": "thời hạn hiệu lực ghi sai dạng",
    "BitString": "tên hoặc mã số thuế có ký tự không đúng kiểu",
    "Attribute": "tên hoặc mã số thuế có ký tự không đúng kiểu",
    "subject": "tên hoặc mã số thuế có ký tự không đúng kiểu",
}


def _why_unreadable(detail: str) -> str:
    """What is wrong with a certificate, Vietnamese, from what ``cryptography`` says of it."""
    return next((reason for part, reason in _PARTS.items() if part in detail), "không phải X.509")


def read_tax_code(subject: x509.Name) -> str:
    """Return the one MST of the subject's UID attributes, or "" when it is missing, doubled or malformed.

    ASCII digits only, so a look-alike character is no match; other UID values are ignored: ``CCCD:…`` is its holder's
    number also where that is the tax code of a household business, but does not say that it is used as one.
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
    return str(values[0]) if values and values[0] else name.rfc4514_string()
