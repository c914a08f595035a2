"""``chukyso pin``: which tokens refused a PIN or gave no answer, and the operator's word that it may be tried again."""

from __future__ import annotations

from typing import Annotated

import typer

from chukyso.cli.output import print_json

pin = typer.Typer(
    name="pin",
    help="Sổ ghi mã PIN sai: mã PIN mà token đã từ chối, hoặc chưa rõ trả lời, thì không được tự thử lại.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

_JSON = typer.Option("--json", help="In một tài liệu JSON.")


@pin.command("list")
def list_failures(as_json: Annotated[bool, _JSON] = False) -> None:
    """Liệt kê các token đã từ chối mã PIN hoặc chưa rõ trả lời; sổ không chứa mã PIN."""
    from rich.console import Console  # noqa: PLC0415 - as below
    from rich.table import Table  # noqa: PLC0415 - as below
    from rich.text import Text  # noqa: PLC0415 - as below

    from chukyso.moment import in_vietnam  # noqa: PLC0415 - as below
    from chukyso.pin.memory import FailedPins  # noqa: PLC0415 - loaded only for this command
    from chukyso.text import one_line  # noqa: PLC0415 - as below

    failures = FailedPins().failures()
    if as_json:
        found = [
            {"token": each.serial, "answer": "refused" if each.heard else "unheard", "at": each.moment.isoformat()}
            for each in failures
        ]
        print_json({"failed_pins": found})
        return
    if not failures:
        typer.echo("Chưa có mã PIN nào bị từ chối hoặc chưa rõ trả lời.")
        return
    table = Table("Token (số sê-ri)", "Lúc", "Token trả lời")
    for each in failures:
        answer = "mã PIN sai" if each.heard else "không rõ"
        table.add_row(
            Text(one_line(each.serial)), in_vietnam(each.moment), answer
        )  # a token's text is no markup of ours
    Console().print(table)


@pin.command()
def forget(
    serial: Annotated[str | None, typer.Argument(help="Số sê-ri của token.", show_default=False)] = None,
    every: Annotated[bool, typer.Option("--all", help="Của mọi token.")] = False,
) -> None:
    """Xóa ghi nhớ mã PIN sai hoặc chưa rõ, để mã PIN đó được thử lại. Chỉ làm khi chắc chắn mã PIN đúng."""
    from chukyso.pin.memory import FailedPins  # noqa: PLC0415 - loaded only for this command

    if (serial is None) is not every:
        raise typer.BadParameter("chỉ rõ một số sê-ri, hoặc --all")
    count = FailedPins().forget(None if every else serial)
    typer.echo(f"Đã xóa {count} ghi nhớ." if count else "Không có gì để xóa.")
