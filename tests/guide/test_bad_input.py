"""Folders that are no run's, figures that are not what was taken, places that cannot be written to."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from lxml import html
from PIL import Image

from chukyso.errors import ChukysoError, Code, Outcome
from chukyso.evidence.files import sha256
from chukyso.guide import write
from chukyso.guide.page import render_html
from chukyso.guide.source import read_source
from chukyso.guide.word import render_docx
from chukyso.guide.write import FILE_NAME, Format, check_output, read_formats, write_guide
from support.guide import change_manifest, make_run

Change = Callable[[dict[str, Any]], object]
BOTH = (Format.HTML, Format.DOCX)


@pytest.fixture(scope="module")
def _whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("whole"), Outcome.DRY_RUN)


@pytest.fixture
def run(_whole: Path, tmp_path: Path) -> Path:
    """A run's directory to spoil."""
    directory = tmp_path / "results"
    shutil.copytree(_whole, directory)
    return directory


def refused(code: Code, run: Path) -> ChukysoError:
    with pytest.raises(ChukysoError) as caught:
        read_source(run)
    assert caught.value.code is code, caught.value
    return caught.value


class TestFolder:
    def test_that_is_not_there_or_empty(self, tmp_path: Path) -> None:
        assert "không có thư mục này" in str(refused(Code.EVIDENCE_UNREADABLE, tmp_path / "nowhere"))
        assert "không có tệp evidence/manifest.json" in str(refused(Code.EVIDENCE_UNREADABLE, tmp_path))

    @pytest.mark.parametrize(
        "content",
        [b"", b"{", b"[]", b"null", b"\xff\xfe{}", b'{"schema_version": 1, "schema_version": 1}', b"[" * 100_000],
        ids=["empty", "cut", "list", "null", "UTF-16", "name twice", "deep"],
    )
    def test_whose_manifest_is_none(self, run: Path, content: bytes) -> None:
        (run / "evidence" / "manifest.json").write_bytes(content)
        refused(Code.EVIDENCE_UNREADABLE, run)

    @pytest.mark.parametrize("version", [None, "1", 0, -1, 1.5, True, [1]], ids=str)
    def test_of_another_program(self, run: Path, version: object) -> None:
        change_manifest(run, lambda manifest: manifest.update(schema_version=version))
        refused(Code.EVIDENCE_UNREADABLE, run)

    def test_of_a_newer_program(self, run: Path) -> None:
        change_manifest(run, lambda manifest: manifest.update(schema_version=2))
        error = refused(Code.EVIDENCE_NEWER, run)
        assert "lược đồ 2" in str(error)
        assert "Cập nhật chương trình" in str(error)

    @pytest.mark.parametrize(
        "change",
        [
            lambda manifest: manifest.pop("figures"),
            lambda manifest: manifest.pop("run"),
            lambda manifest: manifest.update(run=[]),
            lambda manifest: manifest["run"].update(started="yesterday"),
            lambda manifest: manifest["run"].update(started="2026-03-02T08:15:00"),
            lambda manifest: manifest["run"].update(started="0001-01-01T00:00:00Z"),
            lambda manifest: manifest["run"].update(started="9999-12-31T23:59:59Z"),
            lambda manifest: manifest.update(figures={"1": {}}),
            lambda manifest: manifest.update(figures=[7]),
            lambda manifest: manifest["figures"].append(manifest["figures"][0]),
            lambda manifest: manifest["figures"][0].update(number=7),
            lambda manifest: manifest["figures"][0].update(number=[1]),
            lambda manifest: manifest["figures"][0].pop("sha256"),
            lambda manifest: manifest["missing_figures"].pop(0),
            lambda manifest: manifest["missing_figures"][0].pop("reason"),
            lambda manifest: manifest.update(missing_figures=None),
        ],
    )
    def test_whose_manifest_is_incomplete(self, run: Path, change: Change) -> None:
        change_manifest(run, change)
        refused(Code.EVIDENCE_UNREADABLE, run)

    def test_with_more_in_its_manifest_than_we_know_is_read(self, run: Path) -> None:
        change_manifest(
            run, lambda manifest: manifest.update(chain={"sequence": 7}, seal={"path": "evidence/report.pdf"})
        )
        assert sorted(read_source(run).figures) == [1, 2, 3]


