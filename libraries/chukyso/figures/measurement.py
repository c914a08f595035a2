"""What is measured of a figure so that it can be compared: its structure, and which parts of the picture count."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chukyso.figures.rules import rules

CHANGING = "…"
_SHORTEST = 2


@dataclass(frozen=True)
class Region:
    """A part of the picture that does not count.

    Attributes:
        name: The same in every run.
        box: x, y, width, height in CSS pixels.
        inside: Whether it belongs to the dialog above the page.
    """

    name: str
    box: tuple[float, float, float, float]
    inside: bool


@dataclass(frozen=True)
class Measurement:
    """What was measured of one figure.

    Attributes:
        structure: ARIA snapshot without what changes from run to run, YAML.
        regions: Parts of the picture that do not count.
        above: Box of the dialog above the page, or None.
        until: Where the part begins that does not count down to the end, CSS pixels, or None.
        scale: Pixels of the picture to a CSS pixel.
        browser: Name and major version.
        fonts: What the fonts of the machine look like in which it is drawn, as a number in hex; "" when the page brings
            all of its own.
    """

    structure: str
    regions: tuple[Region, ...]
    above: tuple[float, float, float, float] | None
    until: float | None
    scale: float
    browser: str
    fonts: str

    @classmethod
    def from_page(cls, measured: Mapping[str, Any], snapshot: str, browser: str) -> Measurement:
        """Of what ``measure.js`` and the browser answered."""
        secrets = [f'- secret "{label}"' for label in measured["secrets"]]
        return cls(
            normalise(snapshot, measured["texts"]) + "".join(f"{line}\n" for line in secrets),
            tuple(_region(region) for region in measured["regions"]),
            _box(measured["above"]),
            measured["until"],
            float(measured["scale"]),
            browser,
            str(measured["fonts"]),
        )

    def to_json(self) -> dict[str, object]:
        """Without the structure, which is a file of its own."""
        return {
            "browser": self.browser,
            "fonts": self.fonts,
            "scale": self.scale,
            "above": self.above,
            "until": self.until,
            "regions": [{"name": one.name, "box": list(one.box), "inside": one.inside} for one in self.regions],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], structure: str) -> Measurement:
        """Read what ``to_json`` wrote."""
        return cls(
            structure,
            tuple(_region(region) for region in data["regions"]),
            _box(data["above"]),
            None if data["until"] is None else float(data["until"]),
            float(data["scale"]),
            str(data["browser"]),
            str(data["fonts"]),
        )


def normalise(snapshot: str, texts: Sequence[str]) -> str:
    """A snapshot without what changes from run to run.

    Args:
        snapshot: As the browser wrote it.
        texts: What stood in the regions that change, in this run.
    """
    values = sorted({text for text in texts if len(text) >= _SHORTEST}, key=len, reverse=True)
    lines = []
    for line in snapshot.splitlines():
        for value in values:
            line = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", CHANGING, line)  # noqa: PLW2901 - one after the other
        for rule in rules().structure:
            line = rule.apply(line)  # noqa: PLW2901 - as above
        lines.append(line.rstrip())
    return "\n".join(lines) + "\n"


def structure_difference(reference: str, found: str) -> tuple[str, ...]:
    """Lines that are gone (``- …``) and new (``+ …``), without those that are alike; empty when nothing differs."""
    lines = difflib.unified_diff(reference.splitlines(), found.splitlines(), n=0, lineterm="")
    return tuple(line for line in list(lines)[2:] if not line.startswith("@@"))


def _region(data: Mapping[str, Any]) -> Region:
    box = _box(data["box"])
    if box is None:
        raise ValueError("a region without a place")
    return Region(str(data["name"]), box, bool(data["inside"]))


def _box(values: Sequence[float] | None) -> tuple[float, float, float, float] | None:
    if values is None:
        return None
    x, y, width, height = (float(value) for value in values)
    return x, y, width, height
