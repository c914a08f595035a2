"""Saves the signed document and checks its signature once more."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

from chukyso.evidence.files import write_whole
from chukyso.evidence.model.signing import SignatureFacts, Submission
from chukyso.signature.profile import DEFAULT_PLACE, ECDSA_SHA256, ECDSA_SHA384, RSA_SHA256
from chukyso.signature.refusal import SignatureRefused
from chukyso.signature.verify import check_signature

SUBMISSION_FILE: Final = "evidence/submission.xml"
# The signature algorithm, and the digest of the content.
_ALGORITHMS = {
    RSA_SHA256: ("RSA PKCS#1 v1.5, SHA-256", "SHA-256"),
    ECDSA_SHA256: ("ECDSA, SHA-256", "SHA-256"),
    ECDSA_SHA384: ("ECDSA, SHA-384", "SHA-384"),
}


def save_submission(output: Path, document: bytes, *, verified: bool, place: str = DEFAULT_PLACE) -> Submission:
    """Save the signed document and say what its signature is worth.

    It is written first, whatever the check says: it may have been sent. The signature counts as right when whoever made
    it says so (``verified``) and the check here, over the saved bytes, agrees.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL``.
    """
    write_whole(output / SUBMISSION_FILE, document)
    return Submission(
        SUBMISSION_FILE,
        hashlib.sha256(document).hexdigest(),
        len(document),
        describe_signature(document, verified, place),
    )


def describe_signature(document: bytes, verified: bool, place: str) -> SignatureFacts:
    """What the document says of its signature, and whether it is right."""
    try:
        signed = check_signature(document, place=place)
    except SignatureRefused as refused:
        return SignatureFacts(False, f"{refused.refusal}: {refused.detail}")
    owner = signed.certificate
    return SignatureFacts(
        verified,
        None if verified else "not verified by its maker",
        owner.owner,
        owner.tax_code,
        owner.serial,
        owner.issuer,
        *_ALGORITHMS[signed.method],
        signed.signing_time,
    )
