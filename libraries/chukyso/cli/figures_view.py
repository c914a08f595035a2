"""What ``chukyso figures`` does and prints."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path

import typer
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from rich.console import Console
from rich.table import Table
from rich.text import Text

from chukyso.cli.output import print_json
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.files import write_whole
from chukyso.evidence.guide import CAPTIONS
from chukyso.evidence.manifest import to_json
from chukyso.evidence.model.guide import FigureMatch, Match
from chukyso.figures.match import match_figure, not_measured
from chukyso.figures.references import load_measurements, load_references
from chukyso.figures.refresh import Action, Planned, apply_refresh, plan_refresh, read_run
from chukyso.figures.table import REFERENCES
from chukyso.report import write as report
from chukyso.report.plates import tell_lines
from chukyso.report.words import MATCH_REASONS, MATCHES
from chukyso.state import state_directory
from chukyso.typeface import embed

REFUSED = 3
CHANGED = 3
_ACTIONS = {Action.NEW: "thêm mới", Action.REPLACED: "thay thế", Action.UNCHANGED: "giữ nguyên"}


def refresh_references(run: Path, references: Path | None, numbers: Sequence[int], *, yes: bool, as_json: bool) -> int:
    """Plan, show, ask, write; returns the exit code.

    Raises:
        ChukysoError: ``OPTION_INVALID``, ``PROFILE_INCOMPLETE``, ``OUTPUT_DISK_FULL``.
    """
    directory = references or _own(read_run(run)["run"]["profile"])
    plans = plan_refresh(run, directory, numbers)
    console = Console(stderr=True, highlight=False)
    wanted = [plan for plan in plans if plan.action is not Action.UNCHANGED]
    if wanted:
        preview = write_preview(plans, directory, run)
        _show(console, plans)
        console.print(Text(f"Xem cũ, mới và chỗ khác nhau: {preview.as_uri()}"), soft_wrap=True)
    done = bool(wanted) and (yes or typer.confirm(f"Ghi vào {directory}?", default=False, err=True))
    if done:
        apply_refresh(directory, plans)
    if as_json:
        figures = [{"number": plan.number, "action": plan.action, "lines": list(plan.lines)} for plan in plans]
        print_json({"references": str(directory), "written": done, "figures": figures})
    elif not wanted:
        console.print("Không có gì khác: hình mẫu được giữ nguyên.")
    else:
        console.print(f"Đã làm mới {len(wanted)} hình mẫu." if done else "Không ghi gì.")
    return 0 if done or not wanted else REFUSED


def compare_run(run: Path, references: Path | None, *, as_json: bool) -> int:
    """Compare and print; returns the exit code.

    Raises:
        ChukysoError: ``OPTION_INVALID``.
    """
    manifest = read_run(run)
    wanted = load_references(references or _own(manifest["run"]["profile"]))
    try:
        measurements = load_measurements(run)
    except ValueError as error:
        reason = "không đọc được figures/measurements.json"
        raise ChukysoError(Code.OPTION_INVALID, str(error), name="RUN_DIR", reason=reason) from error
    matches: dict[int, FigureMatch] = {}
    for figure in manifest["figures"]:
        number = figure["number"]
        if number in measurements:
            matches[number] = match_figure(number, run / figure["path"], measurements[number], wanted).match
        else:
            matches[number] = not_measured(figure["page"])
    if as_json:
        print_json({"figures": [{"number": number, **to_json(match)} for number, match in matches.items()]})
    else:
        _tell(Console(highlight=False), matches)
    return CHANGED if any(match.result is Match.CHANGED for match in matches.values()) else 0


def write_preview(plans: Sequence[Planned], directory: Path, run: Path) -> Path:
    """A page with old, new and difference of every reference that would be written; one for each set of references."""
    path = state_directory() / "figures" / f"{directory.name}.html"
    path.parent.mkdir(parents=True, exist_ok=True)
    templates = Path(report.__file__).parent / "templates"
    environment = Environment(loader=FileSystemLoader(templates), autoescape=True, undefined=StrictUndefined)
    rows = [
        {
            "caption": CAPTIONS[plan.number],
            "action": _ACTIONS[plan.action],
            "reason": MATCH_REASONS.get(plan.reason, plan.reason),
            "pictures": (
                ("Hình mẫu đang có", _uri(plan.old.picture) if plan.old else ""),
                ("Hình mẫu mới", _uri(plan.picture)),
                ("Chỗ khác nhau", _uri(plan.difference)),
            ),
            "lines": tell_lines(plan.lines),
        }
        for plan in plans
        if plan.action is not Action.UNCHANGED
    ]
    css = Markup((templates / "report.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file
    page = environment.get_template("refresh.html").render(rows=rows, css=css, directory=directory, run=run.resolve())
    write_whole(path, embed(page).encode())
    return path


def _own(profile: str) -> Path:
    directory = REFERENCES / profile
    if not profile.isidentifier():
        reason = "lần chạy này không cho biết cấu hình; hãy dùng --references"
        raise ChukysoError(Code.OPTION_INVALID, profile, name="RUN_DIR", reason=reason)
    return directory


def _show(console: Console, plans: Sequence[Planned]) -> None:
    table = Table("Hình", "Hình mẫu", "Cấu trúc", "Hình ảnh")
    for plan in plans:
        picture = MATCH_REASONS.get(plan.reason) or ("khác" if plan.difference else "giống" if plan.old else "—")
        lines = f"{len(plan.lines)} dòng khác" if plan.lines else "giống" if plan.old else "—"
        table.add_row(str(plan.number), _ACTIONS[plan.action], lines, picture)
    console.print(table)
    for plan in plans:
        for line in plan.lines:
            console.print(Text(f"  Hình {plan.number}: {line}"), style="green" if line.startswith("+") else "red")


def _tell(console: Console, matches: dict[int, FigureMatch]) -> None:
    for number, match in matches.items():
        why = f" ({MATCH_REASONS.get(match.reason, match.reason)})" if match.reason else ""
        parts = f"cấu trúc {MATCHES[match.structure.value]}, hình ảnh {MATCHES[match.picture.value]}"
        console.print(Text(f"Hình {number}: {parts}{why}"))
        for line in match.structure_difference:
            console.print(Text(f"  {line}"), style="green" if line.startswith("+") else "red")


def _uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}" if png else ""
