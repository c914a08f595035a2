"""One child process ``chukyso.token.worker``, from the parent's side: what went wrong, as errors of tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from chukyso.children import child_environment
from chukyso.errors import ChukysoError, Code
from chukyso.narrow import is_too_wide
from chukyso.pin.stage import Stage
from chukyso.token.modules import quirks_of, variables_of
from chukyso.worker import child
from chukyso.worker.frames import Message

DIED = "WORKER_DIED"
"""What ``ckr`` is in the context of an error when the module took the process down."""


class Child(child.Child):
    """A running worker. One request at a time; ``kill`` may come from any thread.

    Args:
        module: The PKCS#11 module it loads.
        environment: Added to the scrubbed environment.
        seconds: Time-out for loading the module.

    Raises:
        ChukysoError: ``TOKEN_ERROR`` when no process can be started.
    """

    def __init__(self, module: Path, environment: Mapping[str, str], seconds: float) -> None:
        self._module = module
        variables = variables_of(module)
        given = child_environment(environment, variables)
        self._missing = [name for name in variables[:1] if name not in given]
        arguments = ["-m", "chukyso.token.worker", str(module), str(seconds), *sorted(quirks_of(module))]
        try:
            super().__init__(arguments, given)
        except OSError as error:
            raise ChukysoError(Code.TOKEN_ERROR, f"start of the worker: {error}", ckr="WORKER_NOT_STARTED") from error

    def ask(
        self,
        request: Message,
        seconds: float,
        stage_reached: Callable[[Stage], None] = lambda _: None,
        secret: bytearray | None = None,
    ) -> Message:
        """Send one request and wait for its answer; the first one waits for the module to be loaded, too.

        Args:
            request: What is wanted.
            seconds: Time-out.
            stage_reached: Called with each stage of signing, as the child says it.
            secret: As for ``worker.child``.

        Raises:
            ChukysoError: What the child reports; ``TOKEN_TIMEOUT``; ``TOKEN_ERROR`` or, while loading,
                ``MODULE_LOAD_FAILED`` when it died.
        """
        try:
            return super().ask(request, seconds, lambda stage: stage_reached(Stage(stage)), secret)
        except child.LostError as error:
            raise self._explain_loss(error, seconds) from None
        except ChukysoError as error:
            if error.code is Code.MODULE_LOAD_FAILED:
                error.detail += self.stderr()
                raise self._explained(error) from error
            raise

    def _explain_loss(self, error: child.LostError, seconds: float) -> ChukysoError:
        if error.timed_out:
            return ChukysoError(Code.TOKEN_TIMEOUT, str(error), seconds=f"{seconds:g}")
        if not error.ready:
            return self._explained(ChukysoError(Code.MODULE_LOAD_FAILED, str(error), module=self._module, ckr=DIED))
        return ChukysoError(Code.TOKEN_ERROR, str(error), ckr=DIED)

    def _explained(self, error: ChukysoError) -> ChukysoError:
        """Of a module that could not be loaded: the likelier reason, its place or a variable that it did not get."""
        if is_too_wide(self._module):
            return ChukysoError(Code.MODULE_PATH_UNREADABLE, error.detail, module=self._module)
        if not self._missing:
            return error
        code, names = Code.MODULE_VARIABLE_MISSING, ", ".join(self._missing)
        return ChukysoError(code, error.detail, module=f"“{self._module.name}”", names=names)
