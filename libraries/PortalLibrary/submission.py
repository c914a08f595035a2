"""Keywords around the point of no return: what may be concluded before and after it."""

from __future__ import annotations

from datetime import timedelta

from robot.api import logger
from robot.api.deco import keyword

from chukyso.errors import ChukysoError, Code, reason_in
from chukyso.portal.messages import Meaning
from chukyso.portal.obstacle import NOT_USABLE
from chukyso.portal.review import ShownReceipt
from PortalLibrary.page import PageKeywords
from PortalLibrary.run import Run

# The portal ended its work on the request: what is registered now is what will stay.
_ENDED = (Meaning.PORTAL_ERROR, Meaning.NO_ANSWER, Meaning.SESSION_EXPIRED)


class SubmissionKeywords:
    """Submission, answer and reconciliation."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._page = PageKeywords(run)

    @keyword(tags=["Run"])
    def wait_for_answer_to_submission(self, *elements: str) -> str:
        """Wait for the portal's answer to the submission and return the name of the element that shows it.

        - ``elements``: names as ``page.element``; their selectors must be CSS.

        Fails with ``BROWSER_CLOSED``, else with ``SUBMISSION_UNKNOWN`` whatever went wrong, and says what: the document
        is under way.

        ```robotframework
        ${shown}    Wait For Answer To Submission    result.notice    toast.error
        IF    '${shown}' == 'toast.error'    Stop On Message
        ```
        """
        seconds = self._run.profile.timeouts.submission
        try:
            shown: str = self._page.wait_for_first_of(*elements, timeout=timedelta(seconds=seconds))
        except (ChukysoError, AssertionError, ConnectionError) as error:
            if isinstance(error, ChukysoError) and error.code is Code.BROWSER_CLOSED:
                raise
            detail = f"{error}\n{error.detail}" if isinstance(error, ChukysoError) else str(error)
            raise ChukysoError(Code.SUBMISSION_UNKNOWN, detail, reason=reason_in(str(error))) from error
        return shown

    @keyword(tags=["Run"])
    def get_reason(self, message: str) -> str:
        """Return what happened, of a message that Robot has of a failure, without its code and its advice.

        - ``message``: such as ``[PORTAL_TIMEOUT] …`` after ``EXCEPT    AS``.

        ```robotframework
        ${reason}    Get Reason    [PORTAL_TIMEOUT] Cổng không trả lời trong 60 giây. Thử lại sau.
        ```
        """
        return reason_in(message)

    @keyword(tags=["Run"])
    def read_receipt(self) -> ShownReceipt:
        """Return the transaction's code and time that the notice of success shows.

        Each is empty where the profile does not know its place or the notice does not show it: it says what matters
        without them.

        ```robotframework
        ${serial}    Read Serial    result.serial
        ${receipt}    Read Receipt
        Record Receipt    ${serial}    ${receipt.transaction}    ${receipt.recorded}
        ```
        """
        return ShownReceipt(self._read_if_shown("result.transaction"), self._read_if_shown("result.recorded"))

    @keyword(tags=["Run"])
    def check_registered_serial(self, found: str, expected: str) -> None:
        """Check that the portal has the new certificate.

        - ``found``: serial that the portal showed after logging in again.
        - ``expected``: serial of the new certificate.

        Fails with ``SUBMISSION_UNKNOWN``: the portal announced success but shows another certificate.

        ```robotframework
        Check Registered Serial    ${serial}    ${choice.certificate.serial}
        ```
        """
        if found != expected:
            raise ChukysoError(
                Code.SUBMISSION_UNKNOWN,
                f"{found} is registered, {expected} was accepted",
                reason=f"cổng báo thành công nhưng vẫn hiện chứng thư số {found}",
            )

    @keyword(tags=["Run"])
    def conclude_reconciliation(self, found: str, expected: str, reason: str = "") -> None:
        """Conclude from what is registered now what became of a submission that had no clear answer.

        The new certificate is registered: return. The portal ended the request with an error or a dropped connection
        and has the old one: ``NOT_REGISTERED``. It may still be working on it (time-out): ``SUBMISSION_UNKNOWN``.

        - ``found``: serial that the portal showed after logging in again.
        - ``expected``: serial of the new certificate.
        - ``reason``: why there was no clear answer, as `Get Reason` returns it.

        ```robotframework
        Conclude Reconciliation    ${serial}    ${choice.certificate.serial}    ${reason}
        ```
        """
        if found == expected:
            return
        message = self._run.answer
        logger.info(f"Reconciled: {found} is registered, not {expected}; last message {message}")
        if message and message.meaning in _ENDED:
            raise ChukysoError(Code.NOT_REGISTERED, message.text, serial=found)
        before = f"; trước đó {reason}" if reason else ""
        raise ChukysoError(
            Code.SUBMISSION_UNKNOWN, reason=f"chứng thư số đang đăng ký vẫn là {found}, có thể cổng còn xử lý{before}"
        )

    @keyword(tags=["Run"])
    def stop_unreconciled(self, error: str) -> None:
        """Fail because nobody could look what is registered: the submission stays ``unknown``.

        - ``error``: Robot's message of what went wrong.

        Fails with ``SUBMISSION_UNKNOWN``, and says what.

        ```robotframework
        TRY
            ${serial}    Read Serial    certificate.serial    within=form.registered
        EXCEPT    AS    ${error}
            Stop Unreconciled    ${error}
        END
        ```
        """
        reason = f"không đăng nhập lại được để đối chiếu: {reason_in(error)}"
        raise ChukysoError(Code.SUBMISSION_UNKNOWN, error, reason=reason)

    @keyword(tags=["Run"])
    def stop_run(self, code: Code, **context: str) -> None:
        """Fail with an error of the product's table.

        - ``code``: which one.
        - ``context``: values for its Vietnamese sentence.

        ```robotframework
        Stop Run    SIGNING_NOT_REQUESTED    seconds=30
        ```
        """
        raise ChukysoError(code, **context)

    def _read_if_shown(self, element: str) -> str:
        if not self._run.profile.knows(element):
            return ""
        try:
            return self._page.read_texts(element)[0]
        except ChukysoError as error:
            if error.code not in NOT_USABLE:
                raise
            logger.info(f"Not in the receipt: {error}")
            return ""
