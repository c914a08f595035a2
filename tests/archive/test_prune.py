"""`chukyso evidence prune`: what is old goes as a whole, the chain stays provable, and no crash leaves half a run."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chukyso.archive import prune
from chukyso.archive.catalogue import build_catalogue
from chukyso.archive.verify import PRUNING, verify_directory
from chukyso.cli import app
from chukyso.errors import ChukysoError, Code, Outcome
from chukyso.storage.lock import OutputLock
from support.archive import LATER, codes, found, make_archive, make_run
from support.evidence import MST


def going(directory: Path, **options: Any) -> list[str]:
    return [run.run for run in prune.plan(directory, LATER, jobs=1, **options) if run.keep_because is None]


def texts(directory: Path) -> str:
    return "".join(
        f"{path.name} {path.read_bytes().decode(errors='replace')}" for path in directory.rglob("*") if path.is_file()
    )


def test_old_runs_go_and_the_chain_still_holds(tmp_path: Path) -> None:
    runs = make_archive(tmp_path, 4)
    (runs[0] / "log.html").write_text(f"MST {MST}", encoding="utf-8")
    assert going(tmp_path) == ["run-1", "run-2"]
    assert prune.remove(tmp_path, prune.plan(tmp_path, LATER, jobs=1)) == []
    assert [run.exists() for run in runs] == [False, False, True, True]
    report = verify_directory(tmp_path, jobs=1)
    assert codes(report) == set()
    assert "RUN_REMOVED" in {finding.problem.name for finding in report.findings}
    stones = (tmp_path / "evidence-removed.jsonl").read_text(encoding="utf-8")
    assert MST not in stones
    assert [json.loads(line)["chain"]["sequence"] for line in stones.splitlines()] == [1, 2]
    assert not (tmp_path / PRUNING).exists()
    make_run(tmp_path / "run-5", days=5)
    shutil.rmtree(tmp_path / "run-3")
    assert found(tmp_path) == {"RUN_MISSING"}, "only what was pruned is not missed"


def test_tombstone_that_somebody_else_wrote_explains_nothing_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = tmp_path / "archive"
    make_archive(archive, 3)
    shutil.copytree(archive, tmp_path / "copy")
    prune.remove(archive, prune.plan(archive, LATER, jobs=1)[:1])
    stone = (archive / "evidence-removed.jsonl").read_text(encoding="utf-8")
    monkeypatch.setenv("CHUKYSO_STATE_DIR", str(tmp_path / "elsewhere"))
    unproven = {"REMOVAL_UNPROVEN", "REGISTER_ABSENT", "NOT_VOUCHED_FOR"}
    assert found(archive) == unproven, "without the register it is a claim"
    make_archive(tmp_path / "own", 3)
    link = json.loads((tmp_path / "own/run-1/evidence/manifest.json").read_bytes())["chain"]
    digest = json.loads((tmp_path / "own/run-2/evidence/manifest.json").read_bytes())["chain"]["previous"]
    shutil.rmtree(tmp_path / "own/run-1")
    forged = {**json.loads(stone), "chain": link, "manifest": digest}
    (tmp_path / "own/evidence-removed.jsonl").write_text(json.dumps(forged) + "\n", encoding="utf-8")
    assert found(tmp_path / "own") == {"REMOVAL_UNKNOWN"}


def test_what_may_still_be_needed_is_kept_unless_forced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_run(tmp_path / "good")
    make_run(tmp_path / "unknown", Outcome.UNKNOWN)
    changed = make_run(tmp_path / "changed")
    (changed / "figures/figure-1.png").unlink()
    make_run(tmp_path / "new", days=10)
    old = {run.run: run.keep_because for run in prune.plan(tmp_path, LATER, jobs=1)}
    assert set(old) == {"good", "unknown", "changed"}
    assert old["good"] is None
    assert old["unknown"] is not None
    assert "unknown" in old["unknown"][0]
    assert old["changed"] is not None
    assert "figure-1.png" in old["changed"][0]
    assert going(tmp_path, force=True) == ["changed", "good", "unknown"]
    monkeypatch.setenv("CHUKYSO_STATE_DIR", str(tmp_path / "elsewhere"))
    assert going(tmp_path) == [], "nobody could prove it later"


def test_what_no_run_wrote_stays_and_is_named(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    (run / "notes.txt").write_text("mine", encoding="utf-8")
    below = make_run(run / "earlier" / "20260302", days=9)
    left = prune.remove(tmp_path, prune.plan(tmp_path, LATER, jobs=1))
    assert left == ["run/notes.txt"]
    assert (run / "notes.txt").exists()
    assert below.exists(), "another run below it is none of its business"
    assert not (run / "evidence").exists()
    assert not (run / "figures").exists()


@pytest.mark.skipif(os.name == "nt", reason="the process is forked")
@pytest.mark.parametrize(
    "notes", [False, pytest.param(True, marks=pytest.mark.nightly)], ids=["whole directory", "part of a directory"]
)
def test_process_that_dies_at_any_step_leaves_no_half_run(tmp_path: Path, notes: bool) -> None:
    """Each step that changes something on disk is the last one once; afterwards the next call finishes."""
    archive = tmp_path / "archive"
    make_archive(archive, 3)
    if notes:
        (archive / "run-1/notes.txt").write_text("mine", encoding="utf-8")
    state = Path(os.environ["CHUKYSO_STATE_DIR"])
    for name, place in (("archive", archive), ("state", state)):
        shutil.copytree(place, tmp_path / f"kept-{name}")
    step = 0
    while True:
        step += 1
        if not _dies(archive, step):
            break
        evidence = (archive / "run-1/evidence").exists()
        assert not evidence or _same(archive / "run-1", tmp_path / "kept-archive/run-1"), step
        left = codes(verify_directory(archive, jobs=1))
        assert left <= {"PRUNE_UNFINISHED"}, step
        assert evidence or (archive / "evidence-removed.jsonl").exists(), step
        prune.finish(archive)
        prune.remove(archive, [run for run in prune.plan(archive, LATER, jobs=1) if run.run == "run-1"])
        assert not (archive / "run-1/evidence").exists(), step
        assert not (archive / "run-1/figures").exists(), step
        assert not (archive / PRUNING).exists(), step
        assert codes(verify_directory(archive, jobs=1)) == set(), step
        assert MST not in texts(state), step
        for name, place in (("archive", archive), ("state", state)):
            shutil.rmtree(place)
            shutil.copytree(tmp_path / f"kept-{name}", place)
    assert step > 8, "there are more steps than that"


def _dies(archive: Path, step: int) -> bool:
    """Prune in a child that is gone before its step-th change; say whether it got there."""
    child = os.fork()
    if child == 0:
        count = 0

        def counting(original: Callable[..., Any]) -> Callable[..., Any]:
            def change(*given: Any, **named: Any) -> Any:
                nonlocal count
                count += 1
                if count == step:
                    os._exit(9)
                return original(*given, **named)

            return change

        try:
            old = [run for run in prune.plan(archive, LATER, jobs=1) if run.run == "run-1"]
            for name in ("mkdir", "rename", "replace", "unlink", "rmdir", "fsync", "write", "ftruncate"):
                setattr(os, name, counting(getattr(os, name)))
            prune.remove(archive, old)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def _same(one: Path, other: Path) -> bool:
    def content(place: Path) -> dict[str, bytes]:
        return {
            path.relative_to(place).as_posix(): path.read_bytes()
            for path in place.rglob("*")
            if path.is_file() and path.name != "run.lock"
        }

    return content(one) == content(other)


@pytest.mark.parametrize("items", [["../outside"], ["/etc"], [""], ["run/../../outside"], "run", [7]])
def test_note_of_somebody_else_removes_nothing(tmp_path: Path, items: object) -> None:
    archive = tmp_path / "archive"
    run = make_run(archive / "run", days=9)
    (tmp_path / "outside").write_text("x", encoding="utf-8")
    (archive / PRUNING).mkdir()
    note = {"items": items, "chain": None, "manifest": "", "ended": "", "outcome": ""}
    (archive / PRUNING / "removing.json").write_text(json.dumps(note), encoding="utf-8")
    assert prune.finish(archive)
    assert (tmp_path / "outside").exists()
    assert (run / "evidence/manifest.json").exists()
    assert not (archive / PRUNING).exists()


def test_run_that_began_meanwhile_is_not_touched(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    old = prune.plan(tmp_path, LATER, jobs=1)
    lock = OutputLock(run)
    with pytest.raises(ChukysoError) as caught:
        prune.remove(tmp_path, old)
    assert caught.value.code is Code.OUTPUT_IN_USE
    lock.release()
    make_run(run, days=9)
    assert prune.remove(tmp_path, old) == []
    assert (run / "evidence/manifest.json").exists()


@pytest.mark.parametrize("age", ["", "y", "0d", "-1d", "5", "5 y", "5w", "٥y", "9999y", "1e3d"])
def test_age_that_is_none_is_refused(age: str) -> None:
    with pytest.raises(ChukysoError) as caught:
        prune.moment_before(datetime.now(UTC), age)
    assert caught.value.code is Code.OPTION_INVALID


def test_age_counts_calendar_years() -> None:
    day = datetime(2028, 2, 29, tzinfo=UTC)
    assert prune.moment_before(day, "5y").isoformat() == "2023-02-28T00:00:00+00:00"
    assert prune.moment_before(day, "400d").isoformat() == "2027-01-25T00:00:00+00:00"


def test_command_shows_asks_and_tells(tmp_path: Path) -> None:
    long_ago = -(datetime.now(UTC) - datetime(2019, 1, 1, tzinfo=UTC)).days
    make_run(tmp_path / "old", days=long_ago)
    make_run(tmp_path / "doubtful", Outcome.UNKNOWN, days=long_ago)
    arguments = ["evidence", "prune", str(tmp_path), "--older-than", "5y"]
    build_catalogue(tmp_path, jobs=1)
    shown = CliRunner().invoke(app, [*arguments, "--dry-run"])
    assert shown.exit_code == 3, "something old is kept"
    assert "sẽ xóa  old" in shown.output
    assert "giữ  doubtful" in shown.output
    assert (tmp_path / "old/evidence").exists()
    refused = CliRunner().invoke(app, arguments)
    assert isinstance(refused.exception, ChukysoError)
    assert refused.exception.code is Code.PRUNE_REFUSED
    assert (tmp_path / "old/evidence").exists()
    done = CliRunner().invoke(app, [*arguments, "--yes", "--json"])
    assert done.exit_code == 3
    actions = {run["run"]: run["action"] for run in json.loads(done.stdout)}
    assert actions == {"old": "removed", "doubtful": "keep"}
    assert not (tmp_path / "old").exists()
    again = CliRunner().invoke(app, [*arguments, "--force", "--yes"])
    assert again.exit_code == 0
    assert not (tmp_path / "doubtful").exists()
    assert MST not in texts(tmp_path), "the catalogue forgot it, too"


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells which files are open")
def test_what_is_open_is_neither_renamed_nor_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Windows has it; the file of a lock is open while it is held."""
    runs = make_archive(tmp_path, 3)

    def refuse_open(path: Path) -> None:
        for link in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # the listing itself
                opened = link.readlink()
                if path == opened or path in opened.parents:
                    raise PermissionError(errno.EACCES, "open", str(path))

    for name in ("rename", "unlink"):
        real = getattr(Path, name)

        def checked(path: Path, *arguments: Any, real: Any = real, **options: Any) -> Any:
            refuse_open(path)
            return real(path, *arguments, **options)

        monkeypatch.setattr(Path, name, checked)
    prune.remove(tmp_path, prune.plan(tmp_path, LATER, jobs=1))
    assert [run.exists() for run in runs] == [False, False, True]
    assert not (tmp_path / PRUNING).exists()
