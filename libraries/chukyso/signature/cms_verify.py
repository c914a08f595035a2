"""Verifying detached CMS signatures (RFC 5652 with the signed attributes of CAdES-BES).

As for XML there is one shape that is accepted, written down as an allow-list: SignedData with one signer only, in DER
and named by issuer and serial number; the content outside; the attributes content-type, message-digest, signing-time
and signing-certificate-v2 signed, nothing unsigned. A time stamp or a counter-signature would be an unsigned attribute:
it is refused, not overlooked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from asn1crypto import cms, core, pem, tsp
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError
from chukyso.signature.der import check_der
from chukyso.signature.profile import MAX_CERTIFICATES
from chukyso.signature.refusal import Circumstance, Refusal, SignatureRefused
from chukyso.signature.verify import check_key

MAX_SIGNATURE = 256 << 10

_HASHES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_ATTRIBUTES = frozenset({"content_type", "message_digest", "signing_time", "signing_certificate_v2"})
# What OpenSSL and others write beside them: what the signer's mail program can read, and the algorithms once more.
_HARMLESS = frozenset({"smime_capabilities", "cms_algorithm_protection"})

# asn1crypto parses lazily and meets malformed input with built-in errors; the last is its nesting run away.
_ASN1_ERRORS = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True)
class VerifiedContent:
    """Content whose detached signature is right.

    Attributes:
        content: The content that was given, which is what was signed.
        certificate: The certificate that made the signature; signing-certificate-v2 binds it.
        chain: Certificates that came along, DER, the leaf's issuer first. Not trusted by themselves.
        signing_time: The signed signing-time, UTC, aware. The signer's own word.
        certificate_bound: Yes, by signing-certificate-v2.
    """

    content: bytes
    certificate: Certificate
    chain: tuple[bytes, ...]
    signing_time: datetime
    certificate_bound: bool = True


def check_cms_signature(
    data: bytes, content: bytes | None, *, expected: Certificate | None = None, size: int = MAX_SIGNATURE
) -> VerifiedContent:
    """Check shape and mathematics of a detached signature, without asking who stands behind the certificate.

    Args:
        data: The signature: CMS SignedData, DER or PEM.
        content: What it is over; None is refused.
        expected: The only certificate that is accepted, if given.
        size: Largest signature, in bytes.

    Raises:
        SignatureRefused: with a ``SIG_…`` code.
    """
    if len(data) > size:
        raise SignatureRefused(Refusal.SIG_TOO_LARGE, f"signature of {len(data)} bytes, at most {size}")
    signed = _read(data)
    signer = _only_signer(signed)
    leaf, chain = _certificates(signed, signer)
    if expected is not None and leaf.der != expected.der:
        raise SignatureRefused(Refusal.SIG_OTHER_CERTIFICATE, f"signed with {leaf.serial}, expected {expected.serial}")
    attributes = _signed_attributes(signer)
    _check_binding(attributes["signing_certificate_v2"], leaf)
    check_key(leaf)
    digest, verify = _algorithms(signed, signer, attributes, leaf)
    if content is None:
        raise SignatureRefused(Refusal.SIG_CONTENT_MISSING, "a detached signature without its content")
    if _hash(digest, content) != attributes["message_digest"].native:
        raise SignatureRefused(Refusal.SIG_DIGEST, f"the content's {digest} is not the signed message-digest")
    try:
        verify(signer["signature"].native, _as_signed(signer))
    except InvalidSignature as error:
        raise SignatureRefused(Refusal.SIG_BROKEN, "signature over the signed attributes") from error
    return VerifiedContent(content, leaf, chain, _signing_time(attributes["signing_time"]))


def _read(data: bytes) -> cms.SignedData:
    try:
        der = _from_pem(data) if data.startswith(b"-----") else data
        info = cms.ContentInfo.load(der, strict=True)
        _check_der(info, der)
        _walk(info)
        if info["content_type"].native != "signed_data":
            raise ValueError(f"content type {info['content_type'].native}")
        for signer in info["content"]["signer_infos"]:
            _check_order(signer["signed_attrs"])
    except _ASN1_ERRORS as error:
        raise SignatureRefused(Refusal.SIG_MALFORMED_CMS, f"{type(error).__name__}: {error}") from error
    signed = info["content"]
    if signed["version"].native != "v1" or not isinstance(signed["crls"], core.Void):
        raise SignatureRefused(Refusal.SIG_STRUCTURE, f"SignedData {signed['version'].native}, or with CRLs inside")
    inner = signed["encap_content_info"]
    if inner["content_type"].native != "data" or not isinstance(inner["content"], core.Void):
        raise SignatureRefused(Refusal.SIG_STRUCTURE, "the content is inside, or is not plain data")
    return signed


def _check_der(info: cms.ContentInfo, der: bytes) -> None:
    """Before anything of it is parsed further: no nesting without end, nothing that can be spelled in two ways."""
    kind = info["content_type"].native
    try:
        check_der(der)
    except ValueError as error:
        # What calls itself SignedData may be BER, which RFC 5652 allows and we do not read.
        circumstance = Circumstance.UNSUPPORTED if kind == "signed_data" else None
        raise SignatureRefused(Refusal.SIG_MALFORMED_CMS, f"not DER: {error}", circumstance) from error


def _from_pem(data: bytes) -> bytes:
    kind, headers, der = pem.unarmor(data)
    if kind not in {"CMS", "PKCS7"} or headers:
        raise ValueError(f"PEM of kind {kind}")
    return bytes(der)


def _walk(value: Any) -> None:
    """Parse everything now: a part that is parsed later would fail later, in the middle of a decision."""
    if isinstance(value, core.Sequence | core.SequenceOf):  # Set and SetOf are kinds of these
        for child in value if isinstance(value, core.SequenceOf) else (value[name] for name in value):
            _walk(child)
    elif isinstance(value, core.Choice):
        _walk(value.chosen)
    elif not isinstance(value, core.Any):
        _ = value.native


def _check_order(attributes: Any) -> None:
    """RFC 5652 digests the attributes in DER, which sorts a SET OF: accept none where file and digest would differ."""
    if isinstance(attributes, core.Void):
        return
    for listed in (attributes, *(attribute["values"] for attribute in attributes)):
        encoded = [one.dump() for one in listed]
        if encoded != sorted(encoded):
            detail = "signed attributes are not in the order of DER"
            raise SignatureRefused(Refusal.SIG_MALFORMED_CMS, detail, Circumstance.UNSUPPORTED)


def _only_signer(signed: cms.SignedData) -> cms.SignerInfo:
    signers = list(signed["signer_infos"])
    if not signers:
        raise SignatureRefused(Refusal.SIG_MISSING, "no SignerInfo")
    if len(signers) > 1:
        raise SignatureRefused(Refusal.SIG_MULTIPLE, f"{len(signers)} SignerInfos")
    signer = signers[0]
    if signer["version"].native != "v1" or not isinstance(signer["unsigned_attrs"], core.Void):
        raise SignatureRefused(Refusal.SIG_STRUCTURE, "SignerInfo of another version, or with unsigned attributes")
    return signer


def _certificates(signed: cms.SignedData, signer: cms.SignerInfo) -> tuple[Certificate, tuple[bytes, ...]]:
    """Return the signer's certificate and its issuers in order; certificates that are neither are refused."""
    sid = signer["sid"]
    listed = [] if isinstance(signed["certificates"], core.Void) else list(signed["certificates"])
    if sid.name != "issuer_and_serial_number" or not 1 <= len(listed) <= MAX_CERTIFICATES:
        raise SignatureRefused(Refusal.SIG_KEYINFO, f"signer by {sid.name}, {len(listed)} certificates")
    if any(choice.name != "certificate" for choice in listed):
        raise SignatureRefused(Refusal.SIG_KEYINFO, "something else among the certificates")
    wanted = (sid.chosen["issuer"].dump(), sid.chosen["serial_number"].native)
    named = [one.chosen for one in listed if (one.chosen.issuer.dump(), one.chosen.serial_number) == wanted]
    if len(named) != 1:
        raise SignatureRefused(Refusal.SIG_KEYINFO, f"{len(named)} certificates that the signer may mean")
    leaf = _load(named[0].dump())
    return leaf, _chain(leaf, [_load(one.chosen.dump()) for one in listed if one.chosen is not named[0]])


