"""A verifier of XML signatures must refuse: keys and certificates that only look right."""

from __future__ import annotations

import copy
import hmac
from base64 import b64encode

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from lxml import etree

from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError
from chukyso.signature.profile import DS, ds
from chukyso.signature.refusal import Refusal
from chukyso.signature.verify import check_signature
from chukyso.signature.xmlsafe import canonical
from support.forgery import Forge, algorithm, b64, forged, refused
from support.signature import (
    NOW,
    TAX_CODE,
    Pki,
    dump,
    find,
    issue,
    key_usage,
    name,
    parse,
    resign,
)

EVIL = "0101234573"


def key_info(*children: etree._Element) -> Forge:
    def forge(root: etree._Element) -> None:
        info = find(root, "KeyInfo")
        for child in list(info):
            info.remove(child)
        info.extend(copy.deepcopy(child) for child in children)

    return forge


def element(tag: str, *children: etree._Element, text: str | None = None) -> etree._Element:
    made = etree.Element(tag)
    made.extend(children)
    made.text = text
    return made


def x509_data(*certificates: bytes) -> etree._Element:
    return element(ds("X509Data"), *(element(ds("X509Certificate"), text=b64(der)) for der in certificates))


def test_key_info_without_the_signers_certificate(pki: Pki, signed: bytes) -> None:
    leaf, other = pki.leaf.der, issue(name("Other"), pki.other_key).der
    key_value = element(ds("KeyValue"), element(ds("RSAKeyValue")))
    dsig11 = "{http://www.w3.org/2009/xmldsig11#}"
    forgeries: dict[str, tuple[Forge, Refusal]] = {
        "a key value alone": (key_info(key_value), Refusal.SIG_KEY_VALUE),
        "a key value before another's certificate": (key_info(key_value, x509_data(other)), Refusal.SIG_KEY_VALUE),
        "a key value behind another's certificate": (key_info(x509_data(other), key_value), Refusal.SIG_KEY_VALUE),
        "X509SKI alone": (key_info(element(ds("X509Data"), element(ds("X509SKI"), text="AAAA"))), Refusal.SIG_KEYINFO),
        "X509Digest": (key_info(element(ds("X509Data"), element(f"{dsig11}X509Digest"))), Refusal.SIG_KEYINFO),
        "X509SubjectName": (
            key_info(element(ds("X509Data"), element(ds("X509SubjectName"), text="CN=x"))),
            Refusal.SIG_KEYINFO,
        ),
        "another's X509Data first": (key_info(x509_data(other), x509_data(leaf)), Refusal.SIG_KEYINFO),
        "another's X509Data second": (key_info(x509_data(leaf), x509_data(other)), Refusal.SIG_KEYINFO),
        "the root first": (key_info(x509_data(pki.root.der, pki.ca.der, leaf)), Refusal.SIG_KEYINFO),
        "retrieval": (key_info(element(ds("RetrievalMethod"))), Refusal.SIG_KEYINFO),
        "reference": (key_info(element(f"{dsig11}KeyInfoReference")), Refusal.SIG_KEYINFO),
        "a name": (key_info(element(ds("KeyName"), text=TAX_CODE)), Refusal.SIG_KEYINFO),
        "PGP": (key_info(element(ds("PGPData"))), Refusal.SIG_KEYINFO),
        "SPKI": (key_info(element(ds("SPKIData"))), Refusal.SIG_KEYINFO),
        "management": (key_info(element(ds("MgmtData"), text="x")), Refusal.SIG_KEYINFO),
        "nothing": (key_info(), Refusal.SIG_KEYINFO),
    }
    for label, (forge, expected) in forgeries.items():
        assert refused(forged(pki, signed, forge)) is expected, label


