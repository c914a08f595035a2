"""The words about seal and rehearsal on the pages of a sealed report."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from chukyso.certificate import Certificate
from chukyso.moment import to_vietnam
from chukyso.report.page import Text, plain, say

REHEARSAL_MARK: Final = "DIỄN TẬP"
"""What every page of a sealed rehearsal begins with; it is in the title and in the signature's reason as well."""
REHEARSAL_LINE: Final = f"{REHEARSAL_MARK} TRÊN SANDBOX – KHÔNG CÓ GIÁ TRỊ VỚI CỔNG THẬT"


def seal_words(certificate: Certificate, now: datetime) -> tuple[Text, ...]:
    """The words at the foot of page one, in lines.

    Args:
        certificate: Whose seal it will be.
        now: The moment, aware.
    """
    return (
        say("**NIÊM PHONG ĐIỆN TỬ: {}**", certificate.owner),
        say(
            "lúc {} (giờ Việt Nam), chứng thư số `{}`",
            f"{to_vietnam(now):%H:%M ngày %d/%m/%Y}",
            certificate.serial.upper(),
        ),
        say("do {} cấp.", certificate.issuer),
        plain(
            "Chữ ký, dấu thời gian và các tệp kèm theo (manifest.json, journal.jsonl, submission.xml nếu có) nằm trong "
            "tệp PDF này."
        ),
    )
