"""Keywords that open a token and read its certificates."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from robot.api import logger
from robot.api.deco import keyword
from robot.api.types import Secret

from chukyso.certificate import Certificate
from chukyso.pin.entry import require_pinentry
from chukyso.pin.gate import pass_pin_gate, refuse_risky_state
from chukyso.taxcode import parse_tax_code
from chukyso.token.choose import choose_certificate
from chukyso.token.client import TokenWorker
from chukyso.token.discovery import find_module
from chukyso.token.model import TokenInfo, tell_unreadable
from ChukysoKeywords import given_path
from TokenLibrary.session import NewCertificate, OpenedToken, Session, module_path


class TokenKeywords:
    """Tokens and certificates."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @keyword(tags=["Token"])
    def open_token(
        self, module: Path | None = None, *, serial: str | None = None, environment: dict[str, str] | None = None
    ) -> OpenedToken:
        """Open a token and return what it says about itself. What was open before is closed.

        The module runs in a process of its own that knows none of this run's secrets.

        - ``module``: the PKCS#11 module; when empty, the installed one that sees the token.
        - ``serial``: serial number of the token; may be empty when there is only one.
        - ``environment``: variables that the module needs, such as ``SOFTHSM2_CONF``.

        Fails with ``MODULE_NOT_FOUND``, ``MODULE_WRONG_MACHINE``, ``MODULE_LOAD_FAILED``, ``TOKEN_NOT_FOUND``,
        ``TOKEN_AMBIGUOUS``.

        ```robotframework
        ${token}    Open Token    module=${run.token_module}    environment=${run.token_environment}
        ```
        """
        wanted = str(path) if (path := given_path(module)) else None
        variables = dict(environment or {})
        worker = TokenWorker(find_module(wanted, serial=serial, environment=variables), variables)
        info = self._session.open(worker, serial or None)
        return OpenedToken(
            info.serial,
            info.label,
            info.manufacturer,
            info.model,
            module_path(worker),
            info.pin_state.value,
            info.pin_pad,
        )

    @keyword(name="Check Token PIN", tags=["Token"])
    def check_token_pin(self, pin: Secret | None = None, *, by_person: bool = False) -> None:
        """Check that a login may be tried on the open token, long before it is. Nothing is tried here.

        - ``pin``: the PIN that is to be used, as a Robot ``Secret``; without one only the token is looked at.
        - ``by_person``: a person will enter the PIN. A token that saw a wrong PIN before may then be used, and where
          it has no keypad a ``pinentry`` program must be installed.

        Fails with ``PIN_LOCKED``, ``PIN_FINAL_TRY``, ``PIN_COUNT_LOW``, ``PIN_CHARACTER``, ``PIN_NOT_ASCII``,
        ``PIN_LENGTH``, ``PIN_FAILED_BEFORE``, ``PIN_UNHEARD``, ``PIN_MEMORY_UNREADABLE``, ``PINENTRY_MISSING``,
        ``TOKEN_NOT_READY``, ``TOKEN_NOT_FOUND``.

        ```robotframework
        Check Token PIN    ${pin}
        ```
        """
        worker = self._session.worker
        info = worker.token(self._session.token.serial)
        refuse_risky_state(info, unattended=not (by_person or info.pin_pad))
        if info.pin_pad:
            return
        if by_person:
            require_pinentry()
        if pin is not None:
            pass_pin_gate(worker, info, pin.value)

    @keyword(tags=["Token"])
    def close_token(self) -> None:
        """Stop the signer and end the token's process. Does nothing when no token is open.

        ```robotframework
        Close Token
        ```
        """
        self._session.close()

    @keyword(tags=["Token"])
    def list_tokens(self) -> list[TokenInfo]:
        """Return all tokens that the module of the open token sees: ``serial``, ``label``, ``pin_state``, …

        Fails with ``TOKEN_ERROR`` or ``TOKEN_TIMEOUT``.

        ```robotframework
        ${tokens}    List Tokens
        Log    ${tokens[0].label}
        ```
        """
        return self._session.worker.tokens()

    @keyword(tags=["Certificate"])
    def list_certificates(self) -> list[Certificate]:
        """Return the certificates of the open token: ``serial``, ``tax_code``, ``owner``, ``issuer``, ``not_before``, …

        No PIN is needed. Fails with ``TOKEN_GONE``, ``CERT_UNREADABLE``.

        ```robotframework
        ${certificates}    List Certificates
        Log    ${certificates[0].owner}
        ```
        """
        return [entry.certificate for entry in self._session.worker.certificates(self._session.token.serial)]

    @keyword(tags=["Certificate"])
    def choose_new_certificate(
        self, tax_code: str, *, registered_serial: str = "", wanted_serial: str | None = None
    ) -> NewCertificate:
        """Return the certificate that is to replace the registered one; ``already_registered`` when it is that one.

        It is the valid one with this MST and the latest end that is not registered, or the one that is asked for.

        - ``tax_code``: MST of the account.
        - ``registered_serial``: serial of the certificate that the portal has, in any spelling; empty when none.
        - ``wanted_serial``: take this one, whatever else there is; empty for the rule.

        Fails with ``CERT_NOT_FOUND``, ``CERT_MST_MISMATCH``, ``CERT_SERIAL_NOT_FOUND``, ``CERT_EXPIRED``,
        ``CERT_NOT_YET_VALID``, ``CERT_KEY_MISSING``, ``CERT_UNREADABLE``. A certificate that cannot be read and is not
        needed is a warning.

        ```robotframework
        ${choice}    Choose New Certificate    0101234565    registered_serial=${registered}
        ```
        """
        contents = self._session.worker.contents(self._session.token.serial)
        choice = choose_certificate(
            contents.certificates,
            parse_tax_code(tax_code),
            registered_serial or None,
            wanted_serial or None,
            datetime.now(UTC),
            unreadable=contents.unreadable,
        )
        if contents.unreadable:
            logger.warn(f"Token có chứng thư số không đọc hoặc không dùng được: {tell_unreadable(contents.unreadable)}")
        certificate = choice.certificate.certificate
        logger.info(f"Certificate {certificate.serial}, {certificate.not_before} to {certificate.not_after}")
        return NewCertificate(certificate, choice.already_registered, choice.certificate)
