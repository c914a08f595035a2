"""What the agent does with a request, step by step. Lives on the agent's event loop; nothing here needs a lock.

One operation at a time. A request's id is used once; a certificate leaves after one consent for one request; each
signature takes an approval, a confirmed certificate, and a PIN of its own.
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

from chukyso.agent import protocol
from chukyso.agent.config import AgentConfig
from chukyso.agent.document import Expected, check_form, check_ours, not_ours, read_change
from chukyso.agent.operation import Bell, Offer, Operation, Phase, SignedResult, SigningRequest, Window
from chukyso.agent.protocol import GetCertificate, Progress, SignXml
from chukyso.agent.signer import Signer
from chukyso.errors import ChukysoError, Code
from chukyso.token.model import TokenCertificate

_LOG = logging.getLogger("chukyso.agent")
_IDS = 1_000  # more requests than this no page has a reason for
_T = TypeVar("_T")

Say = Callable[[str], Awaitable[None]]


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
        self._ids: set[str] = set()
        self._offered: Offer | None = None
        self._pinned: Offer | None = None
        self._inbox: deque[SigningRequest | ChukysoError] = deque(maxlen=16)

    def note(self, text: str) -> None:
        """Write to the local log; the page learns nothing of it."""
        _LOG.info(text)
        self.log.append(text)

    # What the page's channel calls

    def claim_id(self, request_id: str) -> bool:
        """Use up a request's id; False when it was used before."""
        if request_id in self._ids or len(self._ids) >= _IDS:
            return False
        self._ids.add(request_id)
        return True

    def begin(self, request_id: str) -> Operation | None:
        """Start an operation, or None while another one is under way."""
        if self._busy or self.stopped:
            return None
        self._busy = True
        operation = Operation(self.bell, request_id)
        self._operations.append(operation)
        return operation

    async def serve(self, operation: Operation, message: GetCertificate | SignXml, say: Say) -> str:
        """Carry an operation out and return the message that answers it. Never raises a ``ChukysoError``."""
        try:
            if isinstance(message, GetCertificate):
                return await self._share(operation, message)
            return await self._sign(operation, message, say)
        except ChukysoError as error:
            return self._failed(operation, message, error)
        except Exception as error:  # noqa: BLE001 - the page gets an answer and the run an error, whatever broke
            _LOG.exception("request %s", operation.request_id)
            unexpected = ChukysoError(Code.UNEXPECTED, f"{type(error).__name__} in phase {operation.phase}")
            return self._failed(operation, message, unexpected)
        finally:
            if not operation.over:  # a bug or a cancelled task: nobody shall wait for it
                operation.end(ChukysoError(Code.AGENT_FAILED, "the operation broke off", reason="thao tác bị ngắt"))
            self._busy = False
            self.bell.ring()

    def _failed(self, operation: Operation, message: GetCertificate | SignXml, error: ChukysoError) -> str:
        operation.end(error)
        self.note(f"request {operation.request_id}: {error.code.name} {error.detail}")
        if isinstance(message, SignXml) and operation.request is None:
            self._publish(error)
        return protocol.error(operation.request_id, protocol.wire_code(error.code))

    async def _share(self, operation: Operation, message: GetCertificate) -> str:
        if self._offered is None and self.config.attended:
            operation.offer = await self._blocking(lambda: self._signer.choose(datetime.now(UTC)))
            operation.enter(Phase.SHARE)
            await self._open(operation, Window.SHARE)
            await operation.answer(self.config.timeouts.window)
            self._offered = operation.offer
        elif self._offered is None:
            await self._wait_for_offer(operation)
        offer = self._offered
        if offer is None:
            raise ChukysoError(Code.AGENT_FAILED, "nothing is offered", reason="chứng thư số không được chia sẻ")
        operation.finish()
        self._offered, self._pinned = None, offer
        return protocol.certificate(message.id, offer.certificate.der)

    async def _wait_for_offer(self, operation: Operation) -> None:
        seconds = self.config.timeouts.consent
        try:
            await self.bell.wait_until(lambda: self._offered or operation.error, seconds)
        except TimeoutError as error:
            raise ChukysoError(Code.SIGNING_TIMEOUT, "no certificate was offered", seconds=f"{seconds:g}") from error
        if operation.error:
            raise operation.error

    async def _sign(self, operation: Operation, message: SignXml, say: Say) -> str:
        offer = self._check(message)
        request = operation.request = self._request(operation, message, offer)
        self._publish(request)
        if not self.config.attended:
            await operation.answer(self.config.timeouts.approval)
        operation.offer = await self._blocking(lambda: self._signer.check_ready(offer))
        operation.enter(Phase.CERTIFICATE)
        await say(protocol.progress(message.id, Progress.CERTIFICATE_WINDOW))
        await self._open(operation, Window.CERTIFICATE)
        await operation.answer(self.config.timeouts.window)
        operation.enter(Phase.PIN)
        await say(protocol.progress(message.id, Progress.PIN_WINDOW))
        await operation.answer(self.config.timeouts.window)
        operation.enter(Phase.SIGNING)
        await say(protocol.progress(message.id, Progress.SIGNING))
        pin = operation.take_pin()
        result = await self._blocking(lambda: self._signer.sign(offer, message.document, pin))
        operation.finish(result)
        return protocol.signed(message.id, result.document)

    def _check(self, message: SignXml) -> Offer:
        if self._pinned is None:
            raise not_ours("trang chưa hỏi chứng thư số", "sign-xml without get-certificate")
        if message.certificate_serial != self._pinned.certificate.serial:
            raise not_ours(
                "chứng thư số khác với chứng thư số đã chia sẻ",
                f"asked for {message.certificate_serial}, pinned {self._pinned.certificate.serial}",
            )
        if message.place != self.config.place:
            raise not_ours("vị trí chữ ký khác với cấu hình", f"place {message.place!r}")
        check_form(message.document, document_type=self.config.document_type, place=self.config.place)
        if self.config.attended:  # no run checks it, and a person cannot compare serials by eye
            certificate = self._pinned.certificate
            change = read_change(message.document, document_type=self.config.document_type, place=self.config.place)
            check_ours(change, certificate, Expected(certificate.tax_code, certificate.serial))
        return self._pinned

    def _request(self, operation: Operation, message: SignXml, offer: Offer) -> SigningRequest:
        return SigningRequest(
            id=message.id,
            origin=self.config.origin,
            document=message.document,
            document_type=self.config.document_type,
            certificate=offer.certificate,
            token=offer.token,
            certificate_window=self.window_url(operation, Window.CERTIFICATE),
            pin_window=self.window_url(operation, Window.PIN),
            received=datetime.now(UTC),
        )

    def window_url(self, operation: Operation, window: Window) -> str:
        """Address of one of the operation's windows."""
        return f"{self.address}/window/{operation.key}/{window}"

    async def _open(self, operation: Operation, window: Window) -> None:
        opener = self.config.open_window
        if opener is None:
            return
        url = self.window_url(operation, window)
        try:
            await self._blocking(lambda: opener(url))
        except Exception as error:
            raise ChukysoError(
                Code.AGENT_FAILED, f"open_window: {type(error).__name__}", reason="không mở được cửa sổ ký"
            ) from error

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
            raise operation.error or _wrong_phase(operation)
        await self._until(operation, lambda: operation.phase is not Phase.WAITING, self.config.timeouts.approval)

    async def refuse(self, request_id: str, error: ChukysoError) -> None:
        """The run's check failed."""
        self._operation_of(request_id).end(error)

    async def deliver_pin(self, request_id: str, pin: str, seconds: float, hold: bool) -> None:
        """Put the PIN where the PIN window can use it, once the certificate is confirmed."""
        operation = self._operation_of(request_id)
        early = (Phase.WAITING, Phase.CERTIFICATE)
        await self._until(operation, lambda: operation.phase not in early, seconds)
        if operation.phase is not Phase.PIN:
            raise _wrong_phase(operation)
        operation.held = hold
        self.accept_pin(operation, pin)

    async def release(self, request_id: str) -> None:
        """Let the PIN window's button work."""
        operation = self._operation_of(request_id)
        if operation.phase is not Phase.PIN:
            raise operation.error or _wrong_phase(operation)
        operation.held = False

    def accept_pin(self, operation: Operation, pin: str) -> None:
        """Keep the PIN for one login; a PIN that cannot be right ends the operation."""
        if operation.offer is None:
            raise _wrong_phase(operation)
        try:
            self._signer.check_pin(operation.offer, pin)
        except ChukysoError as error:
            operation.end(error)
            raise
        operation.put_pin(pin)

    async def result(self, request_id: str, seconds: float) -> SignedResult:
        """The signed and verified document; raises what ended the operation."""
        operation = self._operation_of(request_id)
        await self._until(operation, lambda: operation.over, seconds)
        if operation.result is None:
            raise operation.error or _wrong_phase(operation)
        return operation.result

    def shut_down(self) -> None:
        """End what is under way, so that every task and window lets go."""
        self.stopped = True
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


def _wrong_phase(operation: Operation) -> ChukysoError:
    return ChukysoError(Code.AGENT_FAILED, f"in phase {operation.phase}", reason="yêu cầu ký không ở bước này")
