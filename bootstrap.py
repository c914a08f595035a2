#!/usr/bin/env python3
"""Set the project up if needed and run one of its jobs; standard library only.

The whole file has to parse on Python 3.6, and what stands before the version check to run there: with an old
``python3`` the operator gets a sentence instead of a traceback.
"""

import difflib
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

MINIMUM = (3, 11)
TOO_OLD = """\
Chương trình cần Python {0} trở lên; đây là Python {1} ({2}).
Hãy cài bản mới rồi chạy lại, ví dụ: python3.11 bootstrap.py update
Python {0} or newer is needed; this is Python {1} ({2}).
Please install one and run it again, for example: python3.11 bootstrap.py update
"""
if sys.version_info < MINIMUM:
    _needed, _found = (".".join(map(str, version)) for version in (MINIMUM, sys.version_info[:3]))
    sys.stderr.buffer.write(TOO_OLD.format(_needed, _found, sys.executable).encode("utf-8"))
    sys.exit(2)

USAGE = """\
Usage: python3 bootstrap.py COMMAND [ARGUMENTS]

  update [ROBOT OPTIONS]  cập nhật chữ ký số; mặc định là tập dượt trên sandbox
                          update the digital signature; by default a rehearsal on the sandbox
  sandbox [OPTIONS]       mở sandbox để tự tay tập dượt theo hướng dẫn; Ctrl-C để dừng
                          leave the sandbox running to rehearse the guide by hand; Ctrl-C ends it
  nightly [OPTIONS]       kiểm thử hồi quy hằng đêm và bản tin sáng (docs/nightly.md); mã thoát 3 khi có lỗi mới
                          regression tests of the night and the morning report; exit code 3 when something broke
  test [--fast|--all|--windows]
                          chạy kiểm thử; --fast bỏ các kiểm thử chậm, --all thêm các kiểm thử hằng đêm;
                          --windows thử trên một Windows dưới Wine (docs/platforms.md)
                          run checks and tests; --fast leaves out those marked slow, --all adds those marked nightly;
                          --windows tries the product on a Windows under Wine
  setup                   chỉ cài đặt / set up only

Each command first sets up what is missing: system packages (Debian and Ubuntu, as root) and .venv.

Examples:
  python3 bootstrap.py update --variable DRY_RUN:True
  python3 bootstrap.py update --variable PROFILE:my-portal.toml --variable TAX_CODE:0101234565

Exit codes: the job's own; 1 set-up failed; 2 wrong usage, or something to be installed by hand;
70 an error nobody foresaw; 130 Ctrl-C.
"""

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / "libraries"))
from chukyso import prerequisites  # noqa: E402 - needs Python 3.11, so not above the version check
from chukyso.console import LIVE, guard_console  # noqa: E402 - as above

VENV = ROOT / ".venv"
SCRIPTS = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = SCRIPTS / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "bootstrap-stamp"
INCOMPLETE = "incomplete"
INPUTS = ("requirements.txt", "pyproject.toml")
PATIENCE = 60  # seconds that an interrupted job gets to put its things away


class SetupError(Exception):
    """Set-up cannot go on; carries what the operator reads and the exit code."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code


class Terminated(KeyboardInterrupt):
    """SIGTERM: like Ctrl-C, but nobody told the child."""


class Ended(NamedTuple):
    """How a quiet child ended: its exit code and everything it said."""

    code: int
    text: str


def ensure_system(command: str, arguments: Sequence[str]) -> None:
    """Install what the command needs from the system, or say how and stop."""
    real_portal = uses_real_portal(command, arguments)
    needed = prerequisites.needed_parts(sys.platform, real_portal=real_portal, tests=command == "test")
    if read_stamp() == wanted_stamp():
        needed.remove(prerequisites.Part.VENV)  # only needed to make what is already there
    missing = prerequisites.missing_parts(needed)
    if not missing:
        return
    here = prerequisites.this_machine()
    if not (here.has_apt and here.is_root):
        raise SetupError(prerequisites.instructions(here, missing), 2)
    packages = prerequisites.apt_packages(here, missing)
    step(f"Cài gói hệ thống / installing system packages: {', '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    said = quietly(["apt-get", "update"], environment).text
    installed = quietly([*prerequisites.APT_INSTALL, *packages], environment)
    if installed.code or prerequisites.missing_parts(missing):
        raise SetupError(said + installed.text + prerequisites.instructions(here, missing), 2)


def uses_real_portal(command: str, arguments: Sequence[str]) -> bool:
    """Whether Robot's options choose another profile than the sandbox: then no software token is needed."""
    profiles = [text.partition("PROFILE:")[2] for text in arguments if "PROFILE:" in text]
    return command == "update" and bool(profiles) and profiles[-1] != "sandbox"


