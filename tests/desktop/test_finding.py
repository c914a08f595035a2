"""Which window is the one of a rule: by program, class, title and controls, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chukyso.desktop.finding import look, nothing
from chukyso.desktop.model import Kind, Window
from chukyso.desktop.rule import ControlRule, ProgramRule, WindowRule, objection, plain
from chukyso.errors import ChukysoError, Code
from support.token import failure
from support.windows import CONTROLS, FOLDERS, PROGRAM, RULE, control, window


@pytest.fixture(autouse=True)
def _folders(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in FOLDERS.items():
        monkeypatch.setenv(name, value)


def seen(rule: WindowRule, *windows: Window) -> Callable[[], object]:
    return lambda: look(rule, windows, lambda each: each, lambda each: each)


def test_the_one_window_is_found_among_others() -> None:
    others = [window(1, "Trình duyệt", "C:\\x\\chrome.exe"), window(2, "Nhập mã PIN khác"), window(3, controls=())]
    sight = look(RULE, [*others, window()], lambda each: each, lambda each: each)
    assert sight.window == window()


@pytest.mark.parametrize(
    "title", ["Nhập mã PIN", "NHẬP MÃ PIN ", "Nha\u0323\u0302p mã PIN", "\u200bNhập mã PIN…", "Enter PIN"]
)
def test_titles_are_compared_as_people_read_them(title: str) -> None:
    assert look(RULE, [window(title=title)], lambda each: each, lambda each: each).window


@pytest.mark.parametrize("text", ["&Chấp nhận", "chấp nhận", "Chấp nhận...", "Chấp nhận:"])
def test_shortcut_keys_and_dots_do_not_count(text: str) -> None:
    assert plain(text) == plain("Chấp nhận")
    assert plain("Chấp nhận lại") != plain("Chấp nhận")


@pytest.mark.parametrize(
    ("image", "why"),
    [
        ("C:\\Program Files\\VNPT\\other.exe", "không có trong quy tắc"),
        ("C:\\Users\\an\\VNPT\\token.exe", "ngoài thư mục"),
        ("C:\\Program Files\\VNPT2\\token.exe", "ngoài thư mục"),
        ("C:\\Program Files\\VNPT\\..\\Temp\\token.exe", "ngoài thư mục"),
        ("\\\\server\\Program Files\\VNPT\\token.exe", "ngoài thư mục"),
        ("", "không cho biết"),
    ],
)
@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside the right one"])
def test_the_title_with_another_program_is_refused_and_never_not_found(image: str, why: str, beside: bool) -> None:
    error = failure(seen(RULE, *([window()] if beside else []), window(5, image=image, window_class="Other")))
    assert error.code is Code.WINDOW_FOREIGN
    assert why in str(error)


@pytest.mark.parametrize("image", ["C:\\PROGRAM FILES\\vnpt\\TOKEN.EXE", "C:/Program Files/VNPT/bin/token.exe"])
def test_paths_are_compared_as_windows_does(image: str) -> None:
    assert objection(RULE, window(image=image)) == ""


@pytest.mark.parametrize("folder", ["%Unset%\\VNPT", "VNPT", "%Unset%"])
def test_a_folder_that_is_none_allows_nothing(folder: str) -> None:
    rule = replace(RULE, programs=(ProgramRule("token.exe", (folder,)),))
    assert "ngoài thư mục" in objection(rule, window())


def test_publisher_and_ancestors_count_when_the_rule_names_them() -> None:
    signed = replace(RULE, programs=(replace(PROGRAM, publisher="VNPT"),))
    assert failure(seen(signed, window())).code is Code.WINDOW_FOREIGN
    assert "“VNPT”, nó có “Ai đó”" in str(failure(seen(signed, window(publisher="Ai đó"))))
    assert look(signed, [window(publisher="vnpt")], lambda each: each, lambda each: each).window
    started = replace(RULE, ancestor="chrome.exe")
    assert failure(seen(started, window(ancestors=("C:\\x\\cmd.exe",)))).code is Code.WINDOW_FOREIGN
    assert look(started, [window(ancestors=("C:\\x\\Chrome.exe",))], lambda each: each, lambda each: each).window


def test_two_are_refused() -> None:
    error = failure(seen(RULE, window(), window(78)))
    assert (error.code, error.context["count"]) == (Code.WINDOW_AMBIGUOUS, 2)


@pytest.mark.parametrize("name", ["Credential Dialog Xaml Host", "HwndWrapper[App;;1]", "ApplicationFrameWindow"])
def test_windows_that_draw_themselves_are_told(name: str) -> None:
    assert failure(seen(RULE, window(window_class=name, controls=()))).code is Code.WINDOW_UNDRIVABLE


@pytest.mark.parametrize(
    ("there", "code", "words"),
    [
        ((), Code.WINDOW_NOT_FOUND, "trong 20 giây. "),
        ((window(visible=False),), Code.WINDOW_NOT_FOUND, "“Nhập mã PIN” đang bị ẩn"),
        ((window(title="PIN eingeben"),), Code.WINDOW_NOT_FOUND, "chương trình đó có cửa sổ “PIN eingeben”"),
        ((window(window_class="Button"),), Code.WINDOW_NOT_FOUND, "20 giây"),
        ((window(hung=True),), Code.WINDOW_HUNG, "không trả lời"),
        ((window(controls=CONTROLS[:2]),), Code.WINDOW_CHANGED, "“accept”, “list”"),
        ((window(controls=(*CONTROLS, control(Kind.LIST, 9))),), Code.WINDOW_CHANGED, "“list”"),
    ],
)
def test_what_is_said_of_one_that_did_not_come(there: tuple[Window, ...], code: Code, words: str) -> None:
    sight = look(RULE, there, lambda each: each, lambda each: each)
    error = nothing(RULE, sight, 20)
    assert (sight.window, error.code) == (None, code)
    assert words in str(error)


@pytest.mark.parametrize("code", [Code.WINDOW_GONE, Code.WINDOW_HUNG])
def test_one_that_goes_while_it_is_read_is_waited_for(code: Code) -> None:
    def read(_: Window) -> Window:
        raise ChukysoError(code, window="x")

    assert look(RULE, [window()], lambda each: each, read).window is None


def test_a_rule_without_titles_tells_by_controls() -> None:
    rule = replace(RULE, titles=())
    others = [window(1, "Khác", controls=()), window(2, image="C:\\x\\y.exe")]
    assert look(rule, [*others, window()], lambda each: each, lambda each: each).window == window()


def test_a_rule_that_tells_nothing_is_none() -> None:
    for wrong in (
        lambda: ProgramRule("", ("C:\\",)),
        lambda: ProgramRule("a.exe", ()),
        lambda: WindowRule("x", (), ("#32770",), ("a",)),
        lambda: WindowRule("x", (PROGRAM,), (), ("a",)),
        lambda: WindowRule("x", (PROGRAM,), ("#32770",)),
    ):
        with pytest.raises(ValueError, match="needs"):
            wrong()


def test_a_window_survives_a_dump() -> None:
    assert Window.from_json(window().to_json()) == window()
    assert ControlRule(Kind.EDIT, 201).fits(window().controls[1])
