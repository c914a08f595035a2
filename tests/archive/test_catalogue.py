"""The catalogue: complete, quick to renew, harmless whatever the manifests say, and usable in a real browser."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image
from typer.testing import CliRunner

from chukyso.archive import prune
from chukyso.archive.catalogue import build_catalogue
from chukyso.archive.catalogue_rows import UNFINISHED
from chukyso.archive.thumbnails import HEIGHT, THUMBNAILS_FILE, WIDTH, make_strip, write_thumbnails
from chukyso.cli import app
from chukyso.errors import ChukysoError, Code, Outcome
from chukyso.evidence.manifest import JOURNAL_FILE
from chukyso.evidence.model.run import Account
from chukyso.report.recover import report_from_journal
from chukyso.storage.lock import OutputLock
from support.archive import LATER, forge, make_run
from support.chromium import chromium
from support.evidence import CASES, MST, OWNER, manifest
from support.journal import BEGUN, SEEN, SENT, TAKEN_BACK, journal

HOSTILE = "</script><img src=x onerror=alert(1)>\u2028'\"`${x}&lt;"


def rows(page: Path) -> list[list[Any]]:
    text = (page.with_suffix(".files") / "runs.js").read_text(encoding="utf-8")
    assert text.startswith("globalThis.RUNS=")
    found: list[list[Any]] = json.loads(text.removeprefix("globalThis.RUNS=").rstrip(";\n"))
    return found


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    for number, outcome in enumerate((Outcome.UPDATED, Outcome.DRY_RUN, Outcome.FAILED)):
        make_run(tmp_path / "kho" / outcome.value, outcome, days=2 * number)
    return tmp_path / "kho"


def test_every_run_is_in_it_newest_first(archive: Path) -> None:
    (archive / "broken" / "evidence").mkdir(parents=True)
    (archive / "broken" / "evidence" / "manifest.json").write_bytes(b"{")
    built = build_catalogue(archive, jobs=1)
    assert (built.runs, built.read, built.unreadable) == (4, 4, 1)
    found = rows(built.page)
    assert [row[0] for row in found] == ["failed", "dry-run", "updated", "broken"]
    assert [row[2] for row in found] == ["failed", "dry-run", "updated", ""]
    assert found[2][3:5] == [MST, OWNER]
    assert [row[11].count("1") for row in found] == [CASES[Outcome(row[2])][0] if row[2] else 0 for row in found]
    assert all((archive / row[12]).is_file() for row in found if row[12]), "old runs get their strip here"


def test_killed_run_is_told_from_its_journal_and_leads_to_the_report_made_of_that(archive: Path) -> None:
    for name, events in {"killed": BEGUN, "sent": SENT, "taken-back": TAKEN_BACK, "seen": SEEN}.items():
        journal(archive / name, events)
    with (archive / "killed" / JOURNAL_FILE).open("ab") as file:
        file.write(b'{"seq": 5, "eve')  # the power failed
    built = build_catalogue(archive, jobs=1)
    assert built.unreadable == 0
    found = {row[0]: row for row in rows(built.page)}
    killed = found["killed"]
    assert killed[1] > 0
    assert (killed[2], killed[3], killed[6], killed[7], killed[13]) == (UNFINISHED, MST, "sandbox", True, 0)
    assert {name: found[name][8] for name in ("killed", "sent", "taken-back", "seen")} == {
        "killed": "",
        "sent": "SUBMISSION_UNKNOWN",
        "taken-back": "",
        "seen": "",
    }
    report_from_journal(archive / "sent")
    again = build_catalogue(archive, jobs=1)
    assert (again.read, {row[0]: row[13] for row in rows(again.page)}["sent"]) == (1, 1)


@pytest.mark.parametrize(
    "text", [b"{}\n", b"[]\n", b"\xff\n", b'{"event": 1, "data": []}\n', b'{"time": 5}\n', b'{"a": 1, "a": 2}\n', b""]
)
def test_journal_that_is_none_does_no_harm(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "run" / "evidence").mkdir(parents=True)
    (tmp_path / "run" / JOURNAL_FILE).write_bytes(text)
    [row] = rows(build_catalogue(tmp_path, jobs=1).page)
    assert (row[1], row[2] in {"", UNFINISHED}, row[3]) == (0, True, "")


def test_only_what_is_new_or_another_is_read_again(archive: Path) -> None:
    build_catalogue(archive, jobs=1)
    assert build_catalogue(archive, jobs=1).read == 0
    make_run(archive / "more", days=5)
    forge(archive / "updated", outcome="rejected")
    again = build_catalogue(archive, jobs=1)
    assert (again.runs, again.read) == (4, 2)
    assert {row[0]: row[2] for row in rows(again.page)}["updated"] == "rejected"
    memory = again.page.with_suffix(".files") / "memory.json"
    for damage in (b"", b"{}", b'{"form": 1, "runs": {"updated": [1, [2]], "more": 3}}'):
        memory.write_bytes(damage)
        assert build_catalogue(archive, jobs=1).read == 4, "what cannot be read is not believed"


def test_several_processes_make_the_same(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = rows(build_catalogue(archive, jobs=1).page)
    shutil.rmtree(archive / "catalogue.files")
    monkeypatch.setattr("chukyso.archive.catalogue._FEW", 2)
    monkeypatch.setattr("chukyso.archive.catalogue._BATCH", 1)
    assert rows(build_catalogue(archive, jobs=2).page) == first


def test_what_was_pruned_is_gone_from_it(archive: Path) -> None:
    page = build_catalogue(archive, jobs=1).page
    prune.remove(archive, prune.plan(archive, LATER, jobs=1))
    build_catalogue(archive, jobs=1)
    assert [row[0] for row in rows(page)] == ["failed"]
    assert len(list((page.with_suffix(".files") / "thumbnails").iterdir())) == 1
    assert "2 lần chạy đã xóa có ghi sổ" in page.read_text(encoding="utf-8")


def test_strip_of_the_run_itself_is_used(tmp_path: Path) -> None:
    run = make_run(tmp_path / ("a run #1" if sys.platform == "win32" else "a run #1?"))
    assert write_thumbnails(run, {}) == run / THUMBNAILS_FILE
    with Image.open(run / THUMBNAILS_FILE) as strip:
        assert (strip.format, strip.size) == ("WEBP", (6 * WIDTH, HEIGHT))
        assert strip.getpixel((WIDTH // 2, 4)) != strip.getpixel((WIDTH // 2, HEIGHT - 4)), "there is a picture in it"
    page = build_catalogue(tmp_path, tmp_path / "trang" / "danh mục.html", jobs=1).page
    (row,) = rows(page)
    assert row[0] == f"../{quote(run.name)}"
    assert row[12] == f"../{quote(run.name)}/{THUMBNAILS_FILE}"


@pytest.mark.parametrize("damage", ["cut", "bomb", "other"])
def test_figure_that_is_no_picture_leaves_its_place_empty(tmp_path: Path, damage: str) -> None:
    run = make_run(tmp_path / "run", Outcome.DRY_RUN)
    for number in (1, 2, 3):
        path = run / f"figures/figure-{number}.png"
        if damage == "cut":
            path.write_bytes(path.read_bytes()[:-3000])
        elif damage == "bomb":
            Image.new("1", (20_000, 20_000)).save(path)
        else:
            Image.new("RGB", (400, 300)).save(path, "GIF")
    assert make_strip(run, 6) is None


def test_catalogue_that_another_process_makes_is_left_alone(archive: Path) -> None:
    page = build_catalogue(archive, jobs=1).page
    lock = OutputLock(page.with_suffix(".files"))
    with pytest.raises(ChukysoError) as caught:
        build_catalogue(archive, jobs=1)
    assert caught.value.code is Code.OUTPUT_IN_USE
    lock.release()


def test_command_says_what_it_made_and_refuses_an_empty_directory(archive: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["evidence", "catalogue", str(archive), "--json"])
    assert json.loads(result.stdout)["runs"] == 3
    (tmp_path / "empty").mkdir()
    result = CliRunner().invoke(app, ["evidence", "catalogue", str(tmp_path / "empty")])
    assert isinstance(result.exception, ChukysoError)
    assert result.exception.code is Code.EVIDENCE_UNREADABLE
    assert not list((tmp_path / "empty").iterdir())


@pytest.mark.slow
def test_page_in_a_browser_searches_and_obeys_no_manifest(tmp_path: Path) -> None:
    """Opened from the disk. Texts of manifests, and names of directories, are hostile."""
    archive = tmp_path / "kho"
    certificate = manifest(make_run(archive / "one"))["certificates"]["new"]
    make_run(archive / "two", Outcome.REJECTED, days=3, account=Account("0312345678"))
    hostile = make_run(archive / "x');alert(1);('", days=5)
    data = manifest(hostile)
    forge(
        hostile,
        account={"tax_code": HOSTILE, "unit": HOSTILE},
        certificates={**data["certificates"], "new": {**certificate, "owner": HOSTILE}},
        error={"code": HOSTILE},
    )
    if os.name != "nt":
        make_run(archive / 'javascript:alert(1)"<img src=x onerror=alert(1)>', days=6)
    page = build_catalogue(archive, jobs=1).page
    assert "<img" not in (page.with_suffix(".files") / "runs.js").read_text(encoding="utf-8")
    with chromium() as browser, browser.tab(page.as_uri()) as tab:
        tab.until("document.querySelectorAll('.run').length === 4")
        assert tab.run("document.querySelectorAll('.run img, .run script, #list [onerror]').length") == 0
        owners = tab.run("[...document.querySelectorAll('.owner')].map(one => one.textContent).join('|')")
        assert HOSTILE in owners
        give = "{ const box = document.getElementById('%s'); box.value = '%s'; box.dispatchEvent(new Event('input')) }"
        for text, count in (("0312345678", 1), ("anh duong", 3), ("THU NGHIEM anh", 3), ("khong co", 0), ("", 4)):
            tab.run(give % ("text", text))
            assert tab.run("document.querySelectorAll('.run').length") == count, text
        tab.run("document.querySelector('[data-outcome=rejected]').click()")
        assert tab.run("document.querySelectorAll('.run').length") == 1
        tab.run("document.querySelector('[data-outcome=rejected]').click()")
        tab.run(give % ("to", "2026-03-04"))
        assert tab.run("document.querySelectorAll('.run').length") == 1
        links = tab.run("[...document.querySelectorAll('a')].every(a => a.href.startsWith('file:///'))")
        assert links is True


def test_runs_of_two_chains_are_told_apart(tmp_path: Path) -> None:
    make_run(tmp_path / "rehearsal")
    make_run(tmp_path / "real", rehearsal=False, profile="bhxh")
    make_run(tmp_path / "early", rehearsal=False, profile="")
    found = {row[0]: row[9:11] for row in rows(build_catalogue(tmp_path, jobs=1).page)}
    assert [number for number, _ in found.values()] == [1, 1, 1], "each is the first of its own chain"
    kinds = {name: chain.rpartition("-")[0] for name, (_, chain) in found.items()}
    assert kinds == {"rehearsal": "rehearsal", "real": "profile-bhxh", "early": "no-profile"}


CUT = """[...document.querySelectorAll('.run')].flatMap(run => {
  const frame = run.getBoundingClientRect();
  return [...run.querySelectorAll('.links a, .badge, .day, .thumb, .about')].filter(part => {
    const box = part.getBoundingClientRect();
    return !box.width || box.left < frame.left || box.right > frame.right || box.bottom > frame.bottom;
  }).map(part => part.className + ' ' + part.textContent);
}).join('|')"""
OVERLAP = """[...document.querySelectorAll('.run')].some(run => {
  const [links, thumb] = ['.links', '.thumb'].map(part => run.querySelector(part).getBoundingClientRect());
  return links.bottom > thumb.top && links.right > thumb.left;
})"""


@pytest.mark.slow
def test_nothing_is_cut_off_on_a_phone(tmp_path: Path) -> None:
    for outcome in Outcome:
        run = make_run(
            tmp_path / outcome.value, outcome, account=Account("0312345678-001", "TZ0123Z Chi nhánh phía Nam")
        )
        (run / "evidence" / "report.pdf").write_bytes(b"%PDF")
    report_from_journal(journal(tmp_path / "killed", SENT))
    journal(tmp_path / "going", BEGUN)
    page = build_catalogue(tmp_path, jobs=1).page
    with chromium() as browser, browser.tab(page.as_uri()) as tab:
        for width in (320, 390, 600, 768, 1280):
            size = {"width": width, "height": 20_000, "deviceScaleFactor": 1, "mobile": width < 700}
            tab.call("Emulation.setDeviceMetricsOverride", **size)
            tab.until(f"innerWidth === {width} && document.querySelectorAll('.run').length === 9")
            assert tab.run(CUT) == "", width
            assert tab.run(OVERLAP) is False, width
            assert tab.run("document.documentElement.scrollWidth") <= width
        links = tab.run("[...document.querySelectorAll('.links a')].map(a => a.textContent)")
        assert [links.count(text) for text in ("Biên bản", "Biên bản lập lại")] == [7, 1], "one goes on, without one"
        assert "trong chuỗi rehearsal-" in tab.run("document.querySelector('main').textContent")
