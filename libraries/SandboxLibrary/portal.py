"""Keywords for what the sandbox's portal does not show: captcha answers, faults, sessions, accounts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from robot.api.deco import keyword
from robot.api.types import Secret

from chukyso.pin.gate import PinState
from chukyso.sandbox.details import SandboxDetails
from chukyso.sandbox.mail_kinds import MailKind
from chukyso.sandbox.options import CertificateKind, MailOptions, ScenarioOptions
from chukyso.sandbox.portal.model import FaultKind, FaultWhere, Layout
from SandboxLibrary.process import Running


class PortalKeywords:
    """What no page can ask the portal for. An account is the sandbox's own unless its tax code is given."""

    def __init__(self, running: Running) -> None:
        self._running = running

    @keyword(tags=["Sandbox", "Getter"])
    def get_captcha_answer(self, image: str) -> str:
        """Return the answer to a captcha of the sandbox's portal.

        - ``image``: the captcha's picture as the page has it in `src`, a data URI.

        ```robotframework
        ${picture}    Get Captcha Picture
        ${answer}    Get Captcha Answer    ${picture}
        Fill In    login.captcha    ${answer}
        ```
        """
        return self._running.sandbox.control.captcha_answer(image)

    @keyword(tags=["Sandbox", "Setter"])
    def set_portal_fault(
        self, where: FaultWhere, kind: FaultKind, *, times: int = 1, tax_code: str | None = None
    ) -> None:
        """Let the account's next calls of the portal go wrong.

        - ``where``: which call: log in, read the form, prepare the document, submit it.
        - ``kind``: what goes wrong. `DROP_AFTER` loses the answer after everything was stored.
        - ``times``: how many calls; 0 takes the fault back.
        - ``tax_code``: the account.

        ```robotframework
        Set Portal Fault    submit    drop-after
        Set Portal Fault    login    error-500    times=2
        ```
        """
        self._running.sandbox.control.fault(self._account(tax_code), where, kind, times)

    @keyword(tags=["Sandbox", "Setter"])
    def expire_portal_sessions(self, *, tax_code: str | None = None) -> int:
        """End the account's sessions on the portal and return how many there were.

        - ``tax_code``: the account.

        ```robotframework
        Expire Portal Sessions
        ```
        """
        return self._running.sandbox.control.expire_sessions(self._account(tax_code))

    @keyword(tags=["Sandbox", "Setter"])
    def lock_portal_account(self, *, locked: bool = True, tax_code: str | None = None) -> None:
        """Lock or unlock the account on the portal.

        - ``locked``: whether it is locked from now on.
        - ``tax_code``: the account.

        ```robotframework
        Lock Portal Account
        ```
        """
        self._running.sandbox.control.lock_account(self._account(tax_code), locked=locked)

    @keyword(tags=["Sandbox", "Setter"])
    def register_certificate_meanwhile(self, serial: str, *, tax_code: str | None = None) -> None:
        """Register a certificate for the account, as if somebody did it in another session meanwhile.

        Nothing is submitted for it, and the account's history does not show it.

        - ``serial``: serial of a certificate of this or another scenario, as its details have it.
        - ``tax_code``: the account.

        ```robotframework
        Register Certificate Meanwhile    ${sandbox.new_serial}
        ```
        """
        self._running.sandbox.control.register(self._account(tax_code), serial)

    @keyword(tags=["Sandbox", "Setter"])
    def set_portal_layout(self, layout: Layout) -> None:
        """Change how the portal's pages look, for everybody, from the next request on.

        - ``layout``: as usual, or rebuilt: other words, another button and field, only another field, no captcha.

        ```robotframework
        Set Portal Layout    changed
        ```
        """
        self._running.sandbox.control.layout(layout)

    @keyword(tags=["Sandbox"])
    def create_scenario(
        self,
        *certificates: CertificateKind,
        registered: CertificateKind = CertificateKind.REGISTERED,
        units: int = 1,
        token: bool = True,
        second_token: bool = False,
        pin_state: PinState = PinState.OK,
        locked: bool = False,
        password: Secret | None = None,
        pin: Secret | None = None,
    ) -> SandboxDetails:
        """Add an account with a token of its own to the sandbox and return its details.

        - ``certificates``: what the token holds; the registered and a new certificate by default.
        - ``registered``: which kind the portal has registered. With `NEW` there is nothing left to do.
        - ``units``: how many units the account has.
        - ``token``: whether there is a token at all.
        - ``second_token``: whether another account's token is plugged in too.
        - ``pin_state``: what the token remembers of earlier tries.
        - ``locked``: whether the account is locked on the portal.
        - ``password``: the account's password; random by default.
        - ``pin``: the token's PIN; random by default.

        ```robotframework
        ${account}    Create Scenario    units=3
        ${account}    Create Scenario    registered    expired
        ```
        """
        options = ScenarioOptions(
            certificates=certificates or ScenarioOptions().certificates,
            registered=registered,
            units=units,
            token=token,
            second_token=second_token,
            pin_state=pin_state,
            locked=locked,
            password=password.value if password is not None else None,
            pin=pin.value if pin is not None else None,
        )
        return self._running.sandbox.control.scenario(options)

    @keyword(tags=["Sandbox", "Setter"])
    def revoke_sandbox_certificate(self, serial: str) -> None:
        """Revoke a certificate that the sandbox's authority issued.

        - ``serial``: its serial in hex.

        ```robotframework
        Revoke Sandbox Certificate    ${sandbox.new_serial}
        ```
        """
        self._running.sandbox.control.revoke(serial)

    @keyword(tags=["Sandbox", "Getter"])
    def get_account_state(self, *, tax_code: str | None = None) -> dict[str, Any]:
        """Return what the portal has stored for the account.

        The dictionary has `tax_code`, `registered_serial`, `email`, `phone`, `locked`, `failed_logins` (wrong passwords
        since the last login), `history` (changes, oldest first), `submissions` (their ids) and `faults` (those of `Set
        Portal Fault` that its calls have met, oldest first, as `where kind`).

        - ``tax_code``: the account.

        ```robotframework
        ${state}    Get Account State
        Should Be Equal    ${state}[registered_serial]    ${sandbox.registered_serial}
        ```
        """
        return self._running.sandbox.control.account(self._account(tax_code))

    @keyword(tags=["Sandbox", "Setter"])
    def set_mail_server(self, host: str = "", port: int = 0, *, delay: timedelta = timedelta()) -> None:
        """Say where the portal sends its result mails from now on. Without a host it sends none, as at the start.

        - ``host``: SMTP server, without TLS and login: one on this machine.
        - ``port``: its port.
        - ``delay``: how long after an accepted change.

        ```robotframework
        Set Mail Server    127.0.0.1    2525    delay=3s
        ```
        """
        options = MailOptions(host, port, delay.total_seconds()) if host else None
        self._running.sandbox.control.mail_server(options)

    @keyword(tags=["Sandbox"])
    def send_result_mail(
        self, kind: MailKind = MailKind.ACCEPTED, *, times: int = 1, tax_code: str | None = None
    ) -> None:
        """Send a mail about the account's last change now, whatever it has been sent before.

        - ``kind``: what mail: the notice that the change was accepted or refused, or one that must not be believed.
        - ``times``: how many of them.
        - ``tax_code``: the account.

        ```robotframework
        Send Result Mail
        Send Result Mail    spoofed-domain
        ```
        """
        self._running.sandbox.control.mail(self._account(tax_code), kind, times)

    def _account(self, tax_code: str | None) -> str:
        return tax_code or self._running.sandbox.details.tax_code
