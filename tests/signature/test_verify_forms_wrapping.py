"""Forgeries of the forms that other programs make: what is signed, by which Id, in which canonical form.

Each is signed again, so that the rule is tested and not a digest.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace

import pytest
from lxml import etree

from chukyso.signature.forms import C14N_10
from chukyso.signature.profile import DS, ENVELOPED, EXC_C14N, ds
from chukyso.signature.refusal import Refusal
from support.forms import (
    DATA,
    DOCUMENT,
    INVOICE,
    OFFICE,
    PLACE,
    PROPERTIES,
    SELLER,
    TIME,
    WHOLE,
    Forge,
    Form,
    Ref,
    find,
    forged,
    invoice,
    known,
    refused,
    resigned,
    signed,
    time_object,
    xades_object,
    xades_time,
)
from support.signature import Pki
from support.verify import verdict

EVIL = "0101234573"
PART = "DLHDon"


def evil_data(root: etree._Element) -> etree._Element:
    """A copy of the signed element with another content and no Id."""
    evil = copy.deepcopy(root.find(PART))
    del evil.attrib["Id"]
    evil.find("NDHDon/NBan/MST").text = EVIL
    return evil


# -- wrapping: as an attacker has it, who cannot sign again ----------------------------------------------------


def moved_aside(root: etree._Element) -> None:
    """The signed element goes into a wrapper, another one takes its place."""
    evil = evil_data(root)
    etree.SubElement(root, "Wrapper").append(root.find(PART))
    root.insert(0, evil)


def moved_into_the_signature(root: etree._Element) -> None:
    evil = evil_data(root)
    etree.SubElement(find(root, "Signature"), ds("Object")).append(root.find(PART))
    root.insert(0, evil)


def moved_into_key_info(root: etree._Element) -> None:
    evil = evil_data(root)
    find(root, "KeyInfo").append(root.find(PART))
    root.insert(0, evil)


def moved_into_the_property(root: etree._Element) -> None:
    evil = evil_data(root)
    find(root, "SignatureProperty").append(root.find(PART))
    root.insert(0, evil)


def beside_it(root: etree._Element) -> None:
    root.insert(0, evil_data(root))


def behind_it(root: etree._Element) -> None:
    root.append(evil_data(root))


def around_it(root: etree._Element) -> None:
    """An element of the same name and place around the signed one."""
    evil, original = evil_data(root), root.find(PART)
    root.replace(original, evil)
    evil.append(original)


def below_a_new_root(root: etree._Element) -> None:
    original = copy.deepcopy(root)
    evil = evil_data(original)
    for child in list(root):
        root.remove(child)
    root.extend([evil, original, copy.deepcopy(original.find("DSCKS"))])
    original.remove(original.find("DSCKS"))


def other_namespace(root: etree._Element) -> None:
    """An element that only looks like it by its local name."""
    evil = evil_data(root)
    evil.tag = f"{{urn:x}}{PART}"
    root.insert(0, evil)


@pytest.mark.parametrize(
    "forge",
    [
        moved_aside,
        moved_into_the_signature,
        moved_into_key_info,
        moved_into_the_property,
        beside_it,
        behind_it,
        around_it,
        below_a_new_root,
        other_namespace,
    ],
)
@pytest.mark.parametrize("sign_again", [False, True])
def test_wrapping(pki: Pki, forge: Forge, sign_again: bool) -> None:
    root = etree.fromstring(invoice(pki.leaf))
    forge(root)
    data = resigned(root, pki.leaf, "NBan") if sign_again else etree.tostring(root)
    assert refused(data, SELLER, PART) in {
        Refusal.SIG_REFERENCE,
        Refusal.SIG_UNSUPPORTED,
        Refusal.SIG_KEYINFO,
    }


def test_what_is_beside_the_signed_part_is_never_handed_out(pki: Pki) -> None:
    """An attacker adds to the document what he likes: the verdict is about the part, and says so."""
    root = etree.fromstring(invoice(pki.leaf))
    evil = evil_data(root)
    evil.tag = "ToKhai"
    root.insert(0, evil)
    (part,) = known(etree.tostring(root), SELLER, PART).parts
    assert part.path == PART
    assert EVIL.encode() not in part.data
    assert refused(etree.tostring(root), SELLER) is Refusal.SIG_REFERENCE, "not the whole document"
    assert refused(etree.tostring(root), SELLER, "ToKhai") is Refusal.SIG_REFERENCE, "not what is not signed"


def test_signature_of_an_invoice_in_another_document(pki: Pki) -> None:
    """Signed elements of one document carried into another: without --part it is no signature of it."""
    stolen = etree.fromstring(invoice(pki.leaf))
    root = etree.fromstring(DOCUMENT)
    root.append(stolen.find(PART))
    root.find(PLACE).append(find(stolen, "Signature"))
    assert refused(etree.tostring(root)) is Refusal.SIG_REFERENCE
    assert verdict(pki, etree.tostring(root), place=PLACE).name == "INDETERMINATE/SIG_CONSTRAINTS_FAILURE"


# -- Ids ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("attribute", ["Id", "ID", "id", "iD", "{urn:x}Id", "{http://www.w3.org/XML/1998/namespace}id"])
def test_two_elements_of_one_id(pki: Pki, attribute: str) -> None:
    def forge(root: etree._Element) -> None:
        root.find("DSCKS").set(attribute, "data")

    assert refused(forged(pki.leaf, invoice(pki.leaf), forge, "NBan"), SELLER, PART) is Refusal.SIG_DUPLICATE_ID


@pytest.mark.parametrize("attribute", ["iD", "{urn:x}Id", "Ident", "name"])
def test_attribute_that_is_no_id(pki: Pki, attribute: str) -> None:
    root = etree.fromstring(invoice(pki.leaf))
    element = root.find(PART)
    del element.attrib["Id"]
    element.set(attribute, "data")
    assert refused(etree.tostring(root), SELLER, PART) is Refusal.SIG_REFERENCE


@pytest.mark.parametrize("uri", ["#", "##data", "#data ", "#DATA", "# data", "#da'ta", '#"', "#nowhere", "#Data"])
def test_references_to_nothing(pki: Pki, uri: str) -> None:
    def forge(root: etree._Element) -> None:
        find(root, "Reference").set("URI", uri)

    assert refused(forged(pki.leaf, invoice(pki.leaf), forge, "NBan"), SELLER, PART) is Refusal.SIG_REFERENCE


def test_external_references(pki: Pki) -> None:
    for uri in ("http://127.0.0.1:1/x", "file:///etc/passwd", "other.xml", "data:,x", " "):
        assert refused(signed(pki.leaf, Form((Ref(uri),)))) is Refusal.SIG_EXTERNAL_REFERENCE


# -- what a signature is over ---------------------------------------------------------------------------------


def test_signatures_over_nothing_useful(pki: Pki) -> None:
    """The chosen one of several signs its own time, its own key, or properties only."""
    properties = xades_object(xades_time())
    forms = [
        Form((TIME,), objects=time_object()),
        Form((PROPERTIES,), objects=properties),
        Form((TIME, PROPERTIES), objects=time_object() + properties),
    ]
    for form in forms:
        assert refused(signed(pki.leaf, form)) is Refusal.SIG_REFERENCE
        data = signed(pki.leaf, form, invoice(pki.leaf, form=Form((DATA,), identifier="NBan")), OFFICE)
        assert refused(data, OFFICE, PART) is Refusal.SIG_REFERENCE
        assert known(data, SELLER, PART)
    no_references = etree.fromstring(signed(pki.leaf, Form()))
    find(no_references, "SignedInfo").remove(find(no_references, "Reference"))
    assert refused(resigned(no_references, pki.leaf)) is Refusal.SIG_STRUCTURE


def test_elements_around_and_inside_signatures(pki: Pki) -> None:
    """What only surrounds signatures, what is a signature's own, and what is another signature's."""
    two = invoice(pki.leaf, pki.leaf)

    def referring_to(path: str) -> Callable[[etree._Element], None]:
        def forge(root: etree._Element) -> None:
            target = root.find(path)
            target.set("Id", "aim")
            root.findall(f".//{ds('Signature')}")[1].find(f".//{ds('Reference')}").set("URI", "#aim")

        return forge

    own, other = f"DSCKS/CQT/{ds('Signature')}", f"DSCKS/NBan/{ds('Signature')}"
    cases = {
        "DSCKS": Refusal.SIG_REFERENCE,  # not what was asked for
        f"{own}/{ds('SignatureValue')}": Refusal.SIG_UNSUPPORTED,
        f"{own}/{ds('SignedInfo')}": Refusal.SIG_UNSUPPORTED,
        f"{own}/{ds('Object')}/{ds('SignatureProperties')}": Refusal.SIG_REFERENCE,
        f"{other}/{ds('Object')}/{ds('SignatureProperties')}": Refusal.SIG_UNSUPPORTED,
        f"{other}/{ds('SignatureValue')}": Refusal.SIG_UNSUPPORTED,
        other: Refusal.SIG_UNSUPPORTED,
    }
    for path, expected in cases.items():
        assert refused(forged(pki.leaf, two, referring_to(path), "Tct"), OFFICE, PART) is expected, path


def test_the_same_thing_twice(pki: Pki) -> None:
    document = DOCUMENT.replace(b"<ToKhai>", b'<ToKhai Id="doc">')
    assert refused(signed(pki.leaf, Form((WHOLE, WHOLE)))) is Refusal.SIG_REFERENCE
    assert refused(signed(pki.leaf, Form((WHOLE, Ref("#doc"))), document)) is Refusal.SIG_REFERENCE
    assert refused(signed(pki.leaf, Form((WHOLE, TIME, TIME), objects=time_object()))) is Refusal.SIG_REFERENCE
    form = Form((WHOLE, PROPERTIES, PROPERTIES), objects=xades_object(xades_time()))
    assert refused(signed(pki.leaf, form)) is Refusal.SIG_REFERENCE


# -- transforms and canonical forms ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ((EXC_C14N, ENVELOPED), Refusal.SIG_TRANSFORM),
        ((C14N_10, ENVELOPED), Refusal.SIG_TRANSFORM),
        ((ENVELOPED, ENVELOPED), Refusal.SIG_TRANSFORM),
        ((ENVELOPED, C14N_10, ENVELOPED), Refusal.SIG_TRANSFORM),
        ((ENVELOPED, "http://www.w3.org/TR/1999/REC-xslt-19991116"), Refusal.SIG_TRANSFORM),
        ((ENVELOPED, C14N_10, EXC_C14N), Refusal.SIG_UNSUPPORTED),
        ((ENVELOPED, "http://www.w3.org/TR/1999/REC-xpath-19991116"), Refusal.SIG_UNSUPPORTED),
        ((ENVELOPED, "http://www.w3.org/2002/06/xmldsig-filter2", C14N_10), Refusal.SIG_UNSUPPORTED),
        ((f"{DS}base64",), Refusal.SIG_UNSUPPORTED),
        (("urn:x",), Refusal.SIG_UNSUPPORTED),
        ((EXC_C14N,), Refusal.SIG_DIGEST),  # the signature is in what it signs
        ((), Refusal.SIG_DIGEST),
    ],
)
def test_transforms(pki: Pki, steps: tuple[str, ...], expected: Refusal) -> None:
    assert refused(signed(pki.leaf, Form((Ref(transforms=steps),)))) is expected


def test_enveloped_transform_on_the_signatures_own(pki: Pki) -> None:
    """It takes the signature out, and with it what was to be signed."""
    time = replace(TIME, transforms=(ENVELOPED,))
    properties = replace(PROPERTIES, transforms=(ENVELOPED, EXC_C14N))
    assert refused_or_raised(pki, Form((WHOLE, time), objects=time_object())) is Refusal.SIG_TRANSFORM
    assert refused_or_raised(pki, Form((WHOLE, properties), objects=xades_object(""))) is Refusal.SIG_TRANSFORM


def refused_or_raised(pki: Pki, form: Form) -> Refusal:
    plain = replace(form, refs=tuple(replace(ref, transforms=()) if ref.uri else ref for ref in form.refs))
    root = etree.fromstring(signed(pki.leaf, plain))
    for ref, reference in zip(form.refs, list(root.iter(ds("Reference"))), strict=True):
        if ref.uri:
            made = etree.fromstring(f'<S xmlns="{DS}">{ref.xml()}</S>')[0]
            reference.insert(0, made[0])
    return refused(etree.tostring(root))


def empty_transforms(root: etree._Element) -> None:
    transforms = find(root, "Transforms")
    transforms.remove(transforms[0])


def foreign_transform(root: etree._Element) -> None:
    etree.SubElement(find(root, "Transforms"), "{urn:x}Transform", Algorithm=EXC_C14N)


def xpath_inside(root: etree._Element) -> None:
    etree.SubElement(find(root, "Transform"), ds("XPath")).text = "ancestor::x"


def text_inside(root: etree._Element) -> None:
    find(root, "Transforms").text = "x"


@pytest.mark.parametrize("forge", [empty_transforms, foreign_transform, xpath_inside, text_inside])
def test_transforms_that_are_none(pki: Pki, forge: Forge) -> None:
    data = forged(pki.leaf, signed(pki.leaf, Form()), forge)
    assert refused(data) in {Refusal.SIG_TRANSFORM, Refusal.SIG_UNSUPPORTED}


@pytest.mark.parametrize("attribute", ["lang", "space", "base", "id"])
@pytest.mark.parametrize("form", [C14N_10, "http://www.w3.org/2006/12/xml-c14n11"])
def test_inherited_xml_attributes(pki: Pki, attribute: str, form: str) -> None:
    """C14N 1.0 and 1.1 import them into a part in different ways: neither is believed to be done right."""
    name_of = f"{{http://www.w3.org/XML/1998/namespace}}{attribute}"

    def at_the_root(root: etree._Element) -> None:
        root.set(name_of, "x")

    exclusive = Form((replace(DATA, transforms=(EXC_C14N,)),), c14n=EXC_C14N, identifier="NBan")
    inclusive = replace(exclusive, refs=(replace(DATA, transforms=(form,)),))
    info = replace(exclusive, c14n=form)
    for made, expected in ((exclusive, None), (inclusive, Refusal.SIG_UNSUPPORTED), (info, Refusal.SIG_UNSUPPORTED)):
        data = forged(pki.leaf, signed(pki.leaf, made, INVOICE, SELLER), at_the_root, "NBan")
        if expected:
            assert refused(data, SELLER, PART) is expected
        else:
            assert known(data, SELLER, PART)


def test_namespaces_declared_around_a_part(pki: Pki) -> None:
    """Inclusive C14N signs what is in scope, exclusive C14N what is used: each is what is handed out, too."""
    for form, expected in ((C14N_10, Refusal.SIG_DIGEST), (EXC_C14N, None)):
        made = Form((replace(DATA, transforms=(form,)),), c14n=EXC_C14N, identifier="NBan")
        data = signed(pki.leaf, made, INVOICE, SELLER).replace(b"<HDon>", b'<HDon xmlns:evil="urn:evil">')
        if expected:
            assert refused(data, SELLER, PART) is expected
        else:
            (part,) = known(data, SELLER, PART).parts
            assert part.element.nsmap == {}


def test_relative_namespaces(pki: Pki) -> None:
    data = signed(pki.leaf, Form()).replace(b"<Ten>", b'<Ten xmlns:r="../relative" r:a="">')
    assert refused(data) in {Refusal.SIG_STRUCTURE, Refusal.SIG_DIGEST, Refusal.SIG_MALFORMED}
