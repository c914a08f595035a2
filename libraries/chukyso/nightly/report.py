"""The morning report: ``morning.html``, one page without script, and ``morning.txt`` for mail."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from chukyso.evidence.files import write_whole
from chukyso.moment import in_vietnam, to_vietnam
from chukyso.nightly import dashboard as dashboard_of_all
from chukyso.nightly.analysis import LEAST_NIGHTS, WINDOW, Comparison
from chukyso.nightly.causes import Cause, by_cause, read_reason
from chukyso.nightly.failures import FAILURES_KEPT, Nearest, failure_pages, nearest_matches, stopped
from chukyso.nightly.model import Night, Status, TestResult, split_name
from chukyso.nightly.output import read_uncompared
from chukyso.nightly.probe import Probe, read_probe
from chukyso.nightly.runner import CONSOLE, LOG, OUTPUT
from chukyso.nightly.words import STATUS, NightVerdict, verdict_of
from chukyso.typeface import embed

HTML: Final = "morning.html"
TEXT: Final = "morning.txt"
_TEMPLATES: Final = Path(__file__).parent / "templates"
_WEEKDAYS: Final = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
_LONGEST_TEXT: Final = 170
# Lines of each list on the page, so that a bad night fits on one sheet, too; the text has all of them.
_LINES: Final = {
    "new": 6,
    "seen": 6,
    "still": 4,
    "fixed": 4,
    "flaky": 4,
    "slower": 4,
    "changes": 4,
    "gone": 3,
    "cases": 9,
}
_CROWDED: Final = {
    "new": 3,
    "seen": 3,
    "still": 1,
    "fixed": 1,
    "flaky": 1,
    "slower": 1,
    "changes": 1,
    "gone": 1,
    "cases": 3,
}
_MANY_LINES: Final = 16
_FULL: Final = 500


@dataclass(frozen=True)
class Bar:
    """A night in the row of bars; heights in per cent of the tallest."""

    label: str
    passed: float
    flaky: float
    failed: float
    tonight: bool
    title: str


@dataclass(frozen=True)
class Morning:
    """The contents of the morning report.

    Attributes:
        root: Directory of all nights.
        comparison: The night beside the nights before.
        probe: What the portal probe found, if it ran.
        pages: First-failure data by test, relative to the night's directory.
        nearest: What on the page was most like an element that was not found, by test.
        stopped: Whether there were more failures than data are kept of.
        dashboard: Why the dashboard is not up to date, in English, or "".
        uncompared: Why figures could not be compared with their references, a line for each reason.
        size: Bytes of the night's directory.
    """

    root: Path
    comparison: Comparison
    probe: Probe | None
    pages: dict[str, str]
    nearest: dict[str, Nearest]
    stopped: bool
    dashboard: str
    uncompared: tuple[str, ...]
    size: int

    @classmethod
    def of(cls, root: Path, comparison: Comparison, dashboard: str) -> Self:
        """Gather what lies in the night's directory."""
        night = root / comparison.night.name
        return cls(
            root=root,
            comparison=comparison,
            probe=read_probe(night),
            pages=failure_pages(night),
            nearest=nearest_matches(night),
            stopped=stopped(night),
            dashboard=dashboard,
            uncompared=read_uncompared(night / OUTPUT),
            size=directory_size(night),
        )

    @property
    def night(self) -> Night:
        return self.comparison.night

    @property
    def verdict(self) -> NightVerdict:
        return verdict_of(self.comparison, self.probe)

    def to_dict(self) -> dict[str, Any]:
        """For ``--json``; docs/nightly.md lists the fields."""
        comparison, night = self.comparison, self.night
        return {
            "schema_version": 1,
            "night": night.name,
            "tier": night.tier,
            "state": night.state,
            "started": night.started.isoformat(timespec="seconds"),
            "seconds": round(night.seconds, 1),
            "regression": comparison.regression,
            "verdict": self.verdict.headline,
            "counts": {status.name.lower(): night.count(status) for status in Status},
            "new": [
                _plain(one.result) | {"since": one.since.isoformat(), "first_run": not one.ran_before}
                for one in comparison.new
            ],
            "still": [
                _plain(one.result) | {"since": one.since.isoformat(), "nights": one.nights} for one in comparison.still
            ],
            "fixed": [{"test": one.result.name, "since": one.since.isoformat()} for one in comparison.fixed],
            "flaky": [
                {"test": one.result.name, "changes": one.changes, "failures": one.failures, "rerun": one.rerun}
                for one in comparison.flaky
            ],
            "slower": [
                {
                    "test": one.result.name,
                    "seconds": one.result.seconds,
                    "median": round(one.median, 3),
                    "spread": round(one.spread, 3),
                }
                for one in comparison.slower
            ],
            "seen": [_plain(one) for one in comparison.seen],
            "gone": list(comparison.gone),
            "portal_changes": [vars(change) for change in self.probe.changes] if self.probe else None,
            "uncompared": list(self.uncompared),
            "size": self.size,
        }


def write_morning(root: Path, morning: Morning) -> tuple[Path, Path]:
    """Write both forms, for the directory of all nights and, with its own links, for the night's.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL``.
    """
    html, text = root / HTML, root / TEXT
    write_whole(html, render_html(morning, f"{morning.night.name}/", "").encode())
    write_whole(text, render_text(morning).encode())
    if (root / morning.night.name).is_dir():
        write_whole(root / morning.night.name / HTML, render_html(morning, "", "../").encode())
        write_whole(root / morning.night.name / TEXT, render_text(morning).encode())
    return html, text


