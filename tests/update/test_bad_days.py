"""Bad days in the middle of a run: each task of the data suite ends with its outcome and code, nothing half-done."""

from __future__ import annotations

import base64
import html
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chukyso.sandbox.control_client import Control
from support.account import account_variables
from support.paths import ROOT
from support.run import SUITE, Run, changed_profile

SOFTHSM_PLACES = ("/usr/lib/softhsm", "/usr/lib/x86_64-linux-gnu/softhsm", "/usr/lib64/softhsm")
pytestmark = pytest.mark.slow
DATA = ROOT / "tests" / "robot" / "update" / "bad_days.robot"


def test_nobody_asks_for_a_signature(account, run_update, tmp_path: Path) -> None:
    profile = changed_profile(tmp_path, "signing = 60", "signing = 2")
    run = run_update(account(), suite=DATA, arguments=("--task", "Nobody Asks For A Signature"), PROFILE=profile)
    run.ended("failed", "SIGNING_NOT_REQUESTED")
    assert run.manifest["error"]["happened"].startswith("Trang không gửi yêu cầu ký")


@pytest.mark.nightly
def test_a_late_signature_is_not_taken_for_none(account, run_update) -> None:
    run = run_update(account(), suite=DATA, arguments=("--task", "Answer Of The Agent Comes Too Late"))
    run.ended("updated")
    assert "not-submitted" not in run.journal
    assert run.journal.index("submitting") < run.journal.index("reconciling")


@pytest.mark.nightly
def test_a_missing_picture_does_not_keep_the_run_from_looking(account, run_update) -> None:
    run = run_update(account(), suite=DATA, arguments=("--task", "Last Figure Cannot Be Taken"))
    run.ended("updated")
    assert run.journal.index("figure-missing") < run.journal.index("confirmed")
    (missing,) = [figure for figure in run.manifest["missing_figures"] if figure["number"] == 6]
    assert "(PORTAL_CHANGED)" in missing["reason"]
    assert "Hình 6 không chụp được" in run.console


def test_a_notice_that_cannot_be_read_is_reconciled(account, run_update, tmp_path: Path) -> None:
    """The evidence says which selector matched too much, and that the change was made all the same."""
    profile = changed_profile(tmp_path, "serial = '[data-result=\"serial\"]'", "serial = '[data-result]'")
    run = run_update(account(), PROFILE=profile)
    run.ended("updated")
    assert "reconciling" in run.journal
    (missing,) = [figure for figure in run.manifest["missing_figures"] if figure["number"] == 6]
    assert "“result.serial” khớp 8 phần tử trên trang, mà phải đúng một" in missing["reason"]
    report = (run.directory / "evidence" / "report.html").read_text(encoding="utf-8")
    assert "lý do: “result.serial” khớp 8 phần tử" in html.unescape(report)


@pytest.mark.nightly
def test_unknown_stays_unknown_when_nobody_can_look(account, run_update, tmp_path: Path) -> None:
    profile = changed_profile(tmp_path, "submission = 75", "submission = 4")
    task = ("--task", "Browser Dies After The Submission")
    run = run_update(account(), suite=DATA, arguments=task, PROFILE=profile)
    run.ended("unknown", "SUBMISSION_UNKNOWN")


@pytest.mark.nightly
def test_portal_never_answers(sandbox, account, run_update, tmp_path: Path) -> None:
    """A time-out leaves open whether the portal still works on it: reconciled, and still unknown."""
    profile = changed_profile(tmp_path, "submission = 75", "submission = 4")
    details = account()
    Control(sandbox.details).fault(details.tax_code, "submit", "timeout")
    run = run_update(details, PROFILE=profile)
    run.ended("unknown", "SUBMISSION_UNKNOWN")
    assert run.journal.count("submitting") == 1
    assert run.manifest["certificates"]["registered_after"] == details.registered_serial


@pytest.mark.nightly
def test_operator_answers_the_captcha_in_the_page(account, run_update) -> None:
    task = "Operator Types The Captcha And Presses Enter"
    run = run_update(account(), suite=DATA.with_name("operator.robot"), arguments=("--task", task))
    run.ended("dry-run")
    assert [figure["number"] for figure in run.manifest["figures"]] == [1]


