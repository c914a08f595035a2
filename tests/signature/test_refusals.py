"""A verifier of XML signatures must refuse: what is wrong with the document as XML, and where the signature is.

The forgeries inside the signature are in ``test_signature_refusals_*``.
"""

from __future__ import annotations

import copy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from chukyso.signature.profile import ds
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.verify import check_signature
from chukyso.signature.xmlsafe import Limits
from support.forgery import Forge, forged, refused
from support.signature import DOCUMENT, NOW, PLACE, Pki, dump, find, parse, resign


def test_forging_tools_alone_change_nothing(pki: Pki, signed: bytes) -> None:
    """Otherwise every forgery below would be refused for the wrong reason."""
    assert check_signature(forged(pki, signed, lambda _root: None)).signing_time == NOW


def test_every_refusal_has_its_own_code_and_sentence() -> None:
    assert len({refusal.value for refusal in Refusal}) == len(Refusal)
    assert len({refusal.message for refusal in Refusal}) == len(Refusal)
    assert all(refusal.value == refusal.name for refusal in Refusal)


# -- the document as XML ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", Refusal.SIG_MALFORMED),
        (b"text", Refusal.SIG_MALFORMED),
        (b"<A>", Refusal.SIG_MALFORMED),
        (b"<A x:y='1'/>", Refusal.SIG_MALFORMED),
        (b"<A>\xff</A>", Refusal.SIG_MALFORMED),
        (b"<A>\x00</A>", Refusal.SIG_MALFORMED),
        (b"<A>&e;</A>", Refusal.SIG_MALFORMED),
        (b'<?xml version="1.1"?><A/>', Refusal.SIG_UNSUPPORTED),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><A/>', Refusal.SIG_UNSUPPORTED),
        (b'<?xml version="1.0" encoding="UTF-16"?><A/>', Refusal.SIG_MALFORMED),
        ('<?xml version="1.0"?><A/>'.encode("utf-16"), Refusal.SIG_UNSUPPORTED),
        (b"<!DOCTYPE A><A/>", Refusal.SIG_DTD),
        (b'<!DOCTYPE A SYSTEM "http://127.0.0.1/x.dtd"><A/>', Refusal.SIG_DTD),
        (b'<!DOCTYPE A [<!ENTITY e SYSTEM "file:///etc/passwd">]><A>&e;</A>', Refusal.SIG_DTD),
        (b'<!DOCTYPE A [<!ATTLIST A Id ID "x">]><A/>', Refusal.SIG_DTD),
        (b"<A><!-- x --></A>", Refusal.SIG_COMMENT),
        (b"<A/><!-- x -->", Refusal.SIG_COMMENT),
        (b"<A><?pi x?></A>", Refusal.SIG_COMMENT),
        (b"<?xml-stylesheet href='x'?><A/>", Refusal.SIG_COMMENT),
        (b"<A/><B/>", Refusal.SIG_TRAILING_DATA),
        (b"<A/>text", Refusal.SIG_TRAILING_DATA),
        (b"<A/>", Refusal.SIG_MISSING),
    ],
)
def test_documents_that_are_not_read(data: bytes, expected: Refusal) -> None:
    assert refused(data) is expected


def test_trailing_data_after_a_good_document(signed: bytes) -> None:
    assert refused(signed + b"<x/>") is Refusal.SIG_TRAILING_DATA
    assert refused(signed + b"\x00") in {Refusal.SIG_TRAILING_DATA, Refusal.SIG_MALFORMED}
    assert check_signature(signed + b"\n")


def test_comment_that_truncates_a_text(signed: bytes) -> None:
    """Canonicalisation drops it: the signature would still be right, the text before it would be read alone."""
    data = signed.replace(b"<MST>0101234565", b"<MST>0101<!-- -->234565")
    assert data != signed
    assert refused(data) is Refusal.SIG_COMMENT


def test_billion_laughs_is_refused_at_the_doctype() -> None:
    entities = b"".join(b'<!ENTITY e%d "%s">' % (i, b"&e%d;" % (i - 1) * 10) for i in range(1, 12))
    data = b'<!DOCTYPE A [<!ENTITY e0 "ha">' + entities + b"]><A>&e11;</A>"
    assert refused(data) is Refusal.SIG_DTD


def test_huge_and_deep_documents(signed: bytes) -> None:
    assert refused(b"<A>" + b"x" * (1 << 20) + b"</A>") is Refusal.SIG_TOO_LARGE
    assert refused(b"<A>" * 33 + b"</A>" * 33) is Refusal.SIG_TOO_LARGE
    assert refused(b"<A>" * 200_000) is Refusal.SIG_TOO_LARGE
    assert refused(b"<A>" + b"<B/>" * 5_000 + b"</A>") is Refusal.SIG_TOO_LARGE
    attributes = b"".join(b' a%d="1"' % i for i in range(33))
    assert refused(b"<A" + attributes + b"/>") is Refusal.SIG_TOO_LARGE
    assert refused(signed, limits=Limits(size=len(signed) - 1)) is Refusal.SIG_TOO_LARGE
    assert refused(signed, limits=Limits(elements=20)) is Refusal.SIG_TOO_LARGE
    assert check_signature(signed, limits=Limits(size=len(signed)))


