"""What CRL and OCSP say about the certificates of a validated path.

Three rules (decision 0016). What says "revoked" counts, for every certificate of the path, whatever stands beside it
and however old it is: revoking is for good. Of answers that say "good" a usable one is enough, where the policy does
not want both kinds: one that is out of date, unsigned or unreadable tells as little as one that never came, and whoever
could have spoiled it could have kept it away. A certificate of an authority that names nobody to ask, and of which no
answer was kept, is not refused; it is said to be unasked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import Enum, auto
from itertools import pairwise
from typing import Any

from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator import errors as pki
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.revinfo.archival import RevinfoContainer
from pyhanko_certvalidator.revinfo.validate_crl import verify_crl
from pyhanko_certvalidator.revinfo.validate_ocsp import verify_ocsp_response

from chukyso.certificate import write_serial
from chukyso.lenient import load_certificate
from chukyso.signature.candidates import MALFORMED, Signatures
from chukyso.signature.fetch import AnswerSource, FoundAnswers
from chukyso.signature.long_lists import read_list
from chukyso.signature.refusal import Circumstance, Refusal, SignatureRefused
from chukyso.signature.revocation_entries import RevocationEntry, RevocationStatus, find_entry
from chukyso.signature.trust import AnswerKind, RevocationAnswer, ValidatedPath

# For who signed a list or an answer beside the certificates of the path: asked where it says that it may be asked.
_SIGNERS_OF_ANSWERS = RevocationCheckingPolicy(
    ee_certificate_rule=RevocationCheckingRule.CHECK_IF_DECLARED,
    intermediate_ca_cert_rule=RevocationCheckingRule.CHECK_IF_DECLARED,
)


_OCSP_HASHES = frozenset({"sha1", "sha256"})  # of a certificate's name, in asn1crypto


class _Result(Enum):
    """What one kind of answer comes to: good, out of date, of the future, of no use, or none that is about it."""

    GOOD = auto()
    STALE = auto()
    FUTURE = auto()
    USELESS = auto()
    NONE = auto()


_UNTIMELY = {_Result.FUTURE: Refusal.CERT_REVOCATION_FUTURE, _Result.STALE: Refusal.CERT_REVOCATION_STALE}


def judge_revocation(
    path: ValidationPath,
    helpers: Sequence[asn1_x509.Certificate],
    *,
    at: datetime,
    source: AnswerSource,
) -> ValidatedPath:
    """Find out whether a certificate of a path was revoked; return the path with the answers. Blocks while it fetches.

    Args:
        path: The path, its signatures and dates validated.
        helpers: Certificates that may have signed a list or an answer; not trusted by themselves.
        at: The moment for which answers must be fresh, aware.
        source: Whom to ask, which answers are stored, and how many answers are wanted; remembers what was answered.

    Raises:
        SignatureRefused: ``CERT_REVOKED``, ``CERT_REVOCATION_STALE``, ``CERT_REVOCATION_FUTURE``,
            ``CERT_REVOCATION_UNKNOWN``; the circumstance tells an issuer's certificate from the signer's.
    """
    looking = _Looking(path, helpers, at, source)
    try:
        looking.gather()
        looking.refuse_revoked()
        unasked = asyncio.run(looking.judge())
    except SignatureRefused as refused:
        refused.seen = looking.validated()
        raise
    return looking.validated(unasked)


class _Looking:
    """One path, and the answers about it. Position 0 is the signer's certificate, the last the root's."""

    def __init__(
        self, path: ValidationPath, helpers: Sequence[asn1_x509.Certificate], at: datetime, source: AnswerSource
    ) -> None:
        self._path = path
        self._helpers = helpers
        self._at = at
        self._source = source
        self._certificates = list(reversed(list(path.iter_certs(include_root=True))))
        self._parsed = [_parsed(one) for one in self._certificates]
        self._gathered: list[FoundAnswers] = []
        self._entries: list[RevocationEntry | None] = []

    @property
    def _answers(self) -> tuple[RevocationAnswer, ...]:
        return tuple(answer for each in self._gathered for answer in each.answers)

    def validated(self, unasked: tuple[bytes, ...] = ()) -> ValidatedPath:
        certificates = tuple(one.dump() for one in self._certificates)
        return ValidatedPath(certificates, self._answers, self._at, unasked)

    def gather(self) -> None:
        for index, (subject, issuer) in enumerate(pairwise(self._parsed)):
            self._gathered.append(self._source.about(subject, issuer, both=self._source.policy.both and index == 0))

    def refuse_revoked(self) -> None:
        for index, (subject, issuer) in enumerate(pairwise(self._parsed)):
            entry = self._entry(subject, issuer)
            self._entries.append(entry)
            hold = entry is not None and entry.status is RevocationStatus.ON_HOLD
            if entry and (entry.status is RevocationStatus.REVOKED or (hold and entry.fresh)):
                raise self._refused(Refusal.CERT_REVOKED, index, f"listed in {entry.source}", hold=hold)

    async def judge(self) -> tuple[bytes, ...]:
        """Judge each certificate; return those of authorities about which nobody can be asked."""
        unasked = []
        for index, subject in enumerate(self._certificates[:-1]):
            results, why = await self._results(index)
            if self._is_good(results, index):
                continue
            entry, found = self._entries[index], self._gathered[index]
            if entry and entry.status is RevocationStatus.ON_HOLD:
                raise self._refused(Refusal.CERT_REVOKED, index, f"on hold in {entry.source}", hold=True)
            if index and not found.answers and not found.failures and set(results.values()) == {_Result.NONE}:
                unasked.append(subject.dump())
                continue
            refusal = next((_UNTIMELY[result] for result in results.values() if result in _UNTIMELY), None)
            refusal = refusal or Refusal.CERT_REVOCATION_UNKNOWN
            raise self._refused(refusal, index, " | ".join([*why, *found.failures]) or "no answer fits")
        return tuple(unasked)

    def _is_good(self, results: dict[AnswerKind, _Result], index: int) -> bool:
        """One good answer is enough, unless both are wanted, or the authority says that it never heard of it."""
        good = {kind for kind, result in results.items() if result is _Result.GOOD}
        if self._source.policy.both and index == 0:
            return good == set(AnswerKind)
        entry = self._entries[index]
        unheard = entry is not None and entry.status is RevocationStatus.UNKNOWN and entry.fresh
        return bool(good) and (AnswerKind.OCSP in good or not unheard)

    async def _results(self, index: int) -> tuple[dict[AnswerKind, _Result], list[str]]:
        """What CRL and OCSP come to for one certificate, and why not more."""
        subject, *above = self._certificates[index:-1]
        path = ValidationPath(self._path.trust_anchor, reversed(above), subject)
        context = self._context(subject, [answer for each in self._gathered[index:] for answer in each.answers])
        results, why = {}, []
        for kind, verify in ((AnswerKind.CRL, verify_crl), (AnswerKind.OCSP, verify_ocsp_response)):
            try:
                await verify(subject, path, context)
            except pki.RevokedError as error:  # a list that others than the issuer signed, or a delta
                hold = error.reason.native == "certificate_hold"
                raise self._refused(Refusal.CERT_REVOKED, index, str(error), hold=hold) from error
            except (pki.CRLNoMatchesError, pki.OCSPNoMatchesError):
                results[kind] = _Result.NONE
            except (pki.CRLValidationIndeterminateError, pki.OCSPValidationIndeterminateError) as error:
                results[kind] = _Result.STALE if error.suspect_stale else self._future_or_useless(error.failures)
                why.append("; ".join(dict.fromkeys(str(failure[0]) for failure in error.failures)) or str(error))
            except (pki.CRLValidationError, pki.OCSPValidationError, pki.ValidationError, *MALFORMED) as error:
                results[kind] = _Result.USELESS
                why.append(f"{type(error).__name__}: {error}")
            else:
                results[kind] = _Result.GOOD
        return results, why

    def _future_or_useless(self, failures: Iterable[Any]) -> _Result:
        """Whether an answer failed for being dated after now: the clock here is slow, then, or the authority's fast."""
        latest = self._at + self._source.policy.clock_tolerance
        dates = [one.issuance_date for _, one in failures if isinstance(one, RevinfoContainer)]
        return _Result.FUTURE if any(date and date > latest for date in dates) else _Result.USELESS

    def _context(self, subject: asn1_x509.Certificate, answers: Sequence[RevocationAnswer]) -> ValidationContext:
        """What pyhanko-certvalidator needs to know of one certificate; the authorities of the path count as validated.

        It holds the answers about this certificate and those above it (for who signed the answers), not those below:
        an authority's own list would be taken as one about itself.
        """
        root, *above = list(self._path.iter_certs(include_root=True))[:-1]
        signers = list(self._signers())
        ocsps = list(_read_ocsp(one.der for one in answers if one.kind is AnswerKind.OCSP))
        serials = {one.serial_number for one in (subject, *signers, *_responders(ocsps))}
        context = ValidationContext(
            trust_roots=[root],
            other_certs=[*above, *signers],
            moment=self._at,
            time_tolerance=self._source.policy.clock_tolerance,
            allow_fetching=False,  # we fetch ourselves: see fetch.py
            crls=[read_list(one.der, serials) for one in answers if one.kind is AnswerKind.CRL],
            ocsps=ocsps,
            revinfo_policy=CertRevTrustPolicy(_SIGNERS_OF_ANSWERS),
            signature_validator=Signatures(),
        )
        done = ValidationPath(self._path.trust_anchor, [], None)
        for certificate in above:
            done = done.copy_and_append(certificate)
            context.record_validation(certificate, done)
        return context

    def _signers(self) -> Iterator[asn1_x509.Certificate]:
        """Helpers that may have signed a list, without those that an authority of the path calls revoked."""
        above = {one.subject.hashable: _parsed(one) for one in self._certificates[1:]}
        for helper in self._helpers:
            issuer = above.get(helper.issuer.hashable)
            if issuer is not None and self._entry(_parsed(helper), issuer) is None:
                yield helper

    def _entry(self, subject: x509.Certificate, issuer: x509.Certificate) -> RevocationEntry | None:
        return find_entry(subject, issuer, self._answers, self._at, self._source.policy.clock_tolerance)

    def _refused(self, refusal: Refusal, index: int, why: str, *, hold: bool = False) -> SignatureRefused:
        circumstance = Circumstance.ISSUER if index else Circumstance.ON_HOLD if hold else None
        serial = write_serial(self._certificates[index].serial_number)
        return SignatureRefused(refusal, f"certificate {serial}: {why}", circumstance)


def _read_ocsp(answers: Iterable[bytes]) -> Iterator[asn1_ocsp.OCSPResponse]:
    """The answers that can be judged: one that cannot would take the others along."""
    for der in answers:
        try:
            answer = asn1_ocsp.OCSPResponse.load(der)
            said = answer.response_data["responses"]
            if all(one["cert_id"]["hash_algorithm"]["algorithm"].native in _OCSP_HASHES for one in said):
                yield answer
        except MALFORMED:
            continue


def _responders(answers: Iterable[asn1_ocsp.OCSPResponse]) -> Iterator[asn1_x509.Certificate]:
    """Certificates that came with OCSP answers."""
    for answer in answers:
        try:
            yield from answer.basic_ocsp_response["certs"]
        except MALFORMED:  # no answer, or none that brought any
            continue


def _parsed(certificate: asn1_x509.Certificate) -> x509.Certificate:
    return load_certificate(certificate.dump())
