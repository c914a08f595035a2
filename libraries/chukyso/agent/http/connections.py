"""Connections of the agent's web server: uvicorn's protocols, with an end to every wait and a bound to every buffer.

uvicorn expects a proxy in front of it, which an agent on loopback does not have. Without this, a connection that never
finishes its request stays for ever, as many as ``limit_concurrency`` of them turn everybody else away, and the library
behind the WebSocket answers malformed handshakes itself, before the request filter, in its own words.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

MOST_CONNECTIONS = 48  # one more and the oldest that has not asked anything has to go
MOST_FRAGMENTS = 256  # of one message; browsers cut a message of the largest size into fewer
MOST_WAITING = 4 << 20  # bytes that a peer did not read yet; the largest answer is smaller
LONGEST_TARGET = 1024  # bytes; a window's address has about a hundred

REQUEST_SECONDS = 10.0  # for a request to arrive, from the connection or the answer before
ANSWER_SECONDS = 60.0  # for an answer to be given and read; a question for news is held 25 seconds
# What a handshake is cut down to: neither cookies of other programs on 127.0.0.1, nor extensions, nor subprotocols.
_KEPT = (b"host", b"origin", b"sec-fetch-site", b"sec-fetch-mode", b"sec-fetch-dest")
_KEPT_ONCE = (b"sec-websocket-key", b"sec-websocket-version")
_KEY = re.compile(rb"[A-Za-z0-9+/]{21}[AQgw]==")  # 16 bytes
_UPGRADE = [(b"connection", b"Upgrade"), (b"upgrade", b"websocket")]

_MALFORMED = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 9\r\nConnection: close\r\n"
    b"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n"
    b"Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n\r\nMalformed"
)

# Of its own, so that a stranger cannot write to the operator's console; whoever wants to see it gives it a handler.
_LOG = logging.getLogger("chukyso.agent.connections")
_LOG.addHandler(logging.NullHandler())


class HttpConnection(H11Protocol):
    """HTTP, and WebSockets until they are upgraded."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.logger = _LOG
        self.access_log = False  # whoever configures logging: the addresses of windows are secrets
        self._deadline: asyncio.TimerHandle | None = None
        self._asking = True
        self._handed_over = False

    @property
    def asking(self) -> bool:
        """The request has not arrived as a whole yet."""
        return self.conn.their_state in (h11.IDLE, h11.SEND_BODY)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._restart_deadline()
        alive = [each for each in self.connections if not each.transport.is_closing()]
        waiting = [each for each in alive if isinstance(each, HttpConnection) and each.asking]
        if len(alive) > MOST_CONNECTIONS and len(waiting) > 1:
            # The deadlines of those that wait for a request are in the order of their beginnings.
            min(waiting, key=HttpConnection.due).transport.abort()

    def due(self) -> float:
        """When the connection is given up."""
        return self._deadline.when() if self._deadline else 0.0

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_deadline()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.asking != self._asking:
            self._restart_deadline()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._restart_deadline()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hand over a handshake that the WebSocket library cannot fail on."""
        if not _well_formed(event, self.headers):
            self.send_400_response("")
            return
        self._handed_over = True
        self._stop_deadline()
        self.headers = [*_UPGRADE, *(pair for pair in self.headers if pair[0] in (*_KEPT, *_KEPT_ONCE))]
        super().handle_websocket_upgrade(event)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the library's words are for nobody
        """Refuse what is no request, in the same words whatever is wrong."""
        self.transport.write(_MALFORMED)
        self.transport.close()

    def _restart_deadline(self) -> None:
        self._stop_deadline()
        if self._handed_over:
            return
        self._asking = self.asking
        self._deadline = self.loop.call_later(REQUEST_SECONDS if self._asking else ANSWER_SECONDS, self.transport.abort)

    def _stop_deadline(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None


class WebSocketConnection(WebSocketsSansIOProtocol):
    """A WebSocket, from its handshake on."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.logger = self.conn.logger = _LOG
        self._end: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.transport.get_write_buffer_size() > MOST_WAITING:  # pings that are not waited for, answers not read
            self.transport.abort()
        self._end_soon()

    def handle_cont(self, event: Any) -> None:
        super().handle_cont(event)
        if len(self.frames) >= MOST_FRAGMENTS and not self.close_sent:
            self.frames = []
            self.conn.fail(1009, "too many fragments")
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
            self.transport.close()

    async def send(self, message: Any) -> None:
        await super().send(message)
        if self.close_sent and self.initial_response is not None:
            self.handshake_complete = True  # refused: uvicorn would take it for an application that forgot to answer
        self._end_soon()

    def _end_soon(self) -> None:
        """A peer that does not read what it was sent must not keep a closed connection."""
        if self._end is None and (self.close_sent or self.transport.is_closing()):
            self._end = self.loop.call_later(ANSWER_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._end:
            self._end.cancel()


def _well_formed(event: h11.Request, headers: list[tuple[bytes, bytes]]) -> bool:
    """Whether a handshake is as RFC 6455, section 4.2.1 wants it; asked before the library words its own refusal."""
    found = {name: [value for key, value in headers if key == name] for name in (*_KEPT, *_KEPT_ONCE)}
    names = {name for name, _ in headers}
    return (
        (event.method, event.http_version) == (b"GET", b"1.1")
        and event.target.startswith(b"/")
        and len(event.target) <= LONGEST_TARGET
        and all(len(values) <= 1 and len(b"".join(values)) <= LONGEST_TARGET for values in found.values())
        and found[b"sec-websocket-version"] == [b"13"]
        and len(found[b"sec-websocket-key"]) == 1
        and bool(_KEY.fullmatch(found[b"sec-websocket-key"][0]))
        and not names & {b"content-length", b"transfer-encoding"}
    )