def render_html(morning: Morning, here: str, up: str) -> str:
    """The page.

    Args:
        morning: What to say.
        here: Address of the night's directory, relative to the page: "" or with a slash at the end.
        up: Address of the directory of all nights, likewise.
    """
    return embed(
        _environment(morning, autoescape=True)
        .get_template("morning.html")
        .render(
            **_values(morning, _lines(morning)),
            # Our own file, not data of the run: the only thing that goes in unescaped.
            css=Markup((_TEMPLATES / "morning.css").read_text(encoding="utf-8")),  # noqa: S704
            crowded=_lines(morning) is _CROWDED,
            bars=_bars(morning.comparison),
            here=here,
            up=up,
        )
    )


def render_text(morning: Morning) -> str:
    """The report for mail: plain text, lines of at most 78 characters where the names allow it."""
    return (
        _environment(morning, autoescape=False)
        .get_template("morning.txt")
        .render(**_values(morning, dict.fromkeys(_LINES, _FULL)))
    )


def directory_size(directory: Path) -> int:
    """Bytes of all files below a directory."""
    return sum((Path(base) / name).lstat().st_size for base, _, names in os.walk(directory) for name in names)


def _lines(morning: Morning) -> dict[str, int]:
    """How many lines each list may have on the page: fewer when every list is long."""
    causes = _causes(morning.comparison)
    shown = [cause for name in causes for cause in causes[name][: _LINES[name]]]
    wanted = sum(1 + min(cause.count, _LINES["cases"]) for cause in shown)
    others = {name: getattr(morning.comparison, name) for name in ("fixed", "flaky", "slower", "gone")}
    others["changes"] = morning.probe.changes if morning.probe else ()
    wanted += sum(min(len(items), _LINES[name]) for name, items in others.items())
    return _LINES if wanted <= _MANY_LINES else _CROWDED


def _causes(comparison: Comparison) -> dict[str, tuple[Cause[Any], ...]]:
    return {
        "new": by_cause(comparison.new, lambda case: case.result),
        "still": by_cause(comparison.still, lambda case: case.result),
        "seen": by_cause(comparison.seen, lambda case: case),
    }


def _nearest(morning: Morning, cause: Cause[Any]) -> Nearest | None:
    """What was most like the element that no case of a cause found; the first case's that has it."""
    names = (getattr(case, "result", case).name for case in cause.cases)
    return next((morning.nearest[name] for name in names if name in morning.nearest), None)


def _values(morning: Morning, lines: dict[str, int]) -> dict[str, Any]:
    night, probe = morning.night, morning.probe
    root = morning.root / night.name
    return {
        "morning": morning,
        "night": night,
        "comparison": morning.comparison,
        "causes": _causes(morning.comparison),
        "verdict": morning.verdict,
        "counts": {status: night.count(status) for status in Status},
        "status": Status,
        "words": STATUS,
        "lines": lines,
        "probe": probe,
        "changes": probe.changes if probe else (),
        "window": WINDOW,
        "least": LEAST_NIGHTS,
        "kept": FAILURES_KEPT,
        "has_log": (root / LOG).is_file(),
        "has_console": (root / CONSOLE).is_file(),
        "has_dashboard": (morning.root / dashboard_of_all.PAGE).is_file(),
        "log": LOG,
        "console": CONSOLE,
        "dashboard": dashboard_of_all.PAGE,
    }


def _environment(morning: Morning, *, autoescape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=autoescape,  # noqa: S701 - off only for the plain text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        moment=in_vietnam,
        day=_day,
        weekday=_weekday,
        seconds=_seconds,
        duration=_duration,
        size=_size,
        suites=lambda result: _suites(result.name if isinstance(result, TestResult) else result),
        test=lambda result: split_name(result.name if isinstance(result, TestResult) else result)[1],
        short=_short,
        reason=read_reason,
        nearest=lambda cause: _nearest(morning, cause),
    )
    return environment


def _plain(result: TestResult) -> dict[str, str]:
    return {"test": result.name, "code": result.code, "message": result.text}


def _bars(comparison: Comparison) -> list[Bar]:
    nights = [*reversed(comparison.earlier[: WINDOW - 1]), comparison.night]
    most = max((len(night.results) for night in nights), default=0) or 1
    return [
        Bar(
            label=f"{to_vietnam(night.started).day}",
            passed=100 * night.count(Status.PASS) / most,
            flaky=100 * night.count(Status.FLAKY) / most,
            failed=100 * night.count(Status.FAIL) / most,
            tonight=night is comparison.night,
            title=f"{_day(night.started)}: {_passed(night)} đạt, {night.count(Status.FAIL)} lỗi",
        )
        for night in nights
    ]


def _passed(night: Night) -> int:
    return night.count(Status.PASS, Status.FLAKY)


def _suites(name: str) -> str:
    """The suites of a test without the outermost, which is the same for all, for reading."""
    parts = split_name(name)[0].split(".")
    return " › ".join(parts[1:] or parts)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT].rsplit(" ", 1)[0] + " …"


def _day(moment: datetime) -> str:
    return f"{to_vietnam(moment):%d/%m}"


def _weekday(moment: datetime) -> str:
    return _WEEKDAYS[to_vietnam(moment).weekday()]


def _seconds(value: float) -> str:
    return f"{value:.1f} s".replace(".", ",")


def _duration(value: float) -> str:
    minutes, seconds = divmod(round(value), 60)
    return f"{minutes} phút {seconds:02d} giây" if minutes else _seconds(value)


def _size(value: int) -> str:
    return f"{value / 1e6:.1f} MB".replace(".", ",")
