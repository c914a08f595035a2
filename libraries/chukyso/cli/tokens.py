"""``chukyso tokens``: which tokens are plugged in, and what is on them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def tokens(
    module: Annotated[
        list[Path] | None,
        typer.Option("--module", help="Chỉ xem trình điều khiển PKCS#11 này; dùng được nhiều lần.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="In một tài liệu JSON; xem docs/tokens.md.")] = False,
    timeout: Annotated[
        float, typer.Option(help="Số giây chờ mỗi câu trả lời của một trình điều khiển.", min=0.1, max=600)
    ] = 15,
) -> None:
    """Liệt kê trình điều khiển, token, trạng thái mã PIN và chứng thư số; không bao giờ hỏi mã PIN."""
    from chukyso.cli.tokens_view import show  # noqa: PLC0415 - loads the token code only for this command

    show(module or [], as_json=as_json, timeout=timeout)
