"""Reading certificates whose names are spelled as no standard allows.

Authorities put ``&``, ``@`` and UTF-8 into PrintableString, Latin-1 into TeletexString, and empty parts into names.
OpenSSL and Windows read that; the cryptography package refuses the whole certificate. What a name says is for people
(nothing is decided by it but by the MST, in the attribute UID), so a copy with names in UTF-8 is read instead. The MST,
dates, serial, key and extensions are read from the copy as strictly as ever, for they stand in it as they were.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Final

from asn1crypto import parser, pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

# The cryptography package reads other things that older authorities wrote, and complains: of a negative serial, a
# country in three letters. An operator can do nothing about that.
warnings.filterwarnings("ignore", "Parsed a serial number which wasn't positive|Attribute's length must be")

_UID: Final = bytes.fromhex("060a0992268993f22c640101")  # 0.9.2342.19200300.100.1.1, DER
_UTF8_STRING, _SEQUENCE, _SET = 12, 16, 17
_MISSPELT: Final = frozenset({19, 20, 22})  # PrintableString, TeletexString, IA5String
_CERTIFICATES: Final = frozenset({"CERTIFICATE", "X509 CERTIFICATE"})


def load_certificate(der: bytes) -> x509.Certificate:
    """Parse a certificate.

    The result is for names, dates, serial, extensions and key. It may be a copy with other names: its bytes, hash and
    signature are not the certificate's.

    Raises:
        ValueError: It cannot be read, or ``TypeError``, or another of ``cryptography``'s.
    """
    try:
        return _load(der)
    except ValueError as strict:
        try:
            copy = _with_names_in_utf8(der)
        except (ValueError, TypeError):
            raise strict from None
        return _load(copy)


def read_pem(data: bytes) -> tuple[bytes, ...]:
    """Return the certificates in PEM, DER.

    Raises:
        ValueError: There is none, or one that cannot be read.
    """
    try:
        return _read_pem(data)
    except (TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from error


def _read_pem(data: bytes) -> tuple[bytes, ...]:
    try:
        return tuple(each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(data))
    except ValueError:
        found = tuple(der for kind, _, der in pem.unarmor(data, multiple=True) if kind in _CERTIFICATES)
        for der in found:
            load_certificate(der)
        if found:
            return found
        raise


def _load(der: bytes) -> x509.Certificate:
    certificate = x509.load_der_x509_certificate(der)
    _ = certificate.subject, certificate.issuer  # some strings are looked at only now
    return certificate


def _with_names_in_utf8(der: bytes) -> bytes:
    certificate = asn1_x509.Certificate.load(der, strict=True)
    tbs = certificate["tbs_certificate"]
    parts = [_name(tbs[field]) if field in ("issuer", "subject") else tbs[field].dump() for field in tbs]
    outer = (_constructed(_SEQUENCE, parts), certificate["signature_algorithm"].dump())
    return _constructed(_SEQUENCE, [*outer, certificate["signature_value"].dump()])


def _name(name: asn1_x509.Name) -> bytes:
    parts = ([_attribute(attribute.contents) for attribute in part] for part in name.chosen)
    return _constructed(_SEQUENCE, [_constructed(_SET, part) for part in parts if part])


def _attribute(content: bytes) -> bytes:
    """Type and value, the value as UTF8String when it can be misspelt; a UID stays as it is."""
    kind, value = _values(content)
    tag, text = value[0], parser.parse(value)[4]
    if tag in _MISSPELT and kind != _UID:
        value = parser.emit(0, 0, _UTF8_STRING, _text(text).encode())
    return _constructed(_SEQUENCE, [kind, value])


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _values(content: bytes) -> Iterator[bytes]:
    """The two values that an attribute consists of, DER."""
    first = b"".join(parser.parse(content)[3:])
    yield first
    second = b"".join(parser.parse(content[len(first) :], strict=True)[3:])
    yield second


def _constructed(tag: int, parts: list[bytes]) -> bytes:
    return bytes(parser.emit(0, 1, tag, b"".join(parts)))
