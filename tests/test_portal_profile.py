"""Profiles, messages, review and options: what is checked before anything is contacted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chukyso.certificate import Certificate, KeyKind
from chukyso.doctor.ask import ask
from chukyso.errors import ChukysoError, Code
from chukyso.portal.messages import Meaning, interpret, to_error
from chukyso.portal.options import check_options, complete_from_sandbox
from chukyso.portal.profile import PROFILES, Captcha, load_profile
from chukyso.portal.review import ShownCertificate, ShownContact, review_certificate, review_contact

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


@pytest.mark.parametrize("name", ["sandbox", "bhxh"])
def test_shipped_profiles_load_and_have_the_same_keys(name: str) -> None:
    profile = load_profile(name)
    assert set(profile.locators) == set(load_profile("sandbox").locators)


def test_locators_never_use_generated_ids_positions_or_xpath() -> None:
    for selector in load_profile("sandbox").locators.values():
        assert not any(
            part in selector for part in ("mat-input-", "mat-checkbox-", "mat-dialog-0", "nth", "xpath", "//")
        )


def test_unknown_value_is_named_instead_of_guessed() -> None:
    with pytest.raises(ChukysoError) as error:
        load_profile("bhxh").locator("form.ready")
    assert code_of(error) is Code.PROFILE_INCOMPLETE
    assert "locators.form.ready" in str(error.value)


def test_unknown_profile() -> None:
    with pytest.raises(ChukysoError) as error:
        load_profile("khong-co")
    assert code_of(error) is Code.PROFILE_UNKNOWN


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("captcha_length = 4", 'captcha_length = "four"'),
        ("captcha_length = 4", "captcha_lenght = 4"),
        ('signer = "agent"', 'signer = "robot"'),
        ("[timeouts]", "[timeout]"),
        ("[portal]", "[portal"),
        ("[timeouts]", '[token]\nvariables = "ONE"\n[timeouts]'),
        ("[timeouts]", '[token]\nvariables = ["A=b"]\n[timeouts]'),
        ("[timeouts]", '[token]\nvariables = ["TOKEN_PIN"]\n[timeouts]'),
        ("[timeouts]", "[token]\nvariable = []\n[timeouts]"),
    ],
)
def test_profile_with_a_mistake_is_refused(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text((PROFILES / "sandbox.toml").read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(ChukysoError) as error:
        load_profile(str(path))
    assert code_of(error) is Code.PROFILE_INVALID


def test_no_secret_is_given_to_the_module_of_the_token(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    text = (PROFILES / "sandbox.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("[timeouts]", '[token]\nvariables = ["CFG", "MY_PIN"]\n[timeouts]'), encoding="utf-8")
    profile = load_profile(str(path))
    assert profile.token_variables == ("CFG", "MY_PIN")
    for harmless in ("env:OTHER", "file:MY_PIN", "ask:"):
        profile.keep_from_module(harmless, "TOKEN_PIN")
    with pytest.raises(ChukysoError, match=r"PROFILE_INVALID.*“MY_PIN”, là nơi chứa TOKEN_PIN"):
        profile.keep_from_module("env:MY_PIN", "TOKEN_PIN")
    with pytest.raises(ChukysoError, match="PROFILE_INVALID"):
        ask(str(path), token_pin="env:MY_PIN")


def test_profile_by_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes((PROFILES / "sandbox.toml").read_bytes())
    assert load_profile(str(path)).name == "mine"


def options(**changes: object) -> object:
    given = {
        "tax_code": "",
        "unit_code": "",
        "token_module": "",
        "token_serial": "",
        "cert_serial": "",
        "captcha": "",
        "contact_email": "",
        "contact_phone": "",
        "dry_run": "False",
        "headless": "",
    }
    return check_options(load_profile("sandbox"), **{**given, **changes})  # type: ignore[arg-type]


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


def test_real_portal_needs_an_account_and_a_supported_signer() -> None:
    profile = load_profile("bhxh")
    given = dict.fromkeys(
        ("tax_code", "unit_code", "token_module", "token_serial", "cert_serial", "captcha", "contact_email"),
        "",
    )
    with pytest.raises(ChukysoError) as error:
        check_options(profile, **given, contact_phone="", dry_run="False", headless="")
    assert code_of(error) is Code.SIGNER_UNSUPPORTED


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
