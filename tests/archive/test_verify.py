"""`chukyso evidence verify`: any byte, file or run that was changed, removed or added is found and named."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from chukyso.archive.findings import Finding, Level, Problem
from chukyso.archive.links import Extent, ranges
from chukyso.archive.supplement import add_supplement
from chukyso.archive.verify import verify_directory
from chukyso.cli import app
from chukyso.errors import ChukysoError, Code, Outcome
from support.archive import codes, files_of, forge, found, hash_of, make_archive, make_run, make_whole
from support.evidence import manifest


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Never changed."""
    return make_whole(tmp_path_factory)


def levels(run: Path) -> Level:
    return verify_directory(run, jobs=1).level


def test_untouched_evidence_of_every_outcome_is_intact(tmp_path: Path) -> None:
    for outcome in Outcome:
        make_run(tmp_path / outcome.value, outcome)
    report = verify_directory(tmp_path, jobs=1)
    assert codes(report) == set()
    assert [run.outcome for run in report.runs] == sorted(Outcome)


@given(st.data())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_any_change_of_any_file_is_found(whole: Path, data: st.DataObject) -> None:
    files = list(files_of(whole))
    path = data.draw(st.sampled_from(files))
    content = path.read_bytes()
    action = data.draw(st.sampled_from(["flip", "remove", "add", "cut", "grow"]))
    added = path.with_name(path.name + data.draw(st.sampled_from([".bak", ".part", "x", "\u00e1"])))
    try:
        if action == "remove":
            path.unlink()
        elif action == "add":
            added.write_bytes(data.draw(st.binary(max_size=20)))
        elif action == "cut":
            path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
        elif action == "grow":
            path.write_bytes(content + data.draw(st.binary(min_size=1, max_size=20)))
        else:
            place = data.draw(st.integers(0, len(content) - 1))
            other = data.draw(st.integers(1, 255))
            path.write_bytes(content[:place] + bytes([content[place] ^ other]) + content[place + 1 :])
        # The manifest itself is tied down by what follows it: here the supplement, in an archive the next link.
        # Nothing here follows the last supplement: one that reads as before but for its words is not vouched for.
        last = path.parent.name == "supplements" and action == "flip"
        assert levels(whole) in ({Level.CHANGED, Level.UNPROVEN} if last else {Level.CHANGED}), (action, path.name)
    finally:
        added.unlink(missing_ok=True)
        path.write_bytes(content)
    assert levels(whole) is Level.UNPROVEN, "no register of it here"


