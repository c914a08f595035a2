"""Two pictures of one page: what differs, leaving out what changes from run to run. Pillow alone."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from chukyso.figures.measurement import Measurement
from chukyso.figures.rules import PictureRules, rules

_MASKED = (226, 230, 235)
_RED = (208, 2, 27)
NO_PICTURE = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)
"""What is raised for a file that is no picture, or a broken one; Pillow raises ``SyntaxError`` for a PNG."""
_LIMIT = 80_000_000  # pixels; a figure of the whole of a long page has 20 million


@dataclass(frozen=True)
class PictureDifference:
    """What differs.

    Attributes:
        tiles: Left and top of each tile that differs, in reduced pixels.
        counted: How many tiles there are.
    """

    tiles: tuple[tuple[int, int], ...]
    counted: int

    @property
    def changed(self) -> bool:
        return len(self.tiles) >= rules().picture.tiles


def read_figure(figure: Path | io.BytesIO) -> Image.Image:
    """A figure, or a reference, as it is.

    Args:
        figure: Its file, or that file's content.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no picture, or one too large. ``NO_PICTURE`` names all that a broken one raises.
    """
    with Image.open(figure, formats=["PNG"]) as picture:
        if picture.width * picture.height > _LIMIT:
            raise ValueError(f"{picture.width} x {picture.height} pixels are too many")
        return picture.convert("RGB")


def read_reduced(figure: Path | io.BytesIO | Image.Image) -> Image.Image:
    """A figure at the size at which it is compared.

    Args:
        figure: Its file, that file's content, or what ``read_figure`` made of it.

    Raises:
        OSError, ValueError: As ``read_figure``.
    """
    whole = figure if isinstance(figure, Image.Image) else read_figure(figure)
    return whole.reduce(rules().picture.reduce)


def to_png(picture: Image.Image, *, exact: bool) -> bytes:
    """A picture as a file.

    Args:
        picture: The picture.
        exact: As it is, to be compared; else with 256 colours, at a third of the size, to be looked at.
    """
    buffer = io.BytesIO()
    few = picture.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    (picture if exact else few).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def counting(measurement: Measurement, size: tuple[int, int]) -> Image.Image:
    """Where a reduced picture counts: 255, and 0 in the regions that change."""
    factor = measurement.scale / rules().picture.reduce
    mask = Image.new("L", size, 255)
    draw = ImageDraw.Draw(mask)

    def fill(box: tuple[float, float, float, float], value: int, more: int = 1) -> None:
        x, y, width, height = (one * factor for one in box)
        left, top, right, bottom = int(x) - more, int(y) - more, int(x + width) + more, int(y + height) + more
        if right > left and bottom > top:
            draw.rectangle((left, top, right, bottom), fill=value)

    for region in measurement.regions:
        if not region.inside:
            fill(region.box, 0)
    if measurement.until is not None:
        fill((0, measurement.until, size[0] / factor, size[1] / factor), 0)
    if measurement.above is not None:
        fill(measurement.above, 255, -1)  # its edge is mixed with what is behind it
    for region in measurement.regions:
        if region.inside:
            fill(region.box, 0)
    return mask


def without_regions(picture: Image.Image, measurement: Measurement) -> Image.Image:
    """The reduced picture with every region that changes filled with one colour: what a reference may show."""
    return Image.composite(picture, Image.new("RGB", picture.size, _MASKED), counting(measurement, picture.size))


def compare_pictures(
    reference: Image.Image, found: Image.Image, mask: Image.Image, how: PictureRules | None = None
) -> PictureDifference:
    """Compare two reduced pictures of one size, tile by tile.

    Args:
        reference: What it should look like.
        found: What it looks like.
        mask: 255 where both count, else 0.
        how: The thresholds; those of ``rules.toml`` when left out.
    """
    how = how or rules().picture
    red, green, blue = ImageChops.difference(reference, found).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    differs = ImageChops.multiply(most.point([0 if value <= how.noise else 255 for value in range(256)]), mask)
    tiles = differs.reduce(how.tile)
    limit = how.share * 255
    shares = tiles.tobytes()  # one byte a tile
    places = (
        (at % tiles.width * how.tile, at // tiles.width * how.tile) for at, share in enumerate(shares) if share > limit
    )
    return PictureDifference(tuple(places), len(shares))


def show_difference(found: Image.Image, difference: PictureDifference) -> Image.Image:
    """This run's picture, pale, with what differs in its own colours and framed in red."""
    pale = Image.blend(found.convert("L").convert("RGB"), Image.new("RGB", found.size, "white"), 0.62)
    side = rules().picture.tile
    where = Image.new("L", found.size, 0)
    draw = ImageDraw.Draw(where)
    for left, top in difference.tiles:
        draw.rectangle((left - 2, top - 2, left + side + 1, top + side + 1), fill=255)
    shown = Image.composite(found, pale, where)
    edge = ImageChops.subtract(where, where.filter(ImageFilter.MinFilter(3)))
    shown.paste(_RED, mask=edge)
    return shown
