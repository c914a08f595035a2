"""What the guide says beside its own words: where the figures come from, and who may see them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chukyso.guide.source import GuideSource
from chukyso.moment import in_vietnam

SUBJECT = "Cập nhật chữ ký số trên cổng BHXH Việt Nam"
KEYWORDS = ("BHXH", "chữ ký số", "hướng dẫn")
_BOLD = re.compile(r"\*\*(.+?)\*\*")


@dataclass(frozen=True)
class Span:
    """A part of a passage; ``bold`` is what the guide emphasises."""

    text: str
    bold: bool = False


@dataclass(frozen=True)
class Banner:
    """What a reader must know of the figures before anything else: a few words, a sentence, and the tone (style)."""

    headline: str
    sentence: str
    tone: str


def spans(text: str) -> Iterator[Span]:
    """The parts of a passage of the guide, without the stars."""
    end = 0
    for match in _BOLD.finditer(text):
        if match.start() > end:
            yield Span(text[end : match.start()])
        yield Span(match[1], bold=True)
        end = match.end()
    if end < len(text):
        yield Span(text[end:])


def banner(source: GuideSource) -> Banner | None:
    """Whose data the figures show, or None when there are none."""
    if not source.figures:
        return None
    if source.rehearsal:
        return Banner(
            "Hình chụp khi diễn tập trên sandbox.",
            "Mọi tổ chức, mã số thuế và chứng thư số trong hình đều là hư cấu.",
            "rehearsal",
        )
    if source.masked:
        return Banner(
            "Hình chụp từ tài khoản thật.",
            "Thư điện tử, điện thoại và số định danh đã được che; tên đơn vị và mã số thuế vẫn thấy được.",
            "masked",
        )
    return Banner(
        "Hình chụp từ tài khoản thật, có dữ liệu riêng của đơn vị.",
        "Chỉ dùng trong nội bộ; không đăng tải, không gửi cho người ngoài.",
        "personal",
    )


def why_missing(source: GuideSource, number: int) -> str:
    """The sentence in the place of a figure that is not there."""
    return f"Không chụp vì {source.missing[number]}."


def origin(source: GuideSource) -> str:
    """One line that says which run the figures are of."""
    kind = "diễn tập trên sandbox" if source.rehearsal else "tài khoản thật"
    parts = [
        f"Hình của lần chạy {source.run_id}",
        f"bắt đầu lúc {in_vietnam(source.started)} (giờ Việt Nam)",
        *([f"cấu hình {source.profile}"] if source.profile else []),
        kind,
        *(["dữ liệu liên hệ đã che"] if source.masked else []),
    ]
    return f"{'; '.join(parts)}. Chụp bằng {source.product}."
