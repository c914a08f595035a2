"""Forgeries of the forms that other programs make: XAdES properties, signing times, and whatever else is in there.

Each is signed again, so that the rule is tested and not a digest.
"""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
from asn1crypto import x509 as asn1_x509
from lxml import etree

from chukyso.signature.forms import SHA1
from chukyso.signature.locate import MAX_SIGNATURES
from chukyso.signature.profile import DS, ds
from chukyso.signature.refusal import Refusal, SignatureRefused
from support.forgery import b64
from support.forms import (
    DATA,
    INVOICE,
    PLACE,
    PROPERTIES,
    PROPERTIES_TYPE,
    SELLER,
    TIME,
    WHOLE,
    XADES,
    Forge,
    Form,
    Ref,
    find,
    invoice,
    issuer_serial,
    known,
    refused,
    signed,
    time_object,
    xades_certificate,
    xades_object,
    xades_time,
)
from support.signature import Pki
from support.verify import verdict

PART = "DLHDon"


# -- XAdES ----------------------------------------------------------------------------------------------------


def xades(pki: Pki, properties: str, refs: tuple[Ref, ...] = (WHOLE, PROPERTIES), **more: str) -> bytes:
    return signed(pki.leaf, Form(refs, objects=xades_object(properties, **more)))


def test_properties_that_are_not_signed(pki: Pki) -> None:
    named = xades_time() + xades_certificate(pki.leaf.der)
    assert refused(xades(pki, named, (WHOLE,))) is Refusal.SIG_REFERENCE
    without_type = (WHOLE, replace(PROPERTIES, type=""))
    assert refused(xades(pki, named, without_type)) is Refusal.SIG_REFERENCE
    assert refused(signed(pki.leaf, Form((replace(WHOLE, type=PROPERTIES_TYPE),)))) is Refusal.SIG_REFERENCE
    beside = Form((WHOLE, replace(TIME, type=PROPERTIES_TYPE)), objects=time_object())
    assert refused(signed(pki.leaf, beside)) is Refusal.SIG_REFERENCE
    data = xades(pki, named)
    changed = data.replace(b"2026-03-02T08", b"2025-03-02T08")
    assert changed != data
    assert refused(changed) is Refusal.SIG_DIGEST


def test_properties_moved_out_of_their_signature(pki: Pki) -> None:
    """SignedProperties in the document, where the Reference finds them all the same."""
    root = etree.fromstring(xades(pki, xades_time()))
    root.insert(0, next(root.iter(f"{{{XADES}}}SignedProperties")))
    assert refused(etree.tostring(root)) in {Refusal.SIG_REFERENCE, Refusal.SIG_UNSUPPORTED}
    root = etree.fromstring(xades(pki, xades_time()))
    find(root, "Signature").remove(find(root, "Object"))
    assert refused(etree.tostring(root)) is Refusal.SIG_REFERENCE


def test_second_properties(pki: Pki) -> None:
    """Those that are signed, and others that a reader might take."""
    root = etree.fromstring(xades(pki, xades_time()))
    evil = copy.deepcopy(find(root, "Object"))
    next(evil.iter(f"{{{XADES}}}SignedProperties")).set("Id", "evil")
    next(evil.iter(f"{{{XADES}}}SigningTime")).text = "2020-01-01T00:00:00Z"
    inside = copy.deepcopy(evil[0])
    find(root, "Signature").append(evil)
    assert refused(etree.tostring(root)) is Refusal.SIG_UNSUPPORTED
    root = etree.fromstring(xades(pki, xades_time()))
    find(root, "Object").append(inside)
    assert refused(etree.tostring(root)) is Refusal.SIG_UNSUPPORTED


def test_properties_of_another_signature(pki: Pki) -> None:
    for target in ("#other", "", "sig"):
        assert refused(xades(pki, xades_time(), target=target)) is Refusal.SIG_STRUCTURE
    for target in ("#other", "#"):
        form = Form((WHOLE, TIME), objects=time_object(target=target))
        assert refused(signed(pki.leaf, form)) is Refusal.SIG_STRUCTURE


def test_signing_certificate_of_somebody_else(pki: Pki) -> None:
    """Row by row: the digest of another certificate of the same key, another serial, another issuer."""
    other = pki.organisation()
    leaf = asn1_x509.Certificate.load(pki.leaf.der)
    for digest in (SHA1, "http://www.w3.org/2001/04/xmlenc#sha256"):
        for tag in ("SigningCertificate", "SigningCertificateV2"):
            named = xades_certificate(other.der, digest, name=tag)
            assert refused(xades(pki, named)) is Refusal.SIG_KEYINFO
            assert refused(xades(pki, named + xades_certificate(pki.leaf.der, name=_other(tag)))) is Refusal.SIG_KEYINFO
    serial = (
        "<q:IssuerSerial><X509IssuerName>{}</X509IssuerName><X509SerialNumber>{}</X509SerialNumber></q:IssuerSerial>"
    )
    for issuer, number in (("CN=Sandbox CA", 1), ("CN=Other CA", leaf.serial_number)):
        more = serial.format(issuer, number)
        data = xades(pki, xades_certificate(pki.leaf.der, name="SigningCertificate", more=more))
        assert refused(data) is Refusal.SIG_KEYINFO
    for number, expected in ((1, Refusal.SIG_KEYINFO), (leaf.serial_number, None)):
        more = f"<q:IssuerSerialV2>{b64(issuer_serial(leaf, number))}</q:IssuerSerialV2>"
        data = xades(pki, xades_certificate(pki.leaf.der, more=more))
        assert known(data) if expected is None else refused(data) is expected


