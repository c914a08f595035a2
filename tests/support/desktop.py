"""Windows of the test program ``tests/windows/desktop/window.c``: what they show, and the rules that tell them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chukyso.desktop.model import Kind
from chukyso.desktop.rule import ControlRule, ProgramRule, WindowRule

PIN = "-".join(("94", "Kx", "83", "q7"))
WRONG = "-".join(("00", "Kx", "00", "q0"))
OLD, NEW = "513e0ec52eef287b", "7af257f639d5c9b1"
OWNER = "CÔNG TY TNHH NẮNG MỚI (HƯ CẤU)"
CERTIFICATE_TITLE = "Chọn chứng thư số"
CLASS = "#32770"


@dataclass(frozen=True)
class PinWindow:
    """A PIN window as a driver shows it.

    Attributes:
        who: Whose it is.
        title: Its title.
        field: What stands beside its field.
        button: Its button.
        check: The check box for the soft keyboard; "" for none.
        cancel: What gives up.
    """

    who: str
    title: str
    field: str
    button: str
    check: str = ""
    cancel: str = "Hủy"

    def spec(self, *does: str, expected: str = PIN) -> str:
        """For the test program."""
        lines = [f"window\t{CLASS}\t{self.title}", f"text\t100\t{self.field}", "text\t101\t ", "edit\t201\tpassword\t"]
        if self.check:
            lines.append(f"check\t301\t{self.check}\t1")
        lines += [f"button\t1\t{self.button}\tpin\t201\t{expected}\t101\t5", f"button\t2\t{self.cancel}\tcancel"]
        return "\n".join([*lines, *(f"does\t{what}" for what in does)]) + "\n"

    def rule(self, *programs: ProgramRule, **more: object) -> WindowRule:
        """By which it is told."""
        controls = {
            "pin": ControlRule(Kind.EDIT, password=True),
            "accept": ControlRule(Kind.BUTTON, texts=(self.button,)),
            "cancel": ControlRule(Kind.BUTTON, texts=(self.cancel,)),
            "message": ControlRule(Kind.TEXT, 101),
        }
        if self.check:
            controls["keyboard"] = ControlRule(Kind.CHECK, texts=(self.check,))
        given = {"titles": (self.title,), "controls": controls, **more}
        return WindowRule(f"cửa sổ PIN của {self.who}", programs, (CLASS,), **given)  # type: ignore[arg-type]


# The table in docs/windows.md: titles, fields and buttons that guides of these drivers show.
PIN_WINDOWS = (
    PinWindow("Feitian", "Verify User PIN", "User PIN:", "Login", cancel="Cancel"),
    PinWindow("Bkav IVAN", "Nhập mã PIN của USB Token", "Mã PIN:", "Xác nhận"),
    PinWindow("Feitian tiếng Việt", "Xác thực người dùng", "Mã PIN:", "Đăng nhập", "Kích hoạt bàn phím ảo"),
    PinWindow("SAFE-CA", "SAFE-CA", "Nhập mã PIN", "Chấp nhận"),
    PinWindow("SAFE-CA khác", "SAFE-CA Token", "Nhập mã PIN", "Đăng nhập"),
    PinWindow("CMC-CA", "CMC-CA Token", "PIN", "Accept", cancel="Cancel"),
    PinWindow("MISA", "MISA-CA", "mã PIN", "Đồng ý"),
    PinWindow("SafeNet", "Token Logon", "Token Password:", "OK", cancel="Cancel"),
    PinWindow("Windows cũ", "Windows Security", "PIN", "&OK", cancel="&Cancel"),
    PinWindow("VNPT", "VNPT-CA Token Manager", "Nhập mã PIN:", "Chấp nhận"),
)
VNPT = PIN_WINDOWS[-1]
LISTS = ("list", "table", "combo")


def certificate_spec(kind: str, rows: Sequence[str], *does: str, views: Sequence[str] = ()) -> str:
    """A window with a list of certificates, in one of the forms that there are, for the test program."""
    heading = ["Cấp cho|Số sê-ri"] if kind == "table" else []
    lines = [f"window\t{CLASS}\t{CERTIFICATE_TITLE}", "text\t100\tChọn chứng thư số của đơn vị:"]
    lines.append("\t".join([kind, "102", *heading, *rows]))
    lines += ["button\t1\tOK\tend", "button\t2\tHủy\tcancel"]
    if views:
        lines.append("\t".join(["button", "3", "Xem…", "view", "102", *views]))
    return "\n".join([*lines, *(f"does\t{what}" for what in does)]) + "\n"


def certificate_rule(kind: str, *programs: ProgramRule, views: bool = False) -> WindowRule:
    """By which that window is told."""
    kinds = {"list": Kind.LIST, "table": Kind.TABLE, "combo": Kind.COMBO}
    controls = {
        "list": ControlRule(kinds[kind], 102),
        "ok": ControlRule(Kind.BUTTON, texts=("OK",)),
        "cancel": ControlRule(Kind.BUTTON, texts=("Hủy", "Cancel")),
    }
    if views:
        controls["view"] = ControlRule(Kind.BUTTON, texts=("Xem",))
    return WindowRule("cửa sổ chứng thư số", programs, (CLASS,), (CERTIFICATE_TITLE,), controls)
