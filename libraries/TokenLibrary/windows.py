"""Keywords for the two windows of a signing request, whatever kind of window the signer shows."""

from __future__ import annotations

from robot.api.deco import keyword

from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.model.signing import SignerFacts
from chukyso.portal.review import review_certificate
from chukyso.signer.account import account_of
from chukyso.signer.agent import AgentSigner
from chukyso.signer.protocol import SigningWindow, WindowKind
from TokenLibrary.session import Session


class WindowKeywords:
    """The windows of the request that the run is about."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @keyword(tags=["Signing window"])
    def open_signing_window(self, kind: WindowKind) -> SigningWindow:
        """Wait until a window of the request is there, and make it the one that the following keywords are about.

        The window that is returned has ``accept_mark``, the button to press, and ``camera``, both for `Take Figure`.
        A window that is a page opens in a browser context of its own; PortalLibrary must be imported.

        - ``kind``: ``certificate``; ``pin`` once the first one was accepted.

        Fails with what ended the request, such as ``SIGNING_CANCELLED``, or with what is wrong with the window.

        ```robotframework
        ${window}    Open Signing Window    certificate
        Take Figure    4    ${window.accept_mark}    camera=${window.camera}
        ```
        """
        window = self._session.window = self._session.signer.window(kind)
        window.open()
        self._session.windows.append(window)
        return window

    @keyword(tags=["Signing window", "Getter"])
    def get_signer_facts(self) -> SignerFacts:
        """Return who signs, its windows that were opened, and what could not be checked: for `Record Signer`.

        ```robotframework
        ${facts}    Get Signer Facts
        Record Signer    ${facts}
        ```
        """
        return account_of(self._session.signer, self._session.windows)

    @keyword(tags=["Signing window", "Getter"])
    def person_may_be_faster(self) -> bool:
        """Return whether a person presses the last button and nothing holds it back: then nobody knows how early.

        ```robotframework
        ${faster}    Person May Be Faster
        IF    ${faster}    Begin Submission    ${run.portal_key}
        ```
        """
        return self._session.signer.person_may_be_faster

    @keyword(tags=["Signing window"])
    def review_signing_window(self, new: Certificate) -> None:
        """Check that the window shows the certificate of the form: serial, MST, owner, issuer, validity.

        What a native window is known not to show is left out; the serial never is.

        - ``new``: the certificate that was reviewed in the form.

        Fails with ``WINDOW_MISMATCH``: the window must not be accepted.

        ```robotframework
        Review Signing Window    ${choice.certificate}
        ```
        """
        window = self._session.open_window
        review_certificate(window.read(), new, Code.WINDOW_MISMATCH, window.unseen)

    @keyword(name="Wait For PIN In Signing Window", tags=["Signing window"])
    def wait_for_pin_in_signing_window(self) -> None:
        """Wait until the PIN window shows that a PIN is in it. Nothing shows how long it is.

        ```robotframework
        Enter Token PIN    ${pin}
        Wait For PIN In Signing Window
        ```
        """
        self._session.open_window.wait_for_pin()

    @keyword(tags=["Signing window"])
    def accept_signing_window(self) -> None:
        """Press the button that the guide points to: **OK**, **Chấp nhận**.

        ```robotframework
        Accept Signing Window
        ${window}    Open Signing Window    pin
        ```
        """
        self._session.open_window.accept()

    @keyword(tags=["Signing window"])
    def cancel_signing_window(self) -> None:
        """Press **Hủy**, as a person would.

        ```robotframework
        Cancel Signing Window
        ```
        """
        self._session.open_window.cancel()

    @keyword(tags=["Signing window"])
    def close_signing_window(self) -> None:
        """Leave the window: a browser context that was opened for it is closed. The request goes on.

        ```robotframework
        Close Signing Window
        Switch To Context    ${context}
        ```
        """
        self._session.open_window.close()

    @keyword(tags=["Signing window"])
    def get_signing_window(self, window: WindowKind) -> str:
        """Return the address of one of our signing agent's windows. Whoever has it can press its buttons.

        It is for suites that open the windows themselves.

        - ``window``: ``certificate`` or ``pin``.

        Fails with ``SIGNER_UNSUPPORTED`` when the signer's windows have no addresses.

        ```robotframework
        ${address}    Get Signing Window    certificate
        ${context}    Open Context    ${address}
        ```
        """
        signer = self._session.signer
        if not isinstance(signer, AgentSigner):
            raise ChukysoError(Code.SIGNER_UNSUPPORTED, "its windows are no pages")
        return signer.address(window)
