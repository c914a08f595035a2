"""``chukyso agent``: the signing agent by itself, for a person at a desktop."""

from __future__ import annotations

import signal
import threading
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from chukyso.console import LIVE, guard_console


class Windows(StrEnum):
    """Where consent and PIN are given."""

    PINENTRY = "pinentry"
    BROWSER = "browser"


class Revocation(StrEnum):
    """What an answer about revocation is worth."""

    REQUIRED = "required"
    BEST_EFFORT = "best-effort"
    OFF = "off"


def agent(
    *,
    origin: Annotated[list[str], typer.Option(help="Trang được phép yêu cầu ký, https://…; dùng được nhiều lần.")],
    port: Annotated[int, typer.Option(help="Cổng TCP trên 127.0.0.1 (0: tự chọn).", min=0, max=65535)] = 28917,
    module: Annotated[Path | None, typer.Option(help="Trình điều khiển PKCS#11; tự tìm nếu bỏ trống.")] = None,
    token_serial: Annotated[str | None, typer.Option(help="Số sê-ri của token, khi có nhiều token.")] = None,
    windows: Annotated[
        Windows,
        typer.Option(help="Nơi đồng ý và nhập mã PIN. “browser”: trình duyệt thấy mã PIN, chỉ để tập dượt."),
    ] = Windows.PINENTRY,
    trust: Annotated[
        list[Path] | None,
        typer.Option(help="Tệp PEM của tổ chức chứng thực gốc, để kiểm tra chứng thư số trước khi ký."),
    ] = None,
    revocation: Annotated[
        Revocation, typer.Option(help="Phải có trả lời CRL hoặc OCSP trước khi ký, có thì tốt, hay không hỏi.")
    ] = Revocation.REQUIRED,
    ask: Annotated[
        list[str] | None, typer.Option(help="Máy chủ nội bộ được phép hỏi CRL, OCSP; dùng được nhiều lần.")
    ] = None,
    evidence: Annotated[
        Path | None, typer.Option(help="Thư mục lưu các trả lời CRL, OCSP của mỗi lần ký làm bằng chứng; cần --trust.")
    ] = None,
) -> None:
    """Chạy bộ ký số cho người dùng trên máy này; mỗi chữ ký phải được đồng ý và nhập mã PIN. Ctrl-C để dừng."""
    from chukyso.agent.attended import AttendedOptions, WindowKind, attend  # noqa: PLC0415 - loads the agent for this command
    from chukyso.signature.trust import RevocationMode  # noqa: PLC0415 - see above
    from chukyso.terminal import when_terminal_closes  # noqa: PLC0415 - see above

    guard_console(LIVE)
    ended = threading.Event()
    # Started in the background a shell leaves SIGINT ignored; a service manager sends SIGTERM and expects exit code 0.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda _number, _frame: ended.set())
    when_terminal_closes(lambda _number, _frame: ended.set())
    options = AttendedOptions(
        tuple(origin),
        port=port,
        module=module,
        token_serial=token_serial,
        windows=WindowKind(windows.value),
        trust=tuple(trust or ()),
        revocation=RevocationMode(revocation.value),
        hosts=frozenset(ask or ()),
        evidence=evidence,
    )
    attend(options, ended=ended)
