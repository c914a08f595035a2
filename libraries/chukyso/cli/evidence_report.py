"""``chukyso evidence report``: a report for a run that was killed before it wrote one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chukyso.cli.output import print_json


def report(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Thư mục kết quả của lần chạy bị tắt.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="In một tài liệu JSON.")] = False,
) -> None:
    """Lập biên bản từ nhật ký của lần chạy bị tắt (mất điện, tắt máy). Mã thoát: 0 xong, 1 không lập được."""
    from chukyso.report.recover import report_from_journal  # noqa: PLC0415 - loads what it needs only for this

    page, record = report_from_journal(directory)
    outcome = record.outcome.value if record.outcome else ""
    if as_json:
        tax_code = record.account.tax_code if record.account else None
        print_json({"page": str(page), "run": record.id, "outcome": outcome, "tax_code": tax_code})
        return
    typer.echo(f"{page}: {outcome}")
    if record.error:
        typer.echo(f"{record.error.happened} {record.error.action}")
