"""The agent's web application behind the gate: the page's WebSocket and the windows."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.types import ASGIApp

from chukyso.agent.channel import Channels
from chukyso.agent.config import PinSource
from chukyso.agent.core import Core
from chukyso.agent.gate import Gate
from chukyso.agent.protocol import PATH
from chukyso.agent.windows import Windows


def build_application(core: Core) -> ASGIApp:
    """Return the application of an agent."""
    routes: list[BaseRoute] = [WebSocketRoute(PATH, Channels(core).serve)]
    if core.config.pin_source is not PinSource.PINENTRY:  # nothing but a dialog may consent there
        routes += Windows(core).routes()
    application = Starlette(routes=routes)
    application.router.redirect_slashes = False  # a redirect is an answer that nobody needs
    return Gate(application, address=core.address, page_origins=core.config.origins, refused=core.turn_away)
