"""A signed document that the portal does not accept: nothing is changed by it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from chukyso.sandbox.options import CertificateKind
from support.portal import (
    EMAIL,
    NAME,
    TAX_CODE,
    Credentials,
    Portal,
    running,
    unchanged,
)

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
