"""Trust store, revocation policy, and what a certificate must say of its owner and its use.

Data and rules that need no path building, apart from ``path`` so that importing them is quick.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chukyso.certificate import Certificate, read_tax_code
from chukyso.lenient import read_pem
from chukyso.moment import CLOCK_TOLERANCE
from chukyso.signature.refusal import Refusal, SignatureRefused, refusing

# A personal certificate may carry its holder's CCCD beside the MST; any other value is nothing we can read.
_OTHER_UID = re.compile(r"(?a:CCCD:\d{9,12})")
# How ``cryptography`` says that a certificate, list or answer, or one of its extensions, cannot be read.
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# Extended key usages that do not speak against signing documents: any; documents (RFC 9336, and the purposes that Adobe
# and Microsoft had before it); e-mail and the client's side of TLS, which authorities give to persons and
# organisations along with signing. A server, code, time stamps or OCSP answers alone are somebody else's certificate.
SIGNING_PURPOSES = frozenset(
    {
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE.dotted_string,
        ExtendedKeyUsageOID.EMAIL_PROTECTION.dotted_string,
        ExtendedKeyUsageOID.CLIENT_AUTH.dotted_string,
        "1.3.6.1.5.5.7.3.36",
        "1.2.840.113583.1.1.5",
        "1.3.6.1.4.1.311.10.3.12",
    }
)


@dataclass(frozen=True)
class TrustStore:
    """Who is believed.

    Attributes:
        roots: Trusted root certificates, DER.
        intermediates: Certificates that help to build a path, DER; not trusted by themselves.
    """

    roots: tuple[bytes, ...]
    intermediates: tuple[bytes, ...] = ()

    @classmethod
    def from_pem(cls, roots: bytes, intermediates: bytes = b"") -> TrustStore:
        """Read PEM bundles.

        Raises:
            ValueError: a bundle holds no certificate or a broken one.
        """
        return cls(read_pem(roots), read_pem(intermediates) if intermediates else ())


class RevocationMode(StrEnum):
    """What a certificate needs before it may sign: an answer about revocation, one if it can be had, or none."""

    REQUIRED = "required"
    BEST_EFFORT = "best-effort"
    OFF = "off"


class AnswerKind(StrEnum):
    """Where an answer about revocation came from."""

    CRL = "crl"
    OCSP = "ocsp"


@dataclass(frozen=True)
class RevocationAnswer:
    """A raw answer about revocation: nothing vouches for it but its own signature.

    Attributes:
        kind: CRL or OCSP.
        source: Where it was fetched (URL) or stored, for people.
        der: The answer: a CertificateList or an OCSPResponse, DER.
        certificate_serial: Serial of the certificate that it was looked up for, as ``write_serial`` writes it; "" when
            it was read from a file and not yet matched with a certificate.
    """

    kind: AnswerKind
    source: str
    der: bytes
    certificate_serial: str = ""


@dataclass(frozen=True)
class RevocationPolicy:
    """How CRL and OCSP are asked.

    Attributes:
        hosts: Hosts that may be asked; addresses in certificates that name any other are refused.
        timeout: Seconds for one answer.
        size: Largest answer, in bytes.
        clock_tolerance: How far an answer may be dated in the future.
        both: Whether the signer's certificate needs a good answer from CRL and OCSP each. Else one of the two is
            enough, as it always is for the certificates of authorities.
        answers: Answers stored earlier, about any certificate; those that fit are used instead of source.
        public: Any other host may be asked as well, provided that its address is a public one: nothing on this machine
            or in the network behind it.
        online: Whether what ``answers`` lacks may be asked for.
    """

    hosts: frozenset[str] = LOOPBACK
    timeout: float = 5.0
    size: int = 4 << 20
    clock_tolerance: timedelta = CLOCK_TOLERANCE
    both: bool = True
    answers: tuple[RevocationAnswer, ...] = ()
    public: bool = False
    online: bool = True


DEFAULT_REVOCATION = RevocationPolicy()


@dataclass(frozen=True)
class ValidatedPath:
    """A path that was validated.

    Attributes:
        certificates: From the leaf to the root, DER.
        answers: The answers about revocation that were used.
        at: The moment that it was validated for, aware.
        unasked: Certificates of authorities, DER, that name nobody to ask about revocation, and of which no answer was
            at hand.
    """

    certificates: tuple[bytes, ...]
    answers: tuple[RevocationAnswer, ...]
    at: datetime
    unasked: tuple[bytes, ...] = ()


@refusing(Refusal.CERT_UNREADABLE)
def check_owner(certificate: Certificate) -> str:
    """Return the certificate's MST, when there is exactly one, in the UID attribute, in plain digits.

    Raises:
        SignatureRefused: ``CERT_MST_MISSING``, ``CERT_MST_DOUBLED``, ``CERT_MST_MALFORMED``.
    """
    subject = certificate.x509().subject
    values = [str(attribute.value) for attribute in subject.get_attributes_for_oid(NameOID.USER_ID)]
    candidates = [value for value in values if not _OTHER_UID.fullmatch(value)]
    if not candidates:
        raise SignatureRefused(Refusal.CERT_MST_MISSING, f"no MST in UID of {certificate.subject_dn}")
    if len(candidates) > 1:
        raise SignatureRefused(Refusal.CERT_MST_DOUBLED, f"{len(candidates)} UID values: {candidates!a}")
    tax_code = read_tax_code(subject)
    if not tax_code:
        raise SignatureRefused(Refusal.CERT_MST_MALFORMED, f"UID {candidates[0]!a}")
    return tax_code


@refusing(Refusal.CERT_UNREADABLE)
def check_usage(certificate: Certificate) -> None:
    """Refuse a certificate that was not issued for signing documents, or that is a CA.

    digitalSignature and nonRepudiation must both be there, as Vietnamese certificates of organisations have
    them (facts: key usage); a certificate without the extension says nothing about signing and is refused. An extended
    key usage, critical or not, must name one of ``SIGNING_PURPOSES`` (RFC 5280, section 4.2.1.12: the certificate
    "MUST only be used for one of the purposes indicated").

    Raises:
        SignatureRefused: ``CERT_KEY_USAGE``.
    """
    try:
        extensions = certificate.x509().extensions
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        purposes = [
            purpose
            for extension in extensions
            if isinstance(extension.value, x509.ExtendedKeyUsage)
            for purpose in extension.value
        ]
        constraints: Sequence[x509.BasicConstraints] = [
            extension.value for extension in extensions if isinstance(extension.value, x509.BasicConstraints)
        ]
    except (x509.ExtensionNotFound, *UNREADABLE) as error:
        raise SignatureRefused(Refusal.CERT_KEY_USAGE, f"key usage of {certificate.serial}: {error}") from error
    if not (usage.digital_signature and usage.content_commitment):
        raise SignatureRefused(
            Refusal.CERT_KEY_USAGE, f"{certificate.serial} lacks digitalSignature or nonRepudiation: {usage}"
        )
    if purposes and not SIGNING_PURPOSES.intersection(purpose.dotted_string for purpose in purposes):
        named = ", ".join(purpose.dotted_string for purpose in purposes)
        raise SignatureRefused(Refusal.CERT_KEY_USAGE, f"{certificate.serial} is for other purposes alone: {named}")
    if any(constraint.ca for constraint in constraints):
        raise SignatureRefused(Refusal.CERT_KEY_USAGE, f"{certificate.serial} is a CA certificate")
