"""Robot's own console and log files, guarded: that one of them cannot be written does not change how a run ends.

Robot lets an error of its log file end the suite wherever it is, without a teardown, and an error of its console when
the disk is full that the console is redirected to. There is no public way to what is replaced here.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from robot.errors import DataError
from robot.output.logger import LOGGER
from robot.reporting import ResultWriter
from robot.running.context import EXECUTION_CONTEXTS

from chukyso.console import LIVE, guard_console, guard_of, troubles

_FILES: list[UnfailingFile] = []
_NO_LOG = "Không ghi được nhật ký của Robot (log.html, report.html): {}. Kết quả của lần chạy không đổi."


class UnfailingFile:
    """A file that is being written; after the first error it drops what comes.

    Args:
        file: The open file.
    """

    def __init__(self, file: Any) -> None:
        self._file = file
        self.error: OSError | ValueError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, text: str) -> None:
        """Write, unless writing has failed before."""
        self._attempt(lambda: self._file.write(text))

    def flush(self) -> None:
        """Flush, unless writing has failed before."""
        self._attempt(self._file.flush)

    def close(self) -> None:
        """Close; what was still to be written may be lost."""
        try:
            self._file.close()
        except (OSError, ValueError) as error:
            self.error = self.error or error

    def _attempt(self, action: Any) -> None:
        if self.error is None:
            try:
                action()
            except (OSError, ValueError) as error:
                self.error = error


def guard_robot() -> None:
    """Guard the process's console, Robot's console, and the files that Robot writes while it runs.

    Called again it does nothing, and neither does it outside a run of Robot.
    """
    context = EXECUTION_CONTEXTS.current
    if context is None:
        return
    guard_console(LIVE)
    console = getattr(LOGGER._console, "listener", None)
    for name in ("_stdout", "_stderr"):
        _guard_highlighting(getattr(console, name, None))
    output = context.output.output_file.real_logger
    _guard_file(getattr(output, "_writer", None), "output")  # output.xml
    _guard_file(getattr(output, "writer", None), "file")  # output.json
    _guard_file(LOGGER._syslog, "_writer")
    for logger in LOGGER._other_loggers:
        _guard_file(logger, "_outfile")  # --debugfile
    _guard_reports()


def what_is_lost() -> list[str]:
    """Return what could not be written so far, in English for the log: streams of the console, files."""
    lost = [f"{name}: {error}" for name, error in troubles().items()]
    return lost + [f"{file.name}: {file.error}" for file in _FILES if file.error]


def _guard_highlighting(stream: Any) -> None:
    """Robot keeps the stream that it found when it started, in two places."""
    for holder in (stream, getattr(stream, "highlighter", None)):
        if holder is not None and hasattr(holder, "stream"):
            holder.stream = guard_of(holder.stream)


def _guard_file(holder: Any, name: str) -> None:
    file = getattr(holder, name, None)
    if file is not None and not isinstance(file, UnfailingFile):
        guarded = UnfailingFile(file)
        setattr(holder, name, guarded)
        _FILES.append(guarded)


def _guard_reports() -> None:
    """Robot makes log.html and report.html when everything has ended; its exit code would tell of them, not the run."""
    write_results = ResultWriter.write_results
    if hasattr(write_results, "__wrapped__"):
        return

    @wraps(write_results)
    def guarded(*args: Any, **options: Any) -> Any:
        try:
            return write_results(*args, **options)
        except (DataError, OSError) as error:  # also of an output.xml that is not whole
            LOGGER.error(_NO_LOG.format(error))

    ResultWriter.write_results = guarded
