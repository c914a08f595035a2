"""``chukyso sandbox``: rehearse the guide by hand."""

from __future__ import annotations

import signal
from typing import Annotated

import typer

from chukyso.console import LIVE, guard_console
from chukyso.terminal import when_terminal_closes


def sandbox(
    port: Annotated[int, typer.Option(help="Cổng TCP của trang web (0: tự chọn).", min=0, max=65535)] = 0,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Mở trình duyệt mặc định.")] = True,
) -> None:
    """Chạy sandbox để tập dượt bằng tay trong trình duyệt thường; Ctrl-C để dừng."""
    from chukyso.sandbox.rehearsal import rehearse  # noqa: PLC0415 - nothing else may load the sandbox

    guard_console(LIVE)
    # Started in the background a shell leaves SIGINT ignored; a service manager sends SIGTERM.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    when_terminal_closes(signal.default_int_handler)
    rehearse(port=port, open_browser=open_browser)
