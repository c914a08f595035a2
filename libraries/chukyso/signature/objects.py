"""Reading the Objects of a Signature: a signing time, XAdES properties, nothing else.

An Object is outside of what an enveloped signature signs. So it counts only as far as a Reference of its own covers it;
what is not covered and could be taken for content is refused.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.structure import elements
from chukyso.signature.xmlsafe import local_name

XADES = "http://uri.etsi.org/01903/v1.3.2#"
_LISTED = 16


@dataclass(frozen=True, eq=False)
class Objects:
    """What was found.

    Attributes:
        times: Object, SignatureProperties, SignatureProperty and SigningTime, each inside the one before; or empty.
        properties: The XAdES SignedProperties, or None.
        not_checked: What is there unsigned and is overlooked, for the verdict.
    """

    times: tuple[etree._Element, ...]
    properties: etree._Element | None
    not_checked: tuple[str, ...]


def xades(name: str) -> str:
    """Return the qualified name of an XAdES element, as lxml writes it."""
    return f"{{{XADES}}}{name}"


def read_objects(objects: list[etree._Element], signature_id: str) -> Objects:
    """Read the Objects of a Signature.

    Args:
        objects: The ``ds:Object`` elements.
        signature_id: The Id of the Signature, or the empty string.

    Raises:
        SignatureRefused: ``SIG_UNSUPPORTED`` for an Object of another kind, ``SIG_STRUCTURE`` for one of another
            signature or built in another way.
    """
    times: tuple[etree._Element, ...] = ()
    properties: etree._Element | None = None
    unsigned: tuple[str, ...] = ()
    for element in objects:
        content = elements(element, Refusal.SIG_UNSUPPORTED, {"Id"})
        name = local_name(content[0]) if len(content) == 1 else ""
        if name == "SignatureProperties" and not times:
            times = (element, *_read_time(content[0], signature_id))
        elif name == "QualifyingProperties" and properties is None:
            properties, unsigned = _read_qualifying(content[0], signature_id)
        else:
            inside = [local_name(child) for child in content][:_LISTED]
            raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"an Object with {inside}, or another of the same kind")
    return Objects(times, properties, unsigned)


def _read_time(properties: etree._Element, signature_id: str) -> tuple[etree._Element, ...]:
    """The signing time, in any namespace: programs leave it in that of XMLDSig, in none, or in one of their own."""
    chain = [properties]
    for name, attributes in (("SignatureProperty", {"Id"}), ("SigningTime", {"Id", "Target"})):
        inside = elements(chain[-1], Refusal.SIG_STRUCTURE, attributes)
        if len(inside) != 1 or local_name(inside[0]) != name:
            found = [local_name(child) for child in inside][:_LISTED]
            raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"signature properties {found}, read is one {name}")
        chain.append(inside[0])
    if len(chain[-1]):
        raise SignatureRefused(Refusal.SIG_TIME, "a SigningTime with elements in it")
    target = str(chain[1].get("Target", ""))
    # Some write a word there. What points to something must point to this signature.
    if target.startswith("#") and target != f"#{signature_id}":
        raise SignatureRefused(Refusal.SIG_STRUCTURE, f"a signing time of {target[:200]!r}, not of this signature")
    return tuple(chain)


def _read_qualifying(element: etree._Element, signature_id: str) -> tuple[etree._Element, tuple[str, ...]]:
    if element.tag != xades("QualifyingProperties"):
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"XAdES of another version: {str(element.tag)[:200]}")
    inside = elements(element, Refusal.SIG_STRUCTURE, {"Id", "Target"})
    if element.get("Target") != f"#{signature_id}":
        raise SignatureRefused(Refusal.SIG_STRUCTURE, "XAdES properties of another signature")
    if [child.tag for child in inside[:1]] != [xades("SignedProperties")] or any(
        child.tag != xades("UnsignedProperties") for child in inside[1:]
    ):
        found = [local_name(child) for child in inside][:_LISTED]
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"XAdES without SignedProperties, or with more: {found}")
    unsigned = {local_name(one) for listed in inside[1:] for group in listed for one in group}
    return inside[0], tuple(f"unsigned property {name}" for name in sorted(unsigned)[:_LISTED])
