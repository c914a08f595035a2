"""Keywords that open a token and read its certificates."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from robot.api import logger
from robot.api.deco import keyword

from chukyso.certificate import Certificate
from chukyso.taxcode import parse_tax_code
from chukyso.token.choose import choose_certificate
from chukyso.token.client import TokenWorker
from chukyso.token.model import TokenInfo
from chukyso.token.modules import find_module
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

        - ``module``: the PKCS#11 module; a well-known one that is installed when empty.
        - ``serial``: serial number of the token; may be empty when there is only one.
        - ``environment``: variables that the module needs, such as ``SOFTHSM2_CONF``.

        The module runs in a process of its own that knows none of this run's secrets.

        Fails with ``MODULE_NOT_FOUND``, ``MODULE_WRONG_MACHINE``, ``MODULE_LOAD_FAILED``, ``TOKEN_NOT_FOUND``,
        ``TOKEN_AMBIGUOUS``.
        """
        # Robot turns an empty variable into Path("."), which is no module.
        wanted = str(module) if module and module != Path() else None
        worker = TokenWorker(find_module(wanted), dict(environment or {}))
        info = self._session.open(worker, serial or None)
        return OpenedToken(
            info.serial, info.label, info.manufacturer, info.model, module_path(worker), info.pin_state.value
        )

    @keyword(tags=["Token"])
    def close_token(self) -> None:
        """Stop the signing agent and end the token's process. Does nothing when no token is open."""
        self._session.close()

    @keyword(tags=["Token"])
    def list_tokens(self) -> list[TokenInfo]:
        """Return all tokens that the module of the open token sees: ``serial``, ``label``, ``pin_state``, …

        Fails with ``TOKEN_ERROR`` or ``TOKEN_TIMEOUT``.
        """
        return self._session.worker.tokens()

    @keyword(tags=["Certificate"])
    def list_certificates(self) -> list[Certificate]:
        """Return the certificates of the open token: ``serial``, ``tax_code``, ``owner``, ``issuer``, ``not_before``, …

        No PIN is needed. Fails with ``TOKEN_GONE``, ``CERT_UNREADABLE``.
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
        ``CERT_NOT_YET_VALID``, ``CERT_KEY_MISSING``.
        """
        choice = choose_certificate(
            self._session.worker.certificates(self._session.token.serial),
            parse_tax_code(tax_code),
            registered_serial or None,
            wanted_serial or None,
            datetime.now(UTC),
        )
        certificate = choice.certificate.certificate
        logger.info(f"Certificate {certificate.serial}, {certificate.not_before} to {certificate.not_after}")
        return NewCertificate(certificate, choice.already_registered, choice.certificate)
