"""What lies around the portal's API: headers, limits, malformed input, log, static files."""

from __future__ import annotations

import json
import logging
import re
import socket
from pathlib import Path

import pytest

from chukyso.sandbox.portal import app as portal_app
from chukyso.sandbox.portal.model import LoginWay, SigningWay
from chukyso.sandbox.portal.web import MAX_BODY
from support.portal import PASSWORD, TAX_CODE, Credentials, Portal


@pytest.mark.parametrize("path", ["/api/config", "/api/account", "/nowhere", "/static/nothing.js"])
def test_every_answer_has_the_security_headers(portal: Portal, path: str) -> None:
    headers = portal.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["connect-src"] == "'self' ws://127.0.0.1:*"
    assert policy["frame-ancestors"] == "'none'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_the_page_and_its_files_are_served(portal: Portal) -> None:
    page = portal.get("/")
    assert page.status == 200
    assert page.headers["Content-Type"].startswith("text/html")
    html = page.body.decode()
    assert "<script" in html
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", html)  # the policy would block it
    for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', html):
        file = portal.get(path)
        assert (file.status, file.headers["Cache-Control"]) == (200, "no-cache"), path
        if path.endswith(".js"):
            assert file.headers["Content-Type"].startswith("text/javascript")
    for path in ("/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static//etc/passwd"):
        assert portal.get(path).status == 404, path


def test_the_agents_address_can_be_told(portal: Portal) -> None:
    assert portal.get("/api/config").json == {
        "agentUrl": None,
        "sessionSeconds": 1200,
        "signing": "agent",
        "login": "password",
    }
    portal.backdoor.set_agent_url("ws://127.0.0.1:9/v1")
    assert portal.get("/api/config").json["agentUrl"] == "ws://127.0.0.1:9/v1"
    portal.backdoor.set_agent_url(None)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"{}", b"[" * 100_000, b'{"a":' * 50_000],
)
def test_malformed_json_is_refused(portal: Portal, body: bytes) -> None:
    answer = portal.post("/api/login", body)
    assert (answer.status, answer.code) == (400, "REQUEST_MALFORMED")


@pytest.mark.parametrize(
    ("username", "code"),
    [
        ('"a"', "CAPTCHA_WRONG"),  # all else is well
        ('"' + "1" * 50 + '"', "CAPTCHA_WRONG"),
        ('"' + "1" * 51 + '"', "REQUEST_MALFORMED"),
        ('"a", "username": "b"', "REQUEST_MALFORMED"),
        ('"a", "more": {"a": 1}', "REQUEST_MALFORMED"),
        ('"a", "more": []', "REQUEST_MALFORMED"),
        ('"a", "more": NaN', "REQUEST_MALFORMED"),
        ('"a", "more": ' + "9" * 5000, "REQUEST_MALFORMED"),
        ('"\\ud800"', "REQUEST_MALFORMED"),
        ('["a"]', "REQUEST_MALFORMED"),
        ("5", "REQUEST_MALFORMED"),
        ("null", "REQUEST_MALFORMED"),
        ("true", "REQUEST_MALFORMED"),
    ],
)
def test_a_field_must_be_a_plain_text(portal: Portal, username: str, code: str) -> None:
    rest = '"loginType": "organisation", "password": "x", "captchaId": "x", "textCaptcha": "x"'
    assert portal.post("/api/login", f'{{{rest}, "username": {username}}}'.encode()).code == code


def test_a_password_may_be_long_but_not_endless(portal: Portal) -> None:
    assert portal.login(password="x" * 1000).code == "LOGIN_WRONG"
    assert portal.login(password="x" * 1001).code == "REQUEST_MALFORMED"


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonp"])
def test_only_json_is_read(portal: Portal, media_type: str) -> None:
    answer = portal.ask("POST", "/api/login", b"{}", Content_Type=media_type)
    assert (answer.status, answer.code) == (415, "JSON_REQUIRED")


def test_json_may_name_its_character_set(portal: Portal) -> None:
    answer = portal.ask("POST", "/api/login", b"{}", Content_Type="application/json; charset=utf-8")
    assert answer.code == "REQUEST_MALFORMED"


