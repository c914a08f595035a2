"""By which rule a window is told: never by its title alone. Pure logic over what was seen."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import PureWindowsPath
from typing import Final

from chukyso.desktop.model import Control, Kind, Program, Window
from chukyso.text import visible

_VARIABLE: Final = re.compile(r"%([^%]+)%")
# Windows that draw themselves: no control of theirs can be had by messages.
_DRAWN: Final = ("*xaml*", "applicationframewindow", "windows.ui.*", "hwndwrapper*", "chrome_widgetwin*", "qt?*window*")


@dataclass(frozen=True)
class ProgramRule:
    """Which program a window may belong to.

    Attributes:
        name: Pattern of the executable's name (``*``, ``?``), without regard to case.
        folders: Below one of these it must lie; ``%ProgramFiles%`` and the like are filled in. A folder into which
            every program of the user can write proves little.
        publisher: Who must have signed it; "" for anybody or nobody.
    """

    name: str
    folders: tuple[str, ...]
    publisher: str = ""

    def __post_init__(self) -> None:
        if not self.name or not self.folders:
            raise ValueError("a program needs a name and a folder")


@dataclass(frozen=True)
class ControlRule:
    """Which control of a window is meant. At least one of ``id`` and ``texts`` tells it from others of its kind.

    Attributes:
        kind: What it is.
        id: Its number; None for any.
        texts: One of these it shows, all of it; empty for whatever it shows.
        password: Whether it hides what is typed; None for either.
    """

    kind: Kind
    id: int | None = None
    texts: tuple[str, ...] = ()
    password: bool | None = None

    def fits(self, control: Control) -> bool:
        """Whether this control is one."""
        return (
            control.visible
            and control.kind is self.kind
            and self.id in (None, control.id)
            and self.password in (None, control.password)
            and (not self.texts or plain(control.text) in {plain(text) for text in self.texts})
        )


@dataclass(frozen=True)
class WindowRule:
    """How one window is told from all others.

    Attributes:
        name: What messages call it.
        programs: To one of these it belongs.
        classes: One of these its class is.
        titles: One of these its title is, in the languages that are known; empty for any title.
        controls: What must be there, exactly once each, by the name under which it is read and pressed.
        ancestor: Pattern of the name of an executable that must be among its ancestors; "" for any.
    """

    name: str
    programs: tuple[ProgramRule, ...]
    classes: tuple[str, ...]
    titles: tuple[str, ...] = ()
    controls: Mapping[str, ControlRule] = field(default_factory=dict)
    ancestor: str = ""

    def __post_init__(self) -> None:
        if not self.programs or not self.classes or not (self.titles or self.controls):
            raise ValueError(f"the rule for {self.name} needs programs, classes, and titles or controls")

    @property
    def asks_publisher(self) -> bool:
        """Whether the publisher of a program must be found out."""
        return any(program.publisher for program in self.programs)


def plain(text: str) -> str:
    """A text as it is compared: NFC, without ``&`` of the shortcut key, format characters, case, blanks and dots at its
    end.
    """
    shown = re.sub(r"&(.)", r"\1", unicodedata.normalize("NFC", visible(text)))
    return re.sub(r"\s*(?:…|\.\.\.|:)$", "", " ".join(shown.split())).casefold()


def entitled(rule: WindowRule, window: Window) -> bool:
    """Whether the title is one of the rule's."""
    return plain(window.title) in {plain(title) for title in rule.titles}


def objection(rule: WindowRule, window: Window, variables: Mapping[str, str] = os.environ) -> str:
    """Why a window's program is not the one of the rule, in Vietnamese; "" when it is.

    Args:
        rule: The rule.
        window: The window.
        variables: What fills in ``%NAME%`` in folders.
    """
    if not window.program.image:
        return "Windows không cho biết chương trình nào (có thể nó chạy với quyền cao hơn)"
    reasons = [_program_objection(program, window.program, variables) for program in rule.programs]
    if all(reasons):
        return next((reason for reason in reasons if "nhà phát hành" in reason), reasons[0])
    if rule.ancestor and not any(_named(rule.ancestor, image) for image in window.ancestors):
        return f"nó không được mở từ {rule.ancestor}"
    return ""


def control_of(rule: WindowRule, window: Window, name: str) -> list[Control]:
    """The controls that may be the one with this name; one is right."""
    return [control for control in window.controls if rule.controls[name].fits(control)]


def lacking(rule: WindowRule, window: Window) -> list[str]:
    """Names of controls that are not there exactly once."""
    return [name for name in rule.controls if len(control_of(rule, window, name)) != 1]


def draws_itself(window: Window) -> bool:
    """Whether its controls cannot be had by messages: Windows Security and other programs that draw their own."""
    name = window.window_class.casefold()
    return any(fnmatchcase(name, pattern) for pattern in _DRAWN)


def _program_objection(rule: ProgramRule, program: Program, variables: Mapping[str, str]) -> str:
    if not _named(rule.name, program.image):
        return "chương trình này không có trong quy tắc"
    if not any(_below(program.image, folder, variables) for folder in rule.folders):
        return "nó nằm ngoài thư mục của chương trình đúng"
    if rule.publisher and plain(rule.publisher) != plain(program.publisher):
        return f"nhà phát hành phải là “{rule.publisher}”, nó có “{program.publisher or 'không rõ'}”"
    return ""


def _named(pattern: str, image: str) -> bool:
    return fnmatchcase(PureWindowsPath(image).name.casefold(), pattern.casefold())


def _below(image: str, folder: str, variables: Mapping[str, str]) -> bool:
    """Whether an executable lies below a folder. A variable that is not set names none, a relative folder neither."""
    values = {name.casefold(): value for name, value in variables.items()}
    filled = _VARIABLE.sub(lambda found: values.get(found[1].casefold(), "\0"), folder)
    path, wanted = PureWindowsPath(image), PureWindowsPath(filled)
    if "\0" in filled or not wanted.is_absolute() or ".." in path.parts:
        return False
    return _folded(path.parts)[: len(wanted.parts)] == _folded(wanted.parts)


def _folded(parts: Sequence[str]) -> list[str]:
    return [unicodedata.normalize("NFC", part).casefold() for part in parts]
