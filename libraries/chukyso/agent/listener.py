"""A web server in a thread: loopback only, no signal handlers, nothing left behind."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn
from starlette.types import ASGIApp

from chukyso.agent.connections import HttpConnection, PatientHttpConnection, WebSocketConnection

if TYPE_CHECKING:
    from chukyso.agent.tls import ServerCertificate


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


@dataclass(frozen=True)
class Served:
    """An application on a socket.

    Attributes:
        app: The application.
        listening: Closed at the end.
        tls: Key and certificate, where pages connect with TLS.
        patient: Whether an answer may take as long as a person does.
    """

    app: ASGIApp
    listening: socket.socket
    tls: ServerCertificate | None = None
    patient: bool = False


async def serve_all(
    applications: Sequence[Served], max_message: int, ready: Callable[[], None], stop: asyncio.Event
) -> None:
    """Serve applications until ``stop`` is set; they start and end together. Runs outside the main thread.

    Args:
        applications: What to serve, and where.
        max_message: Largest WebSocket message in bytes; a larger one closes the socket with 1009.
        ready: Called when connections are served everywhere.
        stop: Ends the servers.
    """
    if threading.current_thread() is threading.main_thread():
        raise RuntimeError("uvicorn would install signal handlers in the main thread")
    waiting = len(applications)

    def one_ready() -> None:
        nonlocal waiting
        waiting -= 1
        if not waiting:
            ready()

    async with asyncio.TaskGroup() as group:
        for served in applications:
            server = _Server(_configure(served, max_message), one_ready, stop)
            group.create_task(server.serve(sockets=[served.listening]))


def _configure(served: Served, max_message: int) -> uvicorn.Config:
    return uvicorn.Config(
        served.app,
        http=PatientHttpConnection if served.patient else HttpConnection,
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
        ssl_certfile=served.tls.cert_path if served.tls else None,
        ssl_keyfile=served.tls.key_path if served.tls else None,
    )