@pytest.mark.parametrize("length", [None, "0", "8", "256"])
def test_hmac_with_what_everybody_knows(pki: Pki, signed: bytes, length: str | None) -> None:
    """A verifier that takes key and algorithm from the document would find this right."""
    public = pki.leaf.certificate.public_key()
    secrets = [
        public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo) for encoding in (Encoding.DER, Encoding.PEM)
    ]
    for secret in (*secrets, pki.leaf.der, b""):
        root = parse(signed)
        algorithm("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")(root)
        if length is not None:
            etree.SubElement(find(root, "SignatureMethod"), ds("HMACOutputLength")).text = length
        value = hmac.digest(secret, canonical(find(root, "SignedInfo")), "sha256")
        find(root, "SignatureValue").text = b64encode(
            value[: int(length) // 8 if length not in {None, "0"} else 32]
        ).decode()
        assert refused(dump(root)) is Refusal.SIG_ALGORITHM


@pytest.mark.parametrize("curve", [ec.SECP192R1(), ec.SECP224R1(), ec.SECP256K1(), ec.BrainpoolP256R1()])
def test_other_curves(pki: Pki, signed: bytes, curve: ec.EllipticCurve) -> None:
    party = pki.organisation(key=ec.generate_private_key(curve))
    data = forged(pki, signed, key_info(x509_data(party.der, pki.ca.der)), party)
    assert refused(data) is Refusal.SIG_WEAK_KEY


def test_rsa_with_exponent_one(pki: Pki, signed: bytes) -> None:
    """Every signature would be its own message."""
    parsed = asn1_x509.Certificate.load(pki.leaf.der)
    key = parsed["tbs_certificate"]["subject_public_key_info"]["public_key"].parsed
    key["public_exponent"] = 1
    parsed["tbs_certificate"]["subject_public_key_info"]["public_key"] = key
    data = forged(pki, signed, key_info(x509_data(parsed.dump(force=True))))
    assert refused(data) in {Refusal.SIG_KEYINFO, Refusal.SIG_WEAK_KEY}


def test_keys_that_nobody_has_heard_of(pki: Pki, signed: bytes) -> None:
    """An unknown algorithm, an unknown curve: refused like any other certificate, not a crash."""
    rsa_oid, unknown = bytes.fromhex("06092a864886f70d010101"), bytes.fromhex("06092a864886f70d01017f")
    curve_oid, no_curve = bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06082a8648ce3d03017f")
    party = pki.organisation(key=pki.other_key)
    for der, old, new in ((pki.leaf.der, rsa_oid, unknown), (party.der, curve_oid, no_curve)):
        assert old in der
        changed = der.replace(old, new)
        with pytest.raises(ChukysoError):
            Certificate.from_der(changed)
        assert refused(forged(pki, signed, key_info(x509_data(changed)))) is Refusal.SIG_KEYINFO


def test_keys_of_another_kind(pki: Pki, signed: bytes) -> None:
    for key in (ed25519.Ed25519PrivateKey.generate(), dsa.generate_private_key(2048)):
        party = pki.organisation(key=key)
        assert refused(forged(pki, signed, key_info(x509_data(party.der)))) is Refusal.SIG_KEYINFO


@pytest.mark.parametrize("raw", [bytes(64), b"\xff" * 64, bytes(63), bytes(65), b"\x00" * 31 + b"\x01" + bytes(32)])
def test_ecdsa_values_that_are_none(pki: Pki, raw: bytes) -> None:
    """r = s = 0 must not pass for every document."""
    root = parse(pki.signed(pki.organisation(key=pki.other_key)))
    find(root, "SignatureValue").text = b64encode(raw).decode()
    assert refused(dump(root)) is Refusal.SIG_BROKEN


def test_rsa_values_of_another_length(pki: Pki, signed: bytes) -> None:
    value = pki.leaf.sign(canonical(find(parse(signed), "SignedInfo")))
    for raw in (b"\x00" + value, value + b"\x00", value[:-1], bytes(256), b"\x01"):
        root = parse(signed)
        find(root, "SignatureValue").text = b64encode(raw).decode()
        assert refused(dump(root)) is Refusal.SIG_BROKEN


def test_sha1_and_md5_even_when_the_mathematics_are_right(pki: Pki, signed: bytes) -> None:
    for digest in (f"{DS}sha1", "http://www.w3.org/2001/04/xmldsig-more#md5"):
        assert refused(forged(pki, signed, algorithm("DigestMethod", digest))) is Refusal.SIG_ALGORITHM


# -- whose certificate it is ----------------------------------------------------------------------------------

LOOK_ALIKES = {
    "fullwidth digits": "MST:０１０１２３４５６５",
    "fullwidth letters": f"ＭＳＴ:{TAX_CODE}",
    "fullwidth colon": f"MST：{TAX_CODE}",
    "ratio sign": f"MST∶{TAX_CODE}",
    "Arabic-Indic digits": "MST:٠١٠١٢٣٤٥٦٥",
    "Devanagari digit": "MST:010123456५",
    "mathematical digits": "MST:𝟎𝟏𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟓",
    "superscript": "MST:010123456⁵",
    "circled": "MST:010123456⑤",
    "Cyrillic letters": f"МЅТ:{TAX_CODE}",
    "Greek letters": f"ΜSΤ:{TAX_CODE}",
    "letter for digit": "MST:010l234565",
    "combining mark": f"MST:{TAX_CODE}\u0301",
    "zero-width in the middle": "MST:01012\u200b34565",
    "zero-width in the name": f"M\u200cST:{TAX_CODE}",
    "soft hyphen": "MST:0101\u00ad234565",
    "turned around": f"MST:\u202e{TAX_CODE[::-1]}",
    "byte order mark": f"\ufeffMST:{TAX_CODE}",
    "no-break space": f"MST:\u00a0{TAX_CODE}",
    "dash of the branch": f"MST:{TAX_CODE}‐001",
    "fullwidth dash": f"MST:{TAX_CODE}－001",
    "vertical tab": f"MST:{TAX_CODE}\x0b",
    "NUL": f"MST:{TAX_CODE}\x00",
}


@pytest.mark.usefixtures("good_answers")
@pytest.mark.parametrize("label", list(LOOK_ALIKES))
def test_tax_code_that_looks_like_one(pki: Pki, label: str) -> None:
    value = LOOK_ALIKES[label]
    assert pki.refusal(pki.organisation([value])) is Refusal.CERT_MST_MALFORMED
    assert pki.refusal(pki.organisation([f"MST:{TAX_CODE}", value])) is Refusal.CERT_MST_DOUBLED
    assert not pki.organisation([value]).ours.tax_code, "nobody reads a tax code from it"


@pytest.mark.usefixtures("good_answers")
@pytest.mark.parametrize(
    "oid",
    [NameOID.COMMON_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.ORGANIZATION_IDENTIFIER, NameOID.SERIAL_NUMBER],
)
def test_tax_code_elsewhere(pki: Pki, oid: x509.ObjectIdentifier) -> None:
    party = pki.organisation([], extra=[x509.NameAttribute(oid, f"MST:{TAX_CODE}")])
    assert pki.refusal(party) is Refusal.CERT_MST_MISSING
    beside = pki.organisation(extra=[x509.NameAttribute(oid, f"MST:{EVIL}")])
    assert pki.verified(beside).certificate.tax_code == TAX_CODE


@pytest.mark.usefixtures("good_answers")
def test_issuer_of_the_same_name(pki: Pki) -> None:
    """Root and issuing CA copied by name; the true ones come along, and the true ones come from the trust store."""
    usage = key_usage(key_cert_sign=True, crl_sign=True)
    root = issue(pki.root.certificate.subject, pki.other_key, ca=True, usage=usage)
    ca = issue(pki.ca.certificate.subject, ec.generate_private_key(ec.SECP256R1()), root, ca=True, usage=usage)
    party = pki.organisation(issuer=ca)
    for chain in ((ca.der, root.der), (pki.ca.der, pki.root.der), (pki.ca.der,), (ca.der,)):
        assert pki.refusal(party, chain=chain) is Refusal.CERT_UNTRUSTED
    assert pki.server.requests == [], "nobody is asked on a stranger's word"


def test_signing_time_is_signed_with_the_rest(signed: bytes) -> None:
    assert check_signature(signed).signing_time == NOW
    older = parse(signed)
    time = next(one for one in older.iter() if one.text == NOW.strftime("%Y-%m-%dT%H:%M:%SZ"))
    time.text = "2020-01-01T00:00:00Z"
    assert refused(dump(older)) is Refusal.SIG_DIGEST


def test_resigning_by_somebody_else_needs_their_certificate(pki: Pki, signed: bytes) -> None:
    stranger = pki.organisation(key=pki.other_key)
    root = parse(signed)
    algorithm("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256")(root)
    assert refused(resign(root, stranger)) is Refusal.SIG_ALGORITHM
