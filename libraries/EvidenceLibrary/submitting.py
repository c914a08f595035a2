"""Keywords around a submission that the register of submissions must know: this run's, and an earlier one's."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from robot.api import logger
from robot.api.deco import keyword

from chukyso.archive.submissions import FOUND, LAPSED, LOOKED, Submission, Submissions, pending
from chukyso.errors import ChukysoError
from chukyso.evidence.directory import where_evidence_is
from chukyso.evidence.journal import NOT_SUBMITTED, SUBMITTING, iso
from chukyso.evidence.model.portal import EarlierStatus, EarlierSubmission
from ChukysoKeywords import interrupted
from EvidenceLibrary.run import CurrentRun

_SLICE = 0.5  # seconds; Windows hears Ctrl-C only between two
_ENDS = {EarlierStatus.REGISTERED: FOUND, EarlierStatus.LOOKED: LOOKED, EarlierStatus.LAPSED: LAPSED}


class SubmittingKeywords:
    """Submissions."""

    def __init__(self, run: CurrentRun) -> None:
        self._run = run
        self._earlier: Submission | None = None

    @keyword(tags=["Submission"])
    def find_earlier_submission(self, portal: str, tax_code: str) -> bool:
        """Look whether an earlier run submitted something for the account and nobody knows what became of it.

        If so, journal ``earlier-submission``; manifest, report and console name that run. To be called as soon as
        account and portal are known, so that they do so whatever happens to this run.

        - ``portal``: ``portal_key`` of the options that `Set Up Run` returned.
        - ``tax_code``: the account's MST.

        Fails with ``SUBMISSIONS_UNUSABLE``.

        ```robotframework
        ${found}    Find Earlier Submission    ${run.portal_key}    0101234565
        ```
        """
        earlier = self._earlier = Submissions().open_for(portal, tax_code)
        if earlier is None:
            return False
        directory = self._run.masked(str(where_evidence_is(Path(earlier.directory), earlier.run)))
        known = EarlierSubmission(earlier.run, earlier.submitted, directory, earlier.serial)
        self._run.update(earlier=known)
        self._run.journal.append(
            "earlier-submission",
            run=known.run,
            submitted=known.submitted,
            directory=directory,
            serial=known.certificate_serial,
        )
        self._run.console.line("  Một lần chạy trước của tài khoản này đã gửi hồ sơ mà chưa rõ kết quả.")
        self._run.console.line(f"  Bằng chứng: {directory}")
        return True

    @keyword(tags=["Submission"])
    def earlier_submission_is_open(self, *, after: timedelta, looked: str = "") -> bool:
        """Return whether nothing may be submitted yet, because the portal may still work on an earlier submission.

        Not any more when the registered certificate that was read is that submission's, when it took too long, or when
        an operator says to have looked; the last two are journaled.

        - ``after``: how long after that submission another one may follow.
        - ``looked``: what the operator saw; empty when nobody looked.

        ```robotframework
        ${open}    Earlier Submission Is Open    after=30 min
        IF    ${open}    Stop For Earlier Submission    after=30 min
        ```
        """
        known = self._run.record.earlier
        if known is None or known.standing is not EarlierStatus.OPEN:
            return False
        if looked:
            self._settle(replace(known, standing=EarlierStatus.LOOKED, reason=self._run.masked(looked)))
        elif datetime.now(UTC) >= known.submitted + after:
            self._settle(replace(known, standing=EarlierStatus.LAPSED))
        else:
            return True
        return False

    @keyword(tags=["Submission"])
    def wait_for_earlier_submission(self, wait: timedelta) -> None:
        """Give the portal some time for an earlier submission, and say so.

        - ``wait``: how long.

        ```robotframework
        Wait For Earlier Submission    1 min
        ```
        """
        seconds = wait.total_seconds()
        self._run.journal.append("earlier-awaited", seconds=seconds)
        self._run.console.line(f"    Hồ sơ gửi trước chưa rõ kết quả; chờ {seconds:g} giây rồi xem lại trên cổng.")
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not interrupted():
            time.sleep(min(_SLICE, left))

    @keyword(tags=["Submission"])
    def stop_for_earlier_submission(self, *, after: timedelta) -> None:
        """Fail because an earlier submission is open.

        - ``after``: as for `Earlier Submission Is Open`.

        Fails with ``SUBMISSION_PENDING``.

        ```robotframework
        Stop For Earlier Submission    after=30 min
        ```
        """
        known = self._run.record.earlier
        if self._earlier is not None and known is not None:
            raise pending(replace(self._earlier, directory=known.directory), after)

    @keyword(tags=["Submission"])
    def begin_submission(self, portal: str) -> None:
        """Note the submission in the register, then journal ``submitting``: the point of no return.

        To be called before **Chấp nhận** is pressed. When it fails nothing may be submitted.

        - ``portal``: as for `Find Earlier Submission`.

        Fails with ``SUBMISSIONS_UNUSABLE`` or ``OUTPUT_DISK_FULL``, and with ``SUBMISSION_PENDING`` when another run
        submitted for the account meanwhile.

        ```robotframework
        Begin Submission    ${run.portal_key}
        Allow Signing
        ```
        """
        record = self._run.record
        account, new, known = record.account, record.new_certificate, record.earlier
        if account is None or new is None:
            raise TypeError("Record Account and Record New Certificate come first")
        submission = Submission(
            run=record.id,
            portal=portal,
            tax_code=account.tax_code,
            unit=account.unit or "",
            serial=new.serial,
            sha256=new.sha256 or "",
            at=iso(datetime.now(UTC)),
            directory=str(self._run.output.resolve()),
            rehearsal=record.rehearsal,
        )
        settled = known is not None and known.standing is not EarlierStatus.OPEN
        self._run.announced = True
        Submissions().begin(submission, *((known.run, _ENDS[known.standing]) if known and settled else ()))
        self._run.journal.append(SUBMITTING, serial=new.serial)

    @keyword(tags=["Submission"])
    def take_back_submission(self) -> None:
        """Journal ``not-submitted``: the signing agent released no signed document, so nothing was submitted.

        ```robotframework
        ${unsigned}    Give Up Signing Request
        IF    ${unsigned}    Take Back Submission
        ```
        """
        self._run.journal.append(NOT_SUBMITTED)
        end_submission(self._run, NOT_SUBMITTED)

    def _settle(self, known: EarlierSubmission) -> None:
        self._run.update(earlier=known)
        self._run.journal.append("earlier-settled", run=known.run, standing=known.standing, reason=known.reason)


def found_registered(run: CurrentRun, serial: str) -> None:
    """The portal has this certificate: is it that of an open submission, then that one has come to its end."""
    known = run.record.earlier
    if known is None or known.standing is not EarlierStatus.OPEN or known.certificate_serial != serial:
        return
    run.update(earlier=replace(known, standing=EarlierStatus.REGISTERED))
    run.journal.append("earlier-settled", run=known.run, standing=EarlierStatus.REGISTERED)
    _note(known.run, FOUND)


def end_submission(run: CurrentRun, end: str) -> None:
    """Note in the register how this run's submission ended, if there was one."""
    if run.announced:
        _note(run.record.id, end)


def _note(run: str, end: str) -> None:
    try:
        Submissions().end(run, end)
    except ChukysoError as error:  # it stays open: the next run looks first, and that is all
        logger.warn(f"{error.happened} Lần chạy sau của tài khoản này sẽ xem trên cổng trước.")
        logger.info(error.detail)
