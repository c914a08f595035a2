"""Windows as they are seen, made by hand for the tests of what is decided about them."""

from __future__ import annotations

from chukyso.desktop.model import Control, Kind, Program, Rect, Window
from chukyso.desktop.rule import ControlRule, ProgramRule, WindowRule

IMAGE = "C:\\Program Files\\VNPT\\token.exe"
PROGRAM = ProgramRule("token.exe", ("%ProgramFiles%\\VNPT",))
RULE = WindowRule(
    "cửa sổ PIN",
    (PROGRAM,),
    ("#32770",),
    ("Nhập mã PIN", "Enter PIN"),
    {
        "pin": ControlRule(Kind.EDIT, password=True),
        "accept": ControlRule(Kind.BUTTON, texts=("Chấp nhận", "Accept")),
        "list": ControlRule(Kind.LIST),
    },
)
FOLDERS = {"ProgramFiles": "C:\\Program Files"}


def control(kind: Kind, number: int, text: str = "", **more: object) -> Control:
    """A control; lower ones lie below."""
    rect = Rect(120, 100 + 30 * (number % 10), 220, 124 + 30 * (number % 10))
    return Control(5000 + number, number, str(kind), kind, text, rect, **more)  # type: ignore[arg-type]


CONTROLS = (
    control(Kind.TEXT, 100, "Nhập mã PIN của “Nắng Mới”"),
    control(Kind.EDIT, 201, password=True, withheld=True),
    control(Kind.BUTTON, 2, "&Chấp nhận"),
    control(Kind.LIST, 3),
)


def window(handle: int = 77, title: str = "Nhập mã PIN", image: str = IMAGE, **more: object) -> Window:
    """A PIN window."""
    given = {"window_class": "#32770", "rect": Rect(100, 100, 400, 300), "controls": CONTROLS, **more}
    publisher = str(given.pop("publisher", ""))
    return Window(handle, title=title, program=Program(4, image, publisher), **given)  # type: ignore[arg-type]
