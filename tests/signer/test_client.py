"""The portal's own client as a signer: what is pressed, when, once, and what is certain then. No window is needed."""

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
from chukyso.portal.review import review_certificate
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
        self.done: list[str] = []
        self.pressed: Callable[[WindowKind], None] = lambda _: None

    def find_one_of(self, rules: Sequence[WindowRule], seconds: float = 0) -> Found:
        for rule in rules:
            if "chứng thư số" in rule.name and WindowKind.CERTIFICATE in self.shown:
                return Found(rule, self._window(rule, 1))
            if "mã PIN “Chấp nhận”" in rule.name and WindowKind.PIN in self.shown:
                return Found(rule, self._window(rule, 2))
            if "thông báo" in rule.name and self.message:
                return Found(rule, self._window(rule, 3))
        raise ChukysoError(Code.WINDOW_NOT_FOUND, window=rules[0].name, seconds=f"{seconds:g}", seen="")

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


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


def remembered(case: Case) -> list[bool]:
    """Of each try that the memory has: whether the token was heard."""
    return [failure.heard for failure in case.pins.failures()]


def test_the_old_certificate_stands_first_and_the_new_one_is_chosen(case: Case) -> None:
    window = case.to_certificate_window()
    assert case.session.chosen == 1
    review_certificate(window.read(), NEW.parsed, Code.WINDOW_MISMATCH, window.unseen)
    assert window.unseen == {"tax_code", "valid_from"}
    assert case.failed(lambda: review_certificate(window.read(), OLD.parsed, Code.WINDOW_MISMATCH, window.unseen)) is (
        Code.WINDOW_MISMATCH
    )


def test_somebody_chooses_the_other_row_before_ok(case: Case) -> None:
    window = case.to_certificate_window()
    case.session.chosen = 0
    shown = window.read()
    assert case.failed(lambda: review_certificate(shown, NEW.parsed, Code.WINDOW_MISMATCH, window.unseen)) is (
        Code.WINDOW_MISMATCH
    )


def test_the_new_certificate_is_not_in_the_list(case: Case) -> None:
    case.session.certificates.pop()
    assert case.failed(case.to_certificate_window) is Code.WINDOW_ROW_MISSING


def test_the_window_is_not_there_yet(case: Case) -> None:
    case.session.shown.clear()
    assert case.signer.wait_for_request(0) is None


def test_the_pin_goes_in_once_and_the_button_is_pressed_once(case: Case) -> None:
    window = case.to_last_button()
    case.session.pressed = lambda _: setattr(case.page, "sent", b"<signed/>")
    window.accept()
    assert case.signer.result(5).document == b"<signed/>"  # kept, whatever its signature is worth
    assert case.session.done == ["press accept of certificate", f"set pin of pin: {PIN}", "press accept of pin"]
    assert remembered(case) == []
    assert not case.signer.give_up()


def test_nothing_is_pressed_before_submitting_is_on_disk(case: Case) -> None:
    window = case.to_pin_window()
    case.signer.enter_pin(PIN)
    assert case.failed(window.accept) is Code.UNEXPECTED
    assert "press accept of pin" not in case.session.done


@pytest.mark.parametrize(
    ("flag", "code"),
    [
        (TokenFlag.USER_PIN_COUNT_LOW, Code.PIN_INCORRECT),
        (TokenFlag.USER_PIN_FINAL_TRY, Code.PIN_INCORRECT),
        (TokenFlag.USER_PIN_LOCKED, Code.PIN_LOCKED),
    ],
)
def test_the_token_says_that_the_pin_was_wrong(case: Case, flag: TokenFlag, code: Code) -> None:
    """Whatever the page says or does not say: the PIN is remembered, and nothing was signed."""
    window = case.to_last_button()
    case.session.pressed = lambda _: setattr(case.token, "flags", READY | flag)
    window.accept()
    assert case.failed(lambda: case.signer.result(5)) is code
    assert remembered(case) == [True]
    assert case.signer.give_up()
    case.token.flags = READY
    assert case.failed(lambda: case.pins.check(SERIAL, PIN)) is Code.PIN_FAILED_BEFORE


@pytest.mark.parametrize("where", ["page", "window"])
@pytest.mark.parametrize(
    ("text", "code", "tries"),
    [
        ("Bạn nhập sai mã PIN của token, vui lòng nhập lại", Code.PIN_INCORRECT, [True]),
        ("Người dùng hủy bỏ", Code.SIGNING_CANCELLED, []),
        ("Keyset does not exist", Code.CLIENT_NO_KEY, []),
        ("Value cannot be null. Parameter name: source", Code.CLIENT_NO_LIST, []),
    ],
)
def test_what_client_or_page_say_afterwards(case: Case, where: str, text: str, code: Code, tries: list[bool]) -> None:
    window = case.to_last_button()
    said = case.session if where == "window" else case.page
    case.session.pressed = lambda _: setattr(said, "message", text)
    window.accept()
    assert case.failed(lambda: case.signer.result(5)) is code
    assert remembered(case) == tries
    assert case.signer.give_up()


