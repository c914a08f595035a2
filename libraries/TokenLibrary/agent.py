"""Keywords that start and stop the signing agent and give consent to what it may tell the page."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from robot.api.deco import keyword

from chukyso.agent.core.config import AgentConfig, Timeouts, origin_of
from chukyso.agent.server import SigningAgent
from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.lenient import read_pem
from TokenLibrary.session import NewCertificate, Session


class AgentKeywords:
    """The signing agent."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @keyword(tags=["Signing agent"])
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
        """Start the signing agent for one portal and return its address for the page, ``ws://127.0.0.1:PORT/v1``.

        It signs with the open token. One that runs already is stopped.

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
        """
        seconds = timeout.total_seconds()
        config = AgentConfig(
            origins=(origin_of(origin),),
            token_serial=self._session.token.serial,
            document_type=document_type,
            document_title=document_title,
            place=place,
            pin_accept_text=pin_accept_text,
            chain=_read_chain(chain),
            timeouts=Timeouts(consent=seconds, window=seconds),
            pin_by_person=pin_by_person,
        )
        agent = SigningAgent(config, self._session.worker)
        self._session.start(agent)
        return agent.url

    @keyword(tags=["Signing agent"])
    def stop_signing_agent(self) -> None:
        """Stop the signing agent and log what it refused. Does nothing when none runs."""
        self._session.stop_agent()

    @keyword(tags=["Signing agent"])
    def offer_certificate(self, certificate: NewCertificate | Certificate | str) -> None:
        """Consent to give the page one certificate, once: now, or as soon as it asks. No other may sign afterwards.

        - ``certificate``: what `Choose New Certificate` returned, a certificate of the open token, or its serial.

        Fails with ``CERT_SERIAL_NOT_FOUND``, ``TOKEN_NOT_FOUND``.
        """
        if isinstance(certificate, NewCertificate):
            entry = certificate.entry
        else:
            entry = self._session.entry(certificate if isinstance(certificate, str) else certificate.serial)
        self._session.agent.offer(entry)


def _read_chain(path: Path | None) -> tuple[bytes, ...]:
    if path is None or path == Path():
        return ()
    try:
        return read_pem(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ChukysoError(
            Code.OPTION_INVALID, str(error), name="chain", reason="không phải tệp chứng thư số PEM"
        ) from error
