"""What a declared key of a profile is, and what values are needed for. ``portal.keys`` declares them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Final

from chukyso.portal.kinds import UNKNOWN, Kind


class SignerKind(StrEnum):
    """How the page's signing request is served: by our signing agent, or by the portal's own client."""

    AGENT = "agent"
    CLIENT = "client"


class Need(Enum):
    """What a key is needed for: Vietnamese for the operator, English for the handbook."""

    ADDRESS = "mở cổng thật", "opening a real portal"
    LOGIN = "mở cổng, đăng nhập và đăng xuất", "opening the portal, logging in and out"
    FORM = "đọc và kiểm tra biểu mẫu", "reading and checking the form"
    SIGNING = "ký và gửi", "signing and submitting"
    RESULT = "nhận kết quả", "receiving the result"
    LOOKING = "đăng nhập lại để xem chứng thư số nào đang đăng ký", "looking again at what is registered"
    UNIT = "chọn đơn vị, khi có UNIT_CODE", "choosing the unit, with UNIT_CODE"
    PRIVACY = "che dữ liệu cá nhân, khi có PRIVACY:masked", "masking, with PRIVACY:masked"
    MAIL = "nhận ra thư kết quả, khi có MAILBOX", "knowing the result mail, with MAILBOX"
    PROBE = "thăm dò cổng", "the portal probe"

    @property
    def vi(self) -> str:
        return self.value[0]

    @property
    def en(self) -> str:
        return self.value[1]


UPDATE: Final = frozenset({Need.ADDRESS, Need.LOGIN, Need.FORM, Need.SIGNING, Need.RESULT, Need.LOOKING})
"""What every update of a real portal needs; a rehearsal has no ``ADDRESS``, a dry run ends after ``FORM``."""


@dataclass(frozen=True)
class Key:
    """One key.

    Attributes:
        name: With its table, such as ``locators.form.ready``.
        kind: What its value must be.
        needed: For what; the first that a run needs is told when the value is unknown.
        vi: What it means, Vietnamese.
        en: What it means, English.
        default: Its value when the profile does not have it; ``UNKNOWN`` when there is none.
        blank: Whether an empty text is an answer; else it is as good as unknown.
        optional: Whether it is used only where it is known, and never missing.
        signer: The only signer that needs it; None: every one does.
    """

    name: str
    kind: Kind
    needed: tuple[Need, ...]
    vi: str
    en: str
    default: Any = UNKNOWN
    blank: bool = False
    optional: bool = False
    signer: SignerKind | None = None

    @property
    def table(self) -> str:
        return self.name.rpartition(".")[0]

    def is_unknown(self, value: object) -> bool:
        """Whether this value says nothing."""
        return value == UNKNOWN or (value == "" and not self.blank)


@dataclass(frozen=True)
class OpenTable:
    """A table whose keys are the profile's own.

    Attributes:
        name: Of the table.
        kind: What each value must be.
        needed: For what the table must have an entry.
        vi: What it means, Vietnamese.
        en: What it means, English.
        signer: As for ``Key``.
    """

    name: str
    kind: Kind
    needed: tuple[Need, ...]
    vi: str
    en: str
    signer: SignerKind | None = None
