"""``chukyso windows``: what windows of other programs there are, for whoever writes a rule for one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

windows = typer.Typer(
    name="windows",
    help="Xem cửa sổ của các chương trình khác (chỉ trên Windows); không bao giờ đọc chữ đã gõ vào ô nhập.",
    no_args_is_help=True,
)
_Json = Annotated[bool, typer.Option("--json", help="In JSON; xem docs/windows.md.")]
_Title = Annotated[str, typer.Option("--title", help="Chỉ cửa sổ có chữ này trong tiêu đề.", show_default=False)]
_Program = Annotated[
    str, typer.Option("--program", help="Chỉ cửa sổ của chương trình có chữ này trong đường dẫn.", show_default=False)
]


@windows.command("list")
def list_windows(as_json: _Json = False) -> None:
    """Liệt kê các cửa sổ đang hiện, từ trước ra sau."""
    from chukyso.cli.windows_view import show_list  # noqa: PLC0415 - loads the windows' code only for this command

    show_list(as_json=as_json)


@windows.command()
def dump(
    output: Annotated[
        Path | None, typer.Option("--output", help="Tệp JSON sẽ được ghi; mặc định windows.json.", show_default=False)
    ] = None,
    title: _Title = "",
    program: _Program = "",
    as_json: _Json = False,
) -> None:
    """Ghi những gì các cửa sổ đang hiện vào tệp JSON để gửi cho người bảo trì; không có mật khẩu hay mã PIN nào."""
    from chukyso.cli.windows_view import show_dump  # noqa: PLC0415 - as above

    show_dump(output or Path("windows.json"), title=title, program=program, as_json=as_json)


@windows.command()
def watch(
    seconds: Annotated[float, typer.Option(help="Số giây theo dõi; Ctrl-C để dừng sớm.", min=0.1, max=86400)] = 60,
    as_json: _Json = False,
) -> None:
    """Theo dõi: in ra mỗi cửa sổ khi nó hiện lên và khi nó đóng lại."""
    from chukyso.cli.windows_view import show_changes  # noqa: PLC0415 - as above

    show_changes(seconds, as_json=as_json)
