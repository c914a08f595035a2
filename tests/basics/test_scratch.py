"""The directory for what the browser leaves behind: gone with the process, or with the next run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from chukyso.scratch import make_scratch, note_scratch, noted_scratch, temporary_files_in

MAKE = """
import os, sys
from pathlib import Path
from chukyso.scratch import make_scratch, note_scratch
directory = make_scratch()
note_scratch(directory, Path(sys.argv[1]))
(directory / "playwright-artifacts").mkdir()
print(directory, flush=True)
if sys.argv[2] == "killed":
    os.kill(os.getpid(), 9)
"""


def left_by(note: Path, end: str) -> Path:
    """The directory that a process made which ended so."""
    command = [sys.executable, "-c", MAKE, str(note), end]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    return Path(done.stdout.strip())


def test_gone_with_its_process(tmp_path: Path) -> None:
    note = tmp_path / "run.scratch"
    directory = left_by(note, "ended")
    assert directory.name.startswith("chukyso-browser-")
    assert not directory.exists()
    assert not note.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no signal 9 there")
def test_killed_process_leaves_it_to_the_next_run(tmp_path: Path) -> None:
    note = tmp_path / "run.scratch"
    directory = left_by(note, "killed")
    assert directory.is_dir()
    assert not left_by(note, "ended").exists()
    assert not directory.exists()


def test_note_that_names_something_else_removes_nothing(tmp_path: Path) -> None:
    note = tmp_path / "run.scratch"
    for name in ("important", "chukyso-browser-elsewhere"):
        (tmp_path / name).mkdir()
        note.write_text(str(tmp_path / name), encoding="utf-8")
        left_by(note, "ended")
        assert (tmp_path / name).is_dir()


def test_programs_started_meanwhile_use_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMP", "before")
    monkeypatch.delenv("TMPDIR", raising=False)
    with temporary_files_in(tmp_path):
        command = [sys.executable, "-c", "import tempfile; print(tempfile.gettempdir())"]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
        assert Path(done.stdout.strip()) == tmp_path
    assert os.environ["TMP"] == "before"
    assert "TMPDIR" not in os.environ


def test_path_is_short_enough_for_a_socket_below_it() -> None:
    assert len(str(make_scratch())) < 60


def test_second_run_of_a_process_goes_on_with_it(tmp_path: Path) -> None:
    directory = make_scratch()
    for _ in range(2):
        note_scratch(directory, tmp_path / "run.scratch")
    assert directory.is_dir()
    assert noted_scratch(tmp_path / "run.scratch") == directory