class Stamp(NamedTuple):
    """What an environment was made from, and where: it cannot be moved."""

    inputs: str
    place: str


def wanted_stamp() -> Stamp:
    """Return the stamp of an up-to-date environment."""
    digest = hashlib.sha256(b"".join(hashlib.sha256((ROOT / name).read_bytes()).digest() for name in INPUTS))
    return Stamp(digest.hexdigest(), str(ROOT))


def read_stamp() -> Stamp:
    """Return the environment's stamp; an empty one when it has none or there is no environment."""
    try:
        inputs, _, place = STAMP.read_text(encoding="utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return Stamp("", "")
    return Stamp(inputs, place) if PYTHON.is_file() else Stamp("", "")


def write_stamp(stamp: Stamp) -> None:
    """Write the stamp in one step."""
    draft = STAMP.with_suffix(".new")
    draft.write_text("\n".join(stamp), encoding="utf-8")
    draft.replace(STAMP)


def ensure_environment() -> None:
    """Make .venv, or bring it up to date; does nothing when its stamp is the wanted one.

    The stamp says ``incomplete`` from before the first change until after the last one: an interrupted set-up is
    started again from nothing.
    """
    wanted = wanted_stamp()
    found = read_stamp()
    if found == wanted:
        return
    started = time.monotonic()
    if found.inputs == INCOMPLETE or found.place not in ("", wanted.place) or not works(PYTHON):
        create_environment()
    write_stamp(Stamp(INCOMPLETE, wanted.place))
    step("Cài thư viện Python đã khóa phiên bản / installing the pinned Python packages")
    pip_install("--require-hashes", "-r", str(ROOT / "requirements.txt"))
    pip_install("--no-deps", "--no-build-isolation", "-e", str(ROOT))
    quietly([str(PYTHON), "-m", "compileall", "-q", str(ROOT / "libraries")], os.environ)  # as pip does packages
    write_stamp(wanted)
    step(f"Xong sau / done in {time.monotonic() - started:.0f} s")


def create_environment() -> None:
    """Make an empty environment, in place of whatever is there."""
    step("Tạo môi trường Python / creating the Python environment: .venv")
    try:
        if VENV.exists():
            shutil.rmtree(VENV)
        VENV.mkdir()
        write_stamp(Stamp(INCOMPLETE, str(ROOT)))
    except OSError as error:
        raise SetupError(f"Không ghi được / cannot write: {error}") from None
    # Made by the Python outside any environment: started through .venv, this one has just been removed.
    must([getattr(sys, "_base_executable", None) or sys.executable, "-m", "venv", str(VENV)], os.environ)


def works(python: Path) -> bool:
    """Whether an environment's Python starts, is new enough and has pip."""
    probe = f"import sys, pip; sys.exit(sys.version_info < {MINIMUM})"
    try:
        return subprocess.run([python, "-c", probe], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def pip_install(*arguments: str) -> None:
    """Run pip with the user's own configuration: where packages come from is theirs to say."""
    options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
    must([str(PYTHON), "-m", "pip", "install", *options, *arguments], child_environment())


def without_secrets(environment: Mapping[str, str]) -> "dict[str, str]":
    """Return the environment for programs that install things: the operator's secrets are none of their business."""
    return {name: value for name, value in environment.items() if name not in ("PORTAL_PASSWORD", "TOKEN_PIN")}


def child_environment() -> dict[str, str]:
    """Return the jobs' environment: that of an activated .venv, and UTF-8 whatever the console is set to."""
    path = os.pathsep.join([str(SCRIPTS), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, "VIRTUAL_ENV": str(VENV), "PYTHONUTF8": "1"}


def run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a job on this terminal and return its exit code."""
    return wait(start(command, environment))


def quietly(command: Sequence[str], environment: Mapping[str, str]) -> Ended:
    """Run a program that installs things, showing one changing line in a terminal, one every few seconds in a log."""
    lines: list[str] = []
    terminal, width = sys.stdout.isatty(), shutil.get_terminal_size().columns - 1
    shown = time.monotonic()

    def read(line: str) -> None:
        nonlocal shown
        lines.append(line)
        text = f"  {line.strip().partition(' (from ')[0]}"[:width]
        if "WARNING" in text:
            return  # kept, and shown when the child fails
        if terminal:
            print("\r" + text.ljust(width), end="", flush=True)
        elif time.monotonic() - shown > 5:
            shown = time.monotonic()
            print(text, flush=True)

    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    child = start(command, without_secrets(environment), encoding="utf-8", errors="replace", **pipes)
    code = wait(child, read)
    if terminal:
        print("\r" + " " * width + "\r", end="", flush=True)
    return Ended(code, "".join(lines))


def must(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run a child quietly; when it fails, show everything it said."""
    ended = quietly(command, environment)
    if ended.code:
        raise SetupError(f"{ended.text}\nBị lỗi / failed (exit code {ended.code}): {shlex.join(command)}")


def start(command: Sequence[str], environment: Mapping[str, str], **how: object) -> "subprocess.Popen":
    """Start a child that hears of Ctrl-C once, from a shared terminal or from us."""
    if os.name != "nt" and not shares_terminal():
        how["process_group"] = 0
    return subprocess.Popen(command, env=environment, **how)


def wait(child: "subprocess.Popen", read: Callable[[str], None] | None = None) -> int:
    """Wait for a child and return its exit code. After Ctrl-C too: it has things of its own to put away."""
    try:
        if read:
            for line in child.stdout:
                read(line)
        code = child.wait()
    except KeyboardInterrupt as interrupt:
        told = shares_terminal() and not isinstance(interrupt, Terminated)
        see_out(child, None if told else interrupt.args[0] if interrupt.args else signal.SIGTERM)
        raise
    return code if code >= 0 else 128 - code


def see_out(child: "subprocess.Popen", number: "int | None") -> None:
    """Wait for an interrupted child, firmer at every stage; the third further Ctrl-C leads to the next stage."""
    # The number is that of the signal to hand on; None when the child was told by the terminal.
    ask = (lambda: None) if number is None else (lambda: child.send_signal(number))
    for act, patience in ((ask, PATIENCE), (child.terminate, 10), (child.kill, 10)):
        act()
        if has_ended(child, patience):
            return


def has_ended(child: "subprocess.Popen", patience: float) -> bool:
    """Wait so many seconds for a child, or until the third Ctrl-C: people press it again while a report is written."""
    end = time.monotonic() + patience
    for _ in range(3):
        try:
            child.communicate(timeout=max(0.0, end - time.monotonic()))  # a full pipe would keep wait() from ending
        except KeyboardInterrupt:
            continue
        except subprocess.TimeoutExpired:
            return False
        return True
    return False


def shares_terminal() -> bool:
    """Whether Ctrl-C in the terminal goes to the children as well as to this process."""
    if os.name == "nt":
        return True
    try:
        with Path("/dev/tty").open("rb") as terminal:
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except OSError:
        return False


def step(text: str) -> None:
    """Tell the operator what happens now."""
    print(f"[bootstrap] {text}", flush=True)


def update(arguments: Sequence[str]) -> int:
    """Run the main suite; a later ``--outputdir`` or ``--console`` among the arguments wins over ours."""
    # The caller's own relative paths stay valid, so the directory is not changed.
    base = Path() if Path.cwd() == ROOT else ROOT
    ours = ["--outputdir", str(base / "results"), "--console", "ChukysoKeywords.GuideConsole"]
    command = [str(PYTHON), "-m", "robot", *ours, *arguments, str(base / "suites" / "update.robot")]
    return run(command, child_environment())


def sandbox(arguments: Sequence[str]) -> int:
    """Leave the sandbox running until Ctrl-C."""
    return run([str(SCRIPTS / "chukyso"), "sandbox", *arguments], child_environment())


def nightly(arguments: Sequence[str]) -> int:
    """Run the nightly tier; a later ``--output`` among the arguments wins over ours."""
    output = (Path() if Path.cwd() == ROOT else ROOT) / "results" / "nightly"
    return run([str(SCRIPTS / "chukyso"), "nightly", "--output", str(output), *arguments], child_environment())


def test(arguments: Sequence[str]) -> int:
    """Run every check even after one failed; pytest last, so that its summary is the last line."""
    os.chdir(ROOT)
    codes, environment = {}, child_environment()
    if arguments == ["--windows"]:
        return run([str(PYTHON), str(Path("tests", "windows", "proof.py"))], environment)
    for command in ("ruff check", "ruff format --check", "robocop check", "mypy"):
        step(command)
        codes[command] = run([str(PYTHON), "-m", *command.split()], environment)
    step(" · ".join(f"{name}: {'FAILED' if code else 'ok'}" for name, code in codes.items()) + " · pytest: …")
    tiers = {"": ["-m", "not nightly"], "--fast": ["-m", "not slow and not nightly"], "--all": []}
    parallel = ["-n", str(test_workers()), "--dist", "worksteal"]  # tests differ much in how long they take
    codes["pytest"] = run([str(PYTHON), "-m", "pytest", *parallel, *tiers["".join(arguments)]], environment)
    return next((code for code in codes.values() if code), 0)


def test_workers() -> int:
    """Return how many test processes there are (22 s each to collect): two a core, up to eight; then one a core."""
    cores = os.cpu_count() or 1
    return max(cores, min(2 * cores, 8))


def setup(_arguments: Sequence[str]) -> int:
    step("Sẵn sàng / ready: python3 bootstrap.py update")
    return 0


COMMANDS = {"update": update, "sandbox": sandbox, "nightly": nightly, "test": test, "setup": setup}
ALLOWED = {"test": ([], ["--fast"], ["--all"], ["--windows"]), "setup": ([],)}  # the others hand their arguments on


def terminate(number: int, _frame: object) -> None:
    raise Terminated(number)


def main(arguments: Sequence[str]) -> int:
    """Run one command and return the exit code."""
    guard_console(LIVE)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors=stream.errors)  # Vietnamese, whatever the console is set to
    command, rest = (arguments[0], list(arguments[1:])) if arguments else ("", [])
    if command in ("-h", "--help") or (command in COMMANDS and rest in (["-h"], ["--help"])):
        print(USAGE, end="")
        return 0
    if command not in COMMANDS or rest not in ALLOWED.get(command, (rest,)):
        print(USAGE, end="", file=sys.stderr)
        for near in difflib.get_close_matches(command, set(COMMANDS) - {command}, 1):
            print(f"\nKhông có lệnh “{command}”; ý bạn là “{near}”? / Did you mean {near}?", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, terminate)
    if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # else nohup wants it ignored
        signal.signal(signal.SIGHUP, terminate)  # the terminal was closed
    # A shell leaves it ignored for what it starts in the background, and every child would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        ensure_system(command, rest)
        ensure_environment()
        return COMMANDS[command](rest)
    except SetupError as error:
        print(error, file=sys.stderr)
        return error.code
    except KeyboardInterrupt as interrupt:
        print("\nĐã dừng / stopped.", file=sys.stderr)
        return 143 if isinstance(interrupt, Terminated) else 130
    except Exception:  # noqa: BLE001 - Python's own exit code would be 1, which says something here
        sys.excepthook(*sys.exc_info())
        return 70


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
