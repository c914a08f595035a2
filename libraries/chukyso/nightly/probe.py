"""What the portal probe of the night found to have changed: a file that the probe leaves in the night's directory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FILE: Final = "probe.json"
DIRECTORY: Final = "probe"
"""Where a probe that the night itself started leaves its files."""
PAGE: Final = "probe.html"
TIER: Final = "portal-probe"
_SIZE_LIMIT: Final = 4 << 20
_TEXT_LIMIT: Final = 300


@dataclass(frozen=True)
class PortalChange:
    """One thing that is no longer as in the last good probe."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Probe:
    """The probe's result.

    Attributes:
        changes: What changed.
        problem: Why the portal could not be looked at as a whole, or the file not be used, in Vietnamese; "" else.
        page: The probe's own report relative to the night's directory, with slashes; "" when there is none.
    """

    changes: tuple[PortalChange, ...] = ()
    problem: str = ""
    page: str = ""


def read_probe(night: Path) -> Probe | None:
    """The probe's result in a night's directory; ``None`` when no probe ran."""
    path = next((path for path in (night / FILE, night / DIRECTORY / FILE) if path.exists()), None)
    if path is None:
        # It was started and left nothing: that is no portal without changes.
        return Probe(problem="lần thăm dò không để lại kết quả") if (night / DIRECTORY).is_dir() else None
    page = path.with_name(PAGE)
    try:
        if path.stat().st_size > _SIZE_LIMIT:
            return Probe(problem="tệp quá lớn")
        data = json.loads(path.read_text(encoding="utf-8"))
        problems = [_text(f"[{one['code']}] {one['happened']}").rstrip(".") for one in data.get("problems", ())]
        return Probe(
            tuple(_change(entry) for entry in data["changes"]),
            "; ".join(problems),
            page.relative_to(night).as_posix() if page.is_file() else "",
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return Probe(problem=f"tệp không đọc được ({type(error).__name__})")


def _change(entry: Mapping[str, object]) -> PortalChange:
    return PortalChange(*(_text(entry.get(key)) for key in ("what", "before", "after")))


def _text(value: object) -> str:
    text = " ".join(("" if value is None else str(value)).split())
    return text if len(text) <= _TEXT_LIMIT else text[: _TEXT_LIMIT - 1] + "…"
