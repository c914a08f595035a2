"""Why a figure was not taken, in Vietnamese, for manifest and report."""

from __future__ import annotations

from chukyso.errors import Outcome
from chukyso.evidence.guide import STEP_OF_FIGURE
from chukyso.evidence.model.guide import StepStatus
from chukyso.evidence.record import RunRecord

_BY_OUTCOME = {
    Outcome.ALREADY_REGISTERED: "chứng thư số mới đã được đăng ký từ trước, không có gì phải thay đổi",
    Outcome.DRY_RUN: "chạy thử dừng lại trước khi đăng ký thay đổi, không gửi gì lên cổng",
    Outcome.UPDATED: "không nhận được thông báo của cổng; thay đổi được xác nhận bằng cách đăng nhập lại",
}


def why_missing(record: RunRecord, number: int) -> str:
    """Vietnamese, to follow “không chụp vì …”."""
    last = max((figure.number for figure in record.figures), default=0)
    if number < last:
        return "lần chạy đã đi qua bước này mà không chụp được"
    if number in record.missed:
        return f"việc chụp không thành công sau khi cổng đã ghi nhận thay đổi ({record.missed[number]})"
    if record.outcome is Outcome.UPDATED and (reason := _why_unread(record)):
        return f"không đọc được thông báo của cổng ({reason}); thay đổi được xác nhận bằng cách đăng nhập lại"
    if record.outcome in _BY_OUTCOME:
        return _BY_OUTCOME[record.outcome]
    code = f" ({record.error.code})" if record.error else ""
    if any(step.number == STEP_OF_FIGURE[number] and step.status is not StepStatus.DONE for step in record.steps):
        return f"lần chạy kết thúc ở Bước {STEP_OF_FIGURE[number]}, trước thời điểm chụp{code}"
    return f"lần chạy kết thúc trước khi tới Bước {STEP_OF_FIGURE[number]}{code}"


def _why_unread(record: RunRecord) -> str:
    """Why the portal's notice was not read, when logging in again had to tell what became of the submission."""
    return next((str(entry.data.get("reason", "")) for entry in record.journal if entry.event == "reconciling"), "")
