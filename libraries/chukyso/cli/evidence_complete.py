"""``chukyso evidence complete``: the result mails of finished runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def complete(
    target: Annotated[Path, typer.Argument(metavar="DIR", help="Thư mục của một hay nhiều lần chạy.")],
    *,
    mailbox: Annotated[
        str,
        typer.Option(
            envvar="MAILBOX", help="Hộp thư: imaps://TÊN@MÁY_CHỦ/HỘP_THƯ?authserv=MÁY_CHỦ_NHẬN; không kèm mật khẩu."
        ),
    ],
    mail_password: Annotated[
        str, typer.Option(help="Tham chiếu tới mật khẩu: env:TÊN, file:TỆP, keyring:…, vault:…")
    ] = "env:MAIL_PASSWORD",  # noqa: S107 - a reference
    profile: Annotated[
        str, typer.Option(help="Cấu hình cho biết thư trông thế nào; mặc định là cấu hình của từng lần chạy.")
    ] = "",
    wait: Annotated[float, typer.Option(min=0, max=86_400, help="Chờ thêm tối đa bao nhiêu giây.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="In một tài liệu JSON; xem docs/result-mail.md.")] = False,
) -> None:
    """Tìm thư kết quả của BHXH và bổ sung vào bằng chứng; chạy lại nhiều lần cũng được.

    Hộp thư chỉ được đọc. Mã thoát: 0 đã đủ, 1 bị từ chối hoặc chỉ có thư đáng ngờ, 2 không đọc được hộp thư hoặc bằng
    chứng, 3 chưa có thư.
    """
    from chukyso.cli.evidence_complete_view import CompleteOptions, show  # noqa: PLC0415 - loads what it needs only for this

    options = CompleteOptions(mailbox=mailbox, password=mail_password, profile=profile, wait=wait)
    raise typer.Exit(show(target, options, as_json=as_json))
