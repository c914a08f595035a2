"""The journal is on disk before the next action, and a failed write leaves it as it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from datetime import UTC, datetime
from pathlib import Path

import pytest
from robot.api.types import Secret

from chukyso.errors import ChukysoError, Code, Outcome
from chukyso.evidence.directory import prepare_output
from chukyso.evidence.files import write_whole
from chukyso.evidence.journal import Journal, plain, read_entries

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="only Linux has a device that is always full")
needs_quota = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")


def test_lines_are_numbered_json_objects(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.append("started", run="1")
        journal.append("submitting", serial="0a", owner="Công ty “Ánh Dương”")
        assert journal.has("submitting")
        assert not journal.has("submitted")
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["seq"] for line in lines] == [1, 2]
    assert lines[1]["event"] == "submitting"
    assert lines[1]["data"] == {"serial": "0a", "owner": "Công ty “Ánh Dương”"}
    assert all(len(line["time"]) == 24 and line["time"].endswith("Z") for line in lines)
    assert abs(datetime.now(UTC) - datetime.fromisoformat(lines[1]["time"])).total_seconds() < 60


def test_it_knows_whether_something_was_submitted(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.append("started")
        assert not journal.submitted
        journal.append("submitting")
        assert journal.submitted
    with Journal(path) as again:
        assert again.submitted
        again.append("not-submitted")
        assert not again.submitted


def test_line_is_complete_in_the_file_when_it_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "journal.jsonl"
    synced: list[bytes] = []
    real = os.fsync

    def watch(handle: int) -> None:
        real(handle)
        synced.append(path.read_bytes())

    with Journal(path) as journal:
        monkeypatch.setattr(os, "fsync", watch)
        journal.append("submitting")
        assert len(synced) == 1
        assert json.loads(synced[0])["event"] == "submitting"


def test_interrupted_write_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C right after a line got to disk: whoever judges the run from memory must see it too."""
    with Journal(tmp_path / "journal.jsonl") as journal:
        synced = os.fsync

        def interrupted(handle: int) -> None:
            synced(handle)
            raise KeyboardInterrupt

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(os, "fsync", interrupted)
            journal.append("submitting")
        assert journal.has("submitting")
        journal.append("ended")
    assert [(entry.seq, entry.event) for entry in read_entries(journal.path)] == [(1, "submitting"), (2, "ended")]


def test_journal_is_continued(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.append("started")
    with Journal(path) as journal:
        assert journal.has("started")
        assert journal.append("ended").seq == 2


def test_unfinished_last_line_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal(path) as journal:
        journal.append("started")
    path.write_bytes(path.read_bytes() + b'{"seq":2,"time":"2026')
    assert [entry.event for entry in read_entries(path)] == ["started"]


@needs_full
def test_full_disk_is_said_and_nothing_is_remembered() -> None:
    with Journal(FULL) as journal:
        with pytest.raises(ChukysoError) as caught:
            journal.append("submitting")
        assert caught.value.code is Code.OUTPUT_DISK_FULL
        assert not journal.has("submitting")


@needs_quota
def test_half_a_line_is_taken_back(tmp_path: Path) -> None:
    """A real limit of the operating system lets the first bytes of the line through and stops the rest."""
    script = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        from chukyso.errors import ChukysoError
        from chukyso.evidence.journal import Journal
        with Journal(Path(sys.argv[1])) as journal:
            journal.append("started")
            size = Path(sys.argv[1]).stat().st_size
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, resource.RLIM_INFINITY))
            try:
                journal.append("submitting")
            except ChukysoError as error:
                print(error.code.name, Path(sys.argv[1]).stat().st_size == size)
    """)
    path = tmp_path / "journal.jsonl"
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["OUTPUT_DISK_FULL", "True"]
    assert [entry.event for entry in read_entries(path)] == ["started"]


@needs_quota
def test_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        from chukyso.errors import ChukysoError
        from chukyso.evidence.files import write_whole
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
        try:
            write_whole(Path(sys.argv[1]), b"x" * 5000)
        except ChukysoError as error:
            print(error.code.name)
    """)
    path = tmp_path / "manifest.json"
    write_whole(path, b"before")
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["OUTPUT_DISK_FULL"]
    assert path.read_bytes() == b"before"
    assert [found.name for found in tmp_path.iterdir()] == ["manifest.json"]


def test_unknown_types_are_named_never_shown() -> None:
    value = plain({"pin": Secret("73517264"), "outcome": Outcome.UPDATED, "code": Code.PIN_LOCKED, "raw": b"7351"})
    assert value == {"pin": "<Secret>", "outcome": "updated", "code": "PIN_LOCKED", "raw": "<bytes>"}


def test_output_directory_is_made_and_cleared(tmp_path: Path) -> None:
    output = tmp_path / "new" / "results"
    assert prepare_output(output) is None
    ours = [output / name for name in ("figures/figure-6.png", "evidence/manifest.json", "evidence/report.pdf")]
    others = [output / name for name in ("figures/holiday.png", "evidence/notes.txt", "log.html")]
    for path in (*ours, *others):
        path.write_bytes(b"x")
    assert prepare_output(output) is None
    assert not any(path.exists() for path in ours)
    assert all(path.exists() for path in others)
    assert sorted(path.name for path in (output / "evidence").iterdir()) == ["notes.txt"]


@pytest.mark.parametrize("broken", [False, True])
def test_evidence_of_a_submission_is_never_deleted(tmp_path: Path, broken: bool) -> None:
    prepare_output(tmp_path)
    (tmp_path / "figures/figure-5.png").write_bytes(b"five")
    path = tmp_path / "evidence/journal.jsonl"
    if broken:
        path.write_bytes(b"what is this\n")
    else:
        with Journal(path) as journal:
            journal.append("started")
            journal.append("submitting")
    kept = prepare_output(tmp_path)
    assert kept is not None
    assert (kept / "figures/figure-5.png").read_bytes() == b"five"
    assert (kept / "evidence/journal.jsonl").is_file()
    assert not path.exists()
    (tmp_path / "figures/figure-5.png").write_bytes(b"again")
    assert prepare_output(tmp_path) is None, "without a journal it proves nothing"


def test_directory_that_cannot_be_written(tmp_path: Path) -> None:
    """A file where a directory must be: refused for root as well, unlike a permission."""
    (tmp_path / "results").write_text("a file")
    with pytest.raises(ChukysoError) as caught:
        prepare_output(tmp_path / "results")
    assert caught.value.code is Code.OUTPUT_NOT_WRITABLE
    assert "results" in str(caught.value)
