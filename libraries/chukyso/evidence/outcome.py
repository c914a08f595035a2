"""How a run ended, judged from what Robot says of the test, from the journal and from the signed document.

A failure may only claim that nothing was submitted, or that nothing changed, when that is certain. After ``submitting``
was journaled that takes ``not-submitted`` in the journal, a clear refusal by the portal, or a login that showed what is
registered. Everything else is ``unknown``, whatever the error.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from chukyso.errors import ChukysoError, Code, Family, Outcome
from chukyso.evidence.model.portal import EarlierStatus, EarlierSubmission, Registered
from chukyso.evidence.model.run import ErrorFacts
from chukyso.moment import in_vietnam

_CODE = re.compile(r"\[([A-Z][A-Z0-9_]+)\]")
_INTERRUPTED = "Execution terminated by signal"
_DETAIL_LIMIT = 2000
_PASSING = (Outcome.UPDATED, Outcome.ALREADY_REGISTERED, Outcome.DRY_RUN)
# The portal answered, or the account was looked at again: conclusive even after the submission.
_NO_MORE = "Không cần chạy lại: cổng đã đăng ký chứng thư số mới."
_LOOK_FIRST = "Trước hết xem chứng thư số đang đăng ký trên cổng: lần chạy lúc {moment} đã gửi mà chưa rõ kết quả."
_ADVISED = {Code.SUBMISSION_UNKNOWN.name, Code.SUBMISSION_PENDING.name}  # their own advice is to look
_CONCLUSIVE = {Code.PORTAL_REJECTED, Code.NOT_REGISTERED, Code.SUBMISSION_UNKNOWN}


@dataclass(frozen=True)
class Ending:
    """How a run ended: the outcome, and the error when there is one."""

    outcome: Outcome
    error: ErrorFacts | None = None


@dataclass(frozen=True)
class Situation:
    """What is known when a run ends.

    Attributes:
        passed: Whether Robot passed the test.
        message: Robot's message; carries ``[CODE]`` when one of our errors ended the run.
        detail: Technical detail of that error, English, or "".
        claimed: The outcome that the run recorded when it came to its end, if it did.
        submitted: Whether the point of no return is in the journal and was not taken back.
        accepted: Whether the portal announced success.
        registered: What logging in again showed, if that was done.
    """

    passed: bool
    message: str = ""
    detail: str = ""
    claimed: Outcome | None = None
    submitted: bool = False
    accepted: bool = False
    registered: Registered | None = None


def judge(situation: Situation) -> Ending:
    """Decide on the outcome, and on the error when there is one."""
    confirmed = situation.submitted and situation.registered is Registered.NEW
    if situation.passed and situation.claimed in _PASSING:
        return Ending(situation.claimed)
    if situation.passed and confirmed:
        return Ending(Outcome.UPDATED)
    code, error = _error(situation)
    if confirmed:
        # The account is updated, whatever failed afterwards; the error's own advice would be to do it once more.
        return Ending(Outcome.UPDATED, replace(error, action=_NO_MORE))
    if situation.submitted and code not in _CONCLUSIVE:
        return Ending(Outcome.UNKNOWN, _unknown(code, error, situation.accepted))
    return Ending(code.value.outcome, error)


def advise_looking_first(ending: Ending, earlier: EarlierSubmission | None) -> Ending:
    """The same, with an advice that fits when nobody knows yet what became of an earlier submission."""
    error = ending.error
    if error is None or earlier is None or earlier.standing is not EarlierStatus.OPEN or error.code in _ADVISED:
        return ending
    first = _LOOK_FIRST.format(moment=in_vietnam(earlier.submitted))
    action = first if error.family is Family.APPLICATION else f"{first} {error.action}"
    return replace(ending, error=replace(error, action=action))


def final_message(error: ErrorFacts, rest: str) -> str:
    """Robot's message of a run that ended with an error: the run's own, and what failed after it without its advice.

    Args:
        error: The error that the run ended with.
        rest: What Robot added to the message that the error was found in, such as a teardown that failed.
    """
    for name in _CODE.findall(rest):
        if name in Code.__members__:
            rest = rest.replace(Code[name].value.action, "")
    return f"[{error.code}] {error.happened} {error.action}{rest.rstrip()}"


def code_in(message: str) -> Code | None:
    """The first of our codes in what Robot says of a failure."""
    found = (Code.__members__.get(name) for name in _CODE.findall(message))
    return next(filter(None, found), None)


def _unknown(code: Code, error: ErrorFacts, accepted: bool) -> ErrorFacts:
    detail = "\n".join(filter(None, (f"after submitting: {code.name}", error.detail)))
    reason = error.happened.rstrip(".")
    reason = reason[:1].lower() + reason[1:]
    if accepted:
        reason = f"cổng đã báo thành công, nhưng chưa đăng nhập lại để kiểm tra; {reason}"
    return _facts(ChukysoError(Code.SUBMISSION_UNKNOWN, detail, reason=reason))


def _error(situation: Situation) -> tuple[Code, ErrorFacts]:
    """The first of our codes in the message; without one, what Robot says is the detail of ``UNEXPECTED``."""
    for match in _CODE.finditer(situation.message):
        code = Code.__members__.get(match.group(1))
        if code:
            return code, _from_message(code, situation.message[match.end() :], situation.detail)
    code = Code.INTERRUPTED if _INTERRUPTED in situation.message else Code.UNEXPECTED
    message = situation.message or "the test passed without recording an outcome"
    return code, _facts(ChukysoError(code, "\n".join(filter(None, (message, situation.detail)))))


def _from_message(code: Code, text: str, detail: str) -> ErrorFacts:
    happened, found, _ = text.partition(code.value.action)
    if not found:
        happened = text.partition("\n")[0]
    return ErrorFacts(code.name, code.value.family, happened.strip(), code.value.action, _shorten(detail))


def _facts(error: ChukysoError) -> ErrorFacts:
    return ErrorFacts(
        error.code.name, error.code.value.family, error.happened, error.code.value.action, _shorten(error.detail)
    )


def _shorten(text: str) -> str:
    return text if len(text) <= _DETAIL_LIMIT else text[: _DETAIL_LIMIT - 1] + "…"
