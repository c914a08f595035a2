"""The guide as one HTML file: no script, nothing loaded from anywhere."""

from __future__ import annotations

import base64
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chukyso.evidence.guide import CLOSING, GUIDE_STEPS, NOTE, TITLE
from chukyso.guide.source import GuideSource
from chukyso.guide.words import banner, origin, spans, why_missing
from chukyso.typeface import embed

_TEMPLATES = Path(__file__).parent / "templates"


def render_html(source: GuideSource, product: str) -> str:
    """The guide with a run's figures embedded.

    Args:
        source: The run.
        product: Name and version of the program that writes it.
    """
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(spans=spans, why_missing=why_missing, base64=_base64)
    html = environment.get_template("guide.html").render(
        # Our own file, not data of the run: the only thing that goes in unescaped.
        css=Markup((_TEMPLATES / "guide.css").read_text(encoding="utf-8")),  # noqa: S704
        product=product,
        title=TITLE,
        note=NOTE,
        closing=CLOSING,
        steps=GUIDE_STEPS,
        source=source,
        banner=banner(source),
        origin=origin(source),
    )
    return embed(html)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
