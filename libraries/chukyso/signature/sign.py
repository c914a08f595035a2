"""Signing XML documents (XMLDSig) with a key that stays on its token."""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, cast

from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.signer import SignatureReference, XMLSigner

from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.lenient import load_certificate
from chukyso.signature.profile import (
    DEFAULT_PLACE,
    DIGESTS,
    DS,
    ECDSA_SHA256,
    ECDSA_SHA384,
    RSA_PSS_SHA256,
    RSA_SHA256,
    SIGNING_TIME,
    SIGNING_TIME_NS,
    ds,
    format_time,
)
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.structure import find_place
from chukyso.signature.verify import check_key, check_signature
from chukyso.signature.xmlsafe import DEFAULT_LIMITS, Limits, canonical, check_ids, parse
from chukyso.token.mechanisms import Family, HashAlgorithm, Scheme
from chukyso.token.verification import encode_signature, fitting_scheme

_METHODS = {
    Scheme(Family.RSA_PKCS1): RSA_SHA256,
    Scheme(Family.RSA_PSS): RSA_PSS_SHA256,
    Scheme(Family.ECDSA): ECDSA_SHA256,
    Scheme(Family.ECDSA, HashAlgorithm.SHA384): ECDSA_SHA384,
}


def check_document(
    document: bytes, *, place: str | None = DEFAULT_PLACE, limits: Limits = DEFAULT_LIMITS
) -> etree._Element:
    """Return the root of a document that can be signed: well-formed, small, unsigned, with an empty place
    for it, unless that is the root's end.

    Raises:
        ChukysoError: ``DOCUMENT_INVALID``.
    """
    try:
        root = parse(document, limits)
        _check_unsigned(root, place)
        canonical(root)  # what has no canonical form cannot be signed
    except SignatureRefused as error:
        raise ChukysoError(Code.DOCUMENT_INVALID, str(error), reason=error.reason) from error
    return root


def _check_unsigned(root: etree._Element, place: str | None) -> None:
    check_ids(root)
    if next(root.iter(ds("*")), None) is not None:
        raise SignatureRefused(Refusal.SIG_MULTIPLE, "the document holds XMLDSig elements already")
    holder = find_place(root, place)
    if place is not None and (len(holder) or holder.text):
        raise SignatureRefused(Refusal.SIG_WRAPPED, f"{place} is not empty")


def sign_xml(
    document: bytes,
    certificate: Certificate,
    sign: Callable[[bytes], bytes],
    *,
    signing_time: datetime,
    place: str | None = DEFAULT_PLACE,
    chain: Sequence[bytes] = (),
    limits: Limits = DEFAULT_LIMITS,
    scheme: Scheme | None = None,
) -> bytes:
    """Sign a document: an enveloped signature inside the element ``place``, over document and signing time.

    Args:
        document: The XML to be signed, UTF-8; ``place`` is an empty element in it.
        certificate: The signer's certificate.
        sign: Called once, with the canonical SignedInfo. Returns its signature as a token makes it: for EC r‖s.
        signing_time: Aware; written as UTC with whole seconds.
        place: Where the signature goes, see ``structure.find_place``; None: the end of the root.
        chain: Certificates that go along, DER, the leaf's issuer first.
        limits: How large the document may be.
        scheme: How ``sign`` signs; by default ``scheme_of`` the certificate. The portal is not known to take RSA-PSS.

    Returns:
        The signed document, verified with the certificate.

    Raises:
        ChukysoError: ``DOCUMENT_INVALID``, ``CERT_KEY_UNSUPPORTED`` before ``sign`` is called;
            ``SIGNATURE_INVALID`` when what ``sign`` returned is not a signature of this certificate. What
            ``sign`` raises passes through.
    """
    if signing_time.tzinfo is None:
        raise ValueError("signing_time must be aware")
    root = check_document(document, place=place, limits=limits)
    unsigned = canonical(root)
    require_good_key(certificate)
    scheme = fitting_scheme(certificate, scheme)
    etree.SubElement(find_place(root, place), ds("Signature"), {"Id": "placeholder"}, {"ds": DS})
    signer = _Signer(_method(certificate, scheme), format_time(signing_time))
    given = (certificate.der, *chain)
    signed = signer.sign(
        root, key=cast(Any, _Key(certificate, scheme, sign)), cert=[load_certificate(der) for der in given]
    )
    for element, der in zip(signed.iter(ds("X509Certificate")), given, strict=True):
        element.text = b64encode(der).decode()  # what was read may have other bytes
    data = etree.tostring(signed, encoding="UTF-8", xml_declaration=True)
    try:
        verified = check_signature(
            data,
            place=place,
            expected=certificate,
            limits=_room_for_signature(limits),
            allow_pss=scheme.family is Family.RSA_PSS,
        )
    except SignatureRefused as error:
        raise ChukysoError(Code.SIGNATURE_INVALID, str(error)) from error
    if verified.signed_bytes != unsigned:
        raise ChukysoError(Code.SIGNATURE_INVALID, "what was signed is not what was given")
    return data