def _other(tag: str) -> str:
    return "SigningCertificate" if tag.endswith("V2") else "SigningCertificateV2"


def test_certificate_swapped_where_it_is_bound(pki: Pki) -> None:
    """What plain XML leaves open: here the signature itself names its certificate."""
    other = pki.organisation()
    data = xades(pki, xades_time() + xades_certificate(pki.leaf.der))
    swapped = data.replace(b64(pki.leaf.der).encode(), b64(other.der).encode())
    assert swapped != data
    assert refused(swapped) is Refusal.SIG_KEYINFO
    assert verdict(pki, swapped, place=PLACE).name == "INDETERMINATE/NO_SIGNING_CERTIFICATE_FOUND"


@pytest.mark.parametrize(
    "properties",
    [
        "<q:SigningCertificateV2/>",
        "<q:SigningCertificateV2><q:Cert/></q:SigningCertificateV2>",
        "<q:SigningCertificateV2>" + "<q:Cert/>" * 11 + "</q:SigningCertificateV2>",
        "<q:SigningCertificateV2><q:Cert><q:CertDigest/></q:Cert></q:SigningCertificateV2>",
        xades_certificate(b"x").replace("<q:Cert>", "<q:Cert><q:x/>"),
        xades_certificate(b"x") * 2,
        xades_time() * 2,
        "x",
    ],
)
def test_properties_that_are_none(pki: Pki, properties: str) -> None:
    assert refused(xades(pki, properties)) is Refusal.SIG_STRUCTURE


def test_issuer_and_serial_that_cannot_be_read(pki: Pki) -> None:
    for junk in ("AAAA", "MAA=", "MIAAAA==", "***"):
        more = f"<q:IssuerSerialV2>{junk}</q:IssuerSerialV2>"
        assert refused(xades(pki, xades_certificate(pki.leaf.der, more=more))) is Refusal.SIG_STRUCTURE


# -- signing times --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "moment",
    [
        *("", "2026-03-02", "2026-03-02T08:00", "2026-3-2T8:0:0Z", "2026-02-30T08:00:00Z", "٢٠٢٦-03-02T08:00:00Z"),
        *("2026-03-02T24:00:00Z", "2026-03-02 08:00:00Z", "20260302T080000Z", "2026-W10-1T08:00:00Z", "now"),
        *("2026-03-02T08:00:00+25:00", "12026-03-02T08:00:00Z", "2026-03-02T08:00:00<x/>", "<x/>2026-03-02T08:00:00Z"),
        *("0000-03-02T08:00:00Z", "2026-03-02T08:00:00Z2026-03-02T08:00:00Z"),
    ],
)
def test_times_that_are_none(pki: Pki, moment: str) -> None:
    assert refused(signed(pki.leaf, Form((WHOLE, TIME), objects=time_object(moment=moment)))) is Refusal.SIG_TIME
    assert refused(xades(pki, xades_time(moment))) is Refusal.SIG_TIME


def test_two_times(pki: Pki) -> None:
    refs, properties = (WHOLE, TIME, PROPERTIES), xades_object(xades_time("2026-03-02T08:00:00+07:00"))
    for moment, expected in (("2026-03-02T01:00:00Z", None), ("2026-03-02T08:00:00Z", Refusal.SIG_TIME)):
        data = signed(pki.leaf, Form(refs, objects=time_object(moment=moment) + properties))
        assert known(data) if expected is None else refused(data) is expected
    twice = time_object() + time_object("other")
    assert refused(signed(pki.leaf, Form((WHOLE, TIME), objects=twice))) is Refusal.SIG_UNSUPPORTED
    in_one = time_object().replace("</SigningTime>", "</SigningTime><SigningTime>2020-01-01T00:00:00Z</SigningTime>")
    assert refused(signed(pki.leaf, Form((WHOLE, TIME), objects=in_one))) is Refusal.SIG_UNSUPPORTED


@pytest.mark.usefixtures("good_answers")
def test_times_of_any_spelling_are_judged(pki: Pki) -> None:
    late = Form((WHOLE, TIME), objects=time_object(moment="2999-01-01T00:00:00"), chain=pki.chain)
    assert verdict(pki, signed(pki.leaf, late), place=PLACE).reasons[0].code is Refusal.SIG_TIME_OUTSIDE_VALIDITY


