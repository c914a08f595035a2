"""Captcha, login, session and units of the sandbox's portal."""

from __future__ import annotations

import base64
import json
import time
import unicodedata
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from chukyso.sandbox.portal import captcha as captcha_module
from chukyso.sandbox.portal.captcha import ALPHABET
from chukyso.sandbox.portal.texts import Problem
from support.portal import (
    EMAIL,
    NAME,
    PASSWORD,
    PHONE,
    TAX_CODE,
    Credentials,
    Portal,
    account,
    running,
)


def test_a_captcha_is_a_picture_and_its_answer_is_nowhere_in_the_response(portal: Portal) -> None:
    answer = portal.get("/api/captcha")
    assert set(answer.json) == {"id", "image"}
    picture = Image.open(BytesIO(base64.b64decode(answer.json["image"].removeprefix("data:image/png;base64,"))))
    assert (picture.format, picture.size) == ("PNG", (140, 60))
    text = portal.backdoor.captcha_answer(answer.json["image"])
    assert len(text) == 4
    assert set(text) <= set(ALPHABET)
    assert text not in answer.json["id"]
    assert text.encode() not in base64.b64decode(answer.json["image"].partition(",")[2])


def test_a_login_answers_as_the_real_portal_does(portal: Portal) -> None:
    answer = portal.login()
    assert answer.status == 200
    assert answer.json["expires_in"] == 1200
    assert isinstance(answer.json["dsDonVi"], str)
    (unit,) = json.loads(answer.json["dsDonVi"])
    names = {"Id", "Ten", "Diachi", "Sodienthoai", "Mst", "Ma", "MaCQ", "TenCQ", "Email"}
    assert set(unit) == names
    assert unit["Mst"] == TAX_CODE
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_captcha_may_be_typed_in_small_letters(portal: Portal) -> None:
    captcha = portal.get("/api/captcha").json
    text = portal.backdoor.captcha_answer(captcha["image"]).lower()
    assert portal.login(captchaId=captcha["id"], textCaptcha=text).status == 200


@pytest.mark.parametrize(
    ("changed", "code", "message"),
    [
        ({"textCaptcha": "0000"}, "CAPTCHA_WRONG", "Mã kiểm tra không chính xác"),
        ({"textCaptcha": ""}, "CAPTCHA_WRONG", "Mã kiểm tra không chính xác"),
        ({"captchaId": "unknown"}, "CAPTCHA_WRONG", "Mã kiểm tra không chính xác"),
        ({"password": "wrong"}, "LOGIN_WRONG", "Tài khoản hoặc mật khẩu không chính xác."),
        ({"password": ""}, "LOGIN_WRONG", "Tài khoản hoặc mật khẩu không chính xác."),
        ({"password": PASSWORD + " "}, "LOGIN_WRONG", "Tài khoản hoặc mật khẩu không chính xác."),
        ({"username": "0000000000"}, "LOGIN_WRONG", "Tài khoản hoặc mật khẩu không chính xác."),
        ({"loginType": "individual"}, "LOGIN_TYPE_REFUSED", None),
    ],
)
def test_a_refused_login_says_why(portal: Portal, changed: dict[str, str], code: str, message: str | None) -> None:
    answer = portal.login(**changed)
    assert (answer.status, answer.code) == (400, code)
    assert message is None or answer.json["message"] == message


@pytest.mark.parametrize("changed", [{}, {"password": "wrong"}, {"textCaptcha": "0000"}, {"loginType": "ca-nhan"}])
def test_any_attempt_uses_the_captcha_up(portal: Portal, changed: dict[str, str]) -> None:
    captcha = portal.get("/api/captcha").json
    form = {"captchaId": captcha["id"], "textCaptcha": portal.backdoor.captcha_answer(captcha["image"])}
    portal.login(**form | changed)
    with pytest.raises(KeyError):
        portal.backdoor.captcha_answer(captcha["image"])
    assert portal.login(**form).code == "CAPTCHA_WRONG"


