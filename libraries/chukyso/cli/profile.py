"""``chukyso profile``: what a profile says of its portal, and what it still lacks."""

from __future__ import annotations

from typing import Annotated

import typer

profile = typer.Typer(
    name="profile",
    help="Tệp cấu hình của một cổng.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@profile.callback()
def group() -> None:
    """Keeps ``check`` a command of its own while it is the only one."""


@profile.command()
def check(
    name: Annotated[
        str,
        typer.Argument(
            help="Tên một cấu hình (sandbox, bhxh) hoặc đường dẫn một tệp .toml.",
            metavar="TÊN|TỆP",
            show_default=False,
        ),
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="In một tài liệu JSON; xem docs/profiles.md.")] = False,
) -> None:
    """Liệt kê những tên không có, giá trị sai và giá trị còn thiếu, mỗi giá trị cần để làm gì. Không mở cổng.

    Mã thoát: 0 đã biết mọi giá trị mà một lần cập nhật cần; 3 còn thiếu; 1 không đọc được hoặc phải sửa; 2 lệnh sai.
    """
    from chukyso.cli.profile_view import show  # noqa: PLC0415 - loads what it needs only for this command

    raise typer.Exit(show(name, as_json=as_json))
