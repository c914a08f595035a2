"""What a run's evidence gives to the guide: its figures, each proved to be the one that was taken, and its particulars.

A folder may come from anywhere. Nothing in it is believed that its manifest does not vouch for, and no path in the
manifest is followed: where a figure lies is known beforehand.
"""

from __future__ import annotations

import hashlib
import io
import struct
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from PIL import Image

from chukyso.archive.reading import Unreadable, read_bytes, read_object
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.guide import CAPTIONS
from chukyso.evidence.manifest import MANIFEST_FILE, from_json
from chukyso.evidence.model.guide import Figure, MissingFigure
from chukyso.evidence.model.manifest import SCHEMA_VERSION
from chukyso.evidence.model.run import Host, Privacy, RunFacts
from chukyso.figures.taking import figure_file, png_size
from chukyso.text import one_line

MAX_FIGURE = 64 << 20
"""Largest figure that is read, in bytes; one has about 200,000."""
MAX_PIXELS = 80_000_000
"""Most pixels of a figure; one has about 5,000,000."""
_YEARS = range(2000, 2200)  # others are nobody's run, and not every format has a date for them
_OTHER_GUIDE = "lần chạy này theo một bản hướng dẫn chưa có hình này"
_LONGEST = 400  # characters of a reason; texts of a manifest go into documents and onto terminals


@dataclass(frozen=True)
class GuideFigure:
    """A figure as it was taken.

    Attributes:
        number: In today's guide.
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
        figures: The figures that were taken, by their number in today's guide.
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
        facts, host = from_json(manifest["run"], RunFacts), from_json(manifest["host"], Host)
        taken = from_json(manifest["figures"], tuple[Figure, ...])
        missing = from_json(manifest["missing_figures"], tuple[MissingFigure, ...])
        places = place_figures((*taken, *missing))
    except (KeyError, TypeError, ValueError) as error:
        _refuse(run, incomplete, f"{type(error).__name__}: {error}", error)
    if facts.started.year not in _YEARS:
        _refuse(run, incomplete, f"it began in the year {facts.started.year}")
    figures = {one.number: _read_figure(run, one.number, one.sha256) for one in taken}
    reasons = {one.number: one_line(one.reason, _LONGEST) for one in missing}
    shown = {number: replace(figures[place], number=number) for number, place in places.items() if place in figures}
    return GuideSource(
        run_id=one_line(facts.id),
        started=facts.started,
        profile=one_line(facts.profile),
        rehearsal=facts.rehearsal,
        masked=is_masked(manifest),
        product=one_line(host.product),
        figures=shown,
        missing={
            number: reasons.get(place or 0, _OTHER_GUIDE) for number, place in places.items() if number not in shown
        },
    )


def place_figures(said: Sequence[Figure | MissingFigure]) -> dict[int, int | None]:
    """Which figure of the evidence is which of today's guide, by today's number; None for one that the run's had not.

    How many figures there are, and what each shows, is what the evidence says. A figure is known by its caption,
    wherever it stands now; one whose words were changed since keeps its number, as long as there are as many as now.

    Args:
        said: The figures that the manifest names, taken or not.

    Raises:
        ValueError: They are not numbered from 1 on, each number once.
    """
    if sorted(one.number for one in said) != list(range(1, len(said) + 1)) or not said:
        raise ValueError("figures are missing, or there twice")
    todays = {number: _words(caption) for number, caption in CAPTIONS.items()}
    known = {_words(one.caption): one.number for one in said}
    changed = {one.number for one in said if _words(one.caption) not in todays.values()}
    if len(said) != len(CAPTIONS):
        changed = set()
    return {number: known.get(words, number if number in changed else None) for number, words in todays.items()}


def _words(caption: str) -> str:
    """A caption without its number."""
    return unicodedata.normalize("NFC", caption).partition(" - ")[2].strip()


def is_masked(manifest: Mapping[str, Any]) -> bool:
    """Whether the run masked personal data before it wrote a figure; manifests before that was possible say nothing."""
    return manifest.get("privacy") == Privacy.MASKED.value


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


def _read_figure(run: Path, number: int, wanted: str) -> GuideFigure:
    """A figure where a run puts it, whatever path the manifest has, when it is whole and the one that was taken."""
    path = run / figure_file(number)
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
