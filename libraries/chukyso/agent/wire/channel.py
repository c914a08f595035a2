"""The page's WebSocket: reads frames, has requests carried out, sends the answers."""

from __future__ import annotations

import asyncio

from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from chukyso.agent.core.operation import Offer, Operation
from chukyso.agent.core.request import Progress, Request
from chukyso.agent.core.request_handler import RequestHandler
from chukyso.agent.core.state import AgentState
from chukyso.agent.wire import protocol
from chukyso.agent.wire.protocol import Cancel, MalformedMessageError, WireCode
from chukyso.errors import ChukysoError

_SOCKETS = 4  # a page needs one; reloading it can overlap with the one before
_POLICY_VIOLATION = 1008


class Channels:
    """The endpoint of the WebSocket.

    Args:
        state: The agent's state.
        handler: Carries requests out.
    """

    def __init__(self, state: AgentState, handler: RequestHandler) -> None:
        self._state = state
        self._handler = handler
        self._open = 0

    async def serve(self, socket: WebSocket) -> None:
        """Serve one WebSocket until it closes."""
        if self._open >= _SOCKETS:
            self._state.note("WebSocket refused: too many are open")
            await socket.send_denial_response(PlainTextResponse("Busy", status_code=503))
            return
        self._open += 1
        try:
            await socket.accept()
            await _Channel(self._state, self._handler, socket).run()
        finally:
            self._open -= 1


class _Channel:
    def __init__(self, state: AgentState, handler: RequestHandler, socket: WebSocket) -> None:
        self._state = state
        self._handler = handler
        self._socket = socket
        self._origin = socket.headers["origin"]  # the request filter let exactly one pass, out of the configured ones
        self._operation: Operation | None = None
        self._serving: asyncio.Task[None] | None = None

    async def run(self) -> None:
        try:
            while True:
                frame = await self._socket.receive()
                if frame["type"] == "websocket.disconnect":
                    break
                if not await self._take(frame.get("text")):
                    break
        finally:
            await self._page_left()

    async def _take(self, text: str | None) -> bool:
        """Serve one frame; False when the socket is closed for it."""
        if text is None:
            return await self._violated(None, "a binary frame")
        try:
            message = protocol.parse(text)
        except MalformedMessageError as error:
            return await self._violated(None, str(error))
        if isinstance(message, Cancel):
            self._cancel(message)
            return True
        if not self._state.claim_id(self._origin, message.id):
            return await self._violated(message.id, f"request id {message.id} was used before")
        operation = self._state.begin(self._origin, message.id)
        if operation is None:
            self._state.note(f"request {message.id}: busy")
            await self._say(protocol.error(message.id, WireCode.BUSY))
            return True
        self._operation = operation
        self._serving = asyncio.create_task(self._serve(operation, message))
        return True

    async def _serve(self, operation: Operation, message: Request) -> None:
        async def tell(state: Progress) -> None:
            await self._say(protocol.progress(message.id, state))

        try:
            done = await self._handler.perform(operation, message, tell)
        except ChukysoError as error:
            await self._say(protocol.error(message.id, protocol.wire_code(error.code)))
            return
        if isinstance(done, Offer):
            await self._say(protocol.certificate(message.id, done.certificate.der))
        else:
            await self._say(protocol.signed(message.id, done.document))

    def _cancel(self, message: Cancel) -> None:
        if self._operation and self._operation.request_id == message.id:
            self._operation.withdraw()

    async def _violated(self, request_id: str | None, reason: str) -> bool:
        self._state.note(f"WebSocket closed: {reason}")
        await self._say(protocol.error(request_id, WireCode.REFUSED))
        await self._close()
        return False

    async def _page_left(self) -> None:
        if self._operation:
            self._operation.abandon()
        if self._serving:
            await self._serving

    async def _say(self, text: str) -> None:
        try:
            await self._socket.send_text(text)
        except (WebSocketDisconnect, RuntimeError):
            # The socket is closed already; the reading side sees it too and ends the operation.
            self._state.note("the page left before it got its answer")

    async def _close(self) -> None:
        try:
            await self._socket.close(_POLICY_VIOLATION)
        except (WebSocketDisconnect, RuntimeError):
            self._state.note("the page closed its socket first")
