"""Whole runs: figures match their references, personal data is masked, and a change found too late is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageColor

from chukyso.figures.privacy import COVER, shorten
from chukyso.figures.references import load_measurements
from support.canary import leaks
from support.paths import ROOT
from support.run import Run, results

pytestmark = pytest.mark.slow
SIGNED = "evidence/submission.xml"


def test_masked_run_of_another_account(account, run_update) -> None:
    """All six alike although every name differs, and no contact data but in the signed document."""
    details = account()
    run = run_update(
        details,
        arguments=("--loglevel", "TRACE"),
        PRIVACY="masked",
        CONTACT_EMAIL=details.email,
        CONTACT_PHONE=details.phone,
    )
    run.ended("updated")
    assert results(run) == dict.fromkeys(range(1, 7), "same")
    assert {figure["match"]["structure"] for figure in run.manifest["figures"]} == {"same"}
    for value in (details.email, details.phone):
        found = {place.partition(": ")[0] for place in leaks(run.directory, value)}
        assert found == {str(run.directory / SIGNED)}, "the signed document is as it was sent, nothing else"
        assert value not in run.console
    assert run.manifest["privacy"] == "masked"
    assert run.manifest["contact"] == {"email": shorten(details.email), "phone": shorten(details.phone)}
    page = (run.directory / "evidence" / "report.html").read_text(encoding="utf-8")
    assert "Đã che dữ liệu cá nhân" in page
    assert details.tax_code in page, "what proves whose account it is stays"
    assert_flat(run)


def assert_flat(run: Run) -> None:
    """E-mail and telephone on the form, and the e-mail in the notice of success, are one flat colour."""
    cover = ImageColor.getrgb(COVER)
    picture = Image.open(run.directory / "figures" / "figure-3.png").convert("RGB")
    boxes = {region.name: region.box for region in load_measurements(run.directory)[3].regions}
    for field in ("email", "phone"):
        x, y, width, height = boxes[f'[formcontrolname="{field}"] 0']
        inside = picture.crop(
            (round(2 * x + 40), round(2 * y + 30), round(2 * (x + width) - 40), round(2 * (y + height) - 20))
        )
        assert inside.getcolors() == [(inside.width * inside.height, cover)], field
    notice = Image.open(run.directory / "figures" / "figure-6.png").convert("RGB").crop((640, 340, 1920, 1400))
    covered = [count for count, colour in notice.getcolors(1 << 20) or [] if colour == cover]
    assert sum(covered) > 5000, "the e-mail in the sentence below the certificate"


@pytest.mark.nightly
def test_change_after_the_point_of_no_return_is_told_and_fails_nothing(account, run_update) -> None:
    run = run_update(account(), suite=ROOT / "tests" / "robot" / "figures" / "after.robot", STRICT_FIGURES=True)
    run.ended("updated")
    assert "figure-missing" not in run.journal, "a figure that differs was taken all the same"
    found = results(run)
    assert found.pop(6) == "changed"
    assert set(found.values()) == {"same"}
    match: dict[str, Any] = run.manifest["figures"][5]["match"]
    assert match["structure"] == "changed"
    assert match["structure_difference"][-1] == "+  - paragraph: Đã ghi nhận."
    assert "CỔNG ĐÃ THAY ĐỔI ở Hình 6" in run.console
    assert_told(run.directory, match)


def assert_told(directory: Path, match: dict[str, Any]) -> None:
    """In the journal, in the report, and among the files with their hashes."""
    lines = (directory / "evidence" / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    events = {event["event"]: event["data"] for event in map(json.loads, lines)}
    assert events["figures-compared"]["figure-6"] == "changed"
    assert events["figure"]["structure"] == "changed", "the last figure's"
    page = (directory / "evidence" / "report.html").read_text(encoding="utf-8")
    assert "Cổng đã thay đổi so với hình mẫu" in page
    assert "Đã ghi nhận." in page
    manifest = json.loads((directory / "evidence" / "manifest.json").read_text(encoding="utf-8"))
    files = {file["path"] for file in manifest["files"]}
    assert {match["reference"], match["difference"] or match["reference"], "figures/measurements.json"} <= files
