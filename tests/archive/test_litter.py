"""What an operating system leaves in a folder is no part of the evidence, and no change of it; nothing else is."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chukyso.archive import prune
from chukyso.archive.findings import Level, Problem
from chukyso.archive.supplement import add_supplement
from chukyso.archive.verify import verify_directory
from chukyso.cli import app
from support.archive import codes, forge, found, hash_of, make_run
from support.evidence import manifest

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no FIFO, and links need a privilege there")
LATER = datetime(2026, 3, 4, 12, tzinfo=UTC)
LITTER = [
    ".DS_Store",
    "._report.html",
    "Thumbs.db",
    "THUMBS.DB",
    "ehthumbs.db",
    "desktop.ini",
    "Desktop.ini",
    ".directory",
    "@eaDir/report.html@SynoEAStream",
    "@eaDir/figure-1.png/SYNOPHOTO_THUMB_XL.jpg",
]
NO_LITTER = [
    ".ds_store",
    "thumbs.db.exe",
    "my Thumbs.db",
    "de\u017fktop.ini",  # both become desktop.ini when case is folded
    "des\u212atop.ini",
    "._",
    ".DS_Store/x",
    "Thumbs.db/report.html",
    "@eaDir/report.html",
    "@eaDir/.DS_Store",
    ".Spotlight-V100/x",
    "$RECYCLE.BIN/x",
    "~$report.docx",
    ".~lock.report.html#",
]


def put(path: Path, data: bytes = b"whatever") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("name", LITTER)
def test_litter_is_named_and_changes_nothing(tmp_path: Path, name: str) -> None:
    run = make_run(tmp_path / "run")
    for place in ("evidence", "figures", "evidence/supplements", "evidence/validation"):
        put(run / place / name)
    report = verify_directory(run, jobs=1)
    assert codes(report) == set()
    litter = [finding for finding in report.findings if finding.problem is Problem.SYSTEM_LITTER]
    assert len(litter) == 4
    done = CliRunner().invoke(app, ["evidence", "verify", str(run)])
    assert (done.exit_code, done.output.count("hệ điều hành tự để lại")) == (0, 4)
    assert f"evidence/{name} là tệp" in done.output


@pytest.mark.parametrize("name", NO_LITTER)
def test_what_only_looks_like_litter_was_added(tmp_path: Path, name: str) -> None:
    run = make_run(tmp_path / "run")
    put(run / "evidence" / name)
    assert found(run) == {"FILE_ADDED"}


def test_litter_beside_the_evidence_was_never_looked_at(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    put(run / ".DS_Store")
    assert not [one for one in verify_directory(run, jobs=1).findings if one.problem is Problem.SYSTEM_LITTER]


@POSIX
def test_a_link_or_a_pipe_with_such_a_name_is_none(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    (run / "evidence/.DS_Store").symlink_to(tmp_path)
    os.mkfifo(run / "figures/Thumbs.db")
    (run / "figures/@eaDir").symlink_to(tmp_path, target_is_directory=True)
    report = verify_directory(run, jobs=1)
    assert [one.problem for one in report.findings if one.level is Level.CHANGED] == [Problem.NOT_A_FILE] * 3


def test_a_large_one_is_none(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    with put(run / "evidence/Thumbs.db").open("r+b") as stream:
        stream.truncate((4 << 20) + 1)
    assert found(run) == {"FILE_ADDED"}


def test_much_litter_hides_nothing_that_was_added(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    for number in range(60):
        put(run / "evidence" / f"._{number:02}")
    put(run / "evidence/zzz")
    assert found(run) == {"FILE_ADDED"}


def test_what_the_manifest_lists_is_evidence_whatever_its_name(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    path = put(run / "evidence/desktop.ini")
    files = [*manifest(run)["files"], {"path": "evidence/desktop.ini", "sha256": hash_of(path), "size": 8}]
    forge(run, files=files)
    put(path, b"Whatever")
    assert "FILE_CHANGED" in found(run)
    path.unlink()
    assert "FILE_MISSING" in found(run)


def test_litter_that_is_there_when_a_run_ends_is_not_listed(tmp_path: Path) -> None:
    """Finder and Explorer write theirs again whenever they like."""
    for name in (".DS_Store", "figures/Thumbs.db"):
        put(tmp_path / "run" / "evidence" / name)
    put(tmp_path / "run/figures/Thumbs.db")
    run = make_run(tmp_path / "run")
    assert not [
        file["path"] for file in manifest(run)["files"] if "DS_Store" in file["path"] or "Thumbs" in file["path"]
    ]
    assert "Thumbs" not in (run / "evidence/report.html").read_text(encoding="utf-8")
    put(run / "evidence/.DS_Store", b"something else")
    (run / "figures/Thumbs.db").unlink()
    assert found(run) == set()


def test_supplements_are_added_and_found_beside_litter(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    for number in (1, 2):
        put(run / "evidence/supplements/.DS_Store")
        put(run / "evidence/supplements/Thumbs.db")
        add_supplement(run, "note", [put(run / f"evidence/note-{number}")], {})
    assert found(run) == set()
    (run / "evidence/supplements/0001.json").unlink()
    assert {"SUPPLEMENT_MISSING", "FILE_ADDED"} <= found(run)


class TestPrune:
    def going(self, directory: Path) -> list[str]:
        return prune.remove(directory, prune.plan(directory, LATER, jobs=1))

    def test_litter_goes_with_its_run(self, tmp_path: Path) -> None:
        run = make_run(tmp_path / "run")
        for name in (".DS_Store", "Thumbs.db", "desktop.ini", "._log.html", "@eaDir/log.html@SynoEAStream"):
            put(run / name)
            put(run / "evidence" / name)
        assert self.going(tmp_path) == []
        assert not run.exists()

    def test_what_is_somebodys_own_stays_with_what_belongs_to_it(self, tmp_path: Path) -> None:
        run = make_run(tmp_path / "run")
        for name in ("notes.txt", "._notes.txt", "Thumbs.db", "._gone.txt"):
            put(run / name)
        assert self.going(tmp_path) == ["run/._notes.txt", "run/notes.txt"]
        assert {path.name for path in run.iterdir()} <= {"._notes.txt", "notes.txt", "run.lock"}

    @POSIX
    def test_a_link_with_such_a_name_stays(self, tmp_path: Path) -> None:
        run = make_run(tmp_path / "run")
        put(tmp_path / "outside/kept")
        (run / "Thumbs.db").symlink_to(tmp_path / "outside/kept")
        (run / "@eaDir").symlink_to(tmp_path / "outside", target_is_directory=True)
        assert self.going(tmp_path) == ["run/@eaDir", "run/Thumbs.db"]
        assert (tmp_path / "outside/kept").exists()
