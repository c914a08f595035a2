"""Base of the project's keyword libraries: how components are wired and how errors reach the log, in one place."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from robot.api import logger
from robot.errors import ExecutionStatus
from robot.running.context import EXECUTION_CONTEXTS
from robot.running.signalhandler import STOP_SIGNAL_MONITOR
from robotlibcore import DynamicCore

from chukyso.errors import ChukysoError, Code, Family
from ChukysoKeywords.guard import guard_robot
from ChukysoKeywords.guide_console import GuideConsole

__all__ = ["INTERRUPTED", "ChukysoKeywords", "GuideConsole", "TestStatus", "given_path", "interrupted"]

INTERRUPTED = "Execution terminated by signal"  # Robot's words
TestStatus = Literal["PASS", "FAIL", "SKIP"]


class ChukysoKeywords(DynamicCore):  # type: ignore[misc]  # robotlibcore ships no type information
    """A library whose errors read ``[CODE] what happened, what to do`` for the operator.

    The Vietnamese sentence is the failure message; the technical detail of the ``ChukysoError``, in English, is logged
    at INFO so that it is in log.html beside the failing keyword. Neither ever carries a secret.
    """

    ROBOT_LIBRARY_SCOPE: ClassVar[str] = "GLOBAL"
    ROBOT_LIBRARY_DOC_FORMAT: ClassVar[str] = "MARKDOWN"

    def __init__(self, components: Sequence[object], language: str = "") -> None:
        """Wire the components.

        Args:
            components: Objects with keywords.
            language: ``vi`` for Vietnamese keyword names and documentation beside the English names; "" for English.

        Raises:
            ChukysoError: ``OPTION_INVALID`` for a language that the library has no translation to.
        """
        guard_robot()
        if not language:
            super().__init__(list(components))
            return
        package = sys.modules[type(self).__module__.partition(".")[0]]
        translation = Path(str(package.__file__)).with_name(f"{language.lower()}.json")
        if not translation.is_file():
            raise ChukysoError(Code.OPTION_INVALID, f"no {translation}", name="language", reason="chỉ có “vi”")
        super().__init__(list(components), translation)
        # English names work too: a suite in Vietnamese may call what somebody else wrote in English.
        self.add_library_components(list(components))

    def run_keyword(self, name: str, args: list[Any], kwargs: dict[str, Any] | None = None) -> Any:
        """Run the keyword; log the English detail of a ``ChukysoError`` and let it fail the keyword.

        In a terminal Ctrl-C reaches the browser too, and its end may be noticed before Robot's own interruption: a
        technical failure from then on is ``INTERRUPTED``.
        """
        try:
            return super().run_keyword(name, args, kwargs)
        except ExecutionStatus:  # Robot's own: passed on purpose, stopped by a signal
            raise
        except Exception as error:
            if isinstance(error, ChukysoError):
                log_detail(error)
            if _was_interrupted(error):
                raise ChukysoError(Code.INTERRUPTED, f"{INTERRUPTED}; {_short(error)}") from error
            raise


def given_path(path: Path | None) -> Path | None:
    """The path of an argument that may be left out: Robot turns an empty variable into ``Path(".")``, which is none."""
    return path if path != Path() else None


def interrupted() -> bool:
    """Whether this run was sent Ctrl-C; its teardown goes on."""
    return bool(STOP_SIGNAL_MONITOR._signal_count)


def _was_interrupted(error: Exception) -> bool:
    """Whether Ctrl-C caused it: the Browser library hands Robot's interruption on as a failure of the page."""
    technical = error.code.value.family is Family.APPLICATION if isinstance(error, ChukysoError) else True
    if technical and interrupted() and not EXECUTION_CONTEXTS.current.in_teardown:
        return True
    return any(
        INTERRUPTED in str(cause) or (isinstance(cause, ChukysoError) and INTERRUPTED in cause.detail)
        for cause in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was raised from, each once: ``raise error from error`` makes a circle."""
    seen: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in seen:
        yield cause
        seen.append(cause)
        cause = cause.__cause__


def _short(error: Exception) -> str:
    return error.code.name if isinstance(error, ChukysoError) else type(error).__name__


def log_detail(error: ChukysoError) -> None:
    """Log the technical detail of an error, if there is one."""
    if error.detail:
        logger.info(f"{error.code.name}: {error.detail}")
