"""Keywords that begin and end the evidence of a run."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from robot.api import logger
from robot.api.deco import keyword
from robot.api.types import Secret
from robot.libraries.BuiltIn import BuiltIn

from chukyso.archive.chain import write_chained_manifest
from chukyso.archive.thumbnails import write_thumbnails
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.files import reporting_write_errors, sha256
from chukyso.evidence.journal import ENDED
from chukyso.evidence.manifest import REPORT_FILE, SEALED_REPORT_FILE
from chukyso.evidence.model.run import Account
from chukyso.evidence.outcome import Ending, Situation, advise_looking_first, final_message, judge
from chukyso.report.words import OUTCOMES
from chukyso.report.write import write_report
from chukyso.seal.options import SealOptions, SealOrder
from chukyso.taxcode import parse_tax_code
from ChukysoKeywords import TestStatus, given_path, interrupted
from ChukysoKeywords.guard import what_is_lost
from ChukysoKeywords.stop_signals import handle_stop_signals
from EvidenceLibrary.matching import compare_figures
from EvidenceLibrary.run import CurrentRun, link_in_log, output_directory
from EvidenceLibrary.submitting import end_submission
from robot import result

_REHEARSAL = "  DIỄN TẬP trên sandbox: dữ liệu hư cấu, không có gì được gửi tới BHXH."
_CODE = re.compile(r"\[([A-Z][A-Z0-9_]+)\]")


class LifecycleKeywords:
    """Beginning and end."""

    def __init__(self, run: CurrentRun) -> None:
        self._run = run
        self._ending: Ending | None = None
        self._judged_message = ""  # Robot's, from which the ending was judged

    @keyword(tags=["Evidence"])
    def start_evidence(self, directory: Path | None = None, *, privacy: str = "full", tax_code: str = "") -> None:
        """Begin the evidence of a run, before anything else is done.

        Makes ``figures/`` and ``evidence/`` and clears away what an earlier run left there; evidence of a run that may
        have submitted something is moved to ``earlier/`` instead of deleted.

        - ``directory``: where; Robot's output directory when empty.
        - ``privacy``: ``full``, or ``masked``: from here on nothing that is about a person (e-mail, telephone, identity
          number) gets into the evidence or into Robot's log; anything else masks, too.
        - ``tax_code``: the account's MST when it is known already: it is recorded, and is no telephone number.

        Fails with ``OUTPUT_IN_USE`` when another run writes there, with ``OUTPUT_NOT_KEPT`` in a directory that pabot
        removes when it starts, with ``OUTPUT_NOT_WRITABLE``, and with ``OUTPUT_DISK_FULL`` when there is no room.

        ```robotframework
        Start Evidence    privacy=masked    tax_code=0101234565
        ```
        """
        self._ending = None
        handle_stop_signals()
        moved = self._run.start(given_path(directory) or output_directory(), privacy, tax_code)
        if account := _account(tax_code):
            self._run.belongs_to(account)
        if moved:
            logger.info(f"Evidence of an earlier run was moved to {moved}")
            logger.console(f"\n  Lần chạy trước vào thư mục này đã hoặc có thể đã gửi hồ sơ.\n  Bằng chứng: {moved}")

    @keyword(tags=["Evidence"])
    def seal_the_report(self, options: SealOptions, pin: Secret | None = None) -> None:
        """Have the report made as PDF and sealed when the run has ended; manifest and submission go into it.

        Nothing is opened now. How the run ended does not depend on it: when it cannot be sealed, console and log say
        why, and ``chukyso evidence seal`` does it later.

        - ``options``: ``seal`` of the options that `Set Up Run` returned.
        - ``pin``: PIN of the token with the evidence key; not needed on a token with a keypad.

        ```robotframework
        ${seal_pin}    Resolve Secret    SEAL_PIN    env:SEAL_PIN    fallback=file:${sandbox.seal_pin_file}
        Seal The Report    ${run.seal}    ${seal_pin}
        ```
        """
        if not isinstance(options, SealOptions):
            raise TypeError("options must be the seal of a run's options")
        self._run.seal = SealOrder(options, lambda: pin.value if pin else "")

    @keyword(tags=["Evidence"])
    def conclude_evidence(self, status: TestStatus | None = None, message: str = "") -> str:
        """Decide on the outcome, tag the test with it, write report and manifest, and return the outcome.

        A run that passed has the outcome that it recorded. One that failed has the outcome of the error code in its
        message; without a code it ``failed``. Once ``submitting`` is in the journal, whatever is not conclusive is
        ``unknown``. To be called in the teardown, whether or not `Start Evidence` was reached.

        - ``status``: Robot's status of the test; ``${TEST STATUS}`` when left out.
        - ``message``: Robot's message; ``${TEST MESSAGE}`` when empty.

        Fails with ``OUTPUT_DISK_FULL`` when the evidence could not be written; the outcome is tagged all the same.

        ```robotframework
        Conclude Evidence    ${TEST STATUS}    ${TEST MESSAGE}
        ```
        """
        variable = BuiltIn().get_variable_value
        ended = status or str(variable("${TEST STATUS}", "FAIL"))
        message = self._run.masked(message or str(variable("${TEST MESSAGE}", "")))
        ending = self._ending = self._judged(ended, message)
        self._judged_message = message
        BuiltIn().set_tags(f"outcome:{ending.outcome}")
        self._finish(ending)
        return ending.outcome.value

    def test_ended(self, test: result.TestCase) -> None:
        """Conclude a run whose teardown was interrupted (Ctrl-C) before that; give Robot's message the last word."""
        message = self._run.masked(test.message)
        if self._run.active:
            if self._ending is None:
                self._ending, self._judged_message = self._judged(test.status, message), message
            test.tags.add(f"outcome:{self._ending.outcome}")
            self._finish(self._ending)
        ending, self._ending = self._ending, None
        # A test that looks at how a run ends has a message of its own.
        if test.failed and ending and ending.error and message.startswith(self._judged_message):
            test.message = final_message(ending.error, message.removeprefix(self._judged_message))

    def _finish(self, ending: Ending) -> None:
        report = None
        try:
            if self._run.active:
                report = self._write(ending)
        except ChukysoError:
            self._tell(ending, None)
            self._end()
            raise
        # Not when interrupted: then the run stays active, and is concluded at the end of the test.
        self._tell(ending, report)
        try:
            if report and self._run.seal:
                self._seal(self._run.output, self._run.seal)
        finally:  # interrupted or not: the manifest is on disk and is not written again
            self._end()

    def _end(self) -> None:
        if self._run.active and self._run.record.rehearsal:
            self._run.console.last_line(_REHEARSAL)
        self._run.forget()

    def _judged(self, status: str, message: str) -> Ending:
        earlier = self._run.record.earlier if self._run.active else None
        return advise_looking_first(judge(self._situation(status, message)), earlier)

    def _situation(self, status: str, message: str) -> Situation:
        details = [self._run.details[code] for code in _CODE.findall(message) if code in self._run.details]
        if not self._run.active:
            return Situation(status == "PASS", message, "".join(details[:1]))
        record = self._run.record
        return Situation(
            passed=status == "PASS",
            message=message,
            detail="".join(details[:1]),
            claimed=self._run.claimed,
            submitted=self._run.submitted,
            accepted=record.receipt is not None,
            registered=record.reconciliation.registered if record.reconciliation else None,
        )

    def _write(self, ending: Ending) -> Path | None:
        """Write as much as can be written; the first thing that could not be written is the error."""
        run = self._run
        errors: list[ChukysoError] = []

        def attempt(action: Callable[[], Path | None]) -> Path | None:
            try:
                return action()
            except ChukysoError as error:
                errors.append(error)
                return None

        def close_journal() -> None:
            if not run.journal.has(ENDED):
                run.journal.append(ENDED, outcome=ending.outcome, code=ending.error.code if ending.error else None)

        attempt(lambda: compare_figures(run))
        attempt(close_journal)
        end_submission(run, ending.outcome.value)
        run.update(outcome=ending.outcome, error=ending.error, ended=datetime.now(UTC), journal=run.journal.entries)
        attempt(self._hash_journal)
        run.update(sealed=run.seal is not None)
        attempt(lambda: write_thumbnails(run.output, run.background.thumbnails()))
        report = attempt(lambda: write_report(run.output, run.record))
        attempt(lambda: write_chained_manifest(run.output, run.record))
        if errors:
            raise errors[0]
        return report

    def _seal(self, output: Path, order: SealOrder) -> None:
        """Seal the report; whatever comes of it, the run has ended as it has."""
        try:
            from chukyso.archive.sealing import seal_report  # noqa: PLC0415 - see BackgroundWork.import_sealing

            done = seal_report(output, order)
        except ChukysoError as error:
            self._tell_unsealed(error)
            return
        except Exception as error:  # noqa: BLE001 - what a PDF library meets must not change how the run ended
            detail = f"{type(error).__name__}: {error}"
            reason = "bị ngắt (Ctrl-C)" if interrupted() else "lỗi không lường trước"
            self._tell_unsealed(ChukysoError(Code.SEAL_FAILED, detail, reason=reason))
            return
        self._run.console.line(f"  Bản niêm phong: {done.path}")
        link = html.escape(link_in_log(done.path), quote=True)
        logger.info(f'<a href="{link}" target="_blank">{SEALED_REPORT_FILE}</a>', html=True)
        if done.problem:
            self._run.console.line(f"    Chưa có dấu thời gian: {done.problem}")
            logger.warn(f"Bản niêm phong chưa có dấu thời gian: {done.problem}")
            logger.info(done.problem.detail)
        elif not done.stamped:
            self._run.console.line("    Không có dấu thời gian: chưa đặt TSA_URL.")
        if not done.validated:
            logger.warn("Chưa kiểm tra được chứng thư số niêm phong: cấu hình không có chứng thư số gốc (trust.roots).")

    def _tell_unsealed(self, error: ChukysoError) -> None:
        self._run.console.line(f"  Chưa niêm phong: {error}")
        logger.warn(f"Biên bản chưa được niêm phong: {error}")
        logger.info(error.detail)

    def _hash_journal(self) -> None:
        path = self._run.journal.path
        with reporting_write_errors(path):
            self._run.update(journal_sha256=sha256(path))

    def _tell(self, ending: Ending, report: Path | None) -> None:
        words = OUTCOMES[ending.outcome]
        text = f"{words.headline} ({ending.outcome})"
        self._run.console.line(f"  Kết quả: {text}")
        if ending.error:
            self._run.console.line(f"    [{ending.error.code}] {ending.error.happened}")
            self._run.console.line(f"    {ending.error.action}")
        if report:
            self._run.console.line(f"  Biên bản: {report}")
            link = html.escape(link_in_log(report), quote=True)
            BuiltIn().set_suite_metadata("Biên bản", f"[{link}|{REPORT_FILE}]", top=True)
            logger.info(f'<b>{html.escape(text)}</b> – <a href="{link}" target="_blank">{REPORT_FILE}</a>', html=True)
        for lost in what_is_lost():
            self._run.console.line(f"  Không ghi được, lần chạy không đổi vì thế: {lost}")
            logger.info(f"Not written, which changes nothing about the run: {lost}")


def _account(tax_code: str) -> Account | None:
    """The account when its MST is one; what is wrong with another is told when the options are checked."""
    with suppress(ChukysoError):
        return Account(parse_tax_code(tax_code))
    return None
