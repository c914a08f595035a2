"""TokenLibrary in real runs of Robot Framework, and its documentation."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass

import pytest
from robot.api import ExecutionResult
from robot.libdoc import LibraryDocumentation

from robot import result
from support.paths import ROBOT
from support.token import PIN, issue, softhsm_token

SUITES = ROBOT / "tokenlibrary"
FAILING = {"A Foreign Document Is Refused", "A Plain String Is No PIN", "A Person Cancels", "The Agent Is Left Running"}


@dataclass(frozen=True)
class Done:
    """A finished run."""

    tests: dict[str, result.TestCase]
    output: str
    console: str


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    directory = tmp_path_factory.mktemp("tokenlibrary")
    hsm = softhsm_token(directory / "hsm")
    serial = hsm.add_token(entries=[issue()])
    variables = {
        "MODULE": hsm.module,
        "SERIAL": serial,
        "CONF": hsm.environment["SOFTHSM2_CONF"],
        "NIP": PIN[::-1],
    }
    arguments = [item for name, value in variables.items() for item in ("--variable", f"{name}:{value}")]
    run = subprocess.run(
        [sys.executable, "-m", "robot", "--loglevel", "TRACE", "-d", str(directory), *arguments, str(SUITES)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    output = directory / "output.xml"
    tests = {test.name: test for test in ExecutionResult(output).suite.all_tests}
    return Done(tests, output.read_text(encoding="utf-8"), run.stdout + run.stderr)


def test_everything_that_should_pass_passes(done: Done) -> None:
    failed = {name: test.message for name, test in done.tests.items() if test.failed}
    assert set(failed) == FAILING, failed


def test_errors_read_code_and_vietnamese_text(done: Done) -> None:
    message = done.tests["A Foreign Document Is Refused"].message
    assert message.startswith("[REQUEST_NOT_OURS] Yêu cầu ký không phải của lần chạy này: mã số thuế trên tờ khai là")
    message = done.tests["A Person Cancels"].message
    assert message.startswith("[SIGNING_CANCELLED] Người dùng đã hủy ở cửa sổ chứng thư số.")


def test_the_english_detail_is_logged_beside_the_keyword(done: Done) -> None:
    failed = next(each for each in done.tests["A Person Cancels"].body if each.failed)
    details = [message.message for message in failed.messages if message.level == "INFO"]
    assert "SIGNING_CANCELLED: window certificate" in details


def test_a_plain_string_is_no_pin(done: Done) -> None:
    assert "Secret" in done.tests["A Plain String Is No PIN"].message


def test_the_pin_is_nowhere_in_the_log(done: Done) -> None:
    assert PIN not in done.output
    assert PIN not in done.console


def test_nothing_is_left_running(done: Done) -> None:
    assert "the suite's end must stop it" in done.tests["The Agent Is Left Running"].message
    assert done.tests["Agent And Token Ended With The Suite Before"].passed


def test_libdoc_has_no_complaint() -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", "robot.libdoc", "TokenLibrary", "show"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")


def test_every_argument_is_documented() -> None:
    keywords = LibraryDocumentation("TokenLibrary").keywords
    assert {"Open Token", "Enter Token PIN", "Sign XML", "Verify XML Signature"} <= {each.name for each in keywords}
    for each in keywords:
        assert each.short_doc, each.name
        for argument in each.args:
            if not argument.name:  # the star before arguments that must be named
                continue
            assert f"- ``{argument.name}``: " in each.doc, f"{each.name}: {argument.name}"
            assert argument.type is not None, f"{each.name}: {argument.name}"
