"""Profiles: what is written wrongly is refused with the nearest right name, what a run needs is asked for at once."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from chukyso.doctor.ask import ask
from chukyso.errors import ChukysoError, Code
from chukyso.portal.declaring import Need, SignerKind
from chukyso.portal.keys import MOVED
from chukyso.portal.profile import PROFILES, Profile, load_profile
from chukyso.run.options import check_options

SANDBOX = (PROFILES / "sandbox.toml").read_text(encoding="utf-8")


def written(directory: Path, *changes: tuple[str, str], text: str = SANDBOX) -> Profile:
    """The sandbox's profile with other lines, read again."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    path = directory / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return load_profile(str(path))


def refused(directory: Path, *changes: tuple[str, str], text: str = SANDBOX) -> str:
    with pytest.raises(ChukysoError) as error:
        written(directory, *changes, text=text)
    assert error.value.code is Code.PROFILE_INVALID
    return error.value.happened


def test_locators_never_use_generated_ids_positions_or_xpath() -> None:
    for selector in load_profile("sandbox").locators.values():
        assert not any(
            part in selector for part in ("mat-input-", "mat-checkbox-", "mat-dialog-0", "nth", "xpath", "//")
        )


def test_unknown_value_is_named_instead_of_guessed() -> None:
    with pytest.raises(ChukysoError) as error:
        load_profile("bhxh").locator("form.ready")
    assert error.value.code is Code.PROFILE_INCOMPLETE
    assert "locators.form.ready (để đọc và kiểm tra biểu mẫu)" in str(error.value)


def test_an_element_that_nobody_declared_is_not_blamed_on_the_profile() -> None:
    with pytest.raises(ChukysoError, match=r"OPTION_INVALID.*“form.regster”, có phải là “form.register” không"):
        load_profile("sandbox").locator("form.regster")


@pytest.mark.parametrize("name", ["khong-co", "x" * 5000, "nul\0.toml", "thư/mục.toml"])
def test_unknown_profile(name: str) -> None:
    with pytest.raises(ChukysoError) as error:
        load_profile(name)
    assert error.value.code is Code.PROFILE_UNKNOWN


