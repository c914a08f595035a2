"""What the agent does with a request, step by step. Lives on the agent's event loop; nothing here needs a lock.

One operation at a time; each id once; each certificate after a consent, each signature after OK and PIN of its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from datetime import UTC, datetime
from secrets import compare_digest
from typing import Any, TypeVar

from chukyso.agent import wording
from chukyso.agent.budget import Budget
from chukyso.agent.config import AgentConfig, PinSource
from chukyso.agent.document import Expected, check_form, check_ours, not_ours, read_change
from chukyso.agent.operation import Bell, Offer, Operation, Phase, SignedResult, SigningRequest, Window
from chukyso.agent.protocol import GetCertificate, Progress, Request, SignXml
from chukyso.agent.screens import BrowserScreen, PinentryScreen, Screen, window_url
from chukyso.agent.signer import Signer
from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.token.model import TokenCertificate

_LOG = logging.getLogger("chukyso.agent")
# What a person did, or sees without being told
_EXPECTED = (
    *(Code.SIGNING_CANCELLED, Code.SIGNING_TIMEOUT, Code.BROWSER_CLOSED),
    *(Code.AGENT_FAILED, Code.PINENTRY_MISSING),
)
_IDS = 1_000  # of each origin
_T = TypeVar("_T")
Tell = Callable[[Progress], Awaitable[None]]
"""Tells the page how far its request is."""


class Core:
    """State of one running agent.

    Args:
        config: The agent's configuration.
        signer: The token's side.
        executor: Threads for what blocks.
        address: ``http://127.0.0.1:PORT``.
    """

    def __init__(self, config: AgentConfig, signer: Signer, executor: Executor, address: str) -> None:
        self.config = config
        self.address = address
        self.bell = Bell()
        self.stopped = False
        self.log: deque[str] = deque(maxlen=200)
        self._signer = signer
        self._executor = executor
        self._busy = False
        self._operations: deque[Operation] = deque(maxlen=8)  # the ended ones, for their windows and their results
        self._ids: dict[str, dict[str, None]] = {}  # by origin, in the order of their use
        self._offered: Offer | None = None
        self._pinned: dict[str, Offer] = {}  # by origin: a page signs with what it was given, not another page
        self._budget = Budget(config.max_refusals)
        self._screen: Screen = BrowserScreen(config.open_window, address, executor)
        if config.pin_source is PinSource.PINENTRY:
            self._screen = PinentryScreen(config, executor, self.accept_pin)
        self._inbox: deque[SigningRequest | ChukysoError] = deque(maxlen=16)

    def note(self, text: str) -> None:
        """Write to the local log; the page learns nothing of it."""
        _LOG.info(text)
        self.log.append(text)

    def turn_away(self, reason: str) -> None:
        """Note that a stranger was refused."""
        self.note(reason)
        self._tell("Đã từ chối một kết nối lạ; chi tiết trong nhật ký.")

    def _tell(self, line: str) -> None:
        if self.config.told is not None:
            self.config.told(line)

    # What the channels call

    def claim_id(self, origin: str, request_id: str) -> bool:
        """Use up a request's id; False when a page of this origin used it before.

        So many of them are remembered for each origin that one from before is of a page long gone: to serve it again
        would take new windows and a new PIN.
        """
        used = self._ids.setdefault(origin, {})
        if request_id in used:
            return False
        used[request_id] = None
        if len(used) > _IDS:
            del used[next(iter(used))]
        return True

    def begin(self, origin: str, request_id: str) -> Operation | None:
        """Start an operation, or None while another one is under way."""
        if self._busy or self.stopped:
            return None
        self._busy = True
        operation = Operation(self.bell, origin, request_id)
        self._operations.append(operation)
        return operation

    async def perform(self, operation: Operation, request: Request, progress: Tell) -> Offer | SignedResult:
        """Carry out what a page asks for, and end the operation.

        Args:
            operation: From ``begin``; good for one request.
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
            self._busy = False
            self.bell.ring()

    async def _perform(self, operation: Operation, request: Request, progress: Tell) -> Offer | SignedResult:
        if operation.origin not in self.config.origins:
            raise not_ours("trang không nằm trong danh sách", f"origin {operation.origin!r:.200}")
        if isinstance(request, GetCertificate):
            return await self._share(operation)
        return await self._sign(operation, request, progress)

    def _failed(self, operation: Operation, request: Request, error: ChukysoError) -> ChukysoError:
        operation.end(error)
        ended = operation.error or error
        self._budget.ended(operation.origin, ended, window=operation.shown)
        self.note(f"request {operation.request_id} of {operation.origin}: {error.code.name} {error.detail}")
        self._tell(f"{operation.origin}: {ended.told_by_hand} [{ended.code.name}]")
        if operation.shown and not operation.problem and ended.code not in _EXPECTED:
            self._screen.notify(operation)
        if isinstance(request, SignXml) and operation.request is None:
            self._publish(error)
        return ended

    async def _share(self, operation: Operation) -> Offer:
        offer = self._offered
        if self.config.attended:
            self._budget.require_window_budget(operation.origin)
            offer = operation.offer = await self._prepared(operation, Window.SHARE, self._signer.choose)
            operation.enter(Phase.SHARE)
            await self._ask(operation, Window.SHARE)
        elif offer is None:
            offer = await self._wait_for_offer(operation)
        operation.finish()
        self._offered, self._pinned[operation.origin] = None, offer
        self._budget.ended(operation.origin, None, window=False)
        self._tell(f"{operation.origin}: đã nhận chứng thư số {offer.certificate.serial.upper()}")
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
            return await self._blocking(prepare)
        except ChukysoError as error:
            if not self.config.attended:
                raise
            self.note(f"request {operation.request_id} of {operation.origin}: {error.code.name} {error.detail}")
            self._tell(f"{operation.origin}: {error.told_by_hand} [{error.code.name}]")
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
            await operation.answer(self.config.timeouts.window)

    async def _wait_for_offer(self, operation: Operation) -> Offer:
        seconds = self.config.timeouts.consent
        try:
            await self.bell.wait_until(lambda: self._offered or operation.error, seconds)
        except TimeoutError as error:
            raise ChukysoError(Code.SIGNING_TIMEOUT, "no certificate was offered", seconds=f"{seconds:g}") from error
        if self._offered is None or operation.error:
            raise operation.error or operation.wrong_phase()
        return self._offered

    async def _sign(self, operation: Operation, request: SignXml, progress: Tell) -> SignedResult:
        offer = self._pinned_for(operation, request)
        self._check_document(request, offer.certificate)
        if not self.config.attended:
            operation.request = self._request(operation, request, offer)
            self._publish(operation.request)
            await operation.answer(self.config.timeouts.approval)
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
        result = await self._blocking(lambda: self._signer.sign(offer, request.document, pin))
        operation.finish(result)
        self._budget.ended(operation.origin, None, window=True)
        self._tell(f"{operation.origin}: đã ký {self.config.document_title}")
        return result

    def _pinned_for(self, operation: Operation, request: SignXml) -> Offer:
        """The certificate that this page was given, if it is the one that it wants."""
        if self.config.attended:
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
        config = self.config
        if request.place != config.place:
            raise not_ours("vị trí chữ ký khác với cấu hình", f"place {request.place!r}")
        if config.attended:  # a person cannot compare serials by eye
            change = read_change(request.document, document_type=config.document_type, place=config.place)
            check_ours(change, certificate, Expected(certificate.tax_code, certificate.serial))
        else:
            check_form(request.document, document_type=config.document_type, place=config.place)

    def _request(self, operation: Operation, request: SignXml, offer: Offer) -> SigningRequest:
        return SigningRequest(
            id=operation.request_id,
            origin=operation.origin,
            document=request.document,
            document_type=self.config.document_type,
            certificate=offer.certificate,
            token=offer.token,
            certificate_window=window_url(self.address, operation, Window.CERTIFICATE),
            pin_window=window_url(self.address, operation, Window.PIN),
            received=datetime.now(UTC),
        )

    async def _blocking(self, call: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)

    def _publish(self, item: SigningRequest | ChukysoError) -> None:
        self._inbox.append(item)
        self.bell.ring()

    # What the run calls, through the event loop

    async def offer(self, entry: TokenCertificate) -> None:
        """Consent: the page may have this certificate, once."""
        self._offered = await self._blocking(lambda: self._signer.offer(entry))
        self.bell.ring()

    async def next_request(self, seconds: float) -> SigningRequest | None:
        """The next request that nobody took yet, None when there is none in time; raises what refused one."""
        try:
            await self.bell.wait_until(lambda: self._inbox, seconds)
        except TimeoutError:
            return None
        item = self._inbox.popleft()
        if isinstance(item, ChukysoError):
            raise item
        return item

    async def approve(self, request_id: str) -> None:
        """The run's check passed; return when the certificate window answers."""
        operation = self._operation_of(request_id)
        if not operation.accept(Phase.WAITING) and operation.phase is not Phase.CERTIFICATE:
            raise operation.error or operation.wrong_phase()
        await self._until(operation, lambda: operation.phase is not Phase.WAITING, self.config.timeouts.approval)

    async def refuse(self, request_id: str, error: ChukysoError) -> bool:
        """The run wants no signature; return whether it came in time."""
        return self._operation_of(request_id).refuse(error)

    async def pin_question(self, request_id: str, seconds: float) -> str:
        """What a person who is to give the PIN is asked, once the certificate is confirmed."""
        operation = await self._at_pin_window(request_id, seconds)
        return wording.dialog_text(operation, Window.PIN, self.config.document_title)

    async def _at_pin_window(self, request_id: str, seconds: float) -> Operation:
        operation = self._operation_of(request_id)
        await self._until(operation, lambda: operation.phase not in (Phase.WAITING, Phase.CERTIFICATE), seconds)
        if operation.phase is not Phase.PIN:
            raise operation.wrong_phase()
        return operation

    async def deliver_pin(self, request_id: str, pin: str, seconds: float, hold: bool) -> None:
        """Put the PIN where the PIN window can use it, once the certificate is confirmed."""
        operation = await self._at_pin_window(request_id, seconds)
        operation.held = hold
        self.accept_pin(operation, pin)

    async def release(self, request_id: str) -> None:
        """Let the PIN window's button work."""
        operation = self._operation_of(request_id)
        if operation.phase is not Phase.PIN:
            raise operation.error or operation.wrong_phase()
        operation.held = False

    def accept_pin(self, operation: Operation, pin: str) -> None:
        """Keep the PIN for one login; a PIN that cannot be right ends the operation."""
        if operation.offer is None:
            raise operation.wrong_phase()
        try:
            self._signer.pass_pin_gate(operation.offer, pin)
        except ChukysoError as error:
            operation.end(error)
            raise
        operation.put_pin(pin)

    async def result(self, request_id: str, seconds: float) -> SignedResult:
        """The signed and verified document; raises what ended the operation, ``SIGNING_PENDING`` if nothing did yet."""
        operation = self._operation_of(request_id)
        try:
            await self.bell.wait_until(lambda: operation.over, seconds)
        except TimeoutError as error:
            raise ChukysoError(
                Code.SIGNING_PENDING, f"still in phase {operation.phase}", seconds=f"{seconds:g}"
            ) from error
        if operation.result is None:
            raise operation.error or operation.wrong_phase()
        return operation.result

    def shut_down(self) -> None:
        """End what is under way, so that every task and window lets go."""
        self.stopped = True
        self._screen.close()
        for operation in self._operations:
            operation.end(ChukysoError(Code.AGENT_FAILED, "the agent was stopped", reason="bộ ký số đã dừng"))
        self.bell.ring()

    # What the windows call

    def operation_by_key(self, key: str) -> Operation | None:
        """The operation whose windows have this unguessable key."""
        return next((each for each in self._operations if compare_digest(each.key.encode(), key.encode())), None)

    def _operation_of(self, request_id: str) -> Operation:
        for operation in self._operations:
            if operation.request and operation.request.id == request_id:
                return operation
        raise not_ours("yêu cầu ký này đã kết thúc", f"request {request_id} is not known")

    async def _until(self, operation: Operation, condition: Callable[[], Any], seconds: float) -> None:
        try:
            await self.bell.wait_until(lambda: condition() or operation.error, seconds)
        except TimeoutError as error:
            raise ChukysoError(
                Code.SIGNING_TIMEOUT, f"still in phase {operation.phase}", seconds=f"{seconds:g}"
            ) from error
        if operation.error:
            raise operation.error
