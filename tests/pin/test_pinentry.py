"""Pinentry dialogs: the protocol with scripted programs, and the real ones for a terminal."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from chukyso.errors import ChukysoError, Code
from chukyso.pin import entry
from chukyso.pin.assuan import LINE
from chukyso.pin.entry import Pinentry, _character_type, find_pinentry, fits, require_pinentry
from chukyso.text import one_line

PIN = "Mật 12%34"
Program = Callable[[str], Path]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs below are scripts with a #! line")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A pinentry that writes down what it is told and answers GETPIN and CONFIRM as the test says."""

    def write(answer: str, greeting: str = "OK hello") -> Path:
        path = tmp_path / "pinentry-scripted"
        path.write_text(
            f"""#!{sys.executable} -I
import json, os, sys, time
def say(*lines):
    sys.stdout.buffer.write(b"".join(line if isinstance(line, bytes) else line.encode() + b"\\n" for line in lines))
    sys.stdout.flush()
told = open({str(tmp_path / "told")!r}, "w", encoding="utf-8")
json.dump([sys.argv, dict(os.environ), os.getpid()], open({str(tmp_path / "process")!r}, "w"))
say({greeting!r})
for line in sys.stdin:
    told.write(line); told.flush()
    word = line.split()[0]
    if word == "OPTION" and "lc-ctype" in line:
        say("ERR 83886254 unknown option <Pinentry>")
    elif word in ("GETPIN", "CONFIRM"):
        {answer}
    else:
        say("# a comment", "S A_STATUS", "OK")
"""
        )
        path.chmod(0o700)
        return path

    return write


def told(tmp_path: Path) -> list[str]:
    return (tmp_path / "told").read_text(encoding="utf-8").splitlines()


def ask(path: Path, timeout: float = 20) -> str:
    return Pinentry(path, timeout).get_pin(title="Tiêu đề", text="Dòng 1\nDòng 100% <b>đậm</b>")


def failure(action: Callable[[], object]) -> ChukysoError:
    """The error; nothing of a PIN with 8162 in it is in there, nor in what it comes from."""
    with pytest.raises(ChukysoError) as raised:
        action()
    error: BaseException | None = raised.value
    while error is not None:
        shown = f"{error!r} {vars(error)}"
        assert "8162" not in shown
        error = error.__cause__ or error.__context__
    return raised.value


def test_what_a_dialog_is_told_and_what_comes_back(program: Program, tmp_path: Path) -> None:
    path = program(
        'say("S PIN_REPEATED", "D Mật 12%25", "INQUIRE QUALITY Mật", "D 34%0A", "OK"); assert next(sys.stdin)'
    )
    assert ask(path) == PIN + "\n"
    lines = told(tmp_path)
    assert [line for line in lines if not line.startswith("OPTION")] == [
        "SETTIMEOUT 20",
        "SETTITLE Tiêu đề",
        "SETDESC Dòng 1%0ADòng 100%25 ‹b›đậm‹/b›",
        "SETPROMPT Mã PIN:",
        "SETOK Chấp nhận",
        "SETCANCEL Hủy",
        "GETPIN",
        "BYE",
    ]
    assert any(line.startswith("OPTION lc-ctype=") and line.upper().endswith("UTF-8") for line in lines)


@pytest.mark.parametrize(
    ("platform", "given", "told"),
    [
        ("darwin", "C", "UTF-8"),
        ("darwin", "vi_VN.UTF-8", "vi_VN.UTF-8"),
        ("linux", "C", "C.UTF-8"),
    ],
)
def test_a_terminal_flavour_reads_utf8_by_a_name_that_the_system_knows(
    monkeypatch: pytest.MonkeyPatch, platform: str, given: str, told: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv("LC_ALL", given)
    assert _character_type() == told


def test_the_program_gets_no_variable_of_the_run_and_no_argument(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("TOKEN_PIN", "PORTAL_PASSWORD", "MY_SECRET"):
        monkeypatch.setenv(name, "marker-8162")
    monkeypatch.setenv("DISPLAY", ":99")
    path = program(f'say("D {PIN.replace("%", "%25")}", "OK")')
    assert ask(path) == PIN
    arguments, environment, _ = json.loads((tmp_path / "process").read_text())
    assert arguments == [str(path)]
    assert environment["DISPLAY"] == ":99"
    assert "marker-8162" not in environment.values()


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ('say("ERR 83886179 Operation cancelled <Pinentry>")', Code.SIGNING_CANCELLED),
        ('say("ERR 83886278 fully cancelled")', Code.SIGNING_CANCELLED),
        ('say("ERR 83886142 Timeout <Pinentry>")', Code.SIGNING_TIMEOUT),
        ('say("ERR 83918950 Inappropriate ioctl for device <Pinentry>")', Code.PINENTRY_FAILED),
        ('say("ERR none"); break', Code.PINENTRY_FAILED),
        ("break", Code.PINENTRY_FAILED),
        ('say("Mật 8162"); break', Code.PINENTRY_FAILED),
        ('say(b"D Mat 8162"); break', Code.PINENTRY_FAILED),
        ('say(b"D 8162\\xff\\nOK\\n")', Code.PINENTRY_FAILED),
        ('say("D " + "8162" * 1000, "OK")', Code.PINENTRY_FAILED),
    ],
)
def test_each_way_to_end_without_a_pin_has_its_code(program: Program, answer: str, code: Code) -> None:
    assert failure(lambda: ask(program(answer))).code is code


