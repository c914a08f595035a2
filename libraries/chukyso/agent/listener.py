"""A web server in a thread: loopback only, no signal handlers, nothing left behind."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from chukyso.agent.connections import HttpConnection, WebSocketConnection


class _Server(uvicorn.Server):
    """Ends when an event is set; uvicorn's own loop looks ten times a second instead."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], stop: asyncio.Event) -> None:
        super().__init__(config)
        self._ready = ready
        self._stop = stop

    async def main_loop(self) -> None:
        await self.on_tick(0)  # sets the default headers
        self._ready()
        await self._stop.wait()


async def serve(
    app: ASGIApp, listening: socket.socket, max_message: int, ready: Callable[[], None], stop: asyncio.Event
) -> None:
    """Serve an application until ``stop`` is set. Runs outside the main thread.

    Args:
        app: The application.
        listening: Where it is served; closed at the end.
        max_message: Largest WebSocket message in bytes; a larger one closes the socket with 1009.
        ready: Called when connections are served.
        stop: Ends the server.
    """
    if threading.current_thread() is threading.main_thread():
        raise RuntimeError("uvicorn would install signal handlers in the main thread")
    config = uvicorn.Config(
        app,
        http=HttpConnection,
        ws=WebSocketConnection,
        ws_max_size=max_message,
        ws_per_message_deflate=False,  # a small frame that unfolds to a large one
        lifespan="off",
        log_config=None,
        access_log=False,  # addresses of windows are secrets
        server_header=False,
        date_header=False,
        proxy_headers=False,
        backlog=32,
        limit_concurrency=64,
        timeout_graceful_shutdown=2,
    )
    await _Server(config, ready, stop).serve(sockets=[listening])