def _load(der: bytes) -> Certificate:
    try:
        return Certificate.from_der(der)
    except ChukysoError as error:
        raise SignatureRefused(Refusal.SIG_KEYINFO, f"certificate in CMS: {error.detail}") from error


def _chain(leaf: Certificate, others: Sequence[Certificate]) -> tuple[bytes, ...]:
    """CMS lists certificates as a set: bring them into the order leaf's issuer first."""
    rest, chain, subject = list(others), [], leaf
    while rest:
        issuer = next((one for one in rest if one.x509().subject == subject.x509().issuer), None)
        if issuer is None:
            raise SignatureRefused(Refusal.SIG_KEYINFO, f"{rest[0].subject_dn} is not in the signer's chain")
        rest.remove(issuer)
        chain.append(issuer.der)
        subject = issuer
    return tuple(chain)


def _signed_attributes(signer: cms.SignerInfo) -> dict[str, Any]:
    """Return the value of each signed attribute: the four that are needed, each once and with one value."""
    if isinstance(signer["signed_attrs"], core.Void):
        raise SignatureRefused(Refusal.SIG_REFERENCE, "no signed attributes")
    listed = [(attribute["type"].native, list(attribute["values"])) for attribute in signer["signed_attrs"]]
    names = [name for name, _ in listed]
    if not set(names) >= _ATTRIBUTES or len(set(names)) != len(names) or any(len(each) != 1 for _, each in listed):
        raise SignatureRefused(Refusal.SIG_REFERENCE, f"signed attributes {names}")
    if unknown := set(names) - _ATTRIBUTES - _HARMLESS:
        raise SignatureRefused(Refusal.SIG_STRUCTURE, f"signed attributes {sorted(unknown)}")
    attributes = {name: values[0] for name, values in listed}
    if attributes["content_type"].native != "data":
        raise SignatureRefused(Refusal.SIG_REFERENCE, f"content-type {attributes['content_type'].native}")
    return attributes


