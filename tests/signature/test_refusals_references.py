"""A verifier of XML signatures must refuse: SignedInfo, references, transforms and algorithms."""

from __future__ import annotations

import copy
from base64 import b64encode

import pytest
from lxml import etree

from chukyso.signature.profile import DS, ds
from chukyso.signature.refusal import Refusal
from support.forgery import Forge, algorithm, forged, refused
from support.signature import Pki, dump, find, parse


def test_second_signed_info(pki: Pki, signed: bytes) -> None:
    def first(root: etree._Element) -> None:
        find(root, "Signature").insert(0, copy.deepcopy(find(root, "SignedInfo")))

    def last(root: etree._Element) -> None:
        find(root, "Signature").append(copy.deepcopy(find(root, "SignedInfo")))

    def in_object(root: etree._Element) -> None:
        find(root, "SignatureProperty").append(copy.deepcopy(find(root, "SignedInfo")))

    def none(root: etree._Element) -> None:
        find(root, "Signature").remove(find(root, "SignedInfo"))

    for forge in (first, last, in_object):
        assert refused(forged(pki, signed, forge)) is Refusal.SIG_SIGNED_INFO
    root = parse(signed)
    none(root)
    assert refused(dump(root)) is Refusal.SIG_SIGNED_INFO


def add_reference(uri: str) -> Forge:
    def forge(root: etree._Element) -> None:
        info = find(root, "SignedInfo")
        extra = copy.deepcopy(info[-1])
        extra.set("URI", uri)
        info.append(extra)

    return forge


def set_uri(index: int, uri: str | None) -> Forge:
    def forge(root: etree._Element) -> None:
        reference = list(root.iter(ds("Reference")))[index]
        if uri is None:
            del reference.attrib["URI"]
        else:
            reference.set("URI", uri)

    return forge


def without_reference(index: int) -> Forge:
    def forge(root: etree._Element) -> None:
        info = find(root, "SignedInfo")
        info.remove(info.findall(ds("Reference"))[index])

    return forge


def many_references(root: etree._Element) -> None:
    info = find(root, "SignedInfo")
    for _ in range(100):
        info.append(copy.deepcopy(info[-1]))


def swapped_references(root: etree._Element) -> None:
    info = find(root, "SignedInfo")
    info.append(info[2])


def reference_to_a_part(root: etree._Element) -> None:
    root.find("CKS_MOI").set("Id", "part")
    set_uri(0, "#part")(root)


def reference_to_the_property_elsewhere(root: etree._Element) -> None:
    root.find("CKS_MOI").set("Id", "part")
    set_uri(1, "#part")(root)


def reference_with_type(root: etree._Element) -> None:
    find(root, "Reference").set("Type", "http://www.w3.org/2000/09/xmldsig#Manifest")


@pytest.mark.parametrize(
    "forge",
    [
        add_reference("#nowhere"),
        many_references,
        without_reference(0),
        without_reference(1),
        swapped_references,
        reference_to_a_part,
        reference_to_the_property_elsewhere,
        reference_with_type,
        set_uri(0, None),
        set_uri(0, "#"),
        set_uri(1, ""),
        set_uri(1, "#nowhere"),
        set_uri(1, "#xpointer(/)"),
        set_uri(1, "#xpointer(id('x'))"),
    ],
)
def test_references(pki: Pki, signed: bytes, forge: Forge) -> None:
    wanted = {Refusal.SIG_REFERENCE}
    if forge is swapped_references:
        wanted = {Refusal.SIG_TRANSFORM}  # seen there first: the signing time has no enveloped transform
    assert refused(forged(pki, signed, forge)) in wanted


@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1:1/x", "file:///etc/passwd", "other.xml", "//host/x", "\\\\host\\share", "data:,x"]
)
@pytest.mark.parametrize("index", [0, 1])
def test_external_references(pki: Pki, signed: bytes, uri: str, index: int) -> None:
    assert refused(forged(pki, signed, set_uri(index, uri))) is Refusal.SIG_EXTERNAL_REFERENCE


