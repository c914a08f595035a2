"""EvidenceLibrary in a real run: outcomes, tags, steps, console, and what lies on disk afterwards."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from robot.api import ExecutionResult

from chukyso.evidence.manifest import evidence_files
from EvidenceLibrary.console import Console
from support.evidence import manifest
from support.paths import ROBOT

DATA = ROBOT / "evidence"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data suite, run once on a console of Windows' western code page; returns its output directory."""
    output = tmp_path_factory.mktemp("outcomes")
    blocked = output / "blocked"
    blocked.write_text("a file where a directory must be")
    command = [sys.executable, "-m", "robot", "--outputdir", str(output), "--variable", f"BLOCKED:{blocked}"]
    done = subprocess.run(
        [*command, str(DATA / "outcomes.robot")],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
        timeout=120,
        check=False,
    )
    (output / "console.txt").write_bytes(done.stdout + done.stderr)
    return output


@pytest.fixture(scope="module")
def tests(run: Path) -> dict[str, Any]:
    return {test.name: test for test in ExecutionResult(run / "output.xml").suite.all_tests}


@pytest.mark.parametrize(
    ("name", "passed", "ended"),
    [
        ("Updated", True, ("updated", None)),
        ("Reconciled", True, ("updated", None)),
        ("Already-registered", True, ("already-registered", None)),
        ("Stopped", False, ("stopped", "PIN_COUNT_LOW")),
        ("Uncoded", False, ("failed", "UNEXPECTED")),
        ("Unknown", False, ("unknown", "SUBMISSION_UNKNOWN")),
        ("Taken-back", False, ("stopped", "PIN_INCORRECT")),
        ("Changed-document", True, ("dry-run", None)),
    ],
)
def test_outcome_is_in_tag_manifest_journal_and_report(
    run: Path, tests: dict[str, Any], name: str, passed: bool, ended: tuple[str, str | None]
) -> None:
    data, (outcome, code) = manifest(run / name), ended
    assert tests[name].passed is passed, tests[name].message
    assert [tag for tag in tests[name].tags if tag.startswith("outcome:")] == [f"outcome:{outcome}"]
    assert data["outcome"] == outcome
    assert (data["error"] or {}).get("code") == code
    last = json.loads((run / name / "evidence/journal.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert (last["event"], last["data"]["outcome"]) == ("ended", outcome)
    assert (run / name / "evidence/report.html").is_file()
    assert len(data["files"]) == len(list(evidence_files(run / name)))


def test_technical_detail_reaches_the_evidence(run: Path) -> None:
    assert manifest(run / "Stopped")["error"]["detail"] == "technical detail of PIN_COUNT_LOW"
    assert "Something after the submission" in manifest(run / "Unknown")["error"]["detail"]


def test_without_a_place_to_write_the_outcome_is_known_all_the_same(run: Path, tests: dict[str, Any]) -> None:
    test = tests["Not-writable"]
    assert "outcome:stopped" in test.tags
    assert "[OUTPUT_NOT_WRITABLE]" in test.message
    assert "Start Evidence was not called" not in test.message
    assert (run / "blocked").is_file()


def test_steps_are_recorded_and_what_did_not_run_is_not(run: Path) -> None:
    steps = manifest(run / "Stopped")["steps"]
    assert [(step["number"], step["status"]) for step in steps] == [(2, "failed")]
    assert manifest(run / "Already-registered")["steps"][0]["status"] == "done"


def test_facts_are_in_the_manifest(run: Path) -> None:
    data = manifest(run / "Updated")
    assert data["account"] == {"tax_code": "0101234565", "unit": None}
    assert data["token"] == {"serial": "9f3c", "label": "sandbox", "module": "libsofthsm2.so"}
    assert data["certificates"]["registered"]["valid_to"] == "2026-03-01T00:00:00.000Z"
    assert data["certificates"]["registered_after"] == data["certificates"]["new"]["serial"]
    assert data["submission"]["signature"]["valid"] is True
    assert data["submission"]["signature"]["tax_code"] == "0101234565"
    assert data["journal"]["submitting"]


def test_changed_document_is_kept_and_called_invalid(run: Path) -> None:
    data = manifest(run / "Changed-document")["submission"]
    assert data["signature"]["valid"] is False
    assert data["signature"]["refusal"].startswith("SIG_DIGEST")
    assert b"0101234566" in (run / "Changed-document" / "evidence/submission.xml").read_bytes()


def test_console_of_a_terminal_without_vietnamese(run: Path) -> None:
    console = (run / "console.txt").read_bytes().decode("cp1252")
    assert "  > Buoc 2: Thuc hien thay doi chu ky so ..." in console
    assert "Buoc 3" not in console
    assert "Ket qua: DA CAP NHAT (updated)" in console
    assert "UnicodeEncodeError" not in console


def test_first_line_begins_a_new_one_and_the_rest_follow() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    console = Console(stream)
    console.test_started()
    console.line("một")
    console.line("hai")
    stream.seek(0)
    assert stream.read() == "\nmột\nhai\n"


def test_libdoc_describes_every_keyword(tmp_path: Path) -> None:
    target = tmp_path / "EvidenceLibrary.json"
    options = ["--format", "json", "--specdocformat", "raw"]
    done = subprocess.run(
        [sys.executable, "-m", "robot.libdoc", *options, "EvidenceLibrary", str(target)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert done.stderr == ""
    spec = json.loads(target.read_text(encoding="utf-8"))
    assert len(spec["keywords"]) >= 12
    for described in spec["keywords"]:
        assert described["doc"], described["name"]
        for argument in (argument for argument in described["args"] if argument["name"]):
            assert argument["type"] or argument["kind"] == "VAR_NAMED", (described["name"], argument["name"])
            assert f"``{argument['name']}``" in described["doc"], (described["name"], argument["name"])
