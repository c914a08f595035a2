"""Keywords that carry one signing request of the page through: check, approve, windows, PIN, result."""

from __future__ import annotations

from datetime import timedelta

from robot.api import logger
from robot.api.deco import keyword
from robot.api.types import Secret

from chukyso.portal.document import Expected
from chukyso.signer.protocol import SigningRequest
from TokenLibrary.session import Session


class RequestKeywords:
    """One signing request."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @keyword(tags=["Signing request"])
    def wait_for_signing_request(self, timeout: timedelta = timedelta(seconds=30)) -> SigningRequest | None:
        """Wait for the page to ask for a signature and return its request, or None when none came in time.

        Returning None lets a suite look for a message on the page between two short waits. The request has ``id``,
        ``origin``, ``document`` (bytes), ``document_type``, ``sha256``, ``certificate``, ``received``; the keywords
        that follow are about this request.

        - ``timeout``: how long to wait.

        Fails with ``DOCUMENT_INVALID`` or ``REQUEST_NOT_OURS`` when the signer itself had to refuse a request.

        ```robotframework
        ${request}    Wait For Signing Request    timeout=30s
        IF    not $request    Stop On Message
        ```
        """
        request = self._session.signer.wait_for_request(timeout.total_seconds())
        if request:
            logger.info(f"Request {request.id} from {request.origin}: {request.document_type}, {request.sha256}")
        return request

    @keyword(tags=["Signing request"])
    def check_signing_request(
        self,
        *,
        tax_code: str,
        certificate_serial: str,
        registered_serial: str | None = None,
        contact_email: str | None = None,
        contact_phone: str | None = None,
        unit_code: str | None = None,
        document_type: str | None = None,
    ) -> None:
        """Check that the request is ours. When it is not, it is refused and the keyword fails.

        What is left out is not checked.

        - ``tax_code``: MST that certificate and document must carry.
        - ``certificate_serial``: serial of the new certificate, in any spelling.
        - ``registered_serial``: serial of the certificate that the document replaces.
        - ``contact_email``: e-mail that the document registers along.
        - ``contact_phone``: phone that the document registers along.
        - ``unit_code``: unit that the document names.
        - ``document_type``: root element; the one that the signer was started with when left out.

        Fails with ``REQUEST_NOT_OURS``, naming the first difference, or ``DOCUMENT_INVALID``.

        ```robotframework
        Check Signing Request    tax_code=0101234565    certificate_serial=${choice.certificate.serial}
        ...    unit_code=DT4565A
        ```
        """
        expected = Expected(
            tax_code, certificate_serial, registered_serial, contact_email, contact_phone, unit_code or None
        )
        self._session.signer.check(expected, document_type)

    @keyword(tags=["Signing request"])
    def approve_signing_request(self) -> None:
        """Approve the request: from now on the certificate window answers.

        Before that the token is read once more: same token, same certificate, and a PIN state that allows a login.

        Fails with ``PIN_LOCKED``, ``PIN_FINAL_TRY``, ``PIN_COUNT_LOW``, ``TOKEN_NOT_FOUND``, ``TOKEN_GONE``.

        ```robotframework
        Approve Signing Request
        ```
        """
        self._session.signer.approve()

    @keyword(name="Enter Token PIN", tags=["Signing request"])
    def enter_token_pin(self, pin: Secret | None = None) -> None:
        """Hand the PIN to the signer, for one login, once OK was pressed in the certificate window.

        The window then shows eight dots, whatever the PIN's length. Its button does nothing until `Allow Signing`.

        - ``pin``: the PIN, as a Robot ``Secret``; a plain string is refused. Without one a person gives it: on the
          keypad of the token, which asks for it as soon as the button is pressed, or else now, in a dialog of the
          ``pinentry`` program that is installed. The dialog says who asks, for what, and with which certificate.

        Fails with ``PIN_CHARACTER``, ``PIN_NOT_ASCII``, ``PIN_LENGTH``, ``PIN_FAILED_BEFORE``, ``SIGNING_CANCELLED``,
        ``SIGNING_TIMEOUT``, ``PINENTRY_MISSING``, ``PINENTRY_FAILED``.

        ```robotframework
        Enter Token PIN    ${pin}
        ```
        """
        self._session.signer.enter_pin(None if pin is None else pin.value)

    @keyword(tags=["Signing request"])
    def allow_signing(self) -> None:
        """Let the button of the PIN window work. To be called when ``submitting`` is in the journal.

        Fails with what ended the request, such as ``SIGNING_CANCELLED``.

        ```robotframework
        Begin Submission    ${run.portal_key}
        Allow Signing
        Accept Signing Window
        ```
        """
        self._session.signer.release()

    @keyword(tags=["Signing request"])
    def give_up_signing_request(self) -> bool:
        """End the request, unless its document is signed already, and return whether nothing was signed.

        ``True`` is certain: no signed document has left the signer, and none will. ``False``: the page has one, or the
        signer can say nothing any more.

        ```robotframework
        ${unsigned}    Give Up Signing Request
        IF    ${unsigned}    Take Back Submission
        ```
        """
        return self._session.signer.give_up()

    @keyword(tags=["Signing request"])
    def wait_for_signed_document(self, timeout: timedelta | None = None) -> bytes:
        """Return the signed document, as the page got it: verified with the certificate that was offered.

        - ``timeout``: how long to wait; by default a minute, and longer where the PIN is entered on the token.

        Fails with what ended the request: ``PIN_INCORRECT``, ``PIN_LOCKED``, ``SIGNING_CANCELLED``,
        ``SIGNING_TIMEOUT``, ``TOKEN_GONE``, ``SIGNATURE_INVALID``, …; with ``SIGNING_PENDING`` when nothing did yet.

        ```robotframework
        ${document}    Wait For Signed Document    timeout=1 min
        Save Submission    ${document}
        ```
        """
        result = self._session.signer.result(None if timeout is None else timeout.total_seconds())
        logger.info(f"Signed at {result.signing_time} with {result.certificate.serial}: {result.sha256}")
        return result.document
