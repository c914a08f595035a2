"""The change itself: what is prepared, what is accepted, and what happens at the same time."""

from __future__ import annotations

import base64
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from lxml import etree

from chukyso.sandbox.pki import Credential
from chukyso.sandbox.portal.texts import COMMITMENT
from support.portal import (
    NAME,
    OTHER_TAX_CODE,
    TAX_CODE,
    Credentials,
    Portal,
    account,
    unchanged,
)

# What is prepared


def test_the_document_says_what_was_asked_for(portal: Portal, credentials: Credentials) -> None:
    token = portal.token()
    answer = portal.prepare(token, credentials.new, email="moi@example.vn", phone="+84 24 1234 567").json
    root = etree.fromstring(base64.b64decode(answer["document"]))
    assert root.tag == "ThayDoiChuKySo"
    assert [child.tag for child in root] == ["TTPhien", "TTDVI", "CKS_DANG_DUNG", "CKS_MOI", "CAM_KET", "CKy_Dvi"]
    assert root.findtext("TTPhien/NONCE") == answer["nonce"]
    assert root.findtext("TTPhien/MA_GIAO_DICH") == answer["id"]
    unit = {child.tag: child.text for child in root.find("TTDVI")}
    assert unit == {
        "MST": TAX_CODE,
        "MA_DVI": "TZ0001Z",
        "TEN_DVI": f"{NAME} 1",
        "EMAIL": "moi@example.vn",
        "DIEN_THOAI": "+84 24 1234 567",
    }
    new = credentials.new.certificate
    assert {child.tag: child.text for child in root.find("CKS_MOI")} == {
        "SERIAL": new.serial,
        "SUBJECT": NAME,
        "ISSUER": new.issuer,
        "BEGIN": f"{new.not_before:%Y-%m-%dT%H:%M:%SZ}",
        "END": f"{new.not_after:%Y-%m-%dT%H:%M:%SZ}",
    }
    assert root.findtext("CKS_DANG_DUNG/SERIAL") == credentials.registered.certificate.serial
    assert root.findtext("CAM_KET") == COMMITMENT
    assert (len(root[-1]), root[-1].text) == (0, None)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"commitment": False}, "COMMITMENT_MISSING"),
        ({"commitment": "true"}, "COMMITMENT_MISSING"),
        ({"commitment": None}, "COMMITMENT_MISSING"),
        ({"certificate": ""}, "CERT_UNREADABLE"),
        ({"certificate": "AAAA"}, "CERT_UNREADABLE"),
        ({"certificate": base64.b64encode(bytes(20_000)).decode()}, "CERT_UNREADABLE"),
        ({"certificate": "không"}, "REQUEST_MALFORMED"),
        ({"certificate": None}, "REQUEST_MALFORMED"),
        ({"email": ""}, "EMAIL_INVALID"),
        ({"email": "ketoan"}, "EMAIL_INVALID"),
        ({"email": "a@b"}, "EMAIL_INVALID"),
        ({"email": "kế.toán@example.vn"}, "EMAIL_INVALID"),
        ({"email": "a@example.vn\nb"}, "EMAIL_INVALID"),
        ({"email": "a" * 60 + "@" + "b." * 120 + "vn"}, "EMAIL_INVALID"),
        ({"email": 5}, "REQUEST_MALFORMED"),
        ({"phone": ""}, "PHONE_INVALID"),
        ({"phone": "1234"}, "PHONE_INVALID"),
        ({"phone": "02412345ab"}, "PHONE_INVALID"),
        ({"phone": "٠١٢٣٤٥٦٧٨٩"}, "PHONE_INVALID"),
        ({"unit": "2"}, "UNIT_UNKNOWN"),
    ],
)
def test_a_wish_is_refused(portal: Portal, credentials: Credentials, changed: dict[str, Any], code: str) -> None:
    token = portal.token()
    assert portal.prepare(token, credentials.new, **changed).code == code
    assert portal.submit(token, b"<a/>").code == "NOT_PREPARED"


def test_another_accounts_or_the_registered_certificate_is_refused(portal: Portal, credentials: Credentials) -> None:
    token = portal.token()
    answer = portal.prepare(token, credentials.other_account)
    assert (answer.status, answer.code) == (422, "CERT_MST")
    answer = portal.prepare(token, credentials.registered)
    assert (answer.status, answer.code) == (409, "CERT_ALREADY_REGISTERED")


# What is accepted


