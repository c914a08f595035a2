"""A verifier of XML signatures must refuse: whatever else is in the signature, its time, and changed content."""

from __future__ import annotations

import copy

import pytest
from lxml import etree

from chukyso.signature import verify as verify_module
from chukyso.signature.profile import SIGNING_TIME, ds, format_time, parse_time
from chukyso.signature.refusal import Refusal
from chukyso.signature.structure import SignatureParts
from chukyso.signature.verify import check_signature
from support.forgery import Forge, forged, refused
from support.signature import NOW, Pki, dump, find, parse, resign


def new_child(parent: str, tag: str) -> Forge:
    return lambda root: etree.SubElement(find(root, parent), tag) is None


def attribute(element: str, key: str, value: str) -> Forge:
    return lambda root: find(root, element).set(key, value)


def drop_attribute(element: str, key: str) -> Forge:
    def forge(root: etree._Element) -> None:
        del find(root, element).attrib[key]

    return forge


def id_that_is_no_name(root: etree._Element) -> None:
    attribute("Signature", "Id", "a b")(root)
    attribute("SignatureProperty", "Target", "#a b")(root)


def text(element: str, value: str) -> Forge:
    return lambda root: setattr(find(root, element), "text", value)


@pytest.mark.parametrize(
    "forge",
    [
        new_child("Signature", ds("Object")),
        new_child("Signature", "{urn:x}y"),
        new_child("Object", ds("Manifest")),
        new_child("SignatureProperties", ds("SignatureProperty")),
        new_child("SignedInfo", "{urn:x}y"),
        attribute("Signature", "x", "1"),
        id_that_is_no_name,
        attribute("SignedInfo", "Id", "y"),
        attribute("SignatureProperties", "Id", "y"),
        attribute("SignatureProperty", "Target", "#y"),
        attribute("SignatureProperty", "Id", "y"),
        drop_attribute("Signature", "Id"),
        text("Signature", "x"),
        text("SignedInfo", "x"),
        text("Object", "x"),
        text("SignatureProperty", "x"),
    ],
)
def test_nothing_unexpected_in_the_signature(pki: Pki, signed: bytes, forge: Forge) -> None:
    assert refused(forged(pki, signed, forge)) is Refusal.SIG_STRUCTURE


@pytest.mark.parametrize("value", ["", "***", "QUJDRB==", "é"])
def test_signature_value_that_is_not_base64(signed: bytes, value: str) -> None:
    root = parse(signed)
    text("SignatureValue", value)(root)
    assert refused(dump(root)) is Refusal.SIG_STRUCTURE


def time_element(root: etree._Element) -> etree._Element:
    return next(root.iter(SIGNING_TIME))


def second_time(root: etree._Element) -> None:
    find(root, "SignatureProperty").append(copy.deepcopy(time_element(root)))


def no_time(root: etree._Element) -> None:
    find(root, "SignatureProperty").remove(time_element(root))


def time_in_another_namespace(root: etree._Element) -> None:
    moment = time_element(root).text
    no_time(root)
    etree.SubElement(find(root, "SignatureProperty"), "{urn:x}SigningTime").text = moment


def time_with_child(root: etree._Element) -> None:
    etree.SubElement(time_element(root), "x")


def time_text(value: str) -> Forge:
    return lambda root: setattr(time_element(root), "text", value)


@pytest.mark.parametrize(
    "forge",
    [
        second_time,
        no_time,
        time_in_another_namespace,
        time_with_child,
        time_text(""),
        time_text("2025-01-31"),
        time_text("2025-01-31T08:00:00"),
        time_text("2025-01-31T08:00:00+07:00"),
        time_text("2025-1-31T8:0:0Z"),
        time_text("2025-02-30T08:00:00Z"),
        time_text("٢٠٢٥-01-31T08:00:00Z"),
        time_text(" 2025-01-31T08:00:00Z"),
    ],
)
def test_signing_time_that_is_not_one(pki: Pki, signed: bytes, forge: Forge) -> None:
    assert refused(forged(pki, signed, forge)) is Refusal.SIG_TIME


def test_time_format_round_trip() -> None:
    assert parse_time(format_time(NOW)) == NOW


def test_changed_signing_time_is_noticed(signed: bytes) -> None:
    root = parse(signed)
    time_element(root).text = "2025-01-31T08:00:00Z"
    assert refused(dump(root)) is Refusal.SIG_DIGEST


def test_changed_content_is_noticed(signed: bytes) -> None:
    data = signed.replace(b"<SERIAL>5401", b"<SERIAL>5402")
    assert refused(data) is Refusal.SIG_DIGEST


def test_digest_made_right_again_breaks_the_signature(pki: Pki, signed: bytes) -> None:
    root = parse(signed.replace(b"<SERIAL>5401", b"<SERIAL>5402"))
    assert refused(resign(root, pki.ca)) is Refusal.SIG_BROKEN


def test_mathematics_alone_would_not_do(pki: Pki, signed: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the allow-list signxml accepts an extra Object: the list is what refuses it."""
    data = forged(pki, signed, new_child("Signature", ds("Object")))
    leaf = pki.leaf.der
    method = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    monkeypatch.setattr(verify_module, "read_signature", lambda *_: SignatureParts((leaf,), method))
    assert check_signature(data)
