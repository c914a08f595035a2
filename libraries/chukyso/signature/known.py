"""Verifying XML signatures of other programs, as far as they can be read safely.

The shape is an allow-list as in ``structure``, with more on it: SHA-384 and SHA-512, inclusive C14N, XAdES properties,
References by Id, one of several signatures. Whatever the form, one rule stays: only what was digested is handed out,
and it must be what the caller wants signed, the whole document or the element that he names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature as CryptoInvalidSignature
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.exceptions import InvalidDigest, SignXMLException
from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier

from chukyso.certificate import Certificate
from chukyso.signature.chain import Signer
from chukyso.signature.forms import METHODS
from chukyso.signature.keyinfo import read_key_info
from chukyso.signature.locate import Chosen, choose_signature, only_at, path_of
from chukyso.signature.objects import read_objects
from chukyso.signature.profile import DEFAULT_PLACE, ds
from chukyso.signature.references import Own, Reference, Role, SignedInfo, read_signed_info
from chukyso.signature.refusal import Refusal, SignatureRefused, refusing
from chukyso.signature.structure import elements, read_base64
from chukyso.signature.verified import SignedElement, Verified
from chukyso.signature.verify import check_key, check_value_length
from chukyso.signature.xades import read_signed_properties, read_time
from chukyso.signature.xmlsafe import (
    DEFAULT_LIMITS,
    Limits,
    as_utf8,
    canonical,
    check_ids,
    hardened_parser,
    local_name,
    parse,
)

_LISTED = 16


class _Verifier(XMLVerifier):
    """XMLVerifier for one of several signatures, and for inclusive C14N of SignedInfo.

    Its public ``location`` leads to the first signature of a place only. And where the default namespace is declared
    above SignedInfo, as .NET does, lxml writes ``xmlns=""`` into the inner elements of it; in a document of its own an
    element has its namespaces declared on itself. Both methods are private: with a release of signxml that lacks them a
    signature would be refused, never a wrong one accepted, since the one that was verified is compared with the chosen.
    """

    def __init__(self, index: int) -> None:
        super().__init__()
        self._index = index

    def _get_signature(self, root: etree._Element) -> etree._Element:
        return list(root.iter(ds("Signature")))[self._index]

    def _c14n(
        self, nodes: etree._Element, algorithm: CanonicalizationMethod, inclusive_ns_prefixes: list[str] | None = None
    ) -> bytes:
        alone = etree.fromstring(etree.tostring(nodes, with_tail=False), hardened_parser())
        form: bytes = super()._c14n(alone, algorithm=algorithm, inclusive_ns_prefixes=inclusive_ns_prefixes)
        return form


@dataclass(frozen=True, eq=False)
class SignedPart:
    """An element that a signature is over.

    Attributes:
        element: As it was digested, the signature taken out: the only thing to consume.
        data: Its canonical form, the bytes that were digested.
        path: Local names from below the document's root; the empty string for the root.
        identifier: The Id by which the signature names it; the empty string for the whole document by no Id.
    """

    element: etree._Element
    data: bytes
    path: str
    identifier: str


@dataclass(frozen=True, eq=False, kw_only=True)
class VerifiedSignature(Verified):
    """A signature that is right, of the certificate that KeyInfo gives.

    Attributes:
        parts: What was signed, that which was wanted first.
    """

    parts: tuple[SignedPart, ...]

    @property
    def signed(self) -> tuple[SignedElement, ...]:
        return tuple(SignedElement(one.path, one.identifier) for one in self.parts)


@refusing(Refusal.SIG_UNREADABLE)
def check_known_signature(
    data: bytes, *, place: str | None = DEFAULT_PLACE, part: str | None = None, limits: Limits = DEFAULT_LIMITS
) -> VerifiedSignature:
    """Check shape and mathematics of a signature, without asking who stands behind the certificate.

    Args:
        data: The signed document, UTF-8, or UTF-16 with its byte order mark.
        place: Where the signature is; see ``locate.choose_signature``.
        part: Path of the element that must have been signed (``DLHDon``); None: the whole document.
        limits: How large the document may be.

    Raises:
        SignatureRefused: with a ``SIG_…`` code.
    """
    recoded = as_utf8(data, limits)
    root = parse(recoded, limits)
    check_ids(root)
    chosen = choose_signature(root, place)
    own, signed_info, unsigned = _read(chosen.element, root)
    wanted = _wanted(signed_info, root, part)
    signer = read_key_info(own.key_info)
    check_key(signer.certificate)
    if signed_info.method not in METHODS[signer.certificate.key_kind]:
        detail = f"{signed_info.method} with a key of kind {signer.certificate.key_kind}"
        raise SignatureRefused(Refusal.SIG_BROKEN, detail)
    results = _verify(recoded, chosen, signer.certificate, signed_info)
    verified = sorted(zip(signed_info.references, results, strict=True), key=lambda each: each[0].target is not wanted)
    return _conclude(root, chosen, signer, verified, unsigned)


def _read(signature: etree._Element, root: etree._Element) -> tuple[Own, SignedInfo, tuple[str, ...]]:
    parts = elements(signature, Refusal.SIG_STRUCTURE, {"Id"})
    names = [part.tag for part in parts]
    if names.count(ds("SignedInfo")) != 1:
        raise SignatureRefused(Refusal.SIG_SIGNED_INFO, f"{names.count(ds('SignedInfo'))} SignedInfo")
    if names.count(ds("KeyInfo")) != 1:
        raise SignatureRefused(Refusal.SIG_KEYINFO, f"{names.count(ds('KeyInfo'))} ds:KeyInfo, expected one")
    if names[:3] != [ds("SignedInfo"), ds("SignatureValue"), ds("KeyInfo")] or set(names[3:]) - {ds("Object")}:
        inside = [local_name(part) for part in parts][:_LISTED]
        raise SignatureRefused(Refusal.SIG_STRUCTURE, f"Signature holds {inside}")
    read_base64(parts[1], Refusal.SIG_STRUCTURE, {"Id"})
    objects = read_objects(parts[3:], str(signature.get("Id", "")))
    own = Own(parts[2], objects.times, objects.properties)
    signed_info = read_signed_info(parts[0], root, own)
    for element in (signature, *(reference.target for reference in signed_info.of(Role.PART))):
        if (element.tail or "").strip():  # signxml would take it for a part of the element
            raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"text behind {local_name(element)}")
    if objects.properties is not None and not signed_info.of(Role.PROPERTIES):
        raise SignatureRefused(Refusal.SIG_REFERENCE, "the XAdES SignedProperties are not signed")
    unsigned = ("a signing time that is not signed",) if objects.times and not signed_info.of(Role.TIME) else ()
    return own, signed_info, (*unsigned, *objects.not_checked)


def _wanted(signed_info: SignedInfo, root: etree._Element, part: str | None) -> etree._Element:
    """What the caller wants signed, which the signature must be over: one over something else proves nothing of it."""
    signed = [reference.target for reference in signed_info.of(Role.PART)]
    wanted = root if part is None else only_at(root, part)
    if wanted is not None and any(target is wanted for target in signed):
        return wanted
    paths = [path_of(target, root) for target in signed]
    clear = [path for target, path in zip(signed, paths, strict=True) if path and only_at(root, path) is target]
    raise SignatureRefused(
        Refusal.SIG_REFERENCE,
        f"signed are {paths or 'no elements'}, not {part or 'the whole document'}",
        advice=tuple(f"--part {path}" for path in clear),
    )


def _verify(data: bytes, chosen: Chosen, leaf: Certificate, signed_info: SignedInfo) -> list[VerifyResult]:
    """Let signxml do the mathematics with the certificate's key; one result for each Reference, in their order."""
    configuration = SignatureConfiguration(
        expect_references=len(signed_info.references),
        signature_methods=frozenset({SignatureMethod(signed_info.method)}),
        digest_algorithms=frozenset(DigestAlgorithm(digest) for digest in signed_info.digests),
        ignore_ambiguous_key_info=True,  # compared in keyinfo
        # signxml insists on a validity check; ours is against the caller's clock, with a code of its own.
        verification_time=leaf.not_before,
        default_reference_c14n_method=CanonicalizationMethod.CANONICAL_XML_1_0,
    )
    try:
        # The schema knows no signing time in the namespace of XMLDSig or in none, as programs write it.
        results = _Verifier(chosen.index).verify(
            data, x509_cert=leaf.x509(), expect_config=configuration, parser=hardened_parser(), validate_schema=False
        )
    except InvalidDigest as error:
        hint = f"; other signatures at {list(chosen.others)}, maybe added inside of what this one is over"
        raise SignatureRefused(Refusal.SIG_DIGEST, f"{error}{hint if chosen.others else ''}") from error
    except CryptoInvalidSignature as error:
        raise SignatureRefused(Refusal.SIG_BROKEN, str(error)) from error
    except (SignXMLException, etree.LxmlError, ValueError) as error:
        raise SignatureRefused(Refusal.SIG_STRUCTURE, str(error)) from error
    several = results if isinstance(results, list) else [results]
    verified = canonical(several[0].signature_xml) if several else b""
    if len(several) != len(signed_info.references) or verified != canonical(chosen.element):
        raise SignatureRefused(Refusal.SIG_WRAPPED, "another signature was verified than the chosen one")
    check_value_length(several[0].signature_xml, leaf)
    return several


