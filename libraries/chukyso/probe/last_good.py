"""The last good probe: where it is kept, and when it is replaced."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from chukyso.errors import ChukysoError, Code
from chukyso.evidence.files import write_whole
from chukyso.probe.model import Probe
from chukyso.state import expanded, state_directory

FILE: Final = "probe-last-good.json"
RESULT: Final = "probe.json"
PAGE: Final = "probe.html"
_SIZE_LIMIT: Final = 8 << 20
_PARTS: Final = "pabot_results"


def last_good_file(profile: str, given: Path | None = None) -> Path:
    """Where the last good probe of a profile is kept: the file that was given, or one in the state directory."""
    return expanded(given).absolute() if given else state_directory() / "probe" / profile / FILE


def result_directory(output: Path) -> Path:
    """Where the result files belong: Robot's output directory; in a night the night's own, above pabot's parts."""
    parents = [each for each in (output, *output.parents) if each.name == _PARTS]
    return parents[0].parent if parents else output


def read_last_good(path: Path) -> tuple[Probe | None, str]:
    """Read the last good probe.

    Returns:
        The probe, or None when there is none yet; and a note for the reader, Vietnamese, when the file is no probe. It
        is then kept under another name, so that nobody loses what it was.
    """
    try:
        with path.open("rb") as file:  # more than a probe ever is makes no JSON when it is cut off
            return Probe.from_json(file.read(_SIZE_LIMIT).decode()), ""
    except FileNotFoundError:
        return None, ""
    except (OSError, ValueError) as error:
        aside = path.with_name(path.name + ".unreadable")
        try:
            path.replace(aside)
        except OSError as second:
            raise ChukysoError(Code.OUTPUT_NOT_WRITABLE, str(second), path=path) from error
        return None, f"Không đọc được lần thăm dò tốt gần nhất ({path.name}); tệp được giữ lại với tên {aside.name}."


def write_probe(path: Path, probe: Probe) -> None:
    """Write a probe whole or not at all.

    Raises:
        ChukysoError: ``OUTPUT_NOT_WRITABLE``.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ChukysoError(Code.OUTPUT_NOT_WRITABLE, str(error), path=path.parent) from error
    write_whole(path, probe.to_json().encode())
