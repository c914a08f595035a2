"""A verifier of XML signatures must refuse: further forgeries, and spellings that must change nothing.

What is refused by rule is in ``test_signature_refusals*``; here are the attacks that combine several of them, and those
that live on the difference between what is signed, what is parsed and what is read.
"""

from __future__ import annotations

import copy

import pytest
from lxml import etree

from chukyso.signature.profile import ds
from chukyso.signature.refusal import Refusal
from chukyso.signature.verify import check_signature
from chukyso.signature.xmlsafe import canonical
from support.forgery import Forge, forged, refused
from support.signature import (
    DOCUMENT,
    PLACE,
    TAX_CODE,
    Pki,
    dump,
    find,
    parse,
)

EVIL = "0101234573"


# -- wrapping: the signed content is kept somewhere, something else is to be read ----------------------------


def original_in_new_object(root: etree._Element) -> None:
    original = parse(DOCUMENT)
    etree.SubElement(find(root, "Signature"), ds("Object")).append(original)
    root.find("TTDVI/MST").text = EVIL


def content_in_new_object(root: etree._Element) -> None:
    etree.SubElement(find(root, "Signature"), ds("Object")).append(root.find("TTDVI"))


def content_in_the_property(root: etree._Element) -> None:
    find(root, "SignatureProperty").append(root.find("TTDVI"))


def original_in_the_objects_property(root: etree._Element) -> None:
    find(root, "SignatureProperty").append(parse(DOCUMENT))
    root.find("TTDVI/MST").text = EVIL


def original_beside_the_signature(root: etree._Element) -> None:
    root.find(PLACE).append(parse(DOCUMENT))
    root.find("TTDVI/MST").text = EVIL


def original_inside_key_info(root: etree._Element) -> None:
    find(root, "KeyInfo").append(parse(DOCUMENT))
    root.find("TTDVI/MST").text = EVIL


def original_as_a_sibling(root: etree._Element) -> None:
    """The document with its signature stands beside the attacker's, below a new root of the same name."""
    original = copy.deepcopy(root)
    evil = copy.deepcopy(root)
    evil.remove(evil.find(PLACE))
    evil.find("TTDVI/MST").text = EVIL
    for child in list(root):
        root.remove(child)
    root.extend([evil, original])


def part_by_id(root: etree._Element) -> None:
    """The first Reference points to a part that is as it was signed; the rest is the attacker's."""
    part = copy.deepcopy(root.find("TTDVI"))
    part.set("Id", "part")
    root.insert(0, part)
    root.findall("TTDVI")[1].find("MST").text = EVIL
    find(root, "Reference").set("URI", "#part")


def signature_as_the_parent(root: etree._Element) -> None:
    """The content moves into the signature's place, around it."""
    place = root.find(PLACE)
    for child in list(root):
        if child is not place:
            place.append(child)


@pytest.mark.parametrize(
    ("forge", "expected"),
    [
        (original_in_new_object, Refusal.SIG_WRAPPED),
        (content_in_new_object, Refusal.SIG_STRUCTURE),
        (content_in_the_property, Refusal.SIG_TIME),
        (original_in_the_objects_property, Refusal.SIG_WRAPPED),
        (original_beside_the_signature, Refusal.SIG_WRAPPED),
        (original_inside_key_info, Refusal.SIG_WRAPPED),
        (original_as_a_sibling, Refusal.SIG_WRAPPED),
        (part_by_id, Refusal.SIG_REFERENCE),
        (signature_as_the_parent, Refusal.SIG_WRAPPED),
    ],
)
def test_wrapping_variants(pki: Pki, signed: bytes, forge: Forge, expected: Refusal) -> None:
    assert refused(forged(pki, signed, forge)) is expected
    root = parse(signed)
    forge(root)
    refused(dump(root))  # as the attacker has it, who cannot sign again: whatever is found first


