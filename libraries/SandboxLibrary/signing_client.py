"""Keywords for the sandbox's own signing client: its installation, and what goes wrong with it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from robot.api.deco import keyword

from chukyso.sandbox.portal.model import LoginWay, SigningWay
from chukyso.sandbox.signing_client.faults import ClientFault, Request
from chukyso.sandbox.signing_client.installation import Installation, install
from SandboxLibrary.process import Running


class SigningClientKeywords:
    """The client of the account that the sandbox started with."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._installed: list[Installation] = []

    @keyword(tags=["Sandbox"])
    def install_signing_client(
        self, user_data: Path, *, command: list[str], environment: dict[str, str], pin_window: str = "accept"
    ) -> None:
        """Register the sandbox's signing client with the browser of a user data directory, until the sandbox stops.

        The extension is not part of it: the browser loads that from `client_extension` of the sandbox's details.

        - ``user_data``: the browser's user data directory; made when missing.
        - ``command``: the program that shows the client's windows, and its arguments.
        - ``environment``: what that program needs in its environment.
        - ``pin_window``: which kind of PIN window it shows.

        ```robotframework
        Install Signing Client    ${user_data}    command=${command}    environment=${environment}
        ```
        """
        details = self._running.sandbox.details
        client = install(details, user_data, command=command, environment=environment, pin_window=pin_window)
        self._installed.append(client)

    @keyword(tags=["Sandbox", "Setter"])
    def set_client_fault(
        self,
        fault: ClientFault,
        *,
        on: Request | None = None,
        time: timedelta = timedelta(seconds=3),
        tax_code: str | None = None,
    ) -> None:
        """Let the signing client go wrong from its next request on. `NONE` takes the fault back.

        - ``fault``: what goes wrong: its registration, the program, or one of its windows.
        - ``on``: the one request that it hits, if not those that it usually hits.
        - ``time``: how late a window is, or how long it stays.
        - ``tax_code``: the account.

        ```robotframework
        Set Client Fault    not-registered
        Set Client Fault    window-late    on=SIGN    time=12s
        ```
        """
        account = tax_code or self._running.sandbox.details.tax_code
        milliseconds = round(time.total_seconds() * 1000)
        self._running.sandbox.control.client_fault(account, fault, on=on, milliseconds=milliseconds)

    @keyword(tags=["Sandbox", "Setter"])
    def set_portal_ways(self, *, signing: SigningWay | None = None, login: LoginWay | None = None) -> None:
        """Change how the portal's page signs and how one logs in, from the next page on.

        - ``signing``: by the signing agent, or by the client.
        - ``login``: with a password and a captcha, or by a person who confirms elsewhere.

        ```robotframework
        Set Portal Ways    signing=client    login=person
        ```
        """
        self._running.sandbox.control.ways(signing=signing, login=login)

    def take_back(self) -> None:
        """Take the registrations back; of Windows' registry nobody else would."""
        for client in self._installed:
            client.remove()
        self._installed.clear()
