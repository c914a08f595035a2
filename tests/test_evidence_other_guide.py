"""Evidence of a guide with another number of figures: verified, shown, and made a guide of.

The other guide is that of a copy of the product whose ``guide.toml`` has one figure more, in the middle, so that those
after it have other numbers. Each of the two reads what the other one wrote.
"""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import fixtures_evidence
from chukyso.archive.catalogue_rows import make_row, read_source
from chukyso.archive.chain import write_chained_manifest
from chukyso.archive.thumbnails import THUMBNAILS_FILE, WIDTH, make_strip, write_thumbnails
from chukyso.errors import Outcome
from chukyso.evidence.guide import CAPTIONS
from chukyso.evidence.journal import read_entries
from chukyso.evidence.manifest import JOURNAL_FILE, from_json
from chukyso.evidence.model.manifest import Manifest
from chukyso.guide.page import render_html
from chukyso.guide.source import read_source as read_guide_source
from chukyso.guide.word import render_docx
from chukyso.report.contents import page_of
from chukyso.report.page import Plate
from chukyso.report.source import ReportSource
from chukyso.report.write import write_report
from fixtures_archive import found

ROOT = Path(__file__).parents[1]
STEP = '[[steps]]\ntitle = "Xác nhận thay đổi thông tin"'
ANOTHER = """[[steps.passages]]
text = "Bạn xem lại một lượt nữa."
caption = "Hình 0 - Xem lại một lượt nữa"
shows = "Biểu mẫu, xem lại."
"""
SIX = [caption.partition(" - ")[2] for caption in CAPTIONS.values()]
SEVEN = [*SIX[:3], "Xem lại một lượt nữa", *SIX[3:]]


def picture(number: int) -> bytes:
    """A picture that tells which one it is."""
    buffer = io.BytesIO()
    Image.new("RGB", (2560, 1600), (number * 30, 0, 0)).save(buffer, "PNG")
    return buffer.getvalue()


def which(data: bytes) -> int:
    """The number of such a picture."""
    with Image.open(io.BytesIO(data)) as image:
        red, *_ = image.convert("RGB").getpixel((0, 0))  # type: ignore[misc]  # of an RGB picture it is a triple
    return round(red / 30)


def write_run(output: Path) -> None:
    """Evidence of a run that took all figures of the guide."""
    pictures = map(picture, CAPTIONS)
    fixtures_evidence._picture = lambda: next(pictures)  # type: ignore[assignment]
    fixtures_evidence.CASES[Outcome.UPDATED] = (len(CAPTIONS), None, True, "new")
    record = fixtures_evidence.make_record(output, Outcome.UPDATED)
    write_thumbnails(output, {})
    write_report(output, record)
    write_chained_manifest(output, record)


def read_run(output: Path) -> dict[str, Any]:
    """What is made of such evidence: findings, captions in the report, pictures in the guide, thumbnails."""
    whole = from_json(fixtures_evidence.manifest(output), Manifest)
    told = ReportSource(whole, read_entries(output / JOURNAL_FILE), False, lambda name: (output / name).read_bytes())
    plates = [block for section in page_of(told).sections for block in section.blocks if isinstance(block, Plate)]
    source = read_guide_source(output)
    assert render_docx(source, "product")
    strip = make_strip(output, len(whole.figures))
    assert strip
    with Image.open(output / THUMBNAILS_FILE) as kept, Image.open(io.BytesIO(strip)) as made:
        assert kept.size == made.size
        thumbnails = kept.width // WIDTH
    return {
        "found": sorted(found(output)),
        "report": [[one.caption, which(one.picture.data) if one.picture else 0] for one in plates],
        "guide": {number: which(figure.png) for number, figure in source.figures.items()},
        "missing": sorted(source.missing),
        "captions": re.findall(r"<figcaption>(.*?)</figcaption>", render_html(source, "product")),
        "row": make_row(read_source(output, "."), output).figures,
        "thumbnails": thumbnails,
    }


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product with a seventh figure."""
    copy = tmp_path_factory.mktemp("other")
    shutil.copytree(ROOT / "libraries" / "chukyso", copy / "chukyso", ignore=shutil.ignore_patterns("__pycache__"))
    path = copy / "chukyso" / "evidence" / "guide.toml"
    words = path.read_text(encoding="utf-8").replace(STEP, ANOTHER + "\n" + STEP)
    numbers = iter(range(1, 8))
    words = re.sub(r'caption = "Hình \d', lambda _: f'caption = "Hình {next(numbers)}', words)
    path.write_text(words, encoding="utf-8")
    return copy


def in_other(other: Path, function: str, output: Path) -> Any:
    """Call one of the functions above in that product."""
    code = (
        "import json, sys, pathlib, test_evidence_other_guide as here;"
        f"print(json.dumps(here.{function}(pathlib.Path(sys.argv[1]))))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(other), str(Path(__file__).parent)])}
    command = [sys.executable, "-X", "utf8", "-c", code, str(output)]
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def numbered(words: list[str]) -> list[str]:
    return [f"Hình {number} - {text}" for number, text in enumerate(words, 1)]


def test_evidence_with_a_figure_less_than_today(tmp_path: Path, other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fixtures_evidence, "_picture", None)
    monkeypatch.setattr(fixtures_evidence, "CASES", dict(fixtures_evidence.CASES))
    write_run(tmp_path)
    read = in_other(other, "read_run", tmp_path)
    assert read["found"] == []
    assert read["report"] == [[caption, number] for number, caption in enumerate(numbered(SIX), 1)]
    assert read["guide"] == {"1": 1, "2": 2, "3": 3, "5": 4, "6": 5, "7": 6}, "each at the place of its words"
    assert (read["missing"], read["captions"]) == ([4], numbered(SEVEN))
    assert (read["row"], read["thumbnails"]) == ("111111", 6)


def test_evidence_with_a_figure_more_than_today(tmp_path: Path, other: Path) -> None:
    in_other(other, "write_run", tmp_path)
    read = read_run(tmp_path)
    assert read["found"] == []
    assert read["report"] == [[caption, number] for number, caption in enumerate(numbered(SEVEN), 1)]
    assert read["guide"] == {1: 1, 2: 2, 3: 3, 4: 5, 5: 6, 6: 7}
    assert (read["missing"], read["captions"]) == ([], numbered(SIX))
    assert (read["row"], read["thumbnails"]) == ("1111111", 7)


def test_its_own_evidence(tmp_path: Path, other: Path) -> None:
    in_other(other, "write_run", tmp_path)
    read = in_other(other, "read_run", tmp_path)
    assert read["found"] == read["missing"] == []
    assert read["guide"] == {str(number): number for number in range(1, 8)}
    assert read["captions"] == numbered(SEVEN)
