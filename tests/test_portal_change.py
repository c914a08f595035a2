"""The change itself: what is prepared, what is accepted, and every way to be refused."""

from __future__ import annotations

import base64
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from chukyso.sandbox.options import CertificateKind
from chukyso.sandbox.pki import Credential
from chukyso.sandbox.portal.texts import COMMITMENT
from fixtures_portal import (
    EMAIL,
    NAME,
    OTHER_TAX_CODE,
    PHONE,
    TAX_CODE,
    Credentials,
    Portal,
    account,
    credentials,
    portal,
    portal_process,
    running,
)

__all__ = ["credentials", "portal", "portal_process"]  # fixtures


def unchanged(portal: Portal, credentials: Credentials) -> None:
    state = portal.state()
    assert state["registeredSerial"] == credentials.registered.certificate.serial
    assert (state["email"], state["phone"]) == (EMAIL, PHONE)
    assert (state["history"], state["submissions"], state["submissionIds"]) == ([], 0, [])


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


# Refused: the signature and the certificate


def _unsigned(document: bytes, _: Credentials) -> bytes:
    return document


def _changed_contact(document: bytes, credentials: Credentials) -> bytes:
    signed = credentials.sign(document)
    assert EMAIL.encode() in signed
    return signed.replace(EMAIL.encode(), b"khac@example.vn")


def _changed_signature(document: bytes, credentials: Credentials) -> bytes:
    signed = credentials.sign(document)
    place = signed.index(b"SignatureValue>") + 40
    return signed[:place] + (b"B" if signed[place : place + 1] == b"A" else b"A") + signed[place + 1 :]


def _with_dtd(document: bytes, credentials: Credentials) -> bytes:
    head, _, rest = credentials.sign(document).partition(b"<ThayDoiChuKySo")
    return head + b'<!DOCTYPE a [<!ENTITY e "x">]><ThayDoiChuKySo' + rest


def _wrapped(document: bytes, credentials: Credentials) -> bytes:
    _, _, signed = credentials.sign(document).rpartition(b"?>")
    fake = document.rpartition(b"?>")[2].replace(EMAIL.encode(), b"khac@example.vn")
    return fake.replace(b"<CKy_Dvi/>", b"<CKy_Dvi>" + signed + b"</CKy_Dvi>")


def _two_signatures(document: bytes, credentials: Credentials) -> bytes:
    root = etree.fromstring(credentials.sign(document))
    place = root.find("CKy_Dvi")
    place.append(etree.fromstring(etree.tostring(place[0])))
    return etree.tostring(root)


def _trailing(document: bytes, credentials: Credentials) -> bytes:
    return credentials.sign(document) + b"<more/>"


def _not_xml(_document: bytes, _: Credentials) -> bytes:
    return b"\x00\x01 not XML"


def _deep(_document: bytes, _: Credentials) -> bytes:
    return b"<a>" * 5000 + b"</a>" * 5000


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (_unsigned, "SIG_MISSING"),
        (_changed_contact, "SIG_DIGEST"),
        (_changed_signature, "SIG_BROKEN"),
        (_with_dtd, "SIG_DTD"),
        (_wrapped, "SIG_WRAPPED"),
        (_two_signatures, ("SIG_MULTIPLE", "SIG_DUPLICATE_ID")),
        (_trailing, "SIG_TRAILING_DATA"),
        (_not_xml, "SIG_MALFORMED"),
        (_deep, "SIG_TOO_LARGE"),
    ],
)
def test_a_bad_signature_is_refused(
    portal: Portal, credentials: Credentials, spoil: Callable[[bytes, Credentials], bytes], code: str | tuple[str, ...]
) -> None:
    token = portal.token()
    answer = portal.submit(token, spoil(portal.document(token, credentials.new), credentials))
    assert answer.status == 422
    assert answer.code in (code if isinstance(code, tuple) else (code,))
    unchanged(portal, credentials)


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (CertificateKind.EXPIRED, "CERT_EXPIRED"),
        (CertificateKind.NOT_YET_VALID, "CERT_NOT_YET_VALID"),
        (CertificateKind.REVOKED, "CERT_REVOKED"),
        (CertificateKind.UNKNOWN_CA, "CERT_UNTRUSTED"),
        (CertificateKind.WRONG_USAGE, "CERT_KEY_USAGE"),
    ],
)
def test_a_bad_certificate_is_refused(
    portal: Portal, credentials: Credentials, kind: CertificateKind, code: str
) -> None:
    token, bad = portal.token(), credentials.issue(kind)
    answer = portal.submit(token, credentials.sign(portal.document(token, bad), bad))
    assert (answer.status, answer.code) == (422, code)
    unchanged(portal, credentials)


def test_revocation_must_be_answered_from_an_allowed_host(tmp_path: Path, credentials: Credentials) -> None:
    with running(tmp_path, credentials, allowed_pki_hosts=("pki.invalid:80",)) as portal:
        token = portal.token()
        answer = portal.submit(token, credentials.sign(portal.document(token, credentials.new)))
        assert answer.code == "CERT_REVOCATION_UNKNOWN"
        unchanged(portal, credentials)


