"""Bad days that the control interface orders, and what of a change is stored on each of them."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from chukyso.sandbox.portal.model import FaultKind, FaultWhere
from support.portal import (
    TAX_CODE,
    Answer,
    Credentials,
    Portal,
    account,
    running,
)


def _calls(portal: Portal, credentials: Credentials, where: FaultWhere) -> Callable[[], Answer]:
    """A call that works without a fault."""
    if where is FaultWhere.LOGIN:
        return portal.login
    token = portal.token()
    if where is FaultWhere.FORM:
        return lambda: portal.get("/api/registration", token)
    if where is FaultWhere.PREPARE:
        return lambda: portal.prepare(token, credentials.new)
    signed = credentials.sign(portal.document(token, credentials.new))
    return lambda: portal.submit(token, signed)


@pytest.mark.parametrize("where", list(FaultWhere))
def test_a_server_error_happens_once_and_stores_nothing(
    portal: Portal, credentials: Credentials, where: FaultWhere
) -> None:
    call = _calls(portal, credentials, where)
    portal.backdoor.set_fault(TAX_CODE, where, "error-500")
    answer = call()
    assert (answer.status, answer.code) == (500, "INTERNAL_ERROR")
    assert portal.state()["submissions"] == 0
    assert call().status == 200  # neither is a nonce used up


@pytest.mark.parametrize("where", list(FaultWhere))
def test_a_dropped_connection_is_closed_without_an_answer(
    portal: Portal, credentials: Credentials, where: FaultWhere
) -> None:
    call = _calls(portal, credentials, where)
    portal.backdoor.set_fault(TAX_CODE, where, FaultKind.DROP_BEFORE)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        call()
    assert portal.state()["submissions"] == 0


def test_before_the_drop_nothing_after_it_everything_is_stored(portal: Portal, credentials: Credentials) -> None:
    token = portal.token()
    signed = credentials.sign(portal.document(token, credentials.new))
    portal.backdoor.set_fault(TAX_CODE, "submit", "drop-before")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        portal.submit(token, signed)
    assert portal.state()["registeredSerial"] == credentials.registered.certificate.serial
    assert portal.state()["history"] == []

    signed = credentials.sign(portal.document(token, credentials.new))
    portal.backdoor.set_fault(TAX_CODE, "submit", "drop-after")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        portal.submit(token, signed)
    state = portal.state()
    assert state["registeredSerial"] == credentials.new.certificate.serial
    assert portal.backdoor.submission(TAX_CODE, state["submissionIds"][0]) == signed


@pytest.mark.parametrize("kind", ["drop-before", "drop-after"])
def test_a_call_that_the_browser_sends_again_by_itself_is_the_same_call(
    portal: Portal, credentials: Credentials, kind: str
) -> None:
    token = portal.token()
    signed = credentials.sign(portal.document(token, credentials.new))
    portal.backdoor.set_fault(TAX_CODE, "submit", kind)
    for _ in range(4):
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            portal.submit(token, signed)
    assert portal.state()["submissions"] == (1 if kind == "drop-after" else 0)


def test_no_byte_is_sent_before_a_drop(portal: Portal, credentials: Credentials) -> None:
    token = portal.token()
    portal.backdoor.set_fault(TAX_CODE, "form", "drop-after")
    with socket.create_connection(("127.0.0.1", portal.port), timeout=10) as connection:
        request = f"GET /api/registration HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
        connection.sendall(request.encode())
        assert connection.recv(100) == b""
    assert portal.get("/api/config").status == 200  # the server lives on


def test_a_silent_portal_answers_only_when_asked_again(portal: Portal, credentials: Credentials) -> None:
    call = _calls(portal, credentials, FaultWhere.SUBMIT)
    portal.backdoor.set_fault(TAX_CODE, "submit", "timeout")
    token = portal.token()
    with pytest.raises(TimeoutError):
        portal.ask("POST", "/api/change/submit", {"document": ""}, token=token, timeout=0.3)
    assert portal.state()["submissions"] == 0
    assert call().status == 200


def test_silence_ends_at_last(tmp_path: Path, credentials: Credentials) -> None:
    with running(tmp_path, credentials, hang_seconds=0.1) as portal:
        portal.backdoor.set_fault(TAX_CODE, "login", "timeout")
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            portal.login()


def test_closing_the_portal_lets_waiting_clients_go(tmp_path: Path, credentials: Credentials) -> None:
    with running(tmp_path, credentials, hang_seconds=60) as portal:
        token = portal.token()
        portal.backdoor.set_fault(TAX_CODE, "form", "timeout")
        with socket.create_connection(("127.0.0.1", portal.port), timeout=10) as connection:
            request = f"GET /api/registration HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
            connection.sendall(request.encode())
            connection.settimeout(0.3)
            with pytest.raises(TimeoutError):
                connection.recv(1)
            connection.settimeout(10)
            portal.backdoor.close()
            assert connection.recv(1) == b""


def test_a_slow_portal_answers_in_the_end(portal: Portal) -> None:
    portal.backdoor.set_fault(TAX_CODE, "login", "slow")
    started = time.monotonic()
    assert portal.login().status == 200
    assert time.monotonic() - started >= portal.settings.slow_seconds


def test_a_slow_portal_goes_on_when_nobody_waits(portal: Portal, credentials: Credentials) -> None:
    """It works on the document for as long as it is told, and then has it."""
    token = portal.token()
    signed = credentials.sign(portal.document(token, credentials.new))
    portal.backdoor.set_fault(TAX_CODE, "submit", "slow", seconds=600)
    body = json.dumps({"document": base64.b64encode(signed).decode()}).encode()
    head = f"POST /api/change/submit HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", portal.port), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        until(lambda: portal.state()["faults"])
    assert portal.state()["submissions"] == 0
    portal.backdoor.set_fault(TAX_CODE, "submit", "slow", times=0)
    until(lambda: portal.state()["submissions"] == 1)


def test_a_second_document_is_accepted_when_the_portal_is_told_so(portal: Portal, credentials: Credentials) -> None:
    tokens = [portal.token() for _ in range(3)]
    signed = [credentials.sign(portal.document(token, credentials.new)) for token in tokens]
    assert portal.submit(tokens[0], signed[0]).status == 200
    assert portal.submit(tokens[1], signed[1]).status == 409
    portal.backdoor.accept_second(TAX_CODE)
    assert portal.submit(tokens[2], signed[2]).status == 200
    assert portal.state()["submissions"] == 2
    portal.backdoor.add_account(account(credentials))  # a fresh account knows nothing of it
    tokens = [portal.token() for _ in range(2)]
    signed = [credentials.sign(portal.document(token, credentials.new)) for token in tokens]
    assert [portal.submit(*both).status for both in zip(tokens, signed, strict=True)] == [200, 409]


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("where", [FaultWhere.FORM, FaultWhere.PREPARE, FaultWhere.SUBMIT])
def test_a_session_can_end_between_two_calls(portal: Portal, credentials: Credentials, where: FaultWhere) -> None:
    call = _calls(portal, credentials, where)
    portal.backdoor.set_fault(TAX_CODE, where, "expire-session")
    for _ in range(2):
        answer = call()
        assert (answer.status, answer.code) == (401, "SESSION_EXPIRED")
    assert portal.state()["submissions"] == 0


def test_a_fault_happens_as_often_as_ordered_and_to_its_account_only(portal: Portal, credentials: Credentials) -> None:
    portal.backdoor.set_fault(TAX_CODE, "form", "error-500", times=2)
    token = portal.token()
    assert [portal.get("/api/registration", token).status for _ in range(3)] == [500, 500, 200]
    portal.backdoor.set_fault(TAX_CODE, "form", "error-500", times=2)
    portal.backdoor.set_fault(TAX_CODE, "form", "error-500", times=0)
    assert portal.get("/api/registration", token).status == 200


def test_faults_that_make_no_sense_are_refused(portal: Portal) -> None:
    with pytest.raises(KeyError):
        portal.backdoor.set_fault("0000000000", "form", "slow")
    for where, kind in (("nowhere", "slow"), ("form", "nothing"), ("login", "expire-session")):
        with pytest.raises(ValueError, match=r"nowhere|nothing|no session"):
            portal.backdoor.set_fault(TAX_CODE, where, kind)


def test_a_wrong_captcha_does_not_use_a_fault_of_another_account(portal: Portal) -> None:
    portal.backdoor.set_fault(TAX_CODE, "login", "error-500")
    assert portal.login("0101234573").code == "LOGIN_WRONG"
    assert json.loads(portal.login().body)["code"] == "INTERNAL_ERROR"
