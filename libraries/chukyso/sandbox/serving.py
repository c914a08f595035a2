"""Several uvicorn servers in one event loop, started on bound sockets and ended together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Iterator, Sequence

import uvicorn.protocols.http.h11_impl  # noqa: F401 - uvicorn would import it only when it starts to serve
from starlette.types import ASGIApp
from uvicorn import Config, Server

_log = logging.getLogger("chukyso.sandbox")


class _QuietServer(Server):
    """A server that leaves the signals alone: several of them would take them from each other."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    apps: Sequence[ASGIApp], listeners: Sequence[socket.socket], stop: asyncio.Event, ready: Callable[[], None]
) -> None:
    """Serve each application on its socket until ``stop`` is set or one of them fails.

    Args:
        apps: The applications.
        listeners: A bound socket for each.
        stop: Ends all of them.
        ready: Called once connections are accepted.
    """
    servers = [
        # At the end nobody is waited for: clients that hang are what some faults are made for.
        _QuietServer(Config(app, http="h11", ws="none", log_config=None, access_log=False, timeout_graceful_shutdown=0))
        for app in apps
    ]
    tasks = [
        asyncio.create_task(server.serve(sockets=[listener]))
        for server, listener in zip(servers, listeners, strict=True)
    ]
    for listener in listeners:
        listener.listen()  # from here on a client is kept waiting, not turned away, until its server runs
    ready()
    waiting = asyncio.create_task(stop.wait())
    await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    for server in servers:
        server.should_exit = True
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, BaseException):
            _log.error("a listener ended with an error", exc_info=result)
