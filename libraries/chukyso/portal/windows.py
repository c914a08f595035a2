"""The native windows of a portal's signing client, as a profile describes them: by which rule each is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from chukyso.certificate import ShownCertificate
from chukyso.desktop.model import Kind as ControlKind
from chukyso.desktop.rule import ControlRule, ProgramRule, WindowRule
from chukyso.portal.kinds import NAME, TEXT, Kind, WrongValueError, not_a, printable, several

ACCEPT: Final = "accept"
CANCEL: Final = "cancel"
ROWS: Final = "rows"
PIN: Final = "pin"
_LISTS: Final = {"table": ControlKind.TABLE, "list": ControlKind.LIST, "combo": ControlKind.COMBO}
_COLUMNS: Final = frozenset(field.name for field in fields(ShownCertificate))
_TEXTS: Final = several(NAME)
_NEEDED: Final = ("program", "folders", "classes", "titles", "accept")


@dataclass(frozen=True)
class ClientWindow:
    """A kind of window of the client.

    Attributes:
        program: Name of its executable, a pattern.
        folders: Below one of these the executable lies.
        classes: Its window class is one of these patterns.
        titles: Its title is one of these.
        accept: Texts of the button to press.
        cancel: Texts of the button that cancels; empty when there is none.
        publisher: Who signed the executable; "" for anybody.
        ancestor: Executable that must have started it; "" for any.
        list: ``table``, ``list`` or ``combo`` with the certificates; "" when there is none.
        columns: What its columns show, fields of ``ShownCertificate``; "" for a column of no interest.
    """

    program: str
    folders: tuple[str, ...]
    classes: tuple[str, ...]
    titles: tuple[str, ...]
    accept: tuple[str, ...]
    cancel: tuple[str, ...] = ()
    publisher: str = ""
    ancestor: str = ""
    list: str = ""
    columns: tuple[str, ...] = ()

    def rule(self, name: str, folders: Mapping[str, str], *, has_pin: bool) -> WindowRule:
        """The rule by which the window is told.

        Args:
            name: What messages call it.
            folders: What stands for ``%NAME%`` in ``folders`` and is no variable of Windows.
            has_pin: It must have exactly one field that hides what is typed.
        """
        controls = {ACCEPT: ControlRule(ControlKind.BUTTON, texts=self.accept)}
        if self.cancel:
            controls[CANCEL] = ControlRule(ControlKind.BUTTON, texts=self.cancel)
        if self.list:
            controls[ROWS] = ControlRule(_LISTS[self.list])
        if has_pin:
            controls[PIN] = ControlRule(ControlKind.EDIT, password=True)
        filled = tuple(_filled(folder, folders) for folder in self.folders)
        program = ProgramRule(self.program, filled, self.publisher)
        return WindowRule(name, (program,), self.classes, self.titles, controls, self.ancestor)


def _filled(folder: str, folders: Mapping[str, str]) -> str:
    for name, value in folders.items():
        folder = folder.replace(f"%{name}%", value)
    return folder


def _read(value: object) -> ClientWindow:
    if not isinstance(value, dict):
        raise WrongValueError(not_a("bảng { program = …, titles = […], … }", value))
    if strange := value.keys() - _READ.keys():
        raise WrongValueError(f"có “{printable(min(strange))}”, không phải một trong {', '.join(_READ)}")
    if missing := [name for name in _NEEDED if not value.get(name)]:
        raise WrongValueError(f"thiếu {', '.join(missing)}")
    read: dict[str, Any] = {name: _READ[name].read(value[name]) for name in value}
    window = ClientWindow(**read)
    if window.list and window.list not in _LISTS:
        raise WrongValueError(f"list phải là một trong {', '.join(_LISTS)}")
    if wrong := set(window.columns) - _COLUMNS - {""}:
        raise WrongValueError(
            f"columns có “{printable(min(wrong))}”, không phải một trong {', '.join(sorted(_COLUMNS))}"
        )
    if window.list and "serial" not in window.columns:
        raise WrongValueError("columns phải có “serial”: chứng thư số chỉ được chọn theo số")
    return window


def _columns(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise WrongValueError(not_a("danh sách […]", value))
    return tuple(TEXT.read(one) for one in value)


_READ: Final = {
    "program": NAME,
    "folders": _TEXTS,
    "classes": _TEXTS,
    "titles": _TEXTS,
    "accept": _TEXTS,
    "cancel": _TEXTS,
    "publisher": TEXT,
    "ancestor": TEXT,
    "list": TEXT,
    "columns": Kind("danh sách tên cột", "list of columns", _columns),
}
WINDOW: Final = Kind(
    "bảng mô tả một cửa sổ",
    "table that describes a window: `program`, `folders`, `classes`, `titles`, `accept`, …",
    _read,
)
