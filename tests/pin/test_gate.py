"""Pure rules before a login, and the table from CKR to codes."""

from __future__ import annotations

import pytest

from chukyso.errors import ChukysoError, Code
from chukyso.pin.gate import PinState, pass_pin_gate, refuse_impossible_pin, refuse_risky_state
from chukyso.token.ckr import typed_error
from chukyso.token.model import TokenInfo

READY = 0x40D
LOW, FINAL, LOCKED, PIN_PAD = 0x10000, 0x20000, 0x40000, 0x100


def info(flags: int = READY, min_pin: int = 4, max_pin: int = 8) -> TokenInfo:
    return TokenInfo(0, "serial", "label", "maker", "model", flags, min_pin, max_pin)


@pytest.mark.parametrize(
    ("flags", "state", "attended", "unattended"),
    [
        (0, PinState.OK, None, None),
        (LOW, PinState.COUNT_LOW, None, Code.PIN_COUNT_LOW),
        (FINAL, PinState.FINAL_TRY, Code.PIN_FINAL_TRY, Code.PIN_FINAL_TRY),
        (LOW | FINAL, PinState.FINAL_TRY, Code.PIN_FINAL_TRY, Code.PIN_FINAL_TRY),
        (LOCKED, PinState.LOCKED, Code.PIN_LOCKED, Code.PIN_LOCKED),
        (LOW | FINAL | LOCKED, PinState.LOCKED, Code.PIN_LOCKED, Code.PIN_LOCKED),
    ],
)
def test_pin_state_decides(flags: int, state: PinState, attended: Code | None, unattended: Code | None) -> None:
    token = info(READY | flags)
    assert token.pin_state is state
    for alone, expected in ((False, attended), (True, unattended)):
        if expected is None:
            refuse_risky_state(token, unattended=alone)
        else:
            with pytest.raises(ChukysoError) as raised:
                refuse_risky_state(token, unattended=alone)
            assert raised.value.code is expected


def test_token_without_user_pin_is_not_ready() -> None:
    with pytest.raises(ChukysoError) as raised:
        refuse_risky_state(info(0x405), unattended=False)
    assert raised.value.code is Code.TOKEN_NOT_READY


@pytest.mark.parametrize("pin", ["", "123", "123456789"])
def test_pin_that_cannot_be_right_is_refused(pin: str) -> None:
    with pytest.raises(ChukysoError) as raised:
        refuse_impossible_pin(info(), pin)
    assert raised.value.code is Code.PIN_LENGTH
    assert not pin or pin not in f"{raised.value} {raised.value.detail}"


@pytest.mark.parametrize("pin", ["1234", "12345678"])
def test_pin_within_the_limits_is_let_through(pin: str) -> None:
    refuse_impossible_pin(info(), pin)


def test_limits_that_say_nothing_do_not_refuse() -> None:
    refuse_impossible_pin(info(min_pin=0, max_pin=0), "123456")
    refuse_impossible_pin(info(min_pin=8, max_pin=4), "123456")
    with pytest.raises(ChukysoError):
        refuse_impossible_pin(info(min_pin=0, max_pin=0), "")


def test_no_pin_is_needed_where_it_is_entered_on_the_device() -> None:
    refuse_impossible_pin(info(READY | PIN_PAD), "")


class Memory:
    """Knows nothing bad of any PIN, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bool]] = []

    def refuse_known_wrong(self, token_serial: str, pin: str, *, unattended: bool = True) -> None:
        self.asked.append((token_serial, pin, unattended))


def test_the_gate_asks_the_memory_only_about_a_pin_that_can_be_right() -> None:
    memory = Memory()
    for pin in ("", "123", "1234\u200b"):
        with pytest.raises(ChukysoError):
            pass_pin_gate(memory, info(), pin)
    assert memory.asked == []
    pass_pin_gate(memory, info(READY | PIN_PAD), "")
    assert memory.asked == []
    pass_pin_gate(memory, info(), "1234")
    pass_pin_gate(memory, info(), "1234", unattended=False)
    assert memory.asked == [("serial", "1234", True), ("serial", "1234", False)]


@pytest.mark.parametrize(
    ("ckr", "code"),
    [
        ("CKR_PIN_INCORRECT", Code.PIN_INCORRECT),
        ("CKR_PIN_LOCKED", Code.PIN_LOCKED),
        ("CKR_PIN_EXPIRED", Code.PIN_REFUSED),
        ("CKR_USER_ALREADY_LOGGED_IN", Code.LOGIN_NOT_OURS),
        ("CKR_TOKEN_NOT_PRESENT", Code.TOKEN_GONE),
        ("CKR_DEVICE_REMOVED", Code.TOKEN_GONE),
        ("CKR_DEVICE_ERROR", Code.TOKEN_GONE),
        ("CKR_SESSION_HANDLE_INVALID", Code.TOKEN_GONE),
        ("CKR_SESSION_CLOSED", Code.TOKEN_GONE),
        ("CKR_KEY_HANDLE_INVALID", Code.TOKEN_GONE),
        ("CKR_OBJECT_HANDLE_INVALID", Code.TOKEN_GONE),
        ("CKR_GENERAL_ERROR", Code.TOKEN_GONE),
        ("CKR_TOKEN_NOT_RECOGNIZED", Code.TOKEN_GONE),
        ("CKR_USER_PIN_NOT_INITIALIZED", Code.TOKEN_NOT_READY),
        ("CKR_FUNCTION_CANCELED", Code.SIGNING_CANCELLED),
        ("CKR_HOST_MEMORY", Code.TOKEN_ERROR),
        ("0x80000123", Code.TOKEN_ERROR),
    ],
)
def test_each_ckr_has_its_code(ckr: str, code: Code) -> None:
    error = typed_error(ckr, "C_Sign", serial="abc")
    assert error.code is code
    assert "{" not in str(error)
    assert ckr in error.detail
