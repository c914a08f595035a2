"""Ctrl-C and what it leaves: the outcome is right, the evidence is written, no process and no file stays behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from support.paths import ROOT
from support.run import SUITE, Run
from support.runs import journaled

pty = pytest.importorskip("pty", reason="Windows")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal to a single process there"),
]


def browser_starts(output: Path) -> bool:
    """A moment: where the browser will put its temporary files was noted right before it is started."""
    return (output / "run.scratch").exists()


def interrupted_run(tmp_path: Path, moment: Callable[[Path], bool], *, group: bool = False, presses: int = 1) -> Run:
    """Run the suite on a sandbox of its own and press Ctrl-C at a moment."""
    output = tmp_path / "results"
    # A short path: Chromium makes a socket there, and the name of a socket may have 107 characters.
    with tempfile.TemporaryDirectory(prefix="ctrl-c-") as scratch:
        run = _interrupt(output, Path(scratch), moment, group, presses)
        assert not list(Path(scratch).iterdir()), "something was left behind"
    return run


def _interrupt(output: Path, scratch: Path, moment: Callable[[Path], bool], group: bool, presses: int) -> Run:
    run = subprocess.Popen(
        [sys.executable, "-m", "robot", "--outputdir", str(output), str(SUITE)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(scratch), "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    while run.poll() is None and not moment(output):
        time.sleep(0.005)
    assert run.poll() is None, "the moment never came"
    family = psutil.Process(run.pid).children(recursive=True)
    # What the browser and its driver leave when they are killed lies in one directory, which the run takes away.
    assert all(path.name.startswith("chukyso-") for path in scratch.iterdir()), list(scratch.iterdir())
    for _ in range(presses):
        (os.killpg if group else os.kill)(run.pid, signal.SIGINT)
        time.sleep(0.4)
    console, _ = run.communicate(timeout=60)
    _, alive = psutil.wait_procs(family, timeout=5)
    for process in alive:
        process.kill()
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
    return Run(run.returncode, console.decode("utf-8", "replace"), output)


@pytest.mark.parametrize("group", [pytest.param(False, marks=pytest.mark.nightly), True], ids=["robot", "terminal"])
@pytest.mark.parametrize(
    ("moment", "outcome", "code"),
    [
        (browser_starts, "failed", "INTERRUPTED"),
        pytest.param(journaled("figure", number=2), "failed", "INTERRUPTED", marks=pytest.mark.nightly),
        (journaled("submitting"), "unknown", "SUBMISSION_UNKNOWN"),
        pytest.param(journaled("signed"), "unknown", "SUBMISSION_UNKNOWN", marks=pytest.mark.nightly),
    ],
    ids=["browser starts", "step 2", "submitting", "signed"],
)
def test_ctrl_c(tmp_path: Path, moment: Callable[[Path], bool], outcome: str, code: str, group: bool) -> None:
    run = interrupted_run(tmp_path, moment, group=group)
    assert (run.directory / "evidence" / "manifest.json").exists(), run.console
    assert run.manifest["outcome"] == outcome, run.console
    assert run.manifest["error"]["code"] == code
    assert f"outcome:{outcome}" in run.test.tags
    assert ("submitting" in run.journal) == (outcome == "unknown")
    # The last advice is the only one, in Robot's message too.
    error = run.manifest["error"]
    assert run.test.message == f"[{code}] {error['happened']} {error['action']}"
    assert ("Chạy lại khi sẵn sàng" in run.console) == (code == "INTERRUPTED")
    assert "listener" not in run.console
    # A call to the driver that was broken off keeps its lock; the next one could wait for ever.
    assert not (run.directory / "evidence" / "failure.png").exists()


@pytest.mark.nightly
def test_ctrl_c_again_and_again(tmp_path: Path) -> None:
    """Robot would drop everything at the second one: no manifest, and no word that something was submitted."""
    run = interrupted_run(tmp_path, journaled("submitting"), group=True, presses=3)
    assert run.manifest["outcome"] == "unknown", run.console
    assert "Đang dừng và ghi biên bản" in run.console
    assert "thêm 1 lần nữa thì bỏ dở" in run.console
    assert "Second signal" not in run.console


@pytest.mark.usefixtures("hangup")
def test_terminal_is_closed(tmp_path: Path) -> None:
    """Of a run that was started as the README says: not another line can be written to the terminal."""
    output = tmp_path / "results"
    with tempfile.TemporaryDirectory(prefix="closed-") as scratch:
        leader, terminal = pty.fork()
        if not leader:
            os.chdir(ROOT)
            command = [sys.executable, "bootstrap.py", "update", "--outputdir", str(output)]
            environment = {**os.environ, "TMPDIR": scratch, "PYTHONUTF8": "1"}
            os.execve(sys.executable, command, environment)  # noqa: S606 - the fork is what has the terminal
        os.set_blocking(terminal, False)
        process, console = psutil.Process(leader), b""
        while process.status() != psutil.STATUS_ZOMBIE and not journaled("submitting")(output):
            with contextlib.suppress(OSError):  # nothing to read at the moment
                console += os.read(terminal, 65536)
            time.sleep(0.005)
        family = process.children(recursive=True)
        os.close(terminal)
        os.waitpid(leader, 0)
        _, alive = psutil.wait_procs(family, timeout=10)
        for left in alive:
            left.kill()
        assert not alive
        assert not list(Path(scratch).iterdir()), "something was left behind"
    run = Run(0, console.decode("utf-8", "replace"), output)
    assert run.manifest["error"]["code"] == "SUBMISSION_UNKNOWN", run.console
    assert "outcome:unknown" in run.test.tags
    assert (run.directory / "log.html").exists()


DRIVER_GOES = """
import os, signal
from datetime import timedelta
from chukyso.errors import ChukysoError, Code
from ChukysoKeywords import ChukysoKeywords
from PortalLibrary.waiting import in_pieces
from robot.api.deco import keyword

