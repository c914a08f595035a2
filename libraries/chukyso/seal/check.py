"""Checking the seal of a PDF: signature, coverage, later changes, signer, time stamps and attachments."""

from __future__ import annotations

import asyncio
import hashlib
import io
import logging
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from asn1crypto import parser
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel, SuspiciousModification
from pyhanko.sign.general import CMSExtractionError, extract_certificate_info, extract_signer_info
from pyhanko.sign.validation import async_validate_pdf_signature, async_validate_pdf_timestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError, SignatureValidationError, ValidationInfoReadingError
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError
from chukyso.seal.facts import Attachment, Found, SealFacts, SealProblem
from chukyso.seal.stamps import check_purpose, trusting
from chukyso.signature.candidates import MALFORMED
from chukyso.signature.der import check_der
from chukyso.signature.path import find_path
from chukyso.signature.presign import read_trust_files
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.trust import AnswerKind, RevocationAnswer, RevocationPolicy, TrustStore

__all__ = ["Attachment", "Found", "SealFacts", "SealProblem", "check_seal", "inspect_seal"]

_USAGE: Final = frozenset({"digital_signature", "non_repudiation"})
_CLOCK: Final = timedelta(minutes=10)
# A PDF of a stranger is parsed lazily: what is wrong with it shows as one of these somewhere inside.
_BROKEN: Final = (
    PdfError,
    SignatureValidationError,
    CMSExtractionError,
    ChukysoError,
    *MALFORMED,
    zlib.error,
)


def check_seal(pdf: Path, roots: Sequence[Path] = (), *, attachments: Mapping[str, Path] | None = None) -> SealFacts:
    """Find out what a sealed PDF is worth. Asks nobody: what it needs is inside the PDF or given.

    Args:
        pdf: The PDF.
        roots: PEM files with the roots that are believed (certificates that are not self-signed only help to build a
            path); none: who sealed is not judged, only that nothing was changed.
        attachments: Files that must be inside, by their names there (``manifest.json``, ``submission.xml``,
            ``journal.jsonl``): inside must be what is in these files. None: attachments are only listed.

    Returns:
        The facts; a PDF that cannot be read is a fact too (``UNREADABLE``).

    Raises:
        ChukysoError: ``OPTION_INVALID`` when a file with roots cannot be read or holds none.
        OSError: ``pdf`` or a file of ``attachments`` cannot be read.
    """
    wanted = None if attachments is None else {name: path.read_bytes() for name, path in attachments.items()}
    return inspect_seal(pdf.read_bytes(), read_trust_files(roots, "--trust"), wanted)


def inspect_seal(data: bytes, trust: TrustStore | None, attachments: Mapping[str, bytes] | None = None) -> SealFacts:
    """As ``check_seal``, with everything read already."""
    quiet()
    looking = _Looking(trust)
    try:
        looking.look(data)
        looking.compare(attachments or {})
    except _BROKEN as error:
        looking.find(SealProblem.UNREADABLE, f"{type(error).__name__}: {error}")
    return looking.facts()


def quiet() -> None:
    """What pyHanko logs about broken files is said by us, in other words."""
    for name in ("pyhanko", "pyhanko_certvalidator"):
        logger = logging.getLogger(name)
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
            logger.propagate = False