@pytest.mark.parametrize("name", ["mine.toml", "MINE.TOML"])
def test_profile_by_path(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes((PROFILES / "sandbox.toml").read_bytes())
    assert load_profile(str(tmp_path / name)).name == Path(name).stem


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("register =", "regster =", "không có khóa “locators.form.regster”, có phải là “locators.form.register” không"),
        (
            "captcha_length = 4",
            "captcha_lenght = 4",
            "có phải là “portal.captcha_length” không",
        ),
        ("captcha_length = 4", "page = 15", "“portal.page”, có phải là “timeouts.page” không"),
        ("captcha_length = 4", "zzz = 4", "không có khóa “portal.zzz”, không giống khóa nào"),
        ("captcha_length = 4", "CAPTCHA-LENGTH = 4", "có phải là “portal.captcha_length” không"),
        ("[portal]", 'form.register = "#a"\n[portal]', "không có bảng “[form]”"),
        ("[portal]", "headless = true\n[portal]", "“headless”, có phải là “browser.headless” không"),
        ("[timeouts]", "[timeout]", "không có bảng “[timeout]”, có phải là “[timeouts]” không"),
        ("[locators.form]", "[locators.from]", "“[locators.from]”, có phải là “[locators.form]” không"),
        ("[locators.form]", "[form]", "không có bảng “[form]”"),
        ("[personal]", "[persnal]", "“[persnal]”, có phải là “[personal]” không"),
        ("[messages]", "[mesages]", "“[mesages]”, có phải là “[messages]” không"),
        ("[trust]", "[trusted]", "có phải là “[trust]” không"),
        ("[result_mail]", "[resultmail]", "có phải là “[result_mail]” không"),
        ("[result_mail]", "[figures]", "không có bảng “[figures]”, không giống bảng nào"),
        ('roots = ""', 'rotos = ""', "“trust.rotos”, có phải là “trust.roots” không"),
        ("refused =", "refuse =", "“result_mail.refuse”, có phải là “result_mail.refused” không"),
        ("captcha_length = 4", '"a\\u001b[2J\\n" = 4', "không có khóa “portal.a\\u001b[2J\\u000a”"),
    ],
)
def test_a_name_that_is_not_declared_is_refused_with_the_nearest_one(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert said in refused(tmp_path, (old, new))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("captcha_length = 4", 'captcha_length = "4"', "phải là số nguyên từ 1 đến 20, không phải “4”"),
        ("captcha_length = 4", "captcha_length = 4.0", "không phải số 4.0"),
        ("captcha_length = 4", "captcha_length = true", "không phải true"),
        ("captcha_length = 4", "captcha_length = 0", "không phải số 0"),
        ("page = 15", "page = -1", "“timeouts.page” phải là số lớn hơn 0, tới 86400, không phải số -1"),
        ("page = 15", "page = nan", "không phải nan"),
        ("page = 15", "page = inf", "không phải inf"),
        ("page = 15", 'page = "?"', "không phải “?”"),
        ("page = 15", "page = 07:30:00", "không phải ngày giờ"),
        ("headless = true", 'headless = "true"', "phải là true hoặc false, không phải “true”"),
        ("headless = true", "headless = 1", "không phải số 1"),
        ('kind = "agent"', 'kind = "agnet"', "không phải “agnet”; có phải là “agent” không"),
        ('kind = "agent"', "kind = 4", "phải là một trong “agent”, “client”, không phải số 4"),
        ('revocation = "required"', 'revocation = "off "', "không phải “off ”"),
        ('roots = ""', "roots = []", "“trust.roots” phải là chuỗi trong dấu nháy, không phải danh sách"),
        ('home = "#/index"', "home = 1", "phải là chuỗi trong dấu nháy, không phải số 1"),
        ('menu = "#accountMenuBtn"', 'menu = ["#accountMenuBtn"]', "không phải danh sách"),
        (
            'menu = "#accountMenuBtn"',
            'menu = {css = "#a"}',
            "“locators.account.menu” phải là chuỗi trong dấu nháy, không phải bảng",
        ),
        ("[browser]", "[[browser]]", "“browser” phải là một bảng [browser], không phải danh sách"),
        ("[portal]", 'locators = "x"\n[portal]', "đã có"),
        ('url = ""', 'url = "dichvucong.example"', "“portal.url” phải là địa chỉ https://…"),
        ('url = ""', 'url = "ftp://x.example/"', "phải là địa chỉ https://…"),
        ('url = ""', 'url = "https://a:b@x.example/"', "không có tên đăng nhập"),
        ('url = ""', 'url = "https://x.example/#/index"', "“?” hay “#”"),
        ('url = ""', 'url = "https://["', "phải là địa chỉ https://…"),
        ('sender = "thongbao@', 'sender = "Thông báo <thongbao@', "phải là một địa chỉ thư hoặc “@tên-miền”"),
        ("subject = 'Kết", "subject = '(Kết", "không phải biểu thức chính quy đúng"),
        ("tax_code = 'Mã số thuế: *([0-9-]+)'", "tax_code = 'Mã số thuế'", "phải có một nhóm (…)"),
        ("[timeouts]", '[token]\nvariables = "ONE"\n[timeouts]', "“token.variables” phải là danh sách […]"),
        ("[timeouts]", '[token]\nvariables = ["A=b"]\n[timeouts]', "phải là tên biến môi trường, không phải “A=b”"),
        ("[timeouts]", '[token]\nvariables = ["TOKEN_PIN"]\n[timeouts]', "“TOKEN_PIN”, là nơi chứa bí mật"),
        ("[timeouts]", "[token]\nvariable = []\n[timeouts]", "có phải là “token.variables” không"),
        ('menu = "#accountMenuBtn"', 'menu = "role=button"', "phải là CSS, không phải bộ định vị “role”"),
        ('menu = "#accountMenuBtn"', 'menu = "//button"', "phải là CSS, không phải bộ định vị “xpath” (//button)"),
        ("serial = '[data-field=\"serial\"]'", "serial = '[data-field=\"serial\"'", "thiếu dấu “]”"),
        ("submit = 'mat", "submit = 'rol=mat", "không có bộ định vị “rol=”"),
        ("\nhistory_email = '.history td", "\nhistory_email = 'text=", "“personal.history_email” phải là CSS"),
        ('menu = "#accountMenuBtn"', 'menu = " #accountMenuBtn"', "dấu cách thừa"),
        ('menu = "#accountMenuBtn"', 'menu = "   "', "dấu cách thừa"),
        ('menu = "#accountMenuBtn"', 'menu = "#account\\u200bMenuBtn"', "U+200B (ZERO WIDTH SPACE) ở vị trí 9"),
        ('menu = "#accountMenuBtn"', 'menu = "#account\\u00a0b"', "U+00A0 (NO-BREAK SPACE) ở vị trí 9"),
        ('menu = "#accountMenuBtn"', 'menu = "#a\\tb"', "U+0009 (ký tự điều khiển) ở vị trí 3"),
        (
            '"SESSION_EXPIRED" = "session-expired"',
            '"SESSION_EXPIRED" = "sesion-expired"',
            "có phải là “session-expired”",
        ),
        ('"SESSION_EXPIRED" = "session-expired"', '"" = "session-expired"', "có tên trống"),
        ('"SESSION_EXPIRED" = "session-expired"', '"Phiên  hết" = "session-expired"', "nhiều dấu cách"),
        ('"SESSION_EXPIRED" = "session-expired"', '"Phiên\\u200b" = "session-expired"', "ZERO WIDTH SPACE"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_with_what_is_expected(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    assert said in refused(tmp_path, (old, new))


@pytest.mark.parametrize(("old", "new"), MOVED.items(), ids=MOVED)
def test_a_key_that_has_moved_is_refused_with_its_new_name(tmp_path: Path, old: str, new: str) -> None:
    assert f"“{old}” nay là “{new}”" in refused(tmp_path, ("[portal]", f'[portal]\n{old.partition(".")[2]} = "x"'))


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    said = refused(tmp_path, ("register =", "regster ="), ("page = 15", "page = 0"), ("[trust]", "[trusts]"))
    assert said.count(";") == 2
    for part in ("locators.form.register", "timeouts.page", "[trust]"):
        assert part in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[portal]", "[portal", "dòng 4, cột 8: không đúng cú pháp TOML"),
        ("page = 15", "page = 15\npage = 16", "dòng 25, cột 10: khóa hoặc bảng này đã có ở trên"),
        ("[timeouts]", "[browser]", "khóa hoặc bảng này đã có ở trên"),
        ('home = "#/index"', "home = '#/index", "dòng 6"),
    ],
)
def test_the_place_of_a_mistake_in_the_file_is_said(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in refused(tmp_path, (old, new))


def test_a_key_that_is_quoted_into_one_name_does_not_override_another(tmp_path: Path) -> None:
    twice = ("[locators.home]", '[locators]\n"home.login" = "#a"\n\n[locators.home]')
    assert "“locators.home.login” có hai lần" in refused(tmp_path, twice)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "cp1258", "latin-1"])
def test_a_file_that_is_not_utf8_says_so(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes("# é\n[portal]\n".encode(encoding))
    with pytest.raises(ChukysoError, match=r"PROFILE_INVALID.*(UTF-8|cú pháp)"):
        load_profile(str(path))


def test_what_editors_do_to_a_file_is_no_mistake(tmp_path: Path) -> None:
    """A byte order mark, ends of lines of Windows, letters taken apart as macOS does."""
    path = tmp_path / "mine.toml"
    apart = unicodedata.normalize("NFD", SANDBOX).replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + apart.encode())
    assert path.read_bytes().decode() != SANDBOX
    ours, shipped = load_profile(str(path)), load_profile("sandbox")
    assert (ours.locators, ours.messages, ours.result_mail) == (shipped.locators, shipped.messages, shipped.result_mail)


def test_no_secret_is_given_to_the_module_of_the_token(tmp_path: Path) -> None:
    profile = written(tmp_path, ("[timeouts]", '[token]\nvariables = ["CFG", "MY_PIN"]\n[timeouts]'))
    assert profile.token.variables == ("CFG", "MY_PIN")
    for harmless in ("env:OTHER", "file:MY_PIN", "ask:"):
        profile.keep_from_module(harmless, "TOKEN_PIN")
    with pytest.raises(ChukysoError, match=r"PROFILE_INVALID.*“MY_PIN”, là nơi chứa TOKEN_PIN"):
        profile.keep_from_module("env:MY_PIN", "TOKEN_PIN")
    with pytest.raises(ChukysoError, match="PROFILE_INVALID"):
        ask(str(tmp_path / "mine.toml"), token_pin="env:MY_PIN")


def test_css_may_say_that_it_is_css(tmp_path: Path) -> None:
    assert written(tmp_path, ('menu = "#acc', 'menu = "css=#acc')).locator("account.menu") == "#accountMenuBtn"


def test_only_what_is_particular_to_a_portal_must_be_written(tmp_path: Path) -> None:
    profile = written(tmp_path, text='[portal]\nurl = "https://x.example/"\n')
    assert (profile.timeouts.page, profile.browser.headless) == (30, False)
    assert profile.signer.kind is SignerKind.CLIENT
    assert {one.key for one in profile.missing({Need.RESULT})} == {
        *(f"locators.result.{name}" for name in ("notice", "serial", "close"))
    }


# What a run needs

UNKNOWN_RESULT = ("notice = 'mat-dialog-container:has([data-result=\"serial\"])'", 'notice = "?"')


def options(profile: Profile, **given: str) -> object:
    return check_options(profile, **given)


def lacks(profile: Profile, **given: str) -> str:
    with pytest.raises(ChukysoError) as error:
        options(profile, **given)
    assert error.value.code is Code.PROFILE_INCOMPLETE
    return error.value.happened


@pytest.mark.parametrize("value", ['"?"', '""'])
def test_everything_that_a_run_lacks_is_said_at_once_with_what_it_is_for(tmp_path: Path, value: str) -> None:
    profile = written(
        tmp_path,
        (UNKNOWN_RESULT[0], f"notice = {value}"),
        ("log_out = 'role=menuitem[name=\"Đăng xuất\"]'", ""),
        ('menu = "#accountMenuBtn"', f"menu = {value}"),
        ('document_type = "ThayDoiChuKySo"', f"document_type = {value}"),
    )
    said = lacks(profile)
    assert "locators.account.menu, locators.account.log_out (để mở cổng, đăng nhập và đăng xuất)" in said
    assert "signer.document_type (để ký và gửi)" in said
    assert "locators.result.notice (để nhận kết quả)" in said


def test_a_dry_run_needs_less_than_an_update(tmp_path: Path) -> None:
    profile = written(tmp_path, UNKNOWN_RESULT, ('document_type = "ThayDoiChuKySo"', 'document_type = "?"'))
    assert "result.notice" in lacks(profile)
    assert options(profile, dry_run="True")
    lost = written(tmp_path, ("phone = '[formcontrolname=\"phone\"]'", 'phone = "?"'))
    assert "locators.form.phone" in lacks(lost, dry_run="True")


def test_units_are_needed_when_one_is_asked_for(tmp_path: Path) -> None:
    rows = ("rows = 'mat-dialog-container >> role=radio'", 'rows = "?"')
    profile = written(tmp_path, rows, ('unit = ".account-panel .account-unit"', 'unit = "?"'))
    assert options(profile)
    said = lacks(profile, unit_code="TZ0001Z")
    assert "locators.units.rows, locators.account.unit (để chọn đơn vị, khi có UNIT_CODE)" in said


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ('[personal]\nemail = "?"\nphone = "#a"', "personal.email (để che"),
        ('[personal]\nemail = ""', "personal.email (để che"),
        ("[personal]", "personal (để che"),
        ("", "personal (để che"),
    ],
)
def test_masking_needs_to_know_what_is_personal(tmp_path: Path, table: str, said: str) -> None:
    profile = written(tmp_path, text=SANDBOX.partition("[personal]")[0] + table)
    assert options(profile)
    assert said in lacks(profile, privacy="masked")


def test_the_result_mail_is_needed_when_a_mailbox_is_given(tmp_path: Path) -> None:
    text = SANDBOX.partition("[result_mail]")[0]
    profile = written(tmp_path, UNKNOWN_RESULT, text=text)
    said = lacks(profile, mailbox="imaps://a@mail.example")
    assert "locators.result.notice (để nhận kết quả)" in said
    assert "result_mail.sender, result_mail.subject" in said
    assert "result_mail" not in lacks(profile)


def test_a_real_portal_needs_an_address(tmp_path: Path) -> None:
    real = ("embedded_sandbox = true", "embedded_sandbox = false")
    assert "portal.url (để mở cổng thật)" in lacks(written(tmp_path, real), tax_code="0101234565", captcha="operator")


def test_places_that_may_stay_unknown(tmp_path: Path) -> None:
    profile = written(
        tmp_path,
        ("transaction = '[data-result=\"transaction\"]'", 'transaction = "?"'),
        ("recorded = '[data-result=\"recorded\"]'", ""),
        ('dialog = "mat-dialog-container app-dialog-login"', 'dialog = "?"'),
    )
    assert options(profile)
    assert not profile.knows("result.recorded")
