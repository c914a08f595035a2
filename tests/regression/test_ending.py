"""How a case says how its run must have ended: compared to the letter, with a value for each field and none besides."""

from __future__ import annotations

import pytest
from robot.api import ExecutionResult
from robot.api import TestSuite as Suite

from chukyso.errors import ChukysoError, Code

MESSAGE = str(ChukysoError(Code.WINDOW_MISMATCH, found="ff", expected="00"))
# There is no report where that of a case would be: what Robot's message says is compared.
ENDED = f"End Run With    Fail    {MESSAGE}"
CHECK = "Run Should Have Ended"
WRONG = {
    "Another outcome": (
        f"{CHECK}    failed    WINDOW_MISMATCH    found=ff    expected=00",
        "Outcome:\n  must be: failed",
    ),
    "Another code": (f"{CHECK}    stopped    PIN_LOCKED", "Code:\n  must be: PIN_LOCKED"),
    "Another value": (f"{CHECK}    stopped    WINDOW_MISMATCH    found=ff    expected=0", "Words:\n  must be: Cửa sổ"),
    "No code": (f"{CHECK}    stopped", "Code:\n  must be: no-error"),
    "A field is missing": (f"{CHECK}    stopped    WINDOW_MISMATCH    found=ff", "given: found."),
    "A field too many": (f"{CHECK}    stopped    PIN_LOCKED    serial=1", "Fields of PIN_LOCKED: none; given: serial."),
    "A field without a code": (f"{CHECK}    stopped    serial=1", "serial"),
    "No such code": (f"{CHECK}    stopped    NO_SUCH_CODE", "NO_SUCH_CODE is no code of an error."),
}


@pytest.fixture(scope="module")
def messages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What Robot says of each case."""
    output = tmp_path_factory.mktemp("ending")
    cases = {
        "As it ended": f"{ENDED}\n    {CHECK}    stopped    WINDOW_MISMATCH    found=ff    expected=00",
        "Nothing ended": f"{CHECK}    stopped    WINDOW_MISMATCH    found=ff    expected=00",
        "Quoted": "${clause}    Quote Error    WINDOW_MISMATCH    found=ff    expected=00\n    Fail    ${clause}",
    } | {name: f"{ENDED}\n    {check}" for name, (check, _) in WRONG.items()}
    body = "\n".join(f"{name}\n    {steps}" for name, steps in cases.items())
    settings = "*** Settings ***\nLibrary    EvidenceLibrary\nLibrary    RegressionLibrary"
    suite = Suite.from_string(f"{settings}\n*** Test Cases ***\n{body}\n")
    suite.name = "Ending"
    suite.run(outputdir=str(output), output="output.xml", log=None, report=None, console="none")
    return {test.name: test.message for test in ExecutionResult(output / "output.xml").suite.all_tests}


def test_a_run_that_ended_so_passes(messages: dict[str, str]) -> None:
    assert messages["As it ended"] == ""


@pytest.mark.parametrize("name", WRONG)
def test_every_difference_fails(messages: dict[str, str], name: str) -> None:
    assert WRONG[name][1] in messages[name]


def test_the_ending_of_another_case_says_nothing(messages: dict[str, str]) -> None:
    assert "`End Run With` was not called" in messages["Nothing ended"]


def test_an_error_is_quoted_as_a_clause(messages: dict[str, str]) -> None:
    assert messages["Quoted"] == "cửa sổ chứng thư số hiện ff, tờ khai ghi 00"
