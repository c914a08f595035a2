"""The control interface: only with its secret, and what each call does to portal, token and authority."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from chukyso.errors import ChukysoError, Code
from chukyso.pin.gate import PinState
from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.control_client import Control
from chukyso.sandbox.details import SandboxDetails
from chukyso.sandbox.options import CertificateKind
from chukyso.sandbox.portal.model import FaultKind, FaultWhere
from chukyso.taxcode import parse_tax_code
from chukyso.token.client import TokenWorker

_DER = Encoding.DER
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@pytest.fixture
def control(sandbox: Sandbox) -> Control:
    return sandbox.control


def ask(url: str, body: object = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"Content-Type": "application/json"} | (headers or {})
    try:
        request = urllib.request.Request(url, data, given)  # noqa: S310 - always the sandbox's http address
        with _OPENER.open(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            text = error.read().decode()
        return error.code, json.loads(text) if text.startswith("{") else text


def log_in(control: Control, details: SandboxDetails) -> tuple[int, Any]:
    _, captcha = ask(f"{details.portal_url}/api/captcha")
    form = {
        "loginType": "organisation",
        "username": details.tax_code,
        "password": details.password_file.read_text(encoding="utf-8"),
        "captchaId": captcha["id"],
        "textCaptcha": control.captcha_answer(captcha["image"]),
    }
    return ask(f"{details.portal_url}/api/login", form, {"Origin": details.portal_url})


@pytest.mark.parametrize("secret", [None, "", "wrong", "é"])
@pytest.mark.parametrize("path", ["/details", "/account/0101234565"])
def test_nothing_without_the_secret(sandbox: Sandbox, path: str, secret: str | None) -> None:
    headers = {} if secret is None else {"X-Sandbox-Secret": secret}
    status, body = ask(sandbox.details.control_url + path, headers=headers)
    assert (status, body["code"]) == (403, "forbidden")


def test_every_call_asks_for_the_secret(sandbox: Sandbox) -> None:
    calls = ("captcha", "fault", "expire-sessions", "lock-account", "scenario", "revoke", "agent-url")
    for call in calls:
        assert ask(f"{sandbox.details.control_url}/{call}", {})[0] == 403, call


def test_pages_of_the_portal_cannot_reach_it(sandbox: Sandbox) -> None:
    details = sandbox.details
    secret = {"X-Sandbox-Secret": details.control_secret}
    for path in ("/details", "/captcha", f"/account/{details.tax_code}"):
        status, body = ask(details.portal_url + path, headers=secret)
        assert status == 404 or "token_serial" not in json.dumps(body)
    # A preflight is not answered, so no page of another origin can send the header.
    parts = urlsplit(details.control_url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port)
    asked = {"Origin": details.portal_url, "Access-Control-Request-Method": "POST"}
    connection.request("OPTIONS", "/scenario", headers=asked)
    answer = connection.getresponse()
    assert answer.status == 405 and answer.getheader("Access-Control-Allow-Origin") is None
    connection.close()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"{}", "text/plain"),
        (b" " * (2 << 20), "application/json"),
    ],
)
def test_bodies_that_are_refused(sandbox: Sandbox, body: bytes, content_type: str) -> None:
    details = sandbox.details
    headers = {"X-Sandbox-Secret": details.control_secret, "Content-Type": content_type}
    status, answer = ask(details.control_url + "/scenario", body, headers)
    assert (status, answer["code"]) == (400, "bad-request")


def test_details(sandbox: Sandbox, control: Control) -> None:
    assert control.details() == sandbox.details
    assert sandbox.details.tax_code == "0101234565"


def test_login_with_the_captchas_answer(control: Control, account) -> None:
    details = account()
    status, body = log_in(control, details)
    assert status == 200, body
    assert control.expire_sessions(details.tax_code) == 1
    assert control.expire_sessions(details.tax_code) == 0


def test_captcha_that_was_never_shown(control: Control) -> None:
    with pytest.raises(ChukysoError) as caught:
        control.captcha_answer("data:image/png;base64,AAAA")
    assert caught.value.code is Code.SANDBOX_FAILED and "404" in caught.value.detail


def test_fault_hits_as_often_as_wanted_and_only_its_account(control: Control, account) -> None:
    details, other = account(), account()
    control.fault(details.tax_code, FaultWhere.LOGIN, FaultKind.ERROR_500, times=1)
    assert log_in(control, other)[0] == 200
    assert log_in(control, details)[0] == 500
    assert log_in(control, details)[0] == 200
    control.fault(details.tax_code, "login", "error-500")
    control.fault(details.tax_code, "login", "error-500", times=0)
    assert log_in(control, details)[0] == 200
    with pytest.raises(ValueError, match="elsewhere"):
        control.fault(details.tax_code, "elsewhere", "error-500")


def test_locked_account(control: Control, account) -> None:
    details = account(locked=True)
    assert control.account(details.tax_code)["locked"] is True
    assert log_in(control, details)[0] != 200
    control.lock_account(details.tax_code, locked=False)
    assert log_in(control, details)[0] == 200


def test_agent_url_is_what_the_page_is_told(control: Control, sandbox: Sandbox) -> None:
    config = f"{sandbox.details.portal_url}/api/config"
    control.agent_url("ws://127.0.0.1:4711/v1")
    assert "ws://127.0.0.1:4711/v1" in json.dumps(ask(config)[1])
    control.agent_url(None)
    assert "4711" not in json.dumps(ask(config)[1])


def test_revoked_from_now_on(control: Control, account) -> None:
    details = account()

    def revoked() -> bool:
        with _OPENER.open(details.pki_url + "/crl/g1.crl", timeout=10) as answer:
            crl = x509.load_der_x509_crl(answer.read())
        return crl.get_revoked_certificate_by_serial_number(int(details.new_serial, 16)) is not None

    assert not revoked()
    control.revoke(details.new_serial)
    assert revoked()
    with pytest.raises(ChukysoError):
        control.revoke("00ff")


def test_unknown_account(control: Control) -> None:
    for call in (control.account, control.expire_sessions, control.lock_account):
        with pytest.raises(ChukysoError) as caught:
            call("9999999999")
        assert caught.value.code is Code.SANDBOX_FAILED


def test_unknown_scenario_is_refused_with_its_code(sandbox: Sandbox) -> None:
    details = sandbox.details
    headers = {"X-Sandbox-Secret": details.control_secret}
    for wrong in ({"unts": 3}, {"certificates": ["gold"]}, {"units": "three"}, {"pin": "1"}):
        status, body = ask(details.control_url + "/scenario", wrong, headers)
        assert (status, body["code"]) == (400, "OPTION_INVALID")


def test_scenarios_have_accounts_and_tokens_of_their_own(control: Control, account) -> None:
    first, second = account(), account(units=3)
    assert first.tax_code != second.tax_code and first.token_serial != second.token_serial
    assert all(parse_tax_code(one.tax_code) == one.tax_code for one in (first, second))
    assert (first.unit_code, len(first.unit_codes)) == (None, 1)
    assert second.unit_code in second.unit_codes and len(set(second.unit_codes)) == 3
    assert "HƯ CẤU" in first.name
    state = control.account(second.tax_code)
    assert (state["registered_serial"], state["submissions"]) == (second.registered_serial, [])


def test_token_signs_with_the_key_of_its_certificate(account) -> None:
    details = account()
    with TokenWorker(details.token_module, details.token_environment) as worker:
        assert worker.token(None).serial == details.token_serial
        found = {one.certificate.serial: one for one in worker.certificates(details.token_serial)}
        assert {details.registered_serial, details.new_serial} < set(found)
        for serial in (details.registered_serial, details.new_serial):
            one = found[serial]
            assert one.has_key and one.certificate.tax_code == details.tax_code
            signature = worker.sign(details.token_serial, one.key_id, b"data", details.pin_file.read_text())
            one.certificate.x509().public_key().verify(signature, b"data", PKCS1v15(), SHA256())
        issuers = [one for serial, one in found.items() if serial not in details.certificates.values()]
        assert [one.certificate.der for one in issuers] == [
            x509.load_pem_x509_certificate(details.chain.read_bytes()).public_bytes(_DER)
        ]
        assert not issuers[0].has_key


def test_tokens_wanted_otherwise(account) -> None:
    details = account(token=False)
    with TokenWorker(details.token_module, details.token_environment) as worker:
        assert details.token_serial == ""
        assert [one for one in worker.tokens() if not one.empty_slot] == []
    details = account(second_token=True)
    with TokenWorker(details.token_module, details.token_environment) as worker:
        serials = {one.serial for one in worker.tokens() if not one.empty_slot}
        assert serials == {details.token_serial, details.second_token_serial} and len(serials) == 2
        (other,) = [one for one in worker.certificates(details.second_token_serial) if one.certificate.tax_code]
        assert other.certificate.tax_code != details.tax_code
    details = account(certificates=())
    with TokenWorker(details.token_module, details.token_environment) as worker:
        assert worker.certificates(details.token_serial) == []
        assert details.new_serial == ""


@pytest.mark.parametrize("state", list(PinState))
def test_token_remembers_earlier_tries(account, state: PinState) -> None:
    details = account(pin_state=state)
    with TokenWorker(details.token_module, details.token_environment) as worker:
        assert worker.token(details.token_serial).pin_state is state


def test_already_registered(control: Control, account) -> None:
    details = account(registered=CertificateKind.NEW)
    assert control.account(details.tax_code)["registered_serial"] == details.certificates["new"]


_LOOK_AT_KEYS = """
import sys, PyKCS11 as P
library = P.PyKCS11Lib()
library.load(sys.argv[1])
slot = next(one for one in library.getSlotList() if library.getTokenInfo(one).serialNumber.strip() == sys.argv[2])
session = library.openSession(slot)
private = [(P.CKA_CLASS, P.CKO_PRIVATE_KEY)]
assert session.findObjects(private) == []
session.login(input())
for key in session.findObjects(private):
    asked = [P.CKA_SENSITIVE, P.CKA_EXTRACTABLE, P.CKA_SIGN, P.CKA_DECRYPT, P.CKA_PRIVATE_EXPONENT, P.CKA_PRIME_1]
    print(session.getAttributeValue(key, asked))
"""


def test_private_keys_do_not_leave_the_token(account) -> None:
    details = account()
    done = subprocess.run(
        [sys.executable, "-c", _LOOK_AT_KEYS, str(details.token_module), details.token_serial],
        env=details.token_environment,
        input=details.pin_file.read_text(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["[True, False, True, False, None, None]"] * 2
