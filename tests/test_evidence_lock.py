"""One run at a time in an output directory, and a killed one blocks nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import ROOT, SUITE

from chukyso.errors import ChukysoError, Code
from chukyso.evidence.directory import lock_output, prepare_output
from chukyso.evidence.journal import Journal
from chukyso.evidence.manifest import JOURNAL_FILE

HOLD = """
import sys
from pathlib import Path
from chukyso.evidence.directory import lock_output
lock = lock_output(Path(sys.argv[1]))
print("held", flush=True)
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


def test_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file")
    with pytest.raises(ChukysoError) as caught:
        lock_output(tmp_path / "results")
    assert caught.value.code is Code.OUTPUT_NOT_WRITABLE


def test_second_run_leaves_the_first_ones_evidence_alone(tmp_path: Path) -> None:
    lock = lock_output(tmp_path)
    prepare_output(tmp_path)
    with Journal(tmp_path / JOURNAL_FILE) as journal:
        journal.append("started")
    before = (tmp_path / JOURNAL_FILE).read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "robot", "--outputdir", str(tmp_path), str(SUITE)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    lock.release()
    assert done.returncode == 1
    assert "[OUTPUT_IN_USE]" in done.stdout
    assert "--outputdir" in done.stdout
    assert (tmp_path / JOURNAL_FILE).read_bytes() == before
    assert [path.name for path in (tmp_path / "evidence").iterdir()] == ["journal.jsonl"]
