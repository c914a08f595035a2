"""What is said of a Windows session."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from chukyso.desktop.model import Session
from chukyso.doctor.ask import ask
from chukyso.doctor.checks_windows import judge_session
from chukyso.doctor.examine import check_named, make
from chukyso.doctor.facts import Facts
from chukyso.doctor.model import Level

GOOD = Session(1, "Default", False, 8192, False, 0x0409, 100, "running")


def test_a_good_session_has_nothing_to_say() -> None:
    assert judge_session(GOOD) == []
    assert judge_session(replace(GOOD, integrity=None, number=None, input_desktop="default", scaling=175)) == []


@pytest.mark.parametrize(
    ("changed", "level", "words"),
    [
        ({"number": 0, "caps_lock": True}, Level.FAILED, "session 0"),
        ({"input_desktop": ""}, Level.FAILED, "đang khóa"),
        ({"input_desktop": "Winlogon"}, Level.FAILED, "đang khóa"),
        ({"remote": True}, Level.WARNING, "Remote Desktop"),
        ({"integrity": 12288}, Level.WARNING, "quyền quản trị"),
        ({"caps_lock": True}, Level.WARNING, "Caps Lock"),
        ({"keyboard": 0x042A}, Level.WARNING, "tiếng Việt"),
        ({"card_service": "stopped"}, Level.WARNING, "(stopped)"),
        ({"card_service": ""}, Level.WARNING, "(không có)"),
    ],
)
def test_what_is_wrong_is_said_once_with_what_to_do(changed: dict[str, object], level: Level, words: str) -> None:
    (finding,) = judge_session(replace(GOOD, **changed))  # type: ignore[arg-type]
    assert finding.level is level
    assert words in finding.found
    assert finding.action.endswith(".")


def test_all_that_is_wrong_is_said() -> None:
    wrong = replace(GOOD, remote=True, integrity=16384, caps_lock=True, keyboard=0x042A, card_service="stopped")
    assert len(judge_session(wrong)) == 5


def test_the_check_hinders_no_run() -> None:
    finding = make(check_named("windows-session"), Facts(ask("sandbox")))
    assert finding.level is not Level.FAILED
    assert sys.platform == "win32" or "không chạy Windows" in finding.found
