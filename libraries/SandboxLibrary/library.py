"""The library class: it lists the components and stops what a suite left running."""

from __future__ import annotations

from typing import Any, ClassVar

from ChukysoKeywords import ChukysoKeywords
from SandboxLibrary.portal import PortalKeywords
from SandboxLibrary.process import ProcessKeywords, Running
from SandboxLibrary.signing_client import SigningClientKeywords


class SandboxLibrary(ChukysoKeywords):
    """Keywords for the *sandbox*: a replica portal with its own certificate authority and a software token.

    The sandbox runs as a process of its own on free ports of this machine and is gone, with its files, when the suite
    that started it ends. It is for rehearsal and tests: nothing that works on a real portal imports this library.

    ```robotframework
    *** Settings ***
    Library           Browser
    Library           SandboxLibrary
    Suite Setup       Start Sandbox

    *** Test Cases ***
    The Portal Answers
        ${sandbox}    Get Sandbox Details
        New Page    ${sandbox.portal_url}
    ```

    `Start Sandbox` returns at once; `Get Sandbox Details` waits. Whatever takes time, such as starting a browser,
    is best done between the two.
    """

    ROBOT_LISTENER_API_VERSION: ClassVar[int] = 3

    def __init__(self, language: str = "") -> None:
        """Import the library.

        - ``language``: ``vi`` for keyword names and documentation in Vietnamese; the English names work, too.
        """
        self.ROBOT_LIBRARY_LISTENER = self
        self._running = Running()
        self._client = SigningClientKeywords(self._running)
        super().__init__([ProcessKeywords(self._running), PortalKeywords(self._running), self._client], language)

    def _end_suite(self, data: Any, result: Any) -> None:  # noqa: ARG002 - the listener interface gives both
        if self._running.is_of(data.full_name):
            self._client.take_back()
        self._running.suite_ended(data.full_name)

    def _close(self) -> None:
        self._client.take_back()
        self._running.stop()
