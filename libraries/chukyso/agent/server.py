"""The signing agent as a run uses it: started, given the run's decisions, and stopped, from any thread."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, ThreadPoolExecutor, wait
from concurrent.futures import TimeoutError as FutureTimeoutError
from types import TracebackType
from typing import Any, Self, TypeVar

from chukyso.agent.consent.screens import BrowserScreen, PinentryScreen
from chukyso.agent.consent.wording import dialog_text
from chukyso.agent.core.config import AgentConfig, PinSource, Timeouts
from chukyso.agent.core.operation import SignedResult, SigningRequest, Window
from chukyso.agent.core.request_handler import RequestHandler, Screen
from chukyso.agent.core.run_decisions import RunDecisions
from chukyso.agent.core.signer import Signer
from chukyso.agent.core.state import AgentState
from chukyso.agent.http.port import bind
from chukyso.agent.wire.protocol import PATH
from chukyso.errors import ChukysoError, Code
from chukyso.portal.document import not_ours
from chukyso.token.client import TokenWorker
from chukyso.token.model import TokenCertificate

__all__ = ["AgentConfig", "PinSource", "SignedResult", "SigningAgent", "SigningRequest", "Timeouts"]

_START_SECONDS = 20.0
_STOP_SECONDS = 30.0  # longer than a given worker's own time-out
_ANSWER_SECONDS = 30.0  # beyond what a call may wait, and what it may ask the token meanwhile
_T = TypeVar("_T")


class SigningAgent:
    """Answers the portal's page on loopback and signs what was consented to.

    All methods may be called from any thread. They raise ``ChukysoError`` with what happened; the page only gets an
    opaque code.

    Args:
        config: How the agent is set up.
        worker: The token worker; it stays the caller's.
    """

    def __init__(self, config: AgentConfig, worker: TokenWorker) -> None:
        self.config = config
        self._worker = worker
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._state: AgentState | None = None
        self._run: RunDecisions | None = None
        self._handler: RequestHandler | None = None
        self._ready = threading.Event()
        self._port = 0
        self._failure: BaseException | None = None

    @property
    def url(self) -> str:
        """Address for the page: ``ws://127.0.0.1:PORT/v1``."""
        return f"ws://127.0.0.1:{self._port}{PATH}"

    @property
    def running(self) -> bool:
        """Started, not stopped, and alive."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def log(self) -> list[str]:
        """What was refused or failed so far, in English: never a secret, but more than the page may know."""
        return list(self._state.log) if self._state else []

    def start(self) -> Self:
        """Listen. Returns at once: connections wait in the socket's queue while the server is loaded in its thread.

        Raises:
            ChukysoError: ``AGENT_PORT_TAKEN``.
        """
        if self._thread is not None:
            raise ChukysoError(Code.AGENT_FAILED, "started twice", reason="đã khởi động rồi")
        listening = bind(self.config.port)
        self._port = listening.getsockname()[1]
        self._thread = threading.Thread(target=self._run_loop, args=(listening,), name="chukyso-agent", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """End everything: the operation under way, the sockets, the thread."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._ready.wait(_START_SECONDS)
        loop, stop = self._loop, self._stop
        if loop and stop and thread.is_alive():
            loop.call_soon_threadsafe(stop.set)
        thread.join(_STOP_SECONDS)
        if thread.is_alive():
            raise ChukysoError(Code.AGENT_FAILED, "the thread did not end", reason="không dừng được")

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def offer(self, certificate: TokenCertificate) -> None:
        """Consent to give the page this certificate, once: now, or when it asks."""
        self._call(lambda run: run.offer(certificate))

    def wait_for_request(self, timeout: float) -> SigningRequest | None:
        """Return the page's next request to sign, or None when there is none within so many seconds.

        Raises:
            ChukysoError: ``DOCUMENT_INVALID`` or ``REQUEST_NOT_OURS`` when the agent had to refuse a request.
        """
        return self._call(lambda run: run.next_request(timeout), timeout)

    def approve(self, request: SigningRequest) -> None:
        """The run's check passed: the certificate window answers when this returns.

        Raises:
            ChukysoError: the token may not be asked (``PIN_LOCKED``, ``PIN_FINAL_TRY``, ``PIN_COUNT_LOW``), it is gone,
                or the request has ended.
        """
        self._call(lambda run: run.approve(request.id))

    def refuse(self, request: SigningRequest, error: ChukysoError | None = None) -> bool:
        """The run wants no signature any more: the page is told ``refused``, unless it has the signature already.

        Returns:
            Whether it came in time: no signed document has left the agent, and none will.
        """
        reason = error or not_ours("lần chạy này từ chối", "refused by the run")
        return self._call(lambda run: run.refuse(request.id, reason))

    def pin_question(self, request: SigningRequest, timeout: float = 15.0) -> str:
        """Wait for the PIN window's turn and return, in Vietnamese, what a person who is to give the PIN is asked.

        Raises:
            ChukysoError: ``SIGNING_TIMEOUT``; what ended the request.
        """
        operation = self._call(lambda run: run.at_pin_window(request.id, timeout), timeout)
        return dialog_text(operation, Window.PIN, self.config.document_title)

    def deliver_pin(self, request: SigningRequest, pin: str, timeout: float = 15.0, *, hold: bool = False) -> None:
        """Hand the PIN over, for one login; it never passes through the browser. "" on a token with a PIN pad.

        Waits up to ``timeout`` seconds for the PIN window's turn, which comes with OK in the certificate window. With
        ``hold`` the window shows the PIN as dots, but its button does nothing until ``release``: whoever sits at the
        screen must not be faster than the journal.

        Raises:
            ChukysoError: ``PIN_LENGTH``, ``PIN_FAILED_BEFORE`` before anything is spent; ``SIGNING_TIMEOUT``; what
                ended the request.
        """
        if self.config.attended:
            raise ChukysoError(
                Code.AGENT_FAILED, "attended: the PIN comes from the window", reason="mã PIN phải nhập ở cửa sổ"
            )
        self._call(lambda run: run.deliver_pin(request.id, pin, timeout, hold), timeout)

    def release(self, request: SigningRequest) -> None:
        """Let the PIN window's button work: what has to be on disk before is there.

        Raises:
            ChukysoError: What ended the request; ``AGENT_FAILED`` when it is not at the PIN window.
        """
        self._call(lambda run: run.release(request.id))

    def wait_for_result(self, request: SigningRequest, timeout: float) -> SignedResult:
        """Return the signed and verified document, as the page got it.

        Raises:
            ChukysoError: what ended the request (``SIGNING_TIMEOUT``: nobody consented in time); ``SIGNING_PENDING``
                when it is still under way after so many seconds: nothing is known yet of how it ends.
        """
        return self._call(lambda run: run.result(request.id, timeout), timeout)

    def _call(self, ask: Callable[[RunDecisions], Coroutine[Any, Any, _T]], seconds: float = 0) -> _T:
        """Run a coroutine on the agent's loop and wait for it; ``seconds``: for how long it may wait itself."""
        run, loop = self._running()
        future = asyncio.run_coroutine_threadsafe(ask(run), loop)
        end = time.monotonic() + seconds + self.config.timeouts.approval + _ANSWER_SECONDS
        try:
            while True:
                # In slices: on Windows Ctrl-C and Robot's time-outs do not interrupt a wait without end.
                done, _ = wait([future], 0.5)
                if done or not self.running or time.monotonic() > end:
                    return future.result(0)
        except (CancelledError, FutureTimeoutError) as error:
            raise self._broken() from error
        finally:
            future.cancel()  # whoever was interrupted does not wait for the answer any more

    def _running(self) -> tuple[RunDecisions, asyncio.AbstractEventLoop]:
        if self._thread is None:
            raise ChukysoError(Code.AGENT_FAILED, "not started", reason="chưa khởi động hoặc đã dừng")
        self._ready.wait(_START_SECONDS)
        if self._run is None or self._loop is None or not self.running:
            raise self._broken()
        return self._run, self._loop

    def _broken(self) -> ChukysoError:
        if self.running:
            return ChukysoError(
                Code.AGENT_FAILED, "the agent's thread does not answer", reason="bộ ký số không trả lời"
            )
        detail = f"{type(self._failure).__name__}: {self._failure}" if self._failure else "the agent's thread is gone"
        return ChukysoError(Code.AGENT_FAILED, detail, reason="bộ ký số đã dừng giữa chừng")

    def _run_loop(self, listening: socket.socket) -> None:
        try:
            asyncio.run(self._serve(listening))
        except BaseException as error:  # noqa: BLE001 - told to whoever calls next
            self._failure = error
        finally:
            listening.close()
            self._ready.set()

    async def _serve(self, listening: socket.socket) -> None:
        # Loaded here, in the thread: the run goes on meanwhile.
        from chukyso.agent.http.application import build_application, serve  # noqa: PLC0415

        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        with ThreadPoolExecutor(4, "chukyso-agent") as executor:
            self._state = state = AgentState(self.config, f"http://127.0.0.1:{self._port}", executor)
            signer = Signer(self.config, self._worker)
            screen = self._screen(state, signer, executor)
            self._run = RunDecisions(state, signer)
            self._handler = RequestHandler(state, signer, screen, self._run)
            application = build_application(state, self._handler, signer)

            def shut_down() -> None:
                screen.close()
                state.shut_down()

            closing = asyncio.create_task(_after(self._stop, shut_down))
            try:
                await serve(application, listening, self.config.max_message, self._ready.set, self._stop)
            finally:
                closing.cancel()
                shut_down()

    def _screen(self, state: AgentState, signer: Signer, executor: ThreadPoolExecutor) -> Screen:
        if self.config.pin_source is PinSource.PINENTRY:
            return PinentryScreen(self.config, executor, signer.accept_pin)
        return BrowserScreen(self.config.open_window, state.address, executor)


async def _after(event: asyncio.Event, call: Callable[[], None]) -> None:
    await event.wait()
    call()
