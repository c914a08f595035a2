"""What a running agent knows: the operation under way and those before it, the ids that were used, its local log.

Lives on the agent's event loop; nothing here needs a lock.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from secrets import compare_digest
from typing import Any, TypeVar

from chukyso.agent.core.config import AgentConfig
from chukyso.agent.core.operation import ChangeNotifier, Operation
from chukyso.errors import ChukysoError, Code
from chukyso.portal.document import not_ours

_LOG = logging.getLogger("chukyso.agent")
_IDS = 1_000  # of each origin
_T = TypeVar("_T")


class AgentState:
    """State of one running agent: one operation at a time, each id once.

    Args:
        config: The agent's configuration.
        address: ``http://127.0.0.1:PORT``.
        executor: Threads for what blocks.
    """

    def __init__(self, config: AgentConfig, address: str, executor: Executor) -> None:
        self.config = config
        self.address = address
        self.changes = ChangeNotifier()
        self.stopped = False
        self.busy = False
        self.log: deque[str] = deque(maxlen=200)
        self.operations: deque[Operation] = deque(maxlen=8)  # the ended ones, for their windows and their results
        self._executor = executor
        self._ids: dict[str, dict[str, None]] = {}  # by origin, in the order of their use

    def note(self, text: str) -> None:
        """Write to the local log; the page learns nothing of it."""
        _LOG.info(text)
        self.log.append(text)

    def tell_operator(self, line: str) -> None:
        """Tell the operator something, in Vietnamese."""
        if self.config.tell_operator is not None:
            self.config.tell_operator(line)

    def turn_away(self, reason: str) -> None:
        """Note that a stranger was refused."""
        self.note(reason)
        self.tell_operator("Đã từ chối một kết nối lạ; chi tiết trong nhật ký.")

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
        if self.busy or self.stopped:
            return None
        self.busy = True
        operation = Operation(self.changes, origin, request_id)
        self.operations.append(operation)
        return operation

    def operation_by_key(self, key: str) -> Operation | None:
        """The operation whose windows have this unguessable key."""
        return next((each for each in self.operations if compare_digest(each.key.encode(), key.encode())), None)

    def operation_of(self, request_id: str) -> Operation:
        """The operation whose request a run took.

        Raises:
            ChukysoError: ``REQUEST_NOT_OURS`` when it ended long ago.
        """
        for operation in self.operations:
            if operation.request and operation.request.id == request_id:
                return operation
        raise not_ours("yêu cầu ký này đã kết thúc", f"request {request_id} is not known")

    async def wait_for(self, operation: Operation, condition: Callable[[], Any], seconds: float) -> None:
        """Return when the condition holds.

        Raises:
            ChukysoError: What ended the operation; ``SIGNING_TIMEOUT`` after so many seconds.
        """
        try:
            await self.changes.wait_until(lambda: condition() or operation.error, seconds)
        except TimeoutError as error:
            raise ChukysoError(
                Code.SIGNING_TIMEOUT, f"still in phase {operation.phase}", seconds=f"{seconds:g}"
            ) from error
        if operation.error:
            raise operation.error

    async def in_thread(self, call: Callable[[], _T]) -> _T:
        """Run what blocks in a thread, and return what it returns."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, call)

    def shut_down(self) -> None:
        """End what is under way, so that every task and window lets go."""
        self.stopped = True
        for operation in self.operations:
            operation.end(ChukysoError(Code.AGENT_FAILED, "the agent was stopped", reason="bộ ký số đã dừng"))
        self.changes.notify_all()
