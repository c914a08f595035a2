"""What is concluded from a run's end: never more than is certain."""

from __future__ import annotations

import string

import pytest

from chukyso.errors import ChukysoError, Code, Family, Outcome
from chukyso.evidence.outcome import Situation, judge
from chukyso.evidence.record import Registered


def failure(code: Code, **context: object) -> str:
    return str(ChukysoError(code, **context))


@pytest.mark.parametrize("outcome", [Outcome.UPDATED, Outcome.ALREADY_REGISTERED, Outcome.DRY_RUN])
def test_passed_run_has_the_outcome_that_it_recorded(outcome: Outcome) -> None:
    verdict = judge(Situation(passed=True, claimed=outcome))
    assert (verdict.outcome, verdict.error) == (outcome, None)


def test_passed_run_that_was_confirmed_needs_no_claim() -> None:
    verdict = judge(Situation(passed=True, submitted=True, registered=Registered.NEW))
    assert (verdict.outcome, verdict.error) == (Outcome.UPDATED, None)


@pytest.mark.parametrize(
    ("situation", "outcome", "code"),
    [
        (Situation(passed=True), Outcome.FAILED, "UNEXPECTED"),
        (Situation(passed=True, submitted=True), Outcome.UNKNOWN, "SUBMISSION_UNKNOWN"),
        (Situation(passed=True, submitted=True, registered=Registered.BEFORE), Outcome.UNKNOWN, "SUBMISSION_UNKNOWN"),
        (Situation(passed=True, registered=Registered.NEW), Outcome.FAILED, "UNEXPECTED"),
    ],
)
def test_passing_alone_proves_nothing(situation: Situation, outcome: Outcome, code: str) -> None:
    verdict = judge(situation)
    assert verdict.error is not None
    assert (verdict.outcome, verdict.error.code) == (outcome, code)


@pytest.mark.parametrize("code", list(Code), ids=lambda code: code.name)
def test_every_code_is_found_in_its_own_message(code: Code) -> None:
    fields = [name for _, name, _, _ in string.Formatter().parse(code.value.happened) if name]
    message = failure(code, **dict.fromkeys(fields, "X"))
    verdict = judge(Situation(passed=False, message=f"Setup failed:\n{message}"))
    assert verdict.error is not None
    assert verdict.outcome is code.value.outcome
    assert verdict.error.code == code.name
    assert verdict.error.action == code.value.action
    assert verdict.error.happened
    assert code.value.action not in verdict.error.happened
    assert verdict.error.family is code.value.family


@pytest.mark.parametrize(
    "code", [Code.PORTAL_TIMEOUT, Code.OUTPUT_DISK_FULL, Code.LOGIN_FAILED, Code.REVIEW_MISMATCH, Code.PIN_INCORRECT]
)
def test_after_submitting_no_code_may_claim_that_nothing_was_submitted(code: Code) -> None:
    message = failure(code, path="x", seconds=3, awaited="", field="a", found="b", expected="c")
    verdict = judge(Situation(passed=False, message=message, detail="socket closed", submitted=True))
    assert verdict.outcome is Outcome.UNKNOWN
    assert verdict.error is not None
    assert verdict.error.code == "SUBMISSION_UNKNOWN"
    assert verdict.error.family is Family.UNKNOWN
    assert code.name in verdict.error.detail
    assert "socket closed" in verdict.error.detail


@pytest.mark.parametrize(
    ("code", "outcome"), [(Code.PORTAL_REJECTED, Outcome.REJECTED), (Code.NOT_REGISTERED, Outcome.FAILED)]
)
def test_what_the_portal_said_is_conclusive(code: Code, outcome: Outcome) -> None:
    message = failure(code, text="Đã bị thu hồi.", serial="0a")
    assert judge(Situation(passed=False, message=message, submitted=True)).outcome is outcome


def test_uncoded_failure() -> None:
    before = judge(Situation(passed=False, message="TypeError: no"))
    after = judge(Situation(passed=False, message="TypeError: no", submitted=True))
    assert before.error is not None
    assert after.error is not None
    assert (before.outcome, before.error.code, before.error.detail) == (Outcome.FAILED, "UNEXPECTED", "TypeError: no")
    assert (after.outcome, after.error.code) == (Outcome.UNKNOWN, "SUBMISSION_UNKNOWN")
    assert "TypeError: no" in after.error.detail


def test_unknown_code_is_no_code() -> None:
    verdict = judge(Situation(passed=False, message="[NO_SUCH_CODE] [PIN_LOCKED] locked"))
    assert verdict.error is not None
    assert verdict.error.code == "PIN_LOCKED"
    verdict = judge(Situation(passed=False, message="[NO_SUCH_CODE] something"))
    assert verdict.error is not None
    assert verdict.error.code == "UNEXPECTED"


def test_interrupted_by_the_operator() -> None:
    verdict = judge(Situation(passed=False, message="Execution terminated by signal"))
    assert verdict.error is not None
    assert (verdict.outcome, verdict.error.code) == (Outcome.FAILED, "INTERRUPTED")


def test_failure_after_a_confirmed_update_does_not_undo_it() -> None:
    message = failure(Code.PORTAL_TIMEOUT, seconds=3, awaited="")
    verdict = judge(Situation(passed=False, message=message, submitted=True, registered=Registered.NEW))
    assert verdict.outcome is Outcome.UPDATED
    assert verdict.error is not None
    assert verdict.error.code == "PORTAL_TIMEOUT"
