"""Certificates as native windows show them: read by patterns, and the right row chosen by its serial."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Final

from chukyso.certificate import NotASerialError, ShownCertificate, read_serial
from chukyso.desktop.client import Desktop, Found
from chukyso.desktop.model import Row, Window
from chukyso.desktop.rule import WindowRule
from chukyso.errors import ChukysoError, Code
from chukyso.text import visible

_MOST: Final = 20  # rows that are looked at one by one
_CLOSE_SECONDS: Final = 10.0


def shown_text(window: Window, rows: Iterable[Row] = ()) -> str:
    """All that a window shows, a line for each control, and for each of the rows."""
    texts = [control.text.replace("\r\n", "\n") for control in window.controls if control.visible]
    return "\n".join([*filter(None, texts), *(row.text for row in rows)])


def read_certificate(text: str, patterns: Mapping[str, str]) -> ShownCertificate:
    """The certificate that a window shows.

    Args:
        text: As ``shown_text`` gives it.
        patterns: Of each field of ``ShownCertificate`` a regular expression with one group, without regard to case.
            What is not found stays "".
    """
    found = {name: re.search(pattern, text, re.IGNORECASE) for name, pattern in patterns.items()}
    values = {name: visible(match[1]) for name, match in found.items() if match}
    return ShownCertificate(**{field.name: values.get(field.name, "") for field in fields(ShownCertificate)})


def choose_by_serial(desktop: Desktop, found: Found, name: str, serial: str) -> Row:
    """Choose the one row that shows a serial, however it is spelled.

    Args:
        desktop: The windows.
        found: The window with the list.
        name: The list.
        serial: As ``write_serial`` writes it.

    Raises:
        ChukysoError: ``WINDOW_ROW_MISSING``, ``WINDOW_ROW_AMBIGUOUS``; as ``Desktop.choose_row``.
    """
    rows = [row for row in desktop.rows(found, name) if _shows(row, serial)]
    return _choose(desktop, found, name, rows, serial)


def choose_by_view(
    desktop: Desktop, found: Found, name: str, serial: str, look: tuple[str, WindowRule, Callable[[Found], str]]
) -> Row:
    """Choose the one row whose certificate has a serial, when rows look alike: each one is opened and closed again.

    Args:
        desktop: The windows.
        found: The window with the list.
        name: The list.
        serial: As ``write_serial`` writes it.
        look: The button that shows the certificate of the chosen row, the rule of the window that comes, and what reads
            the serial there.

    Raises:
        ChukysoError: ``WINDOW_ROW_MISSING``, ``WINDOW_ROW_AMBIGUOUS``; ``WINDOW_NOT_READY`` when the certificate's
            window does not close; as ``Desktop.choose_row``, ``press`` and ``find``.
    """
    view, rule, read = look
    rows, matches = desktop.rows(found, name), []
    if len(rows) > _MOST:
        raise ChukysoError(Code.WINDOW_ROW_AMBIGUOUS, window=found.rule.name, count=len(rows), wanted=serial)
    for row in rows:
        desktop.choose_row(found, name, row.same)
        desktop.press(found, view)
        opened = desktop.find(rule)
        if _is(read(opened), serial):
            matches.append(row)
        desktop.close(opened)
        if not desktop.wait_until_gone(opened, _CLOSE_SECONDS):
            raise ChukysoError(Code.WINDOW_NOT_READY, window=rule.name, what="nó không đóng")
    return _choose(desktop, found, name, matches, serial)


def _choose(desktop: Desktop, found: Found, name: str, rows: list[Row], serial: str) -> Row:
    if not rows:
        raise ChukysoError(Code.WINDOW_ROW_MISSING, window=found.rule.name, wanted=serial)
    if len(rows) > 1:
        raise ChukysoError(Code.WINDOW_ROW_AMBIGUOUS, window=found.rule.name, count=len(rows), wanted=serial)
    return desktop.choose_row(found, name, rows[0].same)


def _shows(row: Row, serial: str) -> bool:
    """Whether one of its cells is the serial, or has it as a word of its own."""
    return any(_is(part, serial) for cell in row.cells for part in (cell, *re.split(r"[^0-9A-Fa-f:]+", cell)))


def _is(text: str, serial: str) -> bool:
    try:
        return read_serial(text) == serial
    except NotASerialError:
        return False
