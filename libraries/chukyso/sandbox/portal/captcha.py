"""Captchas: a real picture for the page, its answer kept here and good for one try."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
import time
from dataclasses import dataclass

ALPHABET = "ABCDEFGHJKLMNPQRTUVWXY346789"  # no 0/O, 1/I, 2/Z, 5/S: a person has to read them
LENGTH = 4
_MOST_OPEN = 2000  # a page that fetches pictures in a loop must not fill the memory
_PNG = "data:image/png;base64,"


@dataclass(frozen=True)
class _Open:
    answer: str
    picture: bytes  # SHA-256 of the PNG
    until: float


def _picture(text: str) -> bytes:
    from captcha.image import ImageCaptcha  # noqa: PLC0415 - 60 ms of Pillow, kept out of the sandbox's start

    drawing = ImageCaptcha(width=140, height=60, font_sizes=(38, 42, 44))
    drawing.character_rotate = (-20, 20)
    # Letters neither run into each other nor off the edge: a person reads this under time pressure.
    drawing.word_offset_dx, drawing.word_space_probability = 0.0, 1.0  # the library adds a space above this
    return bytes(drawing.generate(text).getvalue())


class CaptchaDesk:
    """Issues captchas and checks answers. Safe from any thread.

    Args:
        seconds: How long a captcha can be answered.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._open: dict[str, _Open] = {}
        self._lock = threading.Lock()

    def warm_up(self) -> None:
        """Load the imaging library and its font, which the first picture would otherwise wait for."""
        _picture("WARM")

    def issue(self) -> tuple[str, str]:
        """Return identifier and picture (PNG data URI, about 5 ms to draw) of a new captcha."""
        answer = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        png = _picture(answer)
        identifier = secrets.token_urlsafe(16)
        now = time.monotonic()
        with self._lock:
            self._open = {key: entry for key, entry in self._open.items() if entry.until > now}
            while len(self._open) >= _MOST_OPEN:
                del self._open[next(iter(self._open))]
            self._open[identifier] = _Open(answer, hashlib.sha256(png).digest(), now + self._seconds)
        return identifier, _PNG + base64.b64encode(png).decode("ascii")

    def use(self, identifier: str, answer: str) -> bool:
        """Say whether the answer is right. Right or wrong, the captcha is used up."""
        with self._lock:
            entry = self._open.pop(identifier, None)
        if entry is None or entry.until <= time.monotonic():
            return False
        return hmac.compare_digest(entry.answer.encode(), answer.strip().upper().encode())

    def answer(self, data_uri: str) -> str:
        """The answer to the open captcha that shows this picture: for the control interface only.

        Raises:
            KeyError: No open captcha shows it.
        """
        try:
            png = base64.b64decode(data_uri.removeprefix(_PNG), validate=True)
        except ValueError as error:
            raise KeyError("not a PNG data URI") from error
        digest, now = hashlib.sha256(png).digest(), time.monotonic()
        with self._lock:
            for entry in self._open.values():
                if entry.picture == digest and entry.until > now:
                    return entry.answer
        raise KeyError("no open captcha shows this picture")
