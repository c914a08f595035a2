"""``chukyso doctor``: checks whether everything that a run needs is here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from chukyso.doctor.references import PASSWORD_REFERENCE, PIN_REFERENCE


def doctor(
    *,
    profile: Annotated[
        str, typer.Option(help="Cấu hình: sandbox, sandbox-client, bhxh, hoặc đường dẫn một tệp cấu hình.")
    ] = "sandbox",
    tax_code: Annotated[
        str, typer.Option(help="Mã số thuế của tài khoản, để biết chứng thư số nào sẽ được chọn.")
    ] = "",
    module: Annotated[str, typer.Option(help="Trình điều khiển PKCS#11; tự tìm nếu bỏ trống.")] = "",
    token_serial: Annotated[str, typer.Option(help="Số sê-ri của token, khi có nhiều token.")] = "",
    cert_serial: Annotated[
        str, typer.Option(help="Số sê-ri của chứng thư số mới; chọn theo quy tắc nếu bỏ trống.")
    ] = "",
    portal_password: Annotated[
        str, typer.Option(help="Tham chiếu tới mật khẩu cổng: env:TÊN, file:TỆP, keyring:…, vault:…")
    ] = PASSWORD_REFERENCE,
    token_pin: Annotated[str, typer.Option(help="Tham chiếu tới mã PIN, như trên, hoặc ask:")] = PIN_REFERENCE,
    output: Annotated[Path, typer.Option(help="Thư mục kết quả của lần chạy.")] = Path("results"),
    agent_port: Annotated[int, typer.Option(help="Cổng TCP của bộ ký số (0: tự chọn).", min=0, max=65535)] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="In một tài liệu JSON; xem docs/doctor.md.")] = False,
) -> None:
    """Khám máy trước khi chạy: thấy gì, cần làm gì. Không thay đổi gì, không hỏi mã PIN, không đăng nhập.

    Mã thoát: 0 chạy được (có thể có cảnh báo), 1 phải xử lý ít nhất một dòng, 130 bị ngắt.
    """
    from chukyso.cli.doctor_view import show  # noqa: PLC0415 - loads token and agent code only for this command
    from chukyso.doctor.ask import ask  # noqa: PLC0415 - same

    question = ask(
        profile,
        tax_code=tax_code,
        token_module=module,
        token_serial=token_serial,
        cert_serial=cert_serial,
        portal_password=portal_password,
        token_pin=token_pin,
        output=output,
        agent_port=agent_port,
    )
    raise typer.Exit(show(question, as_json=as_json))
