"""What a run's evidence gives to the guide: its figures, each proved to be the one that was taken, and its particulars.

A folder may come from anywhere. Nothing in it is believed that its manifest does not vouch for, and no path in the
manifest is followed: where a figure lies is known beforehand.
"""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from PIL import Image

from chukyso.archive.reading import Unreadable, read_bytes, read_object, text_of
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.guide import CAPTIONS
from chukyso.evidence.manifest import MANIFEST_FILE
from chukyso.evidence.model.manifest import SCHEMA_VERSION
from chukyso.figures.taking import figure_file, png_size
from chukyso.moment import read_moment
from chukyso.text import one_line

MAX_FIGURE = 64 << 20
"""Largest figure that is read, in bytes; one has about 200,000."""
MAX_PIXELS = 80_000_000
"""Most pixels of a figure; one has about 5,000,000."""
_YEARS = range(2000, 2200)  # others are nobody's run, and not every format has a date for them
_LONGEST = 400  # characters of a reason; texts of a manifest go into documents and onto terminals


@dataclass(frozen=True)
class GuideFigure:
    """A figure as it was taken.

    Attributes:
        number: 1 to 6.
        png: The file's content.
        width: In pixels.
        height: In pixels.
    """

    number: int
    png: bytes
    width: int
    height: int


@dataclass(frozen=True)
class GuideSource:
    """A run whose figures the guide shows.

    Attributes:
        run_id: The run's UUID.
        started: When the run began; aware.
        profile: Name of the portal's profile; "" when the run ended before it was read.
        rehearsal: Whether portal, token and certificates were the sandbox's.
        masked: Whether contact data was masked before the figures were written (``PRIVACY:masked``).
        product: Product and version that took the figures.
        figures: The figures that were taken, by number.
        missing: Why the others are not there, by number; Vietnamese, to follow “không chụp vì”.
    """

    run_id: str
    started: datetime
    profile: str
    rehearsal: bool
    masked: bool
    product: str
    figures: Mapping[int, GuideFigure]
    missing: Mapping[int, str]

    @property
    def personal(self) -> bool:
        """Whether a figure may show data of a real organisation."""
        return bool(self.figures) and not self.rehearsal and not self.masked


def read_source(run: Path) -> GuideSource:
    """Read a run's output directory.

    Args:
        run: The directory that holds ``evidence/`` and ``figures/``.

    Raises:
        ChukysoError: ``EVIDENCE_UNREADABLE`` when this is no run's directory or its manifest is not to be understood;
            ``EVIDENCE_NEWER``; ``FIGURE_DAMAGED`` when a figure is missing, damaged, or another than the manifest says.
    """
    manifest = _read_manifest(run)
    incomplete = f"{MANIFEST_FILE} không có đủ nội dung của một lần chạy"
    try:
        taken = _by_number(manifest, "figures")
        figures = {number: _read_figure(run, number, entry) for number, entry in taken.items()}
        missing = {
            number: one_line(str(entry["reason"]), _LONGEST)
            for number, entry in _by_number(manifest, "missing_figures").items()
            if number not in figures
        }
        started = read_moment(manifest["run"]["started"])
        source = GuideSource(
            run_id=one_line(str(manifest["run"]["id"])),
            started=started,
            profile=one_line(text_of(manifest["run"], "profile")),
            rehearsal=manifest["run"]["rehearsal"] is True,
            masked=is_masked(manifest),
            product=one_line(str(manifest["host"]["product"])),
            figures=figures,
            missing=missing,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        _refuse(run, incomplete, f"{type(error).__name__}: {error}", error)
    if started.year not in _YEARS or source.figures.keys() | source.missing.keys() != CAPTIONS.keys():
        _refuse(run, incomplete, "figures or start incomplete")
    return source


def is_masked(manifest: Mapping[str, Any]) -> bool:
    """Whether the run masked personal data before it wrote a figure; manifests before that was possible say nothing."""
    return manifest.get("privacy") == "masked"


def _read_manifest(run: Path) -> dict[str, Any]:
    path = run / MANIFEST_FILE
    if not path.is_file():
        reason = f"không có tệp {MANIFEST_FILE}" if run.is_dir() else "không có thư mục này"
        _refuse(run, reason, f"{path} is no file")
    try:
        manifest = read_object(path)
    except Unreadable as error:
        _refuse(run, f"{MANIFEST_FILE} bị hỏng hoặc không phải của một lần chạy", str(error), error)
    version = manifest.get("schema_version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        _refuse(run, f"{MANIFEST_FILE} không phải của một lần chạy", f"schema_version is {version!r}"[:200])
    if version > SCHEMA_VERSION:
        raise ChukysoError(Code.EVIDENCE_NEWER, path=run, version=version, known=SCHEMA_VERSION)
    return manifest


def _by_number(manifest: Mapping[str, Any], name: str) -> dict[int, Mapping[str, Any]]:
    entries = {entry["number"]: entry for entry in manifest[name]}
    if len(entries) != len(manifest[name]) or not entries.keys() <= CAPTIONS.keys():
        raise ValueError(f"{name}: a number is there twice or unknown")
    return entries


def _read_figure(run: Path, number: int, entry: Mapping[str, Any]) -> GuideFigure:
    """A figure where a run puts it, whatever path the manifest has, when it is whole and the one that was taken."""
    path = run / figure_file(number)
    wanted = entry["sha256"]
    if not path.is_file():
        _changed(number, path, "tệp không còn", "no such file")
    try:
        png = read_bytes(path, MAX_FIGURE)
    except Unreadable as error:
        _changed(number, path, "tệp không đọc được", str(error), error)
    try:
        width, height = png_size(png)
    except (ValueError, struct.error) as error:
        _changed(number, path, "tệp PNG bị cắt cụt hoặc không phải PNG", str(error), error)
    if hashlib.sha256(png).hexdigest() != wanted:
        _changed(number, path, "mã băm khác với biên bản", f"SHA-256 is not {wanted}")
    if width * height > MAX_PIXELS:
        _changed(number, path, "hình quá lớn", f"{width} x {height} pixels")
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as picture:
            picture.load()
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow raises for a PNG that cannot be decoded
        _changed(number, path, "tệp PNG bị hỏng", f"{type(error).__name__}: {error}", error)
    return GuideFigure(number, png, width, height)


def _refuse(run: Path, reason: str, detail: str, cause: Exception | None = None) -> NoReturn:
    raise ChukysoError(Code.EVIDENCE_UNREADABLE, detail, path=run, reason=reason) from cause


def _changed(number: int, path: Path, reason: str, detail: str, cause: Exception | None = None) -> NoReturn:
    raise ChukysoError(Code.FIGURE_DAMAGED, detail, number=number, path=path, reason=reason) from cause
