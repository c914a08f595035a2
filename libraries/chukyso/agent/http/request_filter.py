"""Who may talk to the agent: checked for every connection before anything else happens.

* Host is exactly the listener's own address. A page whose name was rebound to 127.0.0.1 sends another Host, and
  comparing Origin with Host would not notice.
* A WebSocket comes from a configured origin, byte for byte; without an Origin, or with ``null``, it is refused before
  status 101.
* A window is opened by a person or this program, or by the agent's own page: never by another site, in a frame, or from
  another origin.
* What two readers could read differently (a request for another host's address, two lengths) is refused.
* Every answer says that it may be neither framed, nor cached, nor guessed to be of another type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chukyso.agent.consent.windows import TYPEFACE

_OWN_SITE = (b"none", b"same-origin")
_DESTINATIONS = (b"document", b"empty")
_TYPEFACE_DESTINATIONS = (b"font", b"style")
_HARDENING = {
    b"cache-control": b"no-store",
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"cross-origin-resource-policy": b"same-origin",
    b"x-content-type-options": b"nosniff",
}
_REFUSED = PlainTextResponse("Refused", status_code=403, headers={"Cache-Control": "no-store", "Connection": "close"})


class RequestFilter:
    """ASGI middleware that refuses strangers with 403 and an empty explanation.

    Args:
        app: Whom to protect.
        address: ``http://127.0.0.1:PORT``: the listener's only address, and the origin of the agent's windows.
        page_origins: The only origins whose pages may talk to the agent.
        refused: Told each refusal, English, for the local log.
    """

    def __init__(
        self, app: ASGIApp, *, address: str, page_origins: Iterable[str], refused: Callable[[str], None]
    ) -> None:
        self._app = app
        self._host = address.removeprefix("http://").encode()
        self._own_origin = address.encode()
        self._page_origins = [[origin.encode()] for origin in page_origins]
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def harden(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                given = list(message.get("headers", ()))
                names = {name.lower() for name, _ in given}
                more = [(name, value) for name, value in _HARDENING.items() if name not in names]
                message = {**message, "headers": [*given, *more]}
            await send(message)

        reason = self._reason(scope)
        if reason is None:
            await self._app(scope, receive, harden)
            return
        self._refused(reason)
        # Starlette turns this into the WebSocket denial extension by itself: a plain answer instead of 101.
        await _REFUSED(scope, receive, harden)

    def _reason(self, scope: Scope) -> str | None:
        if not scope["raw_path"].startswith(b"/"):
            return f"target {scope['raw_path']!r:.100}"
        if _values(scope, b"transfer-encoding") and _values(scope, b"content-length"):
            return "Transfer-Encoding and Content-Length"
        hosts = _values(scope, b"host")
        if hosts != [self._host]:
            return f"Host {hosts!r:.200}"
        return self._window_reason(scope) if scope["type"] == "http" else self._page_reason(scope)

    def _page_reason(self, scope: Scope) -> str | None:
        origins = _values(scope, b"origin")
        if origins not in self._page_origins:
            return f"WebSocket with Origin {origins!r:.200}"
        modes = _values(scope, b"sec-fetch-mode")
        if modes not in ([], [b"websocket"]):
            return f"WebSocket with Sec-Fetch-Mode {modes!r:.100}"
        return None

    def _window_reason(self, scope: Scope) -> str | None:
        origins = _values(scope, b"origin")
        if origins not in ([], [self._own_origin]):
            return f"{scope['method']} with Origin {origins!r:.200}"
        sites = _values(scope, b"sec-fetch-site")
        if not set(sites) <= set(_OWN_SITE):
            return f"{scope['method']} with Sec-Fetch-Site {sites!r:.100}"
        destinations = _values(scope, b"sec-fetch-dest")
        fonts = scope["raw_path"].startswith(TYPEFACE.encode())
        if not set(destinations) <= set(_TYPEFACE_DESTINATIONS if fonts else _DESTINATIONS):
            return f"{scope['method']} with Sec-Fetch-Dest {destinations!r:.100}"
        return None


def _values(scope: Scope, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key.lower() == name]
