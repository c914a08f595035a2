"""The portal's own client as a signer, with everything around it: a session, a token, a page. No window is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from chukyso.desktop.client import Desktop, Found
from chukyso.desktop.model import Control, Kind, Program, Rect, Row, Window
from chukyso.desktop.rule import WindowRule
from chukyso.errors import ChukysoError, Code
from chukyso.moment import in_vietnam
from chukyso.pin.memory import FailedPins
from chukyso.portal.document import Expected
from chukyso.portal.messages import client_error, interpret
from chukyso.portal.profile import load_profile
from chukyso.signer.client import ClientSigner
from chukyso.signer.client_windows import client_windows
from chukyso.signer.native_window import NativeWindow
from chukyso.signer.protocol import WindowKind
from chukyso.token.client import TokenWorker
from chukyso.token.model import TokenFlag, TokenInfo
from support.token import MST, Entry, issue

PIN = "-".join(("73", "Qz", "55"))
SERIAL = "SIM-1"
OLD, NEW = issue(ends=40), issue(ends=900)
READY = TokenFlag.TOKEN_INITIALIZED | TokenFlag.USER_PIN_INITIALIZED | TokenFlag.LOGIN_REQUIRED
PROFILE = load_profile("sandbox-client")
NOWHERE = Rect(0, 0, 1, 1)


class Session(Desktop):
    """A session with the client's windows, which notes what is done to them."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        super().__init__(worker=("-c", "raise SystemExit"))
        self.certificates = [entry.parsed for entry in entries]
        self.shown: set[WindowKind] = {WindowKind.CERTIFICATE}
        self.message = ""
        self.chosen: int | None = None
        self.seen = ""  # instead of the window
        self.done: list[str] = []
        self.pressed: Callable[[WindowKind], None] = lambda _: None

    def find_one_of(self, rules: Sequence[WindowRule], seconds: float = 0) -> Found:  # noqa: ARG002 - of Desktop
        for rule in rules:
            if "chứng thư số" in rule.name and WindowKind.CERTIFICATE in self.shown:
                return Found(rule, self._window(rule, 1))
            if "mã PIN “Chấp nhận”" in rule.name and WindowKind.PIN in self.shown:
                return Found(rule, self._window(rule, 2))
            if "thông báo" in rule.name and self.message:
                return Found(rule, self._window(rule, 3))
        raise ChukysoError(
            Code.WINDOW_NOT_FOUND, window=rules[0].name, seconds="0", seen=self.seen, hidden="ẩn" in self.seen
        )

    def read(self, found: Found) -> Window:
        return found.window

    def rows(self, found: Found, name: str) -> list[Row]:  # noqa: ARG002 - of Desktop
        return [
            Row(at, (one.owner, one.issuer, one.serial.upper(), in_vietnam(one.not_after)[:10]), at == self.chosen)
            for at, one in enumerate(self.certificates)
        ]

    def choose_row(self, found: Found, name: str, fits: Callable[[Row], bool]) -> Row:
        (row,) = [row for row in self.rows(found, name) if fits(row)]
        self.chosen = row.index
        return replace(row, chosen=True)

    def set_text(self, found: Found, name: str, text: str) -> None:
        self.done.append(f"set {name} of {self._kind(found)}: {text}")

    def press(self, found: Found, name: str) -> None:
        kind = self._kind(found)
        self.done.append(f"press {name} of {kind}")
        self.shown.discard(kind)
        self.pressed(kind)

    def wait_until_gone(self, found: Found, seconds: float) -> bool:
        return seconds > 0 and self._kind(found) not in self.shown

    @staticmethod
    def _kind(found: Found) -> WindowKind:
        return WindowKind.PIN if found.window.handle == 2 else WindowKind.CERTIFICATE

    def _window(self, rule: WindowRule, handle: int) -> Window:
        text = Control(9, 9, "Static", Kind.TEXT, self.message, NOWHERE)
        program = Program(7, r"C:\client\python.exe")
        return Window(handle, "#32770", rule.titles[0], NOWHERE, program, controls=(text,) if self.message else ())


class Token(TokenWorker):
    """The token, whose flags change as somebody tries PINs."""

    def __init__(self) -> None:
        self.flags = READY
        self.gone = False

    def token(self, serial: str | None = None) -> TokenInfo:
        if self.gone:
            raise ChukysoError(Code.TOKEN_NOT_FOUND, serial=serial)
        return TokenInfo(0, serial or SERIAL, "SANDBOX", "maker", "model", self.flags, 4, 16)

    def refuse_known_wrong(self, token_serial: str, pin: str, *, unattended: bool = True) -> None:
        self.pins.check(token_serial, pin, unattended=unattended)

    pins: FailedPins


class Page:
    """The portal's page."""

    def __init__(self) -> None:
        self.sent: bytes | None = None
        self.message = ""

    def watch(self) -> None:
        self.sent = None

    def signed_document(self) -> bytes | None:
        return self.sent

    def error(self, *, submitted: bool) -> ChukysoError | None:
        assert submitted in (True, False)
        return self.meaning(self.message) if self.message else None

    def meaning(self, text: str) -> ChukysoError:
        message = interpret(text, "", PROFILE.messages)
        return client_error(message) or ChukysoError(Code.CLIENT_REFUSED, text=text)


class Case:
    """A signer with everything around it."""

    def __init__(self, directory: Path, **more: bool) -> None:
        self.session, self.token, self.page = Session([OLD, NEW]), Token(), Page()
        self.pins = self.token.pins = FailedPins(directory)
        self.told: list[str] = []
        self.signer = ClientSigner(
            origin="https://portal.example",
            windows=client_windows(PROFILE, {"SANDBOX_CLIENT": r"C:\client"}),
            desktop=self.session,
            token=self.token,
            token_serial=SERIAL,
            posts=self.page,
            told=self.told.append,
            seconds=0,
            pins=self.pins,
            **more,
        )
        self.signer.offer(NEW.on_token)

    def to_certificate_window(self) -> NativeWindow:
        assert self.signer.wait_for_request(0) is not None
        self.signer.check(Expected(MST, NEW.parsed.serial))
        self.signer.approve()
        window = self.signer.window(WindowKind.CERTIFICATE)
        window.open()
        return window

    def to_pin_window(self) -> NativeWindow:
        self.to_certificate_window().accept()
        self.session.shown.add(WindowKind.PIN)
        window = self.signer.window(WindowKind.PIN)
        window.open()
        return window

    def to_last_button(self) -> NativeWindow:
        window = self.to_pin_window()
        self.signer.enter_pin(PIN)
        self.signer.release()
        return window

    def failed(self, action: Callable[[], object]) -> Code:
        with pytest.raises(ChukysoError) as error:
            action()
        return error.value.code


def remembered(case: Case) -> list[bool]:
    """Of each try that the memory has: whether the token was heard."""
    return [failure.heard for failure in case.pins.failures()]
