"""Asking for the captcha in the terminal: an answer, nobody in time, and no terminal are three different things.

What can hardly be an answer is asked again, and a wrong answer is told.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chukyso import terminal
from chukyso.errors import ChukysoError, Code
from chukyso.portal.profile import load_profile
from chukyso.run.options import check_options
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
    run = Run()
    run.options = check_options(load_profile("sandbox"))
    return CaptchaKeywords(run)


def hurry(captcha: CaptchaKeywords) -> None:
    """Nobody will answer; elsewhere the answer is there, however long a busy machine takes to read it."""
    options = captcha._run.options
    timeouts = replace(options.profile.timeouts, operator=0.2)
    captcha._run.options = replace(options, profile=replace(options.profile, timeouts=timeouts))


def test_answer_is_taken(typing: int, captcha: CaptchaKeywords, tmp_path: Path) -> None:
    os.write(typing, b" k7mp \n")
    assert captcha.ask_operator_for_captcha(PICTURE, tmp_path / "captcha.png") == "k7mp"


@pytest.mark.parametrize(
    ("typed", "answer", "told"),
    [
        ("\nk7mp\n", "k7mp", "Chưa có mã nào được gõ."),
        ("\n\r\n \t \nk7mp\n", "k7mp", "Chưa có mã nào được gõ."),
        ("\u200b\nk7mp\n", "k7mp", "Chưa có mã nào được gõ."),
        ("k7m\nk7mp\n", "k7mp", "thường có 4 ký tự, vừa gõ 3"),
        ("k7mpx\nk7mpx\n", "k7mpx", "vừa gõ 5"),  # said twice: whoever sees the picture knows better
        ("k7m\n\nk7m\nk7mp\n", "k7mp", "vừa gõ 3"),
        ("\x1b[A\nk7mp\n", "k7mp", "Có phím không phải là chữ hay số."),
        ("\x1b[A\n\x1b[A\nk7mp\n", "k7mp", "Có phím không phải là chữ hay số."),
        ("kêmp\nk7mp\n", "k7mp", "tắt bộ gõ tiếng Việt"),
    ],
)
def test_what_is_hardly_an_answer_is_asked_again(
    typing: int,
    captcha: CaptchaKeywords,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    typed: str,
    answer: str,
    told: str,
) -> None:
    os.write(typing, typed.encode())
    assert captcha.ask_operator_for_captcha(PICTURE, tmp_path / "captcha.png") == answer
    said = capfd.readouterr().out
    assert told in said
    assert "Gõ lại mã kiểm tra (còn " in said
    assert "không đúng" not in said


@pytest.mark.parametrize("typed", ["ｋ７ｍｐ\n", "k 7 m p\n", "\ufeffk7mp\r\n", "k7mp\u200e\n"])
def test_what_a_keyboard_adds_is_left_out(
    typing: int, captcha: CaptchaKeywords, tmp_path: Path, capfd: pytest.CaptureFixture[str], typed: str
) -> None:
    os.write(typing, typed.encode())
    assert captcha.ask_operator_for_captcha(PICTURE, tmp_path / "captcha.png") == "k7mp"
    assert "Gõ lại" not in capfd.readouterr().out


def test_the_next_question_says_that_the_last_answer_was_wrong(
    typing: int, captcha: CaptchaKeywords, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    os.write(typing, b"k7mp\nold1\nold2\n")  # pasted: the other lines answer no other picture
    assert captcha.ask_operator_for_captcha(PICTURE, tmp_path / "captcha.png") == "k7mp"
    assert "không đúng" not in capfd.readouterr().out
    hurry(captcha)
    with pytest.raises(ChukysoError, match="CAPTCHA_TIMEOUT"):
        captcha.ask_operator_for_captcha(PICTURE, tmp_path / "captcha.png", again=True)
    said = capfd.readouterr().out
    assert said.index("Mã vừa nhập không đúng; cổng đã đổi hình mới.") < said.index("Mở ảnh")
    os.write(typing, b"x3yh\n")  # the reader that waits takes it
    assert captcha.ask_operator_for_captcha(PICTURE, tmp_path / "captcha.png", again=True) == "x3yh"


def test_all_of_it_has_one_deadline(typing: int, captcha: CaptchaKeywords, tmp_path: Path) -> None:
    os.write(typing, b"\n")
    hurry(captcha)
    with pytest.raises(ChukysoError, match=r"CAPTCHA_TIMEOUT.*0\.2 giây"):
        captcha.ask_operator_for_captcha(PICTURE, tmp_path / "captcha.png")
    os.write(typing, b"\n")


def test_an_input_that_ends(
    captcha: CaptchaKeywords, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "typed"
    for typed in ("", "\n\n", "abc"):  # the last is another answer than four characters, and nobody can say it again
        kept.write_text(typed, encoding="utf-8")
        with kept.open(encoding="utf-8") as given:
            monkeypatch.setattr(sys, "__stdin__", given)
            with pytest.raises(ChukysoError, match="CAPTCHA_NO_TERMINAL"):
                captcha.ask_operator_for_captcha(PICTURE, tmp_path / "captcha.png")
    kept.write_text("k7mp", encoding="utf-8")  # without a line end
    with kept.open(encoding="utf-8") as given:
        monkeypatch.setattr(sys, "__stdin__", given)
        assert captcha.ask_operator_for_captcha(PICTURE, tmp_path / "captcha.png") == "k7mp"


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
def test_what_was_typed_into_a_terminal_before_the_question_is_no_answer(
    captcha: CaptchaKeywords, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keyboard, screen = os.openpty()
    with os.fdopen(screen) as given, os.fdopen(keyboard, "wb", buffering=0) as keys:
        monkeypatch.setattr(sys, "__stdin__", given)
        keys.write(b"old1\n")
        hurry(captcha)
        with pytest.raises(ChukysoError, match="CAPTCHA_TIMEOUT"):
            captcha.ask_operator_for_captcha(PICTURE, tmp_path / "captcha.png")
        keys.write(b"old2\n")  # lets the reader go
        terminal.forget_typed_ahead(given.fileno())


def test_nobody_answers_in_time(typing: int, captcha: CaptchaKeywords, tmp_path: Path) -> None:
    hurry(captcha)
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
