"""The portal under test: the real application under uvicorn, the sandbox's own PKI over HTTP, software keys."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from starlette.types import ASGIApp

from chukyso.sandbox.options import CertificateKind
from chukyso.sandbox.pki import Credential, KeyMaker, Pki, pki_app
from chukyso.sandbox.portal.app import create_portal
from chukyso.sandbox.portal.model import AccountSpec, PortalBackdoor, PortalSettings, UnitSpec
from chukyso.signature.sign import sign_xml

TAX_CODE = "0101234565"
OTHER_TAX_CODE = "0301234564"
PASSWORD = "Mật khẩu 1!"
EMAIL = "ketoan@example.vn"
PHONE = "0241234567"
NAME = "CÔNG TY TNHH DIỄN TẬP"


def unit(number: int) -> UnitSpec:
    return UnitSpec(
        id=f"{number}",
        code=f"TZ000{number}Z",
        name=f"{NAME} {number}",
        address="Số 1 phố Thử",
        phone=PHONE,
        email=EMAIL,
        agency_code="00101",
        agency_name="BHXH quận Thử",
    )


@contextmanager
def served(app: ASGIApp, listener: socket.socket) -> Iterator[None]:
    """Serve the application in a thread; the socket listens already, so that no one has to wait for the start."""
    config = uvicorn.Config(app, http="h11", ws="none", log_config=None, timeout_graceful_shutdown=0)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
        assert not thread.is_alive()


def listening() -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    return listener


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: http.client.HTTPMessage

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        assert self.status >= 400, self.body
        assert set(self.json) == {"code", "message"}
        assert self.json["message"]
        return str(self.json["code"])


@dataclass(frozen=True)
class Portal:
    """A running portal, seen by a client."""

    port: int
    backdoor: PortalBackdoor
    store: Path
    settings: PortalSettings

    def ask(
        self, method: str, path: str, body: object = None, *, token: str = "", timeout: float = 20, **headers: str
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            if content is not None:
                given.setdefault("Content-Type", "application/json")
            if token:
                given["Authorization"] = f"Bearer {token}"
            connection.request(method, path, content, given)
            response = connection.getresponse()
            return Answer(response.status, response.read(), response.headers)
        finally:
            connection.close()

    def get(self, path: str, token: str = "") -> Answer:
        return self.ask("GET", path, token=token)

    def post(self, path: str, body: object, token: str = "") -> Answer:
        return self.ask("POST", path, body, token=token)

    def login(self, tax_code: str = TAX_CODE, password: str = PASSWORD, **changed: object) -> Answer:
        return self.post("/api/login", self.login_form(self.get("/api/captcha").json, tax_code, password) | changed)

    def login_form(self, captcha: dict[str, str], tax_code: str = TAX_CODE, password: str = PASSWORD) -> dict[str, Any]:
        """What the page sends for a login with this captcha."""
        return {
            "loginType": "organisation",
            "username": tax_code,
            "password": password,
            "captchaId": captcha["id"],
            "textCaptcha": self.backdoor.captcha_answer(captcha["image"]),
        }

    def token(self, tax_code: str = TAX_CODE) -> str:
        answer = self.login(tax_code)
        assert answer.status == 200, answer.body
        return str(answer.json["access_token"])

    def prepare(self, token: str, credential: Credential, **changed: object) -> Answer:
        form = {
            "certificate": base64.b64encode(credential.certificate.der).decode(),
            "email": EMAIL,
            "phone": PHONE,
            "unit": "1",
            "commitment": True,
        }
        return self.post("/api/change/prepare", form | changed, token)

    def document(self, token: str, credential: Credential, **changed: object) -> bytes:
        answer = self.prepare(token, credential, **changed)
        assert answer.status == 200, answer.body
        return base64.b64decode(answer.json["document"])

    def submit(self, token: str, signed: bytes) -> Answer:
        return self.post("/api/change/submit", {"document": base64.b64encode(signed).decode()}, token)

    def state(self, tax_code: str = TAX_CODE) -> Any:
        return self.backdoor.account_state(tax_code)


@dataclass(frozen=True)
class Credentials:
    """The authority and one certificate of each kind that the tests need; keys are shared, they cost time."""

    pki: Pki
    registered: Credential
    new: Credential
    newer: Credential
    other_account: Credential

    def issue(self, kind: CertificateKind, tax_code: str = TAX_CODE) -> Credential:
        return self.pki.issue(kind, tax_code, NAME, self.new.key)

    def sign(self, document: bytes, credential: Credential | None = None) -> bytes:
        by = credential or self.new

        def raw(data: bytes) -> bytes:
            return by.key.sign(data, padding.PKCS1v15(), hashes.SHA256())

        ours = by.certificate.issuer_dn == self.registered.certificate.issuer_dn
        chain = (self.pki.issuing.certificate_der,) if ours else ()
        return sign_xml(document, by.certificate, raw, signing_time=datetime.now(UTC), chain=chain)


@pytest.fixture(scope="session")
def credentials() -> Iterator[Credentials]:
    listener = listening()
    keys = KeyMaker()
    pki = Pki(f"http://127.0.0.1:{listener.getsockname()[1]}", keys)
    new = pki.issue(CertificateKind.NEW, TAX_CODE, NAME)
    made = Credentials(
        pki,
        registered=pki.issue(CertificateKind.REGISTERED, TAX_CODE, NAME),
        new=new,
        newer=pki.issue(CertificateKind.NEW, TAX_CODE, NAME, new.key),
        other_account=pki.issue(CertificateKind.NEW, OTHER_TAX_CODE, NAME, new.key),
    )
    with served(pki_app(lambda: pki), listener):
        yield made
    keys.close()


@contextmanager
def running(directory: Path, credentials: Credentials, **changed: Any) -> Iterator[Portal]:
    """A portal with one account of one unit."""
    settings = replace(
        PortalSettings(
            root_der=credentials.pki.root.certificate_der,
            intermediates_der=(credentials.pki.issuing.certificate_der,),
            allowed_pki_hosts=(credentials.pki.base_url.removeprefix("http://"),),
            slow_seconds=0.3,
        ),
        **changed,
    )
    listener = listening()
    app, backdoor = create_portal(directory / "portal.sqlite3", settings)
    try:
        backdoor.add_account(account(credentials))
        with served(app, listener):
            yield Portal(listener.getsockname()[1], backdoor, directory / "portal.sqlite3", settings)
    finally:
        backdoor.close()


def account(credentials: Credentials, tax_code: str = TAX_CODE, units: int = 1, **changed: Any) -> AccountSpec:
    spec = AccountSpec(
        tax_code=tax_code,
        name=NAME,
        password=PASSWORD,
        units=tuple(unit(number) for number in range(1, units + 1)),
        email=EMAIL,
        phone=PHONE,
        registered_certificate_der=credentials.registered.certificate.der,
    )
    return replace(spec, **changed)


def unchanged(portal: Portal, credentials: Credentials) -> None:
    """Assert that nothing of the account was changed."""
    state = portal.state()
    assert state["registeredSerial"] == credentials.registered.certificate.serial
    assert (state["email"], state["phone"]) == (EMAIL, PHONE)
    assert (state["history"], state["submissions"], state["submissionIds"]) == ([], 0, [])


@pytest.fixture(scope="session")
def portal_process(tmp_path_factory: pytest.TempPathFactory, credentials: Credentials) -> Iterator[Portal]:
    with running(tmp_path_factory.mktemp("portal"), credentials) as started:
        yield started


@pytest.fixture
def portal(portal_process: Portal, credentials: Credentials) -> Portal:
    """The portal with one fresh account of one unit."""
    portal_process.backdoor.add_account(account(credentials))
    return portal_process
