"""One operation of the agent: what it is about, how far it is, and how it ended. Lives on the agent's event loop."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.signature.presign import ValidationStatus
from chukyso.token.model import TokenCertificate, TokenInfo


class Window(StrEnum):
    """The agent's windows; the value is the last part of a window's path."""

    SHARE = "share"
    CERTIFICATE = "certificate"
    PIN = "pin"


class Phase(StrEnum):
    """How far an operation is. The windows' phases are called like the windows."""

    WAITING = "waiting"  # for the run: its offer, or its approval
    SHARE = "share"
    CERTIFICATE = "certificate"
    PIN = "pin"
    SIGNING = "signing"
    DONE = "done"
    ENDED = "ended"


@dataclass(frozen=True)
class Offer:
    """A certificate that the page may have.

    Attributes:
        entry: The certificate, and where it is on the token.
        token: The token that carries it.
        chain: Its issuers' certificates, DER.
        standing: What is known of it, once that was asked; a bad one has none.
    """

    entry: TokenCertificate
    token: TokenInfo
    chain: tuple[bytes, ...] = field(default=(), repr=False)
    standing: ValidationStatus | None = None

    @property
    def certificate(self) -> Certificate:
        return self.entry.certificate


@dataclass(frozen=True)
class SigningRequest:
    """A request of the page to sign a document, already checked for form.

    Attributes:
        id: The request's id, a UUID.
        origin: Who asks, as the browser said.
        document: The document, XML.
        document_type: Name of its root element.
        certificate: The certificate that would sign.
        token: The token that carries it.
        certificate_window: Address of the certificate window; answers once the request is approved.
        pin_window: Address of the PIN window; answers once the certificate is confirmed.
        received: When it came, UTC.
    """

    id: str
    origin: str
    document: bytes = field(repr=False)
    document_type: str
    certificate: Certificate = field(repr=False)
    token: TokenInfo = field(repr=False)
    certificate_window: str = field(repr=False)  # the address is a secret: whoever has it can press the buttons
    pin_window: str = field(repr=False)
    received: datetime

    @property
    def sha256(self) -> str:
        """SHA-256 of the document, hex."""
        return hashlib.sha256(self.document).hexdigest()


@dataclass(frozen=True)
class SignedResult:
    """A document that was signed and verified.

    Attributes:
        document: The signed XML.
        certificate: The certificate that signed.
        signing_time: The signing time inside the signature, UTC.
    """

    document: bytes = field(repr=False)
    certificate: Certificate = field(repr=False)
    signing_time: datetime

    @property
    def sha256(self) -> str:
        """SHA-256 of the signed document, hex."""
        return hashlib.sha256(self.document).hexdigest()


class ChangeNotifier:
    """Wakes everybody who waits for a condition over the state of the event loop."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def notify_all(self) -> None:
        """Something changed."""
        self._event.set()
        self._event = asyncio.Event()

    async def wait_until(self, condition: Callable[[], object], seconds: float | None) -> None:
        """Return when the condition holds.

        Raises:
            TimeoutError: it does not hold after so many seconds.
        """
        async with asyncio.timeout(seconds):
            while not condition():
                await self._event.wait()


class Operation:
    """A request that is being served, from its arrival to its end; kept afterwards so that its windows can say so.

    Args:
        changes: Notified of each change.
        origin: Who asks, as the browser said.
        request_id: Id that the page gave.
    """

    def __init__(self, changes: ChangeNotifier, origin: str, request_id: str) -> None:
        self._changes = changes
        self.origin = origin
        self.request_id = request_id
        self.key = secrets.token_urlsafe(32)  # part of the windows' address
        self.csrf = {window: secrets.token_urlsafe(32) for window in Window}
        self.shown = False  # a window was opened for it
        self.problem: ChukysoError | None = None  # why there is nothing to consent to; the window only tells it
        self.offer: Offer | None = None
        self.request: SigningRequest | None = None
        self.phase = Phase.WAITING
        self.version = 0
        self.error: ChukysoError | None = None
        self.result: SignedResult | None = None
        self._answered = False
        self._pin: str | None = None
        self.held = False  # whether the PIN window's button still has to wait for the run

    def window_path(self, window: Window) -> str:
        """Path of one of the operation's windows, below the agent's address. It is a secret."""
        return f"/window/{self.key}/{window}"

    @property
    def over(self) -> bool:
        """Nothing can change any more."""
        return self.phase in (Phase.DONE, Phase.ENDED)

    @property
    def has_pin(self) -> bool:
        """A PIN is waiting to be used."""
        return self._pin is not None

    def enter(self, phase: Phase) -> None:
        """Go on to a phase, unless the operation was ended meanwhile.

        Raises:
            ChukysoError: what ended it.
        """
        if self.error:
            raise self.error
        self._move(phase)

    async def answer(self, seconds: float) -> None:
        """Wait until the current phase is answered.

        Raises:
            ChukysoError: what ended the operation; ``SIGNING_TIMEOUT`` when nobody answered in time.
        """
        try:
            await self._changes.wait_until(lambda: self._answered or self.error, seconds)
        except TimeoutError:
            self.end(ChukysoError(Code.SIGNING_TIMEOUT, f"no answer in phase {self.phase}", seconds=f"{seconds:g}"))
        if self.error:
            raise self.error

    def accept(self, phase: Phase) -> bool:
        """Answer the phase with yes; False when the operation is not in this phase (any more)."""
        if self.phase is not phase or self._answered or self.error or self.problem:
            return False
        self._answered = True
        self._changes.notify_all()
        return True

    def put_pin(self, pin: str) -> None:
        """Keep a PIN for the one login that follows."""
        self._pin = pin
        self.version += 1
        self._changes.notify_all()

    def take_pin(self) -> str:
        """Return the PIN and forget it."""
        pin, self._pin = self._pin, None
        return pin or ""

    def end(self, error: ChukysoError) -> None:
        """End the operation with an error; the first one counts."""
        if self.over:
            return
        self._pin = None
        self.error = error
        self._move(Phase.ENDED)

    def refuse(self, error: ChukysoError) -> bool:
        """End the operation; return whether no signed document has left, so that none ever will."""
        self.end(error)
        return self.phase is not Phase.DONE

    def wrong_phase(self) -> ChukysoError:
        """What somebody is told who asked for something that does not fit the phase."""
        return ChukysoError(Code.AGENT_FAILED, f"in phase {self.phase}", reason="yêu cầu ký không ở bước này")

    def abandon(self) -> None:
        """End the operation because the page that asked is gone."""
        self.end(ChukysoError(Code.BROWSER_CLOSED, "the page closed its connection"))

    def withdraw(self) -> None:
        """End the operation because the page that asked wants it no more."""
        self.end(ChukysoError(Code.SIGNING_CANCELLED, "cancelled by the page", window="trình duyệt (trang của cổng)"))

    def finish(self, result: SignedResult | None = None) -> None:
        """The answer is with the page.

        Raises:
            ChukysoError: what ended the operation before.
        """
        self.result = result
        self.enter(Phase.DONE)

    def _move(self, phase: Phase) -> None:
        self.phase = phase
        self._answered = False
        self.version += 1
        self._changes.notify_all()
