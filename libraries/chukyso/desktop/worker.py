"""The child process that reaches the windows: ``python -m chukyso.desktop.worker``.

One thread, one request at a time over stdin and stdout (``chukyso.worker``). It knows no rules: it is told which window
and which control. Before it presses it says ``{"stage": "pressing"}``, so that the parent knows afterwards whether a
press may have happened.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from chukyso.desktop.backend import Backend, TroubleError
from chukyso.desktop.model import Control, Kind, Rect, Window
from chukyso.errors import ChukysoError, Code
from chukyso.worker.frames import BrokenFrameError, Message, overwrite, read_secret, write_frame
from chukyso.worker.serving import reported, serve, take_pipes

PRESSING = "pressing"
_INPUT_DESKTOP = "default"
_TOLD = {
    Code.WINDOW_CHANGED: "what",
    Code.WINDOW_NOT_READY: "what",
    Code.WINDOW_HIDDEN: "reason",
}


class Operations:
    """What the parent may ask for.

    Args:
        backend: Reaches the windows.
        tell: Called with how far a request is.
        secret: Reads the bytes behind a request.
    """

    def __init__(self, backend: Backend, tell: Callable[[str], None], secret: Callable[[], bytearray]) -> None:
        self._backend = backend
        self._tell = tell
        self._secret = secret

    def answer(self, request: Message) -> Message:
        """Carry one request out.

        Raises:
            ChukysoError: Whatever went wrong, typed.
        """
        try:
            return self._answer(request)
        except TroubleError as error:
            told = {_TOLD[error.code]: error.what} if error.code in _TOLD else {}
            raise ChukysoError(error.code, error.detail, window=request["name"], **told) from error

    def _answer(self, request: Message) -> Message:
        operation = request["operation"]
        if operation == "windows":
            return {"windows": [window.to_json() for window in self._backend.windows()]}
        if operation == "usable":
            self._check_session()
            return {}
        if operation == "session":
            return {"session": asdict(self._backend.session())}
        window = Window.from_json(request["window"])
        if "control" in request:
            return self._of_control(operation, window, Control.from_json(request["control"]), request)
        return self._of_window(operation, window, request)

    def _of_window(self, operation: str, window: Window, request: Message) -> Message:
        answer: Message = {}
        match operation:
            case "describe":
                program, ancestors = self._backend.describe(window)
                answer = {"program": asdict(program), "ancestors": ancestors}
            case "controls":
                answer = {"controls": [each.to_json() for each in self._backend.controls(window)]}
            case "picture":
                answer = self._picture(window, request)
            case "close":
                self._backend.close(window)
            case "tab":
                self._backend.choose_tab(window, request["index"])
            case other:
                raise ChukysoError(Code.UNEXPECTED, f"no operation {other!r}")
        return answer

    def _of_control(self, operation: str, window: Window, control: Control, request: Message) -> Message:
        answer: Message = {}
        match operation:
            case "rows":
                answer = {"rows": [asdict(row) for row in self._backend.rows(window, control)]}
            case "choose":
                self._backend.choose_row(window, control, request["index"])
            case "set":
                self._set(window, control)
            case "press":
                self._press(window, control)
            case other:
                raise ChukysoError(Code.UNEXPECTED, f"no operation {other!r}")
        return answer

    def _press(self, window: Window, control: Control) -> None:
        self._check_session()
        self._tell(PRESSING)
        self._backend.press(window, control)

    def _set(self, window: Window, control: Control) -> None:
        text = self._secret()
        try:
            self._check_session()
            self._backend.set_text(window, control, text)
        finally:
            overwrite(text)

    def _check_session(self) -> None:
        """Nothing is entered or pressed while nobody could see it."""
        session = self._backend.session()
        reason = ""
        if session.number == 0:
            reason = "chương trình chạy trong phiên dịch vụ của Windows (session 0)"
        elif session.input_desktop.casefold() != _INPUT_DESKTOP:
            reason = "màn hình đang khóa hoặc đang hiện câu hỏi cấp quyền"
        if reason:
            raise ChukysoError(Code.DESKTOP_LOCKED, f"input desktop {session.input_desktop!r}", reason=reason)

    def _picture(self, window: Window, request: Message) -> Message:
        from chukyso.desktop.picture import compose  # noqa: PLC0415 - the typeface is slow to load

        self._check_session()
        try:
            place = self._backend.bring_up(window)
            controls = [each for each in self._backend.controls(window) if each.visible]
            named = {control.handle: _in(place, control.rect) for control in controls}
            if not set(request["marks"]) <= set(named):
                raise TroubleError(Code.WINDOW_GONE, detail="an element to mark is gone")
            marks = [named[handle] for handle in request["marks"]]
            middles = [((rect.left + rect.right) // 2, (rect.top + rect.bottom) // 2) for rect in marks]
            place = self._backend.bring_up(window, middles)
            made = compose(
                self._backend.photograph(place),
                marks,
                [(named[each.handle], self._backend.is_filled(window, each)) for each in controls if _may_hide(each)],
                [named[each.handle] for each in controls if each.kind is not Kind.GROUP],
                self._backend.session().scaling,
            )
        finally:
            self._backend.let_down(window)
        made.save(Path(request["path"]), "PNG")
        return {"width": made.width, "height": made.height}


def _may_hide(control: Control) -> bool:
    """Whether it is a field into which somebody types; what is of no known kind may be half the window."""
    return control.withheld and control.kind in {Kind.EDIT, Kind.COMBO}


def _in(place: Rect, rect: Rect) -> Rect:
    return Rect(rect.left - place.left, rect.top - place.top, rect.right - place.left, rect.bottom - place.top)


def run(backend: Callable[[], Backend]) -> None:
    """Serve until the parent closes the pipe.

    Args:
        backend: Makes the back end.
    """
    requests, answers = take_pipes()
    try:
        operations = Operations(
            backend(), lambda stage: write_frame(answers, {"stage": stage}), lambda: read_secret(requests)
        )
        write_frame(answers, {"ready": True})
        serve(operations.answer, requests, answers)
    except ChukysoError as error:
        write_frame(answers, reported(error))
    except BrokenFrameError:
        return  # the parent is done with us


def _backend() -> Backend:
    if sys.platform == "win32":
        from chukyso.desktop.win32.backend import Win32  # noqa: PLC0415 - of Windows alone

        return Win32()
    raise ChukysoError(Code.DESKTOP_UNSUPPORTED, system=sys.platform)


if __name__ == "__main__":
    run(_backend)
