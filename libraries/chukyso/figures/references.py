"""References of a profile, and what a run measured: pictures, structures, and an index with their hashes."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chukyso.evidence.files import write_whole
from chukyso.evidence.guide import CAPTIONS
from chukyso.figures.measurement import Measurement
from chukyso.figures.picture import NO_PICTURE, read_figure

SCHEMA_VERSION = 1
INDEX_FILE = "references.json"
RUN_INDEX_FILE = "figures/measurements.json"
_FORMERLY = "figures/sights.json"  # in runs that were made before it was called so
DAMAGED = "damaged"
MISSING = "missing"


@dataclass(frozen=True)
class Reference:
    """What one figure should look like.

    Attributes:
        measurement: Structure, regions, and what it was taken with.
        picture: PNG, reduced, with the regions that change filled.
        sha256: Of the picture, hex.
    """

    measurement: Measurement
    picture: bytes
    sha256: str


@dataclass(frozen=True)
class References:
    """The references of one profile.

    Attributes:
        figures: By number.
        problems: Why one is not there: ``missing`` or ``damaged``.
    """

    figures: Mapping[int, Reference] = field(default_factory=dict)
    problems: Mapping[int, str] = field(default_factory=dict)

    @property
    def damaged(self) -> tuple[int, ...]:
        """Numbers of those that are there and cannot be used."""
        return tuple(number for number, problem in self.problems.items() if problem == DAMAGED)


def structure_file(number: int) -> str:
    """Name of a figure's structure, beside its picture."""
    return f"figure-{number}.yaml"


def picture_file(number: int) -> str:
    return f"figure-{number}.png"


def load_references(directory: Path) -> References:
    """Read the references; one whose files do not belong together, or whose picture is none, is damaged."""
    figures: dict[int, Reference] = {}
    problems: dict[int, str] = {}
    try:
        index = _figures(json.loads((directory / INDEX_FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return References({}, dict.fromkeys(CAPTIONS, MISSING))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return References({}, dict.fromkeys(CAPTIONS, DAMAGED))
    for number in CAPTIONS:
        if str(number) not in index:
            problems[number] = MISSING
            continue
        try:
            figures[number] = _read(directory, number, index[str(number)])
        except (*NO_PICTURE, KeyError, TypeError, AttributeError):
            problems[number] = DAMAGED
    return References(figures, problems)


def index_entry(measurement: Measurement, picture: bytes) -> dict[str, object]:
    """What an index says of one figure."""
    return {
        "picture_sha256": digest(picture),
        "structure_sha256": digest(measurement.structure.encode()),
        **measurement.to_json(),
    }


def to_index(entries: Mapping[int, Mapping[str, object]]) -> bytes:
    """An index as a file."""
    figures = {str(number): entries[number] for number in sorted(entries)}
    data = {"schema_version": SCHEMA_VERSION, "figures": figures}
    return json.dumps(data, ensure_ascii=False, indent=1).encode() + b"\n"


def write_measurements(output: Path, measurements: Mapping[int, Measurement]) -> None:
    """Leave what a run measured beside its figures, so that they can be compared, and be references, later.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL``.
    """
    entries = {
        number: {**measurement.to_json(), "structure": measurement.structure}
        for number, measurement in measurements.items()
    }
    write_whole(output / RUN_INDEX_FILE, to_index(entries))


def load_measurements(output: Path) -> dict[int, Measurement]:
    """Read what ``write_measurements`` wrote; empty when the run measured nothing.

    Raises:
        ValueError: it is something else.
    """
    path = next((output / name for name in (RUN_INDEX_FILE, _FORMERLY) if (output / name).is_file()), None)
    if path is None:
        return {}
    try:
        index = _figures(json.loads(path.read_text(encoding="utf-8")))
        return {int(number): Measurement.from_json(entry, str(entry["structure"])) for number, entry in index.items()}
    except (OSError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path}: {error}") from error


def digest(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def _read(directory: Path, number: int, entry: Mapping[str, Any]) -> Reference:
    picture = (directory / picture_file(number)).read_bytes()
    structure = (directory / structure_file(number)).read_bytes()
    if (digest(picture), digest(structure)) != (entry["picture_sha256"], entry["structure_sha256"]):
        raise ValueError("the files do not belong together")
    read_figure(io.BytesIO(picture))  # the index may have been made of a file that was cut
    return Reference(Measurement.from_json(entry, structure.decode()), picture, entry["picture_sha256"])


def _figures(data: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    if data["schema_version"] != SCHEMA_VERSION:
        raise ValueError(f"schema_version {data['schema_version']}")
    figures: Mapping[str, Mapping[str, Any]] = data["figures"]
    if not {int(number) for number in figures} <= set(CAPTIONS):
        raise ValueError("numbers of figures")
    return figures