@dataclass
class _Looking:
    """One look at one PDF."""

    trust: TrustStore | None
    found: list[Found] = field(default_factory=list)
    about: dict[str, Any] = field(default_factory=dict)
    inside: dict[str, bytes] = field(default_factory=dict)
    helpers: tuple[bytes, ...] = ()
    answers: tuple[RevocationAnswer, ...] = ()
    validated: list[SealProblem | None] = field(default_factory=list)
    stored: set[bytes] | None = None

    def find(self, problem: SealProblem, detail: object = "") -> None:
        if problem not in {found.problem for found in self.found} or detail:
            self.found.append(Found(problem, str(detail)[:300]))

    def look(self, data: bytes) -> None:
        reader = PdfFileReader(io.BytesIO(data))
        signatures = list(reader.embedded_signatures)
        seals = [one for one in signatures if one.sig_object_type == "/Sig"]
        if not seals:
            self.find(SealProblem.NO_SEAL)
            return
        if len(seals) > 1:
            self.find(SealProblem.TOO_MANY_SIGNATURES, f"{len(seals)} signatures")
        store = _store(reader)
        stored = [one.dump() for one in store.load_certs()] if store else []
        self.stored = set(stored) if store else None
        self.helpers = (*_certificates_beside(signatures), *stored)
        self.answers = tuple(_answers(store)) if store else ()
        seal = seals[0]
        signer = Certificate.from_der(seal.signer_cert.dump())
        self.about |= {"signer": signer.owner, "issuer": signer.issuer}
        self.about["claimed"] = _aware(seal.self_reported_timestamp)
        later = [one for one in signatures if one is not seal and one.sig_object_type == "/DocTimeStamp"]
        for one in signatures:
            self._check_container(one, data)
        moment = self._look_at_seal(seal)
        self.about["moment"] = moment or self.about["claimed"]
        for stamp in later:
            stamped = self._look_at_stamp(stamp)
            if moment is None:
                moment = stamped
        if self.about.get("stamped") is None:
            self.find(SealProblem.NO_TIMESTAMP)
        self._judge_signer(seal, moment or self.about["claimed"] or datetime.now(UTC))
        self.inside = dict(_attachments(reader))

    def _look_at_seal(self, seal: EmbeddedPdfSignature) -> datetime | None:
        """The signature itself; returns the time of its own time stamp."""
        tst = _token_of(seal)
        moment = _gen_time(tst) if tst is not None else None
        at = moment or self.about["claimed"] or datetime.now(UTC)
        authority = _signer_of(tst) if tst is not None else None
        status = asyncio.run(
            async_validate_pdf_signature(
                seal,
                signer_validation_context=trusting(seal.signer_cert, at),
                ts_validation_context=trusting(authority, at) if authority is not None else None,
            )
        )
        if not status.intact:
            self.find(SealProblem.CONTENT_CHANGED)
        elif not status.valid:
            self.find(SealProblem.SIGNATURE_WRONG)
        self._check_extent(seal)
        if tst is None or moment is None:
            return None
        validity = status.timestamp_validity
        good = validity is not None and validity.intact and validity.valid
        self._stamp(tst, moment, good=bool(good))
        claimed = self.about["claimed"]
        if claimed and abs(claimed - moment) > _CLOCK:
            self.find(SealProblem.CLOCK_DIFFERS, f"{claimed.isoformat()} and {moment.isoformat()}")
        return moment

    def _look_at_stamp(self, stamp: EmbeddedPdfSignature) -> datetime:
        """A time stamp over the document, added later."""
        moment = _gen_time(stamp.signed_data)
        status = asyncio.run(async_validate_pdf_timestamp(stamp, trusting(stamp.signer_cert, moment)))
        self._stamp(stamp.signed_data, moment, good=bool(status.intact and status.valid))
        return moment

    def _stamp(self, signed: Any, moment: datetime, *, good: bool) -> None:
        """Whether a time stamp is right, and of an authority that is trusted."""
        if not good:
            self.find(SealProblem.TIMESTAMP_WRONG)
            return
        try:
            check_purpose(signed)
        except SignatureValidationError as error:
            self.find(SealProblem.TIMESTAMP_WRONG, error)
            return
        certificate = _signer_of(signed)
        if self.about.get("stamped") is None:
            self.about |= {"stamped": moment, "authority": Certificate.from_der(certificate.dump()).owner}
        if self.trust is None:
            return
        untrusted = SealProblem.TIMESTAMP_UNTRUSTED
        self._validate(certificate, moment, "time stamp", untrusted, revoked=untrusted)

    def _check_container(self, signature: EmbeddedPdfSignature, data: bytes) -> None:
        """What no signature can cover is the place of the signature itself: nothing may hide there.

        The place is larger than the signature and written in hex. So the rest must be zeros, the hex must be as we
        write it, and certificates in it must be those of the document security store, which is covered.
        """
        start, length, second, _ = (int(number) for number in signature.byte_range)
        hole, contents = data[start + length : second], bytes(signature.pkcs7_content)
        if hole != b"<" + contents.hex().upper().encode() + b">":
            self.find(SealProblem.SIGNATURE_WRONG, "the place of the signature is not as it was written")
        end = parser.peek(contents)
        if contents[end:].strip(b"\0"):
            self.find(SealProblem.SIGNATURE_WRONG, "something follows the signature in its place")
        check_der(contents[:end])
        token = _token_of(signature)
        if not all(_named_exactly(each) for each in (signature.signed_data, token) if each is not None):
            self.find(SealProblem.SIGNATURE_WRONG, "the signer is named other than in its certificate")
        if self.stored is None:
            return
        if set(_certificates_beside([signature])) - self.stored:
            self.find(SealProblem.SIGNATURE_WRONG, "a certificate beside the signature is not one of the stored ones")

    def _check_extent(self, seal: EmbeddedPdfSignature) -> None:
        if seal.coverage is None or seal.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
            self.find(SealProblem.NOT_COVERED, seal.coverage)
        elif seal.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
            changes = seal.diff_result
            if isinstance(changes, SuspiciousModification):
                self.find(SealProblem.CHANGED_LATER, changes)
            elif changes is None or changes.modification_level > ModificationLevel.LTA_UPDATES:
                self.find(SealProblem.CHANGED_LATER, changes.modification_level if changes else "not analysed")

    def _judge_signer(self, seal: EmbeddedPdfSignature, moment: datetime) -> None:
        usage = seal.signer_cert.key_usage_value
        fit = usage is not None and usage.native >= _USAGE
        if not fit:
            self.find(SealProblem.SIGNER_USAGE, usage.native if usage is not None else "no key usage")
        if self.trust is None:
            self.find(SealProblem.TRUST_UNKNOWN)
            return
        untrusted = SealProblem.SIGNER_UNTRUSTED
        if fit:
            self._validate(seal.signer_cert, moment, "signer", untrusted, revoked=SealProblem.SIGNER_REVOKED)
        else:
            self.validated.append(untrusted)
            self.find(untrusted, "the certificate is not for signing documents")

    def _validate(
        self, certificate: Any, moment: datetime, who: str, untrusted: SealProblem, *, revoked: SealProblem
    ) -> None:
        """Look for a path to a trusted root at a moment, with the certificates and answers inside; nobody is asked."""
        assert self.trust  # noqa: S101 - asked before
        policy = RevocationPolicy(both=False, answers=self.answers, online=False)
        helpers = (*self.helpers, *self.trust.intermediates)
        try:
            find_path(certificate.dump(), helpers, self.trust.roots, at=moment, revocation=policy)
        except SignatureRefused as refused:
            if refused.refusal is Refusal.CERT_REVOKED:
                problem = revoked
            else:
                problem = SealProblem.NO_REVOCATION if refused.seen else untrusted
            self.validated.append(problem)
            self.find(problem, f"{who}: {refused}" if problem is SealProblem.NO_REVOCATION else refused)
        else:
            self.validated.append(None)

    def _is_trusted(self) -> bool:
        return bool(self.validated) and set(self.validated) <= {None, SealProblem.NO_REVOCATION}

    def compare(self, wanted: Mapping[str, bytes]) -> None:
        """Hold what is inside against what is beside it."""
        if "signer" not in self.about:
            return
        for name, data in wanted.items():
            if name not in self.inside:
                self.find(SealProblem.ATTACHMENT_MISSING, name)
            elif self.inside[name] != data:
                self.find(SealProblem.ATTACHMENT_DIFFERS, name)

    def facts(self) -> SealFacts:
        problems = {found.problem for found in self.found if found.problem.value.breaks}
        about_trust = {
            SealProblem.SIGNER_UNTRUSTED,
            SealProblem.SIGNER_REVOKED,
            SealProblem.TIMESTAMP_UNTRUSTED,
            SealProblem.ATTACHMENT_MISSING,
            SealProblem.ATTACHMENT_DIFFERS,
        }
        sealed = "signer" in self.about
        return SealFacts(
            intact=sealed and not problems - about_trust,
            trusted=self._is_trusted() if self.trust and sealed else None,
            long_term=set(self.validated) == {None},
            attachments=tuple(
                Attachment(name, hashlib.sha256(data).hexdigest(), data) for name, data in self.inside.items()
            ),
            found=tuple(sorted(self.found, key=lambda found: not found.problem.value.breaks)),
            **self.about,
        )


