"""Faults on demand: errors, silence, dropped connections, slowness, sessions that end.

A dropped connection is really dropped. ASGI has no word for it, so the outermost layer (``web.Shell``) notes the
transport of the request, and ``Drop`` aborts that: the client sees the connection close without one byte of an
answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import threading
import time
from collections.abc import Awaitable, Callable

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from chukyso.sandbox.portal.model import FaultKind, FaultWhere, PortalSettings
from chukyso.sandbox.portal.texts import Problem, Refused

TRANSPORT = "chukyso.transport"  # key of the request's transport in the ASGI scope
# Chromium sends a request again by itself, even a POST, when a kept-alive connection dies under it before the answer,
# once for every such connection that it has left (seen: three times). To the page that is still the same call, so the
# same bytes within this time meet the same fault.
_RESEND_SECONDS = 1.0

Action = Callable[[], Awaitable[Response]]


class Drop(Response):
    """Closes the connection instead of answering."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - nothing is sent
        transport = scope.get(TRANSPORT)
        if transport is None:
            raise RuntimeError("this server does not let the portal close its connections")
        transport.abort()
        # uvicorn learns of the closed connection in its next turn; returning before would make it answer 500
        while (await receive())["type"] != "http.disconnect":
            pass


class Hang(Drop):
    """Does not answer until the client gives up, the portal is closed or ``seconds`` are over; then drops."""

    def __init__(self, seconds: float, released: asyncio.Event, forget: Callable[[asyncio.Event], None]) -> None:
        super().__init__()
        self._seconds, self._released, self._forget = seconds, released, forget

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        waits = {asyncio.ensure_future(gone()), asyncio.ensure_future(self._released.wait())}
        _, pending = await asyncio.wait(waits, timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        self._forget(self._released)
        await super().__call__(scope, receive, send)


class FaultBoard:
    """Which calls of which account go wrong. Safe from any thread."""

    def __init__(self, settings: PortalSettings, expire_sessions: Callable[[str], int]) -> None:
        self._settings = settings
        self._expire_sessions = expire_sessions
        self._lock = threading.Lock()
        self._faults: dict[tuple[str, FaultWhere], tuple[FaultKind, int, float]] = {}
        self._met: dict[str, list[str]] = {}
        self._dropped: dict[bytes, float] = {}
        self._hanging: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._held: dict[asyncio.Event, tuple[str, FaultWhere]] = {}  # those of ``_hanging`` that go on afterwards
        self._closed = False

    def set(self, tax_code: str, where: FaultWhere, kind: FaultKind, times: int, seconds: float | None = None) -> None:
        """Let the next ``times`` calls fail; 0 takes the fault back, of calls that ``SLOW`` holds back, too.

        Args:
            tax_code: The account.
            where: Which calls.
            kind: What happens to them.
            times: How many.
            seconds: How long ``SLOW`` holds a call back, if not ``slow_seconds``.
        """
        if where is FaultWhere.LOGIN and kind is FaultKind.EXPIRE_SESSION:
            raise ValueError("no session can end during a login")
        if where is not FaultWhere.LOGIN and kind is FaultKind.CAPTCHA_WRONG:
            raise ValueError("only a login has a captcha")
        with self._lock:
            self._faults.pop((tax_code, where), None)
            if times <= 0:
                self._release([event for event, key in self._held.items() if key == (tax_code, where)])
            else:
                slow = self._settings.slow_seconds if seconds is None else seconds
                self._faults[tax_code, where] = kind, times, slow

    def forget(self, tax_code: str) -> None:
        """Take every fault of the account back."""
        with self._lock:
            self._faults = {key: fault for key, fault in self._faults.items() if key[0] != tax_code}
            self._met.pop(tax_code, None)

    def met(self, tax_code: str) -> list[str]:
        """The faults that calls of the account have met, oldest first, each as ``where kind``."""
        with self._lock:
            return list(self._met.get(tax_code, ()))

    def close(self) -> None:
        """Let go of the clients that a fault keeps waiting, so that the server can stop."""
        with self._lock:
            self._closed = True
            self._release(list(self._hanging))

    async def run(self, tax_code: str, where: FaultWhere, call: bytes, action: Action) -> Response:
        """Answer the call, or do to it what the board says.

        Args:
            tax_code: The account that calls.
            where: Which call it is.
            call: What tells this call from another one of the account: token and body.
            action: Does the work and makes the normal answer.
        """
        digest = hashlib.sha256(f"{tax_code} {where} ".encode() + call).digest()
        kind, seconds = self._take(tax_code, where, digest)
        if kind is FaultKind.ERROR_500:
            raise Refused.because(Problem.INTERNAL_ERROR, f"fault {kind} on {where}")
        if kind is FaultKind.CAPTCHA_WRONG:
            raise Refused.because(Problem.CAPTCHA_WRONG, f"fault {kind} on {where}")
        if kind is FaultKind.DROP_BEFORE:
            return Drop()
        if kind is FaultKind.TIMEOUT:
            return await self._hang()
        if kind is FaultKind.EXPIRE_SESSION:
            self._expire_sessions(tax_code)
            raise Refused.because(Problem.SESSION_EXPIRED, f"fault {kind} on {where}")
        if kind is FaultKind.SLOW:
            await self._hold(tax_code, where, seconds)
        if kind is FaultKind.DUPLICATE:
            await action()
        answer = await action()
        if kind is FaultKind.DROP_AFTER:
            self._note_dropped(digest)
            return Drop()
        return answer

    def _take(self, tax_code: str, where: FaultWhere, digest: bytes) -> tuple[FaultKind | None, float]:
        with self._lock:
            if self._dropped.get(digest, 0) > time.monotonic():
                return FaultKind.DROP_BEFORE, 0  # sent again by the browser itself; what was done is not done twice
            kind, times, seconds = self._faults.pop((tax_code, where), (None, 0, 0))
            if kind:
                self._met.setdefault(tax_code, []).append(f"{where} {kind}")
            if kind and times > 1:
                self._faults[tax_code, where] = kind, times - 1, seconds
        if kind is FaultKind.DROP_BEFORE:
            self._note_dropped(digest)
        return kind, seconds

    def _note_dropped(self, digest: bytes) -> None:
        now = time.monotonic()
        with self._lock:
            self._dropped = {key: until for key, until in self._dropped.items() if until > now}
            self._dropped[digest] = now + _RESEND_SECONDS

    async def _hang(self) -> Response:
        event = asyncio.Event()
        with self._lock:
            if self._closed:
                return Drop()
            self._hanging[event] = asyncio.get_running_loop()
        return Hang(self._settings.hang_seconds, event, self._let_go)

    async def _hold(self, tax_code: str, where: FaultWhere, seconds: float) -> None:
        """Return late; what follows is done whether or not somebody still waits for the answer."""
        event = asyncio.Event()
        with self._lock:
            self._hanging[event], self._held[event] = asyncio.get_running_loop(), (tax_code, where)
            if self._closed:
                event.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(event.wait(), seconds)
        self._let_go(event)

    def _release(self, events: list[asyncio.Event]) -> None:
        for event in events:
            self._hanging[event].call_soon_threadsafe(event.set)

    def _let_go(self, event: asyncio.Event) -> None:
        with self._lock:
            self._hanging.pop(event, None)
            self._held.pop(event, None)
