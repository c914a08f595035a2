"""The six figures: taken by a camera, kept on disk, and what is known of each.

What is before a camera, a page of a browser or a window of the desktop, is known to it alone (``figures.page_camera``).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

from chukyso.errors import ChukysoError, Code
from chukyso.evidence.files import reporting_write_errors, sha256, sync_directory, sync_file
from chukyso.evidence.guide import CAPTIONS
from chukyso.evidence.model.guide import Figure
from chukyso.figures.measurement import Measurement
from chukyso.figures.table import FigureTable
from chukyso.storage.moving import replace_file

FAILURE_FILE: Final = "evidence/failure.png"
_PNG_START, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
_UNGUESSABLE = re.compile(r"(?a:[\w-]{16,})")


@dataclass(frozen=True)
class FigureOptions:
    """How the figures of a run are taken.

    Attributes:
        personal: What of a person to cover (``Masker.for_page``), or None to cover nothing.
        table: What changes in this figure, or None when it is not to be compared.
    """

    personal: Mapping[str, object] | None = None
    table: FigureTable | None = None


@dataclass(frozen=True)
class View:
    """What a camera saw besides the picture.

    Attributes:
        address: Of the page; "" when it is none.
        settled: Whether what is shown came to rest in time.
        browser: Name and major version of the browser; "" when it is no page.
        measurement: What is shown, in a form that can be compared; None when that was not asked for, or did not work.
        taken: When the picture was taken.
    """

    address: str
    settled: bool
    browser: str
    measurement: Measurement | None
    taken: datetime


class Camera(Protocol):
    """What takes a picture with the elements to press framed and numbered, and every secret covered."""

    def shoot(self, path: Path, marks: Sequence[str], options: FigureOptions, *, full_page: bool) -> View:
        """Write a PNG, and leave what is shown as it was.

        Args:
            path: The file.
            marks: The elements to press, as this camera knows them, in their order.
            options: What to cover, and whether to measure.
            full_page: All of it instead of what is visible.

        Raises:
            ChukysoError: ``PORTAL_CHANGED`` when an element to mark is not there.
        """


@dataclass(frozen=True)
class Shot:
    """A figure and what the camera saw.

    Attributes:
        figure: The figure.
        view: What was seen.
    """

    figure: Figure
    view: View


def figure_file(number: int) -> str:
    """Path of a figure relative to the output directory, with slashes."""
    return f"figures/figure-{number}.png"


def take_figure(
    camera: Camera,
    output: Path,
    number: int,
    mark: Sequence[str] = (),
    *,
    full_page: bool = False,
    options: FigureOptions | None = None,
) -> Shot:
    """Take one figure of what is before the camera.

    Args:
        camera: What takes it.
        output: The output directory; ``figures/`` must exist.
        number: 1 to 6.
        mark: The elements to press.
        full_page: The whole page instead of what is in the window.
        options: What to cover, and whether to measure; neither when left out.

    Raises:
        ChukysoError: ``OPTION_INVALID``, ``PORTAL_CHANGED`` when an element to mark is not there, ``OUTPUT_DISK_FULL``.
    """
    if number not in CAPTIONS:
        raise ChukysoError(Code.OPTION_INVALID, name="number", reason=f"chỉ có Hình 1 đến Hình {len(CAPTIONS)}")
    path = output / figure_file(number)
    view, (width, height) = _shoot(camera, path, mark, options or FigureOptions(), full_page=full_page)
    address = public_address(view.address) if view.address else ""
    figure = Figure(number, CAPTIONS[number], figure_file(number), sha256(path), width, height, view.taken, address)
    return Shot(figure, view)


def take_failure_picture(camera: Camera, output: Path, personal: Mapping[str, object] | None = None) -> Path:
    """Take a picture of that on which a run failed, secrets covered as in a figure; return its path.

    Args:
        camera: What takes it.
        output: The output directory; ``evidence/`` must exist.
        personal: What of a person to cover, as in ``FigureOptions``.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL``.
    """
    path = output / FAILURE_FILE
    _shoot(camera, path, (), FigureOptions(personal), full_page=False)
    return path


def public_address(address: object) -> str:
    """An address without query, credentials and unguessable parts: it goes into the evidence."""
    parts = urlsplit(str(address))
    host = parts.netloc.rpartition("@")[2]
    path = "/".join("…" if _is_unguessable(part) else part for part in parts.path.split("/"))
    fragment = parts.fragment.partition("?")[0]
    return f"{parts.scheme}://{host}{path}" + (f"#{fragment}" if fragment else "")


def png_size(data: bytes) -> tuple[int, int]:
    """Width and height of a complete PNG in pixels.

    Raises:
        ValueError: it is none, or its end is missing.
    """
    if not data.startswith(_PNG_START) or not data.endswith(_PNG_END):
        raise ValueError("not a complete PNG")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _shoot(
    camera: Camera, path: Path, marks: Sequence[str], options: FigureOptions, *, full_page: bool
) -> tuple[View, tuple[int, int]]:
    part = path.with_name(f"part-{path.name}")
    try:
        view = camera.shoot(part, marks, options, full_page=full_page)
    except Exception as error:
        if "ENOSPC" in str(error) or "EDQUOT" in str(error):  # another process writes it; its message is all there is
            part.unlink(missing_ok=True)
            raise ChukysoError(Code.OUTPUT_DISK_FULL, str(error), path=part) from error
        raise
    return view, _finish(part, path)


def _finish(part: Path, path: Path) -> tuple[int, int]:
    with reporting_write_errors(path):
        try:
            size = png_size(part.read_bytes())
        except ValueError as error:
            part.unlink()
            raise ChukysoError(Code.OUTPUT_DISK_FULL, str(error), path=path) from error
        sync_file(part)
        replace_file(part, path)
        sync_directory(path.parent)
    return size


def _is_unguessable(part: str) -> bool:
    """Words with hyphens (``thay-doi-thong-tin``) are no secret; what is long and mixes digits or cases is one."""
    mixed = any(char.isdigit() for char in part) or (part != part.lower() and part != part.upper())
    return mixed and _UNGUESSABLE.fullmatch(part) is not None
