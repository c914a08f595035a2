"""``chukyso profile``: what a profile says of its portal, what it still lacks, and how it differs from another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

profile = typer.Typer(
    name="profile",
    help="Tệp cấu hình của một cổng.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
_NAMED = "Tên một cấu hình (sandbox, sandbox-client, bhxh) hoặc đường dẫn một tệp .toml."
_Json = Annotated[bool, typer.Option("--json", help="In một tài liệu JSON; xem docs/profiles.md.")]
_Name = Annotated[str, typer.Argument(help=_NAMED, metavar="TÊN|TỆP", show_default=False)]


@profile.command()
def check(name: _Name, *, as_json: _Json = False) -> None:
    """Liệt kê những tên không có, giá trị sai và giá trị còn thiếu, mỗi giá trị cần để làm gì. Không mở cổng.

    Mã thoát: 0 đã biết mọi giá trị mà một lần cập nhật cần; 3 còn thiếu; 1 không đọc được hoặc phải sửa; 2 lệnh sai.
    """
    from chukyso.cli.profile_view import show  # noqa: PLC0415 - loads what it needs only for this command

    raise typer.Exit(show(name, as_json=as_json))


@profile.command()
def diff(
    first: Annotated[str, typer.Argument(help=_NAMED, metavar="A", show_default=False)],
    second: Annotated[str, typer.Argument(help=_NAMED, metavar="B", show_default=False)],
    *,
    as_json: _Json = False,
) -> None:
    """So sánh hai cấu hình: điều gì chỉ một bên biết, điều gì hai bên nói khác nhau. Không mở cổng.

    Mã thoát: 0 giống nhau; 3 khác nhau; 1 không đọc được; 2 lệnh sai.
    """
    from chukyso.cli.profile_diff import show  # noqa: PLC0415 - as above

    raise typer.Exit(show(first, second, as_json=as_json))


@profile.command()
def pack(
    name: _Name,
    *,
    output: Annotated[
        Path | None, typer.Option("--output", help="Tệp sẽ được ghi; mặc định TÊN-pack.txt.", show_default=False)
    ] = None,
    hide: Annotated[
        list[str] | None,
        typer.Option("--hide", help="Chữ phải che, như tên đơn vị; dùng được nhiều lần.", show_default=False),
    ] = None,
) -> None:
    """Gom cấu hình và những gì đã thấy trên cổng vào một tệp để gửi cho người bảo trì, sau khi che dữ liệu cá nhân.

    Mã thoát: 0 đã ghi; 1 không đọc hoặc không ghi được; 2 lệnh sai.
    """
    from chukyso.cli.profile_pack import show  # noqa: PLC0415 - as above

    show(name, output, hide or [])
