"""Puts the portal together: the ASGI application, and the backdoor for the control interface."""

from __future__ import annotations

import mimetypes
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from chukyso.certificate import Certificate
from chukyso.sandbox.portal import web
from chukyso.sandbox.portal.api import Api
from chukyso.sandbox.portal.captcha import CaptchaDesk
from chukyso.sandbox.portal.change import ChangeDesk
from chukyso.sandbox.portal.faults import FaultBoard
from chukyso.sandbox.portal.layouts import Pages
from chukyso.sandbox.portal.model import (
    AccountSpec,
    FaultKind,
    FaultWhere,
    Layout,
    LoginWay,
    PortalBackdoor,
    PortalSettings,
    SigningWay,
)
from chukyso.sandbox.portal.store import Store
from chukyso.sandbox.portal.texts import Refused
from chukyso.sandbox.portal.verification import Verification
from chukyso.typeface import FILES, rules

_STATIC = Path(__file__).with_name("static")
# The registry of a Windows machine may say "text/plain" of scripts, and with nosniff the browser would not run them.
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".ttf": "font/ttf"}


def create_portal(
    store_path: Path, settings: PortalSettings, tell: Callable[[str, str, str], None] | None = None
) -> tuple[ASGIApp, PortalBackdoor]:
    """Build the portal.

    Args:
        store_path: Its SQLite file, made when missing.
        settings: How it behaves.
        tell: Called with MST, contact e-mail and id of the change after each accepted change; must not block.

    Returns:
        The application, to be served by uvicorn on loopback, and the backdoor for the control interface.
        Closing the backdoor also lets go of clients that a fault keeps waiting; a server that waits for its
        clients when it is stopped needs it closed first.
    """
    for ending, media_type in _MEDIA_TYPES.items():
        mimetypes.add_type(media_type, ending)
    store = Store(store_path)
    captchas = CaptchaDesk(settings.captcha_seconds)
    faults = FaultBoard(settings, store.close_sessions)
    verification = Verification(settings)
    changes = ChangeDesk(store, settings, verification, tell)
    api = Api(settings, store, captchas, faults, changes)
    pages = Pages(_STATIC)
    app = Starlette(
        routes=[
            *api.routes(),
            Route("/", _index),
            Route("/static/typeface.css", _typeface),
            Mount("/static/typeface", StaticFiles(directory=FILES)),
            Mount("/static", pages),
        ],
        exception_handlers={
            Refused: web.on_refused,
            HTTPException: web.on_http_exception,
            Exception: web.on_crash,
        },
    )
    # libraries that only the first captcha and the first submission need are loaded while the browser starts
    threading.Thread(target=_warm_up, args=(captchas, verification), name="portal-warm-up", daemon=True).start()
    return web.Shell(app), _Backdoor(store, captchas, faults=faults, changes=changes, api=api, pages=pages)


def _warm_up(captchas: CaptchaDesk, verification: Verification) -> None:
    captchas.warm_up()
    verification.warm_up()


async def _index(_request: Request) -> Response:
    return FileResponse(_STATIC / "index.html", media_type="text/html")


async def _typeface(_request: Request) -> Response:
    return Response(rules(lambda face: f"/static/typeface/{face.file}"), media_type="text/css")


class _Backdoor:
    """See ``PortalBackdoor``."""

    def __init__(
        self, store: Store, captchas: CaptchaDesk, *, faults: FaultBoard, changes: ChangeDesk, api: Api, pages: Pages
    ) -> None:
        self._store = store
        self._captchas = captchas
        self._faults = faults
        self._changes = changes
        self._api = api
        self._pages = pages

    def captcha_answer(self, data_uri: str) -> str:
        return self._captchas.answer(data_uri)

    def add_account(self, account: AccountSpec) -> None:
        if not account.units:
            raise ValueError("an account has at least one unit")
        Certificate.from_der(account.registered_certificate_der)  # unreadable: better known now than at the form
        self._store.add_account(account)
        self._faults.forget(account.tax_code)
        self._changes.lenient.discard(account.tax_code)

    def set_fault(
        self,
        tax_code: str,
        where: FaultWhere | str,
        kind: FaultKind | str,
        times: int = 1,
        seconds: float | None = None,
    ) -> None:
        self._store.account(tax_code)
        self._faults.set(tax_code, FaultWhere(where), FaultKind(kind), times, seconds)

    def accept_second(self, tax_code: str, *, accepted: bool = True) -> None:
        self._store.account(tax_code)
        (self._changes.lenient.add if accepted else self._changes.lenient.discard)(tax_code)

    def expire_sessions(self, tax_code: str) -> int:
        self._store.account(tax_code)
        return self._store.close_sessions(tax_code)

    def lock_account(self, tax_code: str, *, locked: bool = True) -> None:
        self._store.set_locked(tax_code, locked)

    def register(self, tax_code: str, certificate_der: bytes) -> None:
        Certificate.from_der(certificate_der)  # as in ``add_account``
        self._store.set_certificate(tax_code, certificate_der)

    def account_state(self, tax_code: str) -> dict[str, Any]:
        account, history = self._store.account(tax_code), self._store.history(tax_code)
        return {
            "taxCode": account.tax_code,
            "registeredSerial": Certificate.from_der(account.certificate).serial,
            "email": account.email,
            "phone": account.phone,
            "locked": account.locked,
            "failedLogins": account.wrong_passwords,
            "history": [vars(change) for change in history],
            "submissions": len(history),
            "submissionIds": [change.id for change in history],
            "faults": self._faults.met(tax_code),
        }

    def submission(self, tax_code: str, change_id: str) -> bytes:
        document = self._store.submission(tax_code, change_id)
        if document is None:
            raise KeyError(change_id)
        return document

    def set_agent_url(self, url: str | None) -> None:
        self._api.agent_url = url

    def set_ways(self, signing: SigningWay | None = None, login: LoginWay | None = None) -> None:
        self._api.signing, self._api.login_way = signing or self._api.signing, login or self._api.login_way

    def set_layout(self, layout: Layout | str) -> None:
        self._pages.layout = Layout(layout)

    def close(self) -> None:
        self._faults.close()
        self._store.close()
