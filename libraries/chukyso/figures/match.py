"""A run's figures beside their references: structure at once, pictures when there is time."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, ImageChops

from chukyso.errors import ChukysoError, Code
from chukyso.evidence.files import write_whole
from chukyso.evidence.model.guide import Figure, FigureMatch, Match
from chukyso.figures.measurement import Measurement, structure_difference
from chukyso.figures.picture import (
    NO_PICTURE,
    compare_pictures,
    counting,
    read_figure,
    read_reduced,
    show_difference,
    to_png,
)
from chukyso.figures.references import DAMAGED, Reference, References
from chukyso.figures.rules import rules

OTHER_FONTS = "other-fonts"
OTHER_SIZE = "other-size"
OTHER_LAYOUT = "other-layout"
UNREADABLE = "unreadable"
UNMEASURED = "unmeasured"
NO_PAGE = "no-page"  # a window that is no page of the browser: nothing in it is measured
_UNSEEN = {UNMEASURED: "không đo được", UNREADABLE: "không đọc được"}


@dataclass(frozen=True)
class Compared:
    """A figure with what came of comparing; when it changed, the reference, and what differs."""

    match: FigureMatch
    picture: bytes = b""
    reference: bytes = b""


def difference_file(number: int) -> str:
    """Path of a difference picture relative to the output directory, with slashes."""
    return f"figures/figure-{number}-difference.png"


def reference_file(number: int) -> str:
    """Path of the copy of the reference of a figure that changed, relative to the output directory, with slashes."""
    return f"figures/figure-{number}-reference.png"


def match_structure(number: int, measurement: Measurement, references: References) -> FigureMatch:
    """Compare the structure alone; the picture counts as not comparable until it is looked at."""
    reference = references.figures.get(number)
    if reference is None:
        reason = references.problems.get(number, DAMAGED)
        found = Match.NOT_COMPARABLE if reason == DAMAGED else Match.NO_REFERENCE
        return FigureMatch.of(found, found, reason)
    lines = structure_difference(reference.measurement.structure, measurement.structure)
    found = Match.CHANGED if lines else Match.SAME
    match = FigureMatch.of(found, Match.NOT_COMPARABLE)
    return replace(match, structure_difference=lines, reference_sha256=reference.sha256)


def match_figure(number: int, figure: Path | Image.Image, measurement: Measurement, references: References) -> Compared:
    """Compare structure and picture.

    Args:
        number: 1 to 6.
        figure: Its file, or what ``read_figure`` made of it.
        measurement: What was measured when it was taken.
        references: Those of the profile.
    """
    match = match_structure(number, measurement, references)
    reference = references.figures.get(number)
    if reference is None:
        return Compared(match)
    reference_picture = reference.picture if match.structure is Match.CHANGED else b""
    try:
        found, wanted = read_reduced(figure), read_figure(io.BytesIO(reference.picture))
    except NO_PICTURE:
        return Compared(replace(match, reason=UNREADABLE), reference=reference_picture)
    reason = why_not_comparable(reference, measurement, wanted.size == found.size)
    if reason:
        return Compared(replace(match, reason=reason), reference=reference_picture)
    mask = ImageChops.darker(counting(reference.measurement, wanted.size), counting(measurement, found.size))
    how = rules().picture.between(reference.measurement.browser, measurement.browser)
    difference = compare_pictures(wanted, found, mask, how)
    if not difference.changed:
        return Compared(match.with_picture(Match.SAME), reference=reference_picture)
    shown = to_png(show_difference(found, difference), exact=False)
    return Compared(match.with_picture(Match.CHANGED, len(difference.tiles)), shown, reference.picture)


def why_not_comparable(reference: Reference, measurement: Measurement, same_size: bool) -> str:
    """Why two pictures of one page may differ although the page does not: a word, or "" when they may not."""
    wanted = reference.measurement
    if wanted.fonts != measurement.fonts:
        return OTHER_FONTS
    if not same_size or wanted.scale != measurement.scale:
        return OTHER_SIZE
    heights = {region.name: region.box[3] for region in wanted.regions if region.name}
    moved = any(
        abs(region.box[3] - heights[region.name]) > rules().picture.height
        for region in measurement.regions
        if region.name in heights and (measurement.until is None or region.box[1] < measurement.until)
    )
    return OTHER_LAYOUT if moved else ""


def not_measured(page: str) -> FigureMatch:
    """What is said of a figure that was not measured.

    Args:
        page: Address of the page that it shows; "" for a window that is none.
    """
    return FigureMatch.of(Match.NOT_COMPARABLE, Match.NOT_COMPARABLE, UNMEASURED if page else NO_PAGE)


def keep_compared(output: Path, figures: Iterable[Figure], compared: Mapping[int, Compared]) -> tuple[Figure, ...]:
    """Keep what shows how a run's figures differ, and return the figures with what came of comparing.

    Args:
        output: The run's output directory.
        figures: Its figures.
        compared: By number; those that are missing could not be measured.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL``.
    """
    matched = []
    for figure in figures:
        one = compared.get(figure.number) or Compared(not_measured(figure.page))
        match = one.match
        if one.reference:
            kept = reference_file(figure.number)
            match = replace(match, reference=kept)
            write_whole(output / kept, one.reference)
        if one.picture:
            shown = difference_file(figure.number)
            match = replace(match, difference=shown)
            write_whole(output / shown, one.picture)
        matched.append(replace(figure, match=match))
    return tuple(matched)


def refuse_damaged(references: References, directory: Path) -> None:
    """For ``STRICT_FIGURES``, before anything is done: what nothing is compared with would let every change pass.

    Args:
        references: As they were read.
        directory: Where they are.

    Raises:
        ChukysoError: ``REFERENCES_DAMAGED``.
    """
    if references.damaged:
        figures = ", ".join(f"Hình {number}" for number in references.damaged)
        raise ChukysoError(Code.REFERENCES_DAMAGED, str(directory), figures=figures, directory=str(directory))


def refuse_change(number: int, match: FigureMatch) -> None:
    """For ``STRICT_FIGURES``, before anything is submitted. A figure that could not even be read does not pass.

    Raises:
        ChukysoError: ``FIGURE_MISMATCH``.
    """
    if match.reason in _UNSEEN:
        raise ChukysoError(
            Code.FIGURE_MISMATCH, f"figure {number}: {match.reason}", number=number, what=_UNSEEN[match.reason]
        )
    if match.result is not Match.CHANGED:
        return
    parts = [(match.structure, "cấu trúc"), (match.picture, "hình ảnh")]
    what = " và ".join(word for part, word in parts if part is Match.CHANGED)
    detail = "\n".join([f"figure {number}: {match.tiles} tiles differ", *match.structure_difference])
    raise ChukysoError(Code.FIGURE_MISMATCH, detail, number=number, what=what)
