"""Verifying detached CMS signatures (RFC 5652 with the signed attributes of CAdES-BES).

As for XML there is one shape of ours, written down as an allow-list: SignedData with one signer only, in DER and named
by issuer and serial number; the content outside; the attributes content-type, message-digest, signing-time and
signing-certificate-v2 signed, nothing unsigned.

Of other programs (``Forms.KNOWN``) a signer named by key identifier, more certificates, CRLs, unsigned attributes and
some more signed ones are read, as far as they say nothing about who signed what; the verdict names them as not looked
at. Time and signing-certificate-v2 may be missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from asn1crypto import algos, cms, core, pem
from cryptography.exceptions import InvalidSignature

from chukyso.certificate import Certificate, KeyKind
from chukyso.signature.cms_signer import (
    Attributes,
    binds,
    find_signer,
    signed_attributes,
    unsigned_attributes,
    values_of,
)
from chukyso.signature.der import check_der
from chukyso.signature.forms import Forms
from chukyso.signature.names import ASN1_ERRORS
from chukyso.signature.refusal import Refusal, SignatureRefused, refusing
from chukyso.signature.verified import Verified
from chukyso.signature.verify import check_key
from chukyso.token.mechanisms import Family, HashAlgorithm, Scheme
from chukyso.token.verification import verify_encoded

MAX_SIGNATURE = 256 << 10

_SUFFIXES = {Family.RSA_PKCS1: "rsa", Family.ECDSA: "ecdsa"}
_WITHOUT_HASH = {Family.RSA_PKCS1: {"algorithm": "rsassa_pkcs1v15", "parameters": None}}  # RFC 3370, section 3.2
_FAMILIES = {KeyKind.RSA: (Family.RSA_PKCS1, Family.RSA_PSS), KeyKind.EC: (Family.ECDSA,)}
_WEAK = ("md2", "md4", "md5", "sha1", "sha224", "ripemd")
_MOST_VALUES = 6_000
_NO_WALK = {"crls", "unsigned_attrs"}  # nothing of them is used


@dataclass(frozen=True, eq=False, kw_only=True)
class VerifiedContent(Verified):
    """Content whose detached signature is right. ``Forms.OURS`` requires signing time and signing-certificate-v2.

    Attributes:
        content: The content that was given, which is what was signed.
    """

    content: bytes


@refusing(Refusal.SIG_UNREADABLE)
def check_cms_signature(
    data: bytes,
    content: bytes | None,
    *,
    expected: Certificate | None = None,
    size: int = MAX_SIGNATURE,
    forms: Forms = Forms.OURS,
) -> VerifiedContent:
    """Check shape and mathematics of a detached signature, without asking who stands behind the certificate.

    Args:
        data: The signature: CMS SignedData, DER or PEM.
        content: What it is over; None is refused.
        expected: The only certificate that is accepted, if given.
        size: Largest signature, in bytes.
        forms: Which forms are read.

    Raises:
        SignatureRefused: with a ``SIG_…`` code.
    """
    if len(data) > size:
        raise SignatureRefused(Refusal.SIG_TOO_LARGE, f"signature of {len(data)} bytes, at most {size}")
    try:
        return _check(_read(data, forms), content, expected, forms)
    except ASN1_ERRORS as error:
        raise SignatureRefused(Refusal.SIG_MALFORMED_CMS, f"{type(error).__name__}: {error}") from error


def _check(
    signed: cms.SignedData, content: bytes | None, expected: Certificate | None, forms: Forms
) -> VerifiedContent:
    signer = _only_signer(signed, forms)
    who = find_signer(signed, signer, forms)
    leaf = who.certificate
    if expected is not None and leaf.der != expected.der:
        raise SignatureRefused(Refusal.SIG_OTHER_CERTIFICATE, f"signed with {leaf.serial}, expected {expected.serial}")
    attributes = signed_attributes(signer, forms)
    bound, weak = binds(attributes, leaf, forms)
    check_key(leaf)
    scheme = _scheme(signed, signer, attributes.values, leaf, forms)
    if content is None:
        raise SignatureRefused(Refusal.SIG_CONTENT_MISSING, "a detached signature without its content")
    if scheme.hash.digest(content) != attributes.values["message_digest"].native:
        raise SignatureRefused(Refusal.SIG_DIGEST, f"the content's {scheme.hash} is not the signed message-digest")
    try:
        # Digested with the tag of a SET instead of their own (RFC 5652, section 5.4).
        verify_encoded(leaf, signer["signed_attrs"].untag().dump(), signer["signature"].native, scheme)
    except InvalidSignature as error:
        raise SignatureRefused(Refusal.SIG_BROKEN, "signature over the signed attributes") from error
    not_checked = (*who.not_checked, *_left_out(signed, signer, attributes), *weak)
    return VerifiedContent(
        content=content,
        certificate=leaf,
        chain=who.chain,
        signing_time=attributes.signing_time,
        certificate_bound=bound,
        not_checked=not_checked,
    )


def _left_out(signed: cms.SignedData, signer: cms.SignerInfo, attributes: Attributes) -> tuple[str, ...]:
    """What is in the signature and was not looked at."""
    left_out = [*attributes.not_checked, *unsigned_attributes(signer)]
    if not isinstance(signed["crls"], core.Void):
        left_out.append("revocation information inside the signature")
    if attributes.signing_time is None:
        left_out.append("the signing time: none is signed")
    return tuple(dict.fromkeys(left_out))


def _read(data: bytes, forms: Forms) -> cms.SignedData:
    der = _from_pem(data) if data.startswith(b"-----") else data
    info = cms.ContentInfo.load(der, strict=True)
    _check_der(info, der)
    _walk(info)
    if info["content_type"].native != "signed_data":
        raise ValueError(f"content type {info['content_type'].native}")
    for signer in info["content"]["signer_infos"]:
        _check_order(signer["signed_attrs"])
    signed = info["content"]
    plain = signed["version"].native == "v1" and isinstance(signed["crls"], core.Void)
    if forms is Forms.OURS and not plain:
        raise SignatureRefused(Refusal.SIG_STRUCTURE, f"SignedData {signed['version'].native}, or with CRLs inside")
    inner = signed["encap_content_info"]
    if inner["content_type"].native != "data" or not isinstance(inner["content"], core.Void):
        raise SignatureRefused(forms.refusal(Refusal.SIG_STRUCTURE), "the content is inside, or is not plain data")
    return signed


def _check_der(info: cms.ContentInfo, der: bytes) -> None:
    """Before anything of it is parsed further: no nesting without end, nothing that can be spelled in two ways."""
    kind = info["content_type"].native
    try:
        check_der(der)
    except ValueError as error:
        # What calls itself SignedData may be BER, which RFC 5652 allows and we do not read.
        code = Refusal.SIG_UNSUPPORTED if kind == "signed_data" else Refusal.SIG_MALFORMED_CMS
        raise SignatureRefused(code, f"not DER: {error}") from error


def _from_pem(data: bytes) -> bytes:
    kind, headers, der = pem.unarmor(data)
    if kind not in {"CMS", "PKCS7"} or headers:
        raise ValueError(f"PEM of kind {kind}")
    return bytes(der)


def _walk(info: cms.ContentInfo) -> None:
    """Parse everything now: a part that is parsed later would fail later, in the middle of a decision.

    Bounded, because it takes asn1crypto long: a signature of ten certificates has some 2,000 values.
    """
    open_values, visited = [iter([info])], 0
    while open_values:
        value = next(open_values[-1], None)
        visited += 1
        if visited > _MOST_VALUES:
            raise SignatureRefused(Refusal.SIG_TOO_LARGE, f"more than {_MOST_VALUES} values")
        if value is None:
            open_values.pop()
        else:
            open_values.append(_inside(value))


def _inside(value: Any) -> Iterator[Any]:
    """What is in a value; of one that holds nothing further the content is parsed."""
    if isinstance(value, cms.CMSAttribute):
        _ = value["type"].native
        yield from values_of(value)
    elif isinstance(value, core.SequenceOf):  # Set and SetOf are kinds of these
        yield from value
    elif isinstance(value, core.Sequence):
        yield from (value[name] for name in value if name not in _NO_WALK)
    elif isinstance(value, core.Choice):
        yield value.chosen
    elif not isinstance(value, core.Any):
        _ = value.native


def _check_order(attributes: Any) -> None:
    """RFC 5652 digests the attributes in DER, which sorts a SET OF: accept none where file and digest would differ."""
    if isinstance(attributes, core.Void):
        return
    for listed in (attributes, *(values_of(attribute) for attribute in attributes)):
        encoded = [one.dump() for one in listed]
        if encoded != sorted(encoded):
            raise SignatureRefused(Refusal.SIG_UNSUPPORTED, "signed attributes are not in the order of DER")


def _only_signer(signed: cms.SignedData, forms: Forms) -> cms.SignerInfo:
    signers = list(signed["signer_infos"])
    if not signers:
        raise SignatureRefused(Refusal.SIG_MISSING, "no SignerInfo")
    if len(signers) > 1:
        raise SignatureRefused(Refusal.SIG_MULTIPLE, f"{len(signers)} SignerInfos")
    signer = signers[0]
    by_key = signer["sid"].name == "subject_key_identifier"
    if signer["version"].native != ("v3" if by_key and forms is Forms.KNOWN else "v1"):
        raise SignatureRefused(Refusal.SIG_STRUCTURE, f"SignerInfo {signer['version'].native} by {signer['sid'].name}")
    if forms is Forms.OURS and not isinstance(signer["unsigned_attrs"], core.Void):
        raise SignatureRefused(Refusal.SIG_STRUCTURE, "unsigned attributes")
    return signer


def _scheme(
    signed: cms.SignedData, signer: cms.SignerInfo, attributes: dict[str, Any], leaf: Certificate, forms: Forms
) -> Scheme:
    """Return how it was signed, when digest and signature algorithm are on the list and fit the key."""
    digest, algorithm = signer["digest_algorithm"]["algorithm"].native, signer["signature_algorithm"]
    listed = [one["algorithm"].native for one in signed["digest_algorithms"]]
    if digest not in set(HashAlgorithm) or signer["digest_algorithm"]["parameters"].native is not None:
        raise SignatureRefused(_why_not(forms, digest), f"digest {digest}, or its parameters")
    if forms is Forms.OURS and listed != [digest]:
        raise SignatureRefused(Refusal.SIG_ALGORITHM, f"digest {digest}, listed {listed}")
    protection = attributes.get("cms_algorithm_protection")
    if protection is not None and not _protects(protection, signer):
        code = Refusal.SIG_ALGORITHM if forms is Forms.OURS else Refusal.SIG_STRUCTURE
        raise SignatureRefused(code, "cms-algorithm-protection names other algorithms")
    for family in _FAMILIES[leaf.key_kind]:
        scheme = Scheme(family, HashAlgorithm(digest))
        if algorithm.native in (signature_algorithm(scheme).native, _WITHOUT_HASH.get(family)):
            return scheme
    name = str(algorithm["algorithm"].native)
    kinds = {KeyKind.RSA: "ecdsa", KeyKind.EC: "rsa"}
    other = forms is Forms.KNOWN and kinds[leaf.key_kind] in name
    code = Refusal.SIG_BROKEN if other else _why_not(forms, name, *_hashes_of_pss(algorithm))
    raise SignatureRefused(code, f"{name} over {digest} with a key of kind {leaf.key_kind}")


def signature_algorithm(scheme: Scheme) -> algos.SignedDigestAlgorithm:
    """The algorithm as CMS names it; of PSS no other parameters are made or read than those of ``Scheme``."""
    name = scheme.hash.value
    if scheme.family is not Family.RSA_PSS:
        return algos.SignedDigestAlgorithm({"algorithm": f"{name}_{_SUFFIXES[scheme.family]}"})
    parameters = {
        "hash_algorithm": {"algorithm": name},
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": name}},
        "salt_length": scheme.hash.size,
    }
    return algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": algos.RSASSAPSSParams(parameters)})


def _why_not(forms: Forms, *names: str) -> Refusal:
    """Why an algorithm is not taken: it is not ours, it is too weak, or it is not supported."""
    weak = forms is Forms.OURS or any(name.startswith(_WEAK) for name in names)
    return Refusal.SIG_ALGORITHM if weak else Refusal.SIG_UNSUPPORTED


def _hashes_of_pss(algorithm: Any) -> tuple[str, ...]:
    if algorithm["algorithm"].native != "rsassa_pss":
        return ()
    parameters = algorithm["parameters"]
    if isinstance(parameters, core.Void | core.Null):
        return ("sha1",)  # the default
    mask = parameters["mask_gen_algorithm"]["parameters"]
    return str(parameters["hash_algorithm"]["algorithm"].native), str(mask["algorithm"].native)


def _protects(protection: Any, signer: cms.SignerInfo) -> bool:
    same_digest = protection["digest_algorithm"].dump() == signer["digest_algorithm"].dump()
    # Under an implicit tag: compare what is inside.
    inside, wanted = protection["signature_algorithm"], signer["signature_algorithm"].contents
    return bool(same_digest and not isinstance(inside, core.Void) and inside.contents == wanted)
