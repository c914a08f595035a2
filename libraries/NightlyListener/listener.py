"""Tells of tests that end; sees tests fail and collects before their teardown closes what is to be looked at."""

from __future__ import annotations

import html
from pathlib import Path

from robot.api import logger
from robot.libraries.BuiltIn import BuiltIn
from robot.utils import get_link_path

from chukyso.nightly.failures import DIRECTORY, PAGE
from chukyso.nightly.progress import note
from ChukysoKeywords import interrupted
from NightlyListener.collectors import Subject
from NightlyListener.folder import FailureFolders
from robot import result, running

_PARENT = "Parent suite setup failed:"


class NightlyListener:
    """Listener that collects first-failure data.

    A failure is looked at once: at the start of the test's teardown, or at its end when it has none or when it is the
    teardown that fails; a suite's set-up right when it fails. Nothing that goes wrong here changes a test's result, and
    after Ctrl-C nothing is collected: a call to the browser could then wait for ever.

    Args:
        night: The night's directory.
    """

    ROBOT_LISTENER_API_VERSION = 3
    ROBOT_LISTENER_PRIORITY = 1000  # before the listeners of libraries, which close pages and tokens

    def __init__(self, night: str) -> None:
        self._night = Path(night)
        self._folders = FailureFolders(self._night / DIRECTORY)
        self._folder: Path | None = None
        self._collected = False
        self._of_setups: dict[str, Path] = {}

    def start_test(self, _data: running.TestCase, _result: result.TestCase) -> None:
        self._folder, self._collected = None, False

    def start_keyword(self, data: running.Keyword, result: result.Keyword) -> None:
        if data.type != data.TEARDOWN or type(result.parent).__name__ != "TestCase":
            return
        value = BuiltIn().get_variable_value
        if value("${TEST STATUS}") == "FAIL":
            self._collect(result.parent, str(value("${TEST MESSAGE}", "")))

    def end_keyword(self, data: running.Keyword, result: result.Keyword) -> None:
        if data.type == data.SETUP and result.failed and type(result.parent).__name__ == "TestSuite":
            suite = result.parent
            if not interrupted():
                subject = Subject(suite.full_name, "", result.message, result.start_time)
                folder = self._folders.collect(subject)
                if folder:
                    self._of_setups[suite.full_name] = folder

    def end_test(self, _data: running.TestCase, result: result.TestCase) -> None:
        if not interrupted():  # what was cut off is no failure
            note(self._night, result.status, result.full_name)
        if not result.failed:
            return
        if result.message.startswith(_PARENT):
            self._folder = self._folder_of_setup(result.full_name)
        else:
            self._collect(result, result.message)
        if self._folder:
            self._link(self._folder)

    def _collect(self, test: result.TestCase, message: str) -> None:
        if self._collected or interrupted():
            return
        self._collected = True
        self._folder = self._folders.collect(Subject(test.full_name, test.full_name, message, test.start_time))

    def _folder_of_setup(self, test: str) -> Path | None:
        suites = [suite for suite in self._of_setups if test.startswith(f"{suite}.")]
        if not suites:
            return None
        folder = self._of_setups[max(suites, key=len)]
        self._folders.add_test(folder, test)
        return folder

    @staticmethod
    def _link(folder: Path) -> None:
        """Link the folder from the night's log.html; pabot merges the logs of its processes there."""
        link = html.escape(get_link_path(str(folder / PAGE), str(folder.parents[1])), quote=True)
        logger.info(f'<a href="{link}" target="_blank">Dữ liệu lúc lỗi</a>', html=True)
