"""Keywords that record facts, events and the signed document."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from robot.api import logger
from robot.api.deco import keyword
from robot.libraries.BuiltIn import BuiltIn

from chukyso.agent.core.operation import SignedResult
from chukyso.certificate import Certificate, ShownCertificate
from chukyso.errors import Outcome
from chukyso.evidence.model.run import Account, Contact, Token
from chukyso.evidence.model.signing import SignerFacts
from chukyso.evidence.record import facts_of
from chukyso.evidence.submission import save_submission
from chukyso.evidence.validation import save_validation
from chukyso.figures.taking import public_address
from chukyso.report.words import OUTCOMES, VALIDITY
from chukyso.signature.presign import Validation, ValidationStatus
from chukyso.signature.profile import DEFAULT_PLACE
from EvidenceLibrary.run import CurrentRun
from EvidenceLibrary.submitting import found_registered


class RecordingKeywords:
    """Facts of the run."""

    def __init__(self, run: CurrentRun) -> None:
        self._run = run

    @keyword(tags=["Record"])
    def record_run(self, profile: str, portal: str, *, rehearsal: bool = False, dry_run: bool = False) -> None:
        """Record where the run goes, and journal ``run`` when that is news.

        - ``profile``: name of the profile.
        - ``portal``: address of the portal.
        - ``rehearsal``: whether that is a sandbox, which the report then says in plain words.
        - ``dry_run``: whether the run is to stop before submitting.

        ```robotframework
        Record Run    sandbox    ${run.portal_url}    rehearsal=True
        ```
        """
        known = public_address(portal) if portal else ""
        where = {"profile": profile, "portal": known, "rehearsal": rehearsal, "dry_run": dry_run}
        if any(getattr(self._run.record, name) != value for name, value in where.items()):
            self._run.update(**where)
            self._run.journal.append("run", **where)

    @keyword(tags=["Record"])
    def record_account(self, tax_code: str, unit: str = "") -> None:
        """Record whose account it is, and journal ``account`` when that is news.

        - ``tax_code``: MST.
        - ``unit``: code or name of the unit when the account has several.

        ```robotframework
        Record Account    0101234565    DT4565A
        ```
        """
        self._run.belongs_to(Account(tax_code, unit or None))

    @keyword(tags=["Record"])
    def record_token(self, serial: str, module: str, label: str = "") -> None:
        """Record which token is used.

        - ``serial``: the token's serial.
        - ``module``: its PKCS#11 module; only the file name is kept.
        - ``label``: the token's label.

        ```robotframework
        Record Token    ${token.serial}    ${token.module}    ${token.label}
        ```
        """
        name = PureWindowsPath(PurePosixPath(module).name).name
        self._run.update(token=Token(serial.strip(), label.strip(), name))

    @keyword(tags=["Record"])
    def record_browser(self, browser: str) -> None:
        """Record name and version of the browser. Without it the figures tell name and major version.

        - ``browser``: name and version.

        ```robotframework
        Record Browser    Chromium 140.0
        ```
        """
        self._run.update(host=replace(self._run.record.host, browser=browser))

    @keyword(tags=["Record"])
    def record_registered_certificate(self, certificate: Certificate | ShownCertificate) -> None:
        """Record the certificate that the portal has when the run begins.

        When it is that of an earlier submission whose end was open, that one has come to its end.

        - ``certificate``: as the form shows it, or as it was read.

        ```robotframework
        ${certificate}    Read Shown Certificate    form.registered
        Record Registered Certificate    ${certificate}
        ```
        """
        facts = facts_of(certificate)
        self._run.update(registered_certificate=facts)
        found_registered(self._run, facts.serial)

    @keyword(tags=["Record"])
    def record_new_certificate(self, certificate: Certificate | ShownCertificate) -> None:
        """Record the certificate that is to replace it.

        - ``certificate``: as it was read from the token, or as a page shows it.

        ```robotframework
        Record New Certificate    ${choice.certificate}
        ```
        """
        self._run.update(new_certificate=facts_of(certificate))

    @keyword(tags=["Record"])
    def save_validation(self, validation: Validation) -> None:
        """Save what was found out about the new certificate in ``evidence/validation/``, and journal ``validated``.

        When it was not validated, or nobody said whether it is revoked, the console says so.

        - ``validation``: what `Validate Certificate` or `Latest Validation` returned.

        Fails with ``OUTPUT_DISK_FULL``.

        ```robotframework
        ${validation}    Validate Certificate    ${choice}    roots=${run.trust_roots}    this_machine_only=True
        Save Validation    ${validation}
        ```
        """
        facts = save_validation(self._run.output, validation)
        self._run.update(validation=facts)
        self._run.journal.append(
            "validated", serial=facts.certificate_serial, verdict=facts.verdict, answers=len(facts.answers)
        )
        if validation.standing is not ValidationStatus.VALID:
            logger.warn(f"Certificate {facts.certificate_serial}: {facts.verdict}: {facts.reason}")
            self._run.console.line(f"    Chứng thư số mới: {VALIDITY[facts.verdict]}")

    @keyword(tags=["Record"])
    def record_contact(self, email: str, phone: str) -> None:
        """Record the contact data that the form submits along, shortened when the run is ``masked``.

        - ``email``: e-mail as the form shows it.
        - ``phone``: phone as the form shows it.

        ```robotframework
        Record Contact    ketoan@congty.example    0912345678
        ```
        """
        if self._run.masker:
            self._run.masker.know(email, phone)
        self._run.update(contact=Contact(self._run.masked(email), self._run.masked(phone)))

    @keyword(tags=["Record"])
    def record_receipt(self, serial: str, transaction: str = "", recorded: str = "") -> None:
        """Record what the portal's notice of success says, and journal ``accepted``.

        - ``serial``: serial that the notice names as registered.
        - ``transaction``: the portal's code for the change (mã giao dịch).
        - ``recorded``: when the portal recorded the change, as the notice shows it.

        ```robotframework
        Record Receipt    ${choice.certificate.serial}    GD-0001    30/11/2026 10:15
        ```
        """
        self._run.become(self._run.record.with_receipt(serial, transaction, recorded))
        found = self._run.record.receipt
        assert found is not None  # noqa: S101 - set one line above; tells the type checker
        self._run.journal.append(
            "accepted", serial=found.serial, transaction=found.transaction, recorded=found.recorded
        )

    @keyword(tags=["Record"])
    def record_registered_afterwards(self, registered_serial: str) -> str:
        """Record what logging in again showed, and return ``new``, ``before`` or ``other``.

        - ``registered_serial``: serial that the portal shows as registered now.

        ```robotframework
        ${found}    Record Registered Afterwards    ${choice.certificate.serial}
        ```
        """
        self._run.become(self._run.record.with_reconciliation(registered_serial, datetime.now(UTC)))
        found = self._run.record.reconciliation
        assert found is not None  # noqa: S101 - set one line above; tells the type checker
        self._run.journal.append("reconciled", registered=found.registered, serial=found.registered_serial)
        return found.registered.value

    @keyword(tags=["Evidence"])
    def finish_run(self, outcome: Outcome) -> None:
        """Record the outcome and end the test as passed, here and now.

        A run that goes on to its last step need not call this: it is ``updated`` when logging in again showed the new
        certificate.

        - ``outcome``: ``updated``, ``already-registered`` or ``dry-run``.

        ```robotframework
        IF    ${run.dry_run}    Finish Run    dry-run
        ```
        """
        self._run.claimed = outcome
        self._run.journal.append("outcome", outcome=outcome)
        BuiltIn().pass_execution(OUTCOMES[outcome].meaning)

    @keyword(tags=["Journal"])
    def journal_event(self, event: str, **data: Any) -> None:
        """Append an event to the journal; it is on disk when this returns.

        ``submitting``, the point of no return, is journaled by `Begin Submission`.

        - ``event``: a word.
        - ``data``: particulars, never a secret.

        Fails with ``OUTPUT_DISK_FULL``.

        ```robotframework
        Journal Event    confirmed    serial=${choice.certificate.serial}
        ```
        """
        self._run.journal.append(event, **data)

    @keyword(tags=["Record"])
    def record_signer(self, facts: SignerFacts) -> None:
        """Record who signs, its windows so far, and what could not be checked.

        - ``facts``: as `Get Signer Facts` returns them.

        ```robotframework
        ${facts}    Get Signer Facts
        Record Signer    ${facts}
        ```
        """
        self._run.update(signer=facts)

    @keyword(tags=["Record"])
    def save_submission(
        self, document: bytes | SignedResult, *, verified: bool = True, place: str = DEFAULT_PLACE
    ) -> bool:
        """Save the signed document as ``evidence/submission.xml`` and return whether its signature is right.

        To be called as soon as the document is signed: whether it exists decides what a later error means.

        - ``document``: the signed document, byte for byte, or what the signing agent returned.
        - ``verified``: whether it was verified before it left; our own signing agent answers with no other. It is
          checked once more here, and counts as right only when both agree.
        - ``place``: name of the element that holds the signature.

        Fails with ``OUTPUT_DISK_FULL``.

        ```robotframework
        ${document}    Wait For Signed Document
        Save Submission    ${document}
        ```
        """
        content = document.document if isinstance(document, SignedResult) else document
        submission = save_submission(self._run.output, content, verified=verified, place=place)
        self._run.update(submission=submission)
        self._run.journal.append(
            "signed", file=submission.path, sha256=submission.sha256, valid=submission.signature.valid
        )
        logger.info(f"Signature: {submission.signature}")
        return submission.signature.valid
