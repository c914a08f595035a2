"""Statuses and sub-indications of ETSI EN 319 102-1, and which of them each refusal is.

Statuses, sub-indications and their meanings (``indications.toml``) are those of clause 5.1.3 (tables 5 and 6, V1.4.1).
Two rules follow:

- TOTAL-FAILED is said only when the signature is wrong for everybody: it cannot be read, or its mathematics do not
  hold. What breaks a rule of ours, of which another verifier may think otherwise, is INDETERMINATE. Neither is ever
  accepted.
- Nothing here proves when a signature was made: time stamps are not read, and the signing time is the signer's word. So
  a certificate that is revoked or expired gives the sub-indications without proof of existence (``…_NO_POE``); REVOKED,
  EXPIRED and NOT_YET_VALID, which need that proof, are never given.
"""

from __future__ import annotations

import tomllib
from enum import StrEnum, auto
from pathlib import Path

from chukyso.signature.refusal import Circumstance, Refusal, SignatureRefused

_WORDS: dict[str, dict[str, str]] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


class _Worded(StrEnum):
    """A word of the standard, with its meaning in Vietnamese and English."""

    @staticmethod
    def _generate_next_value_(name: str, _start: int, _count: int, _last: list[str]) -> str:
        return name

    @property
    def vietnamese(self) -> str:
        return _WORDS[self.value]["vi"]

    @property
    def english(self) -> str:
        return _WORDS[self.value]["en"]


class Status(_Worded):
    """The status indication."""

    TOTAL_PASSED = "TOTAL-PASSED"
    TOTAL_FAILED = "TOTAL-FAILED"
    INDETERMINATE = auto()


class SubIndication(_Worded):
    """The sub-indications of table 6."""

    FORMAT_FAILURE = auto()
    HASH_FAILURE = auto()
    SIG_CRYPTO_FAILURE = auto()
    REVOKED = auto()
    EXPIRED = auto()
    NOT_YET_VALID = auto()
    SIG_CONSTRAINTS_FAILURE = auto()
    CHAIN_CONSTRAINTS_FAILURE = auto()
    CERTIFICATE_CHAIN_GENERAL_FAILURE = auto()
    CRYPTO_CONSTRAINTS_FAILURE = auto()
    POLICY_PROCESSING_ERROR = auto()
    SIGNATURE_POLICY_NOT_AVAILABLE = auto()
    TIMESTAMP_ORDER_FAILURE = auto()
    NO_SIGNING_CERTIFICATE_FOUND = auto()
    NO_CERTIFICATE_CHAIN_FOUND = auto()
    NO_CERTIFICATE_CHAIN_FOUND_NO_POE = auto()
    REVOKED_NO_POE = auto()
    REVOKED_CA_NO_POE = auto()
    OUT_OF_BOUNDS_NOT_REVOKED = auto()
    OUT_OF_BOUNDS_NO_POE = auto()
    REVOCATION_OUT_OF_BOUNDS_NO_POE = auto()
    CRYPTO_CONSTRAINTS_FAILURE_NO_POE = auto()
    NO_POE = auto()
    TRY_LATER = auto()
    SIGNED_DATA_NOT_FOUND = auto()

    @property
    def status(self) -> Status:
        """The status that it belongs to."""
        return Status.TOTAL_FAILED if self in _FAILURES else Status.INDETERMINATE


_FAILURES = frozenset(
    {
        SubIndication.FORMAT_FAILURE,
        SubIndication.HASH_FAILURE,
        SubIndication.SIG_CRYPTO_FAILURE,
        SubIndication.REVOKED,
        SubIndication.EXPIRED,
        SubIndication.NOT_YET_VALID,
    }
)


