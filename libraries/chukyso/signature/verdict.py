"""Verdicts: what a verification concluded, of what, and why.

One engine decides (``verify``, ``cms_verify``, ``path``); a verdict is a view on what it said, in the words of
``indications``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from chukyso.certificate import Certificate
from chukyso.signature.indications import Status, SubIndication, indication_of
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.trust import RevocationAnswer
from chukyso.signature.verified import SignedElement


@dataclass(frozen=True)
class Reason:
    """Why a verdict is not TOTAL-PASSED.

    Attributes:
        code: The verifier's own code.
        sub_indication: What it means in the words of the standard.
        detail: Technical detail, English.
        advice: Options of ``chukyso verify`` that would choose what the document has; each is one way to go on.
    """

    code: Refusal
    sub_indication: SubIndication
    detail: str
    advice: tuple[str, ...] = ()

    @classmethod
    def of(cls, refused: SignatureRefused) -> Reason:
        """Translate a refusal."""
        return cls(refused.refusal, indication_of(refused), refused.detail, refused.advice)

    @property
    def vietnamese(self) -> str:
        return self.code.message

    @property
    def english(self) -> str:
        return self.code.english


@dataclass(frozen=True)
class Verdict:
    """What a verification concluded, and of what.

    Attributes:
        status: The status indication.
        sub_indication: Why, when it is not TOTAL-PASSED: that of the first reason.
        reasons: All reasons that were found, the one that decides first.
        kind: ``xml`` or ``cms``.
        sha256: Digest of the signed document, or of the signature when that is detached; hex.
        at: The moment that it was verified for, aware.
        certificate: The signing certificate, once it is certain that its key made the signature.
        certificate_bound: Whether what was signed names this certificate. False: the signature proves the key, and any
            other certificate of the same key could stand here. None: without a certificate.
        signing_time: The signed time of signing, the signer's own word, aware.
        signed: XML: what the signature is over, what was asked for first. Nothing else of the document is signed.
        other_signatures: XML: places of the document's other signatures, which were not looked at.
        path: The validated path, from the leaf to the root, DER.
        answers: The answers about revocation that were looked at.
        unasked: Certificates of authorities in the path, DER, about whose revocation nobody can be asked.
        not_checked: What was left out, English: never time stamps nor long-term validation, what the caller did not
            give the means for, and what the signature has besides.
    """

    status: Status
    sub_indication: SubIndication | None
    reasons: tuple[Reason, ...]
    kind: str
    sha256: str
    at: datetime
    certificate: Certificate | None = None
    certificate_bound: bool | None = None
    signing_time: datetime | None = None
    signed: tuple[SignedElement, ...] = ()
    other_signatures: tuple[str, ...] = ()
    path: tuple[bytes, ...] = ()
    answers: tuple[RevocationAnswer, ...] = ()
    unasked: tuple[bytes, ...] = ()
    not_checked: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the signature may be relied on: TOTAL-PASSED and nothing else."""
        return self.status is Status.TOTAL_PASSED

    @property
    def expired_root(self) -> Certificate | None:
        """The trusted root of the path when its own certificate was past its end: it is believed because it was named,
        and its dates are no part of path validation (RFC 5280, section 6.1.1), but they are worth knowing.
        """
        root = Certificate.from_der(self.path[-1]) if self.path else None
        return root if root and self.at > root.not_after else None

    @property
    def name(self) -> str:
        """``INDETERMINATE/TRY_LATER``, ``TOTAL-PASSED``, …"""
        return self.status.value if self.sub_indication is None else f"{self.status.value}/{self.sub_indication.value}"

    @property
    def reasons_vi(self) -> tuple[str, ...]:
        """The reasons for people, Vietnamese."""
        return tuple(reason.vietnamese for reason in self.reasons)

    @property
    def reasons_en(self) -> tuple[str, ...]:
        """The reasons for people, English."""
        return tuple(reason.english for reason in self.reasons)

    def __str__(self) -> str:
        return self.name

    def to_json(self) -> dict[str, Any]:
        """The verdict as data for JSON; described in ``docs/verification.md``."""
        meaning = self.sub_indication or self.status
        return {
            "status": self.status.value,
            "sub_indication": self.sub_indication.value if self.sub_indication else None,
            "meaning": {"vi": meaning.vietnamese, "en": meaning.english},
            "reasons": [_reason_json(reason) for reason in self.reasons],
            "kind": self.kind,
            "sha256": self.sha256,
            "at": self.at.isoformat(),
            "signing_time": self.signing_time.isoformat() if self.signing_time else None,
            "certificate": _certificate_json(self.certificate) if self.certificate else None,
            "certificate_bound": self.certificate_bound,
            "signed": [{"element": one.path or ".", "id": one.identifier or None} for one in self.signed],
            "other_signatures": list(self.other_signatures),
            "path": [_certificate_json(Certificate.from_der(der)) for der in self.path],
            "expired_root": _certificate_json(self.expired_root) if self.expired_root else None,
            "unasked": [_certificate_json(Certificate.from_der(der)) for der in self.unasked],
            "answers": [_answer_json(answer) for answer in self.answers],
            "not_checked": list(self.not_checked),
        }


def conclude(reasons: list[Reason]) -> tuple[Status, SubIndication | None, tuple[Reason, ...]]:
    """Return status, sub-indication and the reasons in order: what is TOTAL-FAILED before what is INDETERMINATE."""
    ordered = sorted(reasons, key=lambda reason: reason.sub_indication.status is not Status.TOTAL_FAILED)
    if not ordered:
        return Status.TOTAL_PASSED, None, ()
    decisive = ordered[0].sub_indication
    return decisive.status, decisive, tuple(ordered)


def _reason_json(reason: Reason) -> dict[str, str]:
    return {
        "code": reason.code.value,
        "sub_indication": reason.sub_indication.value,
        "vi": reason.vietnamese,
        "en": reason.english,
        "detail": reason.detail,
    }


def _certificate_json(certificate: Certificate) -> dict[str, str]:
    return {
        "serial": certificate.serial,
        "tax_code": certificate.tax_code,
        "owner": certificate.owner,
        "issuer": certificate.issuer,
        "not_before": certificate.not_before.isoformat(),
        "not_after": certificate.not_after.isoformat(),
        "sha256": sha256(certificate.der).hexdigest(),
    }


def _answer_json(answer: RevocationAnswer) -> dict[str, str]:
    return {
        "kind": answer.kind.value,
        "source": answer.source,
        "certificate_serial": answer.certificate_serial,
        "sha256": sha256(answer.der).hexdigest(),
    }
