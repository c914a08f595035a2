"""What is made of a figure while the run goes on."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from chukyso.archive.thumbnails import WIDTH
from chukyso.evidence.model.guide import FigureMatch, Match
from chukyso.figures.match import Compared
from EvidenceLibrary.background import BackgroundWork

SAME = Compared(FigureMatch.of(Match.SAME, Match.SAME))


def test_a_figure_is_decoded_once_for_both(tmp_path: Path) -> None:
    Image.new("RGB", (2 * WIDTH, 300), "red").save(tmp_path / "1.png")
    given: list[Path | Image.Image] = []

    def compare(figure: Path | Image.Image) -> Compared:
        given.append(figure)
        return SAME

    work = BackgroundWork()
    work.process(1, tmp_path / "1.png", compare)
    work.process(2, tmp_path / "1.png", None)
    assert work.compared() == {1: SAME}
    assert [small.width for small in work.thumbnails().values() if small] == [WIDTH, WIDTH]
    assert [isinstance(figure, Image.Image) for figure in given] == [True]
    work.stop()


def test_a_broken_figure_is_told_by_who_compares_it_and_has_no_thumbnail(tmp_path: Path) -> None:
    broken = tmp_path / "1.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nand no more")
    given: list[Path | Image.Image] = []
    work = BackgroundWork()
    work.process(1, broken, lambda figure: given.append(figure) or SAME)  # type: ignore[func-returns-value]
    assert (work.thumbnails(), work.compared(), given) == ({1: None}, {1: SAME}, [broken])
    work.stop()
