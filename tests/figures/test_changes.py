"""The sandbox's form, changed by script: each change is found, and what may differ between accounts is not."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageColor

from chukyso.figures.picture import read_reduced
from chukyso.figures.privacy import COVER
from chukyso.figures.table import REFERENCES
from chukyso.nightly.output import read_uncompared
from chukyso.report.words import UNCOMPARED, why_not_compared
from chukyso.state import VARIABLE
from support.account import account_variables
from support.evidence import manifest
from support.paths import ROOT
from support.run import RunUpdate, changed_profile

pytestmark = pytest.mark.slow
SUITE = ROOT / "tests" / "robot" / "figures" / "variants.robot"


def damage(profile: Path) -> Path:
    """Lay references beside a profile, the third as git may check it out on Windows; return the profile."""
    place = profile.parent / "figures" / profile.stem
    shutil.copytree(REFERENCES / "sandbox", place)
    structure = place / "figure-3.yaml"
    structure.write_bytes(structure.read_bytes().replace(b"\n", b"\r\n"))
    return profile


@pytest.fixture(scope="module")
def run(sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data suite, run once; a directory for each variant."""
    directory = tmp_path_factory.mktemp("variants")
    given = account_variables(sandbox.details, directory / "sandbox.json")
    given["DAMAGED"] = damage(directory / "sandbox.toml")
    command = [sys.executable, "-m", "robot", "--outputdir", str(directory / "out")]
    for name, value in given.items():
        command += ["--variable", f"{name}:{value}"]
    environment = {**os.environ, "PYTHONUTF8": "1", VARIABLE: str(directory / "state")}
    done = subprocess.run(
        [*command, str(SUITE)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    (directory / "out" / "console.txt").write_text(done.stdout, encoding="utf-8")
    return directory / "out"


def match(run: Path, variant: str) -> dict[str, Any]:
    found: dict[str, Any] = manifest(run / variant)["figures"][0]["match"]
    return found


@pytest.mark.parametrize("variant", ["nothing", "names"])
def test_what_differs_between_accounts_is_no_change(run: Path, variant: str) -> None:
    found = match(run, variant)
    assert found["structure"] == "same", found["structure_difference"]
    assert found["picture"] == "same"


def test_name_that_takes_more_lines_makes_the_picture_incomparable(run: Path) -> None:
    found = match(run, "wrapped")
    assert (found["structure"], found["picture"]) == ("same", "not-comparable")
    assert found["reason"] == "other-layout"
    line = f"{UNCOMPARED} Hình 3: {why_not_compared('other-layout')}"
    assert line in read_uncompared(run / "output.xml")
    assert line in (run / "console.txt").read_text(encoding="utf-8")
    page = (run / "wrapped" / "evidence" / "report.html").read_text(encoding="utf-8")
    assert why_not_compared("other-layout") in page


@pytest.mark.parametrize(
    ("variant", "structure"),
    [("moved", "same"), ("colour", "same"), ("renamed", "changed"), ("banner", "changed")],
)
def test_each_change_is_found(run: Path, variant: str, structure: str) -> None:
    found = match(run, variant)
    assert found["structure"] == structure
    assert found["picture"] == "changed"
    assert found["tiles"] > 0
    shown = Image.open(run / variant / found["difference"]).convert("RGB")
    assert shown.size == read_reduced(run / variant / "figures" / "figure-3.png").size
    assert (208, 2, 27) in [colour for _count, colour in shown.getcolors(1 << 20) or []]


def test_renamed_label_is_named(run: Path) -> None:
    assert match(run, "renamed")["structure_difference"] == [
        "-    - term: Số chứng thư số",
        "+    - term: Số sê-ri",
    ]


def test_strict_run_stops_before_anything_is_submitted(run: Path) -> None:
    found = manifest(run / "renamed")
    assert (found["outcome"], found["error"]["code"]) == ("stopped", "FIGURE_MISMATCH")
    assert found["submission"] is None
    assert [figure["number"] for figure in found["figures"]] == [3]


def test_run_that_is_not_strict_goes_on(run: Path) -> None:
    assert match(run, "banner")["structure"] == "changed"
    assert manifest(run / "banner")["error"]["code"] != "FIGURE_MISMATCH"


def test_persons_are_covered_wherever_they_are(run: Path) -> None:
    """An address over two elements, a telephone with spaces, CCCD, a field that no selector names; not the MST."""
    picture = Image.open(run / "masked" / "figures" / "figure-3.png").convert("RGB")
    boxes = json.loads((run / "boxes.json").read_text(encoding="utf-8"))
    for box in (boxes[0], boxes[1], boxes[2], boxes[4]):
        assert_covered(picture, box)
    assert darkest(picture, boxes[3]) < 60, "the account's own MST proves whose account it is"
    assert_covered(Image.open(run / "masked" / "evidence" / "failure.png").convert("RGB"), boxes[1])


def test_damaged_reference_is_named_and_fails_nothing(run: Path) -> None:
    found = match(run, "damaged")
    assert (found["result"], found["reason"]) == ("not-comparable", "damaged")
    line = f"{UNCOMPARED} Hình 3: {why_not_compared('damaged')}"
    assert line in (run / "console.txt").read_text(encoding="utf-8")
    assert line in read_uncompared(run / "output.xml")
    page = (run / "damaged" / "evidence" / "report.html").read_text(encoding="utf-8")
    assert why_not_compared("damaged") in page


def test_damaged_reference_ends_a_strict_run_before_anything(account, run_update: RunUpdate, tmp_path: Path) -> None:
    profile = damage(changed_profile(tmp_path, "browser = 20", "browser = 21"))
    run = run_update(account(), PROFILE=profile, STRICT_FIGURES=True, env={"PATH": "/nowhere"})  # there is no browser
    run.ended("stopped", "REFERENCES_DAMAGED")
    assert "Hình mẫu của Hình 3 bị hỏng" in run.console
    assert str(profile.parent / "figures" / "changed") in run.manifest["error"]["happened"]


def beginning(picture: Image.Image, box: list[float]) -> Image.Image:
    """The beginning of an element, its edges left out."""
    x, y, _width, height = box
    return picture.crop((round(2 * x + 8), round(2 * y + 8), round(2 * x + 160), round(2 * (y + height) - 8)))


def darkest(picture: Image.Image, box: list[float]) -> int:
    low, _high = beginning(picture, box).convert("L").getextrema()
    assert isinstance(low, int)
    return low


def assert_covered(picture: Image.Image, box: list[float]) -> None:
    """One colour to the last bit: an edge that differs by one of 255 is enough to read a letter by."""
    inside = beginning(picture, box)
    assert inside.getcolors(1 << 16) == [(inside.width * inside.height, ImageColor.getrgb(COVER))]


def test_masked_message_of_a_failure(run: Path) -> None:
    text = (run / "masked" / "evidence" / "manifest.json").read_text(encoding="utf-8")
    assert "a***@rieng.example, 09** *** *78" in text
    assert "ai.do@" not in text
