"""The keyword that says how a run must end, and looks at what the operator is told."""

from __future__ import annotations

import re
from dataclasses import astuple, dataclass
from pathlib import Path

from lxml import etree, html
from robot.api.deco import keyword
from robot.errors import ExecutionFailed, ExecutionPassed
from robot.libraries.BuiltIn import BuiltIn
from robot.utils import escape

from chukyso.errors import Outcome
from chukyso.evidence.manifest import REPORT_FILE
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
    """

    outcome: str
    code: str
    words: str


class EndingKeywords:
    """How a case must end."""

    def __init__(self, case: CaseKeywords) -> None:
        self._case = case

    @keyword(tags=["Regression"])
    def run_should_end(self, outcome: Outcome, code: str, words: str, name: str, *arguments: str) -> None:
        """Carry a keyword out, with which the run must end, and check how it ended.

        The evidence is concluded at once; code and words are read from the report that the operator gets, or from
        Robot's message when no report could be written.

        - ``outcome``: how the run must end, such as ``stopped``.
        - ``code``: code of the error, or ``no-error``.
        - ``words``: what the operator must read, letter for letter: what happened and what to do, or without an error
          the report's headline and its meaning.
        - ``name``: keyword that ends the run: by an error, by `Finish Run`, or by coming to its end.
        - ``arguments``: its arguments.

        Fails with each difference: what must be, and what is.

        ```robotframework
        Run Should End    stopped    LOGIN_FAILED
        ...    Tài khoản hoặc mật khẩu không chính xác. Kiểm tra TAX_CODE và mật khẩu đã lưu rồi …
        ...    Log In    with_figure=${FALSE}
        ```
        """
        expected = Ending(outcome.value, code, words)
        status, message = self._carry_out(name, arguments)
        ended = BuiltIn().run_keyword("EvidenceLibrary.Conclude Evidence", status, escape(message))
        found = self._found(str(ended), status, message)
        differences = [
            f"{label}:\n  must be: {wanted}\n  is:      {was}"
            for label, wanted, was in zip(_LABELS, astuple(expected), astuple(found), strict=True)
            if wanted != was
        ]
        if differences:
            quoted = f"\nRobot's message: {message}" if message else ""
            raise AssertionError("The run ended otherwise.\n" + "\n".join(differences) + quoted)

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
            return _read_report(report, outcome)
        error = _MESSAGE.fullmatch(message)
        if status == "FAIL" and error:
            return Ending(outcome, error[1], error[2])
        return Ending(outcome, NO_ERROR, message)


def _read_report(report: Path, outcome: str) -> Ending:
    page = html.fromstring(report.read_text(encoding="utf-8"))
    facts = {
        _text_of(term): _text_of(description) for term in page.iter("dt") if (description := term.getnext()) is not None
    }
    if "Mã lỗi" in facts:
        code = facts["Mã lỗi"].split()[0]
        return Ending(outcome, code, f"{facts['Lý do']} {facts['Việc cần làm']}")
    headline, meaning = (_text_of(_of_class(page, name)) for name in ("headline", "meaning"))
    return Ending(outcome, NO_ERROR, f"{headline}: {meaning}")


def _of_class(page: etree._Element, name: str) -> etree._Element:
    return next(element for element in page.iter("*") if name in element.get("class", "").split())


def _text_of(element: etree._Element) -> str:
    return " ".join(str(element.xpath("string()")).split())
