"""``chukyso evidence catalogue``: one page over many runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chukyso.cli.output import print_json


def catalogue(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Kho: thư mục có các lần chạy ở bên dưới.")],
    *,
    output: Annotated[Path | None, typer.Option(help="Trang cần ghi; mặc định DIR/catalogue.html.")] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Số tiến trình cùng đọc.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="In một tài liệu JSON; xem docs/archive.md.")] = False,
) -> None:
    """Lập trang danh mục để tìm theo MST, ngày, kết quả; chỉ đọc lại những gì mới. Mã thoát: 0 xong, 1 lỗi."""
    from chukyso.archive.catalogue import build_catalogue  # noqa: PLC0415 - loads what it needs only for this command
    from chukyso.cli.evidence_progress import watching  # noqa: PLC0415 - as above

    with watching("Đang đọc") as progress:
        built = build_catalogue(directory, output, jobs=jobs, progress=progress)
    if as_json:
        content = {"page": str(built.page), "runs": built.runs, "read": built.read, "unreadable": built.unreadable}
        print_json(content)
        return
    typer.echo(f"{built.page}: {built.runs} lần chạy, {built.read} vừa đọc")
    if built.unreadable:
        typer.echo(f"{built.unreadable} bản kê không đọc được; chạy chukyso evidence verify để biết vì sao", err=True)
