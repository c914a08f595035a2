"""``chukyso client``: the portal's own signing client, as it is installed on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

client = typer.Typer(
    name="client",
    help="Ứng dụng ký số của cổng (tiện ích trình duyệt và chương trình nền) trên máy này.",
    no_args_is_help=True,
)


@client.callback()
def group() -> None:
    """Keeps ``inspect`` a command of its own while it is the only one."""


@client.command()
def inspect(
    *,
    output: Annotated[
        Path | None,
        typer.Option("--output", help="Tệp văn bản sẽ được ghi; mặc định client.txt.", show_default=False),
    ] = None,
    user_data: Annotated[
        list[Path] | None,
        typer.Option(
            "--user-data",
            help="Xem thêm thư mục dữ liệu này của trình duyệt; dùng được nhiều lần.",
            exists=True,
            file_okay=False,
            metavar="THƯ_MỤC",
            show_default=False,
        ),
    ] = None,
    site: Annotated[
        str, typer.Option("--site", help="Tên máy chủ hoặc địa chỉ của cổng; mặc định cổng BHXH.", show_default=False)
    ] = "",
    policies: Annotated[
        Path | None,
        typer.Option(
            "--policies",
            help="Đọc chính sách (*.json) ở thư mục này thay cho của hệ thống.",
            exists=True,
            file_okay=False,
            metavar="THƯ_MỤC",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="In JSON thay cho ghi tệp (có --output thì vẫn ghi); xem docs/client.md.")
    ] = False,
) -> None:
    """Xem ứng dụng ký của cổng: host, tiện ích, chương trình, chính sách, cửa sổ; đề xuất giá trị cho tệp cấu hình.

    Chỉ đọc: không cần token, không đăng nhập, không khởi động hay thay đổi gì. Kết quả không có dữ liệu cá nhân.

    Mã thoát: 0 thấy một ứng dụng có đủ các phần; 3 không thấy, thấy nhiều, hoặc có phần phải sửa; 1 không ghi được tệp;
    2 lệnh sai.
    """
    from chukyso.cli.client_view import show  # noqa: PLC0415 - loads what it needs only for this command

    raise typer.Exit(show(output, tuple(user_data or ()), site=site, policies=policies, as_json=as_json))