def test_nobody_says_anything(case: Case) -> None:
    """Nothing is certain: the PIN counts as unheard, and the account is looked at."""
    case.to_last_button().accept()
    assert case.failed(lambda: case.signer.result(0)) is Code.SIGNING_PENDING
    assert not case.signer.give_up()
    assert remembered(case) == [False]
    assert case.failed(lambda: case.pins.check(SERIAL, PIN)) is Code.PIN_UNHEARD


def test_given_up_although_the_document_was_sent(case: Case) -> None:
    """The PIN was right, then, whatever the page says now."""
    window = case.to_last_button()
    case.session.pressed = lambda _: setattr(case.page, "sent", b"<signed/>")
    window.accept()
    case.page.message = "Bạn nhập sai mã PIN"
    assert not case.signer.give_up()
    assert remembered(case) == []


def test_the_token_is_not_seen_for_a_moment(case: Case) -> None:
    """As while its software writes it, or when it was pulled: nothing is concluded from that."""
    window = case.to_last_button()
    case.token.gone = True
    case.session.pressed = lambda _: setattr(case.page, "sent", b"<signed/>")
    window.accept()
    case.page.sent = None
    assert case.failed(lambda: case.signer.result(0)) is Code.SIGNING_PENDING
    case.page.sent = b"<signed/>"
    assert case.signer.result(0).document == b"<signed/>"


def test_given_up_before_the_last_button(case: Case) -> None:
    case.to_last_button()
    assert case.signer.give_up()
    assert case.session.done[-1] == "press cancel of pin"
    assert remembered(case) == []


def test_the_document_was_sent_although_an_error_followed(case: Case) -> None:
    window = case.to_last_button()
    case.page.message = "?"
    case.session.pressed = lambda _: setattr(case.page, "sent", b"<signed/>")
    window.accept()
    assert case.signer.result(0).document == b"<signed/>"
    assert not case.signer.give_up()


@pytest.mark.parametrize(
    "flag", [TokenFlag.USER_PIN_COUNT_LOW, TokenFlag.USER_PIN_FINAL_TRY, TokenFlag.USER_PIN_LOCKED]
)
def test_a_token_that_saw_a_wrong_pin_is_left_alone(case: Case, flag: TokenFlag) -> None:
    case.token.flags = READY | flag
    assert case.failed(case.to_certificate_window).name.startswith("PIN_")
    assert case.session.done == []


def test_a_pin_that_was_refused_before_is_not_put_in(case: Case) -> None:
    case.pins.remember(SERIAL, PIN)
    case.to_pin_window()
    assert case.failed(lambda: case.signer.enter_pin(PIN)) is Code.PIN_FAILED_BEFORE
    assert not [one for one in case.session.done if one.startswith("set")]


def test_a_person_presses(tmp_path: Path) -> None:
    """Nothing is pressed or typed; the person is told which certificate is chosen, and the PIN's turn."""
    case = Case(tmp_path, by_operator=True)
    window = case.to_certificate_window()
    assert case.failed(window.accept) is Code.SIGNING_TIMEOUT
    case.session.shown = {WindowKind.PIN}
    pin = case.signer.window(WindowKind.PIN)
    pin.open()
    case.signer.enter_pin(None)
    case.signer.release()
    case.session.shown.clear()
    case.page.sent = b"<signed/>"
    pin.accept()
    assert case.signer.result(5).document == b"<signed/>"
    assert case.session.done == []
    assert NEW.parsed.serial in case.told[0]
    assert "mã PIN" in case.told[1]


def test_another_certificate_than_the_expected_one_is_no_request_of_ours(case: Case) -> None:
    case.signer.wait_for_request(0)
    assert case.failed(lambda: case.signer.check(Expected(MST, OLD.parsed.serial))) is Code.REQUEST_NOT_OURS


@pytest.mark.parametrize("late", [0, 3], ids=["at once", "a moment later"])
def test_a_window_that_somebody_closed_is_explained(case: Case, late: int) -> None:
    window = case.to_pin_window()
    asked: list[int] = []

    def gone(found: Found) -> Window:
        raise ChukysoError(Code.WINDOW_GONE, window=found.rule.name)

    def error(*, submitted: bool) -> ChukysoError | None:
        asked.append(1)
        return None if len(asked) <= late or submitted else case.page.meaning("Người dùng hủy bỏ")

    case.session.read = gone  # type: ignore[method-assign]
    case.page.error = error  # type: ignore[method-assign]
    assert case.failed(window.wait_for_pin) is Code.SIGNING_CANCELLED
