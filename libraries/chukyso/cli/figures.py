"""``chukyso figures``: references of the six figures, and a run beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

figures = typer.Typer(
    name="figures",
    help="Hình mẫu của sáu hình: làm mới từ một lần chạy, và so sánh một lần chạy với hình mẫu.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

_RUN = typer.Argument(help="Thư mục kết quả của một lần chạy.", metavar="RUN_DIR", show_default=False)
_REFERENCES = typer.Option(
    "--references", help="Thư mục hình mẫu; mặc định resources/figures/<cấu hình>.", show_default=False
)
_JSON = typer.Option("--json", help="In một tài liệu JSON.")


@figures.command()
def refresh(
    run: Annotated[Path, _RUN],
    *,
    figure: Annotated[
        list[int] | None,
        typer.Option("--figure", min=1, max=6, help="Chỉ hình này; dùng được nhiều lần.", show_default=False),
    ] = None,
    references: Annotated[Path | None, _REFERENCES] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Không hỏi lại.")] = False,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """Làm mới hình mẫu từ một lần chạy updated hoặc dry-run; cho xem cũ, mới và chỗ khác nhau rồi mới hỏi.

    Mã thoát: 0 đã làm mới hoặc không có gì khác; 3 không đồng ý, không có gì thay đổi; 1 lần chạy không dùng được.
    """
    from chukyso.cli.figures_view import refresh_references  # noqa: PLC0415 - loads Pillow only for this command

    raise typer.Exit(refresh_references(run, references, figure or [], yes=yes, as_json=as_json))


@figures.command()
def compare(
    run: Annotated[Path, _RUN],
    *,
    references: Annotated[Path | None, _REFERENCES] = None,
    as_json: Annotated[bool, _JSON] = False,
) -> None:
    """So sánh các hình của một lần chạy với hình mẫu hiện nay; không ghi gì.

    Mã thoát: 0 không hình nào khác; 3 có hình khác; 1 không đọc được thư mục.
    """
    from chukyso.cli.figures_view import compare_run  # noqa: PLC0415 - loads Pillow only for this command

    raise typer.Exit(compare_run(run, references, as_json=as_json))
