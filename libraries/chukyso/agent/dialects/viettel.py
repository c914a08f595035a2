"""Viettel-CA SignPlugin: form POSTs to ``http://127.0.0.1:14007/<fn>``. See docs/dialects/viettel.md.

A form POST is a request that any site can make without asking (CORS calls it simple), so everything hangs on the gate
(exact Origin, exact Host, no navigation) and on the operator's windows. Only the configured origins ever get an answer
that their script can read.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from chukyso.agent.core import Core
from chukyso.agent.dialects import words
from chukyso.agent.dialects.viettel_sessions import SessionInvalidError, Sessions
from chukyso.agent.dialects.visit import Visit
from chukyso.agent.dialects.words import NotCoveredError, RefusedError
from chukyso.agent.protocol import WireCode
from chukyso.agent.task import Content, SignTask
from chukyso.certificate import Certificate
from chukyso.signature.profile import format_time

MAX_BODY = 16 << 10  # bytes; the longest thing is a list of module names

PLUGIN_ERROR = "100101"
NO_CERTIFICATE = "100100"
SESSION_INVALID = {"getCertificate": "100103", "signHash": "100205"}
DATA_INVALID = "100200"
SIGNING_ERROR = "100203"

_FORM = "application/x-www-form-urlencoded"
_HASH_OPTIONS = {"0": "SHA-1", "1": "MD5", "2": "SHA-256"}
_TITLE = "Giá trị băm SHA-256 do trang gửi theo giao thức Viettel-CA SignPlugin"
_ERRORS = {  # by function: what is told for anything that is wrong with the message, and for anything else
    "getCertificate": {WireCode.REFUSED: PLUGIN_ERROR, WireCode.BUSY: PLUGIN_ERROR, WireCode.FAILED: NO_CERTIFICATE},
    "signHash": {WireCode.REFUSED: DATA_INVALID, WireCode.BUSY: PLUGIN_ERROR, WireCode.FAILED: SIGNING_ERROR},
}


class Viettel:
    """The dialect, once for pages on ``http:`` and once for pages on ``https:``.

    Args:
        tls: Whether for the latter.
        clock: Monotonic, in seconds.
    """

    name = "viettel"

    def __init__(self, *, tls: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self.tls = tls
        self.ports = (14407,) if tls else (14007,)
        self.sessions = Sessions(clock)

    def routes(self, core: Core) -> Sequence[BaseRoute]:
        """One address for each function; POST only, and the preflight that may come before."""
        endpoint = _Endpoint(core, self.name, self.sessions)
        return [Route("/{function}", endpoint.serve, methods=["POST", "OPTIONS"])]


class _Endpoint:
    def __init__(self, core: Core, name: str, sessions: Sessions) -> None:
        self._core = core
        self._name = name
        self._sessions = sessions
        self._last_errors: dict[str, str] = {}
        self._functions: dict[str, Callable[[Visit, Mapping[str, str]], Awaitable[str]]] = {
            "getSession": self._get_session,
            "getCertificate": self._get_certificate,
            "signHash": self._sign_hash,
            "getLastErr": self._get_last_error,
            **{name: self._describe(read) for name, read in _DESCRIPTIONS.items()},
        }

    async def serve(self, request: Request) -> Response:
        origin = request.headers["origin"]
        if request.method == "OPTIONS":
            return _preflight(request, origin)
        visit = Visit(self._core, self._name, origin)
        watch = None
        try:
            form = await _read_form(request)
            watch = asyncio.create_task(_leave_with(request, visit))
            text = await self._answer(visit, request.path_params["function"], form)
        except RefusedError as error:
            visit.note(f"{request.path_params['function'][:50]}: {error}")
            self._last_errors[origin] = _error_code(request.path_params["function"], error)
            text = ""
        finally:
            if watch:
                watch.cancel()
        return PlainTextResponse(text, headers=_cors(origin))

    async def _answer(self, visit: Visit, function: str, form: Mapping[str, str]) -> str:
        serve = self._functions.get(function)
        if serve is None:
            raise NotCoveredError("this function is not covered")
        text = await serve(visit, form)
        if function != "getLastErr":
            self._last_errors.pop(visit.origin, None)
        return text

    async def _get_session(self, visit: Visit, form: Mapping[str, str]) -> str:
        words.check_members(form, ("liblist",))  # the page names modules; which one is loaded is not for a page to say
        return self._sessions.open(visit.origin)

    async def _get_certificate(self, visit: Visit, form: Mapping[str, str]) -> str:
        words.check_members(form, ("sessionID",))
        session = self._sessions.find(form.get("sessionID", ""), visit.origin)
        session.certificate = (await visit.share()).certificate
        return words.write_base64(session.certificate.der)

    async def _sign_hash(self, visit: Visit, form: Mapping[str, str]) -> str:
        words.check_members(form, ("sessionID", "HashVal", "HashOpt"))
        session = self._sessions.find(form.get("sessionID", ""), visit.origin)
        task = read_sign_hash(form, session.certificate)
        return words.write_base64((await visit.sign(task)).content)

    async def _get_last_error(self, visit: Visit, form: Mapping[str, str]) -> str:
        words.check_members(form, ())
        return self._last_errors.get(visit.origin, "")

    def _describe(self, read: Callable[[Certificate], str]) -> Callable[[Visit, Mapping[str, str]], Awaitable[str]]:
        """A function that says something about the certificate that this origin was given before."""

        async def serve(visit: Visit, form: Mapping[str, str]) -> str:
            words.check_members(form, ("sessionID",))
            certificate = self._sessions.last_certificate(visit.origin)
            if certificate is None:
                raise RefusedError("no certificate was shared with this origin", WireCode.FAILED)
            return read(certificate)

        return serve


_DESCRIPTIONS: dict[str, Callable[[Certificate], str]] = {
    "getCertSNB": words.write_serial,
    "getCertCN": lambda certificate: certificate.owner,
    "getCertDN": lambda certificate: certificate.subject_dn,
    "getCertIssuer": lambda certificate: certificate.issuer_dn,
    "getCertValidDate": lambda certificate: format_time(certificate.not_before),
    "getCertExpireDate": lambda certificate: format_time(certificate.not_after),
}


def read_sign_hash(form: Mapping[str, str], certificate: Certificate | None) -> SignTask:
    """Make a task of the fields of ``signHash``.

    Raises:
        RefusedError: they are something else, or the digest is one of SHA-1 or MD5.
    """
    option = form.get("HashOpt", "")
    if option != "2":
        raise RefusedError(f"HashOpt {_HASH_OPTIONS.get(option, 'unknown')}, only SHA-256 is signed")
    value = form.get("HashVal", "")
    if not re.fullmatch(r"[0-9A-Fa-f]{64}", value):
        raise RefusedError(f"HashVal of {len(value)} characters is no digest of SHA-256")
    serial = certificate.serial if certificate else None
    return SignTask(Content.HASH, words.check_digest(bytes.fromhex(value)), _TITLE, serial)


async def _read_form(request: Request) -> dict[str, str]:
    """The form's fields; each occurs once."""
    data = b""
    try:
        async for chunk in request.stream():
            data += chunk
            if len(data) > MAX_BODY:
                raise RefusedError(f"more than {MAX_BODY} bytes")
    except ClientDisconnect as error:
        raise RefusedError("the page left") from error
    if not data:
        return {}
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != _FORM:
        raise RefusedError("not a form")
    try:
        pairs = parse_qsl(data.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=8)
    except ValueError as error:
        raise RefusedError("not a form") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise RefusedError("a field occurs twice")
    return fields


async def _leave_with(request: Request, visit: Visit) -> None:
    """End what is under way when the page closes its connection. The body was read: nothing else can come."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    visit.leave()


def _error_code(function: str, error: RefusedError) -> str:
    if isinstance(error, SessionInvalidError):
        return SESSION_INVALID.get(function, PLUGIN_ERROR)
    codes = _ERRORS.get(function)
    if codes is None or isinstance(error, NotCoveredError):
        return PLUGIN_ERROR
    return codes.get(error.code, codes[WireCode.FAILED])


def _cors(origin: str) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": origin,  # passed the gate, so it is one of the configured ones
        "Vary": "Origin",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def _preflight(request: Request, origin: str) -> Response:
    headers = _cors(origin)
    if request.headers.get("access-control-request-method") != "POST":
        return PlainTextResponse("Refused", status_code=403)
    headers |= {"Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "Content-Type"}
    for network in ("Private-Network", "Local-Network"):
        if request.headers.get(f"access-control-request-{network.lower()}") == "true":
            headers[f"Access-Control-Allow-{network}"] = "true"
    return Response(status_code=204, headers=headers)