def test_a_body_has_a_limit(portal: Portal) -> None:
    token = portal.token()
    fits = json.dumps({"document": "A" * (MAX_BODY - 100)}).encode()
    assert portal.post("/api/change/submit", fits, token).code == "NOT_PREPARED"
    answer = portal.post("/api/change/submit", fits + b" " * 200, token)
    assert (answer.status, answer.code) == (413, "REQUEST_TOO_LARGE")


def test_unknown_paths_and_methods_answer_as_all_else(portal: Portal) -> None:
    for path in ("/nowhere", "/api/nothing", "/static/nothing.js", "/portal.sqlite3"):
        answer = portal.get(path)
        assert (answer.status, answer.code) == (404, "NOT_FOUND")
    answer = portal.get("/api/login")
    assert (answer.status, answer.code) == (405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize("authorization", ["Basic abc", "Bearer", "Bearer ", "abc"])
def test_other_credentials_are_no_session(portal: Portal, authorization: str) -> None:
    assert portal.ask("GET", "/api/account", Authorization=authorization).code == "LOGIN_REQUIRED"


def test_the_log_holds_no_secret_and_no_forged_line(
    portal: Portal, credentials: Credentials, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = portal.token()
    portal.login(password=PASSWORD + "?")
    portal.get(f"/api/account?unit=1&secret={token}", token)
    document = portal.document(token, credentials.new)
    portal.submit(token, credentials.sign(document))
    with socket.create_connection(("127.0.0.1", portal.port), timeout=10) as connection:
        connection.sendall(b"GET /a%0aforged%20line HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b" 404 " in connection.recv(1000)
    assert portal.get("/api/change/a%0aforged/document", token).code == "CHANGE_UNKNOWN"
    portal.get("/api/config")  # once this is answered, the log line of the one before is written
    # ours; what libraries say at level DEBUG is not in the sandbox's log, which is at INFO
    text = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("chukyso"))
    assert "POST /api/login -> 200" in text
    assert "POST /api/change/submit -> " in text
    assert "/a%0aforged%20line" in text
    nonce = document.partition(b"<NONCE>")[2].partition(b"</NONCE>")[0].decode()
    for secret in (PASSWORD, token, nonce, "\nforged"):
        assert secret not in text


def test_a_crash_tells_the_client_nothing(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    token = portal.token()
    monkeypatch.setattr(portal_app, "_STATIC", Path("/nowhere"))  # a page that is not installed
    answer = portal.get("/")
    assert (answer.status, answer.code) == (500, "INTERNAL_ERROR")
    assert b"nowhere" not in answer.body
    assert b"Traceback" not in answer.body
    assert portal.get("/api/account", token).json["taxCode"] == TAX_CODE


NOBODYS_TAX_CODE = "9876543202"  # tests that run before may have made an account of any other one


def test_ways_of_signing_and_logging_in_can_be_told(portal: Portal) -> None:
    assert portal.post("/api/login/identity", {"username": TAX_CODE}).code == "NOT_FOUND"
    portal.backdoor.set_ways(SigningWay.CLIENT)
    portal.backdoor.set_ways(login=LoginWay.PERSON)
    try:
        config = portal.get("/api/config").json
        assert (config["signing"], config["login"]) == ("client", "person")
        assert portal.login().code == "NOT_FOUND"  # a password opens nothing then
        assert portal.post("/api/login/identity", {"username": NOBODYS_TAX_CODE}).code == "IDENTITY_UNKNOWN"
        token = portal.post("/api/login/identity", {"username": TAX_CODE}).json["access_token"]
        assert portal.get("/api/account", token).json["taxCode"] == TAX_CODE
        portal.backdoor.lock_account(TAX_CODE)
        assert portal.post("/api/login/identity", {"username": TAX_CODE}).code == "ACCOUNT_LOCKED"
    finally:
        portal.backdoor.set_ways(SigningWay.AGENT, LoginWay.PASSWORD)
        portal.backdoor.lock_account(TAX_CODE, locked=False)
