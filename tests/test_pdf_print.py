"""Printing pages of ours as PDF."""

from __future__ import annotations

import os
import shutil
import subprocess
import unicodedata
from pathlib import Path

import psutil
import pytest

from chukyso.errors import ChukysoError, Code
from chukyso.pdf import PREFIX, Properties, print_pdf

PAGE = """<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>khác</title>
<style>@page { size: A4; @bottom-right { content: "Trang " counter(page) "/" counter(pages); } }</style></head>
<body><h1>Biên bản cập nhật chữ ký số</h1><p>Đường Nguyễn Huệ</p><img src="http://127.0.0.1:%d/picture.png" alt="x">
<p style="break-before: page">trang hai</p></body></html>"""
POSIX = pytest.mark.skipif(os.name == "nt", reason="the stand-in for a browser is a shell script")
needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler reads the PDF")


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True) if child.status() != psutil.STATUS_ZOMBIE}


@pytest.mark.slow
@needs_poppler
def test_a_page_becomes_a_searchable_tagged_pdf_and_nothing_is_loaded(tmp_path: Path) -> None:
    import socket

    scratch = tmp_path / "scratch"
    scratch.mkdir()
    page, target = tmp_path / "trang.html", tmp_path / "trang.pdf"
    before = children()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        page.write_text(PAGE % server.getsockname()[1], encoding="utf-8")
        properties = Properties("Biên bản – thử", "CÔNG TY (HƯ CẤU)", "Chủ đề", ("chữ ký số",))
        print_pdf(page, target, title="Biên bản – thử", properties=properties, scratch=scratch)
        with pytest.raises(TimeoutError):
            server.accept()
    info = subprocess.run(
        [shutil.which("pdfinfo") or "pdfinfo", target], check=True, capture_output=True, text=True
    ).stdout
    text = subprocess.run(
        [shutil.which("pdftotext") or "pdftotext", "-layout", target, "-"], check=True, capture_output=True, text=True
    ).stdout
    assert "Title:           Biên bản – thử" in info
    assert "Author:          CÔNG TY (HƯ CẤU)" in info
    assert "Tagged:          yes" in info
    assert "(A4)" in info
    assert text == unicodedata.normalize("NFC", text)
    for words in ("Biên bản cập nhật chữ ký số", "Đường Nguyễn Huệ", "Trang 1/2", "Trang 2/2"):
        assert words in text
    assert list(scratch.iterdir()) == []
    assert children() <= before


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """A program in place of the browser."""
    program = tmp_path / "bin" / "chromium"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr("chukyso.pdf.find_browser", lambda: program)
    page = tmp_path / "page.html"
    page.write_text("x")
    return page


@POSIX
@pytest.mark.parametrize(
    "script", ["exit 3", "exit 0", 'for a; do case "$a" in --print-to-pdf=*) echo x >"${a#*=}";; esac; done']
)
def test_a_browser_that_prints_nothing_is_an_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    page = stand_in(tmp_path, monkeypatch, script)
    with pytest.raises(ChukysoError) as caught:
        print_pdf(page, tmp_path / "a.pdf", title="a", scratch=tmp_path)
    assert caught.value.code is Code.PDF_NOT_PRINTED
    assert {entry.name for entry in tmp_path.iterdir()} == {"bin", "page.html"}


@POSIX
def test_a_browser_that_hangs_is_ended_with_its_helpers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "helper"
    page = stand_in(tmp_path, monkeypatch, f"sleep 600 & echo $! > {told}; sleep 600")
    with pytest.raises(ChukysoError) as caught:
        print_pdf(page, tmp_path / "a.pdf", title="a", scratch=tmp_path, seconds=3)
    assert caught.value.code is Code.PDF_NOT_PRINTED
    helper = int(told.read_text())  # an orphan by now, so it is no child of ours any more
    gone = not psutil.pid_exists(helper) or psutil.Process(helper).status() == psutil.STATUS_ZOMBIE
    if not gone:
        psutil.Process(helper).kill()
    assert gone
    assert not list(tmp_path.glob(f"{PREFIX}*"))


def test_no_browser_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chukyso.browser._candidates", lambda: iter(()))
    with pytest.raises(ChukysoError) as caught:
        print_pdf(tmp_path / "page.html", tmp_path / "a.pdf", title="a")
    assert caught.value.code is Code.BROWSER_MISSING
