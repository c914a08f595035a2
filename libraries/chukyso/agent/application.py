"""The agent's web application: WebSocket and windows behind the gate."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp

from chukyso.agent.channel import Channels
from chukyso.agent.core import Core
from chukyso.agent.gate import Gate
from chukyso.agent.protocol import PATH
from chukyso.agent.windows import Windows


def build_application(core: Core) -> ASGIApp:
    """Return the application for one running agent."""
    routes = [WebSocketRoute(PATH, Channels(core).serve), *Windows(core).routes()]
    application = Starlette(routes=routes)
    application.router.redirect_slashes = False  # a redirect is an answer that nobody needs
    return Gate(
        application,
        own_host=core.address.removeprefix("http://"),
        page_origin=core.config.origin,
        refused=core.note,
    )
