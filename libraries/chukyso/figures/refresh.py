"""Makes references anew from a run: planned, shown, and only then written."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops

from chukyso.errors import ChukysoError, Code, Outcome
from chukyso.evidence.files import reporting_write_errors, sync_directory
from chukyso.evidence.manifest import MANIFEST_FILE
from chukyso.evidence.model.run import Privacy
from chukyso.figures.match import why_not_comparable
from chukyso.figures.measurement import Measurement, structure_difference
from chukyso.figures.picture import (
    compare_pictures,
    counting,
    read_figure,
    read_reduced,
    show_difference,
    to_png,
    without_regions,
)
from chukyso.figures.references import (
    INDEX_FILE,
    Reference,
    digest,
    index_entry,
    load_measurements,
    load_references,
    picture_file,
    structure_file,
    to_index,
)
from chukyso.figures.rules import rules
from chukyso.figures.table import load_tables
from chukyso.storage.moving import replace_file

_OUTCOMES = (Outcome.UPDATED.value, Outcome.DRY_RUN.value)


class Action(StrEnum):
    """What will be done with a reference."""

    NEW = "new"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Planned:
    """One reference, old and new.

    Attributes:
        number: 1 to 6.
        action: What is to become of it.
        measurement: Of the new one.
        picture: Of the new one, PNG.
        old: The one that is there, or None.
        lines: What differs in the structure.
        difference: What differs in the picture, PNG, or b"" when nothing does, or when the two cannot be compared.
        reason: Why they cannot be compared, a word, or "".
    """

    number: int
    action: Action
    measurement: Measurement
    picture: bytes
    old: Reference | None
    lines: tuple[str, ...] = ()
    difference: bytes = b""
    reason: str = ""


def read_run(run: Path) -> dict[str, Any]:
    """The manifest of a finished run.

    Raises:
        ChukysoError: ``OPTION_INVALID`` when there is none.
    """
    try:
        manifest: dict[str, Any] = json.loads((run / MANIFEST_FILE).read_text(encoding="utf-8"))
        if not isinstance(manifest["figures"], list) or not isinstance(manifest["run"]["profile"], str):
            raise TypeError("figures")  # noqa: TRY301 - one answer to whatever is wrong with it
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _refused(f"{run} không phải là thư mục kết quả của một lần chạy", str(error)) from error
    return manifest


def plan_refresh(run: Path, directory: Path, numbers: Collection[int] = ()) -> list[Planned]:
    """What refreshing would do. Nothing is written.

    Args:
        run: Output directory of a run that ended well.
        directory: The references of its profile.
        numbers: Which figures; all that the run took when empty.

    Raises:
        ChukysoError: ``OPTION_INVALID`` when references must not be made of this run; ``PROFILE_INCOMPLETE``.
    """
    manifest = read_run(run)
    if manifest.get("outcome") not in _OUTCOMES:
        raise _refused("chỉ dùng được lần chạy kết thúc là updated hoặc dry-run", str(manifest.get("outcome")))
    rehearsal = manifest["run"].get("rehearsal") is True
    if not rehearsal and manifest.get("privacy") != Privacy.MASKED.value:
        raise _refused("lần chạy trên cổng thật phải có PRIVACY:masked mới làm hình mẫu được", "personal data")
    try:
        measurements = load_measurements(run)
    except ValueError as error:
        raise _refused("không đọc được figures/measurements.json", str(error)) from error
    tables, old = load_tables(directory), load_references(directory)
    plans = []
    for figure in manifest["figures"]:
        number = figure["number"]
        if (numbers and number not in numbers) or number not in measurements:
            continue
        if not rehearsal and not tables.of(number).complete:
            keys = f"figures.{number} (figures.toml)"
            raise ChukysoError(Code.PROFILE_INCOMPLETE, str(directory), profile=manifest["run"]["profile"], keys=keys)
        plans.append(_plan(run / figure["path"], figure, measurements[number], old.figures.get(number)))
    if not plans:
        raise _refused("lần chạy này không có hình nào dùng được", "no measured figure")
    return plans


def apply_refresh(directory: Path, plans: Sequence[Planned]) -> None:
    """Write what was planned: every file whole, the index last; until then the old references count as damaged.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL``; then the old references are all still there, or damaged ones say so.
    """
    entries = {
        number: index_entry(reference.measurement, reference.picture)
        for number, reference in load_references(directory).figures.items()
    }
    contents: dict[str, bytes] = {}
    for plan in plans:
        if plan.action is Action.UNCHANGED:
            continue
        entries[plan.number] = index_entry(plan.measurement, plan.picture)
        contents[picture_file(plan.number)] = plan.picture
        contents[structure_file(plan.number)] = plan.measurement.structure.encode()
    if not contents:
        return
    contents[INDEX_FILE] = to_index(entries)
    with reporting_write_errors(directory):
        directory.mkdir(parents=True, exist_ok=True)
        _replace_all(directory, contents)


def _replace_all(directory: Path, contents: dict[str, bytes]) -> None:
    """All files are on disk under other names before the first is renamed: a full disk changes nothing."""
    parts = {name: directory / f"{name}.part" for name in contents}
    try:
        for name, data in contents.items():
            with parts[name].open("wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        for name, part in parts.items():
            replace_file(part, directory / name)
        sync_directory(directory)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _plan(path: Path, figure: dict[str, Any], measurement: Measurement, old: Reference | None) -> Planned:
    number = figure["number"]
    try:
        if digest(path.read_bytes()) != figure["sha256"]:
            raise ValueError("not the file that the manifest names")  # noqa: TRY301 - one answer to both
        found = without_regions(read_reduced(path), measurement)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise _refused(f"Hình {number} không phải là tệp mà manifest ghi", str(error)) from error
    picture = to_png(found, exact=True)
    if old is None:
        return Planned(number, Action.NEW, measurement, picture, None)
    lines = structure_difference(old.measurement.structure, measurement.structure)
    wanted = read_figure(io.BytesIO(old.picture))
    reason = why_not_comparable(old, measurement, wanted.size == found.size)
    if reason:
        return Planned(number, Action.REPLACED, measurement, picture, old, lines, reason=reason)
    mask = ImageChops.darker(counting(old.measurement, wanted.size), counting(measurement, found.size))
    how = rules().picture.between(old.measurement.browser, measurement.browser)
    difference = compare_pictures(wanted, found, mask, how)
    same_regions = {one.name for one in old.measurement.regions} == {one.name for one in measurement.regions}
    if not lines and not difference.changed and same_regions and old.measurement.browser == measurement.browser:
        return Planned(number, Action.UNCHANGED, measurement, picture, old)
    shown = to_png(show_difference(found, difference), exact=False) if difference.changed else b""
    return Planned(number, Action.REPLACED, measurement, picture, old, lines, shown)


def _refused(reason: str, detail: str) -> ChukysoError:
    return ChukysoError(Code.OPTION_INVALID, detail, name="RUN_DIR", reason=reason)
