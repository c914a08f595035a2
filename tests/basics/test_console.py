"""Output that cannot be written ends no program and holds none up; what a program that prints a result owes its reader.

Each program is a process of its own with real pipes, terminals and devices.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from support.paths import ROOT

posix = pytest.mark.skipif(sys.platform == "win32", reason="no such device or signal there")
full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")

BEGIN = "import os, sys, threading, time\nfrom chukyso.console import *\nfrom chukyso.console import troubles\n"
TALK = f"""{BEGIN}
guard_console(None if sys.argv[2] == "None" else float(sys.argv[2]))
print("ready", flush=True)
print("ready", file=sys.stderr, flush=True)
sys.stdin.readline()
for number in range(3000):
    print("out", number, "x" * 100)
    print("err", number, "x" * 100, file=sys.stderr, flush=True)
    sys.__stdout__.write("đây\\n"); sys.__stdout__.flush()
with open(sys.argv[1], "w") as told:
    told.write("came to its end")
"""


def start(program: str, *arguments: object, **how: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, **how)  # type: ignore[call-overload, no-any-return]


def go(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.write(b"go\n")
    process.stdin.flush()


def test_reader_goes_away(tmp_path: Path) -> None:
    process = start(TALK, tmp_path / "told", None, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        assert stream.readline().split() == [b"ready"]
        stream.close()
    go(process)
    assert process.wait(60) == 0
    assert (tmp_path / "told").read_text() == "came to its end"


@full
def test_disk_of_the_console_is_full(tmp_path: Path) -> None:
    with open("/dev/full", "wb") as nowhere:  # noqa: PTH123 - a device
        process = start(TALK, tmp_path / "told", 5, stdout=nowhere, stderr=nowhere)
    go(process)
    assert process.wait(60) == 0
    assert (tmp_path / "told").read_text() == "came to its end"


@posix
def test_console_is_closed_from_the_start_and_no_file_gets_its_place(tmp_path: Path) -> None:
    program = f"""{BEGIN}
guard_console(5)
file = open(sys.argv[1], "w")
print("for nobody", flush=True)
print("for nobody", file=sys.stderr, flush=True)
os.write(1, b"by a module in C"); os.write(2, b"by a module in C")
file.write(str(troubles()))
"""
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    assert shell(f"{sys.executable} program.py file >&- 2>&-", tmp_path).returncode == 0
    assert (tmp_path / "file").read_text() == "{}"


def test_reader_that_never_reads_holds_nothing_up(tmp_path: Path) -> None:
    """A pager that was left open, a terminal in which something was marked."""
    process = start(TALK, tmp_path / "told", 0.2, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    go(process)
    assert process.wait(60) == 0
    assert (tmp_path / "told").read_text() == "came to its end"


def test_reader_that_is_slow_gets_everything_of_a_program_whose_output_is_its_result(tmp_path: Path) -> None:
    process = start(TALK, tmp_path / "told", None, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    go(process)
    assert process.stdout is not None
    time.sleep(1)
    assert process.poll() is None, "it waits for its reader"
    said = process.stdout.read().decode()
    assert process.wait(60) == 0
    assert said.count("out ") == 3000
    assert said.rstrip().endswith("đây")


@posix
def test_terminal_that_was_stopped_holds_nothing_up(tmp_path: Path) -> None:
    import termios

    mine, its = os.openpty()
    process = start(TALK, tmp_path / "told", 0.2, stdout=its, stderr=its)
    termios.tcflow(its, termios.TCOOFF)  # Ctrl-S
    go(process)
    assert process.wait(60) == 0
    assert (tmp_path / "told").read_text() == "came to its end"
    os.close(its)
    os.close(mine)


@posix
def test_pipe_that_somebody_made_non_blocking_loses_nothing(tmp_path: Path) -> None:
    mine, its = os.pipe()
    os.set_blocking(its, False)
    process = start(TALK, tmp_path / "told", None, stdout=its, stderr=subprocess.DEVNULL)
    os.close(its)
    go(process)
    time.sleep(0.5)
    with os.fdopen(mine, "rb") as reader:
        said = reader.read()
    assert process.wait(60) == 0
    assert said.count(b"out ") == 3000


def test_both_streams_keep_their_order() -> None:
    program = f"""{BEGIN}
guard_console(5)
for number in range(500):
    print(number, file=sys.stdout if number % 2 else sys.stderr)
