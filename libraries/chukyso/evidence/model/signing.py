"""Certificates, what was found out about them, and the document that was signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from chukyso.evidence.model.kinds import Count, Moment, Sha256


@dataclass(frozen=True)
class CertificateFacts:
    """A certificate as token or portal showed it.

    Attributes:
        serial: Hex, lower case, without separators and leading zeros.
        owner: Common name of the subject.
        tax_code: MST.
        issuer: Common name of the issuer.
        valid_from: ISO 8601 in UTC, or the portal's own text when it is no full date.
        valid_to: As valid_from.
        sha256: Of the DER; null when only the portal's text is known.
    """

    serial: str
    owner: str
    tax_code: str
    issuer: str
    valid_from: str
    valid_to: str
    sha256: Sha256 | None = None


@dataclass(frozen=True)
class Certificates:
    """Certificates.

    Attributes:
        registered: What the portal had when the run began.
        new: What is to replace it.
        registered_after: Serial that the portal showed after logging in again.
    """

    registered: CertificateFacts | None
    new: CertificateFacts | None
    registered_after: str | None


@dataclass(frozen=True)
class IssuerFacts:
    """A certificate of the validated path.

    Attributes:
        subject: RFC 4514.
        serial: Its serial.
        sha256: Of the DER.
    """

    subject: str
    serial: str
    sha256: Sha256


@dataclass(frozen=True)
class AnswerFacts:
    """An answer about revocation, as it came.

    Attributes:
        kind: What was asked.
        url: Where it was fetched.
        certificate_serial: About which certificate.
        path: Relative to the output directory.
        sha256: Of the file.
    """

    kind: Literal["crl", "ocsp"]
    url: str
    certificate_serial: str
    path: Annotated[str, Meta(pattern=r"^evidence/validation/(crl|ocsp)-[0-9]+\.der$")]
    sha256: Sha256


@dataclass(frozen=True)
class ValidationFacts:
    """What was found out about the new certificate before it signed; null when the run ended before.

    Attributes:
        verdict: A certificate that is refused ends the run; path and answers are then what speaks against it, if it
            came to that.
        moment: The moment that it was validated for.
        certificate_serial: Whose.
        reason: Why no more is known, or why it was refused, English.
        path: From the certificate to the root, as in evidence/validation/path.pem; empty when it was not validated.
        answers: The answers about revocation.
    """

    verdict: Literal["valid", "valid-revocation-unknown", "not-validated", "refused"]
    moment: Moment
    certificate_serial: str
    reason: str | None
    path: tuple[IssuerFacts, ...] = ()
    answers: tuple[AnswerFacts, ...] = ()


@dataclass(frozen=True)
class SignatureFacts:
    """Verdict on the signature: shape and mathematics. Trust and revocation are the portal's to judge.

    Attributes:
        valid: Whether it was found right before the document left.
        refusal: Why it is not valid, English.
        signer: Owner of the certificate in the signature.
        tax_code: Its MST.
        certificate_serial: Its serial.
        issuer: Its issuer.
        algorithm: Signature algorithm.
        digest: Digest algorithm.
        signing_time: As the document states it.
    """

    valid: bool
    refusal: str | None
    signer: str = ""
    tax_code: str = ""
    certificate_serial: str = ""
    issuer: str = ""
    algorithm: str = ""
    digest: str = ""
    signing_time: Moment | None = None


@dataclass(frozen=True)
class Submission:
    """The signed document. That it exists does not say that it arrived: the outcome does.

    Attributes:
        path: Relative to the output directory.
        sha256: Of the file.
        size: Bytes.
        signature: What it says of its signature.
    """

    path: Literal["evidence/submission.xml"]
    sha256: Sha256
    size: Count
    signature: SignatureFacts


@dataclass(frozen=True)
class WindowFacts:
    """A window of the signer.

    Attributes:
        kind: Which of the guide's windows: the certificate (figure 4), the PIN (figure 5).
        rule: By which rule of the profile it was told; empty for a page of our signing agent.
        title: Its title.
        program: File name of the program that it belongs to.
        publisher: Who signed that program, when the rule asked.
    """

    kind: Literal["certificate", "pin"]
    rule: str = ""
    title: str = ""
    program: str = ""
    publisher: str = ""


@dataclass(frozen=True)
class SignerFacts:
    """Who served the page's request to sign; null when the run ended before.

    Attributes:
        kind: Our signing agent, or the portal's own client.
        windows: Its windows, in the order in which they were opened.
        unchecked: What nobody could check before the last button was pressed: ``document``, and fields of the
            certificate that the window does not show.
    """

    kind: Literal["agent", "client"]
    windows: tuple[WindowFacts, ...] = ()
    unchecked: tuple[str, ...] = ()
