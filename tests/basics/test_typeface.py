"""The typeface: a page holds it, and none of our own pages uses a letter that it lacks."""

from __future__ import annotations

import importlib
import io
import re
import string
from base64 import b64decode
from pathlib import Path

import pytest
from fontTools import subset
from fontTools.ttLib import TTFont

from chukyso.doctor.ask import ask
from chukyso.doctor.checks_machine import check_font
from chukyso.doctor.facts import Facts
from chukyso.doctor.model import Level
from chukyso.typeface import EMBEDDED, FACES, FAMILY, FILES, beside_other_fonts, embed, lacking, rules
from support.paths import ROOT

SETUP = "bootstrap.py setup"
PAGE = "<html><head><title>x</title></head><body>{}</body></html>"
DRAWN = (".html", ".css", ".js", ".svg")


def letters(page: str) -> list[set[int]]:
    """The characters of each face in a page."""
    faces = re.findall(r"url\(data:font/woff;base64,([^)]+)\)", page)
    return [set(TTFont(io.BytesIO(b64decode(face))).getBestCmap()) for face in faces]


def test_page_holds_the_typeface_with_every_letter_of_it() -> None:
    faces = letters(embed(PAGE.format("Chữ ký số")))
    for face, embedded in zip(FACES, faces, strict=True):
        assert embedded == set(TTFont(FILES / face.file).getBestCmap())


def test_embedded_files_are_made_of_those_of_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "docs")
    make = importlib.import_module("typefaces").make
    for face in FACES:
        kept, made = TTFont(EMBEDDED / face.embedded), TTFont(io.BytesIO(make(face)))
        assert kept.keys() == made.keys(), "run docs/typefaces.py"
        for table in kept.reader.tables:
            assert kept.reader[table] == made.reader[table], f"{table}: run docs/typefaces.py"


def test_what_the_typeface_lacks_is_left_to_others() -> None:
    assert all(not {0x1F600, 0x4E2D} & face for face in letters(embed(PAGE.format("😀 中"))))


def test_rules_stand_in_the_head_whatever_is_in_the_page() -> None:
    page = embed(PAGE.format("&lt;/head&gt; @font-face"))
    assert page.index("<style>") < page.index("</head>") < page.index("@font-face", page.index("<body>"))
    assert page.count("</head>") == 1
    with pytest.raises(ValueError, match="head"):
        embed("<p>x</p>")


def test_files_are_whole() -> None:
    assert lacking() == ""
    assert all(f'"{FAMILY}"' in line for line in rules(lambda face: face.file).splitlines()[: len(FACES)])


def test_machine_without_fonts_is_told_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chukyso.typeface.sys.platform", "win32")
    assert beside_other_fonts(tmp_path) == {}
    monkeypatch.setattr("chukyso.typeface.sys.platform", "linux")
    monkeypatch.setenv("FONTCONFIG_FILE", "/a & b/fonts.conf")
    written = Path(beside_other_fonts(tmp_path)["FONTCONFIG_FILE"]).read_text(encoding="utf-8")
    assert '<include ignore_missing="yes">/a &amp; b/fonts.conf</include>' in written
    assert f"<dir>{FILES}</dir>" in written


def test_our_pages_use_no_letter_that_it_lacks() -> None:
    shown = TTFont(FILES / FACES[0].file).getBestCmap()
    files = [path for path in (ROOT / "libraries").rglob("*") if path.suffix in DRAWN]
    files += [ROOT / "libraries" / "chukyso" / name for name in ("report/words.py", "probe/report.py", "errors.toml")]
    assert len(files) > 30
    found = {
        f"{path.name}: {letter}"
        for path in files
        for letter in path.read_text(encoding="utf-8")
        if not letter.isascii() and ord(letter) not in shown
    }
    assert found == set()


def test_no_style_names_a_font_of_the_machine() -> None:
    """Nothing but the typeface and what stands for it when it is missing."""
    files = [path for path in (ROOT / "libraries").rglob("*") if path.suffix in DRAWN]
    families = {
        family.strip()
        for path in files
        for families in re.findall(
            r"font(?:-family)?:([^;}]*[\"a-z-]+(?:serif|monospace)[^;}]*)", path.read_text("utf-8")
        )
        for family in families.split(",")
    }
    assert families
    assert all(FAMILY in family or family == "sans-serif" for family in families), families


def test_typeface_that_is_not_whole_is_warned(tmp_path: Path) -> None:
    facts = Facts(ask("sandbox"))
    assert check_font(facts).level is Level.OK
    assert (check_font(facts, tmp_path).level, SETUP in check_font(facts, tmp_path).action) == (Level.WARNING, True)
    for face in FACES:
        whole = (FILES / face.file).read_bytes()
        (tmp_path / face.file).write_bytes(whole[: len(whole) // 2])
    assert (check_font(facts, tmp_path).level, SETUP in check_font(facts, tmp_path).action) == (Level.WARNING, True)
    for face in FACES:
        (tmp_path / face.file).write_bytes(_without_vietnamese(FILES / face.file))
    assert "Ỹ" in check_font(facts, tmp_path).found


def _without_vietnamese(path: Path) -> bytes:
    subsetter = subset.Subsetter()
    subsetter.populate(text=string.printable)
    written = io.BytesIO()
    with TTFont(path) as font:
        subsetter.subset(font)
        font.save(written)
    return written.getvalue()