def _conclude(
    root: etree._Element,
    chosen: Chosen,
    signer: Signer,
    verified: list[tuple[Reference, VerifyResult]],
    unsigned: tuple[str, ...],
) -> VerifiedSignature:
    parts, times = list[SignedPart](), list[datetime]()
    bound, not_checked = False, [*signer.not_checked, *unsigned]
    for reference, result in verified:
        element, target = result.signed_xml, reference.target
        if element is None or element.tag != target.tag or sorted(element.items()) != sorted(target.items()):
            raise SignatureRefused(Refusal.SIG_REFERENCE, f"what was digested is not {local_name(target)}")
        if reference.role is Role.PART:
            identifier = str(next((element.get(name) for name in ("Id", "ID", "id") if element.get(name)), ""))
            parts.append(SignedPart(element, result.signed_data, path_of(target, root), identifier))
        elif reference.role is Role.TIME:
            (time,) = (one for one in element.iter() if local_name(one) == "SigningTime")
            moment, doubts = read_time(time.text or "")
            times.append(moment)
            not_checked += doubts
        elif reference.role is Role.PROPERTIES:
            properties = read_signed_properties(element, signer.certificate)
            times += [properties.signing_time] if properties.signing_time else []
            bound = bound or properties.certificate_bound
            not_checked += properties.not_checked
        else:
            bound = True  # KeyInfo itself is signed
    if len(set(times)) > 1:
        raise SignatureRefused(Refusal.SIG_TIME, f"two signing times: {[str(time) for time in times]}")
    if not times:
        not_checked.append("the signing time: none is signed")
    return VerifiedSignature(
        parts=tuple(parts),
        certificate=signer.certificate,
        chain=signer.chain,
        signing_time=times[0] if times else None,
        certificate_bound=bound,
        others=chosen.others,
        not_checked=tuple(dict.fromkeys(not_checked)),
    )
