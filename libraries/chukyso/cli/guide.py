"""``chukyso guide``: the guide written anew with a run's figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def guide(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Thư mục kết quả của một lần chạy.")],
    *,
    output: Annotated[Path | None, typer.Option(help="Thư mục để ghi bài hướng dẫn.", show_default="DIR/guide")] = None,
    formats: Annotated[
        str, typer.Option("--format", metavar="LIST", help="Các dạng cần ghi, cách nhau bằng dấu phẩy.")
    ] = "html,pdf,docx",
    as_json: Annotated[bool, typer.Option("--json", help="In một tài liệu JSON; xem docs/guide.md.")] = False,
) -> None:
    """Viết lại bài hướng dẫn bốn bước với hình của một lần chạy, để tập huấn. Mã thoát: 0 đã ghi, 1 không ghi được."""
    from chukyso.cli.guide_view import show  # noqa: PLC0415 - loads what it needs only for this command

    show(directory, output or directory / "guide", formats, as_json=as_json)
