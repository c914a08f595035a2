"""Limits on what pages may cost the operator: tries of the PIN, and windows.

A page that may ask for signatures could otherwise have a PIN locked, or wear the operator down until OK is pressed by
habit. Both counts last as long as the agent runs; starting it again is the operator's acknowledgement.
"""

from __future__ import annotations

from collections import Counter

from chukyso.agent.core.operation import Offer
from chukyso.errors import ChukysoError, Code
from chukyso.pin.attempt import login_refused

_SPENT = frozenset({Code.PIN_INCORRECT, Code.PIN_LOCKED, Code.PIN_REFUSED})
_UNWANTED = frozenset({Code.SIGNING_CANCELLED, Code.SIGNING_TIMEOUT})


class Budget:
    """Counts wrong PINs and windows without consent, and refuses more.

    Args:
        refusals: How many windows in a row a person may leave without consent before that origin gets no more.
    """

    def __init__(self, refusals: int) -> None:
        self._refusals = refusals
        self._unwanted: Counter[str] = Counter()
        self._failed_pin: Code | None = None

    def require_pin_budget(self, ready: Offer) -> Offer:
        """Return what a PIN is to be asked for; refuse to ask after one was wrong.

        Raises:
            ChukysoError: ``PIN_TRY_USED``.
        """
        if self._failed_pin:
            raise ChukysoError(Code.PIN_TRY_USED, f"{self._failed_pin.name} before, in this run of the agent")
        return ready

    def require_window_budget(self, origin: str) -> None:
        """Refuse to open one more window for an origin to which nobody consents.

        Raises:
            ChukysoError: ``WINDOWS_MUTED``.
        """
        if self._unwanted[origin] >= self._refusals:
            raise ChukysoError(
                Code.WINDOWS_MUTED, f"{origin}: {self._refusals} windows in a row without consent", origin=origin
            )

    def ended(self, origin: str, error: ChukysoError | None, *, window: bool) -> None:
        """Count how an operation ended.

        Args:
            origin: Who asked.
            error: What ended it; None when it succeeded.
            window: Whether a window was open for it.
        """
        if error is None:
            self._unwanted[origin] = 0
        elif error.code in _SPENT or login_refused(error):
            self._failed_pin = error.code
        elif window and error.code in _UNWANTED:
            self._unwanted[origin] += 1
