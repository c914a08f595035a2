"""The signed properties of XAdES (ETSI EN 319 132-1, in the namespace of version 1.3.2): time and certificate.

Read from what was digested. The rest of what is known there says nothing about who signed which document: it is named
as not checked. What is not known could say anything, and is refused.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import tsp
from asn1crypto import x509 as asn1_x509
from lxml import etree

from chukyso.certificate import Certificate
from chukyso.moment import VIETNAM
from chukyso.signature.chain import NAMED_BY_SHA1
from chukyso.signature.forms import SHA1
from chukyso.signature.keyinfo import issuer_serial_agrees
from chukyso.signature.names import ASN1_ERRORS, is_issuer_and_serial
from chukyso.signature.objects import xades
from chukyso.signature.profile import SHA256, SHA384, SHA512, ds
from chukyso.signature.refusal import Circumstance, Refusal, SignatureRefused
from chukyso.signature.structure import elements, read_base64
from chukyso.signature.xmlsafe import local_name

NO_ZONE = "the time zone of the signing time: none is signed, Vietnam's is assumed"
_MAX_NAMED = 10
_DIGESTS = {SHA1: "sha1", SHA256: "sha256", SHA384: "sha384", SHA512: "sha512"}
_BINDING = (xades("SigningCertificate"), xades("SigningCertificateV2"))
# What is signed and known, as the verdict names it: not checked, for it changes neither who signed nor what.
_NAMED = {
    xades(name): name
    for name in (
        *("SignaturePolicyIdentifier", "SignatureProductionPlace", "SignatureProductionPlaceV2"),
        *("SignerRole", "SignerRoleV2", "CommitmentTypeIndication"),
        *("AllDataObjectsTimeStamp", "IndividualDataObjectsTimeStamp"),
    )
}
_SILENT = {xades("DataObjectFormat")}  # what kind of data is signed; the data is there to be seen

_DATE_TIME = re.compile(r"(?a:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?a:\.\d{1,9})?(Z|(?a:[+\-]\d\d:\d\d))?")


@dataclass(frozen=True)
class SignedProperties:
    """What they say.

    Attributes:
        signing_time: The signer's own word, aware; None when there is none.
        certificate_bound: Whether they name the certificate by a digest that is strong enough.
        not_checked: What else is there, for the verdict.
    """

    signing_time: datetime | None
    certificate_bound: bool
    not_checked: tuple[str, ...]


def read_time(text: str) -> tuple[datetime, tuple[str, ...]]:
    """Read an ``xsd:dateTime``; return it aware, and what is not certain about it.

    Raises:
        SignatureRefused: ``SIG_TIME``.
    """
    match = _DATE_TIME.fullmatch(text.strip(" \t\r\n"))
    if not match:
        raise SignatureRefused(Refusal.SIG_TIME, f"signing time {text[:80]!r}")
    try:
        moment = datetime.fromisoformat(match.group())
    except ValueError as error:
        raise SignatureRefused(Refusal.SIG_TIME, f"signing time {text[:80]!r}: {error}") from error
    return (moment, ()) if moment.tzinfo else (moment.replace(tzinfo=VIETNAM), (NO_ZONE,))


def read_signed_properties(properties: etree._Element, leaf: Certificate) -> SignedProperties:
    """Read SignedProperties.

    Args:
        properties: The element that was digested.
        leaf: The certificate that KeyInfo gives.

    Raises:
        SignatureRefused: ``SIG_KEYINFO`` when they name another certificate, ``SIG_TIME``, ``SIG_UNSUPPORTED`` for a
            property that is not known, ``SIG_STRUCTURE`` when they are built in another way.
    """
    found = _properties(properties)
    moment, doubts = None, tuple[str, ...]()
    if xades("SigningTime") in found:
        time = _only(found, xades("SigningTime"))
        if len(time):
            raise SignatureRefused(Refusal.SIG_TIME, "a SigningTime with elements in it")
        moment, doubts = read_time(time.text or "")
    bindings = [_binds(_only(found, tag), leaf) for tag in _BINDING if tag in found]
    weak = (NAMED_BY_SHA1,) if bindings and not any(bindings) else ()
    named = tuple(f"XAdES {_NAMED[tag]}" for tag in _NAMED if tag in found)
    return SignedProperties(moment, any(bindings), (*doubts, *weak, *named))


def _properties(properties: etree._Element) -> dict[str, list[etree._Element]]:
    groups = elements(properties, Refusal.SIG_STRUCTURE, {"Id"})
    wanted = [xades("SignedSignatureProperties"), xades("SignedDataObjectProperties")]
    names = [group.tag for group in groups]
    if properties.tag != xades("SignedProperties") or names not in (wanted, wanted[:1], wanted[1:], []):
        inside = [local_name(group) for group in groups][:9]
        raise SignatureRefused(Refusal.SIG_STRUCTURE, f"SignedProperties hold {inside}")
    found: dict[str, list[etree._Element]] = {}
    for group in groups:
        for element in elements(group, Refusal.SIG_STRUCTURE, {"Id"}):
            found.setdefault(str(element.tag), []).append(element)
    if unknown := sorted(set(found) - {xades("SigningTime"), *_BINDING, *_NAMED, *_SILENT}):
        named = [name[:100] for name in unknown[:9]]
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"signed XAdES properties {named}")
    return found


def _only(found: dict[str, list[etree._Element]], tag: str) -> etree._Element:
    if len(found[tag]) != 1:
        raise SignatureRefused(Refusal.SIG_STRUCTURE, f"{len(found[tag])} {local_name(found[tag][0])}")
    return found[tag][0]


def _binds(element: etree._Element, leaf: Certificate) -> bool:
    """Whether the certificate is named, and by more than SHA-1: a collision of it can be made.

    By SHA-1 alone a certificate counts as not named. One whose digest differs is another one whatever the algorithm.
    """
    named = elements(element, Refusal.SIG_STRUCTURE)
    if not 1 <= len(named) <= _MAX_NAMED or any(one.tag != xades("Cert") for one in named):
        raise SignatureRefused(Refusal.SIG_STRUCTURE, f"{local_name(element)} with {len(named)} entries")
    algorithms = [algorithm for one in named if (algorithm := _fits(one, leaf))]
    if not algorithms:
        raise SignatureRefused(Refusal.SIG_KEYINFO, f"{local_name(element)} names another certificate")
    return any(algorithm != "sha1" for algorithm in algorithms)


def _fits(entry: etree._Element, leaf: Certificate) -> str:
    """The digest by which an entry names the certificate; the empty string when it names another one."""
    parts = elements(entry, Refusal.SIG_STRUCTURE, {"URI"})
    digest = elements(parts[0], Refusal.SIG_STRUCTURE) if parts and parts[0].tag == xades("CertDigest") else []
    if [part.tag for part in digest] != [ds("DigestMethod"), ds("DigestValue")] or len(parts) > 2:
        raise SignatureRefused(Refusal.SIG_STRUCTURE, "Cert without CertDigest")
    algorithm = _DIGESTS.get(str(digest[0].get("Algorithm", "")))
    if algorithm is None:
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"a certificate named by {digest[0].get('Algorithm')!r}")
    if hashlib.new(algorithm, leaf.der, usedforsecurity=False).digest() != read_base64(
        digest[1], Refusal.SIG_STRUCTURE
    ):
        return ""
    if len(parts) == 2 and not _serial_fits(parts[1], leaf):
        raise SignatureRefused(Refusal.SIG_KEYINFO, "issuer and serial of the signing certificate differ")
    return algorithm


def _serial_fits(element: etree._Element, leaf: Certificate) -> bool:
    certificate = asn1_x509.Certificate.load(leaf.der)
    try:
        if element.tag == xades("IssuerSerial"):
            return issuer_serial_agrees(element, certificate)
        if element.tag != xades("IssuerSerialV2"):
            raise SignatureRefused(Refusal.SIG_STRUCTURE, f"Cert with {local_name(element)}")
        named = tsp.IssuerSerial.load(read_base64(element, Refusal.SIG_STRUCTURE), strict=True)
        return is_issuer_and_serial(named, certificate)
    except ASN1_ERRORS as error:
        detail = f"{local_name(element)} cannot be read: {error}"
        raise SignatureRefused(Refusal.SIG_STRUCTURE, detail, Circumstance.UNREADABLE) from error
