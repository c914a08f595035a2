"""Carries out what a page asks for, step by step.

Each certificate is shared after a consent of its own, each signature made after OK and PIN of its own. Lives on the
agent's event loop; nothing here needs a lock.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Protocol

from chukyso.agent.core.budget import Budget
from chukyso.agent.core.operation import Offer, Operation, Phase, SignedResult, SigningRequest, Window
from chukyso.agent.core.request import GetCertificate, Progress, Request, SignXml
from chukyso.agent.core.run_decisions import RunDecisions
from chukyso.agent.core.signer import Signer
from chukyso.agent.core.state import AgentState
from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.portal.document import Expected, check_form, check_ours, not_ours, read_change

_LOG = logging.getLogger("chukyso.agent")
# What a person did, or sees without being told
_EXPECTED = (
    *(Code.SIGNING_CANCELLED, Code.SIGNING_TIMEOUT, Code.BROWSER_CLOSED),
    *(Code.AGENT_FAILED, Code.PINENTRY_MISSING),
)
Tell = Callable[[Progress], Awaitable[None]]
"""Tells the page how far its request is."""


class Screen(Protocol):
    """Shows the windows of an operation to a person, who answers the operation's phase or ends the operation."""

    def show(self, operation: Operation, window: Window) -> AbstractAsyncContextManager[None]:
        """Show a window until the context is left."""

    def notify(self, operation: Operation) -> None:
        """Tell the person why an operation ended that a window had been shown for. Nobody waits for an answer."""

    def close(self) -> None:
        """Take away what is still shown."""