def _check_binding(value: tsp.SigningCertificateV2, leaf: Certificate) -> None:
    """The first ESSCertIDv2 must be the signer's certificate (RFC 5035, section 5.4)."""
    identifiers = list(value["certs"])
    if not 1 <= len(identifiers) <= MAX_CERTIFICATES:
        raise SignatureRefused(Refusal.SIG_KEYINFO, f"signing-certificate-v2 with {len(identifiers)} certificates")
    first = identifiers[0]
    algorithm = first["hash_algorithm"]["algorithm"].native
    if algorithm not in _HASHES:
        raise SignatureRefused(Refusal.SIG_ALGORITHM, f"signing-certificate-v2 by {algorithm}")
    if _hash(algorithm, leaf.der) != first["cert_hash"].native:
        raise SignatureRefused(Refusal.SIG_KEYINFO, "signing-certificate-v2 names another certificate")
    named = first["issuer_serial"]
    if not isinstance(named, core.Void):
        parsed = cms.Certificate.load(leaf.der)
        issuers = [name.chosen.untag().dump() for name in named["issuer"] if name.name == "directory_name"]
        if issuers != [parsed.issuer.dump()] or named["serial_number"].native != parsed.serial_number:
            raise SignatureRefused(Refusal.SIG_KEYINFO, "issuer and serial of signing-certificate-v2 differ")


_Verify = Callable[[bytes, bytes], None]