def test_the_guide_beside_the_evidence_is_no_change_and_the_same_file_within_it_is(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    written = CliRunner().invoke(app, ["guide", str(run), "--format", "html"])
    assert written.exit_code == 0, written.output
    (guide,) = (run / "guide").iterdir()
    assert found(run) == set()
    for place in ("evidence", "figures", "evidence/guide", "figures/guide"):
        added = run / place / guide.name
        added.parent.mkdir(exist_ok=True)
        shutil.copy(guide, added)
        changed = [one for one in verify_directory(run, jobs=1).findings if one.level is Level.CHANGED]
        assert changed == [Finding.of(Problem.FILE_ADDED, ".", path=f"{place}/{guide.name}")]
        added.unlink()


Attack = Callable[[Path, list[Path]], object]


def _swap(_archive: Path, runs: list[Path]) -> None:
    """The places of two runs are exchanged in their manifests."""
    one, other = (manifest(run)["chain"] for run in runs[1:3])
    forge(runs[1], chain=other)
    forge(runs[2], chain=one)


def _insert(archive: Path, runs: list[Path]) -> None:
    shutil.copytree(runs[1], archive / "inserted")
    forge(archive / "inserted", outcome="rejected")


def _append(archive: Path, runs: list[Path]) -> None:
    shutil.copytree(runs[3], archive / "more")
    last = manifest(runs[3])["chain"]
    forge(archive / "more", chain={**last, "sequence": 5, "previous": hash_of(runs[3] / "evidence/manifest.json")})


WITHOUT_REGISTER = {"NOT_VOUCHED_FOR", "SUPPLEMENT_NOT_VOUCHED_FOR", "REGISTER_ABSENT"}
"""What is said of every archive where its register is not."""
CHAIN_ATTACKS: dict[str, tuple[Attack, set[str], set[str]]] = {
    # What is found where the register is, and where it is not.
    "first removed": (lambda _, runs: shutil.rmtree(runs[0]), {"RUN_MISSING"}, {"RUN_MISSING"}),
    "middle removed": (lambda _, runs: shutil.rmtree(runs[1]), {"RUN_MISSING"}, {"RUN_MISSING"}),
    "last removed": (lambda _, runs: shutil.rmtree(runs[3]), {"RUN_MISSING"}, set()),
    "manifest changed": (
        lambda _, runs: forge(runs[1], host={}),
        {"REGISTER_DIFFERS", "CHAIN_BROKEN"},
        {"CHAIN_BROKEN"},
    ),
    "last manifest changed": (lambda _, runs: forge(runs[3], host={}), {"REGISTER_DIFFERS"}, set()),
    "reordered": (_swap, {"REGISTER_DIFFERS", "CHAIN_BROKEN", "CLOCK"}, {"CHAIN_BROKEN", "CLOCK"}),
    "inserted": (_insert, {"CHAIN_FORKED", "FACTS"}, {"CHAIN_FORKED"}),
    "appended": (_append, {"REGISTER_UNAWARE"}, set()),
    "evidence removed": (lambda _, runs: shutil.rmtree(runs[1] / "evidence"), {"RUN_MISSING"}, {"RUN_MISSING"}),
    "manifest removed": (
        lambda _, runs: (runs[1] / "evidence/manifest.json").unlink(),
        {"MANIFEST_MISSING", "RUN_MISSING"},
        {"MANIFEST_MISSING", "RUN_MISSING"},
    ),
    "chain stripped": (lambda _, runs: forge(runs[1], chain=None), {"RUN_MISSING"}, {"RUN_MISSING"}),
}


@pytest.mark.parametrize("name", CHAIN_ATTACKS)
def test_what_is_done_to_the_chain_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, chain_archive: Path
) -> None:
    attack, with_register, without = CHAIN_ATTACKS[name]
    monkeypatch.setenv("CHUKYSO_STATE_DIR", str(chain_archive / "state"))
    archive = chain_archive / "runs"
    kept = chain_archive / f"kept-{tmp_path.name}"
    shutil.copytree(archive, kept)
    try:
        attack(archive, [archive / f"run-{number}" for number in range(1, 5)])
        assert with_register - {"FACTS"} <= found(archive)
        monkeypatch.setenv("CHUKYSO_STATE_DIR", str(tmp_path / "elsewhere"))
        missed = found(archive) - WITHOUT_REGISTER
        assert without <= missed
        assert missed or name in {"last removed", "last manifest changed", "appended"}, "what only a register knows"
    finally:
        shutil.rmtree(archive)
        kept.rename(archive)


