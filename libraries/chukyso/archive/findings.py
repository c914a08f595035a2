"""The kinds of findings about evidence; their sentences are in ``findings.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum, StrEnum, auto
from pathlib import Path


class Level(IntEnum):
    """How much a finding weighs; the heaviest decides the exit code."""

    NOTE = 0
    WARNING = 1
    UNPROVEN = 2
    UNREADABLE = 3
    CHANGED = 4

    @property
    def verdict(self) -> Verdict:
        """What it comes to, when it is the heaviest."""
        if self is Level.CHANGED:
            return Verdict.CHANGED
        if self is Level.UNREADABLE:
            return Verdict.UNREADABLE
        return Verdict.UNPROVEN if self is Level.UNPROVEN else Verdict.INTACT


class Verdict(StrEnum):
    """What all findings together come to."""

    INTACT = "intact"
    """Nothing was changed, and something outside the evidence says so."""
    UNPROVEN = "intact-unproven"
    """Nothing contradicts it, and nobody but the evidence itself vouches for it."""
    CHANGED = "changed"
    UNREADABLE = "unreadable"


class Problem(Enum):
    """Every kind of finding."""

    # Files
    MANIFEST_MISSING = auto()
    MANIFEST_UNREADABLE = auto()
    MANIFEST_MALFORMED = auto()
    FOLDER_UNREADABLE = auto()
    FILE_CHANGED = auto()
    FILE_MISSING = auto()
    FILE_ADDED = auto()
    SYSTEM_LITTER = auto()
    NOT_A_FILE = auto()
    FACTS_DIFFER = auto()
    REHEARSAL_DENIED = auto()
    PORTAL_ON_THIS_MACHINE = auto()

    # Journal
    JOURNAL_BROKEN = auto()
    JOURNAL_CLOCK = auto()

    # Signature of the submission
    SIGNATURE_FAILED = auto()
    SIGNATURE_DOUBTFUL = auto()
    SIGNATURE_NO_ROOT = auto()

    # What the manifest rests on
    NOT_VOUCHED_FOR = auto()
    ROOT_INSIDE = auto()
    NOT_PROVEN_BEFORE_SEAL = auto()
    SEALED_LATER = auto()
    SUPPLEMENT_NOT_VOUCHED_FOR = auto()
    TRUST_INSIDE = auto()

    # Supplements
    SUPPLEMENT_BROKEN = auto()
    SUPPLEMENT_MISSING = auto()

    # Seal
    SEAL_MISSING = auto()
    SEAL_BROKEN = auto()
    SEAL_REMARK = auto()
    NO_MANIFEST_INSIDE = auto()
    SEAL_UNTRUSTED = auto()
    SEAL_OF_NOBODY = auto()

    # Chain
    NOT_CHAINED = auto()
    CHAIN_BROKEN = auto()
    CHAIN_FORKED = auto()
    CHAIN_COPY = auto()
    RUN_MISSING = auto()
    RUN_ELSEWHERE = auto()
    RUN_REMOVED = auto()
    REMOVAL_UNPROVEN = auto()
    REMOVAL_UNKNOWN = auto()
    REGISTER_DIFFERS = auto()
    REGISTER_UNAWARE = auto()
    REGISTER_PENDING = auto()
    REGISTER_BROKEN = auto()
    REGISTER_ABSENT = auto()
    CLOCK = auto()
    CLOCK_FUTURE = auto()
    CLOCK_RUN = auto()
    TOMBSTONES_BROKEN = auto()
    PRUNE_UNFINISHED = auto()

    @property
    def level(self) -> Level:
        return _SAID[self.name][0]

    def told(self, language: str, facts: Mapping[str, str]) -> str:
        """The sentence in a language, ``vi`` or ``en``, with its facts filled in."""
        return _SAID[self.name][1][language].format(**facts)


_TABLES: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
_SAID = {name: (Level[level], words) for level, table in _TABLES.items() for name, words in table.items()}


@dataclass(frozen=True)
class Finding:
    """Something that was found.

    Attributes:
        problem: What.
        run: Directory of the run, relative to what was looked at, with slashes; "" for the whole.
        facts: Values for the braces. May be anybody's text: whoever shows it makes it harmless.
    """

    problem: Problem
    run: str
    facts: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, problem: Problem, run: str = "", **facts: object) -> Finding:
        return cls(problem, run, tuple((name, str(value)) for name, value in facts.items()))

    @property
    def level(self) -> Level:
        return self.problem.level

    @property
    def vietnamese(self) -> str:
        return self.problem.told("vi", dict(self.facts))

    @property
    def english(self) -> str:
        return self.problem.told("en", dict(self.facts))

    def to_json(self) -> dict[str, object]:
        return {
            "level": self.level.name.lower(),
            "code": self.problem.name,
            "run": self.run,
            "vi": self.vietnamese,
            "en": self.english,
            **({"path": dict(self.facts)["path"]} if "path" in dict(self.facts) else {}),
        }