@pytest.mark.parametrize("place", [None, "TTin/Cky"])
def test_wrapping_at_other_places(pki: Pki, place: str | None) -> None:
    document = DOCUMENT.replace(b"<CKy_Dvi/>", b"<TTin><Cky/></TTin>")
    signed = pki.signed(document=document, place=place)
    assert check_signature(signed, place=place).certificate.der == pki.leaf.der

    def moved_up(root: etree._Element) -> None:
        root.insert(0, find(root, "Signature"))

    def behind_it(root: etree._Element) -> None:
        etree.SubElement(find(root, "Signature").getparent(), "MST").text = EVIL

    def deeper(root: etree._Element) -> None:
        signature = find(root, "Signature")
        etree.SubElement(signature.getparent(), "Wrapper").append(signature)

    def text_behind_it(root: etree._Element) -> None:
        find(root, "Signature").tail = EVIL

    for forge in (moved_up, behind_it, deeper, text_behind_it):
        assert refused(forged(pki, signed, forge), place=place) is Refusal.SIG_WRAPPED
    for wrong in ("CKy_Dvi", "Cky", "TTin", "TTDVI/Cky", "/Cky", "TTin/", "TTin//Cky"):
        assert refused(signed, place=wrong) is Refusal.SIG_WRAPPED


def test_another_document_under_the_same_signature(pki: Pki, signed: bytes) -> None:
    """SignedInfo, value and certificate of one document in another, each by itself and all together."""
    other = parse(pki.signed(document=DOCUMENT.replace(b"5401", b"5402")))
    for tags, expected in (
        (("SignedInfo",), {Refusal.SIG_BROKEN, Refusal.SIG_REFERENCE}),
        (("SignatureValue",), {Refusal.SIG_BROKEN}),
        (("Object",), {Refusal.SIG_REFERENCE}),
        (("SignedInfo", "SignatureValue"), {Refusal.SIG_REFERENCE}),
        (("SignedInfo", "SignatureValue", "Object"), {Refusal.SIG_STRUCTURE}),
    ):
        root = parse(signed)
        for tag in tags:
            mine, theirs = find(root, tag), copy.deepcopy(find(other, tag))
            mine.getparent().replace(mine, theirs)
        assert refused(dump(root)) in expected, tags
    root = parse(signed)
    root.find(PLACE).replace(find(root, "Signature"), copy.deepcopy(find(other, "Signature")))
    assert refused(dump(root)) is Refusal.SIG_DIGEST


# -- spellings: the same content in other bytes is the same, other content is not -----------------------------

SPELLINGS = {
    "CDATA": (b"<MST>0101234565", b"<MST><![CDATA[0101234565]]>"),
    "CDATA in the middle": (b"<MST>0101234565", b"<MST>0101<![CDATA[234]]>565"),
    "character reference": (b"<MST>0101234565", b"<MST>&#48;&#x31;01234565"),
    "quotes": (b'encoding="UTF-8"?', b"encoding='UTF-8'?"),
    "space in a tag": (b"<MST>", b"<MST \n>"),
    "space in an end tag": (b"</MST>", b"</MST\t>"),
    "declaration that is not used": (b"<TTDVI>", b'<TTDVI xmlns:unused="urn:x">'),
    "carriage return": (b"?>\n<ThayDoi", b"?>\r\n<ThayDoi"),
}