def test_a_change_is_registered_with_history_and_document(portal: Portal, credentials: Credentials) -> None:
    token = portal.token()
    before = portal.get("/api/registration", token).json
    assert before["registered"]["serial"] == credentials.registered.certificate.serial
    signed = credentials.sign(portal.document(token, credentials.new, email="moi@example.vn", phone="0900000000"))
    answer = portal.submit(token, signed)
    assert answer.status == 200, answer.body
    new = credentials.new.certificate
    assert answer.json["registered"]["serial"] == new.serial
    assert answer.json["notice"]["title"] == "Thay đổi thông tin thành công"
    assert "moi@example.vn" in answer.json["notice"]["message"]

    after = portal.get("/api/registration", portal.token()).json  # a new session reads the same
    assert after["registered"] == answer.json["registered"]
    assert (after["email"], after["phone"]) == ("moi@example.vn", "0900000000")
    change_id = answer.json["change"]["id"]
    assert after["history"] == [
        {
            "id": change_id,
            "at": answer.json["change"]["at"],
            "previousSerial": credentials.registered.certificate.serial,
            "serial": new.serial,
            "email": "moi@example.vn",
            "phone": "0900000000",
            "unit": "TZ0001Z",
        }
    ]
    kept = portal.get(f"/api/change/{change_id}/document", token)
    assert kept.body == signed
    assert kept.headers["Content-Type"].startswith("application/xml")
    assert portal.backdoor.submission(TAX_CODE, change_id) == signed
    state = portal.state()
    assert (state["registeredSerial"], state["submissions"]) == (new.serial, 1)
    assert state["submissionIds"] == [change_id]


def test_changes_follow_each_other_newest_first(portal: Portal, credentials: Credentials) -> None:
    token = portal.token()
    for credential in (credentials.new, credentials.newer):
        assert portal.submit(token, credentials.sign(portal.document(token, credential), credential)).status == 200
    history = portal.get("/api/history", token).json["history"]
    assert [row["serial"] for row in history] == [
        credentials.newer.certificate.serial,
        credentials.new.certificate.serial,
    ]
    assert history[0]["previousSerial"] == credentials.new.certificate.serial
    assert [row["serial"] for row in portal.state()["history"]] == [row["serial"] for row in reversed(history)]


def test_a_document_is_shown_to_its_account_only(portal: Portal, credentials: Credentials) -> None:
    token = portal.token()
    change_id = portal.submit(token, credentials.sign(portal.document(token, credentials.new))).json["change"]["id"]
    portal.backdoor.add_account(account(credentials, OTHER_TAX_CODE))
    other = portal.token(OTHER_TAX_CODE)
    answer = portal.get(f"/api/change/{change_id}/document", other)
    assert (answer.status, answer.code) == (404, "CHANGE_UNKNOWN")
    assert portal.get("/api/history", other).json["history"] == []


# At the same time


def _together(calls: list[Callable[[], Any]]) -> list[Any]:
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait(10)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_of_two_submissions_of_one_document_one_wins(portal: Portal, credentials: Credentials) -> None:
    token = portal.token()
    signed = credentials.sign(portal.document(token, credentials.new))
    answers = _together([lambda: portal.submit(token, signed)] * 2)
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert [answer.code for answer in answers if answer.status == 409] == ["NONCE_USED"]
    assert portal.state()["submissions"] == 1


@pytest.mark.parametrize("same", [True, False])
def test_of_two_sessions_one_wins(portal: Portal, credentials: Credentials, same: bool) -> None:
    second: Credential = credentials.new if same else credentials.newer
    one, two = portal.token(), portal.token()
    signed = credentials.sign(portal.document(one, credentials.new))
    other = credentials.sign(portal.document(two, second), second)
    answers = _together([lambda: portal.submit(one, signed), lambda: portal.submit(two, other)])
    assert sorted(answer.status for answer in answers) == [200, 409]
    (loser,) = [answer.code for answer in answers if answer.status == 409]
    assert loser == ("CERT_ALREADY_REGISTERED" if same else "REGISTRATION_CHANGED")
    assert portal.state()["submissions"] == 1


def test_a_change_that_cannot_be_stored_whole_is_not_stored(portal: Portal, credentials: Credentials) -> None:
    token = portal.token()
    signed = credentials.sign(portal.document(token, credentials.new))
    with sqlite3.connect(portal.store) as disk:  # the last of the three writes fails, as on a full disk
        disk.execute("CREATE TRIGGER full BEFORE INSERT ON submission BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    try:
        answer = portal.submit(token, signed)
        assert (answer.status, answer.code) == (500, "INTERNAL_ERROR")
        assert b"disk" not in answer.body
        unchanged(portal, credentials)
    finally:
        with sqlite3.connect(portal.store) as disk:
            disk.execute("DROP TRIGGER full")
        disk.close()
