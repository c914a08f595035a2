"""Evidence of runs to write the guide from, and the guide's words once more, as the guide has them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from chukyso.errors import Outcome
from support.evidence import make_record, write_manifest

TITLE = "Hướng dẫn cập nhật chữ ký số trên hệ thống dịch vụ công Bảo hiểm xã hội Việt Nam"
# The whole guide, once more, so that a slip in either place is seen. In the order of reading; None: a figure.
WORDS: list[str | None] = [
    TITLE,
    "Lưu ý: Bài hướng dẫn gồm tất cả 4 bước, bạn có thể làm xong trong vòng từ 2 đến 3 phút.",
    "Bước 1: Đăng nhập vào Cổng thông tin điện tử BHXH Việt Nam",
    "Người dùng cắm USB Token vào máy tính và truy cập vào trang BHXH Việt Nam, chọn **Đăng nhập**. Sau đó điền thông "
    "tin tài khoản cần thay đổi để đăng nhập.",
    None,
    "Hình 1 - Truy cập vào trang của BHXH Việt Nam và đăng nhập.",
    "Sau khi đăng nhập thành công, bạn kích chuột vào mũi tên xổ xuống ở mục **Mã số thuế** góc phải màn hình và chọn "
    "mục **Thay đổi thông tin**.",
    None,
    "Hình 2 - Chọn mục Thay đổi thông tin.",
    "Bước 2: Thực hiện thay đổi chữ ký số",
    "Một giao diện mới hiện ra, tại đây sẽ hiện lên thông tin chữ ký cần thay đổi. Bạn kiểm tra lại một lượt sau đó "
    "tích vào ô **“Cơ quan/tổ chức tôi cam kết hoàn toàn chịu trách nhiệm trước pháp luật về tính chính xác, trung "
    "thực của nội dung nêu trên”** và chọn **Đăng ký thay đổi thông tin**.",
    None,
    "Hình 3 - Thực hiện thay đổi thông tin chữ ký số",
    "Bước 3: Xác nhận thay đổi thông tin",
    "Lúc này, một cửa sổ mới sẽ hiện lên, bạn chọn **OK**.",
    None,
    "Hình 4 - Chọn OK để xác nhận thay đổi thông tin",
    "Hệ thống sẽ tự động hiện cửa sổ yêu cầu người dùng nhập mã PIN chữ ký số. Người dùng nhập đúng mã PIN và chọn "
    "**Chấp nhận**.",
    None,
    "Hình 5 - Nhập mã PIN chữ ký số",
    "Bước 4: Nhận kết quả",
    "Sau khi hoàn tất thủ tục, BHXH Việt Nam sẽ gửi thông báo như hình dưới cho biết đã xác nhận thay đổi thông tin "
    "thành công.",
    None,
    "Hình 6 - Thông báo xác nhận thay đổi chữ ký số trên dịch vụ công BHXH thành công",
    "Như vậy bạn đã hoàn thành việc cập nhật chữ ký số trên hệ thống dịch vụ công Bảo hiểm xã hội Việt Nam.",
]
TEXTS = [text.replace("**", "") for text in WORDS if text is not None]
HEADINGS = [text for text in TEXTS if text.startswith("Bước ")]
CAPTIONS = [text for text in TEXTS if text.startswith("Hình ")]
BOLD = [part for text in WORDS if text is not None for part in text.split("**")[1::2]]


def make_run(directory: Path, outcome: Outcome = Outcome.UPDATED, *, real: bool = False) -> Path:
    """A finished run's output directory.

    Args:
        directory: Where.
        outcome: How the run ended.
        real: A run with a real account instead of a rehearsal.
    """
    record = make_record(directory, outcome)
    write_manifest(directory, replace(record, rehearsal=False, profile="bhxh") if real else record)
    return directory


def change_manifest(run: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Let somebody change a run's manifest."""
    path = run / "evidence" / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
