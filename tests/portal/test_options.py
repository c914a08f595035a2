"""Messages, review and options: what is checked before anything is contacted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chukyso.certificate import Certificate, KeyKind, ShownCertificate
from chukyso.errors import ChukysoError, Code
from chukyso.portal.keys import Captcha
from chukyso.portal.messages import Meaning, interpret, to_error
from chukyso.portal.profile import load_profile
from chukyso.portal.review import ShownContact, review_certificate, review_contact
from chukyso.run.options import check_options, complete_from_sandbox

CERTIFICATE = Certificate(
    der=b"",
    serial="54010100abcdef",
    tax_code="0101234565",
    owner="CÔNG TY HƯ CẤU",
    issuer="Sandbox-CA G1",
    subject_dn="",
    issuer_dn="",
    not_before=datetime(2026, 1, 1, 17, 30, 5, tzinfo=UTC),
    not_after=datetime(2029, 1, 1, 17, 30, 5, tzinfo=UTC),
    key_kind=KeyKind.RSA,
    key_bits=2048,
)
SHOWN = ShownCertificate(
    serial="54 01 01 00 AB CD EF",
    owner="CÔNG TY HƯ CẤU",
    tax_code="0101234565",
    issuer="Sandbox-CA G1",
    valid_from="02/01/2026 00:30:05",
    valid_to="02/01/2029",
)


def code_of(error: pytest.ExceptionInfo[ChukysoError]) -> Code:
    return error.value.code


def options(**changes: object) -> object:
    return check_options(load_profile("sandbox"), **changes)  # type: ignore[arg-type]


def test_sandbox_completes_only_what_the_operator_left_open() -> None:
    checked = options(tax_code="0101234565-001", cert_serial="54:01:0A")
    done = complete_from_sandbox(
        checked,
        portal_url="http://127.0.0.1:1/",
        tax_code="0101234565",
        token_module="m",
        token_environment={"A": "b"},
    )
    assert (done.tax_code, done.cert_serial, done.token_module) == ("0101234565-001", "54010a", "m")
    assert done.captcha is Captcha.SANDBOX


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"tax_code": "0101234567"}, Code.MST_INVALID),
        ({"tax_code": "０101234565"}, Code.MST_INVALID),
        ({"cert_serial": "xyz"}, Code.OPTION_INVALID),
        ({"captcha": "machine"}, Code.OPTION_INVALID),
        ({"headless": "maybe"}, Code.OPTION_INVALID),
        ({"dry_run": "co"}, Code.OPTION_INVALID),
        ({"dry_run": ""}, Code.OPTION_INVALID),
    ],
)
def test_bad_option_is_refused(change: dict[str, object], code: Code) -> None:
    with pytest.raises(ChukysoError) as error:
        options(**change)
    assert code_of(error) is code


@pytest.mark.parametrize(("text", "expected"), [("True", True), ("true", True), ("1", True), ("False", False)])
def test_dry_run_is_said_in_words(text: str, expected: bool) -> None:
    assert options(dry_run=text).dry_run is expected  # type: ignore[attr-defined]


def test_real_portal_needs_an_account_and_what_nobody_has_seen_yet() -> None:
    profile = load_profile("bhxh")
    with pytest.raises(ChukysoError) as error:
        check_options(profile)
    assert code_of(error) is Code.MST_INVALID
    with pytest.raises(ChukysoError) as error:
        check_options(profile, tax_code="0101234565")
    assert code_of(error) is Code.PROFILE_INCOMPLETE
    for key in ("certificate_windows", "pin_windows", "form.ready", "result.notice"):
        assert key in str(error.value)
    for agents in ("storage_key", "document_type"):  # of our agent, which this portal does not know
        assert agents not in str(error.value)


def test_review_accepts_other_spellings_of_the_same_certificate() -> None:
    review_certificate(SHOWN, CERTIFICATE)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("serial", "54010100ABCDEE"),
        ("owner", "CÔNG TY KHÁC"),
        ("tax_code", "0101234565-001"),
        ("issuer", "Sandbox-CA G2"),
        ("valid_from", "03/01/2026 00:30:05"),
        ("valid_to", "02/01/2028"),
        ("valid_to", ""),
    ],
)
def test_review_finds_each_difference(field: str, value: str) -> None:
    with pytest.raises(ChukysoError) as error:
        review_certificate(replace(SHOWN, **{field: value}), CERTIFICATE)
    assert code_of(error) is Code.REVIEW_MISMATCH


def test_contact_is_checked_only_when_expected() -> None:
    shown = ShownContact("ketoan@example.vn", "0900000001")
    review_contact(shown, "", "")
    review_contact(shown, "KeToan@example.vn", "0900000001")
    with pytest.raises(ChukysoError) as error:
        review_contact(shown, "", "0900000002")
    assert code_of(error) is Code.CONTACT_MISMATCH


MESSAGES = load_profile("sandbox").messages


def test_message_is_known_by_code_or_by_its_beginning() -> None:
    assert interpret("Mã kiểm tra không chính xác.", "", MESSAGES).meaning is Meaning.CAPTCHA_WRONG
    assert interpret("Hệ thống đang bận", "PORTAL_ERROR", MESSAGES).meaning is Meaning.PORTAL_ERROR
    assert interpret("Chứng thư số đã bị thu hồi", "CERT_REVOKED", MESSAGES).meaning is Meaning.REJECTED
    assert interpret("Một câu chưa ai thấy", "", MESSAGES).meaning is Meaning.UNKNOWN


@pytest.mark.parametrize(
    ("code", "submitted", "expected"),
    [
        ("CERT_REVOKED", True, Code.PORTAL_REJECTED),
        ("CERT_REVOKED", False, Code.PORTAL_REJECTED),
        ("PORTAL_ERROR", True, Code.SUBMISSION_UNKNOWN),
        ("PORTAL_ERROR", False, Code.PORTAL_ERROR),
        ("NO_ANSWER", True, Code.SUBMISSION_UNKNOWN),
        ("SESSION_EXPIRED", False, Code.SESSION_EXPIRED),
        ("SESSION_EXPIRED", True, Code.SUBMISSION_UNKNOWN),
        ("ACCOUNT_LOCKED", False, Code.ACCOUNT_LOCKED),
        ("", True, Code.SUBMISSION_UNKNOWN),
    ],
)
def test_after_the_point_of_no_return_only_a_refusal_is_conclusive(code: str, submitted: bool, expected: Code) -> None:
    assert to_error(interpret("Một câu", code, MESSAGES), submitted=submitted).code is expected
