"""Examples in the keywords' documentation: each keyword has one, in one shape, and none can go stale."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from robot.api import ExecutionResult
from robot.libdocpkg import LibraryDocumentation
from robot.utils import normalize

from chukyso.evidence.journal import read_entries
from support.paths import ROOT

LIBRARIES = sorted(path.parent.name for path in (ROOT / "libraries").glob("*Library/__init__.py"))
RESOURCES = sorted((ROOT / "resources").rglob("*.resource"))
SETTINGS = "\n".join(
    ["*** Settings ***", "Resource    imports.resource", *(f"Library    {name}" for name in LIBRARIES), ""]
)
EXAMPLE = re.compile(r"^```robotframework\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
# Of a paragraph, by how it begins; what begins otherwise says what the keyword does.
KINDS = {"- ``": "arguments", "| ": "table", "Fails": "fails", "Does not fail": "fails", "```": "example"}
SHAPE = re.compile(r"(what )+(arguments )?(fails )?example ")
# Examples that are carried out, in this order: they are a run. Lines with blanks are what only the run needs.
DURATIONS = """Start Evidence    ${EMPTY}
Wait For Earlier Submission    50ms
Wait For Earlier Submission    0.05
Wait For Earlier Submission    ${0.05}
Conclude Evidence    PASS"""
STORY = """
Start Sandbox
Get Sandbox Details
Get Account State
Start Evidence
Set Up Run
Complete Options
Save Sandbox Root
Check Secret Reference
Resolve Secret
Record Run
Record Account
Compare Figures With References
Find Earlier Submission
Open Token
Check Token PIN
List Tokens
List Certificates
Record Token
Record Browser
Open Browser For Run
Start Signer
Open Context
Press
Tick
Fill In
Fill In Secret
Wait Until Shown
Get Captcha Answer
Take Figure
Let The Form Go
Wait For First Of
Check Account
Press    account.menu
Wait Until Shown    account.change_information
Check Unit
Read
Press    account.change_information
Stop On Message
Read Message
Read Serial
Record Registered Certificate
Earlier Submission Is Open
Choose New Certificate
Record New Certificate
Sign XML
Verify XML Signature
Verify Document
Sign CMS
Sign Data
Validate Certificate
Latest Validation
Save Validation
Offer Certificate
Wait For First Of    form.new_ready    toast.error
Read Shown Contact
Review Form
Record Contact
Tick    form.commitment
Locator
Press    form.register
Wait For Signing Request
Check Signing Request
Approve Signing Request
Open Signing Window
Review Signing Window
Accept Signing Window
Wait For PIN In Signing Window
Allow Signing
Save Submission
Close Signing Window
Wait For Answer To Submission
Read Receipt
Check Registered Serial
Record Registered Afterwards
Journal Event
Get Reason
Conclude Reconciliation
Close Token
Conclude Evidence    PASS
Reopen Browser If It Is Gone
End Browser
Set Portal Fault
Expire Portal Sessions
Lock Portal Account
Register Certificate Meanwhile
Revoke Sandbox Certificate
Create Scenario
Set Mail Server
Set Portal Layout
Stop Sandbox
"""


def examples(library: str) -> dict[str, str]:
    """The example of each keyword that has one, by its name."""
    found = {keyword.name: EXAMPLE.search(keyword.doc) for keyword in LibraryDocumentation(library).keywords}
    return {name: example[1] for name, example in found.items() if example}


def shape_of(documentation: str) -> str:
    """The kinds of its paragraphs, in order."""
    paragraphs = documentation.split("\n\n")
    kinds = [next((kind for start, kind in KINDS.items() if text.startswith(start)), "what") for text in paragraphs]
    return "".join(f"{kind} " for kind in kinds)


def as_test(name: str, body: str) -> str:
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    return f"{name}\n{indented}\n"


def run(directory: Path, *options: str) -> dict[str, Any]:
    """Run the suites in a directory; return the tests by library (suite) and name."""
    command = [sys.executable, "-m", "robot", *options, "--pythonpath", str(ROOT / "resources"), "-d"]
    done = subprocess.run(
        [*command, str(directory / "out"), str(directory)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )
    assert (directory / "out" / "output.xml").is_file(), done.stdout + done.stderr
    result = ExecutionResult(directory / "out" / "output.xml")
    assert not [message.message for message in result.errors if message.level == "ERROR"]
    return {f"{test.parent.name}: {test.name}": test for test in result.suite.all_tests}


def failures(tests: dict[str, Any]) -> dict[str, str]:
    return {name: test.message for name, test in tests.items() if not test.passed}


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_keyword_has_its_example_at_the_end(library: str) -> None:
    for keyword in LibraryDocumentation(library).keywords:
        assert SHAPE.fullmatch(shape_of(keyword.doc)), keyword.name
    for name, example in examples(library).items():
        calls = [normalize(cell, ignore="_") for line in example.splitlines() for cell in re.split(r" {2,}", line)]
        assert normalize(name, ignore="_") in calls, name


def test_every_example_calls_keywords_as_they_are(tmp_path: Path) -> None:
    suites = 0
    for library in LIBRARIES:
        tests = [as_test(name, body) for name, body in examples(library).items()]
        text = SETTINGS + "\n*** Test Cases ***\n" + "\n".join(tests)
        (tmp_path / f"{library}.robot").write_text(text, encoding="utf-8")
        for whole in EXAMPLE.findall(LibraryDocumentation(library).doc):
            (tmp_path / f"{library} as a suite.robot").write_text(whole + "\n", encoding="utf-8")
            suites += 1
    assert suites
    tests = run(tmp_path, "--dryrun", "--rpa")
    assert len(tests) >= suites + sum(len(LibraryDocumentation(library).keywords) for library in LIBRARIES)
    assert not failures(tests)


@pytest.mark.nightly
def test_an_example_that_went_stale_is_found(tmp_path: Path) -> None:
    stale = {
        "gone": "Open The Token Of Old",
        "argument": "Close Token    ${token}",
        "name": "Validate Certificate    5A02    root=roots.pem",
        "word": "Set Portal Fault    somewhere    drop-after",
        "duration": "Wait For Earlier Submission    soon",
        "missing": "Begin Submission",
        "code": "Stop Run    NO_SUCH_CODE",
    }
    text = SETTINGS + "\n*** Test Cases ***\n" + "\n".join(as_test(*one) for one in stale.items())
    (tmp_path / "stale.robot").write_text(text, encoding="utf-8")
    assert set(failures(run(tmp_path, "--dryrun", "--rpa"))) == {f"Stale: {name}" for name in stale}


@pytest.mark.nightly
def test_the_examples_of_a_run_are_a_run(tmp_path: Path) -> None:
    known = {name: body for library in LIBRARIES for name, body in examples(library).items()}
    steps = [step for step in STORY.splitlines() if step]
    assert not [step for step in steps if "    " not in step and step not in known]
    body = "\n".join(known.get(step, step) for step in steps)
    ending = "    [Teardown]    End Browser\n"
    text = SETTINGS + "\n*** Test Cases ***\n" + as_test("A Run", body) + ending
    (tmp_path / "story.robot").write_text(text, encoding="utf-8")
    document = "<ThayDoiChuKySo><MST>0101234565</MST><CKy_Dvi/></ThayDoiChuKySo>"
    (tmp_path / "to-khai.xml").write_text(document, encoding="utf-8")
    assert not failures(run(tmp_path))


def test_what_an_operator_writes_is_converted_or_refused_in_his_language(tmp_path: Path) -> None:
    tests = [
        as_test("Durations Are Words Or Numbers", DURATIONS),
        as_test("A Switch", "Set Up Probe    sandbox    headless=maybe"),
        as_test("Another Switch", "Set Up Probe    sandbox    strict=maybe"),
    ]
    (tmp_path / "given.robot").write_text(SETTINGS + "\n*** Test Cases ***\n" + "\n".join(tests), encoding="utf-8")
    failed = failures(run(tmp_path))
    assert set(failed) == {"Given: A Switch", "Given: Another Switch"}
    for message, variable in zip(failed.values(), ("HEADLESS", "STRICT_PROBE"), strict=True):
        assert message.startswith("[OPTION_INVALID]")
        assert variable in message
        assert "phải là True hoặc False" in message
    journal = read_entries(tmp_path / "out" / "evidence" / "journal.jsonl")
    waited = [entry.data["seconds"] for entry in journal if entry.event == "earlier-awaited"]
    assert waited == [0.05, 0.05, 0.05]


def shared_names(libraries: list[str], resources: list[Path]) -> set[str]:
    """Keywords that a library has as well as a resource, as Robot compares names."""
    of_libraries = {name for library in libraries for name in names(library)}
    return of_libraries & {name for resource in resources for name in names(str(resource))}


def names(source: str) -> set[str]:
    return {normalize(keyword.name, ignore="_") for keyword in LibraryDocumentation(source).keywords}


def test_no_keyword_is_in_a_library_and_in_a_resource() -> None:
    libraries = [f"{library}::vi" for library in LIBRARIES]  # the English names are there, too
    assert not shared_names([*libraries, "Browser", "BuiltIn"], RESOURCES)


def test_a_keyword_in_both_is_found_however_it_is_spelt(tmp_path: Path) -> None:
    resource = tmp_path / "own.resource"
    resource.write_text("*** Keywords ***\nTake_figure\n    No Operation\n", encoding="utf-8")
    assert shared_names(["EvidenceLibrary"], [resource]) == {"takefigure"}
