"""The guide's own words, letter for letter (NFC): step titles and captions of the six figures."""

from __future__ import annotations

import unicodedata

TITLE = "Hướng dẫn cập nhật chữ ký số trên hệ thống dịch vụ công Bảo hiểm xã hội Việt Nam"

STEPS = {
    1: "Đăng nhập vào Cổng thông tin điện tử BHXH Việt Nam",
    2: "Thực hiện thay đổi chữ ký số",
    3: "Xác nhận thay đổi thông tin",
    4: "Nhận kết quả",
}

CAPTIONS = {
    1: "Hình 1 - Truy cập vào trang của BHXH Việt Nam và đăng nhập.",
    2: "Hình 2 - Chọn mục Thay đổi thông tin.",
    3: "Hình 3 - Thực hiện thay đổi thông tin chữ ký số",
    4: "Hình 4 - Chọn OK để xác nhận thay đổi thông tin",
    5: "Hình 5 - Nhập mã PIN chữ ký số",
    6: "Hình 6 - Thông báo xác nhận thay đổi chữ ký số trên dịch vụ công BHXH thành công",
}

# The step in whose course each figure is taken.
STEP_OF_FIGURE = {1: 1, 2: 1, 3: 2, 4: 3, 5: 3, 6: 4}


def step_number(keyword_name: str) -> int | None:
    """Return N when a keyword's name is ``Bước N: <the guide's title>`` (in any Unicode form), else None."""
    name = unicodedata.normalize("NFC", keyword_name).strip()
    for number, title in STEPS.items():
        if name == f"Bước {number}: {title}":
            return number
    return None
