"""Keywords for the sandbox's own signing client: its installation, and what goes wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from robot.api import logger
from robot.api.deco import keyword

from chukyso.errors import ChukysoError
from chukyso.prerequisites import check_native_windows
from chukyso.sandbox.details import SandboxDetails
from chukyso.sandbox.portal.model import LoginWay, SigningWay
from chukyso.sandbox.signing_client.faults import ClientFault, Request
from SandboxLibrary.process import Running

if TYPE_CHECKING:  # imported when a client is installed: few rehearsals have one, and it takes a tenth of a second
    from chukyso.desktop.client import Desktop
    from chukyso.sandbox.signing_client.installation import Installation
    from chukyso.sandbox.wine.session import WindowsSession

_WINDOWS: Final = "chukyso.sandbox.signing_client.windows_program"


@dataclass(frozen=True)
class InstalledClient:
    """The sandbox's signing client, as `Install Signing Client` returns it.

    Attributes:
        extension: Folder of the extension that the browser must load.
        folder: Folder of the program whose windows come, as Windows names it; "" when that is another one.
        desktop: Where these windows are; None as well.
    """

    extension: Path
    folder: str
    desktop: Desktop | None


class SigningClientKeywords:
    """The client of the account that the sandbox started with."""

    def __init__(self, running: Running) -> None:
        self._running = running
        self._installed: list[Installation] = []
        self._session: WindowsSession | None = None

    @keyword(tags=["Sandbox"])
    def install_signing_client(
        self,
        user_data: Path,
        *,
        command: list[str] | None = None,
        environment: dict[str, str] | None = None,
        pin_window: str = "accept",
        account: SandboxDetails | None = None,
    ) -> InstalledClient:
        """Register the sandbox's signing client with the browser of a user data directory, until the sandbox stops.

        Its windows are those of this Windows session, or on Linux of a small Windows under Wine, which is started and
        made where it is not there yet. Return the folder of the extension that the browser must load, the folder of the
        program whose windows come, and where these windows are.

        - ``user_data``: the browser's user data directory; made when missing.
        - ``command``: another program that shows the client's windows, and its arguments.
        - ``environment``: what that program needs in its environment.
        - ``pin_window``: which kind of PIN window it shows.
        - ``account``: whose token it uses, as `Create Scenario` returns it; by default the sandbox's own account's.

        Fails with ``WINE_MISSING``, ``WINE_FAILED``.

        ```robotframework
        ${client}    Install Signing Client    ${user_data}    pin_window=verify-user-pin
        Use Signing Client    ${client.extension}    ${client.folder}
        ```
        """
        from chukyso.sandbox.signing_client.installation import install  # noqa: PLC0415
        from chukyso.sandbox.wine.session import WindowsSession  # noqa: PLC0415

        details = account or self._running.sandbox.details
        session = None
        if command is None:
            session = self._session = self._session or WindowsSession(tell=lambda line: logger.console(f"    {line}"))
            session.start()
            command, environment = session.command(_WINDOWS), session.environment
        client = install(details, user_data, command=command, environment=environment or {}, pin_window=pin_window)
        self._installed.append(client)
        folder = session.program_folder if session else ""
        desktop = session.desktop() if session else None
        return InstalledClient(Path(details.client_extension), folder, desktop)

    @keyword(tags=["Sandbox", "Getter"])
    def missing_for_native_windows(self) -> str:
        """Return what this machine lacks for the client's windows, Vietnamese, with what to install; empty for nothing.

        ```robotframework
        ${missing}    Missing For Native Windows
        Skip If    $missing    ${missing}
        ```
        """
        try:
            check_native_windows()
        except ChukysoError as error:
            return error.happened
        return ""

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
        session, self._session = self._session, None
        if session:
            session.stop()
