"""The seam: the guide's steps serve another signer, with windows and pictures of its own, as they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PIL import Image

from chukyso.sandbox.details import SandboxDetails
from support.paths import ROBOT
from support.run import RunUpdate

pytestmark = pytest.mark.slow
SUITE = ROBOT / "signer" / "another.robot"
Account = Callable[..., SandboxDetails]


def test_the_guide_with_another_signer(account: Account, run_update: RunUpdate) -> None:
    run = run_update(account(), suite=SUITE)
    run.ended("updated")
    figures = {figure["number"]: figure for figure in run.manifest["figures"]}
    assert sorted(figures) == [1, 2, 3, 4, 5, 6]
    for number in (4, 5):  # taken by the signer's own camera
        assert (figures[number]["width"], figures[number]["height"]) == (640, 400)
        assert figures[number]["page"] == ""
        assert figures[number]["match"]["result"] == "not-comparable"
        with Image.open(run.directory / figures[number]["path"]) as picture:
            assert picture.convert("RGB").getpixel((441, 341)) == (217, 4, 41)  # the button to press is framed


@pytest.mark.nightly
def test_its_window_shows_another_certificate(account: Account, run_update: RunUpdate) -> None:
    run = run_update(account(), suite=SUITE, SHOWS="00FF")
    run.ended("stopped", "WINDOW_MISMATCH")
    assert "submitting" not in run.journal
