"""One run at a time in an output directory, and a killed one blocks nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from robot.api import ExecutionResult

from chukyso.archive.prune import remove
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.directory import lock_output, prepare_output
from chukyso.evidence.journal import Journal
from chukyso.evidence.manifest import JOURNAL_FILE
from chukyso.storage.lock import OutputLock
from support.paths import ROOT
from support.run import SUITE

HOLD = """
import sys
from pathlib import Path
from chukyso.evidence.directory import lock_output
lock = lock_output(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""

LEAVE = """
import os, subprocess, sys
from pathlib import Path
from chukyso.evidence.directory import lock_output
lock = lock_output(Path(sys.argv[1]))
if sys.argv[2] == "started":
    child = "import sys; print('child', flush=True); sys.stdin.read()"
    subprocess.Popen([sys.executable, "-c", child], close_fds=False)
elif not os.fork():
    print("child", flush=True)
sys.stdin.read()
"""


def test_second_one_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    output = tmp_path / "new" / "results"
    first = lock_output(output)
    with pytest.raises(ChukysoError) as caught:
        lock_output(output)
    assert caught.value.code is Code.OUTPUT_IN_USE
    assert str(output) in str(caught.value)
    assert f"tiến trình {os.getpid()}" in str(caught.value)
    first.release()
    first.release()
    lock_output(output).release()


def test_killed_process_holds_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"held"
        with pytest.raises(ChukysoError, match=f"OUTPUT_IN_USE.*{holder.pid}"):
            lock_output(tmp_path)
        holder.kill()
        holder.wait()
    lock_output(tmp_path).release()


@pytest.mark.parametrize(
    "how", ["started", pytest.param("forked", marks=pytest.mark.skipif(os.name == "nt", reason="Windows has no fork"))]
)
def test_child_that_outlives_its_killed_parent_holds_nothing(tmp_path: Path, how: str) -> None:
    command = [sys.executable, "-c", LEAVE, str(tmp_path), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == b"child"
        with pytest.raises(ChukysoError, match="OUTPUT_IN_USE"):
            lock_output(tmp_path)
        holder.kill()
        holder.wait()
        lock_output(tmp_path).release()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no fork")
def test_child_does_not_have_what_its_parent_keeps(tmp_path: Path) -> None:
    OutputLock(tmp_path).keep()
    child = os.fork()
    if not child:
        try:
            OutputLock(tmp_path)
        except ChukysoError as error:
            os._exit(7 if error.code is Code.OUTPUT_IN_USE else 1)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7


@pytest.mark.parametrize(
    ("written", "holder"), [(b"\xffprocess 4321\n", "tiến trình 4321"), (b"4321\n", "không rõ tiến trình")]
)
def test_holder_is_told_without_the_first_byte(tmp_path: Path, written: bytes, holder: str) -> None:
    """Windows lets nobody else read it while it is locked. Files of earlier versions told the holder there."""
    lock = lock_output(tmp_path)
    (tmp_path / "run.lock").write_bytes(written)
    with pytest.raises(ChukysoError, match=rf"OUTPUT_IN_USE.*\({holder}\)"):
        lock_output(tmp_path)
    lock.release()


@pytest.mark.parametrize("written", [b"4321\n", b"", b"\x00" * 9])
def test_lock_of_an_earlier_run_is_no_hindrance(tmp_path: Path, written: bytes) -> None:
    (tmp_path / "run.lock").write_bytes(written)
    lock_output(tmp_path).release()


@pytest.mark.parametrize("kind", ["link", "directory"])
def test_lock_that_is_no_file_is_refused_and_leads_nowhere(tmp_path: Path, kind: str) -> None:
    own = tmp_path / "own.txt"
    own.write_text("of the operator")
    path = tmp_path / "archive" / "run.lock"
    path.parent.mkdir()
    if kind == "link":
        try:
            path.symlink_to(own)
        except OSError:
            pytest.skip("needs the right to make links")
    else:
        path.mkdir()
    with pytest.raises(ChukysoError) as caught:
        lock_output(path.parent)
    assert caught.value.code is Code.OUTPUT_NOT_WRITABLE
    with pytest.raises(ChukysoError) as caught:
        remove(path.parent, [])
    assert caught.value.code is Code.OUTPUT_NOT_WRITABLE
    assert own.read_text() == "of the operator"


def test_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file")
    with pytest.raises(ChukysoError) as caught:
        lock_output(tmp_path / "results")
    assert caught.value.code is Code.OUTPUT_NOT_WRITABLE


def run(output: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "robot", "--outputdir", str(output), *options, str(SUITE)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def contents(directory: Path) -> dict[str, bytes]:
    """What is in a directory, but for the lock."""
    files = {path.relative_to(directory).as_posix(): path for path in directory.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if name != "run.lock"}


@pytest.mark.parametrize(
    "options",
    [
        [],
        pytest.param(["--debugfile", "debug.txt", "--xunit", "xunit.xml"], marks=pytest.mark.nightly),
        pytest.param(["--output", "deep/output.json", "--log", "deep/log.html"], marks=pytest.mark.nightly),
        pytest.param(["--timestampoutputs", "--report", "NONE"], marks=pytest.mark.nightly),
        pytest.param(["--output", "NONE"], marks=pytest.mark.nightly),
    ],
    ids=" ".join,
)
def test_second_run_changes_no_file_of_the_first(tmp_path: Path, options: list[str]) -> None:
    lock = lock_output(tmp_path)
    prepare_output(tmp_path)
    with Journal(tmp_path / JOURNAL_FILE) as journal:
        journal.append("started")
    for name in ("output.xml", "log.html", "report.html", "debug.txt", "xunit.xml"):
        (tmp_path / name).write_text("of the first run")
    before = contents(tmp_path)
    done = run(tmp_path, *options)
    lock.release()
    assert done.returncode == 1
    assert "[OUTPUT_IN_USE]" in done.stdout
    assert "--outputdir" in done.stdout
    assert done.stderr.count(f"tiến trình {os.getpid()}") == 1
    assert "Lần chạy này không ghi tệp nào vào đó, cả log.html." in done.stderr
    assert contents(tmp_path) == before


@pytest.mark.nightly
def test_syntax_check_in_a_directory_in_use_says_why_there_is_no_log(tmp_path: Path) -> None:
    lock = lock_output(tmp_path)
    done = run(tmp_path, "--dryrun")
    lock.release()
    assert done.returncode == 0
    assert "Lần chạy này không ghi tệp nào vào đó" in done.stderr
    assert contents(tmp_path) == {}


def test_directory_that_robot_cannot_make_is_robots_to_tell(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = run(tmp_path / "file" / "results")
    assert done.returncode == 252
    assert "Creating" in done.stderr
    assert "failed" in done.stderr


def test_process_that_keeps_a_directory_may_use_it_one_after_the_other(tmp_path: Path) -> None:
    OutputLock(tmp_path).keep()
    for _ in range(2):
        lock = lock_output(tmp_path)
        with pytest.raises(ChukysoError, match="OUTPUT_IN_USE"):
            lock_output(tmp_path)
        lock.release()
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    refused = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    assert b"OUTPUT_IN_USE" in refused.stderr


@pytest.mark.nightly
@pytest.mark.slow
def test_of_two_that_start_at_once_one_runs_and_its_log_is_whole(tmp_path: Path) -> None:
    """The lock is taken before Robot opens a file, and kept until Robot has written its log."""
    options = ["--variable", "DRY_RUN:True", "--variable", "SEAL:off"]
    command = [sys.executable, "-m", "robot", "--outputdir", str(tmp_path), *options, str(SUITE)]
    environment = {**os.environ, "PYTHONUTF8": "1"}
    runs = [
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(2)
    ]
    said = {run.communicate(timeout=240)[0].decode(): run.returncode for run in runs}
    assert sorted(said.values()) == [0, 1], said
    assert [text for text, code in said.items() if "[OUTPUT_IN_USE]" in text and code == 1]
    task = next(iter(ExecutionResult(tmp_path / "output.xml").suite.all_tests))
    assert task.passed
    assert "outcome:dry-run" in task.tags
    assert (tmp_path / "log.html").stat().st_size > 100_000
