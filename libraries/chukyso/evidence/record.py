"""The record of a run while it goes on: values only, no secrets; each change makes a new record."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from chukyso.certificate import Certificate, NotASerialError, ShownCertificate, read_serial
from chukyso.errors import Outcome
from chukyso.evidence.guide import STEPS
from chukyso.evidence.journal import Entry, iso
from chukyso.evidence.model.guide import Figure, Step, StepStatus
from chukyso.evidence.model.portal import (
    NOT_ASKED,
    EarlierSubmission,
    Receipt,
    Reconciliation,
    Registered,
    ResultMail,
)
from chukyso.evidence.model.run import Account, Contact, ErrorFacts, Host, Privacy, RunFacts, Token
from chukyso.evidence.model.signing import CertificateFacts, SignerFacts, Submission, ValidationFacts
from chukyso.moment import read_shown


@dataclass(frozen=True, kw_only=True)
class RunRecord(RunFacts):
    """One run of ``suites/update.robot`` as far as it got. Times are UTC, aware."""

    ended: datetime | None = None
    profile: str = ""
    portal: str = ""
    rehearsal: bool = False
    dry_run: bool = False
    host: Host
    privacy: Privacy = Privacy.FULL
    account: Account | None = None
    token: Token | None = None
    registered_certificate: CertificateFacts | None = None
    new_certificate: CertificateFacts | None = None
    validation: ValidationFacts | None = None
    contact: Contact | None = None
    steps: tuple[Step, ...] = ()
    figures: tuple[Figure, ...] = ()
    missed: Mapping[int, str] = field(default_factory=dict)  # why a figure could not be taken, by its number
    signer: SignerFacts | None = None
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
        receipt = Receipt(serial_or_text(serial), transaction.strip() or None, _moment_or_text(recorded) or None)
        return replace(self, receipt=receipt)

    def with_reconciliation(self, registered_serial: str, now: datetime) -> RunRecord:
        serial = serial_or_text(registered_serial)
        known = {Registered.NEW: self.new_certificate, Registered.BEFORE: self.registered_certificate}
        which = next((kind for kind, one in known.items() if one and one.serial == serial), Registered.OTHER)
        return replace(self, reconciliation=Reconciliation(now, serial, which))


def facts_of(certificate: Certificate | ShownCertificate) -> CertificateFacts:
    """A certificate as the evidence has it, however it was read."""
    if isinstance(certificate, Certificate):
        return CertificateFacts(
            certificate.serial,
            certificate.owner,
            certificate.tax_code,
            certificate.issuer,
            iso(certificate.not_before),
            iso(certificate.not_after),
            hashlib.sha256(certificate.der).hexdigest(),
        )
    return CertificateFacts(
        serial_or_text(certificate.serial),
        certificate.owner,
        certificate.tax_code,
        certificate.issuer,
        _moment_or_text(certificate.valid_from),
        _moment_or_text(certificate.valid_to),
    )


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