@pytest.mark.parametrize("label", list(SPELLINGS))
def test_spelling_changes_nothing_that_is_read(signed: bytes, label: str) -> None:
    old, new = SPELLINGS[label]
    original = check_signature(signed)
    data = signed.replace(b"'UTF-8'?", b'"UTF-8"?').replace(b"version='1.0'", b'version="1.0"').replace(old, new)
    assert data != signed
    verified = check_signature(data)
    assert verified.signed_bytes == original.signed_bytes == canonical(verified.root)
    assert verified.root.findtext("TTDVI/MST") == TAX_CODE


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (b"<MST>0101234565", b"<MST>0101<?x?>234565", Refusal.SIG_COMMENT),
        (b"<MST>0101234565", b"<MST>0101<!---->234565", Refusal.SIG_COMMENT),
        (b"<MST>0101234565", b"<MST>&e;", Refusal.SIG_MALFORMED),
        (b"<MST>", b'<MST a="&e;">', Refusal.SIG_MALFORMED),
        (b"<MST>", b'<MST xmlns="urn:x">', Refusal.SIG_DIGEST),
        (b"<TTDVI>", b'<TTDVI xmlns:a="urn:x" a:b="">', Refusal.SIG_DIGEST),
        (b"<MST>", b'<MST xml:space="preserve">', Refusal.SIG_DIGEST),
        (b"<MST>", b"<MST> ", Refusal.SIG_DIGEST),
        (b"<MST>0101234565", b"<MST>0101234565&#13;", Refusal.SIG_DIGEST),
        (b"<MST>0101234565", "<MST>0101234565\u200b".encode(), Refusal.SIG_DIGEST),
        ("Công".encode(), "Co\u0302ng".encode(), Refusal.SIG_DIGEST),
        (b"<SignedInfo", b'<SignedInfo xmlns:ds="urn:x"', Refusal.SIG_MALFORMED),
        (b'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"', b'xmlns:ds="urn:x"', Refusal.SIG_MISSING),
        (b"<ds:SignedInfo", b'<ds:SignedInfo xmlns:ds="urn:x"', Refusal.SIG_SIGNED_INFO),
        (b"<ds:KeyInfo", b'<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:x="urn:x"', None),
    ],
)
def test_spelling_that_is_other_content(signed: bytes, old: bytes, new: bytes, expected: Refusal | None) -> None:
    if old == b"<SignedInfo":
        old, new = b"<ds:SignedInfo", b"<SignedInfo"  # an end tag that does not fit
    data = signed.replace(old, new)
    assert data != signed
    if expected is None:
        assert check_signature(data).signed_bytes == check_signature(signed).signed_bytes
    else:
        assert refused(data) is expected


def test_encodings(signed: bytes) -> None:
    text = signed.decode()
    bare = text.partition("?>")[2].lstrip()
    assert check_signature(b"\xef\xbb\xbf" + signed).signed_bytes == check_signature(signed).signed_bytes
    others = [
        bare.encode("utf-16"),
        bare.encode("utf-16-le"),
        b"\xff\xfe" + bare.encode("utf-16-le"),
        bare.encode("utf-32"),
        signed.replace(b"UTF-8", b"UTF-7"),
        signed.replace(b"UTF-8", b"windows-1258"),
    ]
    for data in others:
        assert refused(data) is Refusal.SIG_UNSUPPORTED, data[:60]
    malformed = [
        b"\xef\xbb\xbf\xef\xbb\xbf" + signed,
        b"+ADw-" + bare.encode()[1:],
        signed.replace(b"UTF-8", b"UTF-16"),
        signed.replace(b"<MST>0101", b"<MST>\xc0\xb0101"),  # an overlong zero
        signed.replace(b"<MST>0101", b"<MST>\xed\xa0\x80101"),  # half a surrogate pair
        signed.replace(b"<MST>0101", b"<MST>\x00101"),
        signed.replace(b"<MST>0101", b"<MST>\xef\xbf\xbe101"),  # U+FFFE is no character
        signed.replace(b"<MST>0101", b"<MST>&#0;101"),
        b" " + signed,
    ]
    for data in malformed:
        assert refused(data) is Refusal.SIG_MALFORMED, data[:60]


def test_include_is_an_element_like_any_other(pki: Pki) -> None:
    include = b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
    document = DOCUMENT.replace(b"<CAM_KET>", include + b"<CAM_KET>")
    verified = check_signature(pki.signed(document=document))
    assert len(verified.root.findall("{http://www.w3.org/2001/XInclude}include")) == 1
    assert b"root:" not in verified.signed_bytes


def test_many_and_long_attributes(pki: Pki, signed: bytes) -> None:
    declarations = b"".join(b' xmlns:n%d="urn:%d"' % (number, number) for number in range(40))
    assert refused(signed.replace(b"<TTDVI>", b"<TTDVI" + declarations + b">")) is Refusal.SIG_TOO_LARGE
    long = b'<TTDVI a="' + b"x" * (1 << 20) + b'">'
    assert refused(signed.replace(b"<TTDVI>", long)) is Refusal.SIG_TOO_LARGE
    assert refused(signed.replace(b"<MST>", b"<MST " + b"a" * 400 + b'="">')) is Refusal.SIG_DIGEST
    assert refused(signed.replace(b"<MST>", b'<MST a="" a="">')) is Refusal.SIG_MALFORMED
