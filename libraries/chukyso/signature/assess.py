"""Verifying a signed file and concluding a verdict: signature, certificate path, owner and signing time.

The portal asks ``verify_xml`` while the session lasts; here a document may be old. That is the only rule that differs:
the signing time may lie any time in the past, and one good answer about revocation is enough.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

from chukyso.signature.cms_verify import check_cms_signature
from chukyso.signature.forms import Forms
from chukyso.signature.known import check_known_signature
from chukyso.signature.profile import DEFAULT_PLACE
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.trust import RevocationPolicy, TrustStore, ValidatedPath, check_owner
from chukyso.signature.verdict import Reason, Verdict, conclude
from chukyso.signature.verified import Verified
from chukyso.signature.verify import DEFAULT_TIME_TOLERANCE, check_signature, check_signing_time

# The addresses are in a certificate that a trusted authority issued: the internet and this machine may be asked, what
# lies between them (a private network) only when the caller names it.
LATER = RevocationPolicy(public=True, timeout=10, size=32 << 20, both=False)

NEVER_CHECKED = ("time stamps", "long-term validation")
_PATH = "certificate path"
_REVOCATION = "revocation"


def is_cms(data: bytes) -> bool:
    """Whether this looks like CMS (DER or PEM) rather than XML."""
    return data.startswith((b"0", b"-----BEGIN"))


def assess(
    data: bytes,
    *,
    at: datetime,
    trust: TrustStore | None = None,
    content: bytes | None = None,
    place: str | None = DEFAULT_PLACE,
    part: str | None = None,
    forms: Forms = Forms.KNOWN,
    revocation: RevocationPolicy = LATER,
    clock_tolerance: timedelta = DEFAULT_TIME_TOLERANCE,
) -> Verdict:
    """Verify a signed XML document or a detached CMS signature and return the verdict. Never raises for what is in it.

    Blocks while CRL and OCSP are fetched, and must not be called from an event loop.

    Args:
        data: The signed document, or the signature.
        at: The moment to verify for, aware. A moment in the past answers what somebody would have concluded then; it
            proves nothing about when the signature was made.
        trust: Who is believed. None: shape and mathematics are checked, and the verdict is
            INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND at best.
        content: What a detached signature is over. Given, ``data`` is CMS.
        place: XML: where the signature is; see ``locate.choose_signature``.
        part: XML: path of the element that must have been signed; None: the whole document.
        forms: Which forms of signature are read.
        revocation: How CRL and OCSP are asked, and stored answers.
        clock_tolerance: How far the signing time may lie after ``at``.
    """
    cms = content is not None or is_cms(data)
    reasons: list[Reason] = []
    verified: Verified | None = None
    path: ValidatedPath | None = None
    try:
        verified = check_cms_signature(data, content, forms=forms) if cms else _check_xml(data, place, part, forms)
    except SignatureRefused as error:
        reasons.append(Reason.of(error))
    else:
        path, reasons = _assess_signer(verified, at, trust, revocation, clock_tolerance)
    status, sub_indication, ordered = conclude(reasons)
    return Verdict(
        status=status,
        sub_indication=sub_indication,
        reasons=ordered,
        kind="cms" if cms else "xml",
        sha256=sha256(data).hexdigest(),
        at=at,
        certificate=verified.certificate if verified else None,
        certificate_bound=verified.certificate_bound if verified else None,
        signing_time=verified.signing_time if verified else None,
        path=path.certificates if path else (),
        answers=path.answers if path else (),
        unasked=path.unasked if path else (),
        signed=verified.signed if verified else (),
        other_signatures=verified.others if verified else (),
        not_checked=(
            *NEVER_CHECKED,
            *(() if verified and trust and trust.roots else (_PATH, _REVOCATION)),
            *(verified.not_checked if verified else ()),
        ),
    )


def _check_xml(data: bytes, place: str | None, part: str | None, forms: Forms) -> Verified:
    if forms is Forms.OURS:
        return check_signature(data, place=place, allow_pss=True)
    return check_known_signature(data, place=place, part=part)


def _assess_signer(
    verified: Verified, at: datetime, trust: TrustStore | None, revocation: RevocationPolicy, clock_tolerance: timedelta
) -> tuple[ValidatedPath | None, list[Reason]]:
    """Everything about the certificate and the time; each check is made, whatever the one before it found."""
    path: ValidatedPath | None = None
    reasons: list[Reason] = []
    try:
        path = _validate(verified, at, trust, revocation)
    except SignatureRefused as error:
        reasons.append(Reason.of(error))
    try:
        check_owner(verified.certificate)
    except SignatureRefused as error:
        reasons.append(Reason.of(error))
    try:
        check_signing_time(verified, at, clock_tolerance, old=True)
    except SignatureRefused as error:
        reasons.append(Reason.of(error))
    return path, reasons


def _validate(
    verified: Verified, at: datetime, trust: TrustStore | None, revocation: RevocationPolicy
) -> ValidatedPath:
    if trust is None or not trust.roots:
        raise SignatureRefused(Refusal.CERT_UNTRUSTED, "no trusted certificate was given")
    # Only here: path validation is slow to import, and without trust there is no path.
    from chukyso.signature.path import validate_path  # noqa: PLC0415

    return validate_path(verified.certificate, verified.chain, trust, at=at, revocation=revocation)