def test_a_captcha_expires(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    captcha = portal.get("/api/captcha").json
    form = portal.login_form(captcha)
    later = time.monotonic() + portal.settings.captcha_seconds + 1
    monkeypatch.setattr(captcha_module, "time", SimpleNamespace(monotonic=lambda: later))
    with pytest.raises(KeyError):
        portal.backdoor.captcha_answer(captcha["image"])
    assert portal.post("/api/login", form).code == "CAPTCHA_WRONG"


def test_five_wrong_passwords_lock_the_account(portal: Portal) -> None:
    codes = [portal.login(password="wrong").code for _ in range(5)]
    assert codes == ["LOGIN_WRONG"] * 4 + ["ACCOUNT_LOCKED"]
    assert portal.login().code == "ACCOUNT_LOCKED"
    assert portal.state()["locked"] is True
    portal.backdoor.lock_account(TAX_CODE, locked=False)
    assert portal.login().status == 200


def test_a_good_login_forgets_wrong_passwords_before_it(portal: Portal) -> None:
    for _ in range(2):
        for _ in range(4):
            assert portal.login(password="wrong").code == "LOGIN_WRONG"
        assert portal.login().status == 200


def test_an_account_can_start_locked(portal: Portal, credentials: Credentials) -> None:
    portal.backdoor.add_account(account(credentials, locked=True))
    answer = portal.login()
    assert (answer.status, answer.code) == (403, "ACCOUNT_LOCKED")


def test_passwords_and_tokens_are_not_in_the_store(portal: Portal) -> None:
    token = portal.token()
    stored = b"".join(path.read_bytes() for path in portal.store.parent.iterdir())
    assert NAME.encode() in stored
    assert PASSWORD.encode() not in stored
    assert token.encode() not in stored


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/account"),
        ("GET", "/api/registration"),
        ("GET", "/api/history"),
        ("GET", "/api/change/1/document"),
        ("POST", "/api/unit"),
        ("POST", "/api/logout"),
        ("POST", "/api/change/prepare"),
        ("POST", "/api/change/submit"),
    ],
)
def test_nothing_of_an_account_without_a_session(portal: Portal, method: str, path: str) -> None:
    body = {"unit": "1"} if method == "POST" else None
    answer = portal.ask(method, path, body)
    assert (answer.status, answer.code) == (401, "LOGIN_REQUIRED")
    answer = portal.ask(method, path, body, token="guessed")
    assert (answer.status, answer.code) == (401, "SESSION_EXPIRED")


def test_a_session_ends_by_logout_by_backdoor_and_by_time(
    portal: Portal, tmp_path: Path, credentials: Credentials
) -> None:
    one, two = portal.token(), portal.token()
    assert portal.get("/api/account", one).status == 200
    assert portal.post("/api/logout", {}, one).status == 200
    assert portal.get("/api/account", one).code == "SESSION_EXPIRED"
    assert portal.get("/api/account", two).status == 200
    assert portal.backdoor.expire_sessions(TAX_CODE) == 1
    assert portal.get("/api/account", two).code == "SESSION_EXPIRED"
    (tmp_path / "short").mkdir()
    with running(tmp_path / "short", credentials, session_seconds=0.2) as short:
        token = short.token()
        time.sleep(0.25)  # the portal goes by the clock: there is no event to wait for
        assert short.get("/api/account", token).code == "SESSION_EXPIRED"


def test_the_account_tells_what_the_page_shows(portal: Portal) -> None:
    shown = portal.get("/api/account", portal.token()).json
    assert (shown["taxCode"], shown["name"], shown["email"], shown["phone"]) == (TAX_CODE, NAME, EMAIL, PHONE)
    assert shown["unit"]["Ma"] == "TZ0001Z"
    assert 1190 <= shown["expiresIn"] <= 1200


def test_one_of_several_units_has_to_be_chosen(portal: Portal, credentials: Credentials) -> None:
    portal.backdoor.add_account(account(credentials, units=3))
    login = portal.login().json
    token = login["access_token"]
    assert [unit["Ma"] for unit in json.loads(login["dsDonVi"])] == ["TZ0001Z", "TZ0002Z", "TZ0003Z"]
    assert portal.get("/api/account", token).json["unit"] is None
    assert portal.get("/api/registration", token).code == "UNIT_REQUIRED"
    assert portal.prepare(token, credentials.new).code == "UNIT_REQUIRED"
    assert portal.post("/api/unit", {"unit": "9"}, token).code == "UNIT_UNKNOWN"
    assert portal.post("/api/unit", {"unit": "2"}, token).json["unit"]["Ma"] == "TZ0002Z"
    assert portal.get("/api/registration", token).json["unit"]["Ma"] == "TZ0002Z"
    assert portal.prepare(token, credentials.new, unit="1").code == "UNIT_UNKNOWN"
    assert b"<MA_DVI>TZ0002Z</MA_DVI>" in portal.document(token, credentials.new, unit="2")
    assert portal.get("/api/account?unit=3", token).json["unit"]["Ma"] == "TZ0003Z"
    assert portal.get("/api/account?unit=9", token).code == "UNIT_UNKNOWN"


def test_every_text_is_nfc() -> None:
    for problem in Problem:
        assert unicodedata.is_normalized("NFC", problem.value.message), problem.name
        assert 400 <= problem.value.status <= 500
