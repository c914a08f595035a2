"""The client and its child, with the windows of a dump in the place of a desktop's."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from chukyso.desktop.client import Desktop
from chukyso.desktop.dump import dump
from chukyso.errors import Code
from support.desktop import PIN
from support.token import failure
from support.windows import FOLDERS, RULE, window


@pytest.fixture(autouse=True)
def _folders(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in FOLDERS.items():
        monkeypatch.setenv(name, value)


def test_the_pin_is_set_once_and_the_button_pressed_once(bench: Callable, capfd: pytest.CaptureFixture[str]) -> None:
    made = bench(window())
    found = made.desktop.find(RULE)
    made.desktop.set_text(found, "pin", PIN)
    made.desktop.press(found, "accept")
    assert made.done == [f"set 201 {len(PIN)}", "press 2"]
    shown = capfd.readouterr()
    assert PIN not in shown.out + shown.err


def test_the_rule_is_applied_anew_before_each_act(bench: Callable) -> None:
    made = bench(window())
    found = made.desktop.find(RULE)
    acts = [
        lambda: made.desktop.set_text(found, "pin", PIN),
        lambda: made.desktop.press(found, "accept"),
        lambda: made.desktop.choose_row(found, "list", lambda _: True),
        lambda: made.desktop.close(found),
        lambda: made.desktop.choose_tab(found, 1),
        lambda: made.desktop.picture(found, Path("never.png"), ["accept"]),
    ]
    for others, code in (
        ((), Code.WINDOW_GONE),
        ((window(78),), Code.WINDOW_GONE),
        ((window(), window(78)), Code.WINDOW_AMBIGUOUS),
        ((window(), window(78, image="C:\\x\\y.exe")), Code.WINDOW_FOREIGN),
        ((window(controls=()),), Code.WINDOW_CHANGED),
        ((window(hung=True),), Code.WINDOW_HUNG),
    ):
        made.show(*others)
        assert {failure(act).code for act in acts} == {code}
    assert made.done == []


@pytest.mark.parametrize(("trouble", "reason"), [("locked", "đang khóa"), ("service", "session 0")])
def test_nothing_is_entered_pressed_or_photographed_while_nobody_could_see_it(
    trouble: str, reason: str, bench: Callable, tmp_path: Path
) -> None:
    made = bench(window(), trouble=trouble)
    found = made.desktop.find(RULE)
    for act in (
        lambda: made.desktop.set_text(found, "pin", PIN),
        lambda: made.desktop.press(found, "accept"),
        lambda: made.desktop.picture(found, tmp_path / "p.png"),
    ):
        error = failure(act)
        assert error.code is Code.DESKTOP_LOCKED
        assert reason in str(error)
    assert made.done == []


@pytest.mark.parametrize("trouble", ["dies", "hangs"])
def test_a_press_that_nobody_heard_of_is_said_and_not_repeated(trouble: str, bench: Callable) -> None:
    made = bench(window(), trouble=trouble, seconds=5)
    found = made.desktop.find(RULE)
    error = failure(lambda: made.desktop.press(found, "accept"))
    assert error.code is Code.WINDOW_PRESS_UNHEARD
    assert made.desktop.read(found) == window()  # by a new child
    assert made.done == ["press 2"]


def test_a_child_that_was_killed_is_replaced(bench: Callable) -> None:
    made = bench(window())
    found = made.desktop.find(RULE)
    made.desktop.kill()
    assert failure(lambda: made.desktop.press(found, "accept")).code is Code.DESKTOP_FAILED
    made.desktop.press(found, "accept")
    assert made.done == ["press 2"]


def test_a_row_that_was_not_taken_is_told(bench: Callable) -> None:
    made = bench(window(), trouble="not chosen")
    found = made.desktop.find(RULE)
    assert failure(lambda: made.desktop.choose_row(found, "list", lambda _: True)).code is Code.WINDOW_NOT_READY
    assert failure(lambda: made.desktop.choose_row(found, "list", lambda _: False)).code is Code.WINDOW_ROW_MISSING


def test_a_picture_is_framed_and_covered(bench: Callable, tmp_path: Path) -> None:
    made = bench(window())
    found = made.desktop.find(RULE)
    size = made.desktop.picture(found, tmp_path / "p.png", ["accept"])
    with Image.open(tmp_path / "p.png") as picture:
        assert picture.size == size == (340, 240)
        pixels = picture.convert("RGB").load()
        assert pixels and pixels[20 + 20 - 5, 20 + 70] == (208, 2, 27)  # the frame, left of the button
    assert made.done == ["down"]


def test_a_dump_has_what_is_shown_and_nothing_that_was_typed(bench: Callable) -> None:
    made = bench(window(), window(78, "Khác"), window(79, "Ẩn", visible=False))
    document = dump(made.desktop, title="nhập mã")
    (only,) = document["windows"]
    assert [each["text"] for each in only["controls"]] == ["Nhập mã PIN của “Nắng Mới”", "", "&Chấp nhận", ""]
    assert only["controls"][3]["rows"] == [("một",)]
    assert {each["title"] for each in dump(made.desktop)["windows"]} == {"Nhập mã PIN", "Khác"}
    assert dump(made.desktop, program="chrome")["windows"] == []


def test_a_request_that_fails_has_no_secret_in_its_error(bench: Callable) -> None:
    made = bench(window())
    found = made.desktop.find(RULE)
    made.desktop.kill()
    error = failure(lambda: made.desktop.set_text(found, "pin", PIN))
    assert PIN not in repr(error.__dict__) + str(error)


@pytest.mark.skipif(sys.platform == "win32", reason="there it is supported")
def test_elsewhere_it_is_refused() -> None:
    assert failure(Desktop).code is Code.DESKTOP_UNSUPPORTED


def test_the_child_imports_little() -> None:
    import subprocess

    program = "import sys, chukyso.desktop.worker; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert not {"cryptography", "robot", "lxml", "starlette", "subprocess", "fontTools"} & set(done.stdout.split())