class Component:
    @keyword
    def lose_the_driver(self, error):
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except Exception:  # as somewhere inside a library
            pass
        if error == "waiting":
            in_pieces(timedelta(days=1), self.in_vain)
        raise ConnectionError("driver is gone") if error == "none" else ChukysoError(Code[error], what="x")

    def in_vain(self, timeout):
        assert False, f"not in {timeout}"

class DriverGoes(ChukysoKeywords):
    def __init__(self):
        super().__init__([Component()])
"""


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("none", "INTERRUPTED"),
        ("PORTAL_CHANGED", "INTERRUPTED"),
        ("PIN_INCORRECT", "PIN_INCORRECT"),
        ("waiting", "INTERRUPTED"),
    ],
)
def test_browser_that_ends_first_is_an_interruption_too(tmp_path: Path, error: str, code: str) -> None:
    """In a terminal Ctrl-C ends the browser as well; a business error at that moment stays what it is."""
    (tmp_path / "DriverGoes.py").write_text(DRIVER_GOES, encoding="utf-8")
    suite = tmp_path / "suite.robot"
    task = f"*** Settings ***\nLibrary    DriverGoes.py\n*** Tasks ***\nOne\n    Lose The Driver    {error}\n"
    suite.write_text(task, encoding="utf-8")
    command = [sys.executable, "-m", "robot", "--outputdir", str(tmp_path), str(suite)]
    run = Run(subprocess.run(command, capture_output=True, timeout=60, check=False).returncode, "", tmp_path)
    assert f"[{code}]" in run.test.message


def has_manifest(output: Path) -> bool:
    """A moment: the evidence is on disk, and is about to be sealed."""
    return (output / "evidence" / "manifest.json").exists()


@pytest.mark.nightly
@pytest.mark.parametrize("moment", [journaled("ended"), has_manifest], ids=["writing", "sealing"])
def test_ctrl_c_while_the_evidence_is_written(tmp_path: Path, moment: Callable[[Path], bool]) -> None:
    """The teardown is cut off; the evidence is written all the same, and says what the journal says."""
    run = interrupted_run(tmp_path, moment)
    sealed = (run.directory / "evidence" / "report.pdf").exists()
    assert ("  Bản niêm phong: " if sealed else "niêm phong được biên bản: bị ngắt (Ctrl-C)") in run.console
    assert run.manifest["outcome"] == "updated"
    assert "outcome:updated" in run.test.tags
    assert run.journal.count("ended") == 1
    assert (run.directory / "evidence" / "report.html").stat().st_size > 5000


def test_killed_run_leaves_no_browser_behind(tmp_path: Path) -> None:
    """Nobody would see it, and it is logged in to the portal."""
    output = tmp_path / "results"
    with tempfile.TemporaryDirectory(prefix="killed-") as scratch:
        run = subprocess.Popen(
            [sys.executable, "-m", "robot", "--outputdir", str(output), str(SUITE)],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": scratch, "PYTHONUTF8": "1"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while run.poll() is None and not journaled("figure", number=2)(output):
            time.sleep(0.01)
        family = psutil.Process(run.pid).children(recursive=True)
        assert any("chrom" in process.name() for process in family)
        run.kill()
        run.wait()
        _, alive = psutil.wait_procs(family, timeout=20)
        for left in alive:
            left.kill()
        assert not alive
        assert not list(Path(scratch).glob("chukyso-browser-*"))
