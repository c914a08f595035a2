"""``chukyso verify``: what a signature is worth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def verify(
    file: Annotated[Path, typer.Argument(help="Tài liệu XML đã ký, hoặc tệp chữ ký rời .p7s (CMS, DER hay PEM).")],
    *,
    trust: Annotated[
        list[Path] | None,
        typer.Option(help="Tệp PEM của tổ chức chứng thực gốc được tin cậy; dùng được nhiều lần."),
    ] = None,
    intermediates: Annotated[
        list[Path] | None, typer.Option(help="Tệp PEM giúp nối chuỗi chứng thư số; tự nó không được tin cậy.")
    ] = None,
    content: Annotated[Path | None, typer.Option(help="Tệp gốc mà chữ ký rời ký lên.")] = None,
    place: Annotated[
        str,
        typer.Option(
            help="XML: tên (hoặc đường dẫn A/B) của phần tử chứa chữ ký; dấu chấm: phần tử gốc; #ID: chữ ký có Id này."
        ),
    ] = "CKy_Dvi",
    part: Annotated[
        str | None,
        typer.Option(help="XML: phần tử phải được ký (hóa đơn điện tử: DLHDon), khi chữ ký không ký cả tài liệu."),
    ] = None,
    at: Annotated[
        str | None, typer.Option(help="Kiểm tra cho thời điểm này (ISO 8601 có múi giờ), thay cho bây giờ.")
    ] = None,
    answers: Annotated[
        Path | None, typer.Option(help="Thư mục các trả lời CRL, OCSP đã lưu, như evidence/validation.")
    ] = None,
    ask: Annotated[
        list[str] | None,
        typer.Option(help="Máy chủ trong mạng nội bộ được phép hỏi CRL, OCSP; dùng được nhiều lần."),
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Không hỏi CRL, OCSP qua mạng.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="In một tài liệu JSON; xem docs/verification.md.")] = False,
) -> None:
    """Kiểm tra chữ ký số. Mã thoát: 0 hợp lệ, 3 không hợp lệ, 4 chưa kết luận được; 1 không đọc được tệp."""
    from chukyso.cli.verify_view import VerifyOptions, show  # noqa: PLC0415 - loads the signature code only for this command

    options = VerifyOptions(
        trust=tuple(trust or ()),
        intermediates=tuple(intermediates or ()),
        content=content,
        place=place,
        part=part,
        at=at,
        answers=answers,
        hosts=tuple(ask or ()),
        online=not offline,
    )
    raise typer.Exit(show(file, options, as_json=as_json))
