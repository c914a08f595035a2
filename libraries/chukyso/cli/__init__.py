"""Command line: ``chukyso``. One module per command; each loads what it needs when it is called."""

from __future__ import annotations

import sys
import traceback
from importlib.metadata import version
from typing import Annotated, Final

import typer
from rich.console import Console

from chukyso.cli.agent import agent
from chukyso.cli.client import client
from chukyso.cli.doctor import doctor
from chukyso.cli.evidence import evidence
from chukyso.cli.figures import figures
from chukyso.cli.guide import guide
from chukyso.cli.nightly import nightly
from chukyso.cli.pin import pin
from chukyso.cli.profile import profile
from chukyso.cli.sandbox import sandbox
from chukyso.cli.tokens import tokens
from chukyso.cli.usage import INVALID, call
from chukyso.cli.verify import verify
from chukyso.cli.windows import windows
from chukyso.console import guard_console, trouble
from chukyso.errors import ChukysoError, Code

UNWRITTEN: Final = 74
"""Exit code of a command that went well but whose output could not be written: ``EX_IOERR`` of ``sysexits.h``."""

UNFORESEEN: Final = 70
"""Exit code of an error that nobody foresaw, which says nothing of what was looked at: ``EX_SOFTWARE``."""
_EPILOG: Final = (
    "Mã thoát chung: 2 gõ chưa đúng; 70 lỗi chưa lường trước của chương trình; 74 không in ra được kết quả;"
    " 130 Ctrl-C. Mã riêng của mỗi lệnh: xem --help của lệnh đó."
)

app = typer.Typer(
    name="chukyso",
    help="Cập nhật chữ ký số trên cổng BHXH: công cụ đi kèm. / Tools beside `robot suites/update.robot`.",
    epilog=_EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(agent)
app.add_typer(client)
app.command()(doctor)
app.add_typer(evidence)
app.command()(guide)
app.command()(nightly)
app.add_typer(figures)
app.add_typer(pin)
app.add_typer(profile)
app.command()(sandbox)
app.command()(tokens)
app.command()(verify)
app.add_typer(windows)


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


def main() -> None:
    """Entry point: errors of the product end with their text and exit code 1, what was typed wrongly 2, Ctrl-C 130.

    An error that nobody foresaw ends with 70: 1 means something in most commands. Whether somebody reads what is
    printed changes nothing about what a command does; when it could not be written (a full disk), a command that went
    well ends with 74.
    """
    guard_console()
    try:
        code = _run()
        lost = trouble("stdout")
        if lost is not None:
            print(f"Không in được kết quả: {lost}", file=sys.stderr)
            code = code or UNWRITTEN
    except KeyboardInterrupt:
        code = 130
    raise SystemExit(code)


def _run() -> int:
    try:
        return call(app)
    except ChukysoError as error:
        console = Console(stderr=True)
        console.print(str(error), style="bold red", markup=False)
        if error.detail:  # there is no log.html to look it up in
            console.print(error.detail, style="dim", markup=False)
        return INVALID if error.code is Code.COMMAND_INVALID else 1
    except Exception:  # noqa: BLE001 - Python's own exit code would be 1, which says something in most commands
        print(ChukysoError(Code.UNEXPECTED), file=sys.stderr)
        traceback.print_exc()
        return UNFORESEEN
