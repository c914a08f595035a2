"""Certificates as no library writes them any more: real ones with a part exchanged, and signed again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from asn1crypto import parser
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from chukyso.certificate import Certificate
from support.signature import Party, PrivateKey

COMMON_NAME, UID = bytes.fromhex("0603550403"), bytes.fromhex("060a0992268993f22c640101")
INTEGER, UTF8, PRINTABLE, TELETEX, IA5, UTC_TIME, BMP = 2, 12, 19, 20, 22, 23, 30
SEQUENCE, SET = 16, 17


def primitive(tag: int, content: bytes) -> bytes:
    """A value of this universal tag, DER."""
    return bytes(parser.emit(0, 0, tag, content))


def constructed(tag: int, *parts: bytes) -> bytes:
    """A SEQUENCE or SET, DER."""
    return bytes(parser.emit(0, 1, tag, b"".join(parts)))


def name(*attributes: tuple[bytes, bytes]) -> bytes:
    """A Name of attribute types and values, DER."""
    return constructed(SEQUENCE, *(constructed(SET, constructed(SEQUENCE, *each)) for each in attributes))


def exchanged(der: bytes, key: PrivateKey, parts: Mapping[str, bytes]) -> bytes:
    """The certificate with parts of its TBSCertificate exchanged, signed by this key.

    Args:
        der: A certificate.
        key: The issuer's key.
        parts: Fields of TBSCertificate as asn1crypto names them (``serial_number``, ``subject``, …), and their DER.
    """
    certificate = asn1_x509.Certificate.load(der)
    old = certificate["tbs_certificate"]
    tbs = constructed(SEQUENCE, *(parts.get(field) or old[field].dump() for field in old))
    if isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(tbs, padding.PKCS1v15(), hashes.SHA256())
    else:
        signature = key.sign(tbs, ec.ECDSA(hashes.SHA256()))
    return constructed(SEQUENCE, tbs, certificate["signature_algorithm"].dump(), primitive(3, b"\0" + signature))


@dataclass
class OddParty(Party):
    """A party whose certificate the cryptography package may not read.

    Attributes:
        raw: The certificate.
    """

    raw: bytes = b""

    @property
    def der(self) -> bytes:
        return self.raw

    @property
    def ours(self) -> Certificate:
        return Certificate.from_der(self.raw)


def odd(party: Party, issuer: Party, **parts: bytes) -> OddParty:
    """The party with another certificate over the same key, from the same issuer."""
    return OddParty(party.certificate, party.key, exchanged(party.der, issuer.key, parts))
