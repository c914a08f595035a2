"""The six figures: prepared, marked, photographed, and left as it was.

The page is reached through ``Camera``, so that this knows neither Robot Framework nor a browser driver.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from chukyso.errors import ChukysoError, Code
from chukyso.evidence.files import reporting_write_errors, sha256, sync_directory, sync_file
from chukyso.evidence.guide import CAPTIONS
from chukyso.evidence.model.guide import Figure
from chukyso.figures.sight import Sight
from chukyso.figures.table import FigureTable

OVERLAY_HOST = "chukyso-figure-marks"
SECRET_DOTS = 8
FAILURE_FILE = "evidence/failure.png"
SETTLE_TIMEOUT = 5.0
_PREPARE = (Path(__file__).parent / "overlay.js").read_text(encoding="utf-8")
_PREPARE = _PREPARE[_PREPARE.index("async (") :]  # what the driver gets must begin as a function
_MEASURE = (Path(__file__).parents[1] / "figures" / "measure.js").read_text(encoding="utf-8")
_MEASURE = _MEASURE[_MEASURE.index("({ host") :]
_REMOVE = """(name) => {
    const host = document.querySelector(name);
    host?.figure?.undo.reverse().forEach((step) => step());
    host?.remove();
}"""
_PNG_START, _PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
_UNGUESSABLE = re.compile(r"(?a:[\w-]{16,})")


class Camera(Protocol):
    """The active page of a browser."""

    def evaluate(self, script: str, argument: object, selector: str = "") -> object:
        """Run a JavaScript function in the page with the element (if a selector is given) and the argument."""

    def photograph(self, path: Path, *, full_page: bool) -> None:
        """Write a PNG of the page."""

    def snapshot(self) -> str:
        """The page's ARIA snapshot, YAML. It holds what is in every field; nothing may log it."""


@dataclass(frozen=True)
class Shot:
    """A figure and what the page told about itself.

    Attributes:
        figure: The figure.
        settled: Whether fonts, pictures and animations came to rest in time.
        browser: Name and major version of the browser.
        sight: What it shows, in a form that can be compared; None when that was not asked for, or did not work.
    """

    figure: Figure
    settled: bool
    browser: str
    sight: Sight | None = None


@dataclass(frozen=True)
class Look:
    """How the figures of a run are taken.

    Attributes:
        personal: What of a person to cover (``Masker.for_page``), or None to cover nothing.
        table: What changes in this figure, or None when it is not to be compared.
    """

    personal: Mapping[str, object] | None = None
    table: FigureTable | None = None


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
    look: Look | None = None,
) -> Shot:
    """Take one figure of the active page.

    Waits until fonts are loaded, pictures decoded and animations over; frames the marked elements and numbers them in
    the given order; puts a fixed number of dots over every field that holds a secret, and a flat colour over what is
    about a person when that is asked for; removes all that right after the picture.

    Args:
        camera: The page.
        output: The output directory; ``figures/`` must exist.
        number: 1 to 6.
        mark: Selectors of the elements to press.
        full_page: The whole page instead of what is in the window.
        look: What to cover, and whether to measure; neither when left out.

    Raises:
        ChukysoError: ``OPTION_INVALID``, ``PORTAL_CHANGED`` when an element to mark is not there, ``OUTPUT_DISK_FULL``.
    """
    if number not in CAPTIONS:
        raise ChukysoError(Code.OPTION_INVALID, name="number", reason=f"chỉ có Hình 1 đến Hình {len(CAPTIONS)}")
    path = output / figure_file(number)
    part = path.with_name(f"part-{path.name}")
    look = look or Look()
    with _prepared(camera, mark, look.personal) as page:
        taken = datetime.now(UTC)
        _photograph(camera, part, full_page)
        sight = _measure(camera, look, str(page["browser"]), full_page)
    width, height = _finish(part, path)
    figure = Figure(
        number, CAPTIONS[number], figure_file(number), sha256(path), width, height, taken, public_address(page["page"])
    )
    return Shot(figure, bool(page["settled"]), str(page["browser"]), sight)


def take_failure_picture(camera: Camera, output: Path, personal: Mapping[str, object] | None = None) -> Path:
    """Take a picture of the page on which a run failed, secrets covered as in a figure; return its path.

    Args:
        camera: The page.
        output: The output directory; ``evidence/`` must exist.
        personal: What of a person to cover, as in ``Look``.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL``.
    """
    path = output / FAILURE_FILE
    part = path.with_name(f"part-{path.name}")
    with _prepared(camera, (), personal):
        _photograph(camera, part, False)
    _finish(part, path)
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


@contextmanager
def _prepared(
    camera: Camera, mark: Sequence[str], personal: Mapping[str, object] | None
) -> Iterator[Mapping[str, object]]:
    options = {
        "host": OVERLAY_HOST,
        "dots": SECRET_DOTS,
        "timeout": int(SETTLE_TIMEOUT * 1000),
        "personal": personal,
    }
    try:
        page: object = None
        for number, selector in enumerate(mark, start=1):
            page = camera.evaluate(_PREPARE, {**options, "number": number}, selector)
        if not mark:
            page = camera.evaluate(f"(options) => ({_PREPARE})(null, options)", options)
        if not isinstance(page, Mapping):
            raise ChukysoError(Code.UNEXPECTED, f"the page answered {page!r}")
        yield page
    finally:
        camera.evaluate(_REMOVE, OVERLAY_HOST)


def _measure(camera: Camera, look: Look, browser: str, full_page: bool) -> Sight | None:
    """Measure the page while it is still prepared. The snapshot would hold secrets: they are hidden from it first.

    A page that cannot be measured keeps no run from its work: its figure is not compared.
    """
    if look.table is None:
        return None
    asked = {"host": OVERLAY_HOST, "fullPage": full_page, **look.table.for_page()}
    try:
        measured = camera.evaluate(_MEASURE, asked)
        return Sight.from_page(measured, camera.snapshot(), browser) if isinstance(measured, Mapping) else None
    except AssertionError:  # how the driver says that something on the page failed
        return None


def _photograph(camera: Camera, part: Path, full_page: bool) -> None:
    try:
        camera.photograph(part, full_page=full_page)
    except Exception as error:
        if "ENOSPC" in str(error) or "EDQUOT" in str(error):  # another process writes it; its message is all there is
            part.unlink(missing_ok=True)
            raise ChukysoError(Code.OUTPUT_DISK_FULL, str(error), path=part) from error
        raise


def _finish(part: Path, path: Path) -> tuple[int, int]:
    with reporting_write_errors(path):
        try:
            size = png_size(part.read_bytes())
        except ValueError as error:
            part.unlink()
            raise ChukysoError(Code.OUTPUT_DISK_FULL, str(error), path=path) from error
        sync_file(part)
        part.replace(path)
        sync_directory(path.parent)
    return size


def _is_unguessable(part: str) -> bool:
    """Words with hyphens (``thay-doi-thong-tin``) are no secret; what is long and mixes digits or cases is one."""
    mixed = any(char.isdigit() for char in part) or (part != part.lower() and part != part.upper())
    return mixed and _UNGUESSABLE.fullmatch(part) is not None
