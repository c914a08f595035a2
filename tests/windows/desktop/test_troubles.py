"""Windows that come late, twice, from elsewhere, or not at all; that hang, vanish, hide; a child that dies."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from chukyso.desktop.client import Desktop
from chukyso.desktop.dump import dump
from chukyso.desktop.model import Kind
from chukyso.desktop.rule import ProgramRule
from chukyso.errors import Code
from support.desktop import LISTS, PIN, VNPT, certificate_rule, certificate_spec
from support.token import failure


def test_opens_late(show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    shown = show(VNPT.spec("delay\t4000"))
    desktop.press(desktop.find(VNPT.rule(ours)), "cancel")
    assert shown.presses() == [2]


def test_never_comes(ours: ProgramRule, desktop: Desktop) -> None:
    error = failure(lambda: desktop.find(VNPT.rule(ours), 1))
    assert error.code is Code.WINDOW_NOT_FOUND
    assert "trong 1 giây." in str(error)


def test_hidden_is_said(show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    show(VNPT.spec("hidden")).wait_for("open")
    error = failure(lambda: desktop.find(VNPT.rule(ours), 1))
    assert error.code is Code.WINDOW_NOT_FOUND
    assert f"“{VNPT.title}” đang bị ẩn" in str(error)


@pytest.mark.parametrize("place", ["minimised", "off the screen", "on the left of the screen"])
def test_is_brought_up_for_its_picture(
    place: str, show: Callable, ours: ProgramRule, desktop: Desktop, pictures: Path
) -> None:
    spec = VNPT.spec(*(["minimised"] if place == "minimised" else []))
    where = {"off the screen": "3000\t3000", "on the left of the screen": "-250\t100"}.get(place)
    shown = show(spec.replace(VNPT.title, f"{VNPT.title}\t{where}") if where else spec)
    shown.wait_for("open")
    found = desktop.find(VNPT.rule(ours))
    desktop.picture(found, pictures / f"up-{place}.png", ["accept"])
    rect = desktop.read(found).rect
    assert 0 <= rect.left < rect.right <= 1280
    desktop.press(found, "cancel")
    assert shown.presses() == [2]


def test_lies_behind_another(show: Callable, ours: ProgramRule, desktop: Desktop, pictures: Path) -> None:
    show(VNPT.spec()).wait_for("open")
    found = desktop.find(VNPT.rule(ours))
    show("window\t#32770\tĐè lên\ntext\t100\tCửa sổ khác\n", "Khác/lạ.exe").wait_for("open")
    desktop.picture(found, pictures / "behind.png", ["accept"])


@pytest.mark.parametrize("above", [False, True])
def test_a_picture_leaves_it_above_others_or_not_as_it_was(
    above: bool, show: Callable, ours: ProgramRule, desktop: Desktop, pictures: Path
) -> None:
    from chukyso.desktop.win32 import api  # of Windows alone

    show(VNPT.spec()).wait_for("open")
    found = desktop.find(VNPT.rule(ours))
    api.SetWindowPos(found.window.handle, -1 if above else -2, 0, 0, 0, 0, 0x1 | 0x2 | 0x10)
    desktop.picture(found, pictures / "above.png", ["accept"])
    assert desktop.read(found).title == VNPT.title  # asked behind what was posted to it
    assert bool(api.GetWindowLongW(found.window.handle, -20) & 0x8) is above


def test_two_are_refused(show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    both = [show(VNPT.spec()) for _ in range(2)]
    for each in both:
        each.wait_for("open")
    error = failure(lambda: desktop.find(VNPT.rule(ours)))
    assert (error.code, error.context["count"]) == (Code.WINDOW_AMBIGUOUS, 2)
    assert all([event["event"] for event in each.quiet(0.2)] == ["open"] for each in both)


def test_a_second_one_stops_what_goes_on(show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    first = show(VNPT.spec())
    found = desktop.find(VNPT.rule(ours))
    show(VNPT.spec()).wait_for("open")
    assert failure(lambda: desktop.set_text(found, "pin", PIN)).code is Code.WINDOW_AMBIGUOUS
    assert failure(lambda: desktop.press(found, "accept")).code is Code.WINDOW_AMBIGUOUS
    assert [event["event"] for event in first.quiet()] == ["open"]


@pytest.mark.parametrize("program", ["Khác/VssDeclaration.exe", "Khác/lạ.exe"])
def test_the_same_window_of_another_program_is_refused(
    program: str, show: Callable, ours: ProgramRule, desktop: Desktop
) -> None:
    shown = show(VNPT.spec(), program)
    shown.wait_for("open")
    error = failure(lambda: desktop.find(VNPT.rule(ours)))
    assert error.code is Code.WINDOW_FOREIGN
    assert program.partition("/")[2] in str(error)
    assert [event["event"] for event in shown.quiet(0.2)] == ["open"]


def test_a_look_alike_beside_the_right_one_is_refused(show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    shown = show(VNPT.spec())
    found = desktop.find(VNPT.rule(ours))
    show(VNPT.spec(), "Khác/lạ.exe").wait_for("open")
    assert failure(lambda: desktop.find(VNPT.rule(ours))).code is Code.WINDOW_FOREIGN
    assert failure(lambda: desktop.set_text(found, "pin", PIN)).code is Code.WINDOW_FOREIGN
    assert [event["event"] for event in shown.quiet(0.2)] == ["open"]


def test_a_publisher_that_is_not_the_one_is_refused(show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    show(VNPT.spec()).wait_for("open")
    error = failure(lambda: desktop.find(VNPT.rule(replace(ours, publisher="Bảo hiểm xã hội Việt Nam"))))
    assert error.code is Code.WINDOW_FOREIGN
    assert "nhà phát hành phải là" in str(error)


@pytest.mark.parametrize(("ancestor", "code"), [("python.exe", None), ("chrome.exe", Code.WINDOW_FOREIGN)])
def test_who_started_it_counts(
    ancestor: str, code: Code | None, show: Callable, ours: ProgramRule, desktop: Desktop
) -> None:
    show(VNPT.spec()).wait_for("open")
    rule = VNPT.rule(ours, ancestor=ancestor)
    if code is None:
        assert desktop.find(rule).window.title == VNPT.title
    else:
        assert failure(lambda: desktop.find(rule)).code is code


def test_vanishes_while_it_is_read(show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    show(VNPT.spec("vanish-on-read")).wait_for("open")
    assert failure(lambda: desktop.find(VNPT.rule(ours), 2)).code is Code.WINDOW_NOT_FOUND


def test_closed_by_a_person(show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    shown = show(VNPT.spec())
    found = desktop.find(VNPT.rule(ours))
    desktop.close(found)
    assert desktop.wait_until_gone(found, 5)
    for act in (lambda: desktop.set_text(found, "pin", PIN), lambda: desktop.press(found, "accept")):
        assert failure(act).code is Code.WINDOW_GONE
    assert shown.presses() == []


def test_another_window_in_its_place_is_not_touched(show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    """The first one was left and the program showed it once more: what was read of it does not hold."""
    shown = show(VNPT.spec())
    found = desktop.find(VNPT.rule(ours))
    shown.kill()
    again = show(VNPT.spec())
    again.wait_for("open")
    assert failure(lambda: desktop.press(found, "accept")).code is Code.WINDOW_GONE
    assert [event["event"] for event in again.quiet(0.2)] == ["open"]


def test_hangs_before_it_is_read(show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    show(VNPT.spec("hang\t1")).wait_for("hangs")
    assert failure(lambda: desktop.find(VNPT.rule(ours), 1)).code is Code.WINDOW_HUNG


def test_hangs_after_it_was_found(show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    shown = show(VNPT.spec().replace("Hủy\tcancel", "Hủy\thang"))
    found = desktop.find(VNPT.rule(ours))
    desktop.press(found, "cancel")
    shown.wait_for("press")
    assert failure(lambda: desktop.set_text(found, "pin", PIN)).code is Code.WINDOW_HUNG
    assert failure(lambda: desktop.press(found, "accept")).code is Code.WINDOW_HUNG


def test_text_in_another_language(show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    english = replace(VNPT, title="VNPT-CA Sign-in", button="Accept")
    shown = show(english.spec())
    shown.wait_for("open")
    error = failure(lambda: desktop.find(VNPT.rule(ours), 1))
    assert (error.code, "VNPT-CA Sign-in" in str(error)) == (Code.WINDOW_NOT_FOUND, True)
    both = VNPT.rule(ours)
    accept = replace(both.controls["accept"], texts=("Chấp nhận", "Accept"))
    known = replace(both, titles=(VNPT.title, english.title), controls={**both.controls, "accept": accept})
    desktop.press(desktop.find(known), "cancel")
    assert shown.presses() == [2]


def test_what_is_missing_is_named(show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    show(VNPT.spec().replace("password", "")).wait_for("open")
    error = failure(lambda: desktop.find(VNPT.rule(ours), 1))
    assert error.code is Code.WINDOW_CHANGED
    assert "“pin”" in str(error)


def test_a_button_that_is_disabled_is_not_pressed(show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    shown = show(VNPT.spec("disabled\t1").replace("Hủy\tcancel", "Hủy\tenable\t1"))
    found = desktop.find(VNPT.rule(ours))
    assert failure(lambda: desktop.press(found, "accept")).code is Code.WINDOW_NOT_READY
    desktop.press(found, "cancel")
    shown.wait_for("press")
    desktop.set_text(found, "pin", PIN)
    desktop.press(found, "accept")
    assert shown.presses() == [2, 1]


@pytest.mark.parametrize(
    ("name", "code"),
    [("VnptPinWindow", None), ("Credential Dialog Xaml Host", Code.WINDOW_UNDRIVABLE)],
)
def test_classes(name: str, code: Code | None, show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    shown = show(VNPT.spec().replace("#32770", name))
    shown.wait_for("open")
    rule = replace(VNPT.rule(ours), classes=(name,))
    if code:
        assert failure(lambda: desktop.find(rule)).code is code
        return
    desktop.press(desktop.find(rule), "cancel")
    assert shown.presses() == [2]


def test_a_window_above_all_others_keeps_it_from_being_photographed(
    show: Callable, ours: ProgramRule, desktop: Desktop, pictures: Path
) -> None:
    from chukyso.desktop.win32 import api  # of Windows alone

    show(VNPT.spec()).wait_for("open")
    found = desktop.find(VNPT.rule(ours))
    show("window\t#32770\tĐè lên\ntext\t100\tx\nlist\t2\t1\nlist\t3\t1\n", "Khác/lạ.exe").wait_for("open")
    (above,) = (window for window in desktop.windows() if window.title == "Đè lên")
    place, done = pictures / "covered.png", threading.Event()

    def stay() -> None:
        while not done.wait(0.02):
            api.SetWindowPos(above.handle, -1, 0, 0, 0, 0, 0x1 | 0x2 | 0x10)

    thread = threading.Thread(target=stay)
    thread.start()
    try:
        error = failure(lambda: desktop.picture(found, place, ["accept"]))
    finally:
        done.set()
        thread.join()
    assert error.code is Code.WINDOW_HIDDEN
    assert "Đè lên" in str(error)
    assert not place.exists()


@pytest.mark.parametrize(
    ("dies", "code", "pressed"),
    [
        ("before", Code.WINDOW_PRESS_UNHEARD, []),
        ("after", Code.WINDOW_PRESS_UNHEARD, [1]),
        ("earlier", Code.DESKTOP_FAILED, []),
    ],
)
def test_a_child_that_dies_presses_nothing_twice(
    dies: str, code: Code, pressed: list[int], show: Callable, ours: ProgramRule, tmp_path: Path
) -> None:
    script = tmp_path / "dying.py"
    script.write_text(DYING, encoding="utf-8")
    shown = show(VNPT.spec())
    with Desktop(worker=(str(script), dies)) as desktop:
        found = desktop.find(VNPT.rule(ours))
        desktop.set_text(found, "pin", PIN)
        assert failure(lambda: desktop.press(found, "accept")).code is code
        if pressed:
            shown.wait_for("ended")
        else:
            desktop.read(found)  # a new child serves
            shown.quiet()
    assert [each["id"] for each in shown.events if each["event"] == "press"] == pressed


DYING = """
import os, sys
from chukyso.desktop.win32.backend import Win32
from chukyso.desktop.worker import run

