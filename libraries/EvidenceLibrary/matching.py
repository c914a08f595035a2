"""The keyword that names the references of the figures, and comparing with them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from robot.api import logger
from robot.api.deco import keyword

from chukyso.evidence.journal import SUBMITTING
from chukyso.evidence.model.guide import Figure, FigureMatch, Match
from chukyso.figures.match import (
    NO_PAGE,
    keep_compared,
    match_figure,
    match_structure,
    not_measured,
    refuse_change,
    refuse_damaged,
)
from chukyso.figures.references import load_references, write_measurements
from chukyso.figures.table import load_tables, references_of
from chukyso.figures.taking import FigureOptions, View, figure_file
from chukyso.report.words import UNCOMPARED, why_not_compared
from chukyso.run.options import RunOptions
from chukyso.scratch import noted_scratch
from EvidenceLibrary.run import Comparing, CurrentRun


class MatchingKeywords:
    """Figures beside their references."""

    def __init__(self, run: CurrentRun) -> None:
        self._run = run

    @keyword(tags=["Figure"])
    def compare_figures_with_references(self, options: RunOptions) -> None:
        """Compare every figure of this run with its reference, and cover what the profile says is personal.

        The structure (ARIA snapshot) is compared when a figure is taken, the picture in a thread right after that; only
        when the options are strict the run waits for it. What came of it is in the manifest, in the report, and on the
        console.

        - ``options``: the options of the run: its profile, and whether a changed figure is to end it.

        Fails with ``PROFILE_INVALID`` when the profile's ``figures.toml`` cannot be read, with
        ``PROFILE_INCOMPLETE`` when the run is ``masked`` and the profile does not say what is personal, and with
        ``REFERENCES_DAMAGED`` when the options are strict and a reference is there that cannot be used.

        ```robotframework
        Compare Figures With References    ${run}
        ```
        """
        if options.seal:
            self._run.background.import_sealing()
        tables = load_tables(references_of(options.profile))
        personal = options.profile.personal_selectors() if self._run.masker else ()
        references = load_references(tables.directory)
        for number, problem in references.problems.items():
            logger.info(f"Reference of figure {number}: {problem} in {tables.directory}")
        self._run.comparing = Comparing(tables, references, options.strict_figures, personal)
        if options.strict_figures:
            refuse_damaged(references, tables.directory)


def figure_options(run: CurrentRun, number: int) -> FigureOptions:
    """How figure ``number`` of this run is to be taken."""
    comparing, masker = run.comparing, run.masker
    return FigureOptions(
        personal=masker.for_page(comparing.personal if comparing else ()) if masker else None,
        table=comparing.tables.of(number) if comparing else None,
    )


def match_now(run: CurrentRun, number: int, view: View) -> FigureMatch | None:
    """Have a figure looked at, and tell of a change of its structure; of its picture, too, when the run is strict."""
    measurement = view.measurement
    comparing, path = run.comparing, run.output / figure_file(number)
    compare = None
    if comparing and measurement:
        compare = partial(match_figure, number, measurement=measurement, references=comparing.references)
    run.background.process(number, path, compare)
    if run.seal:
        run.background.decode_for_page(path, noted_scratch(run.output / "run.scratch"))
    if comparing is None:
        return None
    if measurement is None:
        if view.address:
            logger.warn(f"Figure {number} could not be measured and is not compared")
        return not_measured(view.address)
    comparing.measurements[number] = measurement
    if comparing.strict:
        match = run.background.compared()[number].match
    else:
        match = match_structure(number, measurement, comparing.references)
    if match.structure is Match.CHANGED:
        logger.warn(
            f"Figure {number}: the page's structure differs from its reference\n"
            + "\n".join(match.structure_difference)
        )
        run.console.line(f"    Hình {number}: CỔNG ĐÃ THAY ĐỔI so với hình mẫu (cấu trúc)")
    return match


def stop_on_change(run: CurrentRun, number: int, match: FigureMatch | None) -> None:
    """End a strict run that has submitted nothing. After the point of no return a change is told, never a failure."""
    comparing = run.comparing
    if match and comparing and comparing.strict and not run.journal.has(SUBMITTING):
        refuse_change(number, match)


def compare_figures(run: CurrentRun) -> None:
    """Compare all figures of the run, and tell console, log and journal. To be done before the journal ends.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL``.
    """
    comparing = run.comparing
    if comparing is None or not run.record.figures or run.journal.has("figures-compared"):
        return
    write_measurements(run.output, comparing.measurements)
    figures = keep_compared(run.output, run.record.figures, run.background.compared())
    run.update(figures=figures)
    results = {figure.number: figure.match.result for figure in figures if figure.match}
    run.journal.append("figures-compared", **{f"figure-{number}": result for number, result in results.items()})
    changed = [number for number, result in results.items() if result is Match.CHANGED]
    alike = sum(result is Match.SAME for result in results.values())
    _tell_uncompared(run, figures)
    if changed:
        names = ", ".join(f"Hình {number}" for number in changed)
        run.console.line(f"  So với hình mẫu: CỔNG ĐÃ THAY ĐỔI ở {names}; xem biên bản")
        logger.warn(f"Figures {changed} differ from their references")
    elif alike:
        run.console.line(f"  So với hình mẫu: {alike}/{len(results)} hình giống hình mẫu")


def _tell_uncompared(run: CurrentRun, figures: Sequence[Figure]) -> None:
    """One line for each reason why figures, or their pictures, were not compared: it is never just left out."""
    numbers: dict[str, list[int]] = {}
    for figure in figures:
        if figure.match and figure.match.reason:
            numbers.setdefault(figure.match.reason, []).append(figure.number)
    for reason, those in numbers.items():
        names = ", ".join(f"Hình {number}" for number in those)
        run.console.line(f"  {UNCOMPARED} {names}: {why_not_compared(reason)}")
        if reason != NO_PAGE:
            logger.warn(f"{UNCOMPARED} {names}: {why_not_compared(reason)}")
