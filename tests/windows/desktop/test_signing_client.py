"""What an inspection tells of the windows that a signing client shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chukyso.client.inspect import Where, document, inspect
from chukyso.client.model import Browser
from chukyso.client.places import HOSTS, Places
from chukyso.client.registry import Hive
from chukyso.client.report import render
from chukyso.desktop.client import Desktop
from chukyso.desktop.rule import ProgramRule
from support.desktop import LISTS, NEW, OLD, OWNER, PIN, PIN_WINDOWS, VNPT, certificate_rule, certificate_spec
from support.inspected_machine import HOST, SITE, Computer, Table

OTHER = PIN_WINDOWS[0]


def look(programs: Path, tmp_path: Path) -> dict[str, Any]:
    computer, table = Computer(tmp_path), Table()
    manifest = computer.host(path=str(programs / "BHXH" / "VssDeclaration.exe"))
    table.put(Hive.USER, 64, f"{HOSTS[Browser.CHROME]}\\{HOST}", default=str(manifest))
    return document(inspect(SITE, Where(Places((), (), ()), table)))


def test_the_pin_window_of_its_program_is_told_and_what_is_typed_is_not(
    show: Callable, programs: Path, ours: ProgramRule, desktop: Desktop, tmp_path: Path
) -> None:
    show(VNPT.spec())
    show(OTHER.spec(), "Khác/lạ.exe")
    desktop.find(OTHER.rule(ProgramRule("lạ.exe", (str(programs / "Khác"),))))
    desktop.set_text(desktop.find(VNPT.rule(ours)), "pin", PIN)
    found = look(programs, tmp_path)
    (window,) = found["windows"]
    assert (window["title"], window["window_class"], found["windows_trouble"]) == (VNPT.title, "#32770", "")
    assert {(each["kind"], each["text"], each["password"]) for each in window["controls"]} >= {
        ("button", VNPT.button, False),
        ("text", VNPT.field, False),
        ("edit", "", True),
    }
    assert VNPT.title in render(found)
    assert PIN not in render(found) + str(found)


@pytest.mark.parametrize("kind", LISTS)
def test_no_certificate_of_a_list_is_told(
    show: Callable, programs: Path, ours: ProgramRule, desktop: Desktop, tmp_path: Path, kind: str
) -> None:
    show(certificate_spec(kind, [f"{OWNER}|{OLD}", f"{OWNER}|{NEW}"]))
    desktop.find(certificate_rule(kind, ours))
    found = look(programs, tmp_path)
    assert [each["rows"] for each in found["windows"][0]["controls"] if "rows" in each] == [2]
    told = str([(window["title"], window["controls"]) for window in found["windows"]]).casefold()
    assert told != "[]"
    assert not [text for text in (OWNER, "NẮNG MỚI", OLD, NEW) if text.casefold() in told]  # but in its folder's name
    assert "2 dòng" in render(found)