class Dying(Win32):
    def press(self, window, control):
        if sys.argv[1] == "after":
            super().press(window, control)
        os._exit(3)

    def session(self):
        if sys.argv[1] == "earlier" and self.entered:
            os._exit(3)
        return super().session()

    entered = False

    def set_text(self, window, control, text):
        super().set_text(window, control, text)
        self.entered = True

run(Dying)
"""


def test_a_child_that_hangs_is_ended(show: Callable, ours: ProgramRule, tmp_path: Path) -> None:
    script = tmp_path / "hanging.py"
    script.write_text(DYING.replace("os._exit(3)", "import time; time.sleep(60)"), encoding="utf-8")
    shown = show(VNPT.spec())
    with Desktop(4, worker=(str(script), "before")) as desktop:
        found = desktop.find(VNPT.rule(ours))
        assert failure(lambda: desktop.press(found, "accept")).code is Code.WINDOW_PRESS_UNHEARD
        assert desktop.read(found).title == VNPT.title
    assert [event["event"] for event in shown.quiet(0.2)] == ["open"]


@pytest.mark.parametrize("kind", LISTS)
def test_a_dump_tells_rows_and_texts(kind: str, show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    show(certificate_spec(kind, ["Dòng một|1", "Dòng hai|2"])).wait_for("open")
    desktop.find(certificate_rule(kind, ours))
    (window,) = (each for each in dump(desktop, title="Chọn chứng")["windows"])
    listed = next(each for each in window["controls"] if each["id"] == 102)
    assert "Dòng hai" in str(listed["rows"])
    assert {each["text"] for each in window["controls"] if each["kind"] == Kind.BUTTON} == {"OK", "Hủy"}


def test_a_dump_goes_on_after_a_window_that_hangs(show: Callable, ours: ProgramRule, desktop: Desktop) -> None:
    show(VNPT.spec("hang\t1")).wait_for("hangs")
    (window,) = dump(desktop, title=VNPT.title)["windows"]
    assert window["trouble"] == "WINDOW_HUNG"


def test_publishers_are_told_of_trusted_signatures_alone(programs: Path) -> None:
    """Of what the publisher of this Python signed, of an unsigned program, and of one that was changed afterwards."""
    from chukyso.desktop.win32.programs import publisher_of  # of Windows alone

    signed = Path(sys.base_prefix) / "python311.dll"
    assert publisher_of(str(signed)) == "Python Software Foundation"
    assert publisher_of(str(programs / "BHXH" / "VssDeclaration.exe")) == ""
    changed = programs / "changed.dll"
    data = bytearray(signed.read_bytes())
    data[len(data) // 2] ^= 1
    changed.write_bytes(data)
    assert publisher_of(str(changed)) == ""


def test_the_session_is_told(desktop: Desktop) -> None:
    session = desktop.session()
    assert (session.number, session.input_desktop, session.remote) == (1, "Default", False)
    assert session.scaling >= 96
    assert session.keyboard
    assert session.integrity in {8192, 12288, 16384}


def test_the_command_line_shows_lists_and_writes(show: Callable, tmp_path: Path) -> None:
    show(VNPT.spec()).wait_for("open")
    chukyso = [sys.executable, "-c", MAIN]

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [*chukyso, "windows", *arguments], capture_output=True, encoding="utf-8", check=True, timeout=120
        )
        return done.stdout

    listed = json.loads(run("list", "--json"))["windows"]
    assert VNPT.title in [each["title"] for each in listed]
    assert VNPT.title in run("list").replace("\n", "")
    assert "Đã ghi 1 cửa sổ" in run("dump", "--title", VNPT.title, "--output", str(tmp_path / "w.json"))
    (window,) = json.loads((tmp_path / "w.json").read_text(encoding="utf-8"))["windows"]
    assert {each["id"]: each["kind"] for each in window["controls"]}[201] == "edit"
    changes = [json.loads(line) for line in run("watch", "--seconds", "0.5", "--json").splitlines()]
    assert VNPT.title in [each["window"]["title"] for each in changes if each["event"] == "opened"]


MAIN = "from chukyso.cli import main; main()"
