"""What ``chukyso guide`` prints: where the documents are, which figures are not there, and who may not see them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from chukyso.cli.output import print_json
from chukyso.guide.source import GuideSource, read_source
from chukyso.guide.words import banner, why_missing
from chukyso.guide.write import Written, check_output, read_formats, write_guide

PERSONAL_DATA = "personal-data"


def show(run: Path, output: Path, formats: str, *, as_json: bool) -> None:
    """Write the guide and say where it is.

    Args:
        run: A run's output directory.
        output: Where to write.
        formats: Names of formats, comma between.
        as_json: Print one JSON document on stdout instead of text.

    Raises:
        ChukysoError: as ``read_formats``, ``check_output``, ``read_source`` and ``write_guide``.
    """
    wanted = read_formats(formats)
    check_output(run, output)
    source = read_source(run)
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    with errors.status("Đang viết bài hướng dẫn …"):
        written = write_guide(source, output, wanted)
    if as_json:
        print_json(_document(source, written))
    else:
        _print(source, written)
    if source.personal:
        warning = banner(source)
        if warning:
            errors.print(Text(f"Cảnh báo: {warning.headline} {warning.sentence}", style="bold yellow"))


def _document(source: GuideSource, written: Sequence[Written]) -> dict[str, object]:
    return {
        "run": {"id": source.run_id, "profile": source.profile, "rehearsal": source.rehearsal, "masked": source.masked},
        "files": [
            {"format": one.format.value, "path": str(one.path), "sha256": one.sha256, "size": one.size}
            for one in written
        ],
        "figures": sorted(source.figures),
        "missing_figures": [{"number": number, "reason": reason} for number, reason in sorted(source.missing.items())],
        "warnings": [PERSONAL_DATA] if source.personal else [],
    }


def _print(source: GuideSource, written: Sequence[Written]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for one in written:
        console.print(Text(f"Đã ghi: {one.path}"))
    for number in sorted(source.missing):
        console.print(Text(f"Hình {number}: {why_missing(source, number)}", style="dim"))
