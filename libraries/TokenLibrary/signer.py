"""Keywords that start and stop whoever serves the page's signing request, and say what the page may be told."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from robot.api import logger
from robot.api.deco import keyword
from robot.libraries.BuiltIn import BuiltIn

from chukyso.agent.core.config import AgentConfig, Timeouts, origin_of
from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.lenient import read_pem
from chukyso.portal.declaring import SignerKind
from chukyso.portal.profile import Profile
from chukyso.signer.agent import AgentSigner
from ChukysoKeywords import given_path
from TokenLibrary.session import NewCertificate, Session


class SignerKeywords:
    """Whoever serves the page's signing request."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @keyword(tags=["Signer"])
    def start_signer(
        self,
        profile: Profile,
        origin: str,
        *,
        pin_by_person: bool = False,
        by_operator: bool = False,
        desktop: Any = None,
        client_folder: str = "",
        timeout: timedelta = timedelta(minutes=3),
    ) -> str:
        """Start what serves the signing requests of a portal, as its profile says.

        Returns what the page must be told to find it: of our signing agent its address, ``ws://127.0.0.1:PORT/v1``; of
        the portal's own client nothing. One that runs already is stopped.

        - ``profile``: the portal's profile; its table ``[signer]`` says which signer.
        - ``origin``: address of the portal.
        - ``pin_by_person``: as for `Start Signing Agent`; with the client: a person types the PIN into its window.
        - ``by_operator``: a person presses the buttons of the client's windows, and is watched.
        - ``desktop``: where the client's windows are; those of this Windows session when there is none.
        - ``client_folder``: what stands for ``%SANDBOX_CLIENT%`` in the profile's folders.
        - ``timeout``: how long the page's request for a certificate, and each window, may wait.

        Fails with ``OPTION_INVALID``, and with ``DESKTOP_UNSUPPORTED`` where no native windows can be had.

        ```robotframework
        ${signer}    Start Signer    ${run.profile}    ${run.portal_url}    timeout=2 min
        ```
        """
        settings = profile.signer
        if settings.kind is SignerKind.CLIENT:
            from chukyso.desktop.client import Desktop  # noqa: PLC0415 - few portals need it, every run imports this
            from chukyso.signer.client import ClientSigner  # noqa: PLC0415
            from chukyso.signer.client_windows import client_windows  # noqa: PLC0415

            folders = {"SANDBOX_CLIENT": client_folder}
            signer = ClientSigner(
                origin=origin_of(origin),
                windows=client_windows(profile, folders),
                desktop=desktop or Desktop(),
                token=self._session.worker,
                token_serial=self._session.token.serial,
                posts=_of_portal("posts"),
                told=_tell,
                pin_by_person=pin_by_person,
                by_operator=by_operator,
            )
            return self._session.start(signer)
        address: str = self.start_signing_agent(
            origin,
            document_type=settings.document_type,
            place=settings.signature_place,
            pin_by_person=pin_by_person,
            timeout=timeout,
        )
        return address

    @keyword(tags=["Signer"])
    def start_signing_agent(
        self,
        origin: str,
        *,
        document_type: str = "ThayDoiChuKySo",
        document_title: str = "Tờ khai thay đổi thông tin chữ ký số",
        place: str = "CKy_Dvi",
        pin_accept_text: str = "Chấp nhận",
        chain: Path | None = None,
        timeout: timedelta = timedelta(minutes=3),
        pin_by_person: bool = False,
    ) -> str:
        """Start our signing agent for one portal and return its address for the page, ``ws://127.0.0.1:PORT/v1``.

        It signs with the open token. A signer that runs already is stopped.

        - ``origin``: address of the portal; only pages of this origin are answered.
        - ``document_type``: root element that a document must have to be signed.
        - ``document_title``: what the windows call this type of document.
        - ``place``: name of the element that receives the signature.
        - ``pin_accept_text``: button of the PIN window.
        - ``chain``: PEM file with the issuers' certificates for the signature; those on the token when empty.
        - ``timeout``: how long the page's request for a certificate, and each window, may wait.
        - ``pin_by_person``: a person enters the PIN, on the token or in a dialog: `Enter Token PIN` without a PIN. A
          token that saw a wrong PIN before may then be used.

        Fails with ``OPTION_INVALID`` when this is no origin or no chain.

        ```robotframework
        ${signer}    Start Signing Agent    https://portal.example    timeout=2 min
        ```
        """
        seconds = timeout.total_seconds()
        config = AgentConfig(
            origins=(origin_of(origin),),
            token_serial=self._session.token.serial,
            document_type=document_type,
            document_title=document_title,
            place=place,
            pin_accept_text=pin_accept_text,
            chain=_read_chain(given_path(chain)),
            timeouts=Timeouts(consent=seconds, window=seconds),
            pin_by_person=pin_by_person,
        )
        return self._session.start(AgentSigner(config, self._session.worker, _of_portal("pages"), _tell))

    @keyword(tags=["Signer"])
    def stop_signer(self) -> None:
        """Stop the signer and log what it refused. Does nothing when none runs.

        ```robotframework
        Stop Signer
        ```
        """
        self._session.stop_signer()

    @keyword(tags=["Signer"])
    def offer_certificate(self, certificate: NewCertificate | Certificate | str) -> None:
        """Consent to give the page one certificate, once: now, or as soon as it asks. No other may sign afterwards.

        - ``certificate``: what `Choose New Certificate` returned, a certificate of the open token, or its serial.

        Fails with ``CERT_SERIAL_NOT_FOUND``, ``TOKEN_NOT_FOUND``.

        ```robotframework
        Offer Certificate    ${choice}
        ```
        """
        if isinstance(certificate, NewCertificate):
            entry = certificate.entry
        else:
            entry = self._session.entry(certificate if isinstance(certificate, str) else certificate.serial)
        self._session.signer.offer(entry)


def _tell(line: str) -> None:
    logger.console(f"\n    ✋ {line}")


def _of_portal(name: str) -> Any:
    """What the run's browser has for a signer, where there is one."""
    try:
        return getattr(BuiltIn().get_library_instance("PortalLibrary"), name)
    except RuntimeError:
        return None


def _read_chain(path: Path | None) -> tuple[bytes, ...]:
    if path is None:
        return ()
    try:
        return read_pem(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ChukysoError(
            Code.OPTION_INVALID, str(error), name="chain", reason="không phải tệp chứng thư số PEM"
        ) from error