@pytest.mark.parametrize("value", ["", "QUJD", "***", b64encode(b"x" * 33).decode()])
def test_digest_value_that_is_not_one(signed: bytes, value: str) -> None:
    root = parse(signed)
    find(root, "DigestValue").text = value
    assert refused(dump(root)) is Refusal.SIG_REFERENCE


def transform(index: int, *algorithms: str) -> Forge:
    def forge(root: etree._Element) -> None:
        holder = list(root.iter(ds("Transforms")))[index]
        for child in list(holder):
            holder.remove(child)
        for name in algorithms:
            etree.SubElement(holder, ds("Transform"), Algorithm=name)

    return forge


def transform_with_child(root: etree._Element) -> None:
    step = list(root.iter(ds("Transform")))[1]
    etree.SubElement(step, "{http://www.w3.org/2001/10/xml-exc-c14n#}InclusiveNamespaces", PrefixList="ds")


def xpath_inside(root: etree._Element) -> None:
    etree.SubElement(find(root, "Transform"), ds("XPath")).text = "ancestor::x"


ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"


@pytest.mark.parametrize(
    "forge",
    [
        transform(0, "http://www.w3.org/TR/1999/REC-xslt-19991116"),
        transform(0, ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116", C14N),
        transform(0, ENVELOPED, "http://www.w3.org/TR/1999/REC-xpath-19991116"),
        transform(0, ENVELOPED, "http://www.w3.org/2002/06/xmldsig-filter2", C14N),
        transform(0, ENVELOPED, "http://www.w3.org/2000/09/xmldsig#base64"),
        transform(0, ENVELOPED, C14N + "WithComments"),
        transform(0, ENVELOPED, "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
        transform(0, C14N),
        transform(0, ENVELOPED),
        transform(0, C14N, ENVELOPED),
        transform(0, ENVELOPED, ENVELOPED, C14N),
        transform(0),
        transform(1, ENVELOPED, C14N),
        transform(1, "http://www.w3.org/2000/09/xmldsig#base64"),
        transform(1),
        transform_with_child,
        xpath_inside,
    ],
)
def test_transforms(pki: Pki, signed: bytes, forge: Forge) -> None:
    assert refused(forged(pki, signed, forge)) is Refusal.SIG_TRANSFORM


def hmac_output_length(root: etree._Element) -> None:
    etree.SubElement(find(root, "SignatureMethod"), ds("HMACOutputLength")).text = "1"


def method_with_text(root: etree._Element) -> None:
    find(root, "DigestMethod").text = "x"


def method_with_attribute(root: etree._Element) -> None:
    find(root, "CanonicalizationMethod").set("x", "1")


@pytest.mark.parametrize(
    "forge",
    [
        algorithm("SignatureMethod", f"{DS}rsa-sha1"),
        algorithm("SignatureMethod", f"{DS}hmac-sha1"),
        algorithm("SignatureMethod", f"{DS}dsa-sha1"),
        algorithm("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
        algorithm("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5"),
        algorithm("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"),
        algorithm("SignatureMethod", "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"),
        algorithm("SignatureMethod", "http://www.w3.org/2007/05/xmldsig-more#sha1-rsa-MGF1"),
        algorithm("SignatureMethod", "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1"),
        algorithm("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
        algorithm("SignatureMethod", ""),
        algorithm("DigestMethod", f"{DS}sha1"),
        algorithm("DigestMethod", "http://www.w3.org/2001/04/xmldsig-more#md5"),
        algorithm("DigestMethod", "http://www.w3.org/2001/04/xmlenc#sha512"),
        algorithm("CanonicalizationMethod", "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
        algorithm("CanonicalizationMethod", C14N + "WithComments"),
        hmac_output_length,
        method_with_text,
        method_with_attribute,
    ],
)
def test_algorithms(pki: Pki, signed: bytes, forge: Forge) -> None:
    assert refused(forged(pki, signed, forge)) is Refusal.SIG_ALGORITHM