def _algorithms(
    signed: cms.SignedData, signer: cms.SignerInfo, attributes: dict[str, Any], leaf: Certificate
) -> tuple[str, _Verify]:
    """Return the digest's name and the function that verifies a signature, when both are on the list."""
    digest = signer["digest_algorithm"]["algorithm"].native
    listed = [algorithm["algorithm"].native for algorithm in signed["digest_algorithms"]]
    if digest not in _HASHES or listed != [digest]:
        raise SignatureRefused(Refusal.SIG_ALGORITHM, f"digest {digest}, listed {listed}")
    if not _plain(signer["digest_algorithm"]):
        raise SignatureRefused(Refusal.SIG_ALGORITHM, f"digest {digest} with parameters")
    protection = attributes.get("cms_algorithm_protection")
    if protection is not None and not _protects(protection, signer):
        raise SignatureRefused(Refusal.SIG_ALGORITHM, "cms-algorithm-protection names other algorithms")
    verify = _verifier(signer["signature_algorithm"], digest, leaf)
    if verify is None:
        name = signer["signature_algorithm"]["algorithm"].native
        raise SignatureRefused(Refusal.SIG_ALGORITHM, f"{name} over {digest} with a key of kind {leaf.key_kind}")
    return digest, verify


def _protects(protection: Any, signer: cms.SignerInfo) -> bool:
    same_digest = protection["digest_algorithm"].dump() == signer["digest_algorithm"].dump()
    # Under an implicit tag: compare what is inside.
    inside, wanted = protection["signature_algorithm"], signer["signature_algorithm"].contents
    return bool(same_digest and not isinstance(inside, core.Void) and inside.contents == wanted)


def _verifier(algorithm: Any, digest: str, leaf: Certificate) -> _Verify | None:
    key, name, implementation = leaf.x509().public_key(), algorithm["algorithm"].native, _HASHES[digest]()
    if isinstance(key, rsa.RSAPublicKey) and name in {"rsassa_pkcs1v15", f"{digest}_rsa"}:
        return partial(key.verify, padding=padding.PKCS1v15(), algorithm=implementation) if _plain(algorithm) else None
    if isinstance(key, rsa.RSAPublicKey) and name == "rsassa_pss" and _is_plain_pss(algorithm["parameters"], digest):
        scheme = padding.PSS(padding.MGF1(implementation), implementation.digest_size)
        return partial(key.verify, padding=scheme, algorithm=implementation)
    if isinstance(key, ec.EllipticCurvePublicKey) and name == f"{digest}_ecdsa" and _plain(algorithm):
        return partial(key.verify, signature_algorithm=ec.ECDSA(implementation))
    return None


def _plain(algorithm: Any) -> bool:
    return isinstance(algorithm["parameters"], core.Void | core.Null)


def _is_plain_pss(parameters: Any, digest: str) -> bool:
    """One hash throughout, a salt as long as it: nothing else is made, so nothing else is read."""
    if isinstance(parameters, core.Void):
        return False  # the defaults are SHA-1
    return bool(
        parameters["hash_algorithm"]["algorithm"].native == digest
        and parameters["mask_gen_algorithm"]["algorithm"].native == "mgf1"
        and parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native == digest
        and parameters["salt_length"].native == _HASHES[digest]().digest_size
        and parameters["trailer_field"].native == "trailer_field_bc"
    )


def _as_signed(signer: cms.SignerInfo) -> bytes:
    """The signed attributes as they are digested: with the tag of a SET instead of their own (RFC 5652, 5.4)."""
    return bytes(signer["signed_attrs"].untag().dump())


def _signing_time(value: Any) -> datetime:
    moment = value.native
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise SignatureRefused(Refusal.SIG_TIME, f"signing-time {moment!r}", Circumstance.UNREADABLE)
    return moment


def _hash(name: str, data: bytes) -> bytes:
    digest = hashes.Hash(_HASHES[name]())
    digest.update(data)
    return digest.finalize()
