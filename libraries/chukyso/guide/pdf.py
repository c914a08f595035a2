"""The guide as PDF: the words and figures of the HTML page, typeset."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from chukyso.evidence.guide import CLOSING, GUIDE_STEPS, NOTE, TITLE, Passage
from chukyso.guide.source import GuideSource
from chukyso.guide.words import KEYWORDS, SUBJECT, banner, origin, why_missing
from chukyso.guide.words import spans as bold_spans
from chukyso.report.page import Picture, Span, Style, plain, shown
from chukyso.typeset.document import Job, Properties, typeset
from chukyso.typeset.report import Pictures, picture_data, spans

_RUNNING: Final = "Hướng dẫn cập nhật chữ ký số"


def render_pdf(source: GuideSource, scratch: Path) -> bytes:
    """The guide with a run's figures; the same run gives the same bytes.

    Args:
        source: The run.
        scratch: Directory for temporary files.

    Raises:
        ChukysoError: What ``typeset`` raises.
    """
    pictures = Pictures()
    about = banner(source)
    content = {
        "running": _RUNNING,
        "kind": "Tài liệu hướng dẫn",
        "banner": {"headline": about.headline, "sentence": about.sentence, "tone": about.tone} if about else None,
        "note": NOTE,
        "steps": [
            {
                "label": f"Bước {step.number}:",
                "title": step.title,
                "passages": [_passage(source, passage, pictures) for passage in step.passages],
            }
            for step in GUIDE_STEPS
        ],
        "closing": CLOSING,
        "origin": spans(plain(origin(source))),
    }
    properties = Properties(TITLE, author=shown(source.product), subject=SUBJECT, keywords=KEYWORDS)
    return typeset(Job("guide", content, properties, source.started, pictures.by_name), scratch)


def _passage(source: GuideSource, passage: Passage, pictures: Pictures) -> dict[str, Any]:
    text = tuple(Span(one.text, Style.STRONG if one.bold else Style.PLAIN) for one in bold_spans(passage.text))
    figure = source.figures.get(passage.figure)
    picture = Picture(passage.shows, figure.png, figure.width, figure.height) if figure else None
    return {
        "text": spans(text),
        "caption": passage.caption,
        "picture": picture_data(picture, pictures) if picture else None,
        "missing": [] if figure else spans(plain(why_missing(source, passage.figure))),
    }