def test_a_program_that_is_no_pinentry_is_an_error(program: Program) -> None:
    assert failure(lambda: ask(program("", greeting="ERR 1 no"))).code is Code.PINENTRY_FAILED
    assert failure(lambda: ask(program("", greeting="hello"))).code is Code.PINENTRY_FAILED


def test_nothing_typed_is_no_pin(program: Program) -> None:
    assert ask(program('say("OK")')) == ""


@pytest.mark.parametrize(
    ("answer", "yes"), [('say("OK")', True), ('say("ERR 83886194 no")', False), ('say("ERR 83886179 no")', False)]
)
def test_a_question_is_answered_with_yes_or_no(program: Program, answer: str, yes: bool) -> None:
    assert Pinentry(program(answer)).confirm(title="T", text="?") is yes


def test_a_dialog_that_never_answers_is_ended(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry, "_GRACE_SECONDS", 0.5)
    error = failure(lambda: ask(program("time.sleep(20); break"), 0.5))
    assert (error.code, error.context["seconds"]) == (Code.SIGNING_TIMEOUT, "0.5")
    assert_gone(tmp_path)


def test_a_dialog_can_be_taken_away_from_another_thread(program: Program, tmp_path: Path) -> None:
    shown, outlived = str(tmp_path / "shown"), tmp_path / "outlived"
    dialog = Pinentry(program(f'open({shown!r}, "w"); time.sleep(20); open({str(outlived)!r}, "w"); break'))

    def take_away() -> None:
        while not Path(shown).exists():
            threading.Event().wait(0.01)
        dialog.close()

    taker = threading.Thread(target=take_away)
    taker.start()
    assert failure(lambda: dialog.get_pin(title="T", text="?")).code is Code.SIGNING_CANCELLED
    taker.join()
    assert not outlived.exists()
    assert_gone(tmp_path)
    assert failure(lambda: dialog.confirm(title="T", text="?")).code is Code.SIGNING_CANCELLED  # for good


def assert_gone(tmp_path: Path) -> None:
    pid = json.loads((tmp_path / "process").read_text())[2]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_text_that_would_be_cut_off_is_not_shown(program: Program, tmp_path: Path) -> None:
    longest = "ữ" * ((LINE - len("SETDESC ")) // 3)
    dialog = Pinentry(program('say("OK")'))
    assert fits(longest)
    assert dialog.confirm(title="T", text=longest)
    assert not fits(longest + "\n")
    assert failure(lambda: dialog.confirm(title="T", text=longest + "\n")).code is Code.PINENTRY_FAILED
    assert "CONFIRM" not in told(tmp_path)


def test_a_value_from_outside_stays_one_line() -> None:
    assert one_line("CÔNG TY\nToken:\tgiả\u2028\u202eABC\x1b[1m\u200b") == "CÔNG TY Token: giả ABC [1m"
    assert one_line("a" * 200, 10) == "a" * 9 + "…"


def make(directory: Path, *names: str) -> None:
    directory.mkdir(exist_ok=True)
    for name in names:
        (directory / name).write_text("#!/bin/sh\n")
        (directory / name).chmod(0o700)


def test_where_there_is_a_desktop_a_window_is_preferred(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path / "bin", "pinentry-tty", "pinentry-qt")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv(entry.VARIABLE, raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    assert require_pinentry().name == "pinentry-qt"
    if sys.platform != "darwin":
        monkeypatch.delenv("DISPLAY")
        assert require_pinentry().name == "pinentry-tty"
    make(tmp_path / "bin", "pinentry")
    assert require_pinentry().name == "pinentry"


def test_one_that_is_named_and_missing_is_not_replaced_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path / "bin", "pinentry", "other")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv(entry.VARIABLE, str(tmp_path / "nowhere"))
    assert find_pinentry() is None
    error = failure(require_pinentry)
    assert error.code is Code.PINENTRY_MISSING
    assert "Gpg4win" in str(error)
    assert failure(lambda: ask(tmp_path / "nowhere")).code is Code.PINENTRY_MISSING
    monkeypatch.setenv(entry.VARIABLE, "other")
    assert require_pinentry().name == "other"


# Real programs, on a terminal of their own

ASKING = """
import sys
from pathlib import Path
from chukyso.pin.entry import Pinentry
pin = Pinentry(Path(sys.argv[1]), 20).get_pin(title="Nhập mã PIN", text="Chủ thể: Đơn vị thử", prompt="Mã PIN:")
Path(sys.argv[2]).write_text(pin, encoding="utf-8")
"""


@pytest.mark.parametrize("flavour", ["pinentry-curses", "pinentry-tty"])
def test_a_real_pinentry_asks_in_the_terminal(flavour: str, tmp_path: Path) -> None:
    found = shutil.which(flavour)
    if found is None:
        pytest.skip(f"{flavour} is not installed")
    import pty  # not on Windows

    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", ASKING, found, str(tmp_path / "pin")]
    environment = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    asking = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    try:
        shown = read_until(ours, "Mã PIN")
        os.write(ours, b"12%34 ab\r")
        assert asking.wait(20) == 0, shown
    finally:
        asking.kill()
        asking.wait()
        os.close(ours)
    assert "Đơn vị thử" in shown
    assert (tmp_path / "pin").read_text(encoding="utf-8") == "12%34 ab"


def read_until(terminal: int, wanted: str) -> str:
    seen = b""
    while wanted not in seen.decode("utf-8", "replace"):
        readable, _, _ = select.select([terminal], [], [], 20)
        assert readable, seen
        seen += os.read(terminal, 4096)
    return seen.decode("utf-8", "replace")
