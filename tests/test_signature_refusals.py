"""A verifier of XML signatures must refuse: one test for each way in.

Forgeries are signed again with the right key wherever a mere digest error would refuse them too: what is tested is the
rule, not the mathematics.
"""

from __future__ import annotations

import copy
from base64 import b64encode
from collections.abc import Callable, Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from chukyso.signature import verify as verify_module
from chukyso.signature.profile import DS, SIGNING_TIME, ds, format_time, parse_time
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.structure import SignatureParts
from chukyso.signature.verify import check_signature
from chukyso.signature.xmlsafe import Limits
from fixtures_signature import DOCUMENT, NOW, PLACE, Party, Pki, Server, dump, find, issue, name, parse, resign

Forge = Callable[[etree._Element], None]


@pytest.fixture(scope="module")
def pki() -> Iterator[Pki]:
    with Server().running() as server:
        yield Pki(server)


@pytest.fixture(scope="module")
def signed(pki: Pki) -> bytes:
    return pki.signed()


def refused(data: bytes, **options: object) -> Refusal:
    with pytest.raises(SignatureRefused) as caught:
        check_signature(data, **options)
    assert caught.value.detail
    assert caught.value.message.endswith(".")
    return caught.value.refusal


def forged(pki: Pki, signed: bytes, forge: Forge, party: Party | None = None) -> bytes:
    root = parse(signed)
    forge(root)
    return resign(root, party or pki.leaf)


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
        (b'<?xml version="1.1"?><A/>', Refusal.SIG_MALFORMED),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><A/>', Refusal.SIG_MALFORMED),
        ('<?xml version="1.0"?><A/>'.encode("utf-16"), Refusal.SIG_MALFORMED),
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


# -- SignedInfo and References ------------------------------------------------------------------------------


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
        for algorithm in algorithms:
            etree.SubElement(holder, ds("Transform"), Algorithm=algorithm)

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


def algorithm(element: str, value: str) -> Forge:
    return lambda root: find(root, element).set("Algorithm", value)


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


# -- KeyInfo ------------------------------------------------------------------------------------------------


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


def b64(der: bytes) -> str:
    return b64encode(der).decode()


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


# -- the rest of the signature ------------------------------------------------------------------------------


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
