"""Base of the project's keyword libraries: how components are wired and how errors reach the log, in one place."""

from __future__ import annotations

from typing import Any, ClassVar

from robot.api import logger
from robotlibcore import DynamicCore

from chukyso.errors import ChukysoError, Code

__all__ = ["INTERRUPTED", "ChukysoKeywords"]

INTERRUPTED = "Execution terminated by signal"  # Robot's words


class ChukysoKeywords(DynamicCore):  # type: ignore[misc]  # robotlibcore ships no type information
    """A library whose errors read ``[CODE] what happened, what to do`` for the operator.

    The Vietnamese sentence is the failure message; the technical detail of the ``ChukysoError``, in English, is logged
    at INFO so that it is in log.html beside the failing keyword. Neither ever carries a secret.
    """

    ROBOT_LIBRARY_SCOPE: ClassVar[str] = "GLOBAL"
    ROBOT_LIBRARY_DOC_FORMAT: ClassVar[str] = "MARKDOWN"

    def run_keyword(self, name: str, args: list[Any], kwargs: dict[str, Any] | None = None) -> Any:
        """Run the keyword; log the English detail of a ``ChukysoError`` and let it fail the keyword."""
        try:
            return super().run_keyword(name, args, kwargs)
        except ChukysoError as error:
            log_detail(error)
            if _was_interrupted(error):
                raise ChukysoError(Code.INTERRUPTED, f"{INTERRUPTED}; {error.code.name}") from error
            raise


def _was_interrupted(error: ChukysoError) -> bool:
    """Whether Ctrl-C caused it: the Browser library hands Robot's interruption on as a failure of the page."""
    cause: BaseException | None = error
    while cause is not None:
        if INTERRUPTED in str(cause) or (isinstance(cause, ChukysoError) and INTERRUPTED in cause.detail):
            return True
        cause = cause.__cause__
    return False


def log_detail(error: ChukysoError) -> None:
    """Log the technical detail of an error, if there is one."""
    if error.detail:
        logger.info(f"{error.code.name}: {error.detail}")
