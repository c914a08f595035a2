"""A sandbox that a person uses by hand: portal, token and an attended signing agent, until Ctrl-C."""

from __future__ import annotations

import threading
import webbrowser
from pathlib import Path

from rich.console import Console
from rich.table import Table

from chukyso.agent.consent.console import AgentConsole
from chukyso.agent.server import AgentConfig, PinSource, SigningAgent
from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.details import SandboxDetails
from chukyso.sandbox.options import SandboxOptions, ScenarioOptions
from chukyso.token.client import TokenWorker

_WINDOWS = (
    "Bộ ký số mở cửa sổ riêng: một để chia sẻ chứng thư số khi mở tờ khai, hai cửa sổ nữa để xác nhận (OK) và nhập mã"
    " PIN (Chấp nhận) sau khi bấm “Đăng ký thay đổi thông tin”. {where}"
)
_IN_BROWSER = "Cửa sổ hiện trong trình duyệt mặc định."
_IN_TERMINAL = "Địa chỉ của từng cửa sổ hiện ở đây; mở trong cùng trình duyệt."


def rehearse(
    port: int = 0,
    open_browser: bool = True,
    *,
    scenario: ScenarioOptions | None = None,
    state: Path | None = None,
    console: Console | None = None,
    ended: threading.Event | None = None,
) -> None:
    """Run a sandbox for a person until Ctrl-C; afterwards nothing of it is left.

    Args:
        port: Port of the portal; 0 takes a free one.
        open_browser: Whether the portal is opened in the person's browser. The agent's windows are opened there when
            this is set, else their addresses are printed.
        scenario: Account and token; the default ones otherwise.
        state: Where to write the sandbox's details, for ``Sandbox.attach``; removed at the end.
        console: Where to print, also what becomes of each request to sign.
        ended: Ends the rehearsal when it is set.

    Raises:
        ChukysoError: What the sandbox or the agent could not do.
    """
    out = console or Console()
    stop = ended or threading.Event()
    agent_console = AgentConsole(out, browser=open_browser)
    options = SandboxOptions(scenario=scenario or ScenarioOptions(), portal_port=port)
    try:
        with Sandbox(options) as sandbox:
            details = sandbox.details
            config = AgentConfig(
                origins=(details.portal_url,),
                token_serial=details.token_serial,
                pin_source=PinSource.WINDOW,
                open_window=agent_console.open_window,
                tell_operator=agent_console,
            )
            with (
                TokenWorker(details.token_module, details.token_environment) as worker,
                SigningAgent(config, worker) as agent,
            ):
                sandbox.control.agent_url(agent.url)
                if state is not None:
                    details.write(state)
                out.print(_table(details, _IN_BROWSER if open_browser else _IN_TERMINAL))
                if open_browser:
                    webbrowser.open(details.portal_url)
                # Short waits: on Windows an unlimited one is deaf to Ctrl-C.
                while sandbox.running and not stop.wait(0.5):
                    pass
    except KeyboardInterrupt:
        out.print()
    finally:
        if state is not None:
            state.unlink(missing_ok=True)
    out.print("Đã dừng sandbox; tệp tạm, token và tài khoản diễn tập đã được xóa.")


def _table(details: SandboxDetails, where: str) -> Table:
    table = Table(
        title="Sandbox diễn tập – dữ liệu hư cấu, không kết nối tới cổng thật",
        caption="Nhấn Ctrl-C để dừng và xóa tất cả.",
        show_header=False,
    )
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in (
        ("Địa chỉ cổng", details.portal_url),
        ("Loại tài khoản", "Tổ chức"),
        ("Mã số thuế", details.tax_code),
        ("Mật khẩu", details.password_file.read_text(encoding="utf-8")),
        ("Mã PIN của token", details.pin_file.read_text(encoding="utf-8")),
        ("Chứng thư số đang đăng ký", details.registered_serial.upper()),
        ("Chứng thư số mới", details.new_serial.upper()),
        ("Mã kiểm tra", "Đọc hình trong hộp đăng nhập trên trang của cổng rồi gõ vào ô bên cạnh"),
        ("Cửa sổ ký số", _WINDOWS.format(where=where)),
    ):
        table.add_row(name, value)
    return table
