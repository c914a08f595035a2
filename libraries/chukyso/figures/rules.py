"""The rules of comparing and masking, read from ``rules.toml``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Replacement:
    """A part of a structure that changes from run to run.

    Attributes:
        pattern: What it looks like.
        text: What stands for it.
        only: Lines without this text are left alone; "" for every line.
    """

    pattern: re.Pattern[str]
    text: str
    only: str = ""

    def apply(self, line: str) -> str:
        return self.pattern.sub(self.text, line) if self.only in line else line


@dataclass(frozen=True)
class PersonalPattern:
    """What data about a person looks like. ``source`` is for the page's JavaScript, ``pattern`` the same for Python."""

    kind: str
    source: str
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class PictureRules:
    """When two pictures count as different.

    Attributes:
        reduce: By how much both are reduced before they are compared.
        noise: A pixel differs when one of its colours differs by more (of 255).
        tile: Side of a tile in reduced pixels.
        share: A tile differs when more than this share of its pixels does.
        other_browser: That share where the reference was taken with another browser, or version.
        tiles: A picture differs when at least so many tiles do.
        height: CSS pixels by which a region's height may differ before what stands below it cannot be compared.
    """

    reduce: int
    noise: int
    tile: int
    share: float
    other_browser: float
    tiles: int
    height: float

    def between(self, browser: str, other: str) -> PictureRules:
        """The rules for pictures of these two browsers."""
        return self if browser == other else replace(self, share=self.other_browser)


@dataclass(frozen=True)
class Rules:
    structure: tuple[Replacement, ...]
    personal: tuple[PersonalPattern, ...]
    picture: PictureRules


@cache
def rules() -> Rules:
    """The rules that come with the program."""
    data = tomllib.loads(Path(__file__).with_name("rules.toml").read_text(encoding="utf-8"))
    return Rules(
        tuple(Replacement(re.compile(rule["pattern"]), rule["as"], rule.get("only", "")) for rule in data["structure"]),
        tuple(
            PersonalPattern(rule["kind"], rule["pattern"], re.compile(rule["pattern"], re.ASCII | re.IGNORECASE))
            for rule in data["personal"]
        ),
        PictureRules(**data["picture"]),
    )
