"""What a run decides: which certificate a page may have, whether a request may be signed, and with which PIN.

Called through the event loop by ``server.SigningAgent``, which says what each of these means.
"""

from __future__ import annotations

from collections import deque

from chukyso.agent.core.operation import Offer, Operation, Phase, SignedResult, SigningRequest
from chukyso.agent.core.signer import Signer
from chukyso.agent.core.state import AgentState
from chukyso.errors import ChukysoError, Code
from chukyso.token.model import TokenCertificate


class RunDecisions:
    """What is handed over between a run and the pages' requests.

    Args:
        state: The agent's state.
        signer: The token's side.
    """

    def __init__(self, state: AgentState, signer: Signer) -> None:
        self._state = state
        self._signer = signer
        self._offered: Offer | None = None
        self._untaken: deque[SigningRequest | ChukysoError] = deque(maxlen=16)

    # For the pages' requests

    async def wait_for_offer(self, operation: Operation) -> Offer:
        """The certificate that the run offers; it stays offered until ``offer_used``."""
        seconds = self._state.config.timeouts.consent
        try:
            await self._state.changes.wait_until(lambda: self._offered or operation.error, seconds)
        except TimeoutError as error:
            raise ChukysoError(Code.SIGNING_TIMEOUT, "no certificate was offered", seconds=f"{seconds:g}") from error
        if self._offered is None or operation.error:
            raise operation.error or operation.wrong_phase()
        return self._offered

    def offer_used(self) -> None:
        """A page has the certificate: the run's consent was for once."""
        self._offered = None

    def publish(self, item: SigningRequest | ChukysoError) -> None:
        """Hand a request to the run, or what refused one."""
        self._untaken.append(item)
        self._state.changes.notify_all()

    # For the run

    async def offer(self, entry: TokenCertificate) -> None:
        """Consent: the page may have this certificate, once."""
        self._offered = await self._state.in_thread(lambda: self._signer.offer(entry))
        self._state.changes.notify_all()

    async def next_request(self, seconds: float) -> SigningRequest | None:
        """The next request that nobody took yet, None when there is none in time; raises what refused one."""
        try:
            await self._state.changes.wait_until(lambda: self._untaken, seconds)
        except TimeoutError:
            return None
        item = self._untaken.popleft()
        if isinstance(item, ChukysoError):
            raise item
        return item

    async def approve(self, request_id: str) -> None:
        """The run's check passed; return when the certificate window answers."""
        operation = self._state.operation_of(request_id)
        if not operation.accept(Phase.WAITING) and operation.phase is not Phase.CERTIFICATE:
            raise operation.error or operation.wrong_phase()
        seconds = self._state.config.timeouts.approval
        await self._state.wait_for(operation, lambda: operation.phase is not Phase.WAITING, seconds)

    async def refuse(self, request_id: str, error: ChukysoError) -> bool:
        """The run wants no signature; return whether it came in time."""
        return self._state.operation_of(request_id).refuse(error)

    async def at_pin_window(self, request_id: str, seconds: float) -> Operation:
        """Return the operation once its certificate is confirmed and the PIN is due."""
        operation = self._state.operation_of(request_id)
        await self._state.wait_for(
            operation, lambda: operation.phase not in (Phase.WAITING, Phase.CERTIFICATE), seconds
        )
        if operation.phase is not Phase.PIN:
            raise operation.wrong_phase()
        return operation

    async def deliver_pin(self, request_id: str, pin: str, seconds: float, hold: bool) -> None:
        """Put the PIN where the PIN window can use it, once the certificate is confirmed."""
        operation = await self.at_pin_window(request_id, seconds)
        operation.held = hold
        self._signer.accept_pin(operation, pin)

    async def release(self, request_id: str) -> None:
        """Let the PIN window's button work."""
        operation = self._state.operation_of(request_id)
        if operation.phase is not Phase.PIN:
            raise operation.error or operation.wrong_phase()
        operation.held = False

    async def result(self, request_id: str, seconds: float) -> SignedResult:
        """The signed and verified document; raises what ended the operation, ``SIGNING_PENDING`` if nothing did yet."""
        operation = self._state.operation_of(request_id)
        try:
            await self._state.changes.wait_until(lambda: operation.over, seconds)
        except TimeoutError as error:
            raise ChukysoError(
                Code.SIGNING_PENDING, f"still in phase {operation.phase}", seconds=f"{seconds:g}"
            ) from error
        if operation.result is None:
            raise operation.error or operation.wrong_phase()
        return operation.result
