"""Records when the guide's steps begin and end, and tells the operator."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime

from robot.libraries.BuiltIn import BuiltIn

from chukyso.errors import Code
from chukyso.evidence.guide import STEPS, step_number
from chukyso.evidence.model.guide import StepStatus
from EvidenceLibrary.run import CurrentRun
from robot import result, running

_NOTHING_DONE = (
    "  --dryrun của Robot Framework chỉ kiểm tra cú pháp: không bước nào được thực hiện, không có gì được gửi.\n"
    "  Muốn chạy thử tới Hình 3: --variable DRY_RUN:True"
)
_DETAIL = re.compile(r"([A-Z][A-Z0-9_]+): (.+)", re.DOTALL)


class StepListener:
    """Listener that recognises the keywords ``Bước N: …`` of the guide.

    Args:
        run: The run that is being recorded.
        test_ended: Told at the end of each test.
    """

    ROBOT_LISTENER_API_VERSION = 3

    def __init__(self, run: CurrentRun, test_ended: Callable[[result.TestCase], None]) -> None:
        self._run = run
        self._test_ended = test_ended
        self._started = time.monotonic()

    @property
    def elapsed(self) -> str:
        """Time since the present step began: ``3,2 s``."""
        return f"{time.monotonic() - self._started:.1f} s".replace(".", ",")

    def start_test(self, _data: running.TestCase, _result: result.TestCase) -> None:
        self._run.console.test_started()
        self._started = time.monotonic()
        if BuiltIn().dry_run_active:
            self._run.console.line(_NOTHING_DONE)

    def end_test(self, _data: running.TestCase, result: result.TestCase) -> None:
        self._test_ended(result)
        self._mask(result)

    def end_body_item(self, _data: object, result: result.Keyword) -> None:
        self._mask(result)

    def start_user_keyword(
        self, _data: running.Keyword, implementation: running.UserKeyword, result: result.Keyword
    ) -> None:
        number = _step(implementation, result)
        if number is None:
            return
        self._started = time.monotonic()
        self._run.console.line(f"  ▸ Bước {number}: {STEPS[number]} …")
        if self._run.active:
            self._run.become(self._run.record.with_step_started(number, datetime.now(UTC)))
            self._run.journal.append("step-started", number=number)

    def end_user_keyword(
        self, _data: running.Keyword, implementation: running.UserKeyword, result: result.Keyword
    ) -> None:
        self._mask(result)
        number = _step(implementation, result)
        if number is None:
            return
        self._run.console.line(f"    {'xong sau' if result.passed else 'dừng lại sau'} {self.elapsed}")
        if self._run.active:
            status = StepStatus.DONE if result.passed else StepStatus.FAILED
            self._run.become(self._run.record.with_step_ended(number, datetime.now(UTC), status))
            self._run.journal.append("step-ended", number=number, status=status)

    def log_message(self, message: result.Message) -> None:
        """Keep the technical detail of an error, which the base of our libraries logs as ``CODE: detail``.

        When the run is ``masked``, nothing about a person gets from here into output.xml, log.html or the console.
        """
        message.message = self._run.masked(message.message or "")
        found = _DETAIL.fullmatch(message.message or "") if message.level == "INFO" else None
        if found and found.group(1) in Code.__members__:
            self._run.details[found.group(1)] = found.group(2)

    def _mask(self, result: result.Keyword | result.TestCase) -> None:
        """Robot's message of a failure goes into output.xml and to the console."""
        if self._run.masker and result.message:
            result.message = self._run.masked(result.message)


def _step(implementation: running.UserKeyword, result: result.Keyword) -> int | None:
    """The step that a keyword is; Robot also reports those that do not run: after a failure, in a ``--dryrun``."""
    return None if result.not_run or BuiltIn().dry_run_active else step_number(implementation.name or "")
