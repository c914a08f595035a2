"""What an operator sends of windows that are not known: everything that is shown, nothing that was typed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from chukyso.desktop.client import Desktop
from chukyso.desktop.model import VERSION, Kind, Window
from chukyso.desktop.rule import plain
from chukyso.errors import ChukysoError


def dump(desktop: Desktop, title: str = "", program: str = "") -> dict[str, Any]:
    """Describe the windows that are shown, with controls and rows.

    Args:
        desktop: The windows.
        title: Only those whose title has this in it.
        program: Only those of whose executable's path this is a part.

    Returns:
        A JSON document. A window that does not answer has ``trouble``, a code, instead of controls.
    """
    shown = [
        window
        for window in desktop.windows()
        if window.visible
        and plain(title) in plain(window.title)
        and program.casefold() in window.program.image.casefold()
    ]
    return {
        "version": VERSION,
        "session": asdict(desktop.session()),
        "windows": [_window(desktop, window) for window in shown],
    }


def _window(desktop: Desktop, window: Window) -> dict[str, Any]:
    told = desktop.describe(window)
    try:
        read = desktop.with_controls(told)
    except ChukysoError as error:
        return {**told.to_json(), "trouble": error.code.name}
    document = read.to_json()
    for control, written in zip(read.controls, document["controls"], strict=True):
        if control.kind in {Kind.LIST, Kind.TABLE, Kind.COMBO}:
            try:
                written["rows"] = [row.cells for row in desktop.rows_of(read, control)]
            except ChukysoError as error:
                written["trouble"] = error.code.name
    return document
