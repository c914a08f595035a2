"""Windows of a signer that are native ones, as those of a portal's own client and of a token's driver."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path, PureWindowsPath
from typing import Final

from chukyso.certificate import ShownCertificate
from chukyso.desktop.certificates import choose_by_serial
from chukyso.desktop.client import Desktop, Found
from chukyso.desktop.model import Row, Window
from chukyso.desktop.rule import WindowRule
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.model.signing import WindowFacts
from chukyso.figures.taking import FigureOptions, View
from chukyso.portal.windows import ACCEPT, CANCEL, PIN, ROWS
from chukyso.signer.protocol import WindowKind

_ALL: Final = frozenset(field.name for field in fields(ShownCertificate))
_GONE_SECONDS: Final = 10.0
_SAYING_SECONDS: Final = 3.0
_ASK_SECONDS: Final = 0.3
_PIECE_SECONDS: Final = 1.0  # between two questions to page and client


@dataclass(frozen=True)
class KnownWindow:
    """A window of the profile.

    Attributes:
        rule: By which it is told.
        columns: What the columns of its list show.
    """

    rule: WindowRule
    columns: tuple[str, ...] = ()


class WindowCamera:
    """Takes pictures of a native window: see ``Camera``. Every field is covered, whatever is in it.

    Nothing about a person is told from anything else in such a window, so ``options.personal`` has no counterpart, and
    there is nothing to measure.
    """

    def __init__(self, desktop: Desktop, found: Found) -> None:
        self._desktop = desktop
        self._found = found

    def shoot(self, path: Path, marks: Sequence[str], options: FigureOptions, *, full_page: bool) -> View:  # noqa: ARG002 - of the protocol
        """See ``Camera``; marks are names of controls of the window's rule."""
        taken = datetime.now(UTC)
        self._desktop.picture(self._found, path, marks)
        return View("", settled=True, browser="", measurement=None, taken=taken)


class NativeWindow:
    """See ``SigningWindow``.

    Args:
        kind: Which window.
        desktop: The windows of the session.
        known: The windows that it may be, as the profile describes them.
        serial: The certificate to choose in a list.
        seconds: How long it is waited for.
        explain: Called when it does not come or is gone; raises what ended the request when that is the reason.
        press: Presses the button; does what must be done around it.
    """

    accept_mark = ACCEPT

    def __init__(
        self,
        kind: WindowKind,
        *,
        desktop: Desktop,
        known: Sequence[KnownWindow],
        serial: str,
        seconds: float,
        explain: Callable[[], None],
        press: Callable[[NativeWindow], None],
    ) -> None:
        self.kind = kind
        self._desktop = desktop
        self._known = known
        self._serial = serial
        self._seconds = seconds
        self._explain = explain
        self._press = press
        self._found: Found | None = None
        self._row: Row | None = None

    @property
    def camera(self) -> WindowCamera:
        """What takes a figure of it."""
        return WindowCamera(self._desktop, self.found)

    @property
    def unseen(self) -> frozenset[str]:
        """Fields of the certificate that its list does not show."""
        return _ALL - set(self._columns) if self._columns else frozenset()

    @property
    def facts(self) -> WindowFacts:
        """See ``SigningWindow``."""
        window = self.found.window
        program = PureWindowsPath(window.program.image).name
        return WindowFacts(self.kind.value, self.found.rule.name, window.title, program, window.program.publisher)

    @property
    def found(self) -> Found:
        """The window.

        Raises:
            ChukysoError: ``UNEXPECTED`` before ``open``.
        """
        if self._found is None:
            raise ChukysoError(Code.UNEXPECTED, f"window {self.kind} was not opened")
        return self._found

    @property
    def seen(self) -> Window | None:
        """As it was found; None before."""
        return self._found.window if self._found else None

    def open(self) -> None:
        """See ``SigningWindow``. In a list of certificates the right one is chosen, by its serial.

        While it does not come, page and client are asked whether it ever will: their messages are shown for seconds.
        """
        rules = [one.rule for one in self._known]
        end = time.monotonic() + self._seconds
        while self._found is None:
            left = end - time.monotonic()
            try:
                self._found = self._desktop.find_one_of(rules, max(0.0, min(left, _PIECE_SECONDS)))
            except ChukysoError as error:
                self._explain()
                if error.code is not Code.WINDOW_NOT_FOUND:
                    raise
                if left <= _PIECE_SECONDS:
                    waited = error.context | {"seconds": f"{self._seconds:g}"}
                    raise ChukysoError(error.code, error.detail, **waited) from None
        if not self._columns:
            return
        try:
            self._row = choose_by_serial(self._desktop, self._found, ROWS, self._serial)
        except ChukysoError:
            self._explain()
            raise

    def read(self) -> ShownCertificate:
        """See ``SigningWindow``: the chosen row, as it is written there."""
        if self._row is None:
            raise ChukysoError(Code.UNEXPECTED, f"window {self.kind} shows no certificate")
        chosen = [row for row in self._desktop.rows(self.found, ROWS) if row.chosen]
        if len(chosen) != 1:
            raise ChukysoError(Code.WINDOW_ROW_AMBIGUOUS, window=self.found.rule.name, count=len(chosen), wanted="")
        shown = dict(zip(self._columns, chosen[0].cells, strict=False))
        return ShownCertificate(**{name: shown.get(name, "") for name in _ALL})

    def wait_for_pin(self) -> None:
        """See ``SigningWindow``: what is in another program's field cannot be seen, only that the window is there."""
        with self._explained():
            self._desktop.read(self.found)

    def put_pin(self, pin: str) -> None:
        """Put the PIN into the window's field, once; the button is not pressed."""
        with self._explained():
            self._desktop.set_text(self.found, PIN, pin)

    def accept(self) -> None:
        """See ``SigningWindow``."""
        self._press(self)

    def press_accept(self) -> None:
        """Press the button, once, and nothing else."""
        with self._explained():
            self._desktop.press(self.found, ACCEPT)

    def cancel(self) -> None:
        """See ``SigningWindow``."""
        if CANCEL in self.found.rule.controls:
            self._desktop.press(self.found, CANCEL)
        else:
            self._desktop.close(self.found)

    def wait_until_gone(self, seconds: float = _GONE_SECONDS) -> bool:
        """Wait until it is gone. Return whether it is."""
        return self._desktop.wait_until_gone(self.found, seconds)

    def close(self) -> None:
        """See ``SigningWindow``: it is not in the browser, which is where it was."""

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """A window that is gone was closed by somebody: client or page say so a moment later."""
        try:
            yield
        except ChukysoError as error:
            end = time.monotonic() + (_SAYING_SECONDS if error.code is Code.WINDOW_GONE else 0)
            self._explain()
            while time.monotonic() < end:
                time.sleep(_ASK_SECONDS)
                self._explain()
            raise

    @property
    def _columns(self) -> tuple[str, ...]:
        if self._found is None:
            return ()
        return next(known.columns for known in self._known if known.rule is self._found.rule)
