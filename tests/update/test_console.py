"""Whole runs whose console or log nobody reads or nothing can take: they end as if somebody had looked on."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from chukyso.sandbox.details import SandboxDetails
from support.account import account_variables
from support.paths import ROOT
from support.run import SUITE, Run

FULL = Path("/dev/full")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not FULL.exists(), reason="needs a device that is always full")]

Account = Callable[..., SandboxDetails]


def command(details: SandboxDetails, directory: Path, *arguments: str) -> list[str]:
    """Robot as an operator starts it, for an account of the shared sandbox."""
    given = account_variables(details, directory / "sandbox.json")
    variables = [word for name, value in given.items() for word in ("--variable", f"{name}:{value}")]
    output = ["--outputdir", str(directory / "results")]
    return [sys.executable, "-m", "robot", *output, *variables, *arguments, str(SUITE)]


def run(words: list[str], directory: Path, watch: Callable[[subprocess.Popen[bytes]], None], **how: object) -> Run:
    """Run it; ``watch`` does with its console what an operator's surroundings would."""
    environment = {**os.environ, "PYTHONUTF8": "1", "ROBOT_SYSLOG_FILE": str(directory / "syslog.txt")}
    process = subprocess.Popen(words, cwd=ROOT, env=environment, **how)  # type: ignore[call-overload]
    watch(process)
    return Run(process.wait(240), "", directory / "results")


def complete(run: Run) -> None:
    assert run.manifest["outcome"] == "updated", run.manifest["error"]
    assert run.manifest["reconciliation"]["registered"] == "new"
    assert [figure["number"] for figure in run.manifest["figures"]] == [1, 2, 3, 4, 5, 6]
    assert run.journal.count("ended") == 1
    assert run.code == 0


@pytest.mark.nightly
def test_reader_goes_away_at_the_point_of_no_return(account: Account, tmp_path: Path) -> None:
    def read_until_figure_5(process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        while "Hình 5" not in process.stdout.readline().decode():
            assert process.poll() is None
        process.stdout.close()

    words = command(account(), tmp_path)
    ended = run(words, tmp_path, read_until_figure_5, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    complete(ended)
    assert ended.test.passed
    assert "Broken pipe" in (tmp_path / "results" / "output.xml").read_text(encoding="utf-8")


@pytest.mark.nightly
def test_nobody_reads_a_pipe_that_is_full(account: Account, tmp_path: Path) -> None:
    """As with a pager that was left open, or a window of Windows in which something was marked."""
    mine, its = os.pipe()
    os.set_blocking(its, False)
    with pytest.raises(BlockingIOError):
        while True:
            os.write(its, b"x" * 512)
    os.set_blocking(its, True)
    ended = run(command(account(), tmp_path), tmp_path, lambda _process: os.close(its), stdout=its, stderr=its)
    os.close(mine)
    complete(ended)


def test_disk_of_console_and_log_is_full(account: Account, tmp_path: Path) -> None:
    names = ("output.xml", "log.html", "report.html", "debug.txt")
    for name in names:
        (tmp_path / name).symlink_to(FULL)
    (tmp_path / "syslog.txt").symlink_to(FULL)
    options = [word for name in names for word in (f"--{name.partition('.')[0]}", str(tmp_path / name))]
    options[options.index("--debug")] = "--debugfile"
    with FULL.open("wb") as nowhere:
        words = command(account(), tmp_path, *options)
        ended = run(words, tmp_path, lambda _process: None, stdout=nowhere, stderr=nowhere)
    complete(ended)


@pytest.mark.nightly
def test_log_that_could_not_be_written_is_told(account: Account, tmp_path: Path) -> None:
    (tmp_path / "output.xml").symlink_to(FULL)
    said: list[bytes] = []

    def read(process: subprocess.Popen[bytes]) -> None:
        reader = threading.Thread(target=lambda: said.append(process.communicate()[0]))
        reader.start()
        reader.join(240)

    words = command(account(), tmp_path, "--output", str(tmp_path / "output.xml"), "--variable", "DRY_RUN:True")
    ended = run(words, tmp_path, read, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert ended.code == 0
    console = b"".join(said).decode()
    assert "Không ghi được, lần chạy không đổi vì thế" in console
    assert "Không ghi được nhật ký của Robot (log.html, report.html)" in console
