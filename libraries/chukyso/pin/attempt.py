"""One try of a PIN: written down before the token gets it, and settled by what the token said to it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import TracebackType
from typing import Self

from chukyso.errors import ChukysoError, Code
from chukyso.pin.memory import FailedPins
from chukyso.pin.stage import Stage

_LOG = logging.getLogger(__name__)

# What a token says to a login without having counted the PIN as wrong.
_HEARD = {Code.LOGIN_NOT_OURS, Code.TOKEN_NOT_READY, Code.PIN_REFUSED, Code.SIGNING_CANCELLED}


_REFUSED_PINS = {"CKR_PIN_INCORRECT", "CKR_PIN_LOCKED", "CKR_PIN_INVALID", "CKR_PIN_LEN_RANGE"}


class PinAttempt:
    """Context in which a PIN goes to a token; what became of the try is written down at its end.

    The try is in the memory of failed PINs while it lasts, so that another process waits for its answer. It stays there
    as unheard when none comes: the token hung or was pulled at that moment, or this process was ended.

    Args:
        pins: The memory.
        serial: The token's serial number.
        pin: The PIN; "" where the token is not given one by us, and nothing is written.
        seconds: How long its answer may take.
        unattended: Nobody watches: refused, when nobody heard what the token said to the last PIN.
    """

    def __init__(self, pins: FailedPins, serial: str, pin: str, seconds: float, *, unattended: bool) -> None:
        self._pins = pins
        self._serial = serial
        self._pin = pin
        self._seconds = seconds
        self._unattended = unattended
        self._stage: Stage | None = None

    def __enter__(self) -> Self:
        """Write the try down.

        Raises:
            ChukysoError: ``PIN_FAILED_BEFORE``, ``PIN_UNHEARD``, ``PIN_MEMORY_UNREADABLE``.
        """
        if self._pin:
            self._pins.begin(self._serial, self._pin, self._seconds, unattended=self._unattended)
        return self

    def stage_reached(self, stage: Stage) -> None:
        """How far the token's process is. Once logged in, the PIN is known to be right, whatever happens then."""
        self._stage = stage
        if stage is Stage.LOGGED_IN and self._pin:
            self._write(self._pins.accepted)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self._pin or error is None:
            return
        typed = error if isinstance(error, ChukysoError) else None
        if typed and login_refused(typed):
            self._write(lambda serial: self._pins.remember(serial, self._pin), typed)
        elif self._stage is Stage.LOGGING_IN and not (typed and typed.code in _HEARD):
            self._write(self._pins.unheard, typed)
        elif self._stage is not Stage.LOGGED_IN:
            self._write(self._pins.withdraw, typed)

    def _write(self, settle: Callable[[str], None], error: ChukysoError | None = None) -> None:
        """A memory that cannot be written must not hide what the token said; the try stays in it as unheard."""
        try:
            settle(self._serial)
        except ChukysoError as unwritten:
            if error:
                error.detail += f"; NOT remembered: {unwritten.detail}"
            _LOG.warning("token %s: %s %s", self._serial, unwritten, unwritten.detail)


def login_refused(error: ChukysoError) -> bool:
    """Whether the error says that a PIN was tried and is not the right one.

    False when nothing was tried (``PIN_LOCKED`` can also be our own refusal before the login, which names no return
    value of the token) and when nobody knows, as after a time-out.
    """
    ckr = error.context.get("ckr")
    return ckr in _REFUSED_PINS or (error.code is Code.PIN_LOCKED and ckr is not None)
