"""The report's words: what an outcome, a status and an event of the journal are called in Vietnamese.

The journal itself is English (``evidence/journal.jsonl``); what has no word here is shown as it stands there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chukyso.errors import Outcome
from chukyso.evidence.journal import Entry, plain
from chukyso.evidence.model.guide import Match, StepStatus
from chukyso.evidence.model.portal import EarlierStatus, MailStatus, Registered
from chukyso.figures.references import DAMAGED, MISSING
from chukyso.moment import in_vietnam, read_moment
from chukyso.signature.presign import ValidationStatus as Status

_HASH, _SHORT = re.compile(r"\b([0-9a-f]{16})[0-9a-f]{48}\b"), r"\1…"
_FIGURE = re.compile(r"figure-(\d+)")  # a field of ``figures-compared``


@dataclass(frozen=True)
class OutcomeWords:
    """An outcome in plain words.

    Attributes:
        headline: A few words, in capitals.
        meaning: What it means for the account.
        tone: Style: good, neutral, warning, bad.
    """

    headline: str
    meaning: str
    tone: str


REHEARSAL_BANNER: Final = '<p class="rehearsal"><strong>Diễn tập trên sandbox.</strong>'
"""How the report of a rehearsal begins; ``evidence verify`` looks for it, in old reports as well, so it stays as it is.