"""
    process = start(program, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said, _ = process.communicate(timeout=60)
    assert said.decode().split() == [str(number) for number in range(500)]


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "▸ Bước 1: Đăng nhập “MST” … 中 \\udcff"),
        ("cp1252", '> Buoc 1: Dang nhap "MST" ... ? ?'),
        ("ascii", '> Buoc 1: Dang nhap "MST" ... ? ?'),
        ("cp1258", '> Buoc 1: Dang nhap "MST" ... ? ?'),
    ],
)
def test_what_an_encoding_lacks_is_shown_plainly(encoding: str, shown: str) -> None:
    program = f"{BEGIN}\nguard_console()\nprint('▸ Bước 1: Đăng nhập “MST” … 中 \\udcff')"
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    process = start(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    said, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, b"")
    assert said.decode(encoding).strip() == shown


@posix
def test_signal_handler_may_write_in_the_middle_of_writing() -> None:
    program = f"""{BEGIN}
import signal
guard_console(5)

def handle(*_):  # set anew when it is done: a slow machine would stack the signals up
    print("handled", file=sys.stderr, flush=True)
    signal.setitimer(signal.ITIMER_REAL, 0.01)

signal.signal(signal.SIGALRM, handle)
signal.setitimer(signal.ITIMER_REAL, 0.01)
until = time.monotonic() + 1.5
while time.monotonic() < until:
    print("x" * 50, flush=True)
signal.signal(signal.SIGALRM, signal.SIG_IGN)
signal.setitimer(signal.ITIMER_REAL, 0)  # Python gives the signal back to its default before it ends
"""
    process = start(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert set(errors.split()) == {b"handled"}


@posix
def test_forked_process_writes_too() -> None:
    program = f"""{BEGIN}
guard_console()
print("parent", flush=True)
child = os.fork()
print("child" if child == 0 else "parent again", flush=True)
if child:
    os.waitpid(child, 0)
"""
    process = start(program, stdout=subprocess.PIPE)
    said, _ = process.communicate(timeout=60)
    assert sorted(said.decode().splitlines()) == ["child", "parent", "parent again"]


@posix
def test_program_that_waits_for_its_reader_hears_ctrl_c(tmp_path: Path) -> None:
    process = start(TALK, tmp_path / "told", None, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    go(process)
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    time.sleep(1)
    assert process.stdout is not None
    process.stdout.read()
    assert process.wait(60) != 0
    assert not (tmp_path / "told").exists()


# The command line


def shell(command: str, directory: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    words = ["bash", "-c", f"set -o pipefail; {command}"]
    env = {**os.environ, "COLUMNS": "100", **environment}
    return subprocess.run(words, cwd=directory, env=env, capture_output=True, timeout=120, check=False)


def chukyso(command: str, directory: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    start = f"{sys.executable} -c 'from chukyso.cli import main; main()'"
    return shell(f'chukyso() {{ {start} "$@"; }}; {command}', directory, **environment)


@posix
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("chukyso --help | true", 0),
        ("chukyso --help | head -1", 0),
        ("chukyso pin list --json >&-", 0),
        ("chukyso pin list >&- 2>&-", 0),
        ("chukyso evidence verify . | true", 2),
        ("chukyso evidence verify . 2>&1 | true", 2),
        ("chukyso nonsense 2>&1 | true", 2),
        pytest.param("chukyso pin list --json > /dev/full", 74, marks=full),
        pytest.param("chukyso pin list > /dev/full 2>&1", 74, marks=full),
        pytest.param("chukyso evidence verify . > /dev/full 2>&1", 2, marks=full),
    ],
)
def test_exit_code_is_the_command_s_own_whoever_reads(tmp_path: Path, command: str, code: int) -> None:
    ended = chukyso(command, tmp_path)
    assert (ended.returncode, b"Traceback" in ended.stderr, b"Exception ignored" in ended.stderr) == (
        code,
        False,
        False,
    )


@posix
@pytest.mark.parametrize("console", ["| true", ">&- 2>&-", pytest.param("> /dev/full 2>&1", marks=full)])
def test_bootstrap_says_what_nobody_reads(console: str) -> None:
    assert shell(f"{sys.executable} bootstrap.py --help {console}", ROOT).returncode == 0
    assert shell(f"{sys.executable} bootstrap.py nonsense 2>&1 {console}", ROOT).returncode == 2


@full
@posix
def test_lost_output_is_told_where_somebody_may_read(tmp_path: Path) -> None:
    assert "Không in được kết quả" in chukyso("chukyso pin list > /dev/full", tmp_path).stderr.decode()


@posix
@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_json_is_whole_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    import json

    ended = chukyso("chukyso evidence verify --json .", tmp_path, PYTHONIOENCODING=encoding)
    document = json.loads(ended.stdout.decode(encoding))
    assert document["verdict"] == "unreadable"
    assert "ằ" in json.dumps(document, ensure_ascii=False), document
