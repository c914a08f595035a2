"""``chukyso nightly``: the regression tests of a night, and what they tell in the morning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def nightly(
    *,
    tier: Annotated[
        str, typer.Option(help="Tầng kiểm thử: tên một tệp trong suites/tiers, hoặc đường dẫn một tệp tham số.")
    ] = "nightly",
    output: Annotated[
        Path,
        typer.Option(
            "--output", "--outputdir", help="Thư mục của mọi đêm: mỗi đêm một thư mục con, lịch sử và bản tin sáng."
        ),
    ] = Path("results/nightly"),
    keep: Annotated[int, typer.Option(min=1, help="Giữ thư mục của bấy nhiêu đêm; lịch sử được giữ lâu hơn.")] = 30,
    rerun: Annotated[
        bool, typer.Option("--rerun/--no-rerun", help="Chạy lại một lần các trường hợp lỗi, để biết lỗi nào chập chờn.")
    ] = True,
    probe: Annotated[
        str, typer.Option(help="Sau đó thăm dò các trang công khai của cổng trong cấu hình này (ví dụ bhxh).")
    ] = "",
    report_only: Annotated[
        bool, typer.Option("--report-only", help="Không chạy gì; viết lại bản tin sáng của đêm gần nhất.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="In một tài liệu JSON; xem docs/nightly.md.")] = False,
) -> None:
    """Kiểm thử hằng đêm: chạy một tầng, ghi lịch sử, viết bản tin sáng morning.html và morning.txt.

    Mã thoát: 0 không có lỗi mới, 3 có lỗi mới (lần trước còn đạt, hoặc chưa từng chạy), 1 không chạy được hoặc không
    có kết quả, 130 bị ngắt. Lỗi cũ vẫn còn và thay đổi của cổng nằm trong bản tin, không đổi mã thoát.
    """
    from chukyso.cli.nightly_view import show  # noqa: PLC0415 - loads the templates and SQLite only for this command
    from chukyso.nightly.night import Options  # noqa: PLC0415

    options = Options(root=output.absolute(), keep=keep, rerun=rerun, probe=probe)
    raise typer.Exit(show(tier, options, report_only=report_only, as_json=as_json))
