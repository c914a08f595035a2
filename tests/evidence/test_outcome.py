"""What is concluded from a run's end: never more than is certain."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chukyso.errors import ChukysoError, Code, Family, Outcome
from chukyso.evidence.model.portal import EarlierStatus, EarlierSubmission, Registered
from chukyso.evidence.outcome import Situation, advise_looking_first, final_message, judge
from chukyso.report.words import meaning_of


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
    message = failure(code, **dict.fromkeys(code.value.fields, "X"))
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


def test_an_updated_account_is_not_sent_once_more() -> None:
    message = failure(Code.BROWSER_CLOSED)
    verdict = judge(Situation(passed=False, message=message, submitted=True, registered=Registered.NEW))
    assert verdict.error is not None
    assert "Không cần chạy lại" in verdict.error.action


EARLIER = EarlierSubmission("id", datetime(2026, 3, 2, 1, 15, 9, tzinfo=UTC), "/results", "0a")


@pytest.mark.parametrize(
    "code", [Code.PORTAL_UNREACHABLE, Code.PORTAL_TIMEOUT, Code.BROWSER_CLOSED, Code.INTERRUPTED, Code.UNEXPECTED]
)
def test_nobody_is_told_to_run_again_while_an_earlier_submission_is_open(code: Code) -> None:
    verdict = judge(Situation(passed=False, message=failure(code, url="x", seconds=3, awaited="")))
    assert verdict.error is not None
    told = advise_looking_first(verdict, EARLIER).error
    assert told is not None
    assert told.action == (
        "Trước hết xem chứng thư số đang đăng ký trên cổng: lần chạy lúc 02/03/2026 08:15:09 đã gửi mà chưa rõ kết quả."
    )
    assert (told.code, told.happened) == (verdict.error.code, verdict.error.happened)


@pytest.mark.parametrize("code", [Code.PIN_LOCKED, Code.TOKEN_NOT_FOUND, Code.PORTAL_REJECTED])
def test_what_a_person_has_to_do_is_said_after_that(code: Code) -> None:
    told = advise_looking_first(
        judge(Situation(passed=False, message=failure(code, serial="1", text="x"))), EARLIER
    ).error
    assert told is not None
    assert told.action.startswith("Trước hết xem")
    assert told.action.endswith(code.value.action)


def test_where_looking_is_the_advice_already_it_is_not_said_twice() -> None:
    for code in (Code.SUBMISSION_UNKNOWN, Code.SUBMISSION_PENDING):
        verdict = judge(Situation(passed=False, message=f"[{code.name}] Vì x. {code.value.action}"))
        assert advise_looking_first(verdict, EARLIER) == verdict


@pytest.mark.parametrize("standing", [EarlierStatus.REGISTERED, EarlierStatus.LAPSED, EarlierStatus.LOOKED])
def test_a_settled_one_changes_no_advice(standing: EarlierStatus) -> None:
    verdict = judge(Situation(passed=False, message=failure(Code.INTERRUPTED)))
    assert advise_looking_first(verdict, replace(EARLIER, standing=standing)) == verdict
    assert advise_looking_first(verdict, None) == verdict


def test_the_last_word_is_the_run_s_own() -> None:
    unknown = judge(Situation(passed=False, message=failure(Code.INTERRUPTED), submitted=True)).error
    assert unknown is not None
    rest = f"\n\nAlso teardown failed:\n{failure(Code.OUTPUT_DISK_FULL, path='x')}"
    said = final_message(unknown, rest)
    assert said.startswith(f"[SUBMISSION_UNKNOWN] {unknown.happened} {unknown.action}")
    assert "[OUTPUT_DISK_FULL] Không ghi được" in said
    assert Code.OUTPUT_DISK_FULL.value.action not in said
    assert Code.INTERRUPTED.value.action not in said


def test_no_outcome_claims_what_its_run_has_not_read() -> None:
    for outcome in (Outcome.FAILED, Outcome.REJECTED, Outcome.STOPPED, Outcome.UNKNOWN):
        assert "vẫn" not in meaning_of(outcome, submitted=False)
    assert "vẫn là chứng thư số cũ" in meaning_of(Outcome.FAILED, submitted=True), "reconciled: it was read"