def require_good_key(certificate: Certificate) -> None:
    """Refuse a key that is too weak to sign with.

    Raises:
        ChukysoError: ``CERT_KEY_UNSUPPORTED``.
    """
    try:
        check_key(certificate)
    except SignatureRefused as error:
        raise ChukysoError(
            Code.CERT_KEY_UNSUPPORTED,
            error.detail,
            serial=certificate.serial,
            reason=error.reason,
        ) from error


def _method(certificate: Certificate, scheme: Scheme) -> str:
    if scheme in _METHODS:
        return _METHODS[scheme]
    raise ChukysoError(
        Code.CERT_KEY_UNSUPPORTED,
        f"no XML signature by {scheme}",
        serial=certificate.serial,
        reason="không ký XML bằng thuật toán này",
    )


class _Key:
    """Looks like a private key of ``cryptography`` as far as signxml goes, and asks the callable instead."""

    def __init__(self, certificate: Certificate, scheme: Scheme, sign: Callable[[bytes], bytes]) -> None:
        self._certificate = certificate
        self._scheme = scheme
        self._sign = sign
        self.key_size = certificate.key_bits

    def sign(self, data: bytes, **_algorithm: object) -> bytes:
        """Return the signature as ``cryptography`` would: DER for EC, which signxml turns into r‖s again."""
        return encode_signature(self._sign(data), self._certificate, self._scheme)


class _Signer(XMLSigner):
    """XMLSigner with a second Reference, over the signing time.

    signxml knows properties with a Reference of their own for detached signatures only, and its public
    ``reference_uri`` makes "#" of the empty URI. Its two steps that build References are therefore extended
    here instead of writing digests and SignedInfo by hand. They are private: ``sign_xml`` verifies its
    result, so a release of signxml that changes them shows as an error, never as a wrong signature.
    """

    def __init__(self, method: str, signing_time: str) -> None:
        super().__init__(
            signature_algorithm=SignatureMethod(method),
            digest_algorithm=DigestAlgorithm(DIGESTS[method]),
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )
        unique = secrets.token_hex(8)
        self._signature_id = f"Signature-{unique}"
        self._object = self._build_object(f"SigningTime-{unique}", signing_time)
        self.signature_annotators.append(self._add_object)

    def _build_object(self, object_id: str, signing_time: str) -> etree._Element:
        element = etree.Element(ds("Object"), {"Id": object_id}, {"ds": DS})
        properties = etree.SubElement(element, ds("SignatureProperties"))
        prop = etree.SubElement(properties, ds("SignatureProperty"), {"Target": f"#{self._signature_id}"})
        nsmap: Any = {None: SIGNING_TIME_NS}  # the stubs know no default namespace
        etree.SubElement(prop, SIGNING_TIME, None, nsmap).text = signing_time
        return element

    def _add_object(self, signature: etree._Element, signing_settings: object) -> None:  # noqa: ARG002 - signxml's call
        signature.append(self._object)

    def _unpack(
        self, data: etree._Element, references: list[SignatureReference]
    ) -> tuple[etree._Element, etree._Element, list[etree._Element], list[SignatureReference]]:
        signature, root, inputs, _ = super()._unpack(data, references)
        signature.set("Id", self._signature_id)
        uris = ["", f"#{self._object.get('Id')}"]
        return signature, root, [inputs[0], self._object], [SignatureReference(URI=uri) for uri in uris]

    def _build_transforms_for_reference(
        self, *, transforms_node: etree._Element, reference: SignatureReference, **options: Any
    ) -> None:
        super()._build_transforms_for_reference(transforms_node=transforms_node, reference=reference, **options)
        if reference.URI:  # the property lies inside the signature: taking the signature out would take it along
            transforms_node.remove(transforms_node[0])


def _room_for_signature(limits: Limits) -> Limits:
    return Limits(limits.size + (64 << 10), limits.depth + 8, limits.elements + 64, limits.attributes)
