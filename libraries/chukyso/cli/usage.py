"""Typer's own words, in Vietnamese: headings of ``--help``, and what is wrong with a command that was typed.

Typer has no translations; its headings are constants of ``typer.rich_utils``, its errors carry what is wrong as data.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

import typer
from typer import rich_utils
from typer._click.core import Command, Context
from typer._click.exceptions import (  # Typer names one of them in public, and the others are told apart by class
    BadParameter,
    MissingParameter,
    NoArgsIsHelpError,
    NoSuchOption,
    UsageError,
)
from typer.core import TyperArgument, TyperOption
from typer.main import get_command

from chukyso.errors import ChukysoError, Code

INVALID = 2  # exit code of a command that was not understood, as everywhere
_HEADINGS = {
    "ARGUMENTS_PANEL_TITLE": "Đối số",
    "OPTIONS_PANEL_TITLE": "Tùy chọn",
    "COMMANDS_PANEL_TITLE": "Lệnh",
    "DEFAULT_STRING": "[mặc định: {}]",
    "ENVVAR_STRING": "[biến môi trường: {}]",
    "REQUIRED_LONG_STRING": "[bắt buộc]",
}
_OPTIONS = {
    "install_completion": "Cài tính năng tự điền lệnh bằng phím Tab.",
    "show_completion": "In đoạn mã của tính năng tự điền.",
    "help": "In phần này rồi thoát.",
}
_NO_COMMAND = re.compile(r"No such command '(.*?)'(.*)")  # Typer names what may have been meant behind it
_TYPES = {
    "bool": "",
    "int": "SỐ",
    "int range": "SỐ",
    "float": "SỐ",
    "float range": "SỐ",
    "str": "CHỮ",
    "Path": "ĐƯỜNG_DẪN",
    "path": "ĐƯỜNG_DẪN",
    "file": "TỆP",
    "directory": "THƯ_MỤC",
}


def call(app: typer.Typer) -> int:
    """Run the command line and return its exit code.

    Raises:
        ChukysoError: ``COMMAND_INVALID``.
    """
    for name, text in _HEADINGS.items():
        setattr(rich_utils, name, text)
    command = get_command(app)
    _translate(command)
    try:
        code = command(prog_name="chukyso", standalone_mode=False)
    except UsageError as error:
        if isinstance(error, NoArgsIsHelpError):  # no command at all: the help was shown already
            return INVALID
        typed = error.ctx.command_path if error.ctx else "chukyso"
        raise ChukysoError(
            Code.COMMAND_INVALID, error.format_message(), reason=_reason(error), command=typed
        ) from error
    return code if isinstance(code, int) else 0


def _translate(command: Command) -> None:
    context = typer.Context(command)
    for param in (*command.params, command.get_help_option(context)):
        if isinstance(param, TyperOption):
            param.help = _OPTIONS.get(param.name or "", param.help)
        if isinstance(param, TyperOption | TyperArgument):
            param.display_type_rich = partial(_value, param)  # type: ignore[method-assign]
    said = command.get_usage
    command.get_usage = lambda ctx: said(ctx).replace("Usage:", "Cách dùng:", 1)  # type: ignore[method-assign]
    command.options_metavar = "[TÙY_CHỌN]"
    for child in getattr(command, "commands", {}).values():
        command.subcommand_metavar = "LỆNH …"  # type: ignore[attr-defined]
        _translate(child)


def _value(param: TyperOption | TyperArgument, ctx: Context) -> str:
    """What stands for a value: of ``<list[Path]>`` a word, of ``<pinentry|browser>`` the choices."""
    if param.metavar is not None:
        return param.metavar if isinstance(param, TyperOption) else ""  # an argument's is its name
    bare = re.sub(r"^<|>$|list\[|\]", "", param.display_type(ctx))
    return _TYPES.get(bare, bare)


def _reason(error: UsageError) -> str:
    match error:
        case MissingParameter(param=param) if param:
            return f"thiếu {param.get_error_hint()}"
        case BadParameter(param=param) if param:
            return f"giá trị của {param.get_error_hint()} không dùng được"
        case BadParameter():
            return error.message  # the commands' own words
        case NoSuchOption():
            return f"không có tùy chọn '{error.option_name}'{_meant(error.possibilities or ())}"
    unknown = _NO_COMMAND.match(error.message)
    if unknown:
        meant = re.findall(r"'([^']+)'", unknown[2])
        return f"không có lệnh '{unknown[1]}'{_meant(meant)}"
    return "thừa đối số, hoặc đối số không dùng được"


def _meant(names: Sequence[str]) -> str:
    return f"; ý bạn là {' hay '.join(names)}?" if names else ""
