"""What one run is: values only, no secrets. Built up step by step; each change makes a new record."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from chukyso.certificate import Certificate, NotASerialError, ShownCertificate, read_serial
from chukyso.errors import Family, Outcome
from chukyso.evidence.earlier import EarlierSubmission
from chukyso.evidence.guide import STEPS
from chukyso.evidence.journal import Entry, iso
from chukyso.evidence.result_mail import NOT_ASKED, ResultMail
from chukyso.moment import read_shown


class StepStatus(StrEnum):
    """How a step ended; ``RUNNING`` in a finished record means that the run ended inside it."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Registered(StrEnum):
    """What logging in again showed as registered."""

    NEW = "new"
    BEFORE = "before"
    OTHER = "other"


@dataclass(frozen=True)
class Host:
    """What the run was carried out with: versions of product, Robot Framework, Python, operating system, browser."""

    product: str
    robot: str
    python: str
    system: str
    browser: str = ""


@dataclass(frozen=True)
class Account:
    tax_code: str
    unit: str = ""


@dataclass(frozen=True)
class Token:
    """The token: serial, label, and the file name (not the place) of its PKCS#11 module."""

    serial: str
    label: str
    module: str


@dataclass(frozen=True)
class CertificateFacts:
    """A certificate as token or portal showed it.

    Attributes:
        serial: Hex as ``write_serial`` writes it.
        owner: Common name of the subject.
        tax_code: MST.
        issuer: Common name of the issuer.
        valid_from: ISO 8601 in UTC, or the portal's own text when it is no full date.
        valid_to: As ``valid_from``.
        sha256: Fingerprint of the DER in hex, or "" when only the portal's text is known.
    """

    serial: str
    owner: str
    tax_code: str
    issuer: str
    valid_from: str
    valid_to: str
    sha256: str = ""

    @classmethod
    def from_certificate(cls, certificate: Certificate) -> CertificateFacts:
        return cls(
            certificate.serial,
            certificate.owner,
            certificate.tax_code,
            certificate.issuer,
            iso(certificate.not_before),
            iso(certificate.not_after),
            hashlib.sha256(certificate.der).hexdigest(),
        )

    @classmethod
    def from_shown(cls, shown: ShownCertificate) -> CertificateFacts:
        return cls(
            serial_or_text(shown.serial),
            shown.owner,
            shown.tax_code,
            shown.issuer,
            _moment_or_text(shown.valid_from),
            _moment_or_text(shown.valid_to),
        )


@dataclass(frozen=True)
class Contact:
    email: str
    phone: str


@dataclass(frozen=True)
class Step:
    """A step of the guide; times UTC, aware."""

    number: int
    title: str
    started: datetime
    ended: datetime | None = None
    status: StepStatus = StepStatus.RUNNING


class Match(StrEnum):
    """What came of comparing a figure with its reference."""

    SAME = "same"
    CHANGED = "changed"
    NO_REFERENCE = "no-reference"
    NOT_COMPARABLE = "not-comparable"


@dataclass(frozen=True)
class FigureMatch:
    """A figure beside its reference.

    Attributes:
        structure: What came of comparing the structures.
        picture: What came of comparing the pictures.
        reason: Why there is no reference, or why the pictures cannot be compared: a word of ``chukyso.figures.match``.
        lines: What differs in the structure: ``- `` gone, ``+ `` new.
        tiles: How many tiles of the picture differ.
        reference_sha256: Of the reference's picture, or "".
        reference: Path of the copy of it that is kept when the figure changed, relative to the output directory, or "".
        difference: Path of the difference picture relative to the output directory, or "".
    """

    structure: Match
    picture: Match
    reason: str = ""
    lines: tuple[str, ...] = ()
    tiles: int = 0
    reference_sha256: str = ""
    reference: str = ""
    difference: str = ""

    @property
    def result(self) -> Match:
        """Changed when either is; the same only when both are."""
        worst_first = (Match.CHANGED, Match.NO_REFERENCE, Match.NOT_COMPARABLE)
        return next((one for one in worst_first if one in (self.structure, self.picture)), Match.SAME)


@dataclass(frozen=True)
class Figure:
    """A figure that was taken.

    Attributes:
        number: 1 to 6.
        caption: The guide's words.
        file: Path relative to the output directory, with slashes.
        sha256: Of the file, hex.
        width: In pixels.
        height: In pixels.
        taken: When, UTC.
        page: Address of the page without query and unguessable parts.
        match: What came of comparing it with its reference, or None when it was not compared.
    """

    number: int
    caption: str
    file: str
    sha256: str
    width: int
    height: int
    taken: datetime
    page: str
    match: FigureMatch | None = None


@dataclass(frozen=True)
class SignatureFacts:
    """What the signed document says of its signature, and whether it was found right.

    Attributes:
        valid: Verdict of the check before the document left.
        signer: Owner of the certificate in the signature.
        tax_code: Its MST.
        serial: Its serial.
        issuer: Its issuer.
        algorithm: Name of the signature algorithm.
        digest: Name of the digest algorithm.
        signing_time: As the document states it, ISO 8601, or "".
        refusal: Why it is not right, English; "" when it is.
    """

    valid: bool
    signer: str
    tax_code: str
    serial: str
    issuer: str
    algorithm: str
    digest: str
    signing_time: str
    refusal: str = ""


