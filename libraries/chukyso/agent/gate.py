"""Who may talk to the agent: checked for every connection before anything else happens.

* Host is exactly the agent's own address. A page whose name was rebound to 127.0.0.1 sends another Host, and comparing
  Origin with Host would not notice.
* A WebSocket comes from the configured origin, byte for byte; without an Origin, or with ``null``, it is refused before
  status 101.
* A window is opened by a person or this program, or by the agent's own page: never by another site, in a frame, or from
  another origin.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_OWN_SITE = (b"none", b"same-origin")
_REFUSED = PlainTextResponse("Refused", status_code=403, headers={"Cache-Control": "no-store", "Connection": "close"})


class Gate:
    """ASGI middleware that refuses strangers with 403 and an empty explanation.

    Args:
        app: Whom to protect.
        own_host: ``127.0.0.1:PORT``.
        page_origin: The only origin that may open the WebSocket.
        refused: Told each refusal, English, for the local log.
    """

    def __init__(self, app: ASGIApp, *, own_host: str, page_origin: str, refused: Callable[[str], None]) -> None:
        self._app = app
        self._host = own_host.encode()
        self._own_origin = f"http://{own_host}".encode()
        self._page_origin = page_origin.encode()
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reason = self._reason(scope)
        if reason is None:
            await self._app(scope, receive, send)
            return
        self._refused(reason)
        # Starlette turns this into the WebSocket denial extension by itself: a plain answer instead of 101.
        await _REFUSED(scope, receive, send)

    def _reason(self, scope: Scope) -> str | None:
        hosts = _values(scope, b"host")
        if hosts != [self._host]:
            return f"Host {hosts!r}"
        return self._page_reason(scope) if scope["type"] == "websocket" else self._window_reason(scope)

    def _page_reason(self, scope: Scope) -> str | None:
        origins = _values(scope, b"origin")
        return None if origins == [self._page_origin] else f"WebSocket with Origin {origins!r:.200}"

    def _window_reason(self, scope: Scope) -> str | None:
        origins = _values(scope, b"origin")
        if origins not in ([], [self._own_origin]):
            return f"{scope['method']} with Origin {origins!r:.200}"
        sites = _values(scope, b"sec-fetch-site")
        if sites and sites[0] not in _OWN_SITE:
            return f"{scope['method']} with Sec-Fetch-Site {sites!r:.100}"
        destinations = _values(scope, b"sec-fetch-dest")
        if destinations and destinations[0] not in (b"document", b"empty"):
            return f"{scope['method']} with Sec-Fetch-Dest {destinations!r:.100}"
        return None


def _values(scope: Scope, name: bytes) -> list[bytes]:
    return [value for key, value in scope["headers"] if key.lower() == name]
