"""Ask a person, outside of any browser: the dialogs of GnuPG's pinentry, whichever flavour is installed.

A pinentry is a small program made for typing a PIN: it keeps the keyboard to itself and the PIN out of swapped memory.
One is started for each dialog; the PIN comes back through its pipe and nowhere else: not in an argument, not in an
environment, not in a log or an exception. What Python has read stays in this process's memory until it is reused.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from chukyso.errors import ChukysoError, Code
from chukyso.pin.assuan import LINE, AssuanError, BrokenConversationError, Conversation, escape
from chukyso.state import expanded

VARIABLE = "CHUKYSO_PINENTRY"
"""Environment variable with the path of the pinentry to use."""

_WINDOWED = ("pinentry-gnome3", "pinentry-qt", "pinentry-qt5", "pinentry-qt6", "pinentry-gtk-2", "pinentry-mac")
_IN_TERMINAL = ("pinentry-curses", "pinentry-tty")
_MAC = (
    "/opt/homebrew/bin/pinentry-mac",
    "/usr/local/bin/pinentry-mac",
    "/usr/local/MacGPG2/libexec/pinentry-mac.app/Contents/MacOS/pinentry-mac",
)
_WINDOWS = ("Gpg4win/bin/pinentry.exe", "Gpg4win/bin/pinentry-basic.exe", "GnuPG/bin/pinentry-basic.exe")

# Numbers of libgpg-error
_TIMED_OUT, _CANCELLED, _NOT_CONFIRMED, _FULLY_CANCELLED = 62, 99, 114, 198

# What a dialog needs of our environment: to be shown, in the operator's language and style. No variable of a run.
_ALLOWED = {
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TERM", "COLORTERM", "TMPDIR", "TEMP", "TMP"),
    *("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS", "DESKTOP_SESSION", "KDE_FULL_SESSION"),
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"),
}
_ALLOWED_PREFIXES = ("LC_", "XDG_", "GTK_", "GDK_", "QT_")
_GRACE_SECONDS = 3.0  # for a pinentry that knows its time-out to say so itself, and for one that was ended to go
_T = TypeVar("_T")


def find_pinentry(path: str | None = None) -> Path | None:
    """Return the pinentry to use, or None when there is none.

    Args:
        path: The program, or its name on the search path; nothing else is looked for then. By default what the
            environment variable ``CHUKYSO_PINENTRY`` says, else any flavour that is installed: one with windows where
            there is a desktop, one for the terminal otherwise.
    """
    wanted = path or os.environ.get(VARIABLE)
    if wanted:
        found = shutil.which(str(expanded(Path(wanted))))
        return Path(found) if found else None
    return next((Path(found) for found in map(shutil.which, _candidates()) if found), None)


def require_pinentry(path: str | None = None) -> Path:
    """Return the pinentry to use.

    Args:
        path: As for `find_pinentry`.

    Raises:
        ChukysoError: ``PINENTRY_MISSING``.
    """
    found = find_pinentry(path)
    if found is None:
        named = path or os.environ.get(VARIABLE)
        raise ChukysoError(Code.PINENTRY_MISSING, f"no program {named!r}" if named else "no flavour is installed")
    return found


def fits(text: str) -> bool:
    """Whether a text can be shown: the protocol ends after one line, and what is cut off could be what matters."""
    return len(b"SETDESC " + escape(_plain(text))) <= LINE


class Pinentry:
    """A pinentry program. One process per dialog; one dialog at a time.

    Args:
        path: The program, as `require_pinentry` returns it.
        timeout: Seconds for one dialog.
    """

    def __init__(self, path: Path, timeout: float = 180) -> None:
        self._path = path
        self._timeout = timeout
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    def confirm(self, *, title: str, text: str, ok: str = "OK", cancel: str = "Hủy") -> bool:
        """Ask a yes-or-no question; True for yes.

        Args:
            title: Title of the window.
            text: What is asked, in lines; values from outside have passed `one_line`, and it `fits`.
            ok: The button for yes.
            cancel: The button for no.

        Raises:
            ChukysoError: ``SIGNING_TIMEOUT``; ``SIGNING_CANCELLED`` after `close`; ``PINENTRY_MISSING``,
                ``PINENTRY_FAILED``.
        """
        texts = {"SETTITLE": title, "SETDESC": text, "SETOK": ok, "SETCANCEL": cancel}

        def question(conversation: Conversation) -> bool:
            try:
                conversation.ask("CONFIRM")
            except AssuanError as error:
                if error.number in (_CANCELLED, _NOT_CONFIRMED, _FULLY_CANCELLED):
                    return False
                raise
            return True

        return self._dialog(texts, question, title)

    def get_pin(
        self, *, title: str, text: str, prompt: str = "Mã PIN:", ok: str = "Chấp nhận", cancel: str = "Hủy"
    ) -> str:
        """Ask for a PIN and return it, as it was typed; "" when nothing was.

        Args:
            title: Title of the window.
            text: What the PIN is for, in lines; values from outside have passed `one_line`, and it `fits`.
            prompt: Stands before the field.
            ok: The button that hands the PIN over.
            cancel: The other button.

        Raises:
            ChukysoError: ``SIGNING_CANCELLED``, ``SIGNING_TIMEOUT``, ``PINENTRY_MISSING``, ``PINENTRY_FAILED``.
        """
        texts = {"SETTITLE": title, "SETDESC": text, "SETPROMPT": prompt, "SETOK": ok, "SETCANCEL": cancel}
        typed = self._dialog(texts, lambda conversation: conversation.ask("GETPIN"), title)
        with suppress(UnicodeDecodeError):
            return typed.decode("utf-8")
        # Out here: an exception that is raised while that one is handled carries it along, and it holds the PIN.
        raise _failed("trả lời không phải UTF-8", "GETPIN: not UTF-8")

    def close(self) -> None:
        """From any thread: the dialog disappears, whoever waits for it gets ``SIGNING_CANCELLED``. Not used again."""
        with self._lock:
            self._closed = True
            if self._process is not None:
                _end(self._process)

    def _dialog(self, texts: dict[str, str], question: Callable[[Conversation], _T], title: str) -> _T:
        with _terminal() as terminal:
            process = self._start(title)
            expired = threading.Event()
            timer = threading.Timer(self._timeout + _GRACE_SECONDS, _expire, (process, expired))
            timer.daemon = True
            timer.start()
            try:
                conversation = _conversation(process)
                self._prepare(conversation, texts, terminal)
                answer = question(conversation)
                with suppress(AssuanError, BrokenConversationError):  # it has said what we wanted to know
                    conversation.ask("BYE")
            except AssuanError as error:
                raise self._refused(error, title) from None
            except BrokenConversationError as error:
                raise self._broken(error, title, expired.is_set()) from None
            finally:
                timer.cancel()
                self._leave(process)
        if self._closed:  # answered in the moment in which it was taken away
            raise _cancelled(title)
        return answer

    def _start(self, title: str) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._closed:
                raise _cancelled(title)
            if self._process is not None:
                raise _failed("một cửa sổ khác đang mở", "one dialog at a time")
            try:
                self._process = subprocess.Popen(
                    [str(self._path)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,  # graphical toolkits chatter, and nothing it says may be kept
                    env=_environment(),
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # Windows: no black console beside it
                )
            except FileNotFoundError as error:
                raise ChukysoError(Code.PINENTRY_MISSING, f"no program {str(self._path)!r}") from error
            except OSError as error:
                raise _failed("không khởi động được", f"{self._path}: {error}") from error
            return self._process

    def _leave(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._process = None
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):  # unsent bytes of a broken pipe
                if stream:
                    stream.close()
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _prepare(self, conversation: Conversation, texts: dict[str, str], terminal: str | None) -> None:
        conversation.greet()
        options = {"lc-ctype": _character_type()}
        if terminal:
            options |= {"ttyname": terminal, "ttytype": os.environ.get("TERM", "xterm")}
        for name, value in options.items():
            with suppress(AssuanError):  # flavours differ in the options that they know
                conversation.ask(f"OPTION {name}={value}")
        with suppress(AssuanError):  # our own timer is behind it
            conversation.ask("SETTIMEOUT", str(max(1, round(self._timeout))))
        for command, text in texts.items():
            try:
                conversation.ask(command, _plain(text))
            except ValueError as error:
                raise _failed("nội dung quá dài cho một cửa sổ", str(error)) from error

    def _refused(self, error: AssuanError, title: str) -> ChukysoError:
        if error.number == _TIMED_OUT and not self._closed:
            return self._timed_out()
        if self._closed or error.number in (_CANCELLED, _NOT_CONFIRMED, _FULLY_CANCELLED):
            return _cancelled(title)
        return _failed(error.text or str(error.number), f"ERR {error}")

    def _broken(self, error: BrokenConversationError, title: str, expired: bool) -> ChukysoError:
        if self._closed:
            return _cancelled(title)
        return self._timed_out() if expired else _failed("chương trình pinentry kết thúc bất ngờ", str(error))

    def _timed_out(self) -> ChukysoError:
        return ChukysoError(Code.SIGNING_TIMEOUT, "the pinentry dialog", seconds=f"{self._timeout:g}")


def _conversation(process: subprocess.Popen[bytes]) -> Conversation:
    assert process.stdin is not None and process.stdout is not None  # noqa: S101 - both are PIPE where it is started
    return Conversation(process.stdin, process.stdout)


def _end(process: subprocess.Popen[bytes]) -> None:
    with suppress(OSError):  # already gone
        process.kill()


def _expire(process: subprocess.Popen[bytes], expired: threading.Event) -> None:
    expired.set()
    _end(process)


def _cancelled(title: str) -> ChukysoError:
    return ChukysoError(Code.SIGNING_CANCELLED, "the pinentry dialog", window=title)


def _failed(reason: str, detail: str) -> ChukysoError:
    return ChukysoError(Code.PINENTRY_FAILED, f"pinentry: {detail}", reason=reason)


def _plain(text: str) -> str:
    # Qt takes a text with tags for HTML, which would let a value from outside draw what it likes.
    return text.replace("<", "‹").replace(">", "›")


def _candidates() -> list[str]:
    if sys.platform == "win32":
        roots = [os.environ.get(name) for name in ("ProgramFiles", "ProgramFiles(x86)")]
        return ["pinentry.exe", *(str(Path(root, each)) for root in roots if root for each in _WINDOWS)]
    desktop = sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    windowed = (*_WINDOWED, *_MAC)
    # The plain name is the machine's choice; without a desktop a windowed one asks in the terminal by itself.
    return ["pinentry", *(windowed + _IN_TERMINAL if desktop else _IN_TERMINAL + windowed)]


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name.upper() in _ALLOWED or name.upper().startswith(_ALLOWED_PREFIXES)
    }


def _character_type() -> str:
    """The locale in which a terminal flavour reads what is typed; UTF-8 in any case, the texts are."""
    current = next((os.environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if os.environ.get(name)), "")
    plain = "UTF-8" if sys.platform == "darwin" else "C.UTF-8"  # not every macOS knows the second
    return current if "utf" in current.lower() else plain


@contextmanager
def _terminal() -> Iterator[str | None]:
    """The terminal's name, where there is one; put back into its old state afterwards.

    A flavour for the terminal that is ended in the middle of its dialog leaves the terminal without echo.
    """
    descriptor = _terminal_descriptor()
    if descriptor is None:
        yield None
        return
    termios = _termios()
    before = termios.tcgetattr(descriptor) if termios else None
    try:
        yield os.ttyname(descriptor)
    finally:
        if termios and before is not None:
            with suppress(termios.error):  # the terminal was closed meanwhile
                termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _terminal_descriptor() -> int | None:
    if not hasattr(os, "ttyname"):  # Windows
        return None
    return next((number for number in (0, 1, 2) if os.isatty(number)), None)


def _termios() -> Any:
    try:
        import termios  # noqa: PLC0415 - not on Windows
    except ImportError:
        return None
    return termios
