"""The morning report's words in Vietnamese."""

from __future__ import annotations

from dataclasses import dataclass

from chukyso.nightly.analysis import Comparison
from chukyso.nightly.model import NightState, Status
from chukyso.nightly.probe import Probe


@dataclass(frozen=True)
class NightVerdict:
    """How the night is summed up.

    Attributes:
        headline: A few words, in capitals.
        meaning: One or two sentences.
        tone: Style: good, warning, bad, neutral.
    """

    headline: str
    meaning: str
    tone: str


_UNUSABLE = {
    NightState.RUNNING: NightVerdict("ĐANG CHẠY", "Đêm này chưa kết thúc.", "neutral"),
    NightState.INTERRUPTED: NightVerdict(
        "BỊ NGẮT GIỮA CHỪNG", "Không so sánh được với các đêm trước, và không dùng làm mốc cho các đêm sau.", "warning"
    ),
    NightState.EMPTY: NightVerdict(
        "KHÔNG CÓ GÌ ĐƯỢC CHẠY", "Không trường hợp nào được chạy: cổng chưa được kiểm tra đêm nay.", "bad"
    ),
    NightState.BROKEN: NightVerdict(
        "KHÔNG CÓ KẾT QUẢ TRỌN VẸN",
        "Lần chạy hỏng giữa chừng: không so sánh được với các đêm trước, không dùng làm mốc cho các đêm sau.",
        "bad",
    ),
}
STATUS = {Status.PASS: "Đạt", Status.FAIL: "Lỗi", Status.SKIP: "Bỏ qua", Status.FLAKY: "Đạt khi chạy lại"}


def verdict_of(comparison: Comparison, probe: Probe | None) -> NightVerdict:
    """Sum a night up: what broke comes first, then what still is broken, then what deserves a look."""
    night = comparison.night
    if not comparison.comparable:
        return _UNUSABLE[night.state]
    new, still = len(comparison.new), len(comparison.still)
    ran = night.count(Status.PASS, Status.FAIL, Status.FLAKY)
    if new:
        rest = f" Ngoài ra {still} lỗi cũ vẫn còn." if still else ""
        since = "đêm trước còn đạt" if comparison.earlier else "chưa có đêm nào để so sánh"
        return NightVerdict(
            f"{new} LỖI MỚI", f"Trong {ran} trường hợp đã chạy có {new} lỗi mới ({since}).{rest}", "bad"
        )
    if still:
        return NightVerdict(
            "KHÔNG CÓ LỖI MỚI", f"{still} lỗi đã biết từ các đêm trước vẫn còn trong {ran} trường hợp.", "warning"
        )
    remarks = _remarks(comparison, probe)
    if remarks:
        return NightVerdict("ĐẠT, CẦN ĐỂ Ý", f"Cả {ran} trường hợp đều đạt; {', '.join(remarks)}.", "warning")
    return NightVerdict("MỌI THỨ ĐỀU ĐẠT", f"Cả {ran} trường hợp đều đạt như mong đợi.", "good")


def _remarks(comparison: Comparison, probe: Probe | None) -> list[str]:
    remarks = []
    if probe and (probe.changes or probe.problem):
        remarks.append("cổng có thay đổi" if probe.changes else "chưa thăm dò được cổng")
    if comparison.gone:
        remarks.append(f"{len(comparison.gone)} trường hợp không chạy nữa")
    rerun = sum(flaky.rerun for flaky in comparison.flaky)
    if rerun:
        remarks.append(f"{rerun} trường hợp chỉ đạt khi chạy lại")
    return remarks
