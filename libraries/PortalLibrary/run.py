"""What the components of PortalLibrary share: the options of the run and the Browser library."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from robot.api.types import Secret
from robot.libraries.BuiltIn import BuiltIn
from robot.running.context import EXECUTION_CONTEXTS

from chukyso.errors import ChukysoError, Code
from chukyso.orphans import watch
from chukyso.portal.messages import Message
from chukyso.portal.profile import Profile
from chukyso.run.options import RunOptions
from chukyso.scratch import make_scratch, note_scratch
from PortalLibrary.driver import Driver, take_over

if TYPE_CHECKING:
    from Browser import Browser

_LIBRARY_SECONDS = 10


class Run:
    """State of the current run; set up anew by `Set Up Run`."""

    def __init__(self) -> None:
        self._options: RunOptions | None = None
        self._scratch: Path | None = None
        self._noted = False
        self._early: Driver | None = None
        self.secrets: dict[str, Secret] = {}
        self.reopened = False  # another browser was opened after the first one was lost
        self.answer: Message | None = None  # the last message of the portal after the point of no return
        self.waiting = ""  # id of a context whose page is still empty: the next one that is opened
        self.user_data: Path | None = None  # of a rehearsal's browser that keeps an extension
        self.only = ""  # id of the only context of a browser that keeps an extension
        self.checked: Profile | None = None  # the profile whose selectors the browser's engines read last

    @property
    def options(self) -> RunOptions:
        if self._options is None:
            raise ChukysoError(Code.UNEXPECTED, "Set Up Run was not called")
        return self._options

    @options.setter
    def options(self, options: RunOptions) -> None:
        self._options = options

    @property
    def profile(self) -> Profile:
        return self.options.profile

    @property
    def page_timeout(self) -> timedelta:
        return timedelta(seconds=self.profile.timeouts.page)

    @property
    def submitted(self) -> bool:
        """Whether the run is past the point of no return, as its evidence has it."""
        try:
            evidence: Any = BuiltIn().get_library_instance("EvidenceLibrary")
        except RuntimeError:  # a suite without evidence; it submits nothing
            return False
        return bool(evidence.current_run.submitted)

    @property
    def scratch(self) -> Path:
        """Where the browser and its driver put temporary files: one directory for all runs of this process."""
        if self._scratch is None:
            self._scratch = make_scratch()
            watch(self._scratch)
        return self._scratch

    @property
    def browser(self) -> Browser:
        """The Browser library, looked up when it is needed."""
        return BuiltIn().get_library_instance("Browser")

    @property
    def driver(self) -> Driver:
        """What the Browser library drives the browser with."""
        timeouts = self.profile.timeouts
        # Nothing waits longer in one call than for a page; the Browser library itself waits ten seconds.
        driver = take_over(self.browser, self.scratch, self._early)
        driver.seconds = max(timeouts.page, _LIBRARY_SECONDS) + timeouts.browser
        driver.browser_seconds = timeouts.browser
        if not self._noted:
            note_scratch(self.scratch, Path(BuiltIn().get_variable_value("${OUTPUT DIR}")) / "run.scratch")
            self._noted = True
        return driver

    def start_driver_early(self) -> None:
        """Let the driver start while the other libraries are imported; not when nothing is going to be run.

        The output directory is not touched: another run may be in it.
        """
        context = EXECUTION_CONTEXTS.current
        if context is None or context.dry_run:
            return
        try:
            browser = self.browser
        except RuntimeError:  # it is imported later, or not at all
            return
        if browser._playwright is None:
            self._early = Driver(browser, self.scratch)
            self._early.start_early()
