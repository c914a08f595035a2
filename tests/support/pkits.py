"""NIST PKITS: its certificates and CRLs (package ``cryptography_vectors``), and what it expects of each test.

Which certificates and CRLs belong to a test, the suite says itself: its S/MIME message for the test carries them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from functools import cache
from pathlib import Path

import cryptography_vectors
from asn1crypto import cms, x509

from chukyso.signature.trust import AnswerKind, RevocationAnswer, RevocationPolicy, TrustStore
from support.paths import TESTS

PKITS = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
EXPECTED = TESTS / "data" / "pkits" / "expected.txt"
# Inside the validity of nearly everything, and after that of what must have expired.
MOMENT = datetime(2012, 1, 1, tzinfo=UTC)

# Why some valid paths are refused: all of these are stricter than the suite, none is laxer.
REASONS = {
    "dsa": "a DSA key is not read: no authority in Viet Nam issues one, and FIPS 186-5 withdrew it",
    "unique-identifier": "asn1crypto does not always keep the encoding of one; by RFC 5280 none are issued",
    "delta-crl": "what a base CRL lists stays listed: no delta CRL takes it back",
}

_Name = tuple[bytes, int]


@dataclass(frozen=True)
class Case:
    """One test of the suite, or a part of it.

    Attributes:
        number: As in the suite's document: ``4.8.3.1``.
        suite: ``valid``, ``invalid``, or ``inputs`` when it is about other inputs than the default ones.
        end_entity: Name of the certificate to validate.
        code: What we refuse it with; "" when we do not.
        reason: Key of ``REASONS`` when a valid path is refused.
    """

    number: str
    suite: str
    end_entity: str
    code: str = ""
    reason: str = ""

    @property
    def section(self) -> str:
        """``4.8``"""
        return ".".join(self.number.split(".")[:2])


@dataclass(frozen=True)
class Material:
    """What a test hands to the validation, DER."""

    end_entity: bytes
    helpers: tuple[bytes, ...]
    crls: tuple[bytes, ...]

    @property
    def trust(self) -> TrustStore:
        return TrustStore((read("certs/TrustAnchorRootCertificate.crt"),))

    @property
    def revocation(self) -> RevocationPolicy:
        kept = tuple(RevocationAnswer(AnswerKind.CRL, f"CRL {number}", der) for number, der in enumerate(self.crls, 1))
        return RevocationPolicy(answers=kept, online=False, both=False)


def cases() -> list[Case]:
    lines = EXPECTED.read_text(encoding="utf-8").splitlines()
    return [Case(*line.split(" | ")) for line in lines if line and not line.startswith("#")]


def read(name: str) -> bytes:
    return (PKITS / name).read_bytes()


def messages() -> dict[str, bytes]:
    """The suite's signed messages, by name."""
    return {path.stem: path.read_bytes() for path in sorted((PKITS / "smime").glob("*.eml"))}


def parts(message: bytes) -> tuple[bytes, bytes]:
    """The signed part of a message as it was signed, and the signature."""
    parsed = message_from_bytes(message)
    signature = next(part for part in parsed.walk() if part.get_filename() == "smime.p7s")
    boundary = b"--" + (parsed.get_boundary() or "").encode()
    content = message.split(boundary)[1].strip(b"\r\n")
    der = signature.get_payload(decode=True)
    assert isinstance(der, bytes)
    return content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") + b"\r\n", der


def material(end_entity: str) -> Material:
    """What the suite gives for validating a certificate."""
    der = read(f"certs/{end_entity}.crt")
    if end_entity == "ValidonlySomeReasonsTest18EE":  # its message is by mistake another copy of test 19's
        crls = ("onlySomeReasonsCA3compromiseCRL", "onlySomeReasonsCA3otherreasonsCRL", "TrustAnchorRootCRL")
        return Material(
            der, (read("certs/onlySomeReasonsCA3Cert.crt"),), tuple(read(f"crls/{name}.crl") for name in crls)
        )
    signed = _signed()[_name(x509.Certificate.load(der))]
    # As published, not as the message has them: one was encoded anew there, and its signature with it is broken.
    listed = [_published()[_name(choice.chosen)] for choice in signed["certificates"]]
    helpers = tuple(one for one in listed if one != der)
    return Material(der, helpers, tuple(choice.chosen.dump() for choice in signed["crls"]))


@cache
def _signed() -> dict[_Name, cms.SignedData]:
    found = {}
    for message in messages().values():
        signed = cms.ContentInfo.load(parts(message)[1])["content"]
        signer = signed["signer_infos"][0]["sid"].chosen
        found[signer["issuer"].dump(), signer["serial_number"].native] = signed
    return found


@cache
def _published() -> dict[_Name, bytes]:
    files = [path.read_bytes() for path in (PKITS / "certs").glob("*.crt")]
    return {_name(x509.Certificate.load(der)): der for der in files}


def _name(certificate: x509.Certificate) -> _Name:
    return certificate.issuer.dump(), certificate.serial_number
