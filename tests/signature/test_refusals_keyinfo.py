"""A verifier of XML signatures must refuse: certificates and keys that KeyInfo brings along."""

from __future__ import annotations

import copy

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from chukyso.signature.profile import ds
from chukyso.signature.refusal import Refusal
from chukyso.signature.verify import check_signature
from support.forgery import Forge, algorithm, b64, forged, refused
from support.signature import Pki, dump, find, issue, name, parse


def test_key_value_beside_and_instead_of_the_certificate(pki: Pki, signed: bytes) -> None:
    def beside(root: etree._Element) -> None:
        etree.SubElement(find(root, "KeyInfo"), ds("KeyValue"))

    def instead(root: etree._Element) -> None:
        info = find(root, "KeyInfo")
        info.remove(info[0])
        etree.SubElement(etree.SubElement(info, ds("KeyValue")), ds("RSAKeyValue"))

    def der_encoded(root: etree._Element) -> None:
        etree.SubElement(find(root, "KeyInfo"), "{http://www.w3.org/2009/xmldsig11#}DEREncodedKeyValue")

    for forge in (beside, instead, der_encoded):
        assert refused(forged(pki, signed, forge)) is Refusal.SIG_KEY_VALUE


def in_key_info(tag: str) -> Forge:
    return lambda root: etree.SubElement(find(root, "KeyInfo"), tag) is None


def in_x509_data(tag: str) -> Forge:
    return lambda root: etree.SubElement(find(root, "X509Data"), tag) is None


def certificates(*texts: str) -> Forge:
    def forge(root: etree._Element) -> None:
        data = find(root, "X509Data")
        for child in list(data):
            data.remove(child)
        for text in texts:
            etree.SubElement(data, ds("X509Certificate")).text = text

    return forge


def test_key_info_tricks(pki: Pki, signed: bytes) -> None:
    leaf, ca, root = (b64(party.der) for party in (pki.leaf, pki.ca, pki.root))
    stranger = b64(issue(name("Stranger"), pki.other_key).der)
    forgeries: dict[str, Forge] = {
        "second X509Data": in_key_info(ds("X509Data")),
        "KeyName": in_key_info(ds("KeyName")),
        "RetrievalMethod": in_key_info(ds("RetrievalMethod")),
        "foreign element": in_key_info("{urn:x}y"),
        "X509SubjectName": in_x509_data(ds("X509SubjectName")),
        "X509IssuerSerial": in_x509_data(ds("X509IssuerSerial")),
        "X509CRL": in_x509_data(ds("X509CRL")),
        "none": certificates(),
        "empty": certificates(""),
        "not base64": certificates("***"),
        "not base64 in between": certificates(leaf[:40] + "*" + leaf[40:]),
        "padding bits": certificates("QUJDRB=="),
        "not ASCII": certificates("é"),
        "not a certificate": certificates("QUJD"),
        "trailing data": certificates(b64(pki.leaf.der + b"\x00"), ca),
        "too many": certificates(leaf, ca, root, ca, root, ca),
        "the leaf twice": certificates(leaf, leaf),
        "the root twice": certificates(leaf, ca, root, root),
        "stranger in the chain": certificates(leaf, stranger),
        "leaf last": certificates(ca, leaf),
        "chain out of order": certificates(leaf, root, ca),
        "second KeyInfo": lambda root: find(root, "Signature").append(copy.deepcopy(find(root, "KeyInfo"))),
        "attribute": lambda root: find(root, "X509Data").set("a", "1"),
        "attribute of a certificate": lambda root: find(root, "X509Certificate").set("a", "1"),
        "text": lambda root: setattr(find(root, "X509Data"), "text", "x"),
        "element in a certificate": lambda root: etree.SubElement(find(root, "X509Certificate"), "x") is None,
    }
    for label, forge in forgeries.items():
        assert refused(forged(pki, signed, forge)) is Refusal.SIG_KEYINFO, label
    without = parse(signed)
    find(without, "Signature").remove(find(without, "KeyInfo"))
    assert refused(dump(without)) is Refusal.SIG_KEYINFO
    assert check_signature(forged(pki, signed, certificates(leaf, ca, root))).certificate.der == pki.leaf.der


def test_certificate_swapped_for_one_with_another_key(pki: Pki, signed: bytes) -> None:
    other = pki.organisation(key=rsa.generate_private_key(65537, 2048))
    data = forged(pki, signed, certificates(b64(other.der)))
    assert refused(data) is Refusal.SIG_BROKEN


def test_other_certificate_over_the_same_key(pki: Pki, signed: bytes) -> None:
    """KeyInfo is not signed: a second certificate over the same key fits too, so the agent pins the certificate."""
    other = pki.organisation()
    data = forged(pki, signed, certificates(b64(other.der)))
    assert check_signature(data).certificate.der == other.der
    assert refused(data, expected=pki.leaf.ours) is Refusal.SIG_OTHER_CERTIFICATE


@pytest.mark.parametrize(("bits", "exponent"), [(1024, 65537), (2048, 3)])
def test_weak_keys(pki: Pki, signed: bytes, bits: int, exponent: int) -> None:
    weak = pki.organisation(key=rsa.generate_private_key(exponent, bits))
    data = forged(pki, signed, certificates(b64(weak.der)), weak)
    assert refused(data) is Refusal.SIG_WEAK_KEY


def test_method_must_fit_the_key(pki: Pki) -> None:
    party = pki.organisation(key=pki.other_key)
    rsa_sha256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    data = forged(pki, pki.signed(party), algorithm("SignatureMethod", rsa_sha256), party)
    assert refused(data) is Refusal.SIG_ALGORITHM