@dataclass(frozen=True)
class Submission:
    """The signed document."""

    file: str
    sha256: str
    size: int
    signature: SignatureFacts


@dataclass(frozen=True)
class Receipt:
    """What the portal's notice of success said.

    Attributes:
        serial: Serial that it named as registered, as ``serial_or_text`` writes it.
        transaction: The portal's code for the change (mã giao dịch), or "".
        recorded: When the portal recorded it: ISO 8601 in UTC, the portal's own text when it is no full date, or "".
    """

    serial: str
    transaction: str = ""
    recorded: str = ""


@dataclass(frozen=True)
class IssuerFacts:
    """A certificate of the validated path: subject (RFC 4514), serial, SHA-256 of its DER."""

    subject: str
    serial: str
    sha256: str


@dataclass(frozen=True)
class AnswerFacts:
    """An answer about revocation that was kept: ``crl`` or ``ocsp``, whence, about which certificate, in which file."""

    kind: str
    url: str
    certificate_serial: str
    file: str
    sha256: str


@dataclass(frozen=True)
class ValidationFacts:
    """What was found out about the new certificate before it signed.

    Attributes:
        standing: ``valid``, ``valid-revocation-unknown``, ``not-validated`` or ``refused``.
        checked: The moment that it was validated for.
        certificate_serial: Whose.
        reason: Why no more is known, English; "" when all is.
        issuers: The path, from the certificate to the root.
        answers: The answers about revocation.
    """

    standing: str
    checked: datetime
    certificate_serial: str
    reason: str = ""
    issuers: tuple[IssuerFacts, ...] = ()
    answers: tuple[AnswerFacts, ...] = ()


@dataclass(frozen=True)
class Reconciliation:
    """What logging in again showed."""

    checked: datetime
    registered_serial: str
    registered: Registered


@dataclass(frozen=True)
class ErrorFacts:
    """The error that ended the run."""

    code: str
    family: Family
    happened: str
    action: str
    detail: str = ""


@dataclass(frozen=True)
class RunRecord:
    """One run of ``suites/update.robot``. Times are UTC, aware."""

    run_id: str
    started: datetime
    host: Host
    ended: datetime | None = None
    profile: str = ""
    portal: str = ""
    rehearsal: bool = False
    dry_run: bool = False
    privacy: str = "full"
    account: Account | None = None
    token: Token | None = None
    registered_certificate: CertificateFacts | None = None
    new_certificate: CertificateFacts | None = None
    validation: ValidationFacts | None = None
    contact: Contact | None = None
    steps: tuple[Step, ...] = ()
    figures: tuple[Figure, ...] = ()
    missed: Mapping[int, str] = field(default_factory=dict)  # why a figure could not be taken, by its number
    submission: Submission | None = None
    receipt: Receipt | None = None
    reconciliation: Reconciliation | None = None
    earlier: EarlierSubmission | None = None
    result_mail: ResultMail = NOT_ASKED
    outcome: Outcome | None = None
    error: ErrorFacts | None = None
    journal: tuple[Entry, ...] = field(default=(), repr=False)
    journal_sha256: str = ""
    sealed: bool = False  # a sealed report.pdf is to follow the manifest
    recovered: bool = False  # made from the journal, because the run did not come to it

    def with_figure(self, figure: Figure) -> RunRecord:
        """Add a figure; one taken again (a second captcha) replaces the earlier."""
        others = (other for other in self.figures if other.number != figure.number)
        return replace(self, figures=tuple(sorted((*others, figure), key=lambda one: one.number)))

    def with_step_started(self, number: int, now: datetime) -> RunRecord:
        return replace(self, steps=(*self.steps, Step(number, STEPS[number], now)))

    def with_step_ended(self, number: int, now: datetime, status: StepStatus) -> RunRecord:
        steps = (
            replace(step, ended=now, status=status) if step.number == number and step.ended is None else step
            for step in self.steps
        )
        return replace(self, steps=tuple(steps))

    def with_receipt(self, serial: str, transaction: str, recorded: str) -> RunRecord:
        return replace(self, receipt=Receipt(serial_or_text(serial), transaction.strip(), _moment_or_text(recorded)))

    def with_reconciliation(self, registered_serial: str, now: datetime) -> RunRecord:
        serial = serial_or_text(registered_serial)
        known = {Registered.NEW: self.new_certificate, Registered.BEFORE: self.registered_certificate}
        which = next((kind for kind, one in known.items() if one and one.serial == serial), Registered.OTHER)
        return replace(self, reconciliation=Reconciliation(now, serial, which))


def serial_or_text(text: str) -> str:
    """A serial as ``write_serial`` writes it, or the text as it is when it is none: a record is no check."""
    try:
        return read_serial(text)
    except NotASerialError:
        return text.strip()


def _moment_or_text(text: str) -> str:
    try:
        return iso(read_shown(text))
    except ValueError:
        return text.strip()
