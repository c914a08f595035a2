"""``probe.html``: a probe for people. One file, no script, nothing loaded from anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chukyso.evidence.files import write_whole
from chukyso.moment import in_vietnam, read_moment
from chukyso.probe.model import Found, Probe
from chukyso.probe.pages import PUBLIC_PAGES, PublicPage
from chukyso.typeface import embed

_TEMPLATES: Final = Path(__file__).parent / "templates"
_LOOK: Final = Path(__file__).parents[1] / "report" / "templates" / "report.css"
_WARNING_DAYS: Final = 30

FOUND_WORDS: Final = {
    Found.FOUND: ("•", "thấy", "done"),
    Found.MISSING: ("×", "không thấy", "failed"),
    Found.AMBIGUOUS: ("×", "nhiều hơn một", "failed"),
    Found.UNKNOWN: ("?", "chưa biết", "open"),
    Found.NOT_LOOKED: ("–", "chưa xem tới", "open"),
}


@dataclass(frozen=True)
class ProbeVerdict:
    """The sentence at the top; ``tone`` is one of the report's styles."""

    tone: str
    headline: str
    meaning: str


def verdict_of(probe: Probe) -> ProbeVerdict:
    """What a reader should know first."""
    if probe.problems:
        more = f" Còn {len(probe.problems) - 1} điểm khác ở dưới." if len(probe.problems) > 1 else ""
        return ProbeVerdict("bad", "Cổng không như mong đợi", probe.problems[0].happened + more)
    if not probe.compared_with:
        return ProbeVerdict("neutral", "Lần thăm dò đầu tiên", "Mọi thứ cần thấy đều thấy; các lần sau so với lần này.")
    if probe.changes:
        count = len(probe.changes)
        meaning = f"Khác lần thăm dò tốt gần nhất ở {count} điểm; mọi phần tử cần thấy vẫn thấy."
        return ProbeVerdict("warning", "Cổng có thay đổi", meaning)
    return ProbeVerdict("good", "Cổng không thay đổi", "Giống hệt lần thăm dò tốt gần nhất.")


def write_page(path: Path, probe: Probe) -> None:
    """Write ``probe.html``.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL``.
    """
    write_whole(path, render_page(probe).encode())


def render_page(probe: Probe) -> str:
    """The page as HTML."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(moment=lambda text: in_vietnam(read_moment(text)))
    css = _LOOK.read_text(encoding="utf-8") + (_TEMPLATES / "probe.css").read_text(encoding="utf-8")
    html = environment.get_template("probe.html").render(
        css=Markup(css),  # noqa: S704 - our own files, not data of the portal
        probe=probe,
        verdict=verdict_of(probe),
        pages=[(page, _rows(page, probe)) for page in PUBLIC_PAGES],
        days_left=_days_left(probe),
        warning_days=_WARNING_DAYS,
        seconds=f"{probe.seconds:.1f} giây".replace(".", ","),
    )
    return embed(html)


def _rows(page: PublicPage, probe: Probe) -> list[tuple[str, str, str, str]]:
    keys = [key for key in probe.elements if key.startswith(f"{page.name}.")]
    return [(key, *FOUND_WORDS[probe.elements[key]]) for key in keys]


def _days_left(probe: Probe) -> int:
    return (read_moment(probe.tls.not_after) - datetime.now(UTC)).days if probe.tls else 0
