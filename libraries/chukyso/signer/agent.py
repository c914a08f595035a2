"""Our signing agent as the signer of a run: its windows are pages of the run's browser."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, Literal

from chukyso.agent.consent.wording import accept_text
from chukyso.agent.core.config import AgentConfig
from chukyso.agent.core.operation import SignedResult, SigningRequest, Window
from chukyso.agent.server import SigningAgent
from chukyso.certificate import ShownCertificate
from chukyso.errors import ChukysoError, Code
from chukyso.portal.document import Expected, check_ours, read_change
from chukyso.signer.page_window import Elements, PageWindow
from chukyso.signer.pin_dialog import ask_pin
from chukyso.signer.protocol import Pages, WindowKind
from chukyso.token.client import TokenWorker
from chukyso.token.model import TokenCertificate

_LOG = logging.getLogger("chukyso.signer")
_CERTIFICATE: Final = ShownCertificate(
    serial='[data-field="serial"]',
    owner='[data-field="owner"]',
    tax_code='[data-field="taxCode"]',
    issuer='[data-field="issuer"]',
    valid_from='[data-field="validFrom"]',
    valid_to='[data-field="validTo"]',
)
_CANCEL: Final = 'role=button[name="Hủy"]'
_WITHOUT_PIN_PAD, _WITH_PIN_PAD = 60.0, 180.0  # seconds; the token worker gives up before


class AgentSigner:
    """See ``signer.protocol.Signer``.

    Args:
        config: How the agent is set up.
        token: The worker of the open token.
        pages: The run's browser; None where somebody else opens the windows by their addresses.
        told: Called with a Vietnamese line for the person who is to give the PIN.
    """

    kind: Literal["agent", "client"] = "agent"
    sees_document = True
    person_may_be_faster = False  # the PIN window's button waits for `release`

    def __init__(
        self, config: AgentConfig, token: TokenWorker, pages: Pages | None, told: Callable[[str], object]
    ) -> None:
        self.config = config
        self._agent = SigningAgent(config, token)
        self._pages = pages
        self._told = told
        self._request: SigningRequest | None = None

    @property
    def request(self) -> SigningRequest:
        """The request that the run is about."""
        if self._request is None:
            raise ChukysoError(Code.UNEXPECTED, "no request: wait for it first")
        return self._request

    @property
    def log(self) -> list[str]:
        """See ``Signer``."""
        return self._agent.log

    def start(self) -> str:
        """Listen, and return the address for the page, ``ws://127.0.0.1:PORT/v1``."""
        return self._agent.start().url

    def stop(self) -> None:
        """See ``Signer``."""
        self._agent.stop()

    def offer(self, certificate: TokenCertificate) -> None:
        """See ``Signer``."""
        self._agent.offer(certificate)

    def wait_for_request(self, seconds: float) -> SigningRequest | None:
        """See ``Signer``.

        Raises:
            ChukysoError: ``DOCUMENT_INVALID`` or ``REQUEST_NOT_OURS`` when the agent had to refuse a request.
        """
        request = self._agent.wait_for_request(seconds)
        self._request = request or self._request
        return request

    def check(self, expected: Expected, document_type: str | None = None) -> None:
        """See ``Signer``.

        Raises:
            ChukysoError: ``REQUEST_NOT_OURS``, naming the first difference; ``DOCUMENT_INVALID``.
        """
        request, config = self.request, self.config
        try:
            change = read_change(
                request.document, document_type=document_type or config.document_type, place=config.place
            )
            check_ours(change, request.certificate, expected)
        except ChukysoError as error:
            self._agent.refuse(request, error)
            raise

    def approve(self) -> None:
        """See ``Signer``.

        Raises:
            ChukysoError: ``PIN_LOCKED``, ``PIN_FINAL_TRY``, ``PIN_COUNT_LOW``, ``TOKEN_NOT_FOUND``, ``TOKEN_GONE``.
        """
        self._agent.approve(self.request)

    def address(self, kind: WindowKind) -> str:
        """The address of one of the request's windows. Whoever has it can press its buttons."""
        request = self.request
        return request.certificate_window if kind is WindowKind.CERTIFICATE else request.pin_window

    def window(self, kind: WindowKind) -> PageWindow:
        """See ``Signer``. The PIN window follows on the page of the certificate window, once OK was pressed."""
        if self._pages is None:
            raise ChukysoError(Code.UNEXPECTED, "no browser to show windows in: import PortalLibrary, too")
        if kind is WindowKind.CERTIFICATE:
            elements = Elements(
                _CERTIFICATE.serial, _button(Window.CERTIFICATE, self.config), _CANCEL, certificate=_CERTIFICATE
            )
            return PageWindow(kind, self._pages, elements, self.address(kind), self._raise_what_ended_it)
        accept = _button(Window.PIN, self.config)
        elements = Elements('[data-field="pin"]', accept, _CANCEL, pin='[data-field="pin"]:not([value=""])')
        return PageWindow(kind, self._pages, elements, "", self._raise_what_ended_it)

    def enter_pin(self, pin: str | None) -> None:
        """See ``Signer``.

        Raises:
            ChukysoError: ``PIN_CHARACTER``, ``PIN_NOT_ASCII``, ``PIN_LENGTH``, ``PIN_FAILED_BEFORE``; what ended the
                request; ``PINENTRY_MISSING``, ``PINENTRY_FAILED`` when a person is to give it.
        """
        request = self.request
        if request.token.pin_pad:
            pin = ""
            self._told("Sau khi bấm Chấp nhận: nhập mã PIN trên bàn phím của chính token.")
        self._agent.deliver_pin(request, ask_pin(self._agent, request, self._told) if pin is None else pin, hold=True)

    def release(self) -> None:
        """See ``Signer``."""
        self._agent.release(self.request)

    def result(self, seconds: float | None = None) -> SignedResult:
        """See ``Signer``.

        Raises:
            ChukysoError: What ended the request; ``SIGNING_PENDING`` when nothing did yet.
        """
        request = self.request
        usual = _WITH_PIN_PAD if request.token.pin_pad else _WITHOUT_PIN_PAD
        return self._agent.wait_for_result(request, usual if seconds is None else seconds)

    def give_up(self) -> bool:
        """See ``Signer``: no signed document has left the agent, and none will. False when it can say nothing."""
        try:
            return self._agent.refuse(self.request)
        except ChukysoError as error:
            _LOG.info("the signing agent cannot say: %s %s", error.code.name, error.detail)
            return False

    def _raise_what_ended_it(self) -> None:
        try:
            self.result(0)
        except ChukysoError as error:
            if error.code is not Code.SIGNING_PENDING:
                raise


def _button(window: Window, config: AgentConfig) -> str:
    return f'role=button[name="{accept_text(config, window)}"]'
