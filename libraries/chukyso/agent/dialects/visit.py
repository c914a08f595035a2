"""A page that speaks a dialect, as the agent sees it: what it asks is carried out, and ends when the page leaves."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping

from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from chukyso.agent.core import Core
from chukyso.agent.dialects.words import RefusedError
from chukyso.agent.operation import Operation
from chukyso.agent.protocol import WireCode, wire_code
from chukyso.agent.task import Progress, Shared, ShareTask, Signed, SignTask
from chukyso.errors import ChukysoError

_SOCKETS = 8  # pages open one for each request, or keep one
_AHEAD = 8  # requests that a page may send before it got its answers
_POLICY_VIOLATION = 1008

# What pages show people. The agent's own words: the reason itself is on the operator's side only.
TEXTS: Mapping[WireCode, str] = {
    WireCode.CANCELLED: "Người dùng hủy bỏ",
    WireCode.TIMEOUT: "Không có xác nhận trong thời gian chờ",
    WireCode.BUSY: "Bộ ký số đang thực hiện một yêu cầu khác",
    WireCode.REFUSED: "Bộ ký số không chấp nhận yêu cầu này",
    WireCode.FAILED: "Không thực hiện được yêu cầu",
}
NOT_COVERED_TEXT = "Bộ ký số không hỗ trợ chức năng này"


class Visit:
    """One page's way to the agent's core.

    Args:
        core: The agent's state.
        name: The dialect, for the log.
        origin: The page's origin, as the browser said and the gate compared.
    """

    def __init__(self, core: Core, name: str, origin: str) -> None:
        self._core = core
        self._name = name
        self.origin = origin
        self._operation: Operation | None = None
        self._left = False

    async def share(self) -> Shared:
        """Ask the operator for the certificate.

        Raises:
            RefusedError: nobody consented, or it cannot be done.
        """
        done = await self._perform(ShareTask())
        if not isinstance(done, Shared):
            raise RefusedError(f"{type(done).__name__} for a ShareTask", WireCode.FAILED)
        return done

    async def sign(self, task: SignTask) -> Signed:
        """Ask the operator for a signature.

        Raises:
            RefusedError: nobody consented, or it cannot be done.
        """
        done = await self._perform(task)
        if not isinstance(done, Signed):
            raise RefusedError(f"{type(done).__name__} for a SignTask", WireCode.FAILED)
        return done

    def leave(self) -> None:
        """The page is gone: what is under way ends, nothing begins any more."""
        self._left = True
        if self._operation:
            self._operation.abandon()

    def note(self, text: object) -> None:
        """Write to the local log."""
        self._core.note(f"{self._name}: {text}")

    async def _perform(self, task: ShareTask | SignTask) -> Shared | Signed:
        if self._left:
            raise RefusedError("the page left", WireCode.FAILED)
        operation = self._core.begin(str(uuid.uuid4()))
        if operation is None:
            raise RefusedError("busy", WireCode.BUSY)
        self._operation = operation
        try:
            return await self._core.perform(operation, self.origin, task, _tell_nobody)
        except ChukysoError as error:
            raise RefusedError(f"{error.code.name} {error.detail}", wire_code(error.code)) from error
        finally:
            self._operation = None


async def _tell_nobody(_progress: Progress) -> None:
    """None of these plugins tells its page how far it is."""


Answer = Callable[[Visit, str], Awaitable[str | None]]


class Sockets:
    """The WebSockets of a dialect.

    Args:
        core: The agent's state.
        name: The dialect, for the log.
    """

    def __init__(self, core: Core, name: str) -> None:
        self._core = core
        self._name = name
        self._open = 0

    async def serve(self, socket: WebSocket, answer: Answer, *, once: bool) -> None:
        """Serve one WebSocket.

        Args:
            socket: Not accepted yet; its origin passed the gate.
            answer: Called with each text frame; what it returns is sent, and None closes the socket.
            once: Whether one frame is all that a socket is for.
        """
        if self._open >= _SOCKETS:
            self._core.note(f"{self._name}: WebSocket refused: too many are open")
            await socket.send_denial_response(PlainTextResponse("Busy", status_code=503))
            return
        self._open += 1
        visit = Visit(self._core, self._name, socket.headers["origin"])
        frames: asyncio.Queue[str | None] = asyncio.Queue()
        try:
            await socket.accept()
            reading = asyncio.create_task(self._read(socket, visit, frames))
            try:
                await self._answer(socket, visit, frames, answer, once)
            finally:
                visit.leave()
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)
        except (WebSocketDisconnect, RuntimeError):
            visit.note("the page left before it got its answer")
        finally:
            self._open -= 1

    async def _read(self, socket: WebSocket, visit: Visit, frames: asyncio.Queue[str | None]) -> None:
        """Read ahead, so that a page that leaves is noticed at once. None ends the queue."""
        while True:
            frame = await socket.receive()
            text = frame.get("text") if frame["type"] == "websocket.receive" else None
            if text is None or frames.qsize() >= _AHEAD:
                if frame["type"] == "websocket.receive":
                    visit.note("WebSocket closed: a binary frame, or too many at once")
                visit.leave()
                frames.put_nowait(None)
                return
            frames.put_nowait(text)

    async def _answer(
        self, socket: WebSocket, visit: Visit, frames: asyncio.Queue[str | None], answer: Answer, once: bool
    ) -> None:
        while (text := await frames.get()) is not None:
            said = await answer(visit, text)
            if said is None:
                break
            await socket.send_text(said)
            if once:
                await socket.close()
                return
        if socket.client_state is WebSocketState.CONNECTED:  # else the page closed it, and all is well
            await socket.close(_POLICY_VIOLATION)
