"""The agent's web applications behind the gate: its own WebSocket and windows, and one for each dialect."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.types import ASGIApp

from chukyso.agent.channel import Channels
from chukyso.agent.config import PinSource
from chukyso.agent.core import Core
from chukyso.agent.gate import Gate
from chukyso.agent.listening import Dialect
from chukyso.agent.protocol import PATH
from chukyso.agent.windows import Windows


def build_application(core: Core) -> ASGIApp:
    """Return the application for the agent's own protocol and its windows."""
    routes: list[BaseRoute] = [WebSocketRoute(PATH, Channels(core).serve)]
    if core.config.pin_source is not PinSource.PINENTRY:  # nothing but a dialog may consent there
        routes += Windows(core).routes()
    return Gate(
        _starlette(routes),
        hosts=(core.address.removeprefix("http://"),),
        page_origins=core.config.origins,
        windows_origin=core.address,
        refused=core.turn_away,
    )


def build_dialect(core: Core, dialect: Dialect, port: int) -> ASGIApp:
    """Return the application for a dialect on a port of its own. Pages know it by number and by name."""
    return Gate(
        _starlette(dialect.routes(core)),
        hosts=(f"127.0.0.1:{port}", f"localhost:{port}"),
        page_origins=core.config.origins,
        windows_origin=None,
        refused=lambda reason: core.turn_away(f"{dialect.name}: {reason}"),
    )


def _starlette(routes: Sequence[BaseRoute]) -> Starlette:
    application = Starlette(routes=routes)
    application.router.redirect_slashes = False  # a redirect is an answer that nobody needs
    return application
