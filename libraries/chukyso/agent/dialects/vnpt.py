"""VNPT-CA Plugin: ``wss://localhost:{4433,…}/plugin``, JSON in, ``result*callback`` out. See docs/dialects/vnpt.md."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from chukyso.agent.core import Core
from chukyso.agent.dialects import words
from chukyso.agent.dialects.visit import NOT_COVERED_TEXT, TEXTS, Sockets, Visit
from chukyso.agent.dialects.vnpt_tasks import read_items, read_task
from chukyso.agent.dialects.words import NotCoveredError, RefusedError
from chukyso.agent.protocol import WireCode
from chukyso.agent.task import Signed
from chukyso.certificate import Certificate
from chukyso.signature.profile import format_time

VERSION = "1.0.4.3"  # of the plugin whose words these are: a public page refuses to go on with another one

_CALLBACK = re.compile(r"[A-Za-z0-9_$]{0,64}")  # the page calls the function of this name
_FRAME_MEMBERS = ("functionID", "funcCallback", "args", "domain")


class ErrorCode(IntEnum):
    """Codes of the plugin that this agent gives; the others of its table need what is not covered."""

    NONE = 0
    INPUT = 1  # "Dữ liệu đầu vào không đúng định dạng"
    SIGNING = 3  # "Có lỗi trong quá trình ký số"
    UNKNOWN = 5  # "Lỗi không xác định"
    CANCELLED = 11  # "Người dùng hủy bỏ"


_CODES = {
    WireCode.REFUSED: ErrorCode.INPUT,
    WireCode.FAILED: ErrorCode.SIGNING,
    WireCode.TIMEOUT: ErrorCode.SIGNING,
    WireCode.BUSY: ErrorCode.UNKNOWN,
    WireCode.CANCELLED: ErrorCode.CANCELLED,
}


@dataclass(frozen=True)
class Call:
    """A frame of a page. Its ``domain`` is what the page says of itself, so nobody reads it.

    Attributes:
        function: Which function.
        callback: Name that the answer carries.
        args: Its arguments.
        members: The whole frame.
    """

    function: int
    callback: str
    args: tuple[Any, ...]
    members: Mapping[str, Any] = field(repr=False)


class Vnpt:
    """The dialect."""

    name = "vnpt"
    ports = (4433, 4434, 4435, 9201, 9202)  # pages try them in this order, 3 s each, often the first three only
    tls = True

    def routes(self, core: Core) -> Sequence[BaseRoute]:
        """One WebSocket, which pages keep open."""
        sockets = Sockets(core, self.name)

        async def serve(socket: WebSocket) -> None:
            await sockets.serve(socket, answer_frame, once=False)

        return [WebSocketRoute("/plugin", serve)]


async def answer_frame(visit: Visit, text: str) -> str | None:
    """Carry out what a page asks, and return the answer; None when it is no frame of this protocol."""
    try:
        call = read_call(text)
    except RefusedError as error:
        visit.note(f"WebSocket closed: {error}")
        return None
    try:
        words.check_members(call.members, _FRAME_MEMBERS)
    except RefusedError as error:
        return f"{_failure(visit, call, error)}*{call.callback}"
    serve = _FUNCTIONS.get(call.function, _not_covered)
    return f"{await serve(visit, call)}*{call.callback}"


def read_call(text: str) -> Call:
    """Read a frame.

    Raises:
        RefusedError: it is something else.
    """
    members = words.read_object(text)
    function, callback = members.get("functionID"), members.get("funcCallback")
    args = members.get("args") or []
    if type(function) is not int or not isinstance(callback, str) or not _CALLBACK.fullmatch(callback):
        raise RefusedError("functionID or funcCallback has another form")
    if not isinstance(args, list) or len(args) > 16:
        raise RefusedError("args has another form")
    return Call(function, callback, tuple(args), members)


async def _check_plugin(_visit: Visit, _call: Call) -> str:
    return "1"


async def _get_version(_visit: Visit, _call: Call) -> str:
    return VERSION


async def _set_license_key(_visit: Visit, _call: Call) -> str:
    return write_json({"code": 1, "error": ""})  # the vendor's licence is nothing to this agent: it is not read


async def _not_covered(visit: Visit, call: Call) -> str:
    return _failure(visit, call, NotCoveredError(f"function {call.function} is not covered"))


async def _get_cert_info(visit: Visit, call: Call) -> str:
    certificate = await _share(visit, call)
    return write_json(_cert_info(certificate)) if certificate else ""


async def _get_all_certificates(visit: Visit, call: Call) -> str:
    certificate = await _share(visit, call)
    return write_json([_cert_info(certificate)]) if certificate else ""


async def _check_token(visit: Visit, call: Call) -> str:
    return "1" if await _share(visit, call) else "-1"


async def _share(visit: Visit, call: Call) -> Certificate | None:
    """The certificate that the operator lets the page have; None, whatever the reason."""
    try:
        return (await visit.share()).certificate
    except RefusedError as error:
        visit.note(f"function {call.function}: {error}")
        return None


async def _sign(visit: Visit, call: Call) -> str:
    try:
        task = read_task(_KINDS[call.function], _argument(call, 0), _argument(call, 1), None)
        return _success(await visit.sign(task))
    except RefusedError as error:
        return _failure(visit, call, error)


async def _sign_array(visit: Visit, call: Call) -> str:
    """Sign several things, each by itself; what comes after a failure is not asked any more."""
    results: list[str] = []
    try:
        tasks = read_items(_argument(call, 0), _argument(call, 1))
    except RefusedError as error:
        return write_json([_failure(visit, call, error)])
    failed: RefusedError | None = None
    for task in tasks:
        try:
            if failed:
                raise failed
            results.append(_success(await visit.sign(task)))
        except RefusedError as error:
            failed = error
            results.append(_failure(visit, call, error))
    return write_json(results)


_KINDS = {1: "xml", 4: "cms", 9: "hash"}
_FUNCTIONS: dict[int, Callable[[Visit, Call], Awaitable[str]]] = {
    0: _get_cert_info,
    1: _sign,
    4: _sign,
    6: _set_license_key,
    7: _check_plugin,
    9: _sign,
    10: _sign_array,
    11: _get_version,
    34: _check_token,
    45: _get_all_certificates,
}


def _argument(call: Call, index: int) -> object:
    return call.args[index] if index < len(call.args) else None


def _success(signed: Signed) -> str:
    data = words.write_base64(signed.content)
    return write_json(
        {"code": ErrorCode.NONE, "data": data, "error": "", "serial": words.write_serial(signed.certificate)}
    )


def _failure(visit: Visit, call: Call, error: RefusedError) -> str:
    visit.note(f"function {call.function}: {error}")
    if isinstance(error, NotCoveredError):
        return write_json({"code": ErrorCode.UNKNOWN, "data": "", "error": NOT_COVERED_TEXT})
    return write_json({"code": _CODES[error.code], "data": "", "error": TEXTS[error.code]})


def _cert_info(certificate: Certificate) -> dict[str, str]:
    return {
        "serial": words.write_serial(certificate),
        "subjectCN": certificate.owner,
        "issuerCN": certificate.issuer,
        "notBefore": format_time(certificate.not_before),
        "notAfter": format_time(certificate.not_after),
        "base64": words.write_base64(certificate.der),
    }


def write_json(value: object) -> str:
    """JSON without an asterisk: pages split the answer there."""
    return json.dumps(value, ensure_ascii=False).replace("*", "\\u002a")
