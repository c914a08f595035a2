"""Command line: ``chukyso``."""

from __future__ import annotations

import signal
from importlib.metadata import version
from typing import Annotated

import typer
from rich.console import Console

from chukyso.errors import ChukysoError

app = typer.Typer(
    name="chukyso",
    help="Cập nhật chữ ký số trên cổng BHXH: công cụ đi kèm. / Tools beside `robot suites/update.robot`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(version("bhxh-chu-ky-so"))
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="In phiên bản rồi thoát."),
    ] = False,
) -> None:
    """Options of every command."""


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(help="Cổng TCP của trang web (0: tự chọn).", min=0, max=65535)] = 0,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Mở trình duyệt mặc định.")] = True,
) -> None:
    """Chạy sandbox để tập dượt bằng tay trong trình duyệt thường; Ctrl-C để dừng."""
    from chukyso.sandbox.rehearsal import rehearse  # noqa: PLC0415 - nothing else may load the sandbox

    # Started in the background a shell leaves SIGINT ignored; a service manager sends SIGTERM.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    rehearse(port=port, open_browser=open_browser)


def main() -> None:
    """Entry point: errors of the product end with their text and exit code 1, Ctrl-C with 130."""
    try:
        app()
    except ChukysoError as error:
        console = Console(stderr=True)
        console.print(str(error), style="bold red", markup=False)
        if error.detail:  # there is no log.html to look it up in
            console.print(error.detail, style="dim", markup=False)
        raise SystemExit(1) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