class TestFigure:
    def test_another_one(self, run: Path) -> None:
        Image.new("RGB", (2560, 1600), "white").save(run / "figures" / "figure-2.png")
        error = refused(Code.FIGURE_DAMAGED, run)
        assert "Hình 2" in str(error)
        assert "mã băm khác với biên bản" in str(error)

    def test_one_bit(self, run: Path) -> None:
        path = run / "figures" / "figure-3.png"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        assert "Hình 3" in str(refused(Code.FIGURE_DAMAGED, run))

    def test_gone(self, run: Path) -> None:
        (run / "figures" / "figure-1.png").unlink()
        assert "tệp không còn" in str(refused(Code.FIGURE_DAMAGED, run))

    @pytest.mark.parametrize("keep", [0, 7, 16, 500, -1])
    @pytest.mark.parametrize("vouched", [False, True], ids=["as taken", "cut before the hash"])
    def test_truncated(self, run: Path, keep: int, vouched: bool) -> None:
        path = run / "figures" / "figure-1.png"
        path.write_bytes(path.read_bytes()[:keep])
        if vouched:
            change_manifest(run, lambda manifest: manifest["figures"][0].update(sha256=sha256(path)))
        assert "bị cắt cụt" in str(refused(Code.FIGURE_DAMAGED, run))

    @pytest.mark.parametrize(
        "content",
        [
            b"\x89PNG\r\n\x1a\nIEND\xaeB`\x82",
            b"\x89PNG\r\n\x1a\n" + bytes(8) + b"\xff" * 8 + b"IEND\xaeB`\x82",
            b"\x89PNG\r\n\x1a\n" + bytes(8) + b"\0\0\0\1" * 2 + bytes(40) + b"IEND\xaeB`\x82",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        ],
        ids=["nothing between", "billions of pixels", "no picture", "SVG"],
    )
    def test_that_the_manifest_vouches_for_and_is_none(self, run: Path, content: bytes) -> None:
        path = run / "figures" / "figure-1.png"
        path.write_bytes(content)
        change_manifest(run, lambda manifest: manifest["figures"][0].update(sha256=sha256(path)))
        refused(Code.FIGURE_DAMAGED, run)

    def test_that_the_manifest_vouches_for_and_cannot_be_decoded(self, run: Path) -> None:
        path = run / "figures" / "figure-1.png"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        change_manifest(run, lambda manifest: manifest["figures"][0].update(sha256=sha256(path)))
        assert "tệp PNG bị hỏng" in str(refused(Code.FIGURE_DAMAGED, run))

    def test_that_the_manifest_vouches_for_and_is_huge(self, run: Path) -> None:
        path = run / "figures" / "figure-1.png"
        Image.new("1", (10_000, 8_001)).save(path)
        change_manifest(run, lambda manifest: manifest["figures"][0].update(sha256=sha256(path)))
        assert "hình quá lớn" in str(refused(Code.FIGURE_DAMAGED, run))

    def test_a_path_of_the_manifest_is_not_followed(self, run: Path, tmp_path: Path) -> None:
        other = tmp_path / "other.png"
        Image.new("RGB", (10, 10), "white").save(other)
        change_manifest(run, lambda manifest: manifest["figures"][0].update(path="../other.png", sha256=sha256(other)))
        refused(Code.FIGURE_DAMAGED, run)

    @pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
    def test_a_link_is_not_followed(self, run: Path, tmp_path: Path) -> None:
        path = run / "figures" / "figure-1.png"
        path.rename(tmp_path / "away.png")
        path.symlink_to(tmp_path / "away.png")
        refused(Code.FIGURE_DAMAGED, run)


def test_texts_of_a_manifest_stay_texts(run: Path) -> None:
    hostile = "\x1b[31m<script>alert(1)</script>\x00\u202e\nBước 5: Gửi mã PIN" + "x" * 9_000
    change_manifest(run, lambda manifest: manifest["missing_figures"][0].update(reason=hostile))
    change_manifest(run, lambda manifest: manifest["run"].update(profile=hostile))
    change_manifest(run, lambda manifest: manifest["host"].update(product=hostile))
    source = read_source(run)
    assert "\n" not in source.missing[4]
    assert len(source.missing[4]) <= 400
    page = html.fromstring(render_html(source, "x"))
    assert not page.xpath("//script")
    assert len(page.xpath("//h2")) == 4
    assert "\x1b" not in page.text_content()
    word = Document(io.BytesIO(render_docx(source, "x")))
    assert len([one for one in word.paragraphs if one.style and one.style.name == "Heading 1"]) == 4
    change_manifest(run, lambda manifest: manifest["run"].update(id=hostile))
    refused(Code.EVIDENCE_UNREADABLE, run)