# Why each, where it is not plain from the words:
# - MISSING: there is nothing that the format check could call a signature.
# - MALFORMED, TRAILING_DATA, SIGNED_INFO: no conforming XML signature (XML 1.0, the schema of XMLDSig).
# - DTD, COMMENT, DUPLICATE_ID, WRAPPED, MULTIPLE, STRUCTURE, REFERENCE, TRANSFORM, TOO_LARGE, the times: rules of ours;
#   a conforming signature can break them, so nothing is proven against it (table 6: attributes do not match the
#   constraints).
# - UNSUPPORTED: our policy takes certain forms only. The signature may conform to its standard, so that FORMAT_FAILURE
#   would be untrue, and its algorithms may be as strong as ours, so that a crypto constraint would be.
# - EXTERNAL_REFERENCE: what it points to is not fetched, so the signed data is not there.
# - KEYINFO, KEY_VALUE: which certificate signed cannot be said.
# - ALGORITHM, WEAK_KEY, WEAK_ALGORITHM: no proof that it was used while it counted as safe.
# - SELF_SIGNED: it leads to nobody. UNTRUSTED: no chain, or, as the circumstance tells, one that does not hold.
# - REVOCATION_STALE, REVOCATION_UNKNOWN: fresher or other answers may decide it.
INDICATIONS: dict[Refusal, SubIndication] = {
    Refusal.SIG_TOO_LARGE: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_MALFORMED: SubIndication.FORMAT_FAILURE,
    Refusal.SIG_MALFORMED_CMS: SubIndication.FORMAT_FAILURE,
    Refusal.SIG_TRAILING_DATA: SubIndication.FORMAT_FAILURE,
    Refusal.SIG_DTD: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_COMMENT: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_DUPLICATE_ID: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_CONTENT_MISSING: SubIndication.SIGNED_DATA_NOT_FOUND,
    Refusal.SIG_UNSUPPORTED: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_UNREADABLE: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_MISSING: SubIndication.FORMAT_FAILURE,
    Refusal.SIG_MULTIPLE: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_WRAPPED: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_STRUCTURE: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_SIGNED_INFO: SubIndication.FORMAT_FAILURE,
    Refusal.SIG_REFERENCE: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_EXTERNAL_REFERENCE: SubIndication.SIGNED_DATA_NOT_FOUND,
    Refusal.SIG_TRANSFORM: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_ALGORITHM: SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    Refusal.SIG_KEYINFO: SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    Refusal.SIG_KEY_VALUE: SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    Refusal.SIG_WEAK_KEY: SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    Refusal.SIG_OTHER_CERTIFICATE: SubIndication.CHAIN_CONSTRAINTS_FAILURE,
    Refusal.SIG_BROKEN: SubIndication.SIG_CRYPTO_FAILURE,
    Refusal.SIG_DIGEST: SubIndication.HASH_FAILURE,
    Refusal.SIG_TIME: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_TIME_OUTSIDE_VALIDITY: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.SIG_TIME_SKEW: SubIndication.SIG_CONSTRAINTS_FAILURE,
    Refusal.CERT_MST_MISSING: SubIndication.CHAIN_CONSTRAINTS_FAILURE,
    Refusal.CERT_MST_DOUBLED: SubIndication.CHAIN_CONSTRAINTS_FAILURE,
    Refusal.CERT_MST_MALFORMED: SubIndication.CHAIN_CONSTRAINTS_FAILURE,
    Refusal.CERT_EXPIRED: SubIndication.OUT_OF_BOUNDS_NO_POE,
    Refusal.CERT_NOT_YET_VALID: SubIndication.OUT_OF_BOUNDS_NO_POE,
    Refusal.CERT_KEY_USAGE: SubIndication.CHAIN_CONSTRAINTS_FAILURE,
    Refusal.CERT_SELF_SIGNED: SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
    Refusal.CERT_UNTRUSTED: SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
    Refusal.CERT_TOO_COMPLEX: SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
    Refusal.CERT_UNREADABLE: SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
    Refusal.CERT_WEAK_ALGORITHM: SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE,
    Refusal.CERT_REVOKED: SubIndication.REVOKED_NO_POE,
    Refusal.CERT_REVOCATION_STALE: SubIndication.TRY_LATER,
    Refusal.CERT_REVOCATION_FUTURE: SubIndication.TRY_LATER,
    Refusal.CERT_REVOCATION_UNKNOWN: SubIndication.TRY_LATER,
}

# Cases of one code that the standard tells apart.
CIRCUMSTANCES: dict[tuple[Refusal, Circumstance], SubIndication] = {
    (Refusal.CERT_REVOKED, Circumstance.ISSUER): SubIndication.REVOKED_CA_NO_POE,
    (Refusal.CERT_REVOKED, Circumstance.ON_HOLD): SubIndication.TRY_LATER,
    (Refusal.CERT_EXPIRED, Circumstance.ISSUER): SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
    (Refusal.CERT_NOT_YET_VALID, Circumstance.ISSUER): SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
    (Refusal.CERT_UNTRUSTED, Circumstance.ISSUER): SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
    (Refusal.CERT_UNTRUSTED, Circumstance.BROKEN_CHAIN): SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
    (Refusal.SIG_STRUCTURE, Circumstance.UNREADABLE): SubIndication.FORMAT_FAILURE,
    (Refusal.SIG_REFERENCE, Circumstance.UNREADABLE): SubIndication.FORMAT_FAILURE,
}


def indication_of(refused: SignatureRefused) -> SubIndication:
    """Translate a refusal into the words of the standard."""
    refined = CIRCUMSTANCES.get((refused.refusal, refused.circumstance)) if refused.circumstance else None
    return refined or INDICATIONS[refused.refusal]
