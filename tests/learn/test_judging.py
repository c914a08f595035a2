"""Which names in a page are made by a program, and which texts are about somebody."""

from __future__ import annotations

import pytest

from chukyso.learn.personal import FixedText
from chukyso.learn.stable import is_generated, is_telling_class

GENERATED = """\
mat-input-0 mat-radio-3-input cdk-overlay-12 ng-tns-c45-3 ng-123 :r1: :R2ab: radix-:r3: j_idt12:email ctl00_Main_txt
ext-gen1042 ember123 3fa85f64-5717-4562-b3fc-2c963f66afa6 a8f3e2c1 css-1ab2c3 sc-bdVaJa xkqzpfw
field_0101234565 row-3 x17
react-select-2-input yui_3_18_1_1 __BVID__23 uid123 tab4pane"""
GIVEN = """\
username textCaptcha taxCode accountMenuBtn email line2 dangKyThayDoi so_chung_thu_so btn-register chungThuSo
form-contact
toast-container thay-doi MaSoThue frmDangNhap"""


@pytest.mark.parametrize("name", GENERATED.split())
def test_made_by_a_program(name: str) -> None:
    assert is_generated(name)


@pytest.mark.parametrize("name", GIVEN.split())
def test_given_by_an_author(name: str) -> None:
    assert not is_generated(name)


@pytest.mark.parametrize(
    ("name", "tells"),
    [
        ("idAccount", True),
        ("toast-error", True),
        ("mat-column-serial", True),
        ("certificate-old", True),
        ("mat-button", False),
        ("ng-star-inserted", False),
        ("btn-lg", False),
        ("p-4", False),
        ("active", False),
        ("css-1q2w3e", False),
        ("md:flex", False),
        ("col-md-6", False),
    ],
)
def test_classes(name: str, tells: bool) -> None:
    assert is_telling_class(name) is tells


@pytest.mark.parametrize(
    "text",
    [
        "0101234565",
        "0101234565-001",
        "001 204 000 123",
        "Tài khoản 0312345678",
        "ketoan@congty.example",
        "09 1234 5678",
        "54:01:A2:B3:C4",
        "5401a2b3",
        "01/02/2026",
        "2026-11-30",
        "lúc 14:05",
        "CÔNG TY TNHH MINH LONG",
        "Công ty Cổ phần Hoa Mai",
        "Minh Long Co., Ltd",
        "Hộ kinh doanh Đức Anh",
        "CN=Bình, O=Ai Đó",
        "Nguyễn Văn Bình",
        "ĐỖ ĐỨC ÁNH",
        "Lê Đức",
        "Hồ Thị Lan",
        "bà Lan",
        "Xin chào, Kitty",
    ],
)
def test_about_somebody(text: str) -> None:
    assert FixedText().why_not(text)


@pytest.mark.parametrize(
    "text",
    [
        "Đăng nhập",
        "ĐĂNG KÝ THAY ĐỔI THÔNG TIN",
        "Số chứng thư số:",
        "Mã số thuế (MST)",
        "Cơ quan, tổ chức tôi cam kết hoàn toàn chịu trách nhiệm",
        "Hồ sơ của tôi",
        "Bước 2",
        "Tên công ty",
        "Trường thông tin",
        "Người sử dụng lao động",
        "Lê lết",
        "Mẫu 04",
        "Change information",
        "Bà con",
    ],
)
def test_of_the_page_itself(text: str) -> None:
    assert FixedText().why_not(text) == ""


def test_what_is_known_of_the_account_is_found_in_any_case() -> None:
    fixed = FixedText(["Sunshine Bakery", "TA1"])
    assert fixed.why_not("ở SUNSHINE BAKERY này")
    assert fixed.why_not("TA1") == ""  # too short to be told from anything else
    assert fixed.opening("Đơn vị: SUNSHINE BAKERY") == "Đơn vị"


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        ("Xin chào, Nguyễn Văn Bình", "Xin chào"),
        ("Tài khoản 0101234565", "Tài khoản"),
        ("Nguyễn Văn Bình (đăng xuất)", ""),
        ("MST 0101234565", ""),
        ("Đăng nhập", "Đăng nhập"),
    ],
)
def test_what_stands_before(text: str, opening: str) -> None:
    assert FixedText().opening(text) == opening


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        ("Đăng nhập", "Đăng nhập"),
        ("MST 0101234565, a@b.example", "MST <number>, <address>"),
        ("Công ty TNHH Minh Long (MST)", "<company>"),
        ("Người ký: Nguyễn Thị Thu Hà.", "Người ký: <person>."),
        ("ông Bình ký", "<person> ký"),
        ("\\".join(("C:", "Users", "binh", "token.dll")), "\\".join(("C:", "Users", "<user>", "token.dll"))),
        ("gặp Sunshine và sunshine", "gặp <value> và <value>"),
        ("Xin chào, Kitty", "Xin chào, <person>"),
    ],
)
def test_scrubbed(text: str, scrubbed: str) -> None:
    assert FixedText(["Sunshine"]).scrubbed(text) == scrubbed