It is markup, so no data of a run can look like it."""

OUTCOMES: Mapping[Outcome, OutcomeWords] = {
    Outcome.UPDATED: OutcomeWords(
        "ĐÃ CẬP NHẬT", "Cổng đã xác nhận thay đổi; chứng thư số mới đã được đăng ký cho tài khoản này.", "good"
    ),
    Outcome.ALREADY_REGISTERED: OutcomeWords(
        "KHÔNG CẦN CẬP NHẬT", "Chứng thư số mới đã được đăng ký từ trước. Không có gì được gửi lên cổng.", "neutral"
    ),
    Outcome.DRY_RUN: OutcomeWords(
        "CHẠY THỬ", "Dừng lại theo yêu cầu trước khi đăng ký thay đổi. Không có gì được gửi lên cổng.", "neutral"
    ),
    Outcome.REJECTED: OutcomeWords("CỔNG TỪ CHỐI", "Cổng không chấp nhận thay đổi.", "bad"),
    Outcome.STOPPED: OutcomeWords(
        "ĐÃ DỪNG LẠI", "Chương trình dừng lại để bảo đảm an toàn. Không có gì được gửi lên cổng.", "warning"
    ),
    Outcome.FAILED: OutcomeWords(
        "KHÔNG THÀNH CÔNG", "Lần chạy gặp lỗi kỹ thuật. Lần chạy này không gửi gì lên cổng.", "bad"
    ),
    Outcome.UNKNOWN: OutcomeWords(
        "CHƯA RÕ KẾT QUẢ",
        "Hồ sơ có thể đã được gửi nhưng chưa biết cổng có ghi nhận hay không. Không gửi lại khi chưa đối chiếu.",
        "warning",
    ),
}
_NOT_REGISTERED = (
    "Cổng không ghi nhận hồ sơ đã gửi; đăng nhập lại thì chứng thư số đang đăng ký vẫn là chứng thư số cũ."
)
EARLIER: Mapping[EarlierStatus, str] = {
    EarlierStatus.OPEN: "khi lần chạy này kết thúc vẫn chưa rõ kết quả. Xem chứng thư số đang đăng ký trên cổng trước.",
    EarlierStatus.REGISTERED: "lần chạy này thấy cổng đang đăng ký chứng thư số đó.",
    EarlierStatus.LAPSED: "chưa rõ kết quả; đã quá thời gian phải chờ.",
    EarlierStatus.LOOKED: "chưa rõ kết quả; người vận hành cho biết đã xem trên cổng:",
}
STEP_STATUS = {
    StepStatus.DONE: "Hoàn thành",
    StepStatus.FAILED: "Dừng ở bước này",
    StepStatus.RUNNING: "Chưa kết thúc",
}
REGISTERED = {
    Registered.NEW: "là chứng thư số mới",
    Registered.BEFORE: "vẫn là chứng thư số cũ",
    Registered.OTHER: "là một chứng thư số khác",
}
VALIDITY: Mapping[str, str] = {
    Status.VALID.value: "Hợp lệ: tổ chức chứng thực được tin cậy cấp để ký số, còn hạn, chưa bị thu hồi.",
    Status.NOT_ASKED.value: "Tổ chức chứng thực được tin cậy cấp để ký số, còn hạn; CHƯA BIẾT có bị thu hồi không.",
    Status.NOT_VALIDATED.value: "CHƯA ĐƯỢC KIỂM TRA: cấu hình không có chứng thư số gốc nào (trust.roots).",
    Status.REFUSED.value: "KHÔNG DÙNG ĐƯỢC: lần chạy đã dừng lại trước khi ký.",
}
MATCHES: Mapping[object, str] = {
    Match.SAME.value: "giống hình mẫu",
    Match.CHANGED.value: "khác hình mẫu",
    Match.NO_REFERENCE.value: "chưa có hình mẫu",
    Match.NOT_COMPARABLE.value: "không so sánh được",
}
MATCH_REASONS: Mapping[str, str] = {
    MISSING: "cấu hình này chưa có hình mẫu",
    DAMAGED: "tệp hình mẫu bị hỏng hoặc không khớp nhau",
    "other-browser": "hình mẫu được chụp bằng trình duyệt khác hoặc phiên bản khác",
    "other-fonts": "phông chữ của máy này khác máy đã chụp hình mẫu",
    "other-size": "kích thước hình khác hình mẫu",
    "other-layout": "một nội dung thay đổi theo tài khoản chiếm số dòng khác",
    "unreadable": "không đọc được tệp hình",
    "unmeasured": "hình này không được đo khi chụp",
    "no-page": "cửa sổ ngoài trình duyệt, không có hình mẫu",
}
UNCOMPARED: Final = "KHÔNG SO SÁNH ĐƯỢC với hình mẫu:"
"""Begins the line that says which figures were not compared, in the console, in log.html and in the morning report."""
_REFRESH = "xem hình, đúng thì làm mới hình mẫu: chukyso figures refresh"
MATCH_ACTIONS: Mapping[str, str] = {
    MISSING: _REFRESH,
    DAMAGED: f"lấy lại tệp hình mẫu, hoặc {_REFRESH}",
    "other-browser": _REFRESH,
    "other-fonts": f"chạy trên máy có phông chữ như máy đã chụp hình mẫu, hoặc {_REFRESH}",
    "other-size": f"chạy với cỡ cửa sổ của hình mẫu, hoặc {_REFRESH}",
    "other-layout": "xem hình bằng mắt, đúng thì không phải làm gì",
    "unreadable": "chạy lại",
    "unmeasured": "chạy lại; vẫn vậy thì xem log.html",
    "no-page": "xem hình bằng mắt",
}
"""What to do about each of ``MATCH_REASONS``."""
MAIL_STATUS: Mapping[object, str] = {
    MailStatus.ACCEPTED.value: "BHXH chấp nhận thay đổi",
    MailStatus.REFUSED.value: "BHXH KHÔNG chấp nhận thay đổi",
    MailStatus.PENDING.value: "chưa nhận được",
    MailStatus.NOT_ASKED.value: "không hỏi",
}
EVENTS: Mapping[str, str] = {
    "started": "Bắt đầu lập bằng chứng",
    "run": "Cổng và cấu hình của lần chạy",
    "account": "Tài khoản của lần chạy",
    "step-started": "Bắt đầu bước",
    "step-ended": "Kết thúc bước",
    "figure": "Đã chụp hình",
    "figure-missing": "Không chụp được hình",
    "figures-compared": "Đã so sánh các hình với hình mẫu",
    "validated": "Đã kiểm tra chứng thư số mới trước khi ký",
    "signing-requested": "Trang yêu cầu ký, đã kiểm tra là của lần chạy này",
    "client-asks": "Cửa sổ của chương trình ký đã hiện; nội dung hồ sơ chưa xem được",
    "submitting": "Bắt đầu gửi hồ sơ",
    "not-submitted": "Không gửi: không có hồ sơ nào được ký",
    "earlier-submission": "Một lần chạy trước đã gửi mà chưa rõ kết quả",
    "earlier-awaited": "Chờ kết quả của lần gửi trước",
    "earlier-settled": "Không phải chờ lần gửi trước nữa",
    "signed": "Đã ký và lưu hồ sơ",
    "accepted": "Cổng thông báo thành công",
    "reconciling": "Đăng nhập lại để đối chiếu",
    "reconciled": "Đã đọc chứng thư số đang đăng ký",
    "confirmed": "Xác nhận: cổng đã đăng ký chứng thư số mới",
    "mail-awaited": "Chờ thư kết quả của BHXH",
    "mail-received": "Đã nhận thư kết quả của BHXH",
    "mail-pending": "Chưa có thư kết quả của BHXH",
    "outcome": "Lần chạy tự kết thúc",
    "ended": "Kết thúc",
}
_FIELDS: Mapping[str, str] = {
    "run": "lần chạy",
    "product": "chương trình",
    "profile": "cấu hình",
    "portal": "cổng",
    "rehearsal": "diễn tập",
    "dry_run": "chạy thử",
    "privacy": "dữ liệu cá nhân",
    "tax_code": "mã số thuế",
    "unit": "đơn vị",
    "number": "số",
    "status": "tình trạng",
    "file": "tệp",
    "sha256": "mã băm SHA-256",
    "structure": "cấu trúc",
    "caption": "chú thích",
    "valid": "chữ ký",
    "serial": "số chứng thư số",
    "verdict": "kết quả",
    "answers": "số trả lời CRL, OCSP",
    "registered": "kết quả",
    "transaction": "mã giao dịch",
    "recorded": "cổng ghi nhận lúc",
    "outcome": "kết quả",
    "code": "mã lỗi",
    "seconds": "số giây",
    "result": "kết quả",
    "sender": "người gửi",
    "received": "máy chủ thư nhận lúc",
    "suspicious": "số thư đáng ngờ",
    "submitted": "gửi lúc",
    "directory": "thư mục",
    "standing": "kết luận",
    "reason": "lý do",
}
_VALUES: Mapping[str, Mapping[object, str]] = {
    "outcome": {outcome.value: words.headline.lower() for outcome, words in OUTCOMES.items()},
    "status": {status.value: word.lower() for status, word in STEP_STATUS.items()},
    "registered": {which.value: word for which, word in REGISTERED.items()},
    "result": MAIL_STATUS,
    **{name: {True: "có", False: "không"} for name in ("rehearsal", "dry_run")},
    "privacy": {"full": "để nguyên", "masked": "được che"},
    "valid": {True: "đúng", False: "không được xác nhận"},
    "structure": MATCHES,
    "standing": {
        EarlierStatus.REGISTERED.value: "cổng đã đăng ký chứng thư số đó",
        EarlierStatus.LAPSED.value: "đã quá thời gian phải chờ",
        EarlierStatus.LOOKED.value: "người vận hành đã xem trên cổng",
    },
    "verdict": {
        Status.VALID.value: "hợp lệ",
        Status.NOT_ASKED.value: "hợp lệ, chưa biết có bị thu hồi hay không",
        Status.NOT_VALIDATED.value: "chưa được kiểm tra",
        Status.REFUSED.value: "không dùng được",
    },
}


def meaning_of(outcome: Outcome, *, submitted: bool) -> str:
    """What an outcome means for the account; no more than the run has read.

    Args:
        outcome: How the run ended.
        submitted: Whether it submitted something.
    """
    return _NOT_REGISTERED if outcome is Outcome.FAILED and submitted else OUTCOMES[outcome].meaning


def why_not_compared(reason: str) -> str:
    """Why a figure was not compared with its reference, and what to do about it."""
    told = (MATCH_REASONS.get(reason, reason), MATCH_ACTIONS.get(reason, ""))
    return "; ".join(words for words in told if words)


def show_moment(moment: datetime | str | None) -> str:
    """A moment in Vietnam's time, the only one that the report uses; text that is no moment stays as it is."""
    if isinstance(moment, str):
        try:
            moment = read_moment(moment)
        except ValueError:
            return str(moment)
    return in_vietnam(moment) if moment else "—"


def tell(entry: Entry) -> str:
    """An event's particulars on one line; hashes are cut short, their full text is in the table of files."""
    fields = plain(entry.data)
    if not isinstance(fields, Mapping):
        return ""
    return "; ".join(f"{_field(name)}: {_value(name, value)}" for name, value in fields.items() if value is not None)


def _field(name: str) -> str:
    figure = _FIGURE.fullmatch(name)
    return f"Hình {figure[1]}" if figure else _FIELDS.get(name, name)


def _value(name: str, value: object) -> str:
    if name in {"recorded", "received", "submitted"} and isinstance(value, str):
        return show_moment(value)
    words = MATCHES if _FIGURE.fullmatch(name) else _VALUES.get(name, {})
    known = words.get(value) if isinstance(value, str | bool) else None
    if known:
        return known
    return _HASH.sub(_SHORT, value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
