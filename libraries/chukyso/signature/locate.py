"""Finding the signature that is meant in a document, and the element that a Reference names.

Nothing here is believed because of where it is found: a place is only how the caller chooses a signature, and a
Reference is compared with what the caller wants signed.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from chukyso.signature.profile import ds
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.structure import NAME
from chukyso.signature.xmlsafe import local_name

MAX_SIGNATURES = 16
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
_ID_NAMES = ("Id", "ID", "id", _XML_ID)  # signxml looks for the same; ``check_ids`` refuses two of equal value
_XML_ATTRIBUTE = "{http://www.w3.org/XML/1998/namespace}"


@dataclass(frozen=True, eq=False)
class Chosen:
    """The signature that is meant.

    Attributes:
        element: The ``ds:Signature``.
        index: Which of the document's signatures it is, in their order.
        others: Places of the other signatures of the document.
    """

    element: etree._Element
    index: int
    others: tuple[str, ...]


def choose_signature(root: etree._Element, place: str | None) -> Chosen:
    """Return the signature at a place.

    Args:
        root: The document.
        place: Path of local names from below the root to the element that holds the signature (``DSCKS/NBan``), or
            ``#`` and the Id of the signature. None: the root holds it.

    Raises:
        SignatureRefused: ``SIG_MISSING``, ``SIG_WRAPPED`` when it is elsewhere, ``SIG_MULTIPLE`` when the place holds
            more than one, ``SIG_UNSUPPORTED`` for a signature inside a signature or around the document.
    """
    signatures = list(root.iter(ds("Signature")))
    if not signatures:
        raise SignatureRefused(Refusal.SIG_MISSING, "no ds:Signature")
    if signatures[0] is root:
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, "the document is a ds:Signature: enveloping or detached")
    if len(signatures) > MAX_SIGNATURES:
        raise SignatureRefused(Refusal.SIG_TOO_LARGE, f"{len(signatures)} signatures, at most {MAX_SIGNATURES}")
    found = [one for one in signatures if _is_at(one, root, place)]
    if len(found) != 1:
        # One inside another is none that could be chosen.
        choices = tuple(f"--place {_place_of(one, root)}" for one in signatures if _outermost(one))
        code = Refusal.SIG_MULTIPLE if found else Refusal.SIG_WRAPPED
        raise SignatureRefused(code, f"{len(found)} signatures at {place or 'the root'}", advice=choices)
    if not _outermost(found[0]):
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, "a signature inside another (counter-signature)")
    others = tuple(_place_of(one, root) for one in signatures if one is not found[0])
    return Chosen(found[0], signatures.index(found[0]), others)


def path_of(element: etree._Element, root: etree._Element) -> str:
    """Local names from below the root down to an element: ``DSCKS/NBan``; the empty string for the root."""
    names: list[str] = []
    current: etree._Element | None = element
    while current is not None and current is not root:
        names.insert(0, local_name(current))
        current = current.getparent()
    return "/".join(names)


def only_at(root: etree._Element, path: str) -> etree._Element | None:
    """The one element at a path of local names; None when there is none, or more than one."""
    level = [root]
    for name in path.split("/"):
        level = [child for parent in level for child in parent if local_name(child) == name]
    return level[0] if len(level) == 1 else None


def element_by_id(root: etree._Element, identifier: str) -> etree._Element | None:
    """The element with this Id (``Id``, ``ID``, ``id`` or ``xml:id``), or None; ``check_ids`` made sure of one only."""
    for element in root.iter():
        if any(element.get(name) == identifier for name in _ID_NAMES):
            return element
    return None


def inherits_xml_attributes(element: etree._Element) -> bool:
    """Whether an element inherits ``xml:lang`` and the like, which inclusive C14N 1.0 and 1.1 treat each in its way."""
    return any(str(name).startswith(_XML_ATTRIBUTE) for above in element.iterancestors() for name in above.attrib)


def _is_at(signature: etree._Element, root: etree._Element, place: str | None) -> bool:
    if place is not None and place.startswith("#"):
        return signature.get("Id") == place[1:]
    parent = signature.getparent()
    return parent is (root if place is None else only_at(root, place))


def _outermost(signature: etree._Element) -> bool:
    return next(signature.iterancestors(ds("Signature")), None) is None


def _place_of(signature: etree._Element, root: etree._Element) -> str:
    """How ``choose_signature`` would find it: by the path where that is clear, else by its Id."""
    parent = signature.getparent()
    identifier = signature.get("Id") or ""
    path = path_of(parent, root) if parent is not None else ""
    alone = parent is not None and sum(child.tag == ds("Signature") for child in parent) == 1
    if (not alone or (path and only_at(root, path) is None)) and NAME.fullmatch(identifier):
        return f"#{identifier}"
    return path or "."
