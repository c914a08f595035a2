"""The client's windows: ``python -m chukyso.sandbox.signing_client.windows_program``, on Windows or under Wine.

Reads what to show from stdin, a JSON object a line, one window after the other, and writes what was answered to stdout.
It ends with its stdin, whatever is shown then. A PIN goes to stdout alone, and is overwritten afterwards.

==========================================================================================  ========================
asked                                                                                       answered
==========================================================================================  ========================
``{"show": "certificate", "title": …, "certificates": [hex of DER, …], "kind": "table"}``   ``chosen`` with ``index``
``{"show": "pin", "kind": a table in pin_windows.toml, "token": label}``                    ``pin`` with ``pin``
``{"show": "message", "title": …, "text": …}``                                              ``closed``
==========================================================================================  ========================

Each is answered by ``{"event": "shown"}`` first. ``cancelled`` is the button, ``closed`` the cross or the window
itself; ``failed`` with ``reason`` says that it cannot be shown. ``"faults"`` may have ``delay_ms``, ``hidden``,
``twice``, ``behind``, ``close_after_ms``. The kind ``windows`` of a picker is Windows' own: ``delay_ms`` alone.
"""

from __future__ import annotations

import sys

assert sys.platform == "win32"  # noqa: S101 - so that type checkers know it, too

import json
import os
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from chukyso.sandbox.signing_client.native import windows
from chukyso.sandbox.signing_client.native.certificates import pick
from chukyso.sandbox.signing_client.native.dialog import Behaviour, Dialog

_TITLE: Final = "Chọn chứng thư số"


def main() -> None:
    """Serve until stdin ends."""
    asked: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_read, args=(asked,), daemon=True).start()
    while True:
        request = json.loads(asked.get())
        try:
            _serve(request)
        except (KeyError, ValueError) as error:
            _tell({"event": "failed", "reason": f"{type(error).__name__}: {error}"})


def _read(asked: queue.Queue[bytes]) -> None:
    for line in sys.stdin.buffer:
        asked.put(line)
    os._exit(0)  # a window that is shown waits for nobody any more


def _serve(request: dict[str, Any]) -> None:
    faults = request.get("faults") or {}
    time.sleep(faults.get("delay_ms", 0) / 1000)
    if request["show"] == "certificate" and request.get("kind") == "windows":
        answer: Any = _windows_own(request)
    else:
        make = _maker(request, faults)
        answer = _shown([make() for _ in range(2 if faults.get("twice") else 1)], behind=bool(faults.get("behind")))
    if not isinstance(answer, bytearray):
        _tell(answer)
        return
    try:
        _write(answer)
    finally:
        answer[:] = bytes(len(answer))


def _maker(request: dict[str, Any], faults: dict[str, Any]) -> Callable[[], Dialog]:
    behaviour = Behaviour(bool(faults.get("hidden")), int(faults.get("close_after_ms", 0)))
    match request["show"]:
        case "certificate":
            certificates = [bytes.fromhex(each) for each in request["certificates"]]
            return lambda: windows.picker(request.get("title", _TITLE), certificates, behaviour)
        case "pin":
            return lambda: windows.asks_pin(request["kind"], request["token"], behaviour)
        case "message":
            return lambda: windows.message(request["title"], request["text"], behaviour)
        case other:
            raise ValueError(f"cannot show {other!r}")


def _shown(dialogs: list[Dialog], *, behind: bool) -> Any:
    """Show dialogs, each in a thread of its own, until the first one is answered; the others close."""
    answers: queue.Queue[Any] = queue.Queue()
    threads = [_start(each, answers.put) for each in dialogs]
    if behind:
        dialogs.append(windows.cover(dialogs[0]))
        threads.append(_start(dialogs[-1], lambda _: None))
    _tell({"event": "shown"})
    answer = answers.get()
    for each in dialogs:
        each.close()
    for thread in threads:
        thread.join()
    return answer


def _start(dialog: Dialog, answered: Callable[[Any], None]) -> threading.Thread:
    """Show a dialog, and wait until it is."""
    thread = threading.Thread(target=lambda: answered(dialog.run()))
    thread.start()
    dialog.shown.wait()
    return thread


def _windows_own(request: dict[str, Any]) -> dict[str, Any]:
    certificates = [bytes.fromhex(each) for each in request["certificates"]]
    _tell({"event": "shown"})
    index = pick(request.get("title", _TITLE), "Chọn chứng thư số của đơn vị để ký", certificates)
    return {"event": "chosen", "index": index} if index >= 0 else {"event": "cancelled"}


def _tell(message: dict[str, Any]) -> None:
    _write(json.dumps(message).encode("ascii") + b"\n")


def _write(line: bytes | bytearray) -> None:
    """Write past every buffer, in which something would be left."""
    sent = 0
    while sent < len(line):
        sent += os.write(1, memoryview(line)[sent:])


if __name__ == "__main__":
    main()
