"""Why a mail is not believed, in Vietnamese."""

from __future__ import annotations

import re
from typing import Final

# What ``chukyso.mail`` says, English, of a mail that is not believed, and what that means to an operator.
_TOLD: Final = tuple(
    (re.compile(english), vietnamese)
    for english, vietnamese in (
        (r"its From is not one plain address", "địa chỉ người gửi không rõ ràng"),
        (r"it comes from another address", "không do địa chỉ của cổng gửi"),
        (r"no Authentication-Results of (\S+)", "máy chủ {} không ghi kết quả kiểm tra người gửi trong thư"),
        (
            r"its Authentication-Results name no server, (\S+) is believed",
            "máy chủ nhận thư không ghi tên mình, MAILBOX nêu authserv={}; Exchange Online (Microsoft 365) cần "
            "authserv=exchange-online",
        ),
        (
            r"its topmost Authentication-Results are of (\S+), (\S+) is believed",
            "kết quả kiểm tra người gửi trên cùng là của máy chủ {}, MAILBOX nêu authserv={}",
        ),
        (r"(\S+) found (dkim|dmarc) to fail for (\S+)", "theo máy chủ {}, kiểm tra {} thấy thư không phải của {}"),
        (r"(\S+) did not find (.+) to pass for (\S+)", "máy chủ {} không xác nhận được (bằng {}) là thư của {}"),
        (r"(?:no text could be read|not a message): .*", "không đọc được nội dung thư"),
        (r"its versions, .*", "hai bản của thư, chữ thường và HTML, không nói như nhau"),
        (r"it does not name exactly this MST", "thư không nêu đúng một mã số thuế này"),
        (r"it does not name exactly this change", "thư không nêu đúng một thay đổi này"),
        (r"it names another certificate, or none", "thư nêu chứng thư số khác, hoặc không nêu"),
        (r"it says neither or both of .*", "thư không nói rõ chấp nhận hay không chấp nhận"),
        (r"it is too large to be read: (\d+) bytes", "thư quá lớn ({} byte) nên không được đọc"),
    )
)


def tell_reason(reason: str) -> str:
    """Why a mail is not believed, Vietnamese, part of a sentence; as it is when nobody has words for it."""
    matches = ((pattern.fullmatch(reason), told) for pattern, told in _TOLD)
    return next((told.format(*match.groups()) for match, told in matches if match), reason)
