"""Keywords for the sandbox as a process: start, details, stop."""

from __future__ import annotations

from pathlib import Path

from robot.api import logger
from robot.api.deco import keyword
from robot.api.types import Secret
from robot.libraries.BuiltIn import BuiltIn

from chukyso.errors import ChukysoError, Code
from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.details import SandboxDetails
from chukyso.sandbox.options import SandboxOptions, ScenarioOptions


class Running:
    """The sandbox that is running, and the suite that it belongs to."""

    def __init__(self) -> None:
        self._sandbox: Sandbox | None = None
        self._suite = ""

    @property
    def sandbox(self) -> Sandbox:
        """The running sandbox.

        Raises:
            ChukysoError: ``SANDBOX_FAILED`` when there is none.
        """
        if self._sandbox is None:
            raise ChukysoError(Code.SANDBOX_FAILED, "no sandbox runs", reason="chưa gọi Start Sandbox")
        return self._sandbox

    def own(self, sandbox: Sandbox, suite: str) -> None:
        self._sandbox, self._suite = sandbox, suite

    @property
    def is_free(self) -> bool:
        return self._sandbox is None

    def is_of(self, suite: str) -> bool:
        """Whether one runs that this suite started."""
        return self._sandbox is not None and self._suite == suite

    def suite_ended(self, suite: str) -> None:
        """Stop the sandbox when it was started in this suite."""
        if suite == self._suite:
            self.stop()

    def stop(self) -> None:
        sandbox, self._sandbox, self._suite = self._sandbox, None, ""
        if sandbox is not None:
            sandbox.stop()


class ProcessKeywords:
    """Start, wait for, stop."""

    def __init__(self, running: Running) -> None:
        self._running = running

    @keyword(tags=["Sandbox"])
    def start_sandbox(
        self, *, password: Secret | None = None, pin: Secret | None = None, state_file: Path | None = None
    ) -> None:
        """Start a sandbox and return at once; it becomes ready while the run goes on.

        It is stopped when the suite that started it ends, with all its files. When the suite has one already, because a
        test is run again, that one goes on: another sandbox would be another portal. The
        secrets reach the sandbox's process through its standard input, never through its arguments or environment.

        - ``password``: the account's password; random by default.
        - ``pin``: the token's PIN; eight random digits by default.
        - ``state_file``: file with the details of a sandbox to be used instead of starting one; it goes on at the end.

        ```robotframework
        Start Sandbox
        ```
        """
        suite = str(BuiltIn().get_variable_value("${SUITE NAME}"))
        if self._running.is_of(suite):
            logger.info("The sandbox that this suite started goes on.")
            return
        if not self._running.is_free:
            raise ChukysoError(Code.SANDBOX_FAILED, "a sandbox runs already", reason="sandbox đã chạy")
        if state_file is not None:
            self._running.own(Sandbox.attach(state_file), suite)
            return
        scenario = ScenarioOptions(
            password=password.value if password is not None else None, pin=pin.value if pin is not None else None
        )
        sandbox = Sandbox(SandboxOptions(scenario=scenario))
        self._running.own(sandbox, suite)
        sandbox.start()

    @keyword(tags=["Sandbox", "Getter"])
    def get_sandbox_details(self) -> SandboxDetails:
        """Wait until the sandbox is ready and return where everything is.

        The returned object has, among others, the attributes `portal_url`, `tax_code`, `unit_code`, `token_module`,
        `token_environment`, `token_serial`, `password_reference`, `pin_reference`, `registered_serial`, `new_serial`
        and `root_certificate`.

        ```robotframework
        ${sandbox}    Get Sandbox Details
        Log    ${sandbox.portal_url}
        ```
        """
        details = self._running.sandbox.details
        logger.info(f"Portal {details.portal_url}, account {details.tax_code}, token {details.token_serial}")
        return details

    @keyword(tags=["Sandbox"])
    def save_sandbox_root(self, *, path: Path) -> None:
        """Copy the root certificate, so that signatures can still be checked when the sandbox is gone.

        - ``path``: PEM file to write.

        ```robotframework
        Save Sandbox Root    path=${OUTPUT_DIR}${/}evidence${/}sandbox-root.pem
        ```
        """
        path.write_bytes(self._running.sandbox.details.root_certificate.read_bytes())

    @keyword(tags=["Sandbox"])
    def stop_sandbox(self) -> None:
        """Stop the sandbox now and remove its files. Does nothing when none runs.

        ```robotframework
        Stop Sandbox
        ```
        """
        self._running.stop()
