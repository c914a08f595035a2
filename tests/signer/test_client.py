"""The portal's own client as a signer: what is pressed, when, once, and what is certain then. No window is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from chukyso.desktop.client import Found
from chukyso.desktop.model import Window
from chukyso.errors import ChukysoError, Code
from chukyso.portal.document import Expected
from chukyso.portal.review import review_certificate
from chukyso.signer import client
from chukyso.signer.native_window import NativeWindow
from chukyso.signer.protocol import WindowKind
from chukyso.token.model import TokenFlag
from support.client_case import NEW, OLD, PIN, READY, SERIAL, Case, remembered
from support.token import MST


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return Case(tmp_path)


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
    case.session.seen = "; chương trình đó có cửa sổ “Chương trình ký số”"  # which is always open
    assert case.signer.wait_for_request(0) is None


def test_the_window_is_there_and_hidden(case: Case) -> None:
    case.session.shown.clear()
    case.session.seen = "; “Chọn chứng thư số” đang bị ẩn"
    assert case.failed(lambda: case.signer.wait_for_request(0)) is Code.WINDOW_NOT_FOUND


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


def by_operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Case, NativeWindow]:
    monkeypatch.setattr(client, "_LOOK_SECONDS", 0.01)
    case = Case(tmp_path, by_operator=True)
    return case, case.to_certificate_window()


def test_a_person_presses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is pressed or typed, also when the run has a PIN; the person is told what is chosen, and when."""
    case, window = by_operator(tmp_path, monkeypatch)
    assert case.signer.person_may_be_faster
    case.session.shown = {WindowKind.PIN}
    window.accept()
    pin = case.signer.window(WindowKind.PIN)
    pin.open()
    case.signer.enter_pin(PIN)
    case.signer.release()
    case.session.shown.clear()
    case.page.sent = b"<signed/>"
    pin.accept()
    assert case.signer.result(5).document == b"<signed/>"
    assert case.session.done == []
    assert remembered(case) == []
    assert NEW.parsed.serial in case.told[0]
    assert "mã PIN" in case.told[1]


def test_a_person_is_faster_than_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The PIN window was there and is gone before the run looked: nothing is certain."""
    case, window = by_operator(tmp_path, monkeypatch)
    case.session.shown.clear()
    window.accept()
    assert case.failed(case.signer.window(WindowKind.PIN).open) is Code.WINDOW_NOT_FOUND
    assert not case.signer.give_up()


@pytest.mark.parametrize("back", [False, True], ids=["accepted", "chosen back"])
def test_a_person_chooses_another_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, back: bool) -> None:
    """It is said loudly at once; when it is accepted so, the PIN window is cancelled."""
    case, window = by_operator(tmp_path, monkeypatch)
    looks: list[int] = []

    def gone(found: Found, seconds: float) -> bool:
        looks.append(1)
        case.session.chosen = 1 if back and len(looks) > 2 else 0
        return len(looks) > 4

    case.session.wait_until_gone = gone  # type: ignore[method-assign]
    case.session.shown.add(WindowKind.PIN)
    if back:
        window.accept()
        assert case.session.done == []
    else:
        assert case.failed(window.accept) is Code.WINDOW_MISMATCH
        assert case.session.done == ["press cancel of pin"]
    assert [line for line in case.told if "SAI CHỨNG THƯ SỐ" in line and NEW.parsed.serial in line]


def test_nobody_presses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_PERSON_SECONDS", 0.05)
    _, window = by_operator(tmp_path, monkeypatch)
    with pytest.raises(ChukysoError) as error:
        window.accept()
    assert error.value.code is Code.SIGNING_TIMEOUT


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
