"""Reading KeyInfo of other programs: certificates in any order; hints and keys beside them must be the signer's.

The signer is known by the certificate alone. A name, a serial, a key identifier or a bare key beside it adds nothing;
where it says something else, the document names two signers and is refused.
"""

from __future__ import annotations

from dataclasses import replace

from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from chukyso.certificate import Certificate
from chukyso.signature.chain import MAX_WITH_STRANGERS, Signer, arrange, choose_leaf, load
from chukyso.signature.names import ASN1_ERRORS, spells
from chukyso.signature.profile import ds
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.structure import elements, read_base64
from chukyso.signature.xmlsafe import local_name

_DSIG11 = "http://www.w3.org/2009/xmldsig11#"
_DER_KEY = f"{{{_DSIG11}}}DEREncodedKeyValue"
_CURVES = {"secp256r1": "1.2.840.10045.3.1.7", "secp384r1": "1.3.132.0.34", "secp521r1": "1.3.132.0.35"}
_HINTS = {ds(name) for name in ("X509SubjectName", "X509IssuerSerial", "X509SKI")}
_LISTED = 16


def read_key_info(key_info: etree._Element) -> Signer:
    """Read KeyInfo.

    Raises:
        SignatureRefused: ``SIG_KEYINFO`` without a certificate or with one that hints contradict, ``SIG_KEY_VALUE``
            for a key that is not the certificate's, ``SIG_UNSUPPORTED`` for anything else that may be in a KeyInfo.
    """
    parts = elements(key_info, Refusal.SIG_KEYINFO, {"Id"})
    inside = [local_name(part) for part in parts][:_LISTED]
    keys = [part for part in parts if part.tag in {ds("KeyValue"), _DER_KEY}]
    data = [part for part in parts if part.tag == ds("X509Data")]
    if keys and not data:
        raise SignatureRefused(Refusal.SIG_KEY_VALUE, "a bare key instead of a certificate")
    if not data:
        raise SignatureRefused(Refusal.SIG_KEYINFO, f"no X509Data, but {inside}")
    if len(data) > 1 or len(keys) > 1 or len(parts) > len(data) + len(keys):
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"KeyInfo with {inside}")
    signer = _read_data(data[0])
    for key in keys:
        if not _is_key_of(key, signer.certificate):
            raise SignatureRefused(Refusal.SIG_KEY_VALUE, f"{local_name(key)} is not the key of the certificate")
    return signer


def _read_data(data: etree._Element) -> Signer:
    parts = elements(data, Refusal.SIG_KEYINFO)
    listed = [read_base64(part, Refusal.SIG_KEYINFO) for part in parts if part.tag == ds("X509Certificate")]
    hints = [part for part in parts if part.tag in _HINTS]
    lists = [part for part in parts if part.tag == ds("X509CRL")]
    if len(listed) + len(hints) + len(lists) < len(parts):
        inside = [local_name(part) for part in parts][:_LISTED]
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"X509Data with {inside}")
    if not 1 <= len(listed) <= MAX_WITH_STRANGERS or len(set(listed)) != len(listed) or len(hints) > _LISTED:
        raise SignatureRefused(Refusal.SIG_KEYINFO, f"{len(listed)} certificates, or one twice; {len(hints)} hints")
    certificates = [load(der, "X509Data") for der in listed]
    leaf = choose_leaf(certificates)
    for hint in hints:
        _check_hint(hint, leaf)
    signer = arrange(leaf, [one for one in certificates if one is not leaf])
    return replace(signer, not_checked=(*signer.not_checked, "revocation lists in KeyInfo")) if lists else signer


def _check_hint(hint: etree._Element, leaf: Certificate) -> None:
    try:
        certificate = asn1_x509.Certificate.load(leaf.der)
        agrees = _agrees(hint, certificate)
    except SignatureRefused:
        raise
    except ASN1_ERRORS as error:
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"{local_name(hint)} cannot be compared: {error}") from error
    if not agrees:
        raise SignatureRefused(Refusal.SIG_KEYINFO, f"{local_name(hint)} names another certificate")


def _agrees(hint: etree._Element, certificate: asn1_x509.Certificate) -> bool:
    if hint.tag == ds("X509SKI"):
        return bool(read_base64(hint, Refusal.SIG_KEYINFO) == certificate.key_identifier)
    if hint.tag == ds("X509SubjectName"):
        return len(hint) == 0 and spells(hint.text or "", certificate.subject)
    return issuer_serial_agrees(hint, certificate)


def issuer_serial_agrees(element: etree._Element, certificate: asn1_x509.Certificate) -> bool:
    """Whether X509IssuerName and X509SerialNumber below an element are those of a certificate.

    Raises:
        SignatureRefused: ``SIG_KEYINFO`` when it is built in another way.
        ValueError: the name cannot be read.
    """
    parts = elements(element, Refusal.SIG_KEYINFO)
    if [part.tag for part in parts] != [ds("X509IssuerName"), ds("X509SerialNumber")] or any(map(len, parts)):
        raise SignatureRefused(Refusal.SIG_KEYINFO, f"{local_name(element)} without issuer and serial")
    serial = (parts[1].text or "").strip()
    if not (serial.isascii() and serial.removeprefix("-").isdigit() and len(serial) <= 64):
        raise SignatureRefused(Refusal.SIG_KEYINFO, f"serial {serial[:80]!r}")
    return int(serial) == certificate.serial_number and spells(parts[0].text or "", certificate.issuer)


def _is_key_of(element: etree._Element, leaf: Certificate) -> bool:
    """Whether a KeyValue or DEREncodedKeyValue is the certificate's key."""
    if element.tag == _DER_KEY:
        return read_base64(element, Refusal.SIG_KEY_VALUE, {"Id"}) == leaf.public_key_der()
    inside = elements(element, Refusal.SIG_KEY_VALUE, {"Id"})
    parts = elements(inside[0], Refusal.SIG_KEY_VALUE, {"Id"}) if len(inside) == 1 else []
    names, key = [part.tag for part in [*inside, *parts]], leaf.x509().public_key()
    if names == [ds("RSAKeyValue"), ds("Modulus"), ds("Exponent")]:
        numbers = [int.from_bytes(read_base64(part, Refusal.SIG_KEY_VALUE), "big") for part in parts]
        own = key.public_numbers() if isinstance(key, rsa.RSAPublicKey) else None
        return own is not None and numbers == [own.n, own.e]
    if names == [f"{{{_DSIG11}}}{name}" for name in ("ECKeyValue", "NamedCurve", "PublicKey")]:
        if not isinstance(key, ec.EllipticCurvePublicKey):
            return False
        point = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        curve = f"urn:oid:{_CURVES.get(key.curve.name)}"
        return parts[0].get("URI") == curve and read_base64(parts[1], Refusal.SIG_KEY_VALUE) == point
    found = [local_name(part) for part in [*inside, *parts]][:_LISTED]
    raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"a KeyValue with {found}")