# Refused: not what this session was asked to sign


def test_another_certificate_than_the_prepared_one_is_refused(portal: Portal, credentials: Credentials) -> None:
    token = portal.token()
    signed = credentials.sign(portal.document(token, credentials.new), credentials.newer)
    assert portal.submit(token, signed).code == "CERT_OTHER"
    unchanged(portal, credentials)


def test_another_accounts_signature_is_refused(portal: Portal, credentials: Credentials) -> None:
    token = portal.token()
    signed = credentials.sign(portal.document(token, credentials.new), credentials.other_account)
    assert portal.submit(token, signed).code == "CERT_MST"
    unchanged(portal, credentials)


def _renamed_unit(document: bytes) -> bytes:
    return document.replace(f"{NAME} 1".encode(), f"{NAME} 9".encode())


def _other_contact(document: bytes) -> bytes:
    return document.replace(EMAIL.encode(), b"khac@example.vn")


def _spaced(document: bytes) -> bytes:
    return document.replace(b"<TTDVI>", b"\n<TTDVI>")


def _extra_field(document: bytes) -> bytes:
    return document.replace(b"<CAM_KET>", b"<GHI_CHU/><CAM_KET>")


def _extra_attribute(document: bytes) -> bytes:
    return document.replace(b"<CAM_KET>", b'<CAM_KET a="b">')


def _weaker_commitment(document: bytes) -> bytes:
    return document.replace("hoàn toàn".encode(), b"")


@pytest.mark.parametrize(
    "change", [_renamed_unit, _other_contact, _spaced, _extra_field, _extra_attribute, _weaker_commitment]
)
def test_a_well_signed_but_different_document_is_refused(
    portal: Portal, credentials: Credentials, change: Callable[[bytes], bytes]
) -> None:
    token = portal.token()
    document = portal.document(token, credentials.new)
    assert change(document) != document
    assert portal.submit(token, credentials.sign(change(document))).code == "DOCUMENT_MISMATCH"
    unchanged(portal, credentials)


def test_another_spelling_of_the_same_document_is_accepted(portal: Portal, credentials: Credentials) -> None:
    token = portal.token()
    document = portal.document(token, credentials.new)
    respelt = document.replace(b"<CKy_Dvi/>", b"<CKy_Dvi></CKy_Dvi>").replace(b"<TTDVI>", b"<TTDVI >")
    assert respelt != document
    assert portal.submit(token, credentials.sign(respelt)).status == 200


def test_nothing_is_accepted_that_was_not_prepared(portal: Portal, credentials: Credentials) -> None:
    one, two = portal.token(), portal.token()
    signed = credentials.sign(portal.document(one, credentials.new))
    answer = portal.submit(two, signed)
    assert (answer.status, answer.code) == (409, "NOT_PREPARED")
    portal.document(two, credentials.new)
    assert portal.submit(two, signed).code == "DOCUMENT_MISMATCH"  # the other session's
    assert portal.submit(one, signed).status == 200  # which was not harmed by it


def test_a_document_is_accepted_once(portal: Portal, credentials: Credentials) -> None:
    token = portal.token()
    signed = credentials.sign(portal.document(token, credentials.new))
    assert portal.submit(token, signed).status == 200
    assert portal.submit(token, signed).code == "NONCE_USED"
    portal.document(token, credentials.newer)
    assert portal.submit(token, signed).code == "DOCUMENT_MISMATCH"
    assert portal.state()["submissions"] == 1


def test_a_refused_document_is_used_up_too(portal: Portal, credentials: Credentials) -> None:
    token = portal.token()
    document = portal.document(token, credentials.new)
    assert portal.submit(token, document).code == "SIG_MISSING"
    assert portal.submit(token, credentials.sign(document)).code == "NONCE_USED"
    unchanged(portal, credentials)


def test_only_the_last_prepared_document_counts(portal: Portal, credentials: Credentials) -> None:
    token = portal.token()
    first = portal.document(token, credentials.new)
    portal.document(token, credentials.new)
    assert portal.submit(token, credentials.sign(first)).code == "DOCUMENT_MISMATCH"
    unchanged(portal, credentials)


def test_a_document_expires(tmp_path: Path, credentials: Credentials) -> None:
    with running(tmp_path, credentials, document_seconds=0) as portal:
        token = portal.token()
        signed = credentials.sign(portal.document(token, credentials.new))
        assert portal.submit(token, signed).code == "DOCUMENT_EXPIRED"
        assert portal.submit(token, signed).code == "NONCE_USED"
        unchanged(portal, credentials)


def test_an_ended_session_changes_nothing(portal: Portal, credentials: Credentials) -> None:
    token = portal.token()
    signed = credentials.sign(portal.document(token, credentials.new))
    portal.backdoor.expire_sessions(TAX_CODE)
    assert portal.submit(token, signed).code == "SESSION_EXPIRED"
    unchanged(portal, credentials)


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