@pytest.mark.nightly
def test_operator_mistypes_the_captcha_in_the_page(account, run_update) -> None:
    task = "Operator Types A Wrong Captcha First"
    run = run_update(account(), suite=DATA.with_name("operator.robot"), arguments=("--task", task))
    run.ended("dry-run")
    assert run.console.count("Mã vừa nhập không đúng; cổng đã đổi hình mới.") == 1


@pytest.mark.nightly
def test_operator_cannot_be_faster_than_the_journal(account, run_update) -> None:
    task = "Operator Presses Chấp nhận Too Early"
    run = run_update(account(), suite=DATA.with_name("operator.robot"), arguments=("--task", task))
    run.ended("updated")
    assert run.journal.index("submitting") < run.journal.index("signed")


@pytest.mark.nightly
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may hide a directory")
def test_no_softhsm(tmp_path: Path) -> None:
    """The module is hidden from the run, in a mount namespace of its own."""
    hide = "".join(f"mount -t tmpfs tmpfs {place}; " for place in SOFTHSM_PLACES if Path(place).is_dir())
    command = [sys.executable, "-m", "robot", "--outputdir", str(tmp_path), str(SUITE)]
    run = ["unshare", "--mount", "sh", "-c", f'{hide}exec "$@"', "sh", *command]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, encoding="utf-8", timeout=120, check=False)
    Run(done.returncode, done.stdout, tmp_path).ended("stopped", "SOFTHSM_MISSING")


def test_operator_answers_the_captcha_in_the_terminal(sandbox, account, tmp_path: Path) -> None:
    """The test plays the operator: presses Enter too early, mistypes, and then types what the new picture shows."""
    variables = account_variables(account(), tmp_path / "sandbox.json") | {"CAPTCHA": "operator", "DRY_RUN": True}
    command = [sys.executable, "-m", "robot", "--outputdir", str(tmp_path)]
    command += [part for name, value in variables.items() for part in ("--variable", f"{name}:{value}")]
    picture = tmp_path / "captcha.png"
    with subprocess.Popen(
        [*command, str(SUITE)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as run:
        assert run.stdin
        pictures: list[bytes] = []
        while run.poll() is None and len(pictures) < 2:
            time.sleep(0.1)
            data = picture.read_bytes() if picture.exists() else b""
            if data.endswith(b"IEND\xaeB`\x82") and data not in pictures:
                pictures.append(data)
                shown = "data:image/png;base64," + base64.b64encode(data).decode()
                typed = "\n0000" if len(pictures) == 1 else Control(sandbox.details).captcha_answer(shown)
                run.stdin.write(f"{typed}\n".encode())
                run.stdin.flush()
        console = run.communicate(timeout=120)[0].decode("utf-8", "replace")
    assert run.returncode == 0, console
    assert not picture.exists()
    assert console.count(str(picture)) == 2
    assert console.index("Chưa có mã nào được gõ.") < console.index("Mã vừa nhập không đúng; cổng đã đổi hình mới.")


def test_output_directory_cannot_be_written(account, run_update, tmp_path: Path) -> None:
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "evidence").write_text("a file where the directory should be", encoding="utf-8")
    run = run_update(account())
    assert "[OUTPUT_NOT_WRITABLE]" in run.test.message
    assert "outcome:stopped" in run.test.tags


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 300 KiB where the figures go."""
    place = tmp_path / "results" / "figures"
    place.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place)], check=True)  # noqa: S607
    yield place
    subprocess.run(["umount", str(place)], check=True)  # noqa: S607


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may mount a small file system")
def test_disk_full_while_taking_figures(sandbox, account, run_update, full_disk: Path) -> None:
    details = account()
    run_update(details).ended("failed", "OUTPUT_DISK_FULL")
    assert Control(sandbox.details).account(details.tax_code)["submissions"] == []
    assert not list(full_disk.glob("part-*"))
