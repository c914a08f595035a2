"""Works on figures that were taken in the background, while the run waits for the portal.

At the end of a run nobody waits for anything any more: each picture that is decoded there is time.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from chukyso.archive.thumbnails import shrink
from chukyso.figures.match import Compared
from chukyso.figures.picture import NO_PICTURE, read_figure

Compare = Callable[[Path | Image.Image], Compared]


@dataclass(frozen=True)
class Processed:
    """What was made of a figure's picture.

    Attributes:
        thumbnail: What the strip of thumbnails shows of it; None when it cannot be read.
        compared: What came of comparing it; None when it is not compared.
    """

    thumbnail: Image.Image | None
    compared: Compared | None


class BackgroundWork:
    """A thread of its own, for one run."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "figures")
        self._figures: dict[int, Future[Processed]] = {}

    def process(self, number: int, path: Path, compare: Compare | None) -> None:
        """Decode a figure once, for all that wants its picture.

        Args:
            number: 1 to 6; of two with the same number the later one counts.
            path: Its file.
            compare: What compares it; it may be given the file when that cannot be read.
        """
        self._figures[number] = self._pool.submit(_process, path, compare)

    def import_sealing(self) -> None:
        """Import what seals a report: half a second."""
        self._pool.submit(importlib.import_module, "chukyso.archive.sealing")

    def decode_for_page(self, path: Path, scratch: Path | None) -> None:
        """Decode a figure for the page of the report that shows it. What goes wrong shows there."""
        self._pool.submit(_decode, path, scratch)

    def thumbnails(self) -> dict[int, Image.Image | None]:
        """The figures in small, by number; waits until the last one was looked at."""
        return {number: figure.result().thumbnail for number, figure in self._figures.items()}

    def compared(self) -> dict[int, Compared]:
        """What came of comparing those that are compared, by number; waits as ``thumbnails``."""
        all_of_them = {number: figure.result().compared for number, figure in self._figures.items()}
        return {number: compared for number, compared in all_of_them.items() if compared}

    def stop(self) -> None:
        """Drop what was not begun, and wait for the rest."""
        self._pool.shutdown(cancel_futures=True)


def _process(path: Path, compare: Compare | None) -> Processed:
    whole: Image.Image | None
    try:
        whole = read_figure(path)
    except NO_PICTURE:
        whole = None
    return Processed(shrink(whole) if whole else None, compare(whole or path) if compare else None)


def _decode(path: Path, scratch: Path | None) -> None:
    from chukyso.typeset.document import decode  # noqa: PLC0415 - not every run seals

    decode(path.read_bytes(), scratch)
