"""What lies between the network and the API: headers, log, limits, JSON in, JSON errors out."""

from __future__ import annotations

import base64
import json
import logging
import re
import time
from collections.abc import Mapping
from typing import Any, NoReturn

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chukyso.sandbox.portal.faults import TRANSPORT
from chukyso.sandbox.portal.texts import Problem, Refused

_log = logging.getLogger(__name__)

MAX_BODY = 512 * 1024  # a signed document is about 8 KiB
_SECURITY_HEADERS = {
    # No inline script or style. The page talks to its own server and to the signing agent on loopback.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
        " connect-src 'self' ws://127.0.0.1:*; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character: JSON can hold it, nothing else can

Body = Mapping[str, Any]


class Shell:
    """The outermost layer: security headers on every answer, one log line per request, the connection.

    The log names method, path, status and time. Bodies, queries and headers carry passwords and tokens: they are
    never logged.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # uvicorn's receive is a method of the request's cycle, which knows the transport; see faults.Drop
        scope[TRANSPORT] = getattr(getattr(receive, "__self__", None), "transport", None)
        started, status = time.perf_counter(), "no answer"

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
                headers = MutableHeaders(scope=message)
                headers.update(_SECURITY_HEADERS)
                # files are asked for again each time: another sandbox may have had this port; data are never kept
                is_file = scope["path"].startswith("/static/")
                headers.setdefault("Cache-Control", "no-cache" if is_file else "no-store")
            await send(message)

        try:
            await self._app(scope, receive, with_headers)
        finally:
            path = scope.get("raw_path", b"").decode("ascii", "replace")  # still %-encoded: no line breaks in the log
            milliseconds = (time.perf_counter() - started) * 1000
            _log.info("%s %s -> %s in %.0f ms", scope["method"], path, status, milliseconds)


# Errors


def problem_answer(code: str, message: str, status: int) -> JSONResponse:
    return JSONResponse({"code": code, "message": message}, status_code=status)


async def on_refused(request: Request, error: Exception) -> Response:
    """Refusals become ``{code, message}``; the English detail stays in the log."""
    assert isinstance(error, Refused)  # noqa: S101 - registered for this class only
    # escaped: the path, and what a detail quotes of the input, may hold line breaks
    _log.info("%s refused: %s", ascii(request.url.path), ascii(str(error)))
    return problem_answer(error.code, error.message, error.status)


async def on_http_exception(_request: Request, error: Exception) -> Response:
    """Starlette's own refusals (no such path, wrong method) in the same form."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    problem = {404: Problem.NOT_FOUND, 405: Problem.METHOD_NOT_ALLOWED}.get(
        error.status_code, Problem.REQUEST_MALFORMED
    )
    answer = problem_answer(problem.name, problem.value.message, error.status_code)
    answer.headers.update(error.headers or {})
    return answer


async def on_crash(_request: Request, _error: Exception) -> Response:
    """Anything unforeseen: the client learns nothing of it. Starlette raises it on, so that the server logs it."""
    problem = Problem.INTERNAL_ERROR.value
    return problem_answer(Problem.INTERNAL_ERROR.name, problem.message, problem.status)


# Input


async def read_body(request: Request) -> bytes:
    """The body, up to ``MAX_BODY`` bytes."""
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                raise Refused.because(Problem.REQUEST_TOO_LARGE)
    except ClientDisconnect as error:
        raise Refused.because(Problem.REQUEST_MALFORMED, "the client went away") from error
    return bytes(body)


def parse_json(request: Request, body: bytes) -> Body:
    """The body as a flat JSON object: what is nested is refused, so depth is no question."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":  # also keeps out what a foreign page can send without asking
        raise Refused.because(Problem.JSON_REQUIRED)
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_no_duplicates, parse_constant=_not_json)
    except (ValueError, RecursionError) as error:
        raise Refused.because(Problem.REQUEST_MALFORMED, f"{type(error).__name__} in JSON") from error
    if not isinstance(value, dict) or any(isinstance(field, dict | list) for field in value.values()):
        raise Refused.because(Problem.REQUEST_MALFORMED, "not a flat JSON object")
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise ValueError("a name occurs twice")
    return dict(pairs)


def _not_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def text_field(body: Body, name: str, *, most: int, default: str | None = None) -> str:
    """A text of the body, without white space around it; at most ``most`` characters."""
    if body.get(name) is None and default is not None:
        return default
    return _text(body, name, most).strip()


def password_field(body: Body, name: str) -> str:
    """A password of the body, every character of it."""
    return _text(body, name, 1000)


def bytes_field(body: Body, name: str) -> bytes:
    """A base64 field of the body, decoded."""
    try:
        return base64.b64decode(_text(body, name, MAX_BODY).encode("ascii"), validate=True)
    except ValueError as error:
        raise Refused.because(Problem.REQUEST_MALFORMED, f"field {name} is not base64") from error


def _text(body: Body, name: str, most: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or len(value) > most or _SURROGATE.search(value):
        raise Refused.because(Problem.REQUEST_MALFORMED, f"field {name}")
    return value


def bearer_token(request: Request) -> str:
    """The token of the Authorization header."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refused.because(Problem.LOGIN_REQUIRED)
    return token.strip()
