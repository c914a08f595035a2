"""``chukyso windows`` on a system that has none, and certificates as windows write them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from chukyso.desktop.certificates import choose_by_serial, read_certificate, shown_text
from chukyso.desktop.model import Kind, Row
from chukyso.errors import Code
from support.token import failure
from support.windows import control, window

MAIN = "from chukyso.cli import main; main()"
SERIAL = "513e0ec52eef287b"


@pytest.mark.skipif(sys.platform == "win32", reason="there it works")
@pytest.mark.parametrize("command", ["list", "dump", "watch"])
def test_it_says_where_it_works(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MAIN, "windows", command], capture_output=True, encoding="utf-8", check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "[DESKTOP_UNSUPPORTED]" in done.stderr


def test_a_certificate_is_read_of_labels_beside_and_below() -> None:
    texts = ("Chủ thể: CÔNG TY A", "Số sê-ri", "51:3E:0E", "Hiệu lực từ 1/1/2026\r\nđến 2/2/2027")
    shown = window(controls=tuple(control(Kind.TEXT, number, text) for number, text in enumerate(texts)))
    patterns = {
        "owner": r"chủ thể: (.+)",
        "serial": r"số sê-ri\s+(\S+)",
        "valid_to": r"đến ([\d/]+)",
        "tax_code": r"MST: (\S+)",
    }
    read = read_certificate(shown_text(shown), patterns)
    assert (read.owner, read.serial, read.valid_to, read.tax_code) == ("CÔNG TY A", "51:3E:0E", "2/2/2027", "")


class Listed:
    """A list, as far as choosing in it goes."""

    def __init__(self, *cells: tuple[str, ...]) -> None:
        self._rows = [Row(index, texts, False) for index, texts in enumerate(cells)]

    def rows(self, *_: object) -> list[Row]:
        return self._rows

    def choose_row(self, _found: object, _name: str, fits: object) -> Row:
        (row,) = (row for row in self._rows if fits(row))  # type: ignore[operator]
        return row


class Of:
    rule = type("Rule", (), {"name": "cửa sổ"})


@pytest.mark.parametrize(
    "cells",
    [
        ("CÔNG TY A – 513E0EC52EEF287B",),
        ("CÔNG TY A", "51 3e 0e c5 2e ef 28 7b"),
        ("CÔNG TY A (51:3E:0E:C5:2E:EF:28:7B)",),
        ("A", "00513e0ec52eef287b"),
    ],
)
def test_a_serial_is_found_however_it_is_spelled(cells: tuple[str, ...]) -> None:
    rows = Listed(("B – 77",), cells, ("C – 513e0ec52eef287b0",))
    assert choose_by_serial(rows, Of, "list", SERIAL).index == 1  # type: ignore[arg-type]


def test_a_serial_that_is_a_part_of_another_is_not_it() -> None:
    rows = Listed(("B – 513e0ec52eef287b77",), ("513e0ec5 2eef",))
    assert failure(lambda: choose_by_serial(rows, Of, "list", SERIAL)).code is Code.WINDOW_ROW_MISSING  # type: ignore[arg-type]