# -- the rest of the signature ---------------------------------------------------------------------------------


def new_child(parent: str, tag: str) -> Forge:
    return lambda root: etree.SubElement(find(root, parent), tag) is None


def attribute_of(parent: str, key: str) -> Forge:
    return lambda root: find(root, parent).set(key, "x")


def text_of(parent: str) -> Forge:
    return lambda root: setattr(find(root, parent), "text", "x")


@pytest.mark.parametrize(
    "forge",
    [
        new_child("Signature", "{urn:x}y"),
        new_child("Signature", ds("SignatureValue")),
        new_child("Signature", ds("Manifest")),
        new_child("SignedInfo", "{urn:x}y"),
        new_child("SignedInfo", ds("CanonicalizationMethod")),
        attribute_of("Signature", "x"),
        attribute_of("SignedInfo", "x"),
        attribute_of("SignatureValue", "x"),
        text_of("Signature"),
        text_of("SignedInfo"),
        text_of("SignatureValue"),
    ],
)
def test_nothing_unexpected_in_the_signature(pki: Pki, forge: Forge) -> None:
    root = etree.fromstring(signed(pki.leaf, Form()))
    forge(root)
    assert refused(etree.tostring(root)) is Refusal.SIG_STRUCTURE


@pytest.mark.parametrize(
    ("forge", "expected"),
    [
        (new_child("Signature", ds("SignedInfo")), Refusal.SIG_SIGNED_INFO),
        (new_child("Signature", ds("KeyInfo")), Refusal.SIG_KEYINFO),
        (new_child("Signature", ds("Object")), Refusal.SIG_UNSUPPORTED),
        (new_child("Reference", "{urn:x}y"), Refusal.SIG_REFERENCE),
        (attribute_of("Reference", "x"), Refusal.SIG_REFERENCE),
        (attribute_of("KeyInfo", "x"), Refusal.SIG_KEYINFO),
        (new_child("SignatureMethod", ds("HMACOutputLength")), Refusal.SIG_UNSUPPORTED),
        (new_child("DigestValue", "x"), Refusal.SIG_REFERENCE),
    ],
)
def test_parts_of_the_signature(pki: Pki, forge: Forge, expected: Refusal) -> None:
    root = etree.fromstring(signed(pki.leaf, Form()))
    forge(root)
    assert refused(etree.tostring(root)) is expected


def test_text_behind_what_is_signed(pki: Pki) -> None:
    root = etree.fromstring(invoice(pki.leaf))
    root.find(PART).tail = "x"
    assert refused(etree.tostring(root), SELLER, PART) is Refusal.SIG_UNSUPPORTED
    root = etree.fromstring(invoice(pki.leaf))
    find(root, "Signature").tail = "x"
    assert refused(etree.tostring(root), SELLER, PART) is Refusal.SIG_UNSUPPORTED


def test_signature_in_a_signature(pki: Pki) -> None:
    counter = f'<q:CounterSignature><Signature xmlns="{DS}" Id="inner"/></q:CounterSignature>'
    unsigned = (
        f"<q:UnsignedProperties><q:UnsignedSignatureProperties>{counter}</q:UnsignedSignatureProperties>"
        "</q:UnsignedProperties>"
    )
    data = xades(pki, xades_time(), unsigned=unsigned)
    assert known(data).others == ("#inner",) or known(data).others[0].startswith(PLACE)
    assert refused(data, "#inner") is Refusal.SIG_UNSUPPORTED


def test_many_signatures(pki: Pki) -> None:
    root = etree.fromstring(signed(pki.leaf, Form((DATA,), identifier="NBan"), INVOICE, SELLER))
    for _ in range(MAX_SIGNATURES - 1):
        etree.SubElement(root, ds("Signature"))
    assert len(known(etree.tostring(root), SELLER, PART).others) == MAX_SIGNATURES - 1
    etree.SubElement(root, ds("Signature"))
    assert refused(etree.tostring(root), SELLER, PART) is Refusal.SIG_TOO_LARGE


def test_places_that_are_none(pki: Pki) -> None:
    data = invoice(pki.leaf)
    for place in (
        "",
        "/",
        "DSCKS",
        "DSCKS/",
        "/DSCKS/NBan",
        "DSCKS//NBan",
        "NBan",
        "#",
        "#nobody",
        "*",
        "DSCKS/*",
        "..",
    ):
        assert refused(data, place, PART) is Refusal.SIG_WRAPPED, place
    for part in ("", "/", "HDon", "DLHDon/", "*", "//DLHDon", "#data", "."):
        assert refused(data, SELLER, part) is Refusal.SIG_REFERENCE, part
    doubled = data.replace(b"<DSCKS>", b"<DSCKS><NBan/></DSCKS><DSCKS>")
    assert known(doubled, "#NBan", PART)
    with pytest.raises(SignatureRefused) as caught:
        known(doubled, SELLER, PART)
    assert caught.value.advice == ("--place #NBan",), "the path is not clear"
