"""Whether a login may be tried: decided from the token's flags and the PIN itself, before a try is spent.

Pure functions, used by the parent before it asks anybody for a PIN and by the child right before ``C_Login``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from chukyso.errors import ChukysoError, Code
from chukyso.pin.text import refuse_unmeant_pin


class PinState(StrEnum):
    """What the token says about tries left for the user PIN, best first."""

    OK = "ok"
    COUNT_LOW = "count-low"
    FINAL_TRY = "final-try"
    LOCKED = "locked"


class AsksForPin(Protocol):
    """A token, as far as a PIN is concerned; ``chukyso.token.model.TokenInfo`` is one and says what each is."""

    @property
    def serial(self) -> str: ...
    @property
    def flags(self) -> int: ...
    @property
    def ready(self) -> bool: ...
    @property
    def pin_state(self) -> PinState: ...
    @property
    def pin_pad(self) -> bool: ...
    @property
    def min_pin(self) -> int: ...
    @property
    def max_pin(self) -> int: ...


class RefusedPins(Protocol):
    """What knows which PINs a token refused."""

    def refuse_known_wrong(self, token_serial: str, pin: str, *, unattended: bool = True) -> None:
        """Refuse a PIN that this token refused before."""


def pass_pin_gate(memory: RefusedPins, info: AsksForPin, pin: str, *, unattended: bool = True) -> None:
    """The one gate for a PIN, before anything irrevocable is written or done: neither impossible nor known as wrong.

    The token's own state is another question (``refuse_risky_state``), asked before anybody is asked for a PIN.

    Args:
        memory: The token's worker.
        info: The token.
        pin: The PIN.
        unattended: Nobody watches: refuse every PIN, when nobody heard what the token said to the last one.

    Raises:
        ChukysoError: As ``refuse_impossible_pin``; ``PIN_FAILED_BEFORE``, ``PIN_UNHEARD``, ``PIN_MEMORY_UNREADABLE``.
    """
    refuse_impossible_pin(info, pin)
    if not info.pin_pad:
        memory.refuse_known_wrong(info.serial, pin, unattended=unattended)


def refuse_risky_state(info: AsksForPin, *, unattended: bool) -> None:
    """Refuse a token whose PIN state makes a login dangerous.

    Args:
        info: The token, read just now.
        unattended: Nobody watches. A token that already saw a wrong PIN is then left alone: the next wrong one might
            be the last.

    Raises:
        ChukysoError: ``TOKEN_NOT_READY``, ``PIN_LOCKED``, ``PIN_FINAL_TRY`` or ``PIN_COUNT_LOW``.
    """
    if not info.ready:
        raise ChukysoError(Code.TOKEN_NOT_READY, f"flags 0x{info.flags:x}", serial=info.serial)
    detail = f"token {info.serial}: PIN state {info.pin_state} before login; no login was attempted"
    if info.pin_state is PinState.LOCKED:
        raise ChukysoError(Code.PIN_LOCKED, detail)
    if info.pin_state is PinState.FINAL_TRY:
        raise ChukysoError(Code.PIN_FINAL_TRY, detail)
    if info.pin_state is PinState.COUNT_LOW and unattended:
        raise ChukysoError(Code.PIN_COUNT_LOW, detail)


def refuse_impossible_pin(info: AsksForPin, pin: str) -> None:
    """Refuse a PIN that cannot be the right one, so that it costs no try.

    An empty PIN is always refused: PyKCS11 hands it on as a null pointer, which asks for entry on a PIN pad. Limits
    that contradict each other are no limits: some modules leave them zero.

    Args:
        info: The token. On one with a PIN pad the PIN is not looked at, because it is not sent.
        pin: The PIN; limits count bytes of its UTF-8 form.

    Raises:
        ChukysoError: ``PIN_CHARACTER``, ``PIN_NOT_ASCII`` (``pin.text``); ``PIN_LENGTH``, which names the
            limits, never the PIN's own length.
    """
    if info.pin_pad:
        return
    refuse_unmeant_pin(pin)
    length = len(pin.encode())
    limited = 0 < info.max_pin >= info.min_pin
    if not length or (limited and not info.min_pin <= length <= info.max_pin):
        takes = f"{info.min_pin} đến {info.max_pin} ký tự" if limited else "không được rỗng"
        raise ChukysoError(
            Code.PIN_LENGTH, f"{info.min_pin} to {info.max_pin} bytes; no login was attempted", limits=takes
        )
