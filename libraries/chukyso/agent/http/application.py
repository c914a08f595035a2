"""The agent's web application behind its request filter, and the server that serves it on loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.types import ASGIApp

from chukyso.agent.consent.windows import Windows
from chukyso.agent.core.config import PinSource
from chukyso.agent.core.request_handler import RequestHandler
from chukyso.agent.core.signer import Signer
from chukyso.agent.core.state import AgentState
from chukyso.agent.http.connections import HttpConnection, WebSocketConnection
from chukyso.agent.http.request_filter import RequestFilter
from chukyso.agent.wire.channel import Channels
from chukyso.agent.wire.protocol import PATH


def build_application(state: AgentState, handler: RequestHandler, signer: Signer) -> ASGIApp:
    """Return the application of an agent: the page's WebSocket and the windows."""
    routes: list[BaseRoute] = [WebSocketRoute(PATH, Channels(state, handler).serve)]
    if state.config.pin_source is not PinSource.PINENTRY:  # nothing but a dialog may consent there
        routes += Windows(state, signer.accept_pin).routes()
    application = Starlette(routes=routes)
    application.router.redirect_slashes = False  # a redirect is an answer that nobody needs
    return RequestFilter(application, address=state.address, page_origins=state.config.origins, refused=state.turn_away)


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
