"""Where a person sees the agent's windows and answers them.

A screen shows one window at a time, for as long as it is that window's turn. It does not decide: it answers the
operation's phase, or ends the operation, as the person did.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager

from chukyso.agent.consent import wording
from chukyso.agent.core.config import AgentConfig
from chukyso.agent.core.operation import Operation, Phase, Window
from chukyso.errors import ChukysoError, Code
from chukyso.pin.entry import Pinentry

# Both are a ``chukyso.agent.core.request_handler.Screen``.


class BrowserScreen:
    """The windows are pages of the agent; a browser is told the address of the first one.

    Args:
        opener: Called with the window's address; None where somebody else opens it.
        address: ``http://127.0.0.1:PORT`` of the agent.
        executor: Threads for what blocks.
    """

    def __init__(self, opener: Callable[[str], object] | None, address: str, executor: Executor) -> None:
        self._opener = opener
        self._address = address
        self._executor = executor

    @asynccontextmanager
    async def show(self, operation: Operation, window: Window) -> AsyncIterator[None]:
        """Open the window, unless the one before leads there by itself."""
        if self._opener is not None and window is not Window.PIN:
            await self._open(self._opener, self._address + operation.window_path(window))
        yield

    def notify(self, operation: Operation) -> None:
        """The operation's own window says it."""

    def close(self) -> None:
        """The windows notice it by themselves."""

    async def _open(self, opener: Callable[[str], object], url: str) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._executor, opener, url)
        except Exception as error:
            raise ChukysoError(
                Code.AGENT_FAILED, f"open_window: {type(error).__name__}", reason="không mở được cửa sổ ký"
            ) from error


class PinentryScreen:
    """The windows are dialogs of pinentry: no browser shows them, and none learns the PIN.

    Args:
        config: The agent's configuration.
        executor: Threads for what blocks; a dialog keeps one for as long as it is open.
        accept_pin: Keeps the PIN for one login; a PIN that cannot be right ends the operation.
    """

    def __init__(self, config: AgentConfig, executor: Executor, accept_pin: Callable[[Operation, str], None]) -> None:
        self._config = config
        self._executor = executor
        self._accept_pin = accept_pin
        self._notice: tuple[Pinentry, asyncio.Future[bool]] | None = None

    @asynccontextmanager
    async def show(self, operation: Operation, window: Window) -> AsyncIterator[None]:
        """Show the dialog; it disappears with the context, whoever ended the operation."""
        self.close()
        pinentry = self._pinentry()
        asking = asyncio.create_task(self._ask(pinentry, operation, window))
        try:
            yield
        finally:
            pinentry.close()
            await asking

    def notify(self, operation: Operation) -> None:
        """Show a dialog that only tells; it does not keep the page from its answer nor the agent from its work."""
        self.close()
        pinentry, text = self._pinentry(), wording.problem_text(operation)

        def tell() -> bool:
            try:
                return pinentry.confirm(title=wording.PROBLEM, text=text, ok="Đóng")
            except ChukysoError:
                return False  # taken away, or nobody looked; it is in the log

        self._notice = pinentry, asyncio.get_running_loop().run_in_executor(self._executor, tell)

    def close(self) -> None:
        """Take the notice away; a window goes with its operation."""
        notice, self._notice = self._notice, None
        if notice:
            notice[0].close()

    def _pinentry(self) -> Pinentry:
        assert self._config.pinentry is not None  # noqa: S101 - for mypy: checked by the configuration
        return Pinentry(self._config.pinentry, self._config.timeouts.window)

    async def _ask(self, pinentry: Pinentry, operation: Operation, window: Window) -> None:
        title = wording.TITLES[window]
        text = wording.dialog_text(operation, window, self._config.document_title)
        if operation.problem:
            title, text = wording.PROBLEM, wording.problem_text(operation)
        with_pin = window is Window.PIN and not (operation.offer and operation.offer.token.pin_pad)
        ok = "Đóng" if operation.problem else wording.accept_text(self._config, window)

        def ask() -> str | bool:
            if with_pin:
                return pinentry.get_pin(title=title, text=text, ok=ok)
            return pinentry.confirm(title=title, text=text, ok=ok)

        try:
            answer = await asyncio.get_running_loop().run_in_executor(self._executor, ask)
            if isinstance(answer, str) and operation.phase is Phase.PIN:
                self._accept_pin(operation, answer)
        except ChukysoError as error:
            operation.end(error)
            return
        if answer is False or operation.problem:
            operation.end(ChukysoError(Code.SIGNING_CANCELLED, f"dialog {window}", window=wording.NAMES[window]))
        operation.accept(Phase(window.value))
