"""The agent's windows, served on its own origin behind an unguessable address.

Reading a window changes nothing. A button is a POST that no other site can make: JSON, a header with the window's own
token, the agent's Origin, and never a navigation.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from chukyso.agent.consent import wording
from chukyso.agent.core.operation import Operation, Phase, Window
from chukyso.agent.core.state import AgentState
from chukyso.errors import ChukysoError, Code
from chukyso.moment import in_vietnam
from chukyso.pin.gate import PinState
from chukyso.text import one_line
from chukyso.typeface import FACES, FILES, rules

TYPEFACE: Final = "/typeface/"
"""Below this path are the windows' fonts, and nothing else."""
DOTS = "•" * 8  # whatever the PIN's length
CSRF_HEADER = "X-Chukyso-Window"

_RULES = "rules.css"
_POLL = 25.0  # seconds that a question for news is held
_BODY = 4096  # bytes; a PIN is short
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), clipboard-read=()",
}


class Windows:
    """The HTTP endpoints of the windows.

    Args:
        state: The agent's state.
        accept_pin: Keeps the PIN for one login; a PIN that cannot be right ends the operation.
    """

    def __init__(self, state: AgentState, accept_pin: Callable[[Operation, str], None]) -> None:
        self._agent = state
        self._accept_pin = accept_pin
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).with_name("templates")),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["one_line"] = one_line  # for every text out of a certificate or a token

    def routes(self) -> list[Route]:
        """Routes for the application."""
        endpoints: list[tuple[str, Callable[[Request], Awaitable[Response]], str]] = [
            ("/window/{key}/state", self._state, "GET"),
            ("/window/{key}/{window}", self._show, "GET"),
            ("/window/{key}/{window}/{answer}", self._answer, "POST"),
            (TYPEFACE + "{file}", _typeface, "GET"),
        ]
        return [Route(path, partial(_hardened, endpoint), methods=[method]) for path, endpoint, method in endpoints]

    async def _show(self, request: Request) -> Response:
        operation, window = self._find(request)
        if operation is None or window is None or operation.phase is Phase.WAITING:
            return _not_found()
        if operation.phase.value == window.value:
            return self._render(operation, window)
        if operation.phase is Phase.PIN and window is Window.CERTIFICATE:
            return RedirectResponse(operation.window_path(Window.PIN), status_code=303)
        if operation.phase in (Phase.CERTIFICATE, Phase.PIN):
            return _not_found()
        return self._render_status(operation)

    async def _state(self, request: Request) -> Response:
        """Say where the operation is, as soon as that differs from what the window shows."""
        operation, _ = self._find(request)
        if operation is None:
            return _not_found()
        shown = request.query_params.get("after", "")
        with suppress(TimeoutError):  # no news is an answer too
            await self._agent.changes.wait_until(
                lambda: self._agent.stopped or str(operation.version) != shown or operation.over, _POLL
            )
        here = Window.PIN if operation.phase in (Phase.PIN, Phase.SIGNING) else None
        return JSONResponse(
            {
                "version": operation.version,
                "over": operation.over,
                "path": operation.window_path(here) if here else None,
            }
        )

    async def _answer(self, request: Request) -> Response:
        operation, window = self._find(request)
        if operation is None or window is None:
            return _not_found()
        refusal = self._refusal(request, operation, window)
        if refusal:
            self._agent.note(f"window {window}: POST refused: {refusal}")
            return PlainTextResponse("Refused", status_code=403)
        body = await _read_json(request)
        answers = {"accept": self._accept, "cancel": self._cancel}
        answer = answers.get(request.path_params["answer"])
        if answer is None:
            return _not_found()
        if operation.phase.value != window.value:
            return PlainTextResponse("Over", status_code=409)
        return PlainTextResponse("Malformed", status_code=400) if body is None else answer(operation, window, body)

    def _cancel(self, operation: Operation, window: Window, body: dict[str, Any]) -> Response:
        if body:
            return PlainTextResponse("Malformed", status_code=400)
        operation.end(ChukysoError(Code.SIGNING_CANCELLED, f"window {window}", window=wording.NAMES[window]))
        return Response(status_code=204)

    def _accept(self, operation: Operation, window: Window, body: dict[str, Any]) -> Response:
        if window is Window.PIN:
            if self._agent.config.attended and not _pin_pad(operation):
                if body.keys() != {"pin"} or not isinstance(body["pin"], str) or not body["pin"]:
                    return PlainTextResponse("Malformed", status_code=400)
                try:
                    self._accept_pin(operation, body.pop("pin"))
                except ChukysoError:
                    return Response(status_code=204)  # the operation has ended; the window shows why
            elif not self._agent.config.attended and not operation.has_pin:  # on a PIN pad: the run's word that it may
                return PlainTextResponse("No PIN yet", status_code=409)
            elif operation.held:
                return PlainTextResponse("Not yet", status_code=425)
        if body:
            return PlainTextResponse("Malformed", status_code=400)
        accepted = operation.accept(Phase(window.value))
        return Response(status_code=204) if accepted else PlainTextResponse("Over", status_code=409)

    def _refusal(self, request: Request, operation: Operation, window: Window) -> str | None:
        headers = request.headers
        if headers.get("origin") != self._agent.address:
            return "Origin missing"
        if headers.get("sec-fetch-mode", "cors") == "navigate":
            return "a navigation"
        if headers.get("content-type", "").split(";")[0].strip() != "application/json":
            return "not JSON"
        token = headers.get(CSRF_HEADER, "")
        return None if secrets.compare_digest(token.encode(), operation.csrf[window].encode()) else "wrong token"

    def _find(self, request: Request) -> tuple[Operation | None, Window | None]:
        name = request.path_params.get("window", "")
        window = next((each for each in Window if each.value == name), None)
        return self._agent.operation_by_key(request.path_params["key"]), window

    def _render(self, operation: Operation, window: Window) -> Response:
        config, offer, problem = self._agent.config, operation.offer, operation.problem
        if problem is not None:
            return self._page(
                "problem.html",
                operation,
                title=wording.TITLES[window],
                csrf=operation.csrf[window],
                origin=operation.origin,
                text=problem.message_by_hand,
                code=problem.code.name,
            )
        if offer is None:
            return _not_found()
        template = "pin.html" if window is Window.PIN else "certificate.html"
        return self._page(
            template,
            operation,
            title=wording.TITLES[window],
            csrf=operation.csrf[window],
            share=window is Window.SHARE,
            origin=operation.origin,
            document_title=config.document_title,
            validation=wording.STANDINGS[offer.standing] if offer.standing else "",
            certificate=offer.certificate,
            token=offer.token,
            attended=config.attended,
            pin_pad=_pin_pad(operation),
            dots=DOTS if operation.has_pin else "",
            count_low=wording.COUNT_LOW if offer.token.pin_state is PinState.COUNT_LOW else "",
            accept_text=wording.accept_text(config, window),
        )

    def _render_status(self, operation: Operation) -> Response:
        error = operation.error
        if error is None:
            kind, heading, text = _good_news(operation)
        elif error.code is Code.SIGNING_CANCELLED:
            kind, heading, text = "cancelled", "Đã hủy", "Không có gì được ký."
        elif self._agent.config.attended:
            kind, heading, text = "failed", "Không ký được", error.message_by_hand
        else:
            kind, heading, text = "failed", "Không ký được", f"{error.happened} {error.code.value.action}"
        return self._page(
            "status.html",
            operation,
            title="Bộ ký số",
            csrf="",
            kind=kind,
            heading=heading,
            text=text,
            code=error.code.name if error else "",
        )

    def _page(self, template: str, operation: Operation, **values: Any) -> Response:
        nonce = secrets.token_urlsafe(16)
        html = self._templates.get_template(template).render(
            nonce=nonce,
            csrf_header=CSRF_HEADER,
            version=operation.version,
            over=operation.over,
            state=f"/window/{operation.key}/state",
            address=self._agent.address.removeprefix("http://"),
            moment=in_vietnam,
            typeface=TYPEFACE + _RULES,
            **values,
        )
        policy = (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; font-src 'self'; "
            "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return Response(html, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": policy})


