"""What is seen of native windows, and how it is written down. The text of a field into which somebody types is never
read: where a secret may stand there is none to lose.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, Self

VERSION: Final = 1
"""Of a dump; a reader refuses others."""


class Kind(StrEnum):
    """What a control is, however its toolkit calls the class."""

    TEXT = "text"
    EDIT = "edit"
    BUTTON = "button"
    CHECK = "check"
    RADIO = "radio"
    GROUP = "group"
    LIST = "list"
    TABLE = "table"
    COMBO = "combo"
    OTHER = "other"


@dataclass(frozen=True)
class Rect:
    """A place on the screen in physical pixels; negative ones are of a monitor left of or above the first."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


@dataclass(frozen=True)
class Control:
    """One control of a window.

    Attributes:
        handle: Names it until its window is gone.
        id: The control's number in its window.
        window_class: As its toolkit named it.
        kind: What it is.
        text: What it shows; "" of a field into which somebody can type.
        rect: Where it is.
        password: It hides what is typed.
        withheld: It may hold what somebody typed, so ``text`` is not what it shows.
        enabled: It can be used.
        visible: It is shown.
        checked: Of a check box or radio button: its state.
    """

    handle: int
    id: int
    window_class: str
    kind: Kind
    text: str
    rect: Rect
    password: bool = False
    withheld: bool = False
    enabled: bool = True
    visible: bool = True
    checked: bool | None = None

    def to_json(self) -> dict[str, Any]:
        """All of it for a dump or a frame."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what ``to_json`` made."""
        return cls(**{**data, "kind": Kind(data["kind"]), "rect": Rect(**data["rect"])})


@dataclass(frozen=True)
class Program:
    """The process that a window belongs to.

    Attributes:
        pid: Its number.
        image: Path of its executable; "" when Windows does not tell (it runs with higher rights, or it is gone).
        publisher: Who signed the executable, when that was asked and Windows trusts the signature; else "".
    """

    pid: int
    image: str
    publisher: str = ""


@dataclass(frozen=True)
class Window:
    """A top-level window.

    Attributes:
        handle: Names it until it is gone.
        window_class: Its class.
        title: Its title.
        rect: Where it is.
        program: Whose it is.
        ancestors: Executables of the processes that started that one, and of the windows that own this one.
        visible: It is shown, though it may lie behind others.
        minimised: It is minimised.
        hung: Windows says that its program does not answer.
        controls: Its controls; empty until they were asked for.
    """

    handle: int
    window_class: str
    title: str
    rect: Rect
    program: Program
    ancestors: tuple[str, ...] = ()
    visible: bool = True
    minimised: bool = False
    hung: bool = False
    controls: tuple[Control, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """All of it for a dump or a frame."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read what ``to_json`` made."""
        return cls(
            **{
                **data,
                "rect": Rect(**data["rect"]),
                "program": Program(**data["program"]),
                "ancestors": tuple(data["ancestors"]),
                "controls": tuple(Control.from_json(each) for each in data["controls"]),
            }
        )

    def showing(self, controls: tuple[Control, ...]) -> Self:
        """The same with its controls."""
        return replace(self, controls=controls)


@dataclass(frozen=True)
class Row:
    """A row of a list or table.

    Attributes:
        index: Its place, from 0.
        cells: What it shows.
        chosen: It is the one that is chosen.
    """

    index: int
    cells: tuple[str, ...]
    chosen: bool

    @property
    def text(self) -> str:
        """All that it shows, in one line."""
        return " | ".join(self.cells)

    def same(self, other: Row) -> bool:
        """Whether another look at the list shows this row."""
        return (self.index, self.cells) == (other.index, other.cells)


@dataclass(frozen=True)
class Session:
    """What of the Windows session decides whether windows can be driven.

    Attributes:
        number: Its number; 0 is that of services. None when it cannot be told.
        input_desktop: Name of the desktop that gets the input, ``Default`` in an unlocked session; "" when it may not
            be opened, as while the session is locked or a prompt for rights (UAC) is shown.
        remote: It is shown elsewhere by Remote Desktop.
        integrity: This process's integrity level, such as 8192 (medium), 12288 (high).
        caps_lock: Caps Lock is on.
        keyboard: Language of the keyboard of the window in front, such as ``0x042a`` (Vietnamese); 0 unknown.
        scaling: Scaling of the screen in per cent.
        card_service: State of the smart-card service SCardSvr as Windows names it: ``running``, ``stopped``; "" when
            there is none.
    """

    number: int | None
    input_desktop: str
    remote: bool
    integrity: int | None
    caps_lock: bool
    keyboard: int
    scaling: int
    card_service: str
