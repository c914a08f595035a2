"""The figures of a run in small, side by side in one picture, for the catalogue.

They are made in the run: decoding them takes longer than everything else that a catalogue does, and of ten
thousand runs it would take an hour. A run that is older than this gets its strip when the catalogue is made.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from chukyso.archive.reading import Unreadable, read_bytes
from chukyso.evidence.files import write_whole
from chukyso.evidence.guide import CAPTIONS
from chukyso.figures.picture import NO_PICTURE, read_figure

THUMBNAILS_FILE = "evidence/thumbnails.webp"
WIDTH, HEIGHT = 192, 120
"""Of one figure, in pixels."""
_LARGEST = 40_000_000  # pixels of a figure; 2560 × 1600 are a tenth of that
_FILE = 32 << 20  # bytes
_QUALITY = 62
_PAPER = "#eef1f5"
_AT_ONCE = 2  # Pillow decodes without the interpreter's lock


def write_thumbnails(output: Path, known: Mapping[int, Image.Image | None]) -> Path | None:
    """Write the strip of a run that ends; nothing when it has no figure.

    Args:
        output: The run's output directory.
        known: By number what ``shrink`` made of figures when they were taken.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL``.
    """
    strip = make_strip(output, len(CAPTIONS), known)
    if strip is None:
        return None
    path = output / THUMBNAILS_FILE
    write_whole(path, strip)
    return path


def make_strip(output: Path, places: int, known: Mapping[int, Image.Image | None] | None = None) -> bytes | None:
    """The figures in small as WebP, each at its place; None when there is none.

    A figure that is missing, damaged, or no picture that a run takes leaves its place empty.

    Args:
        output: The run's output directory.
        places: How many figures the guide of the run had.
        known: By number what ``shrink`` made of figures already.
    """
    known, numbers = known or {}, range(1, places + 1)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        read = {
            number: pool.submit(_read_small, output / "figures" / f"figure-{number}.png")
            for number in numbers
            if number not in known
        }
        small = [known[number] if number in known else read[number].result() for number in numbers]
    if not any(small):
        return None
    strip = Image.new("RGB", (WIDTH * len(small), HEIGHT), _PAPER)
    for place, picture in enumerate(small):
        if picture:
            strip.paste(picture, (place * WIDTH, 0))
    buffer = io.BytesIO()
    strip.save(buffer, "WEBP", quality=_QUALITY, method=4)
    return buffer.getvalue()


def shrink(whole: Image.Image) -> Image.Image | None:
    """A figure in small, cut at the bottom where it is taller; None when no run takes such a picture.

    Args:
        whole: Its picture, RGB.
    """
    if whole.width * whole.height > _LARGEST or whole.width < WIDTH:
        return None
    factor = whole.width // (WIDTH * 2)
    if factor > 1:  # most of the work, done quickly
        whole = whole.reduce(factor)
    height = min(whole.height, round(whole.width * HEIGHT / WIDTH))
    return whole.crop((0, 0, whole.width, height)).resize(
        (WIDTH, round(height * WIDTH / whole.width)), Image.Resampling.LANCZOS
    )


def _read_small(path: Path) -> Image.Image | None:
    try:
        return shrink(read_figure(io.BytesIO(read_bytes(path, _FILE))))
    except (Unreadable, *NO_PICTURE):
        return None
