"""The portal's HTTP interface, as the page uses it. JSON in, JSON out; every refusal is ``{code, message}``.

Names that are publicly known (``textCaptcha``, ``access_token``, ``expires_in``, ``dsDonVi`` and its fields) are the
real portal's (facts, section 1); paths and all other names are the sandbox's choice.

====== ================================ ===========================================================
POST   /api/login                       log in with captcha
POST   /api/login/identity              log in as a person who confirmed elsewhere
POST   /api/unit                        choose the session's unit
POST   /api/logout                      end the session
GET    /api/config, /api/captcha        before the login
GET    /api/account                     account, units, time left
GET    /api/registration, /api/history  the form's data; changes so far
POST   /api/certificate/describe        what the form shows of a certificate
POST   /api/change/prepare, …/submit    get the document to be signed; hand it in signed
GET    /api/change/{id}/document        a signed document as it was received
====== ================================ ===========================================================
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chukyso.certificate import Certificate
from chukyso.sandbox.portal import web
from chukyso.sandbox.portal.captcha import CaptchaDesk
from chukyso.sandbox.portal.change import ChangeDesk, ChangeRequest, read_certificate
from chukyso.sandbox.portal.document import PLACE
from chukyso.sandbox.portal.faults import FaultBoard
from chukyso.sandbox.portal.model import FaultWhere, LoginWay, PortalSettings, UnitSpec
from chukyso.sandbox.portal.passwords import password_matches
from chukyso.sandbox.portal.store import Account, Change, LoginSession, Store, session_key
from chukyso.sandbox.portal.texts import NOTICE_MESSAGE, NOTICE_TITLE, Problem, Refused
from chukyso.signature.profile import format_time

_ORGANISATION = frozenset({"organisation", "to-chuc"})


class Api:
    """Endpoints. Each reads its input on the event loop and does its work in a worker thread."""

    def __init__(
        self,
        settings: PortalSettings,
        store: Store,
        captchas: CaptchaDesk,
        faults: FaultBoard,
        changes: ChangeDesk,
    ) -> None:
        self.agent_url = settings.agent_url
        self.signing = settings.signing
        self.login_way = settings.login
        self._settings = settings
        self._store = store
        self._captchas = captchas
        self._faults = faults
        self._changes = changes

    def routes(self) -> list[Route]:
        return [
            Route("/api/config", self.config),
            Route("/api/captcha", self.captcha),
            Route("/api/login", self.login, methods=["POST"]),
            Route("/api/login/identity", self.identity, methods=["POST"]),
            Route("/api/unit", self.unit, methods=["POST"]),
            Route("/api/logout", self.logout, methods=["POST"]),
            Route("/api/account", self.account),
            Route("/api/registration", self.registration),
            Route("/api/history", self.history),
            Route("/api/certificate/describe", self.describe, methods=["POST"]),
            Route("/api/change/prepare", self.prepare, methods=["POST"]),
            Route("/api/change/submit", self.submit, methods=["POST"]),
            Route("/api/change/{id}/document", self.document),
        ]

    # Before the login

    async def config(self, _request: Request) -> Response:
        return JSONResponse(
            {
                "agentUrl": self.agent_url,
                "sessionSeconds": self._settings.session_seconds,
                "signing": self.signing.value,
                "login": self.login_way.value,
            }
        )

    async def captcha(self, _request: Request) -> Response:
        identifier, image = await run_in_threadpool(self._captchas.issue)
        return JSONResponse({"id": identifier, "image": image})

    async def login(self, request: Request) -> Response:
        body = await web.read_body(request)
        form = web.parse_json(request, body)
        tax_code = web.text_field(form, "username", most=50)

        async def action() -> Response:
            return JSONResponse(await run_in_threadpool(self._login, tax_code, form))

        return await self._faults.run(tax_code, FaultWhere.LOGIN, body, action)

    async def identity(self, request: Request) -> Response:
        body = await web.read_body(request)
        tax_code = web.text_field(web.parse_json(request, body), "username", most=50)

        async def action() -> Response:
            return JSONResponse(await run_in_threadpool(self._identify, tax_code))

        return await self._faults.run(tax_code, FaultWhere.LOGIN, body, action)

    def _identify(self, tax_code: str) -> dict[str, Any]:
        """What the person confirmed elsewhere is believed: that is the point of such a login."""
        if self.login_way is not LoginWay.PERSON:
            raise Refused.because(Problem.NOT_FOUND)
        try:
            account = self._store.account(tax_code)
        except KeyError:
            raise Refused.because(Problem.IDENTITY_UNKNOWN) from None
        if account.locked:
            raise Refused.because(Problem.ACCOUNT_LOCKED)
        return self._open_session(account)

    def _login(self, tax_code: str, form: web.Body) -> dict[str, Any]:
        answer = web.text_field(form, "textCaptcha", most=50)
        # the captcha goes first: whatever else is wrong, it is used up, and nobody tries passwords without one
        if not self._captchas.use(web.text_field(form, "captchaId", most=100), answer):
            raise Refused.because(Problem.CAPTCHA_WRONG)
        if web.text_field(form, "loginType", most=50) not in _ORGANISATION:
            raise Refused.because(Problem.LOGIN_TYPE_REFUSED)
        if self.login_way is not LoginWay.PASSWORD:
            raise Refused.because(Problem.NOT_FOUND)
        return self._open_session(self._check_password(tax_code, web.password_field(form, "password")))

    def _open_session(self, account: Account) -> dict[str, Any]:
        token = secrets.token_urlsafe(32)
        session = LoginSession(
            key=session_key(token),
            tax_code=account.tax_code,
            unit_id=account.units[0].id if len(account.units) == 1 else None,
            expires=time.time() + self._settings.session_seconds,
        )
        if not self._store.open_session(session):
            raise Refused.because(Problem.ACCOUNT_LOCKED)
        return {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": round(self._settings.session_seconds),
            # JSON in a JSON string: so the real portal answers
            "dsDonVi": json.dumps([_unit(account, unit) for unit in account.units], ensure_ascii=False),
        }

    def _check_password(self, tax_code: str, password: str) -> Account:
        try:
            account = self._store.account(tax_code)
        except KeyError:
            password_matches(password, None)  # as slow as an account that exists
            raise Refused.because(Problem.LOGIN_WRONG) from None
        if account.locked:
            raise Refused.because(Problem.ACCOUNT_LOCKED)
        if not password_matches(password, account.password):
            locked = self._store.count_wrong_password(tax_code, self._settings.max_wrong_passwords)
            raise Refused.because(Problem.ACCOUNT_LOCKED if locked else Problem.LOGIN_WRONG)
        return account

    # The session

    async def unit(self, request: Request) -> Response:
        form = web.parse_json(request, await web.read_body(request))
        session, account = await self._signed_in(request)
        unit = _find_unit(account, web.text_field(form, "unit", most=100))
        await run_in_threadpool(self._store.choose_unit, session.key, unit.id)
        return JSONResponse({"unit": _unit(account, unit)})

    async def logout(self, request: Request) -> Response:
        session, _ = await self._signed_in(request)
        await run_in_threadpool(self._store.close_session, session.key)
        return JSONResponse({})

    async def account(self, request: Request) -> Response:
        session, account = await self._signed_in(request)
        asked = request.query_params.get("unit")
        chosen = asked if asked is not None else session.unit_id
        return JSONResponse(
            {
                "taxCode": account.tax_code,
                "name": account.name,
                "unit": None if chosen is None else _unit(account, _find_unit(account, chosen)),
                "units": [_unit(account, unit) for unit in account.units],
                "email": account.email,
                "phone": account.phone,
                "expiresIn": max(0, round(session.expires - time.time())),
            }
        )

    # The registered certificate and its change

    async def registration(self, request: Request) -> Response:
        session, _ = await self._signed_in(request)

        async def action() -> Response:
            return JSONResponse(await run_in_threadpool(self._registration, session))

        return await self._faults.run(session.tax_code, FaultWhere.FORM, session.key, action)

    def _registration(self, session: LoginSession) -> dict[str, Any]:
        account = self._store.account(session.tax_code)
        return {
            "taxCode": account.tax_code,
            "name": account.name,
            "unit": _unit(account, _chosen_unit(account, session)),
            "registered": _certificate(Certificate.from_der(account.certificate)),
            "email": account.email,
            "phone": account.phone,
            "history": self._history(session),
        }

    async def history(self, request: Request) -> Response:
        session, _ = await self._signed_in(request)
        return JSONResponse({"history": await run_in_threadpool(self._history, session)})

    def _history(self, session: LoginSession) -> list[dict[str, str]]:
        return [_change(change) for change in reversed(self._store.history(session.tax_code))]

    async def describe(self, request: Request) -> Response:
        form = web.parse_json(request, await web.read_body(request))
        await self._signed_in(request)
        return JSONResponse(_certificate(read_certificate(web.bytes_field(form, "certificate"))))

    async def prepare(self, request: Request) -> Response:
        body = await web.read_body(request)
        form = web.parse_json(request, body)
        session, account = await self._signed_in(request)

        async def action() -> Response:
            return JSONResponse(await run_in_threadpool(self._prepare, session, account, form))

        return await self._faults.run(session.tax_code, FaultWhere.PREPARE, session.key + body, action)

    def _prepare(self, session: LoginSession, account: Account, form: web.Body) -> dict[str, str]:
        unit = _chosen_unit(account, session)
        if web.text_field(form, "unit", most=100, default=unit.id) != unit.id:
            raise Refused.because(Problem.UNIT_UNKNOWN, "another unit than the session's")
        change = ChangeRequest(
            certificate=web.bytes_field(form, "certificate"),
            email=web.text_field(form, "email", most=1000),
            phone=web.text_field(form, "phone", most=1000),
            commitment=form.get("commitment") is True,
        )
        prepared = self._changes.prepare(session, unit, change)
        document = base64.b64encode(prepared.document).decode("ascii")
        return {"id": prepared.id, "document": document, "nonce": prepared.nonce, "place": PLACE}

    async def submit(self, request: Request) -> Response:
        body = await web.read_body(request)
        form = web.parse_json(request, body)
        session, _ = await self._signed_in(request)

        async def action() -> Response:
            return JSONResponse(await run_in_threadpool(self._submit, session, form))

        return await self._faults.run(session.tax_code, FaultWhere.SUBMIT, session.key + body, action)

    def _submit(self, session: LoginSession, form: web.Body) -> dict[str, Any]:
        change = self._changes.submit(session, web.bytes_field(form, "document"))
        account = self._store.account(session.tax_code)
        message = NOTICE_MESSAGE.format(name=account.name, tax_code=account.tax_code, email=account.email)
        return {
            "registered": _certificate(Certificate.from_der(account.certificate)),
            "change": {"id": change.id, "at": change.at},
            "notice": {"title": NOTICE_TITLE, "message": message},
        }

    async def document(self, request: Request) -> Response:
        session, _ = await self._signed_in(request)
        signed = await run_in_threadpool(self._store.submission, session.tax_code, request.path_params["id"])
        if signed is None:
            raise Refused.because(Problem.CHANGE_UNKNOWN)
        # as a file: a browser must not render XML that came from outside on the portal's origin
        headers = {"Content-Disposition": 'attachment; filename="submission.xml"'}
        return Response(signed, media_type="application/xml", headers=headers)

    async def _signed_in(self, request: Request) -> tuple[LoginSession, Account]:
        key = session_key(web.bearer_token(request))

        def find() -> tuple[LoginSession, Account]:
            session = self._store.session(key)
            if session is None:
                raise Refused.because(Problem.SESSION_EXPIRED)
            return session, self._store.account(session.tax_code)

        return await run_in_threadpool(find)


def _find_unit(account: Account, unit_id: str) -> UnitSpec:
    for unit in account.units:
        if unit.id == unit_id:
            return unit
    raise Refused.because(Problem.UNIT_UNKNOWN)


def _chosen_unit(account: Account, session: LoginSession) -> UnitSpec:
    if session.unit_id is None:
        raise Refused.because(Problem.UNIT_REQUIRED)
    return _find_unit(account, session.unit_id)


def _unit(account: Account, unit: UnitSpec) -> dict[str, str]:
    return {
        "Id": unit.id,
        "Ten": unit.name,
        "Diachi": unit.address,
        "Sodienthoai": unit.phone,
        "Mst": account.tax_code,
        "Ma": unit.code,
        "MaCQ": unit.agency_code,
        "TenCQ": unit.agency_name,
        "Email": unit.email,
    }


def _certificate(certificate: Certificate) -> dict[str, str]:
    return {
        "serial": certificate.serial,
        "owner": certificate.owner,
        "taxCode": certificate.tax_code,
        "issuer": certificate.issuer,
        "validFrom": format_time(certificate.not_before),
        "validTo": format_time(certificate.not_after),
    }


def _change(change: Change) -> dict[str, str]:
    return {
        "id": change.id,
        "at": change.at,
        "previousSerial": change.previous_serial,
        "serial": change.serial,
        "email": change.email,
        "phone": change.phone,
        "unit": change.unit,
    }
