"""The PIN windows that guides of drivers show: filled in, pressed once, photographed without the PIN."""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from PIL import Image

from chukyso.desktop.client import Desktop
from chukyso.desktop.dump import dump
from chukyso.desktop.picture import DOTS
from chukyso.desktop.rule import ProgramRule
from support.desktop import PIN, PIN_WINDOWS, VNPT, WRONG, PinWindow

RED = (208, 2, 27)
windows = pytest.mark.parametrize("window", PIN_WINDOWS, ids=lambda window: window.who)


@windows
def test_takes_the_pin_and_is_pressed_once(
    window: PinWindow, show: Callable, ours: ProgramRule, desktop: Desktop, pictures: Path
) -> None:
    shown = show(window.spec())
    found = desktop.find(window.rule(ours))
    if window.check:
        desktop.set_check(found, "keyboard", wanted=False)
    desktop.set_text(found, "pin", PIN)
    place = pictures / f"pin-{PIN_WINDOWS.index(window)}.png"
    size = desktop.picture(found, place, ["accept"])
    desktop.press(found, "accept")
    shown.wait_for("ended")
    pressed = [each for each in shown.events if each["event"] == "press"]
    assert [(each["id"], each["holds"]["201"]) for each in pressed] == [(1, PIN)]
    assert not window.check or pressed[0]["holds"]["301"] == 0
    with Image.open(place) as picture:
        assert picture.size == size
        assert sum(pixel == RED for pixel in picture.convert("RGB").get_flattened_data()) > 300  # frame and number


@windows
def test_says_what_was_wrong_and_is_not_pressed_again(
    window: PinWindow, show: Callable, ours: ProgramRule, desktop: Desktop
) -> None:
    shown = show(window.spec())
    found = desktop.find(window.rule(ours))
    desktop.set_text(found, "pin", WRONG)
    desktop.press(found, "accept")
    shown.wait_for("press")
    assert not desktop.wait_until_gone(found, 0.5)
    assert desktop.text(found, "message") == "Mã PIN không đúng, còn 4 lần thử."
    desktop.press(found, "cancel")
    assert shown.presses() == [1, 2]


def test_two_buttons_follow_one_another(show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    """As Bkav IVAN: Xác nhận, then Đồng ý in a window of its own."""
    first = PIN_WINDOWS[1]
    shown = show(f"{first.spec()}window\t#32770\tXác nhận ký\ntext\t100\tKý hồ sơ?\nbutton\t1\tĐồng ý\tend\n")
    found = desktop.find(first.rule(ours))
    desktop.set_text(found, "pin", PIN)
    desktop.press(found, "accept")
    second = PinWindow("x", "Xác nhận ký", "", "Đồng ý").rule(ours)
    controls = {"accept": second.controls["accept"]}
    desktop.press(desktop.find(type(second)("câu hỏi", (ours,), second.classes, second.titles, controls)), "accept")
    assert shown.presses() == [1, 1]


def test_the_picture_says_nothing_of_the_pin(
    show: Callable, ours: ProgramRule, desktop: Desktop, pictures: Path
) -> None:
    """Pixel by pixel the same, however long it is."""
    drawn = []
    for pin in ("1234", PIN * 3):
        shown = show(VNPT.spec())
        found = desktop.find(VNPT.rule(ours))
        desktop.set_text(found, "pin", pin)
        desktop.picture(found, pictures / "length.png", ["accept"])
        with Image.open(pictures / "length.png") as picture:
            drawn.append(picture.convert("RGB").crop((20, 60, picture.width - 20, picture.height)).tobytes())
        shown.kill()
    assert drawn[0] == drawn[1]
    assert DOTS == 8


def test_an_empty_field_is_covered_without_dots(
    show: Callable, ours: ProgramRule, desktop: Desktop, pictures: Path
) -> None:
    show(VNPT.spec())
    found = desktop.find(VNPT.rule(ours))
    sizes = []
    for number, pin in enumerate(("", PIN)):
        desktop.set_text(found, "pin", pin)
        desktop.picture(found, pictures / f"field-{number}.png")
        with Image.open(pictures / f"field-{number}.png") as picture:
            sizes.append(sum(pixel == (32, 33, 36) for pixel in picture.convert("RGB").get_flattened_data()))
    assert sizes[0] == 0
    assert sizes[1] > 8 * 10


def test_the_text_of_a_field_is_never_read(show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    """Wine would give the text of a password field to another process, and of any other field Windows does, too."""
    spec = VNPT.spec() + "edit\t202\t\t" + PIN + "\n" + "edit\t203\treadonly\tSố sê-ri 513E\n"
    show(spec)
    found = desktop.find(VNPT.rule(ours))
    desktop.set_text(found, "pin", PIN)
    window = desktop.read(found)
    assert PIN not in repr(window)
    texts = {control.id: (control.text, control.withheld) for control in window.controls}
    assert texts[201] == texts[202] == ("", True)
    assert texts[203] == ("Số sê-ri 513E", False)


def test_the_pin_is_in_no_file_command_line_or_log(
    show: Callable, ours: ProgramRule, desktop: Desktop, caplog: pytest.LogCaptureFixture
) -> None:
    """Canary: while the window holds it and after it was taken."""
    caplog.set_level(logging.DEBUG)
    began = time.time() - 1
    shown = show(VNPT.spec())
    found = desktop.find(VNPT.rule(ours))
    desktop.set_text(found, "pin", PIN)
    lines = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    assert any("chukyso.desktop.worker" in line for line in lines)
    written = json.dumps(dump(desktop), ensure_ascii=False)
    desktop.press(found, "accept")
    shown.wait_for("ended")
    assert desktop._child
    assert PIN not in " ".join(lines) + written + caplog.text + desktop._child.stderr()
    desktop.close_worker()  # nobody else may read its file
    # The rest of this Windows is searched from outside (proof.py): under Wine its folders lead to others' by links.
    # A link that leads nowhere, as a Chromium outside leaves it, is an error for pathlib and no file for os.path.
    for path in (each for each in Path(os.environ["TEMP"]).rglob("*") if os.path.isfile(each)):  # noqa: PTH113 - as said
        if path.stat().st_mtime >= began:
            data = path.read_bytes()
            assert not any(PIN.encode(encoding) in data for encoding in ("utf-8", "utf-16-le")), path
