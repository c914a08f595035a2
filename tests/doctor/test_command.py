"""``chukyso doctor`` and ``suites/doctor.robot``: what they say, how they end, and that they change nothing."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from robot.api import ExecutionResult

from chukyso.doctor.examine import CHECKS
from chukyso.token.client import TokenWorker
from support.paths import ROOT
from support.probe import place, profile_file
from support.token import MST, PIN, issue, softhsm_token

pytestmark = pytest.mark.slow


def doctor(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from chukyso.cli import main; main()", "doctor", *map(str, arguments)],
        env={**os.environ, "COLUMNS": "160", "PYTHONUTF8": "1", **environment},
        stdin=subprocess.DEVNULL,  # whoever asked for a PIN would end here
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )


def tree(*places: Path, times: bool) -> dict[str, str]:
    """Every file and directory below, with content, mode and, if wanted, times of writing."""
    found = {}
    for top in places:
        for path in [top, *sorted(top.rglob("*"))]:
            status = path.lstat()
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            found[str(path)] = f"{status.st_mode:o} {status.st_mtime_ns if times else ''} {content}"
    return found


@pytest.fixture
def scratch() -> Iterator[Path]:
    """For temporary files, with a short name: for a long one the browser's own would go to /tmp, where nobody looks."""
    with tempfile.TemporaryDirectory(prefix="d-") as directory:
        yield Path(directory)


def everything(directory: Path, scratch: Path) -> dict[str, str]:
    """What a user and a token have. SoftHSM2 writes a file anew, with the same content, when its token is opened."""
    own = tree(directory / "home", directory / "state", directory / "results", times=True)
    return own | tree(scratch, directory / "hsm", times=False)


def test_it_changes_nothing_and_says_what_is_to_be_done(tmp_path: Path, scratch: Path) -> None:
    hsm = softhsm_token(tmp_path / "hsm")
    serial = hsm.add_token("Văn thư", entries=[issue(ends=20)])
    home, state, results = (tmp_path / name for name in ("home", "state", "results"))
    for directory in (home, state, results):
        directory.mkdir()
    with TokenWorker(hsm.module, hsm.environment) as worker:
        flags = worker.token(serial).flags
    secrets = {"PORTAL_PASSWORD": "Hoa-Sen-2026!", "TOKEN_PIN": PIN}
    with place() as portal:
        portal.pages["/"] = "portal"
        real = ("embedded_sandbox = true", "embedded_sandbox = false"), ('url = ""', f'url = "{portal.url}"')
        profile = profile_file(tmp_path, "real", *real, base="sandbox")
        before = everything(tmp_path, scratch)
        done = doctor(
            *("--profile", profile, "--module", hsm.module, "--tax-code", MST, "--output", results, "--json"),
            **hsm.environment,
            **secrets,
            **{"HOME": str(home), "CHUKYSO_STATE_DIR": str(state), "TMPDIR": str(scratch)},
        )
        assert portal.asked == ["HEAD /"]
    assert done.returncode == 0, done.stdout + done.stderr
    assert everything(tmp_path, scratch) == before
    with TokenWorker(hsm.module, hsm.environment) as worker:
        assert worker.token(serial).flags == flags
    assert not [secret for secret in secrets.values() if secret in done.stdout + done.stderr]
    told: dict[str, Any] = json.loads(done.stdout)
    assert (told["ok"], [check["name"] for check in told["checks"]]) == (True, [check.name for check in CHECKS])
    levels = {check["name"]: check["level"] for check in told["checks"]}
    assert [name for name, level in levels.items() if level != "ok"] == ["certificate"]
    (browser,) = (check["found"] for check in told["checks"] if check["name"] == "browser")
    assert re.search(r"Chrome \d+\.\d+.*khởi động được", browser)


def test_json_is_what_the_documentation_shows(tmp_path: Path) -> None:
    """And a line that must be dealt with ends it with 1."""
    done = doctor("--json", "--output", "/proc/nothing", PATH="/nowhere")
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    text = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
    (example,) = (json.loads(block) for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL))
    assert told.keys() == example.keys()
    assert told["checks"][0].keys() == example["checks"][0].keys()
    assert not told["ok"]
    assert {check["name"] for check in told["checks"] if check["level"] == "failed"} == {"browser", "output"}
    for check in CHECKS:
        assert f"`{check.name}`" in text


def test_the_table_and_the_help_are_vietnamese() -> None:
    done = doctor("--output", "/proc/nothing", PATH="/nowhere")
    assert done.returncode == 1
    assert "✗" in done.stdout
    assert "Phải xử lý 2 dòng" in done.stdout
    assert "Mã thoát" in doctor("--help").stdout


def test_a_wrong_option_is_said() -> None:
    done = doctor("--tax-code", "0101234567")
    assert done.returncode == 1
    assert "MST_INVALID" in done.stderr


def test_the_suite_says_the_same(tmp_path: Path, account: Any) -> None:
    """A token with one try left, of a sandbox that is running: only that line fails."""
    details = account(pin_state="final-try")
    state = tmp_path / "sandbox.json"
    details.write(state)
    command = [sys.executable, "-m", "robot", "-d", str(tmp_path / "out")]
    for name, value in {"SANDBOX": state, "TAX_CODE": details.tax_code}.items():
        command += ["--variable", f"{name}:{value}"]
    done = subprocess.run(
        [*command, str(ROOT / "suites" / "doctor.robot")],
        env={**os.environ, "PYTHONUTF8": "1", "PATH": f"{tmp_path}:/bin"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    tests = {test.name: test for test in ExecutionResult(tmp_path / "out" / "output.xml").suite.all_tests}
    assert len(tests) == len(CHECKS), done.stdout
    failed = {name: test.message for name, test in tests.items() if not test.passed}
    assert "chỉ còn một lần thử" in failed["Trạng thái mã PIN"]
    assert set(failed) <= {"Trạng thái mã PIN", "Trình duyệt"}