class TestOptions:
    def test_formats(self) -> None:
        assert read_formats("docx, HTML,html") == (Format.HTML, Format.DOCX)

    @pytest.mark.parametrize("text", ["", ",", "odt", "html,pdf,odt", "html;pdf"])
    def test_formats_that_are_none(self, text: str) -> None:
        with pytest.raises(ChukysoError, match=r"^\[OPTION_INVALID\].*--format.*html, pdf, docx"):
            read_formats(text)

    @pytest.mark.parametrize("place", ["evidence", "figures", "evidence/validation", "guide/../figures"])
    def test_nothing_is_added_to_the_evidence(self, run: Path, place: str) -> None:
        with pytest.raises(ChukysoError, match=r"^\[OPTION_INVALID\].*--output"):
            check_output(run, run / place)
        check_output(run, run / "guide")


class TestOutput:
    def test_a_file_in_its_place(self, run: Path) -> None:
        (run / "guide").write_text("mine", encoding="utf-8")
        with pytest.raises(ChukysoError, match=r"^\[GUIDE_NOT_WRITTEN\].*--output"):
            write_guide(read_source(run), run / "guide", BOTH)
        assert (run / "guide").read_text(encoding="utf-8") == "mine"

    @pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")
    def test_a_full_disk_leaves_what_was_there(self, run: Path) -> None:
        """A limit for the size of files is what a full disk is to a program: a write that fails half-way."""
        output = run / "guide"
        output.mkdir()
        before = output / f"{FILE_NAME}.html"
        before.write_text("of last week", encoding="utf-8")
        code = (
            "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))\n"
            "from chukyso.cli import main; main()"
        )
        command = [sys.executable, "-B", "-c", code, "guide", str(run), "--format", "html,docx"]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
        assert done.returncode == 1
        assert "[GUIDE_NOT_WRITTEN]" in done.stderr
        assert "ổ đĩa đầy" in done.stderr
        assert "Traceback" not in done.stderr
        assert [path.name for path in output.iterdir()] == [before.name]
        assert before.read_text(encoding="utf-8") == "of last week"

    def test_one_document_that_cannot_be_made_changes_none(self, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object) -> bytes:
            raise ChukysoError(Code.BROWSER_MISSING)

        monkeypatch.setattr("chukyso.guide.word.render_docx", fail)
        with pytest.raises(ChukysoError, match=r"^\[BROWSER_MISSING\]"):
            write_guide(read_source(run), run / "guide", BOTH)
        assert not (run / "guide").exists()

    @pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS], ids=errno.errorcode.get)
    def test_no_permission(self, run: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
        def fail(*_: object, **__: object) -> str:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(write.tempfile, "mkdtemp", fail)  # root may write anywhere, so the system cannot be asked
        with pytest.raises(ChukysoError, match=r"^\[GUIDE_NOT_WRITTEN\].*không có quyền ghi"):
            write_guide(read_source(run), run / "guide", BOTH)
        assert not (run / "guide").exists()

    def test_the_command_says_code_and_what_to_do(self, tmp_path: Path) -> None:
        command = [sys.executable, "-c", "from chukyso.cli import main; main()", "guide", str(tmp_path), "--json"]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
        assert (done.returncode, done.stdout) == (1, "")
        assert "[EVIDENCE_UNREADABLE]" in done.stderr
        assert not list(tmp_path.iterdir())

    def test_writing_again_replaces_and_leaves_the_rest_alone(self, run: Path) -> None:
        output = run / "guide"
        output.mkdir()
        (output / "notes.txt").write_text("mine", encoding="utf-8")
        (output / f"{FILE_NAME}.html").write_text("of last week", encoding="utf-8")
        evidence = {path: path.read_bytes() for path in (run / "evidence").rglob("*") if path.is_file()}
        for _ in range(2):
            written = write_guide(read_source(run), output, [Format.HTML])
            assert [(one.path, one.sha256) for one in written] == [
                (output / f"{FILE_NAME}.html", sha256(written[0].path))
            ]
            assert {path.name for path in output.iterdir()} == {"notes.txt", f"{FILE_NAME}.html"}
        assert {path: path.read_bytes() for path in (run / "evidence").rglob("*") if path.is_file()} == evidence
        assert json.loads((run / "evidence" / "manifest.json").read_text(encoding="utf-8"))["schema_version"] == 1
