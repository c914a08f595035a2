"""Reading SignerInfo: who signed a CMS message, and the signed attributes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import cms, core
from asn1crypto import tsp as _tsp  # noqa: F401 - teaches asn1crypto the two signing-certificate attributes
from asn1crypto import x509 as asn1_x509

from chukyso.certificate import Certificate
from chukyso.signature.chain import MAX_WITH_STRANGERS, NAMED_BY_SHA1, Signer, arrange, load
from chukyso.signature.forms import Forms
from chukyso.signature.names import is_issuer_and_serial, name_key
from chukyso.signature.profile import MAX_CERTIFICATES
from chukyso.signature.refusal import Circumstance, Refusal, SignatureRefused
from chukyso.token.mechanisms import HashAlgorithm

_NEEDED = {Forms.OURS: {"content_type", "message_digest", "signing_time", "signing_certificate_v2"}}
_NEEDED[Forms.KNOWN] = {"content_type", "message_digest"}
_MOST = {Forms.OURS: MAX_CERTIFICATES, Forms.KNOWN: MAX_WITH_STRANGERS}
_SMIME, _PKCS9 = "1.2.840.113549.1.9.16.2", "1.2.840.113549.1.9"
# By their numbers: asn1crypto learns names of other packages while a program runs.
_READ = {
    f"{_PKCS9}.3": "content_type",
    f"{_PKCS9}.4": "message_digest",
    f"{_PKCS9}.5": "signing_time",
    f"{_SMIME}.47": "signing_certificate_v2",
    # What OpenSSL and others write beside them: what a mail program can read, and the algorithms once more.
    f"{_PKCS9}.15": "smime_capabilities",
    f"{_PKCS9}.52": "cms_algorithm_protection",
}
# Of other programs: signed and known, and nothing of it changes who signed what. Those with words are named as not
# looked at; the first counts for what its SHA-1 is worth.
_ALSO_READ = {
    f"{_SMIME}.12": "signing_certificate",
    f"{_SMIME}.11": "",  # the key that mail to the signer is encrypted to
    "1.3.6.1.4.1.311.16.4": "",  # the same by Microsoft
    f"{_SMIME}.4": "content hints",
    f"{_SMIME}.7": "content identifier",
    f"{_SMIME}.10": "content reference",
    f"{_SMIME}.15": "signature policy",
    f"{_SMIME}.16": "commitment type",
    f"{_SMIME}.17": "signer location",
    f"{_SMIME}.18": "signer attributes",
    f"{_SMIME}.20": "content time stamp",
    "0.4.0.1733.2.1": "MIME type",
    "0.4.0.19122.1.1": "signer attributes",
    "1.2.840.113583.1.1.8": "revocation information inside the signature",
}
_UNSIGNED = {
    f"{_PKCS9}.6": "counter-signature",
    f"{_SMIME}.14": "signature time stamp",
    "1.3.6.1.4.1.311.3.3.1": "signature time stamp",
    f"{_SMIME}.21": "certificate references",
    f"{_SMIME}.22": "revocation references",
    f"{_SMIME}.23": "certificate values",
    f"{_SMIME}.24": "revocation values",
    f"{_SMIME}.48": "archive time stamp",
}
_MOST_ATTRIBUTES = 32


@dataclass(frozen=True)
class Attributes:
    """The signed attributes.

    Attributes:
        values: By the names of asn1crypto: those that are needed, and what was found of the others that are read.
        not_checked: What is signed and was not looked at, for the verdict.
    """

    values: dict[str, Any]
    not_checked: tuple[str, ...] = ()

    @property
    def signing_time(self) -> datetime | None:
        """The signer's own word, aware; None when no time is signed.

        Raises:
            SignatureRefused: ``SIG_TIME``.
        """
        if "signing_time" not in self.values:
            return None
        moment = self.values["signing_time"].native
        if not isinstance(moment, datetime) or moment.tzinfo is None:
            raise SignatureRefused(Refusal.SIG_TIME, f"signing-time {moment!r}", Circumstance.UNREADABLE)
        return moment


def find_signer(signed: cms.SignedData, signer: cms.SignerInfo, forms: Forms) -> Signer:
    """Return the signer's certificate and its issuers in order.

    Raises:
        SignatureRefused: ``SIG_KEYINFO`` when it is not there, not clear, or (``Forms.OURS``) others come along.
    """
    sid = signer["sid"]
    listed = [] if isinstance(signed["certificates"], core.Void) else list(signed["certificates"])
    if not 1 <= len(listed) <= _MOST[forms] or (forms is Forms.OURS and sid.name != "issuer_and_serial_number"):
        raise SignatureRefused(Refusal.SIG_KEYINFO, f"signer by {sid.name}, {len(listed)} certificates")
    if kinds := {choice.name for choice in listed} - {"certificate"}:
        detail = f"something else among the certificates: {sorted(kinds)}"
        raise SignatureRefused(forms.refusal(Refusal.SIG_KEYINFO), detail)
    named = [one.chosen for one in listed if _is_named(one.chosen, sid)]
    if len(named) != 1:
        raise SignatureRefused(Refusal.SIG_KEYINFO, f"{len(named)} certificates that the signer may mean")
    leaf = load(named[0].dump(), "CMS")
    found = arrange(leaf, [load(one.chosen.dump(), "CMS") for one in listed if one.chosen is not named[0]])
    if found.not_checked and forms is Forms.OURS:
        raise SignatureRefused(Refusal.SIG_KEYINFO, found.not_checked[0])
    return found


def _is_named(certificate: asn1_x509.Certificate, sid: cms.SignerIdentifier) -> bool:
    if sid.name == "subject_key_identifier":
        return bool(certificate.key_identifier == sid.chosen.native)
    return bool(
        name_key(certificate.issuer) == name_key(sid.chosen["issuer"])
        and certificate.serial_number == sid.chosen["serial_number"].native
    )


def values_of(attribute: cms.CMSAttribute) -> list[Any]:
    """The values of an attribute, parsed where they are read; of others what they should be is nobody's business here.

    (Which others asn1crypto would parse depends on the libraries that told it of theirs.)
    """
    if attribute["type"].dotted in {*_READ, f"{_SMIME}.12"}:
        return list(attribute["values"])
    return list(core.SetOf.load(attribute["values"].dump(), spec=core.Any))


def signed_attributes(signer: cms.SignerInfo, forms: Forms) -> Attributes:
    """Return the signed attributes, each once and with one value.

    Raises:
        SignatureRefused: ``SIG_REFERENCE`` when one that is needed is missing or says two things, ``SIG_UNSUPPORTED``
            (``Forms.OURS``: ``SIG_STRUCTURE``) for others.
    """
    if isinstance(signer["signed_attrs"], core.Void):
        # Their DER could be given out as the content of another signature of the same key.
        raise SignatureRefused(forms.refusal(Refusal.SIG_REFERENCE), "no signed attributes")
    listed = [(attribute["type"].dotted, values_of(attribute)) for attribute in signer["signed_attrs"]]
    numbers = [number for number, _ in listed]
    read = {**_READ, **(_ALSO_READ if forms is Forms.KNOWN else {})}
    names = {read[number] for number in numbers if number in read}
    if not names >= _NEEDED[forms] or len(set(numbers)) != len(numbers) or any(len(each) != 1 for _, each in listed):
        raise SignatureRefused(Refusal.SIG_REFERENCE, f"signed attributes {numbers[:_MOST_ATTRIBUTES]}")
    if unknown := sorted(set(numbers) - set(read)):
        detail = f"signed attributes {unknown[:_MOST_ATTRIBUTES]}"
        raise SignatureRefused(forms.refusal(Refusal.SIG_STRUCTURE), detail)
    values = {read[number]: values[0] for number, values in listed}
    if values["content_type"].native != "data":
        raise SignatureRefused(Refusal.SIG_REFERENCE, f"content-type {values['content_type'].native}")
    notes = [read[number] for number in numbers if number in _ALSO_READ and number != f"{_SMIME}.12"]
    return Attributes(values, tuple(note for note in notes if note))


def unsigned_attributes(signer: cms.SignerInfo) -> tuple[str, ...]:
    """Name what is there unsigned, for the verdict: by its nature it changes nothing of what is signed.

    Raises:
        SignatureRefused: ``SIG_TOO_LARGE``.
    """
    if isinstance(signer["unsigned_attrs"], core.Void):
        return ()
    if len(signer["unsigned_attrs"]) > _MOST_ATTRIBUTES:
        raise SignatureRefused(Refusal.SIG_TOO_LARGE, f"{len(signer['unsigned_attrs'])} unsigned attributes")
    numbers = [attribute["type"].dotted for attribute in signer["unsigned_attrs"]]
    named = dict.fromkeys(_UNSIGNED.get(number, f"unsigned attribute {number}") for number in numbers)
    return tuple(named)


def binds(attributes: Attributes, leaf: Certificate, forms: Forms) -> tuple[bool, tuple[str, ...]]:
    """Whether the signed attributes name the certificate, and what is weak about it.

    The first entry of signing-certificate-v2 is the signer's certificate (RFC 5035, section 5.4). The older
    signing-certificate (RFC 2634, 5.4) names it by SHA-1, of which a collision can be made: it binds nothing, but an
    entry that differs is of another certificate whatever the algorithm.

    Raises:
        SignatureRefused: ``SIG_KEYINFO`` when they name another certificate, ``SIG_ALGORITHM`` or ``SIG_UNSUPPORTED``
            for a digest that is not known.
    """
    used = [
        _check_named(attributes.values[name], leaf, forms)
        for name in ("signing_certificate_v2", "signing_certificate")
        if name in attributes.values
    ]
    strong = any(algorithm in set(HashAlgorithm) for algorithm in used)
    return strong, (NAMED_BY_SHA1,) if used and not strong else ()


def _check_named(value: Any, leaf: Certificate, forms: Forms) -> str:
    """Return the digest by which the attribute names the certificate."""
    identifiers = list(value["certs"])
    if not 1 <= len(identifiers) <= _MOST[forms]:
        raise SignatureRefused(Refusal.SIG_KEYINFO, f"signing-certificate with {len(identifiers)} certificates")
    first = identifiers[0]
    algorithm = str(first["hash_algorithm"]["algorithm"].native) if "hash_algorithm" in list(first) else "sha1"
    if algorithm not in set(HashAlgorithm) and (forms is Forms.OURS or algorithm != "sha1"):
        raise SignatureRefused(forms.refusal(Refusal.SIG_ALGORITHM), f"signing-certificate by {algorithm}")
    if hashlib.new(algorithm, leaf.der, usedforsecurity=False).digest() != first["cert_hash"].native:
        raise SignatureRefused(Refusal.SIG_KEYINFO, "signing-certificate names another certificate")
    named = first["issuer_serial"]
    if not isinstance(named, core.Void) and not is_issuer_and_serial(named, asn1_x509.Certificate.load(leaf.der)):
        raise SignatureRefused(Refusal.SIG_KEYINFO, "issuer and serial of signing-certificate differ")
    return algorithm