def _store(reader: PdfFileReader) -> DocumentSecurityStore | None:
    try:
        return DocumentSecurityStore.read_dss(reader)
    except (NoDSSFoundError, ValidationInfoReadingError):
        return None


def _certificates_beside(signatures: Sequence[EmbeddedPdfSignature]) -> Iterator[bytes]:
    """The certificates in signatures and their time stamps."""
    for one in signatures:
        token = _token_of(one)
        beside = [each.chosen for each in token["certificates"]] if token is not None else []
        yield from (each.dump() for each in (*one.other_embedded_certs, *beside))


def _answers(store: DocumentSecurityStore) -> Iterator[RevocationAnswer]:
    for kind, listed in ((AnswerKind.CRL, store.crls), (AnswerKind.OCSP, store.ocsps)):
        yield from (RevocationAnswer(kind, "the PDF", each.get_object().data) for each in listed)


def _attachments(reader: PdfFileReader) -> dict[str, bytes]:
    """The files of the name tree ``EmbeddedFiles``."""
    try:
        entries = reader.root["/Names"]["/EmbeddedFiles"]["/Names"]  # looked up so, references are followed
    except KeyError:
        return {}
    found = {}
    for index in range(1, len(entries), 2):
        specification = entries[index]
        name = str(specification["/UF"] if "/UF" in specification else specification["/F"])
        found[name] = specification["/EF"]["/F"].data
    return found


def _token_of(seal: EmbeddedPdfSignature) -> Any:
    """The signature's own time stamp token as SignedData, or None."""
    return next(iter(extract_tst_data_iter(seal.signer_info, signed=False)), None)


def _named_exactly(signed: Any) -> bool:
    """Whether a signature names its certificate byte for byte: names are compared without regard to case elsewhere."""
    signer = extract_signer_info(signed)["sid"]
    certificate = extract_certificate_info(signed).signer_cert
    if signer.name != "issuer_and_serial_number":
        return False
    named = signer.chosen["issuer"].dump(), signer.chosen["serial_number"].native
    return bool(named == (certificate.issuer.dump(), certificate.serial_number))


def _gen_time(signed: Any) -> datetime:
    moment: datetime = signed["encap_content_info"]["content"].parsed["gen_time"].native
    return moment


def _signer_of(signed: Any) -> Any:
    return extract_certificate_info(signed).signer_cert


def _aware(moment: datetime | None) -> datetime | None:
    """pyHanko reads a date without an offset as a naive one; such a date is of no use."""
    return moment if moment and moment.tzinfo else None