@pytest.fixture(scope="module")
def chain_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four chained runs and the state directory of the installation that made them."""
    place = tmp_path_factory.mktemp("chain")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHUKYSO_STATE_DIR", str(place / "state"))
        make_archive(place / "runs", 4)
    return place


def test_missing_run_is_named(tmp_path: Path) -> None:
    runs = make_archive(tmp_path, 3)
    shutil.rmtree(runs[2])
    report = verify_directory(tmp_path, jobs=1)
    (missing,) = [finding for finding in report.findings if finding.problem is Problem.RUN_MISSING]
    assert "số 3" in missing.vietnamese
    assert "05/03/2026" in missing.vietnamese, "the register knows when it ended"
    assert "Run 3 " in missing.english


def test_runs_elsewhere_are_not_missed(tmp_path: Path) -> None:
    make_run(tmp_path / "other" / "a")
    make_run(tmp_path / "archive" / "b", days=1)
    make_run(tmp_path / "other" / "c", days=2)
    assert found(tmp_path / "archive") == set()
    assert found(tmp_path / "archive", extent=Extent.WHOLE) == {"RUN_MISSING"}
    assert found(tmp_path / "archive" / "b") == set()


def test_archive_that_was_moved_still_misses_what_was_between(tmp_path: Path) -> None:
    runs = make_archive(tmp_path / "old", 4)
    shutil.rmtree(runs[1])
    (tmp_path / "old").rename(tmp_path / "moved")
    assert found(tmp_path / "moved") == {"RUN_MISSING"}
    assert found(tmp_path / "moved", extent=Extent.PART) == {"RUN_MISSING"}


def test_clock_that_went_back_is_a_warning_and_no_break(tmp_path: Path) -> None:
    make_run(tmp_path / "a", days=3)
    make_run(tmp_path / "b", days=1)
    report = verify_directory(tmp_path, jobs=1)
    assert codes(report) == {"CLOCK"}
    assert report.level is Level.WARNING
    make_run(tmp_path / "c", days=36_500)
    assert found(tmp_path) == {"CLOCK", "CLOCK_FUTURE"}


def test_clock_may_go_back_a_little_for_runs_that_end_together(tmp_path: Path) -> None:
    make_run(tmp_path / "a", days=1)
    make_run(tmp_path / "b", days=1 - timedelta(minutes=4) / timedelta(days=1))
    assert found(tmp_path) == set()


def _rewrite_journal(run: Path, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    """Change the journal and everything in the manifest that gives that away."""
    path = run / "evidence" / "journal.jsonl"
    lines = change([json.loads(line) for line in path.read_bytes().splitlines()])
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    content = manifest(run)
    content["journal"] |= {"sha256": hash_of(path), "events": len(lines)}
    for file in content["files"]:
        if file["path"] == "evidence/journal.jsonl":
            file |= {"sha256": hash_of(path), "size": path.stat().st_size}
    forge(run, **content)


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: [*lines[:1], *lines[2:]],
        lambda lines: [lines[0], lines[2], lines[1]],
        lambda lines: [{**line, "seq": 1} for line in lines],
        lambda lines: [{**lines[0], "event": "signed"}, *lines[1:]],
        lambda lines: [*lines[:-1], {**lines[-1], "data": {"outcome": "rejected"}}],
        lambda lines: [*lines, {**lines[-1], "seq": len(lines) + 1}],
        lambda lines: [{**line, "time": "2026-03-02T01:15:09"} for line in lines],
    ],
)
def test_journal_that_does_not_fit_is_found_though_its_hash_is_right(
    tmp_path: Path, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]
) -> None:
    run = make_run(tmp_path / "run")
    _rewrite_journal(run, change)
    assert "JOURNAL_BROKEN" in found(run)


def test_signed_document_with_another_content_is_found_though_its_hash_is_right(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    path = run / "evidence" / "submission.xml"
    path.write_bytes(path.read_bytes().replace(b"0101234565", b"0101234566"))
    content = manifest(run)
    content["submission"]["sha256"] = hash_of(path)
    for file in content["files"]:
        if file["path"] == "evidence/submission.xml":
            file["sha256"] = hash_of(path)
    forge(run, **content)
    assert "SIGNATURE_FAILED" in found(run)


def test_supplements_are_chained_too(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    for number in (1, 2):
        (run / "evidence" / f"note-{number}").write_text("x", encoding="utf-8")
        added = add_supplement(run, "note", [run / "evidence" / f"note-{number}"], {"number": number})
        assert added.name == f"000{number}.json"
    assert found(run) == set()
    last = run / "evidence/supplements/0002.json"
    text = last.read_bytes()
    last.unlink()
    (run / "evidence" / "note-2").unlink()
    assert found(run) == {"SUPPLEMENT_MISSING"}, "the register knows of the last one"
    last.write_bytes(text.replace(b'"number": 2', b'"number": 3'))
    (run / "evidence" / "note-2").write_text("x", encoding="utf-8")
    assert found(run) == {"SUPPLEMENT_MISSING"}
    last.write_bytes(text)
    first = run / "evidence/supplements/0001.json"
    first.write_bytes(first.read_bytes().replace(b'"number": 1', b'"number": 4'))
    assert "SUPPLEMENT_BROKEN" in found(run)


def test_supplement_takes_only_files_of_the_evidence(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    (tmp_path / "outside").write_text("x", encoding="utf-8")
    for file in (tmp_path / "outside", Path("../outside"), Path("evidence/none"), Path("figures/figure-1.png")):
        with pytest.raises(ChukysoError) as caught:
            add_supplement(run, "note", [file], {})
        assert caught.value.code is Code.EVIDENCE_UNREADABLE
    with pytest.raises(ChukysoError):
        add_supplement(tmp_path, "note", [], {})
    assert not (run / "evidence/supplements").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no file can be called so there")
def test_command_says_what_was_changed_in_both_languages(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run")
    result = CliRunner().invoke(app, ["evidence", "verify", str(run)])
    assert (result.exit_code, "NGUYÊN VẸN" in result.output) == (0, True)
    with (run / "evidence/report.html").open("ab") as stream:
        stream.write(b" ")
    (run / "figures/figure-2.png").unlink()
    (run / "evidence/\x1b[2Jx").write_text("x", encoding="utf-8")
    result = CliRunner().invoke(app, ["evidence", "verify", str(tmp_path)])
    assert result.exit_code == 1
    for wanted in (
        "ĐÃ BỊ THAY ĐỔI",
        "run: Tệp evidence/report.html đã bị thay đổi",
        "The file evidence/report.html was changed",
        "Tệp figures/figure-2.png đã bị lấy đi.",
        "The file figures/figure-2.png is missing.",
        "\\u001b[2Jx không có trong bản kê",
    ):
        assert wanted in result.output
    assert "\x1b[2J" not in result.output
    result = CliRunner().invoke(app, ["evidence", "verify", "--json", str(tmp_path)])
    document = json.loads(result.stdout)
    assert document["verdict"] == "changed"
    assert {finding["path"] for finding in document["findings"] if "path" in finding} >= {"figures/figure-2.png"}


@pytest.mark.parametrize("content", [None, b"", b"%!PS no pdf"])
def test_command_refuses_what_is_no_evidence(tmp_path: Path, content: bytes | None) -> None:
    target = tmp_path / "target"
    if content is None:
        target.mkdir()
    else:
        target.write_bytes(content)
    for arguments in ([str(target)], ["--json", str(target)], [str(tmp_path / "none")]):
        result = CliRunner().invoke(app, ["evidence", "verify", *arguments])
        assert result.exit_code == 2, result.output
    assert "EVIDENCE_UNREADABLE" in result.output


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to one process")
@pytest.mark.slow
def test_several_processes_find_the_same_and_stop_at_once(tmp_path: Path, whole: Path) -> None:
    for number in range(16):
        shutil.copytree(whole, tmp_path / f"copy-{number}")
    (tmp_path / "copy-9/figures/figure-1.png").unlink()
    assert codes(verify_directory(tmp_path, jobs=2)) - WITHOUT_REGISTER == {"FILE_MISSING"}
    script = """
import multiprocessing, os, signal, sys
from pathlib import Path
from chukyso.archive.verify import verify_directory
try:
    verify_directory(Path(sys.argv[1]), jobs=2, progress=lambda *_: os.kill(os.getpid(), signal.SIGINT))
except KeyboardInterrupt:
    print("stopped", multiprocessing.active_children())
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert (done.stdout.strip(), done.stderr) == ("stopped []", "")


def test_ranges_are_short() -> None:
    assert ranges([1, 2, 3, 7, 9, 10]) == "1–3, 7, 9–10"
    assert ranges([]) == ""
