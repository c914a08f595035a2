"""Evidence of a guide with another number of figures: verified, shown, and made a guide of.

The other guide is that of a copy of the product whose ``guide.toml`` has one figure more, in the middle, so that those
after it have other numbers. Each of the two reads what the other one wrote.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chukyso.evidence.guide import CAPTIONS
from support import evidence
from support.other_guide import read_run, write_run
from support.paths import ROOT, TESTS

STEP = '[[steps]]\ntitle = "Xác nhận thay đổi thông tin"'
ANOTHER = """[[steps.passages]]
text = "Bạn xem lại một lượt nữa."
caption = "Hình 0 - Xem lại một lượt nữa"
shows = "Biểu mẫu, xem lại."
"""
SIX = [caption.partition(" - ")[2] for caption in CAPTIONS.values()]
SEVEN = [*SIX[:3], "Xem lại một lượt nữa", *SIX[3:]]


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
        "import json, sys, pathlib, support.other_guide as here;"
        f"print(json.dumps(here.{function}(pathlib.Path(sys.argv[1]))))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(other), str(TESTS)])}
    command = [sys.executable, "-X", "utf8", "-c", code, str(output)]
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def numbered(words: list[str]) -> list[str]:
    return [f"Hình {number} - {text}" for number, text in enumerate(words, 1)]


@pytest.mark.nightly
def test_evidence_with_a_figure_less_than_today(tmp_path: Path, other: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "_picture", None)
    monkeypatch.setattr(evidence, "CASES", dict(evidence.CASES))
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
