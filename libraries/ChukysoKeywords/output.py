"""Takes Robot's output directory for this run before Robot opens its files there.

Robot makes output.xml anew before it imports any library, so that a second run into a directory in use would have
destroyed the first one's log before it could be refused. What Robot imports earlier is a language that a suite names in
its first line, while it is parsed; the suite of a run names this module there. It adds no word to the language.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import FrameType

from robot.api import Language
from robot.conf.settings import RobotSettings
from robot.output.logger import LOGGER

from chukyso.errors import ChukysoError
from chukyso.storage.lock import OutputLock

_FILES = ("Output", "Log", "Report", "XUnit", "DebugFile")
_NO_LOG = "{} Lần chạy này không ghi tệp nào vào đó, cả log.html."


class OutputDirectory(Language):  # type: ignore[misc]  # Robot has no type information for it
    """ChukysoKeywords.output

    The name above is how Robot finds a language again. Made by Robot when it parses the suite; does something only in a
    Robot that is about to run it: editors, linters and Libdoc parse suites, too.
    """

    def __init__(self) -> None:
        for frame in _callers():
            settings = frame.f_locals.get("settings")
            if isinstance(settings, RobotSettings):
                take_output(settings)
                return


def take_output(settings: RobotSettings) -> None:
    """Take the directory until this process ends; when another has it, let Robot write no file.

    That the run is refused (``OUTPUT_IN_USE``) is for ``Start Evidence`` to say.
    """
    if not any(settings[name] for name in _FILES):
        return
    output = settings.output_directory
    try:
        output.mkdir(parents=True, exist_ok=True)
        OutputLock(output).keep()
    except ChukysoError as error:
        for name in _FILES:
            settings[name] = None
        LOGGER.warn(_NO_LOG.format(error.happened))
    except OSError as error:  # told by Robot, which needs to write there as well, or by ``Start Evidence``
        LOGGER.info(f"Output directory not taken: {error}")


def _callers() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        yield frame
        frame = frame.f_back
