"""The guide's own words, letter for letter (NFC): title, note, steps with their passages, captions of the figures.

They stand in ``guide.toml``, once; everything that says them takes them from here.
"""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Passage:
    """What the guide says before a figure, and the figure.

    Attributes:
        text: The guide's words; two stars on either side of what is bold.
        figure: Number of the figure that follows, from 1 on.
        caption: The figure's caption.
        shows: What the figure shows, for readers who cannot see it; not the guide's words.
    """

    text: str
    figure: int
    caption: str
    shows: str


@dataclass(frozen=True)
class GuideStep:
    """A step of the guide: its number, its title, and what is to do."""

    number: int
    title: str
    passages: tuple[Passage, ...]

    @property
    def heading(self) -> str:
        """``Bước N: <title>``."""
        return f"Bước {self.number}: {self.title}"


def _read_steps(tables: list[dict[str, Any]]) -> tuple[GuideStep, ...]:
    """The steps in order; steps and figures are numbered by where they stand."""
    steps: list[GuideStep] = []
    figures = 0
    for number, table in enumerate(tables, start=1):
        passages = tuple(Passage(figure=figures + place, **one) for place, one in enumerate(table["passages"], start=1))
        figures += len(passages)
        steps.append(GuideStep(number, table["title"], passages))
    return tuple(steps)


_WORDS: dict[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))

TITLE: str = _WORDS["title"]
NOTE: str = _WORDS["note"]
CLOSING: str = _WORDS["closing"]
GUIDE_STEPS = _read_steps(_WORDS["steps"])

STEPS = {step.number: step.title for step in GUIDE_STEPS}
CAPTIONS = {passage.figure: passage.caption for step in GUIDE_STEPS for passage in step.passages}

# The step in whose course each figure is taken.
STEP_OF_FIGURE = {passage.figure: step.number for step in GUIDE_STEPS for passage in step.passages}


def step_number(keyword_name: str) -> int | None:
    """Return N when a keyword's name is ``Bước N: <the guide's title>`` (in any Unicode form), else None."""
    name = unicodedata.normalize("NFC", keyword_name).strip()
    for step in GUIDE_STEPS:
        if name == step.heading:
            return step.number
    return None
