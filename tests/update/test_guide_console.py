"""The console of ``bootstrap.py update``: the guide's words, each error once, and that it was a rehearsal."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chukyso.sandbox.details import SandboxDetails
from support.run import SUITE, RunUpdate

pytestmark = pytest.mark.slow
CONSOLE = ("--console", "ChukysoKeywords.GuideConsole")
# What Robot says around what a run says.
ENGLISH = re.compile(r"\b(?:PASS|FAIL|failed:|passed|task|Output|Log|Report|Setup|WARN|ERROR)\b|={5}|-{5}")
LAST = "  DIỄN TẬP trên sandbox: dữ liệu hư cấu, không có gì được gửi tới BHXH."
Account = Callable[..., SandboxDetails]


def test_good_run(run_update: RunUpdate, account: Account) -> None:
    run = run_update(account(), DRY_RUN=True, arguments=CONSOLE)
    run.ended("dry-run")
    lines = run.console.splitlines()
    assert lines[0] == "Cập nhật chữ ký số trên hệ thống dịch vụ công Bảo hiểm xã hội Việt Nam"
    assert lines[1] == "  ▸ Bước 1: Đăng nhập vào Cổng thông tin điện tử BHXH Việt Nam …"
    assert "  Kết quả: CHẠY THỬ (dry-run)" in lines
    assert f"  Nhật ký kỹ thuật: {run.directory / 'log.html'}" in lines
    assert lines[-1] == LAST
    assert not ENGLISH.search(run.console), run.console


@pytest.mark.nightly
def test_error_is_told_once(run_update: RunUpdate, account: Account) -> None:
    details = account()
    run = run_update(details, CONTACT_EMAIL="khac@example.vn", arguments=CONSOLE)
    run.ended("stopped", "CONTACT_MISMATCH")
    assert run.console.count("CONTACT_MISMATCH") == 1
    assert not ENGLISH.search(run.console), run.console
    assert run.console.splitlines()[-1] == LAST


@pytest.mark.nightly
def test_run_that_stops_in_its_setup(run_update: RunUpdate, account: Account) -> None:
    run = run_update(account(), DRYRN=True, arguments=CONSOLE)
    assert run.code == 1
    assert run.console.count("OPTION_UNKNOWN") == 1
    assert not ENGLISH.search(run.console), run.console


@pytest.mark.skipif(sys.platform != "linux", reason="/proc takes no files")
def test_what_the_run_could_not_tell(run_update: RunUpdate, account: Account) -> None:
    """No evidence was begun: the error is Robot's to show."""
    run = run_update(account(), arguments=(*CONSOLE, "--output", "NONE", "--log", "NONE", "--outputdir", "/proc/x"))
    assert run.code in (1, 252)
    assert "/proc/x" in run.console


@pytest.mark.nightly
def test_syntax_check_with_an_error_in_it(run_update: RunUpdate, account: Account, tmp_path: Path) -> None:
    suite = tmp_path / "wrong.robot"
    resource = (SUITE.parents[1] / "resources" / "imports.resource").as_posix()
    text = f"*** Settings ***\nResource    {resource}\n*** Tasks ***\nSai\n    Không Có Từ Khóa Này\n"
    suite.write_text(text, encoding="utf-8")
    run = run_update(account(), suite=suite, arguments=(*CONSOLE, "--dryrun"))
    assert run.code == 1
    assert "No keyword with name 'Không Có Từ Khóa Này' found." in run.console
    assert "chỉ kiểm tra cú pháp" in run.console


@pytest.mark.nightly
def test_robots_own_console_says_that_it_was_a_rehearsal(run_update: RunUpdate, account: Account) -> None:
    run = run_update(account(), DRY_RUN=True)
    ours = [line for line in run.console.splitlines() if line.startswith("  ")]
    assert ours[-1] == LAST
