"""Steps and figures of the guide. How many there are is what a manifest says, not what today's guide has."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Annotated, TypeAlias

from msgspec import Meta

from chukyso.evidence.guide import CAPTIONS, STEPS
from chukyso.evidence.model.kinds import ADDED, Count, Moment, Positive, Sha256

# The schema is of today's guide; reading takes evidence of a guide with more steps or figures, or fewer.
StepNumber: TypeAlias = Annotated[int, Meta(ge=1, extra_json_schema={"maximum": len(STEPS)})]
FigureNumber: TypeAlias = Annotated[int, Meta(ge=1, extra_json_schema={"maximum": len(CAPTIONS)})]
FigurePath: TypeAlias = Annotated[
    str, Meta(extra_json_schema={"pattern": rf"^figures/figure-({'|'.join(map(str, CAPTIONS))})\.png$"})
]


class StepStatus(StrEnum):
    """How a step ended. running: the run ended inside it."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Step:
    """A step.

    Attributes:
        number: As in the guide.
        title: The guide's words.
        started: When it began.
        ended: When it ended.
        status: How.
    """

    number: StepNumber
    title: str
    started: Moment
    ended: Moment | None = None
    status: StepStatus = StepStatus.RUNNING


class Match(StrEnum):
    """What came of comparing a figure with its reference."""

    SAME = "same"
    CHANGED = "changed"
    NO_REFERENCE = "no-reference"
    NOT_COMPARABLE = "not-comparable"


@dataclass(frozen=True)
class FigureMatch:
    """A figure beside its reference.

    Attributes:
        result: changed when structure or picture is; same only when both are.
        structure: Of the ARIA snapshots.
        picture: Of the pictures, without the regions that change.
        reason: Why there is no reference or nothing to compare: missing, damaged, other-browser (no longer written),
            other-fonts, other-size, other-layout, unreadable, unmeasured, no-page.
        structure_difference: Lines of the structure: '-' in the reference only, '+' in this figure only.
        tiles: How many tiles of the picture differ.
        reference_sha256: Of the reference's picture.
        reference: Copy of the reference, kept when the figure changed; relative to the output directory.
        difference: Picture of what differs; relative to the output directory.
    """

    result: Match
    structure: Match
    picture: Match
    reason: str | None = field(default=None, metadata=ADDED)
    structure_difference: tuple[str, ...] = field(default=(), metadata=ADDED)
    tiles: Count = field(default=0, metadata=ADDED)
    reference_sha256: str | None = field(default=None, metadata=ADDED)
    reference: str | None = field(default=None, metadata=ADDED)
    difference: str | None = field(default=None, metadata=ADDED)

    @classmethod
    def of(cls, structure: Match, picture: Match, reason: str | None = None) -> FigureMatch:
        """What came of comparing both: changed when either is, the same only when both are."""
        worst_first = (Match.CHANGED, Match.NO_REFERENCE, Match.NOT_COMPARABLE)
        result = next((one for one in worst_first if one in (structure, picture)), Match.SAME)
        return cls(result, structure, picture, reason)

    def with_picture(self, picture: Match, tiles: int = 0) -> FigureMatch:
        """The same when the pictures were compared, too."""
        return replace(self, result=self.of(self.structure, picture).result, picture=picture, tiles=tiles)


@dataclass(frozen=True)
class Figure:
    """A figure.

    Attributes:
        number: As in the guide.
        caption: The guide's words, NFC.
        path: Relative to the output directory.
        sha256: Of the file.
        width: In pixels.
        height: In pixels.
        taken: When.
        page: Address of the page without query and unguessable parts.
        match: What came of comparing the figure with its reference; null when it was not compared.
    """

    number: FigureNumber
    caption: str
    path: FigurePath
    sha256: Sha256
    width: Positive
    height: Positive
    taken: Moment
    page: str
    match: FigureMatch | None = field(default=None, metadata=ADDED)


@dataclass(frozen=True)
class MissingFigure:
    """A figure that was not taken.

    Attributes:
        number: As in the guide.
        caption: The guide's words, NFC.
        reason: Vietnamese, to follow “không chụp vì”.
    """

    number: FigureNumber
    caption: str
    reason: Annotated[str, Meta(min_length=1)]
