"""The shape of a signature, as an allow-list.

Every element, attribute and text of the Signature is named here; what is not named is refused. Nothing in
this module computes a digest: it makes sure that there is only one way to read what will be computed.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass

from lxml import etree

from chukyso.signature.profile import (
    ACCEPTED_METHODS,
    DIGEST_SIZES,
    DIGESTS,
    DS,
    ENVELOPED,
    EXC_C14N,
    MAX_CERTIFICATES,
    SIGNING_TIME,
    ds,
)
from chukyso.signature.refusal import Circumstance, Refusal, SignatureRefused
from chukyso.signature.xmlsafe import check_ids, local_name

NAME = re.compile(r"(?a:[A-Za-z_][\w.\-]{0,99})")
_XML_SPACE = " \t\r\n"


@dataclass(frozen=True)
class SignatureParts:
    """What was read off a signature of the right shape.

    Attributes:
        certificates: Certificates of X509Data, DER, the leaf first.
        method: Signature algorithm, one of ``ACCEPTED_METHODS``.
    """

    certificates: tuple[bytes, ...]
    method: str


def find_place(root: etree._Element, place: str | None) -> etree._Element:
    """Return the element that holds, or will hold, the signature.

    Args:
        root: The document.
        place: Name of a child of the root, or the path to an element further down (``"TTin/CKy"``); the document has
            no other element of this name. None: the root, whose last child the signature is.

    Raises:
        SignatureRefused: ``SIG_WRAPPED`` when there is none, more than one, or it is elsewhere.
    """
    if place is None:
        return root
    names = place.split("/")
    named = [element for element in root.iter() if local_name(element) == names[-1]]
    if len(named) != 1 or _path(named[0], root) != names:
        raise SignatureRefused(Refusal.SIG_WRAPPED, f"{len(named)} elements {names[-1]}; expected one, at {place}")
    if named[0].attrib:
        raise SignatureRefused(Refusal.SIG_WRAPPED, f"{place} has attributes")
    return named[0]


def _path(element: etree._Element, root: etree._Element) -> list[str]:
    """Names from below the root down to the element, with their namespaces."""
    names: list[str] = []
    current: etree._Element | None = element
    while current is not None and current is not root:
        names.insert(0, str(current.tag))
        current = current.getparent()
    return names


def read_signature(root: etree._Element, place: str | None) -> SignatureParts:
    """Check the shape of the document's signature.

    Args:
        root: The document, from ``xmlsafe.parse``.
        place: Where the signature must be; see ``find_place``.

    Raises:
        SignatureRefused: with the code of the first rule that is broken.
    """
    check_ids(root)
    signature = _find_signature(root, place)
    signature_id = _signature_id(signature)
    signed_info, value, key_info, objects = _signature_children(signature)
    method, object_id = _read_signed_info(signed_info)
    read_base64(value, Refusal.SIG_STRUCTURE)
    certificates = _read_key_info(key_info)
    _check_object(objects, object_id, signature_id)
    return SignatureParts(certificates, method)


def _find_signature(root: etree._Element, place: str | None) -> etree._Element:
    signatures = list(root.iter(ds("Signature")))
    if not signatures:
        raise SignatureRefused(Refusal.SIG_MISSING, "no ds:Signature")
    if len(signatures) > 1:
        raise SignatureRefused(Refusal.SIG_MULTIPLE, f"{len(signatures)} ds:Signature elements")
    signature, holder = signatures[0], find_place(root, place)
    alone = place is None or (len(holder) == 1 and not holder.text)
    if signature.getparent() is not holder or holder[-1] is not signature or signature.tail or not alone:
        raise SignatureRefused(Refusal.SIG_WRAPPED, f"ds:Signature is not alone in {place or 'its place at the end'}")
    inside = set(signature.iter())
    if any(etree.QName(element).namespace == DS for element in root.iter() if element not in inside):
        raise SignatureRefused(Refusal.SIG_WRAPPED, "XMLDSig elements outside the ds:Signature")
    return signature


def _signature_id(signature: etree._Element) -> str:
    identifier = str(signature.get("Id", ""))
    if set(signature.attrib) != {"Id"} or not NAME.fullmatch(identifier):
        raise SignatureRefused(Refusal.SIG_STRUCTURE, "ds:Signature must have an attribute Id and no other")
    return identifier


def _signature_children(signature: etree._Element) -> tuple[etree._Element, ...]:
    names = [child.tag for child in signature]
    if sum(1 for _ in signature.iter(ds("SignedInfo"))) != 1 or names.count(ds("SignedInfo")) != 1:
        raise SignatureRefused(Refusal.SIG_SIGNED_INFO, "expected exactly one ds:SignedInfo, below ds:Signature")
    if names.count(ds("KeyInfo")) != 1:
        raise SignatureRefused(Refusal.SIG_KEYINFO, f"{names.count(ds('KeyInfo'))} ds:KeyInfo, expected one")
    return children(signature, ("SignedInfo", "SignatureValue", "KeyInfo", "Object"), Refusal.SIG_STRUCTURE, {"Id"})


def _read_signed_info(signed_info: etree._Element) -> tuple[str, str]:
    references = signed_info.findall(ds("Reference"))
    if len(references) != 2:
        raise SignatureRefused(Refusal.SIG_REFERENCE, f"{len(references)} ds:Reference, expected two")
    c14n, method, whole, time = children(
        signed_info,
        ("CanonicalizationMethod", "SignatureMethod", "Reference", "Reference"),
        Refusal.SIG_STRUCTURE,
    )
    _algorithm(c14n, {EXC_C14N}, Refusal.SIG_ALGORITHM)
    algorithm = _algorithm(method, set().union(*ACCEPTED_METHODS.values()), Refusal.SIG_ALGORITHM)
    digest = DIGESTS[algorithm]
    uris = [_check_reference(whole, (ENVELOPED, EXC_C14N), digest), _check_reference(time, (EXC_C14N,), digest)]
    if uris[0] != "" or not NAME.fullmatch(uris[1][1:]):
        raise SignatureRefused(Refusal.SIG_REFERENCE, f"References {uris}, expected '' and '#<Id>'")
    return algorithm, uris[1][1:]


def _check_reference(reference: etree._Element, transforms: tuple[str, ...], digest: str) -> str:
    uri = reference.get("URI")
    if uri is not None and str(uri) and not str(uri).startswith("#"):
        raise SignatureRefused(Refusal.SIG_EXTERNAL_REFERENCE, f"Reference to {str(uri)[:200]!r}")
    if set(reference.attrib) != {"URI"}:
        raise SignatureRefused(
            Refusal.SIG_REFERENCE, f"attributes of a Reference: {sorted(map(str, reference.attrib))}"
        )
    listed, method, value = children(
        reference, ("Transforms", "DigestMethod", "DigestValue"), Refusal.SIG_REFERENCE, {"URI"}
    )
    steps = children(listed, ("Transform",) * len(transforms), Refusal.SIG_TRANSFORM)
    for step, expected in zip(steps, transforms, strict=True):
        _algorithm(step, {expected}, Refusal.SIG_TRANSFORM)
    _algorithm(method, {digest}, Refusal.SIG_ALGORITHM)
    if len(read_base64(value, Refusal.SIG_REFERENCE)) != DIGEST_SIZES[digest]:
        raise SignatureRefused(Refusal.SIG_REFERENCE, f"DigestValue is none of {digest}")
    return str(uri)


def _read_key_info(key_info: etree._Element) -> tuple[bytes, ...]:
    if any(local_name(element).endswith("KeyValue") for element in key_info.iter()):
        raise SignatureRefused(Refusal.SIG_KEY_VALUE, "a bare key beside or instead of the certificate")
    (data,) = children(key_info, ("X509Data",), Refusal.SIG_KEYINFO)
    if not 1 <= len(data) <= MAX_CERTIFICATES:
        raise SignatureRefused(Refusal.SIG_KEYINFO, f"{len(data)} certificates, expected 1 to {MAX_CERTIFICATES}")
    listed = children(data, ("X509Certificate",) * len(data), Refusal.SIG_KEYINFO)
    certificates = tuple(read_base64(element, Refusal.SIG_KEYINFO) for element in listed)
    if len(set(certificates)) != len(certificates):
        raise SignatureRefused(Refusal.SIG_KEYINFO, "the same certificate twice")
    return certificates


def _check_object(element: etree._Element, object_id: str, signature_id: str) -> None:
    """The Object holds the signing time and nothing else, and it is what the second Reference points to."""
    if set(element.attrib) != {"Id"} or element.get("Id") != object_id:
        raise SignatureRefused(Refusal.SIG_REFERENCE, "the second Reference does not point to the signing time")
    (properties,) = children(element, ("SignatureProperties",), Refusal.SIG_STRUCTURE, {"Id"})
    (prop,) = children(properties, ("SignatureProperty",), Refusal.SIG_STRUCTURE)
    if set(prop.attrib) != {"Target"} or prop.get("Target") != f"#{signature_id}":
        raise SignatureRefused(Refusal.SIG_STRUCTURE, "SignatureProperty must have this signature as its Target")
    if [child.tag for child in prop] != [SIGNING_TIME] or len(prop[0]) or prop[0].attrib:
        raise SignatureRefused(Refusal.SIG_TIME, "expected exactly one SigningTime")
    no_text(prop, Refusal.SIG_STRUCTURE)


def children(
    parent: etree._Element,
    names: tuple[str, ...],
    refusal: Refusal,
    attributes: frozenset[str] | set[str] = frozenset(),
) -> tuple[etree._Element, ...]:
    """Return the children: exactly these XMLDSig elements, in this order, only space between them."""
    found = [child.tag for child in parent]
    if found != [ds(name) for name in names]:
        inside = [local_name(child) for child in parent]
        raise SignatureRefused(refusal, f"{local_name(parent)} holds {inside}, expected {list(names)}")
    return tuple(elements(parent, refusal, attributes))


def elements(
    parent: etree._Element, refusal: Refusal, attributes: frozenset[str] | set[str] = frozenset()
) -> list[etree._Element]:
    """Return the children, whatever they are: no other attributes than these, only space between the children."""
    if not set(parent.attrib) <= attributes:
        raise SignatureRefused(refusal, f"attributes of {local_name(parent)}: {sorted(map(str, parent.attrib))}")
    no_text(parent, refusal)
    return list(parent)


def no_text(parent: etree._Element, refusal: Refusal) -> None:
    if any((text or "").strip(_XML_SPACE) for text in (parent.text, *(child.tail for child in parent))):
        raise SignatureRefused(refusal, f"text between the elements of {local_name(parent)}")


def _algorithm(element: etree._Element, allowed: set[str], refusal: Refusal) -> str:
    value = str(element.get("Algorithm", ""))
    if value not in allowed:
        raise SignatureRefused(refusal, f"{local_name(element)} {value[:200]!r}, allowed: {sorted(allowed)}")
    if set(element.attrib) != {"Algorithm"} or len(element) or (element.text or "").strip(_XML_SPACE):
        raise SignatureRefused(refusal, f"{local_name(element)} has parameters")
    return value


def read_base64(
    element: etree._Element, refusal: Refusal, attributes: frozenset[str] | set[str] = frozenset()
) -> bytes:
    """Decode base64 strictly: the standard decoder skips what it does not know, and so would hide data."""
    if not set(element.attrib) <= attributes or len(element):
        raise SignatureRefused(refusal, f"{local_name(element)} holds more than text")
    text = "".join((element.text or "").translate(dict.fromkeys(map(ord, _XML_SPACE))))
    try:
        value = b64decode(text.encode("ascii"), validate=True)
    except ValueError as error:
        raise SignatureRefused(refusal, f"{local_name(element)} is not base64", Circumstance.UNREADABLE) from error
    if not value or b64encode(value).decode("ascii") != text:
        detail = f"{local_name(element)} is empty or not canonical base64"
        raise SignatureRefused(refusal, detail, Circumstance.UNREADABLE)
    return value