async def _hardened(endpoint: Callable[[Request], Awaitable[Response]], request: Request) -> Response:
    response = await endpoint(request)
    response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    response.headers.update(_HEADERS)
    return response


async def _typeface(request: Request) -> Response:
    if request.path_params["file"] == _RULES:
        # Not in the window itself: what it loads would be told the window's address, which is a secret, as Referer.
        return Response(rules(lambda face: TYPEFACE + face.file), media_type="text/css")
    known = request.path_params["file"] in [face.file for face in FACES]
    return FileResponse(FILES / request.path_params["file"], media_type="font/ttf") if known else _not_found()


async def _read_json(request: Request) -> dict[str, Any] | None:
    """The body, if it is a small JSON object."""
    data = b""
    try:
        async for chunk in request.stream():
            data += chunk
            if len(data) > _BODY:
                return None
        body = json.loads(data)
    except (ValueError, RecursionError, ClientDisconnect):
        return None
    return body if isinstance(body, dict) else None


def _good_news(operation: Operation) -> tuple[str, str, str]:
    if operation.phase is not Phase.DONE:
        return "busy", "Đang ký…", "Token đang ký. Không rút token ra khỏi máy."
    if operation.result is None:
        return "done", "Đã chia sẻ chứng thư số", "Trang đã nhận chứng thư số. Chưa có gì được ký."
    return "done", "Đã ký", "Chữ ký đã được kiểm tra và chuyển cho trang yêu cầu."


def _pin_pad(operation: Operation) -> bool:
    return operation.offer is not None and operation.offer.token.pin_pad


def _not_found() -> Response:
    return PlainTextResponse("Không có cửa sổ này.", status_code=404)
