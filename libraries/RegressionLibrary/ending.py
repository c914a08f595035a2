"""The keywords that bring a run to its end and look at what the operator is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lxml import etree, html
from robot.api.deco import keyword
from robot.errors import ExecutionFailed, ExecutionPassed
from robot.libraries.BuiltIn import BuiltIn
from robot.utils import escape

from chukyso.errors import ChukysoError, Code, Outcome, reason_in
from chukyso.evidence.manifest import REPORT_FILE
from chukyso.report.words import OUTCOMES
from RegressionLibrary.case import CaseKeywords

NO_ERROR = "no-error"
_MESSAGE = re.compile(r"\[([A-Z][A-Z0-9_]+)\] (.*)", re.DOTALL)
_LABELS = ("Outcome", "Code", "Words")


@dataclass(frozen=True)
class Ending:
    """How a run ended, as the operator reads it.

    Attributes:
        outcome: Its outcome.
        code: Code of the error, or ``no-error``.
        words: What happened and what to do; without an error the report's verdict.
        message: Robot's message.
    """

    outcome: str
    code: str
    words: str
    message: str


class EndingKeywords:
    """How a case must end."""

    def __init__(self, case: CaseKeywords) -> None:
        self._case = case
        self._ended: Ending | None = None

    def forget(self) -> None:
        """Another case begins: how the last one's run ended says nothing of it."""
        self._ended = None

    @keyword(tags=["Regression"])
    def end_run_with(self, name: str, *arguments: str) -> None:
        """Carry a keyword out, with which the run must end, and conclude the evidence at once.

        It never fails for how the run ended: that is for `Run Should Have Ended` to say.

        - ``name``: keyword that ends the run: by an error, by `Finish Run`, or by coming to its end.
        - ``arguments``: its arguments.

        ```robotframework
        End Run With    Press    form.register
        ```
        """
        self.forget()
        status, message = self._carry_out(name, arguments)
        outcome = BuiltIn().run_keyword("EvidenceLibrary.Conclude Evidence", status, escape(message))
        self._ended = self._found(str(outcome), status, message)

    @keyword(tags=["Regression"])
    def run_should_have_ended(self, outcome: Outcome, code: str = NO_ERROR, /, **fields: str) -> None:
        """Check how the run ended that `End Run With` brought to its end: outcome, code, and every word.

        Code and words are read from the report that the operator gets, or from Robot's message when no report could be
        written. What the words must be is made from the table of errors; without an error they are the report's
        headline and its meaning.

        - ``outcome``: how the run must have ended, such as ``stopped``.
        - ``code``: code of the error, or ``no-error``.
        - ``fields``: a value for each field of the error's sentence, as the operator reads it.

        Fails with each difference: what must be, and what is; and when a field is missing or unknown to the sentence.

        ```robotframework
        Run Should Have Ended    stopped    WINDOW_MISMATCH    found=ff    expected=${ACCOUNT.new_serial}
        ```
        """
        if self._ended is None:
            raise AssertionError("`End Run With` was not called before.")
        wanted = (outcome.value, code, _words(outcome, code, fields))
        found = (self._ended.outcome, self._ended.code, self._ended.words)
        differences = [
            f"{label}:\n  must be: {must_be}\n  is:      {was}"
            for label, must_be, was in zip(_LABELS, wanted, found, strict=True)
            if must_be != was
        ]
        if differences:
            quoted = f"\nRobot's message: {self._ended.message}" if self._ended.message else ""
            raise AssertionError("The run ended otherwise.\n" + "\n".join(differences) + quoted)

    @keyword(tags=["Regression"])
    def quote_error(self, code: str, /, **fields: str) -> str:
        """Return an error's sentence as other sentences quote it: a clause without its full stop and without advice.

        - ``code``: code of the error.
        - ``fields``: a value for each field of its sentence.

        Fails when a field is missing or is none of the sentence's.

        ```robotframework
        ${timeout}    Quote Error    PORTAL_TIMEOUT    seconds=5    awaited=${EMPTY}
        ```
        """
        return reason_in(str(_error(code, fields)))

    def _carry_out(self, name: str, arguments: tuple[str, ...]) -> tuple[str, str]:
        try:
            BuiltIn().run_keyword(name, *arguments)
        except ExecutionPassed as passed:  # Finish Run
            return "PASS", passed.message
        except ExecutionFailed as error:
            if error.dont_continue or error.skip:
                raise
            return "FAIL", error.message
        return "PASS", ""

    def _found(self, outcome: str, status: str, message: str) -> Ending:
        report = self._case.directory / REPORT_FILE
        if report.is_file():
            return Ending(outcome, *_read_report(report), message)
        error = _MESSAGE.fullmatch(message)
        if status == "FAIL" and error:
            return Ending(outcome, error[1], error[2], message)
        return Ending(outcome, NO_ERROR, message, message)


def _words(outcome: Outcome, code: str, fields: Mapping[str, str]) -> str:
    if code != NO_ERROR:
        error = _error(code, fields)
        return f"{error.happened} {error.code.value.action}"
    if fields:
        raise AssertionError(f"Without an error there is no sentence with {', '.join(fields)}.")
    return f"{OUTCOMES[outcome].headline}: {OUTCOMES[outcome].meaning}"


def _error(code: str, fields: Mapping[str, str]) -> ChukysoError:
    known = Code.__members__.get(code)
    if known is None:
        raise AssertionError(f"{code} is no code of an error.")
    if fields.keys() != known.value.fields:
        wanted = ", ".join(sorted(known.value.fields)) or "none"
        raise AssertionError(f"Fields of {code}: {wanted}; given: {', '.join(sorted(fields)) or 'none'}.")
    return ChukysoError(known, **fields)


def _read_report(report: Path) -> tuple[str, str]:
    """Code and words."""
    page = html.fromstring(report.read_text(encoding="utf-8"))
    facts = {
        _text_of(term): _text_of(description) for term in page.iter("dt") if (description := term.getnext()) is not None
    }
    if "Mã lỗi" in facts:
        code = facts["Mã lỗi"].split()[0]
        return code, f"{facts['Lý do']} {facts['Việc cần làm']}"
    headline, meaning = (_text_of(_of_class(page, name)) for name in ("headline", "meaning"))
    return NO_ERROR, f"{headline}: {meaning}"


def _of_class(page: etree._Element, name: str) -> etree._Element:
    return next(element for element in page.iter("*") if name in element.get("class", "").split())


def _text_of(element: etree._Element) -> str:
    return " ".join(str(element.xpath("string()")).split())
