"""Reading SignedInfo and its References, each of a role that is known.

The References may name, each once: the document or elements of it, and inside their own Signature the signing time, the
XAdES SignedProperties and KeyInfo. Transforms: the enveloped signature first, one canonical form last, nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from lxml import etree

from chukyso.signature.forms import (
    ALL_METHODS,
    C14N_10,
    CANONICALIZATIONS,
    DIGESTS,
    INCLUSIVE,
    known_algorithm,
)
from chukyso.signature.locate import element_by_id, inherits_xml_attributes
from chukyso.signature.profile import DIGEST_SIZES, ENVELOPED, ds
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.structure import elements, read_base64
from chukyso.signature.xmlsafe import local_name

MAX_REFERENCES = 10
SIGNED_PROPERTIES_TYPE = "http://uri.etsi.org/01903#SignedProperties"
_MANIFEST_TYPE = ds("Manifest").strip("{").replace("}", "")
_XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
_IDENTIFIER = re.compile(r"[\w.:\-]{1,200}")


class Role(Enum):
    """What a Reference is over."""

    PART = auto()
    TIME = auto()
    PROPERTIES = auto()
    KEY_INFO = auto()


@dataclass(frozen=True, eq=False)
class Own:
    """What the References may name inside their own Signature.

    Attributes:
        key_info: Its KeyInfo.
        times: The elements around the signing time, any of which may be referenced.
        properties: The XAdES SignedProperties, if there are any.
    """

    key_info: etree._Element
    times: tuple[etree._Element, ...]
    properties: etree._Element | None


@dataclass(frozen=True, eq=False)
class Reference:
    """A Reference and the element that it names."""

    role: Role
    target: etree._Element


@dataclass(frozen=True, eq=False)
class SignedInfo:
    """What SignedInfo says.

    Attributes:
        method: The signature algorithm.
        digests: The digest algorithms.
        references: In their order.
    """

    method: str
    digests: frozenset[str]
    references: tuple[Reference, ...]

    def of(self, role: Role) -> tuple[Reference, ...]:
        """The References of one role."""
        return tuple(reference for reference in self.references if reference.role is role)


def read_signed_info(signed_info: etree._Element, root: etree._Element, own: Own) -> SignedInfo:
    """Read SignedInfo against an allow-list.

    Args:
        signed_info: The element.
        root: The document; no two of its Ids are equal.
        own: What else may be referenced.

    Raises:
        SignatureRefused: with the code of the first rule that is broken.
    """
    parts = elements(signed_info, Refusal.SIG_STRUCTURE, {"Id"})
    names = [part.tag for part in parts]
    if names[:2] != [ds("CanonicalizationMethod"), ds("SignatureMethod")] or set(names[2:]) != {ds("Reference")}:
        inside = [local_name(part) for part in parts]
        raise SignatureRefused(Refusal.SIG_STRUCTURE, f"SignedInfo holds {inside[:20]}")
    if len(parts) - 2 > MAX_REFERENCES:
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"{len(parts) - 2} References, at most {MAX_REFERENCES}")
    _check_inherited(known_algorithm(parts[0], CANONICALIZATIONS), signed_info)
    method = known_algorithm(parts[1], ALL_METHODS)
    read = [_read_reference(reference, root, own) for reference in parts[2:]]
    references = tuple(reference for reference, _ in read)
    targets = [reference.target for reference in references]
    if any(target is other for at, target in enumerate(targets) for other in targets[:at]):
        raise SignatureRefused(Refusal.SIG_REFERENCE, "two References to the same element")
    return SignedInfo(method, frozenset(digest for _, digest in read), references)


def _read_reference(reference: etree._Element, root: etree._Element, own: Own) -> tuple[Reference, str]:
    target = _target(reference.get("URI"), root)
    parts = elements(reference, Refusal.SIG_REFERENCE, {"Id", "URI", "Type"})
    names = [part.tag for part in parts]
    transforms = [ds("Transforms")] if names[:1] == [ds("Transforms")] else []
    if names != [*transforms, ds("DigestMethod"), ds("DigestValue")]:
        raise SignatureRefused(Refusal.SIG_REFERENCE, f"Reference holds {[local_name(part) for part in parts][:20]}")
    digest = known_algorithm(parts[-2], DIGESTS)
    if len(read_base64(parts[-1], Refusal.SIG_REFERENCE)) != DIGEST_SIZES[digest]:
        raise SignatureRefused(Refusal.SIG_REFERENCE, f"DigestValue is none of {digest}")
    role = _role(target, own, str(reference.get("Type", "")))
    enveloped, form = _transforms(parts[0]) if transforms else (False, C14N_10)
    if enveloped and role is not Role.PART:
        raise SignatureRefused(Refusal.SIG_TRANSFORM, "the enveloped transform takes out what it is used on")
    if target is not root:
        _check_inherited(form, target)
    return Reference(role, target), digest


def _target(uri: str | bytes | None, root: etree._Element) -> etree._Element:
    if uri is None:
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, "a Reference without URI")
    named = str(uri)
    if named == "":
        return root
    if not named.startswith("#"):
        raise SignatureRefused(Refusal.SIG_EXTERNAL_REFERENCE, f"Reference to {named[:200]!r}")
    if named.startswith("#xpointer("):
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"Reference by XPointer {named[:200]!r}")
    target = element_by_id(root, named[1:]) if _IDENTIFIER.fullmatch(named[1:]) else None
    if target is None:
        raise SignatureRefused(Refusal.SIG_REFERENCE, f"Reference to {named[:200]!r}, which no element is")
    return target


def _role(target: etree._Element, own: Own, kind: str) -> Role:
    if kind == _MANIFEST_TYPE:
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, "a Reference to a Manifest")
    if (target is own.properties) != (kind == SIGNED_PROPERTIES_TYPE):
        raise SignatureRefused(Refusal.SIG_REFERENCE, f"a Reference of Type {kind[:100]!r} to {local_name(target)}")
    if target is own.properties:
        return Role.PROPERTIES
    if target is own.key_info:
        return Role.KEY_INFO
    if any(target is element for element in own.times):
        return Role.TIME
    if any(element.tag == ds("Signature") for element in (target, *target.iterancestors())):
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"a Reference to {local_name(target)} in a Signature")
    return Role.PART


def _transforms(listed: etree._Element) -> tuple[bool, str]:
    """Return whether the signature is taken out, and the canonical form: C14N 1.0 when none is named (4.4.3.2)."""
    steps = elements(listed, Refusal.SIG_TRANSFORM)
    if not steps or any(step.tag != ds("Transform") for step in steps):
        raise SignatureRefused(Refusal.SIG_TRANSFORM, f"Transforms hold {[local_name(step) for step in steps][:20]}")
    named = [str(step.get("Algorithm", "")) for step in steps]
    if _XSLT in named or ENVELOPED in named[1:]:
        raise SignatureRefused(Refusal.SIG_TRANSFORM, f"transforms {named[:10]}")
    enveloped = named[0] == ENVELOPED
    if enveloped:
        known_algorithm(steps[0], frozenset({ENVELOPED}))
    forms = [known_algorithm(step, CANONICALIZATIONS) for step in steps[int(enveloped) :]]
    if len(forms) > 1:
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"several canonical forms in a row: {forms[:10]}")
    return enveloped, forms[0] if forms else C14N_10


def _check_inherited(form: str, element: etree._Element) -> None:
    if form in INCLUSIVE and inherits_xml_attributes(element):
        detail = f"{form} of {local_name(element)}, which inherits attributes such as xml:lang"
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, detail)
