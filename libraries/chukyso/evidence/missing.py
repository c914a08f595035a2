"""Why a figure is not there: an empty place in the evidence always says its reason."""

from __future__ import annotations

from chukyso.errors import Outcome
from chukyso.evidence.guide import STEP_OF_FIGURE
from chukyso.evidence.record import RunRecord, StepStatus


def why_missing(record: RunRecord, number: int) -> str:
    """Vietnamese, to follow “không chụp vì …”."""
    last = max((figure.number for figure in record.figures), default=0)
    if number < last:
        return "lần chạy đã đi qua bước này mà không chụp được"
    if record.outcome is Outcome.ALREADY_REGISTERED:
        return "chứng thư số mới đã được đăng ký từ trước, không có gì phải thay đổi"
    if record.outcome is Outcome.DRY_RUN:
        return "chạy thử dừng lại sau Hình 3, không gửi gì lên cổng"
    if record.outcome is Outcome.UPDATED:
        return "việc chụp không thành công sau khi cổng đã ghi nhận thay đổi"
    code = f" ({record.error.code})" if record.error else ""
    if any(step.number == STEP_OF_FIGURE[number] and step.status is not StepStatus.DONE for step in record.steps):
        return f"lần chạy kết thúc ở Bước {STEP_OF_FIGURE[number]}, trước thời điểm chụp{code}"
    return f"lần chạy kết thúc trước khi tới Bước {STEP_OF_FIGURE[number]}{code}"