def test_duplicate_ids_in_any_case(pki: Pki) -> None:
    for first, second in [("Id", "Id"), ("Id", "ID"), ("id", "Id"), ("xml:id", "Id"), ("iD", "ID")]:
        document = f'<A><B {first}="x"/><C {second}="x"/><CKy_Dvi/></A>'.encode()
        root = etree.fromstring(document)
        signature = find(parse(pki.signed(document=b"<A><B/><C/><CKy_Dvi/></A>")), "Signature")
        root.find(PLACE).append(signature)
        assert refused(resign(root, pki.leaf)) is Refusal.SIG_DUPLICATE_ID


def test_id_of_the_signed_property_taken_by_the_document(pki: Pki, signed: bytes) -> None:
    def forge(root: etree._Element) -> None:
        root.find("TTDVI").set("id", find(root, "Object").get("Id"))

    assert refused(forged(pki, signed, forge)) is Refusal.SIG_DUPLICATE_ID


# -- where the signature is ---------------------------------------------------------------------------------


def wrap_whole_document(root: etree._Element) -> None:
    """The signed document becomes a child of a new one, which carries the attacker's content."""
    original = copy.deepcopy(root)
    for child in list(root):
        root.remove(child)
    etree.SubElement(root, "MST").text = "0101234573"
    root.append(original)


def move_beside_place(root: etree._Element) -> None:
    root.append(find(root, "Signature"))


def move_up_with_empty_place(root: etree._Element) -> None:
    root.insert(0, find(root, "Signature"))


def second_place(root: etree._Element) -> None:
    etree.SubElement(root, PLACE)


def second_place_in_namespace(root: etree._Element) -> None:
    etree.SubElement(root, f"{{urn:x}}{PLACE}")


def place_in_namespace(root: etree._Element) -> None:
    root.find(PLACE).tag = f"{{urn:x}}{PLACE}"


def deep_place(root: etree._Element) -> None:
    etree.SubElement(root, "Wrapper").append(root.find(PLACE))


def content_in_place(root: etree._Element) -> None:
    etree.SubElement(root.find(PLACE), "MST").text = "0101234573"


def text_in_place(root: etree._Element) -> None:
    root.find(PLACE).text = "x"


def text_after_signature(root: etree._Element) -> None:
    find(root, "Signature").tail = "x"


def place_with_attribute(root: etree._Element) -> None:
    root.find(PLACE).set("a", "1")


def signature_elements_outside(root: etree._Element) -> None:
    etree.SubElement(root, ds("Object")).text = "x"


@pytest.mark.parametrize(
    "forge",
    [
        wrap_whole_document,
        move_beside_place,
        move_up_with_empty_place,
        second_place,
        second_place_in_namespace,
        place_in_namespace,
        deep_place,
        content_in_place,
        text_in_place,
        text_after_signature,
        place_with_attribute,
        signature_elements_outside,
    ],
)
def test_wrapping(pki: Pki, signed: bytes, forge: Forge) -> None:
    assert refused(forged(pki, signed, forge)) is Refusal.SIG_WRAPPED


def test_signed_document_moved_into_an_object(signed: bytes) -> None:
    """Enveloping: the root is the signature, the document sits in an Object."""
    original = parse(signed)
    signature = find(original, "Signature")
    etree.SubElement(signature, ds("Object")).append(parse(DOCUMENT))
    assert refused(dump(signature)) is Refusal.SIG_WRAPPED


def test_wrong_place_expected(signed: bytes) -> None:
    assert refused(signed, place="Cky") is Refusal.SIG_WRAPPED


def test_two_signatures(pki: Pki, signed: bytes) -> None:
    def beside(root: etree._Element) -> None:
        root.append(copy.deepcopy(find(root, "Signature")))
        list(root.iter(ds("Signature")))[-1].set("Id", "other")
        list(root.iter(ds("Object")))[-1].set("Id", "other-object")

    def inside_object(root: etree._Element) -> None:
        etree.SubElement(find(root, "Object"), ds("Signature"))

    assert refused(forged(pki, signed, beside)) is Refusal.SIG_MULTIPLE
    assert refused(forged(pki, signed, inside_object)) is Refusal.SIG_MULTIPLE


# -- no changed byte ----------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_changed_byte_changes_what_is_read(signed: bytes, data: st.DataObject) -> None:
    """A byte changed anywhere: refused, or nothing that a caller reads is different.

    The certificate is pinned here: KeyInfo is not signed, so a changed certificate over the same key is found by
    pinning it (the agent) or by validating its path (the portal), not by the mathematics.
    """
    index = data.draw(st.integers(0, len(signed) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != signed[index]))
    changed = signed[:index] + bytes([byte]) + signed[index + 1 :]
    original = check_signature(signed)
    try:
        verified = check_signature(changed, expected=original.certificate)
    except SignatureRefused:
        return
    assert verified.signed_bytes == original.signed_bytes
    assert verified.signing_time == original.signing_time
    assert verified.certificate == original.certificate


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_changed_byte_of_the_signed_content_passes(signed: bytes, data: st.DataObject) -> None:
    start, end = signed.index(b"<ThayDoiChuKySo>"), signed.index(b"<CKy_Dvi>")
    index = data.draw(st.integers(start, end - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != signed[index]))
    changed = signed[:index] + bytes([byte]) + signed[index + 1 :]
    with pytest.raises(SignatureRefused):
        check_signature(changed)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_garbage_is_refused_and_never_crashes(signed: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(signed) - 1))
    end = data.draw(st.integers(start, len(signed)))
    junk = data.draw(st.binary(max_size=40))
    try:
        verified = check_signature(signed[:start] + junk + signed[end:])
    except SignatureRefused:
        return
    assert verified.signed_bytes == check_signature(signed).signed_bytes
