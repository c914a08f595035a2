"""A person gives the PIN of a run: in a dialog outside the browser, and only for the request that was checked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from chukyso.agent.core.operation import SigningRequest
from chukyso.agent.server import SigningAgent
from chukyso.errors import ChukysoError, Code
from chukyso.pin.entry import Pinentry, require_pinentry

_TITLE: Final = "Nhập mã PIN chữ ký số"
_SLICE = 0.5  # seconds


def ask_pin(agent: SigningAgent, request: SigningRequest, tell: Callable[[str], object]) -> str:
    """Ask for the PIN when it is the PIN window's turn. Whatever ends the request takes the dialog away.

    Args:
        agent: Whom the page has asked.
        request: The request, approved.
        tell: Called with a Vietnamese line for the person.

    Raises:
        ChukysoError: ``PINENTRY_MISSING``, ``PINENTRY_FAILED``, or what ended the request, such as
            ``SIGNING_CANCELLED``. The page is told that nothing will be signed.
    """
    try:
        program = require_pinentry()
        text = agent.pin_question(request)
        pinentry = Pinentry(program, agent.config.timeouts.window)
        tell("Nhập mã PIN trong cửa sổ vừa mở, ngoài trình duyệt.")
        with _taken_away_with(agent, request, pinentry):
            return pinentry.get_pin(title=_TITLE, text=text, ok=agent.config.pin_accept_text)
    except ChukysoError as error:
        agent.refuse(request, error)  # the first error counts: it is this one unless the request had ended
        agent.wait_for_result(request, 0)
        raise


@contextmanager
def _taken_away_with(agent: SigningAgent, request: SigningRequest, pinentry: Pinentry) -> Iterator[None]:
    answered = threading.Event()

    def watch() -> None:
        while not answered.is_set():
            try:
                agent.wait_for_result(request, _SLICE)
            except ChukysoError as error:
                if error.code is Code.SIGNING_PENDING:
                    continue
            pinentry.close()
            return

    watcher = threading.Thread(target=watch, name="chukyso-pin-dialog", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        answered.set()
        watcher.join()
