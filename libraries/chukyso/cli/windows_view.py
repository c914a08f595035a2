"""What ``chukyso windows`` prints and writes."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path, PureWindowsPath
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from chukyso.cli.output import print_json
from chukyso.desktop.client import Desktop
from chukyso.desktop.dump import dump
from chukyso.desktop.model import Window
from chukyso.errors import ChukysoError, Code

_LOOK_SECONDS: Final = 0.25


def show_list(*, as_json: bool) -> None:
    """Print the windows that are shown.

    Raises:
        ChukysoError: ``DESKTOP_UNSUPPORTED``, ``DESKTOP_FAILED``.
    """
    with Desktop() as desktop:
        shown = [window for window in desktop.windows() if window.visible]
    if as_json:
        print_json({"windows": [window.to_json() for window in shown]})
        return
    table = Table("Tiêu đề", "Lớp", "Chương trình", "Trạng thái")
    for window in shown:
        cells = (window.title, window.window_class, window.program.image or "không rõ", _state(window))
        table.add_row(*map(Text, cells))
    Console(highlight=False).print(table if shown else "Không có cửa sổ nào đang hiện.")


def show_dump(output: Path, *, title: str, program: str, as_json: bool) -> None:
    """Write what windows show into a file, or print it.

    Raises:
        ChukysoError: ``DESKTOP_UNSUPPORTED``, ``DESKTOP_FAILED``, ``OUTPUT_NOT_WRITABLE``.
    """
    with Desktop() as desktop:
        document = dump(desktop, title, program)
    if as_json:
        print_json(document)
        return
    try:
        output.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    except OSError as error:
        raise ChukysoError(Code.OUTPUT_NOT_WRITABLE, str(error), path=output) from error
    print(f"Đã ghi {len(document['windows'])} cửa sổ vào {output.absolute()}")
    print("Xem lại tệp trước khi gửi: trong đó có tên công ty, số chứng thư số và đường dẫn chương trình.")


def show_changes(seconds: float, *, as_json: bool) -> None:
    """Print windows as they come and go.

    Raises:
        ChukysoError: ``DESKTOP_UNSUPPORTED``, ``DESKTOP_FAILED``.
    """
    end, known = time.monotonic() + seconds, dict[tuple[int, str], Window]()
    with Desktop() as desktop:
        while True:
            now = {(each.handle, each.title): each for each in desktop.windows() if each.visible}
            for event, windows in (("opened", now.keys() - known.keys()), ("closed", known.keys() - now.keys())):
                for key in sorted(windows):
                    _print_change(event, (now | known)[key], as_json=as_json)
            known = now
            if time.monotonic() >= end:
                return
            time.sleep(_LOOK_SECONDS)


def _print_change(event: str, window: Window, *, as_json: bool) -> None:
    moment = time.strftime("%H:%M:%S")
    if as_json:
        line = {"time": moment, "event": event, "window": window.to_json()}
        print(json.dumps(line, ensure_ascii=(sys.stdout.encoding or "").lower() != "utf-8"), flush=True)
        return
    name = PureWindowsPath(window.program.image).name or "không rõ"
    state = f" · {_state(window)}" if _state(window) else ""
    word = {"opened": "hiện", "closed": "đóng"}[event]
    print(f"{moment} {word}: “{window.title}” · {window.window_class} · {name}{state}", flush=True)


def _state(window: Window) -> str:
    return " · ".join(text for text, holds in (("thu nhỏ", window.minimised), ("không trả lời", window.hung)) if holds)
