"""Asking for the captcha in the terminal: an answer, nobody in time, and no terminal are three different things."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chukyso.errors import ChukysoError, Code
from chukyso.portal.options import check_options
from chukyso.portal.profile import load_profile
from PortalLibrary.captcha import CaptchaKeywords
from PortalLibrary.run import Run

PICTURE = "data:image/png;base64,iVBORw0KGgo="


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A descriptor: what is written there is what the operator types."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as terminal:
        monkeypatch.setattr(sys, "__stdin__", terminal)
        yield writing
        os.close(writing)


@pytest.fixture
def captcha() -> CaptchaKeywords:
    names = ("tax_code", "unit_code", "token_module", "token_serial", "cert_serial", "captcha")
    empty = dict.fromkeys((*names, "contact_email", "contact_phone", "headless"), "")
    options = check_options(load_profile("sandbox"), dry_run="False", **empty)
    run = Run()
    timeouts = replace(options.profile.timeouts, operator=0.2)
    run.options = replace(options, profile=replace(options.profile, timeouts=timeouts))
    return CaptchaKeywords(run)


def test_answer_is_taken(typing: int, captcha: CaptchaKeywords, tmp_path: Path) -> None:
    os.write(typing, b" k7mp \n")
    assert captcha.ask_operator_for_captcha(PICTURE, tmp_path / "captcha.png") == "k7mp"


def test_nobody_answers_in_time(typing: int, captcha: CaptchaKeywords, tmp_path: Path) -> None:
    with pytest.raises(ChukysoError, match=r"CAPTCHA_TIMEOUT.*0\.2 giây"):
        captcha.ask_operator_for_captcha(PICTURE, tmp_path / "captcha.png")
    assert not list(tmp_path.iterdir())
    os.write(typing, b"\n")  # lets the reader go


def test_no_terminal_is_said_at_once(captcha: CaptchaKeywords, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with Path(os.devnull).open(encoding="ascii") as nothing:
        monkeypatch.setattr(sys, "__stdin__", nothing)
        with pytest.raises(ChukysoError) as caught:
            captcha.ask_operator_for_captcha(PICTURE, tmp_path / "captcha.png")
    assert caught.value.code is Code.CAPTCHA_NO_TERMINAL
    assert "giây" not in str(caught.value)
    assert not list(tmp_path.iterdir())
