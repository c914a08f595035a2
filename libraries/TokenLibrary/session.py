"""What the components share: the open token, the running signer, the window that is open."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from robot.api import logger
from robot.libraries.BuiltIn import BuiltIn, RobotNotRunningError

from chukyso.certificate import Certificate, normalise_serial
from chukyso.errors import ChukysoError, Code
from chukyso.signer.protocol import Signer, SigningWindow
from chukyso.token.client import TokenWorker
from chukyso.token.model import TokenCertificate, TokenInfo


@dataclass(frozen=True)
class OpenedToken:
    """The open token, as `Open Token` returns it.

    Attributes:
        serial: Serial number; this names the token.
        label: Label.
        manufacturer: Maker of the chip, not the certificate authority.
        model: Model.
        module: Path of the PKCS#11 module.
        pin_state: What the token said about tries left when it was opened.
        pin_pad: The PIN is entered on the token itself; no run has or needs it.
    """

    serial: str
    label: str
    manufacturer: str
    model: str
    module: str
    pin_state: str
    pin_pad: bool = False


@dataclass(frozen=True)
class NewCertificate:
    """The new certificate, as `Choose New Certificate` returns it.

    Attributes:
        certificate: The certificate: ``serial``, ``tax_code``, ``owner``, ``issuer``, ``not_before``, ``not_after``.
        already_registered: It is the one that the portal has: there is nothing to do.
        entry: Where it is on the token.
    """

    certificate: Certificate
    already_registered: bool
    entry: TokenCertificate = field(repr=False)


class Session:
    """State of the library; one token and one signer at a time."""

    def __init__(self) -> None:
        self._worker: TokenWorker | None = None
        self._token: TokenInfo | None = None
        self._signer: Signer | None = None
        self.window: SigningWindow | None = None
        self.windows: list[SigningWindow] = []  # of the signer, that were opened
        self._suite = ""

    @property
    def worker(self) -> TokenWorker:
        if self._worker is None:
            raise ChukysoError(Code.UNEXPECTED, "no token is open: call Open Token first")
        return self._worker

    @property
    def token(self) -> TokenInfo:
        if self._token is None:
            raise ChukysoError(Code.UNEXPECTED, "no token is open: call Open Token first")
        return self._token

    @property
    def signer(self) -> Signer:
        if self._signer is None:
            raise ChukysoError(Code.AGENT_FAILED, "call Start Signer first", reason="chưa khởi động")
        return self._signer

    @property
    def open_window(self) -> SigningWindow:
        if self.window is None:
            raise ChukysoError(Code.UNEXPECTED, "no window: call Open Signing Window first")
        return self.window

    def open(self, worker: TokenWorker, serial: str | None) -> TokenInfo:
        """Take a worker over and find its token; what was open before is closed."""
        self.close()
        self._worker = worker
        self._suite = _suite_name()
        try:
            self._token = worker.token(serial)
        except ChukysoError:
            self.close()
            raise
        return self._token

    def start(self, signer: Signer) -> str:
        """Take a signer over and start it; the one before is stopped. Return what the page must be told."""
        self.stop_signer()
        self.windows = []
        self._signer = signer
        return signer.start()

    def entry(self, serial: str) -> TokenCertificate:
        """The certificate of the open token with this serial, in any spelling."""
        wanted = normalise_serial(serial, "certificate_serial")
        found = [each for each in self.worker.certificates(self.token.serial) if each.certificate.serial == wanted]
        if not found:
            raise ChukysoError(Code.CERT_SERIAL_NOT_FOUND, f"token {self.token.serial}", serial=wanted)
        return max(found, key=lambda each: each.has_key)

    def stop_signer(self) -> None:
        """Stop the signer, if one runs, and log what it refused."""
        signer, self._signer, self.window = self._signer, None, None
        if signer is None:
            return
        try:
            signer.stop()
        finally:
            for line in signer.log:
                logger.info(f"Signer: {line}")

    def close(self) -> None:
        """Stop the signer and end the token worker."""
        worker, self._worker, self._token = self._worker, None, None
        try:
            if worker:
                worker.close()  # first: a signature under way must not hold the signer up
        finally:
            self.stop_signer()

    def suite_ended(self, name: str) -> None:
        """Close everything when this is the suite that opened the token."""
        if self._suite == name:
            self.close()


def module_path(worker: TokenWorker) -> str:
    """Path of the worker's PKCS#11 module as text."""
    return str(Path(worker.module))


def _suite_name() -> str:
    try:
        return str(BuiltIn().get_variable_value("${SUITE NAME}"))
    except RobotNotRunningError:
        return ""
