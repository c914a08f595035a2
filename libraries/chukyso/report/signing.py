"""What a report says of who signed, when that was not our own signing agent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from chukyso.evidence.model.signing import SignerFacts
from chukyso.report.page import Text, plain, say

_UNCHECKED: Final = {
    "document": "nội dung hồ sơ được ký",
    "tax_code": "mã số thuế trong cửa sổ",
    "owner": "chủ thể trong cửa sổ",
    "issuer": "tổ chức chứng thực trong cửa sổ",
    "valid_from": "ngày bắt đầu hiệu lực trong cửa sổ",
    "valid_to": "ngày hết hiệu lực trong cửa sổ",
}


def by_client(signer: SignerFacts | None) -> Iterable[tuple[str, Text | tuple[Text, ...]]]:
    """Of the portal's own client: which windows were believed, and what nobody saw before the last button."""
    if not signer or signer.kind != "client":
        return
    yield "Ai ký", plain("Tiện ích mở rộng và chương trình ký của cổng; lần chạy chọn chứng thư số và đưa mã PIN.")
    windows = (
        say("{} – `{}`, chương trình `{}`", one.rule, one.title, one.program) for one in signer.windows if one.rule
    )
    yield "Cửa sổ đã dùng", tuple(windows)
    if signer.unchecked:
        yield "Không xem được trước khi bấm", plain("; ".join(_UNCHECKED[one] for one in signer.unchecked))


def words_on_checking(signer: SignerFacts | None) -> str:
    """How the signature was checked, and when."""
    if signer and signer.kind == "client":
        return (
            "Đây là hồ sơ mà trình duyệt đã gửi; chữ ký được kiểm tra trên tệp đã lưu bằng khóa công khai trong chứng "
            "thư số. "
        )
    return (
        "Chương trình kiểm tra chữ ký bằng khóa công khai trong chứng thư số trước khi gửi, và kiểm tra lại một lần "
        "nữa trên tệp đã lưu. "
    )
