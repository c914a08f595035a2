"""The control interface: what tests and the suite may do to the sandbox and no page can.

HTTP and JSON on a port of its own. Every call carries the secret in ``X-Sandbox-Secret``; a page of another origin can
neither know it nor send that header without a preflight, which is never answered.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chukyso.errors import ChukysoError
from chukyso.sandbox.details import SandboxDetails
from chukyso.sandbox.mail import MailKind, PostOffice
from chukyso.sandbox.options import MailOptions, ScenarioOptions
from chukyso.sandbox.pki import Pki
from chukyso.sandbox.portal.model import FaultKind, FaultWhere, LoginWay, PortalBackdoor, SigningWay
from chukyso.sandbox.scenario import ScenarioMaker
from chukyso.sandbox.signing_client.faults import FaultOrder
from chukyso.sandbox.signing_client.installation import installed

SECRET_HEADER: Final = "X-Sandbox-Secret"  # noqa: S105 - the name of a header
_MAX_BODY: Final = 1 << 20

_Action = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class Controlled:
    """What the control interface acts on."""

    backdoor: PortalBackdoor
    pki: Pki
    maker: ScenarioMaker
    details: SandboxDetails
    post: PostOffice


def control_app(controlled: Controlled) -> Starlette:
    """The ASGI application of the control interface."""
    actions = _Actions(controlled)
    routes: list[tuple[str, str, _Action]] = [
        ("GET", "/details", actions.details),
        ("GET", "/account/{tax_code}", actions.account),
        ("GET", "/submission/{tax_code}/{change_id}", actions.submission),
        ("POST", "/captcha", actions.captcha),
        ("POST", "/fault", actions.fault),
        ("POST", "/accept-second", actions.accept_second),
        ("POST", "/expire-sessions", actions.expire_sessions),
        ("POST", "/lock-account", actions.lock_account),
        ("POST", "/register", actions.register),
        ("POST", "/scenario", actions.scenario),
        ("POST", "/revoke", actions.revoke),
        ("POST", "/agent-url", actions.agent_url),
        ("POST", "/mail-server", actions.mail_server),
        ("POST", "/mail", actions.mail),
        ("POST", "/layout", actions.layout),
        ("POST", "/ways", actions.ways),
        ("POST", "/client-fault", actions.client_fault),
    ]
    secret = controlled.details.control_secret.encode()
    return Starlette(
        routes=[Route(path, _guarded(action, secret), methods=[method]) for method, path, action in routes]
    )


class _Actions:
    """One method for each call; arguments come from the path and the JSON body."""

    def __init__(self, controlled: Controlled) -> None:
        self._on = controlled

    async def details(self, _values: dict[str, Any]) -> dict[str, Any]:
        return self._on.details.to_dict()

    async def account(self, values: dict[str, Any]) -> dict[str, Any]:
        state = dict(await asyncio.to_thread(self._on.backdoor.account_state, values["tax_code"]))
        named = {_snake_case(name): value for name, value in state.items()}
        return named | {"submissions": named.pop("submission_ids")}

    async def submission(self, values: dict[str, Any]) -> dict[str, Any]:
        document = await asyncio.to_thread(self._on.backdoor.submission, values["tax_code"], values["change_id"])
        return {"document": base64.b64encode(document).decode()}

    async def captcha(self, values: dict[str, Any]) -> dict[str, Any]:
        return {"answer": self._on.backdoor.captcha_answer(values["image"])}

    async def fault(self, values: dict[str, Any]) -> dict[str, Any]:
        where, kind, times = FaultWhere(values["where"]), FaultKind(values["kind"]), int(values["times"])
        seconds = None if values.get("seconds") is None else float(values["seconds"])
        self._on.backdoor.set_fault(values["tax_code"], where, kind, times, seconds)
        return {}

    async def accept_second(self, values: dict[str, Any]) -> dict[str, Any]:
        self._on.backdoor.accept_second(values["tax_code"], accepted=bool(values["accepted"]))
        return {}

    async def expire_sessions(self, values: dict[str, Any]) -> dict[str, Any]:
        return {"ended": self._on.backdoor.expire_sessions(values["tax_code"])}

    async def lock_account(self, values: dict[str, Any]) -> dict[str, Any]:
        self._on.backdoor.lock_account(values["tax_code"], locked=bool(values["locked"]))
        return {}

    async def register(self, values: dict[str, Any]) -> dict[str, Any]:
        certificate = self._on.maker.certificate(values["serial"])
        await asyncio.to_thread(self._on.backdoor.register, values["tax_code"], certificate)
        return {}

    async def scenario(self, values: dict[str, Any]) -> dict[str, Any]:
        made = await asyncio.to_thread(self._on.maker.make, ScenarioOptions.from_dict(values))
        await asyncio.to_thread(self._on.backdoor.add_account, made.account)
        return made.details.to_dict()

    async def revoke(self, values: dict[str, Any]) -> dict[str, Any]:
        if not self._on.pki.revoke(values["serial"]):
            raise KeyError(values["serial"])
        return {}

    async def agent_url(self, values: dict[str, Any]) -> dict[str, Any]:
        self._on.backdoor.set_agent_url(values["url"])
        return {}

    async def mail_server(self, values: dict[str, Any]) -> dict[str, Any]:
        self._on.post.options = MailOptions.from_dict(values) if values else None
        return {}

    async def mail(self, values: dict[str, Any]) -> dict[str, Any]:
        kind = MailKind(values["kind"])
        await asyncio.to_thread(self._on.post.send_now, values["tax_code"], kind, int(values.get("times", 1)))
        return {}

    async def layout(self, values: dict[str, Any]) -> dict[str, Any]:
        self._on.backdoor.set_layout(values["layout"])
        return {}

    async def ways(self, values: dict[str, Any]) -> dict[str, Any]:
        signing, login = values.get("signing"), values.get("login")
        self._on.backdoor.set_ways(SigningWay(signing) if signing else None, LoginWay(login) if login else None)
        return {}

    async def client_fault(self, values: dict[str, Any]) -> dict[str, Any]:
        client = installed(self._on.details.directory, values["tax_code"])
        await asyncio.to_thread(client.set_fault, FaultOrder.from_dict(values))
        return {}


def _guarded(action: _Action, secret: bytes) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "").encode()
        if not secrets.compare_digest(given, secret):
            return _refusal(403, "forbidden", "the secret is missing or wrong")
        try:
            values = await _body(request)
            return JSONResponse(await action(values | request.path_params))
        except ChukysoError as error:
            context = {name: str(value) for name, value in error.context.items()}
            return _refusal(400, error.code.name, error.detail, context)
        except KeyError as error:
            return _refusal(404, "not-found", f"{error.args[0]!r} is missing or not known")
        except (ValueError, TypeError) as error:
            return _refusal(400, "bad-request", str(error))

    return endpoint


async def _body(request: Request) -> dict[str, Any]:
    if request.method == "GET":
        return {}
    if request.headers.get("content-type", "").split(";")[0] != "application/json":
        raise ValueError("the body must be application/json")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _MAX_BODY:
            raise ValueError(f"the body is larger than {_MAX_BODY} bytes")
    values = json.loads(body)
    if not isinstance(values, dict):
        raise TypeError("the body must be a JSON object")
    return values


def _snake_case(name: str) -> str:
    """The portal's state names its fields like the portal's pages; this interface speaks Python."""
    return re.sub(r"(?=[A-Z])", "_", name).lower()


def _refusal(status: int, code: str, detail: str, context: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"code": code, "detail": detail, "context": context or {}}, status)
