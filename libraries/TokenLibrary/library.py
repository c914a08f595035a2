"""The library class: it lists the components and stops what a suite left running."""

from __future__ import annotations

from typing import Any, ClassVar

from ChukysoKeywords import ChukysoKeywords
from TokenLibrary.request import RequestKeywords
from TokenLibrary.session import Session
from TokenLibrary.signer import SignerKeywords
from TokenLibrary.signing import SigningKeywords
from TokenLibrary.token import TokenKeywords
from TokenLibrary.validation import ValidationKeywords
from TokenLibrary.verify import VerifyKeywords
from TokenLibrary.windows import WindowKeywords


class TokenLibrary(ChukysoKeywords):
    """Keywords for *tokens* (PKCS#11) and for the *signer* that serves the portal's page, such as our *signing agent*.

    A token is opened once and named by its serial number. Reading it never asks for the PIN. The PIN is taken as a
    Robot ``Secret`` only, for one signature, and goes to the token without passing the browser, an argument of a
    process, its environment, or the log. A wrong PIN is never tried again.

    The signing agent listens on loopback while a run needs it. The page asks it for a certificate and for a signature;
    the run decides:

    ```robotframework
    *** Settings ***
    Library           TokenLibrary

    *** Tasks ***
    Sign What The Page Asks For
        Open Token    serial=${TOKEN_SERIAL}
        ${agent}    Start Signing Agent    https://portal.example
        ${choice}    Choose New Certificate    0101234565    registered_serial=5A01
        Offer Certificate    ${choice}
        ${request}    Wait For Signing Request    timeout=30s
        Check Signing Request    tax_code=0101234565    certificate_serial=${choice.certificate.serial}
        Approve Signing Request
        ${window}    Get Signing Window    certificate
        # … open it in a browser context of its own, compare what it shows, press OK …
        Enter Token PIN    ${PIN}
        # … press the button of the PIN window …
        ${document}    Wait For Signed Document
        Close Token
    ```

    Agent and token worker end with the suite that started them, also when it fails.

    Every error reads ``[CODE] what happened and what to do`` in Vietnamese; the technical detail is logged in English.
    """

    ROBOT_LISTENER_API_VERSION: ClassVar[int] = 3

    def __init__(self, language: str = "") -> None:
        """Import the library.

        - ``language``: ``vi`` for keyword names and documentation in Vietnamese; the English names work, too.
        """
        self.ROBOT_LIBRARY_LISTENER = self
        self._session = Session()
        super().__init__(
            [
                TokenKeywords(self._session),
                ValidationKeywords(self._session),
                SignerKeywords(self._session),
                RequestKeywords(self._session),
                WindowKeywords(self._session),
                SigningKeywords(self._session),
                VerifyKeywords(),
            ],
            language,
        )

    def _end_suite(self, data: Any, result: Any) -> None:  # noqa: ARG002 - the listener interface gives both
        self._session.suite_ended(data.full_name)

    def _close(self) -> None:
        self._session.close()