class RequestHandler:
    """Carries out the requests of pages, one at a time.

    Args:
        state: The agent's state.
        signer: The token's side.
        screen: Where a person sees the windows.
        run: What a run decides, where no person does.
    """

    def __init__(self, state: AgentState, signer: Signer, screen: Screen, run: RunDecisions) -> None:
        self._state = state
        self._config = state.config
        self._signer = signer
        self._screen = screen
        self._run = run
        self._budget = Budget(state.config.max_refusals)
        self._pinned: dict[str, Offer] = {}  # by origin: a page signs with what it was given, not another page

    async def perform(self, operation: Operation, request: Request, progress: Tell) -> Offer | SignedResult:
        """Carry out what a page asks for, and end the operation.

        Args:
            operation: From ``AgentState.begin``; good for one request.
            request: What is asked for.
            progress: Told each step of a signature.

        Raises:
            ChukysoError: What ended it. It is in the local log; the page is told as little as its protocol allows.
        """
        try:
            return await self._perform(operation, request, progress)
        except ChukysoError as error:
            ended = self._failed(operation, request, error)
            if ended is error:
                raise  # never from itself: whoever follows the causes would not come to an end
            raise ended from error
        except Exception as error:
            _LOG.exception("request %s", operation.request_id)
            unexpected = ChukysoError(Code.UNEXPECTED, f"{type(error).__name__} in phase {operation.phase}")
            raise self._failed(operation, request, unexpected) from error
        finally:
            if not operation.over:  # a bug or a cancelled task: nobody shall wait for it
                operation.end(ChukysoError(Code.AGENT_FAILED, "the operation broke off", reason="thao tác bị ngắt"))
            self._state.busy = False
            self._state.changes.notify_all()

    async def _perform(self, operation: Operation, request: Request, progress: Tell) -> Offer | SignedResult:
        if operation.origin not in self._config.origins:
            raise not_ours("trang không nằm trong danh sách", f"origin {operation.origin!r:.200}")
        if isinstance(request, GetCertificate):
            return await self._share(operation)
        return await self._sign(operation, request, progress)

    def _failed(self, operation: Operation, request: Request, error: ChukysoError) -> ChukysoError:
        operation.end(error)
        ended = operation.error or error
        self._budget.ended(operation.origin, ended, window=operation.shown)
        self._state.note(f"request {operation.request_id} of {operation.origin}: {error.code.name} {error.detail}")
        self._state.tell_operator(f"{operation.origin}: {ended.message_by_hand} [{ended.code.name}]")
        if operation.shown and not operation.problem and ended.code not in _EXPECTED:
            self._screen.notify(operation)
        if isinstance(request, SignXml) and operation.request is None:
            self._run.publish(error)
        return ended

    async def _share(self, operation: Operation) -> Offer:
        if self._config.attended:
            self._budget.require_window_budget(operation.origin)
            offer = operation.offer = await self._prepared(operation, Window.SHARE, self._signer.choose)
            operation.enter(Phase.SHARE)
            await self._ask(operation, Window.SHARE)
        else:
            offer = await self._run.wait_for_offer(operation)
        operation.finish()
        self._run.offer_used()
        self._pinned[operation.origin] = offer
        self._budget.ended(operation.origin, None, window=False)
        self._state.tell_operator(f"{operation.origin}: đã nhận chứng thư số {offer.certificate.serial.upper()}")
        return offer

    async def _prepared(
        self,
        operation: Operation,
        window: Window,
        prepare: Callable[[], Offer],
        progress: Tell | None = None,
    ) -> Offer:
        """Ask the token before a window. What is wrong with it is for the person only.

        The window then says it and can only be closed, so that a page learns what it learns of any refusal: whether a
        token is there, or how its PIN stands, is nothing that a page can find out without anybody seeing it.
        """
        try:
            return await self._state.in_thread(prepare)
        except ChukysoError as error:
            if not self._config.attended:
                raise
            self._state.note(f"request {operation.request_id} of {operation.origin}: {error.code.name} {error.detail}")
            self._state.tell_operator(f"{operation.origin}: {error.message_by_hand} [{error.code.name}]")
            operation.problem = error
        operation.enter(Phase(window.value))
        if progress:
            await progress(Progress.CERTIFICATE_WINDOW)
        await self._ask(operation, window)
        raise operation.wrong_phase()  # nobody can consent to a problem

    async def _ask(self, operation: Operation, window: Window) -> None:
        """Show a window and wait for the person's answer."""
        operation.shown = True
        async with self._screen.show(operation, window):
            await operation.answer(self._config.timeouts.window)

    async def _sign(self, operation: Operation, request: SignXml, progress: Tell) -> SignedResult:
        offer = self._pinned_for(operation, request)
        self._check_document(request, offer.certificate)
        if not self._config.attended:
            operation.request = self._signing_request(operation, request, offer)
            self._run.publish(operation.request)
            await operation.answer(self._config.timeouts.approval)
        operation.offer = await self._prepared(
            operation,
            Window.CERTIFICATE,
            lambda: self._budget.require_pin_budget(self._signer.check_ready(offer)),
            progress,
        )
        operation.enter(Phase.CERTIFICATE)
        await progress(Progress.CERTIFICATE_WINDOW)
        await self._ask(operation, Window.CERTIFICATE)
        operation.enter(Phase.PIN)
        await progress(Progress.PIN_WINDOW)
        await self._ask(operation, Window.PIN)
        operation.enter(Phase.SIGNING)
        await progress(Progress.SIGNING)
        pin = operation.take_pin()
        result = await self._state.in_thread(lambda: self._signer.sign(offer, request.document, pin))
        operation.finish(result)
        self._budget.ended(operation.origin, None, window=True)
        self._state.tell_operator(f"{operation.origin}: đã ký {self._config.document_title}")
        return result

    def _pinned_for(self, operation: Operation, request: SignXml) -> Offer:
        """The certificate that this page was given, if it is the one that it wants."""
        if self._config.attended:
            self._budget.require_window_budget(operation.origin)
        pinned = self._pinned.get(operation.origin)
        if pinned is None:
            raise not_ours("trang chưa hỏi chứng thư số", "asked for a signature before a certificate was shared")
        if request.certificate_serial != pinned.certificate.serial:
            raise not_ours(
                "chứng thư số khác với chứng thư số đã chia sẻ",
                f"asked for {request.certificate_serial}, pinned {pinned.certificate.serial}",
            )
        return pinned

    def _check_document(self, request: SignXml, certificate: Certificate) -> None:
        """Refuse what is not the form; a run compares the form with what it knows before it approves."""
        config = self._config
        if request.place != config.place:
            raise not_ours("vị trí chữ ký khác với cấu hình", f"place {request.place!r}")
        if config.attended:  # a person cannot compare serials by eye
            change = read_change(request.document, document_type=config.document_type, place=config.place)
            check_ours(change, certificate, Expected(certificate.tax_code, certificate.serial))
        else:
            check_form(request.document, document_type=config.document_type, place=config.place)

    def _signing_request(self, operation: Operation, request: SignXml, offer: Offer) -> SigningRequest:
        return SigningRequest(
            id=operation.request_id,
            origin=operation.origin,
            document=request.document,
            document_type=self._config.document_type,
            certificate=offer.certificate,
            token=offer.token,
            certificate_window=self._state.address + operation.window_path(Window.CERTIFICATE),
            pin_window=self._state.address + operation.window_path(Window.PIN),
            received=datetime.now(UTC),
        )
