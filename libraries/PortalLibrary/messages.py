"""Keywords about the portal's messages (toasts)."""

from __future__ import annotations

from robot.api import logger
from robot.api.deco import keyword

from chukyso.portal.messages import Meaning, Message, interpret, to_error
from PortalLibrary.run import Run

_READ_TOAST = """([toast, text]) => {
    const shown = Array.from(document.querySelectorAll(toast)).pop();
    return shown ? [(shown.querySelector(text) ?? shown).textContent, shown.dataset.code ?? ""] : null;
}"""


class MessageKeywords:
    """What the portal says, and what it means for the run."""

    def __init__(self, run: Run) -> None:
        self._run = run

    @keyword(tags=["Page"])
    def read_message(self) -> Message | None:
        """Return the portal's error message that is on the page now, or None.

        ```robotframework
        ${message}    Read Message
        ```
        """
        profile = self._run.profile
        selectors = [profile.locator("toast.error"), profile.locator("toast.text")]
        shown = self._run.browser.evaluate_javascript(None, _READ_TOAST, arg=selectors)
        if not shown:
            return None
        message = interpret(shown[0], shown[1], profile.messages)
        if self._run.submitted:
            self._run.answer = message
        logger.info(f"Message of the portal: {message}")
        return message

    @keyword(tags=["Page"])
    def stop_on_message(self) -> None:
        """Fail with the error that the portal's present message stands for; do nothing when there is none.

        After the point of no return (`Begin Submission`) only a clear refusal is conclusive; any other message becomes
        ``SUBMISSION_UNKNOWN``.

        ```robotframework
        ${shown}    Wait For First Of    form.ready    toast.error
        IF    '${shown}' == 'toast.error'    Stop On Message
        ```
        """
        message = self.read_message()
        if message:
            raise to_error(message, submitted=self._run.submitted)

    @keyword(tags=["Page"])
    def message_means_wrong_captcha(self) -> bool:
        """Return whether the present message says that the captcha was wrong; fail on any other message.

        ```robotframework
        ${wrong}    Message Means Wrong Captcha
        IF    ${wrong}    Wait Until Gone    toast.error
        ```
        """
        message = self.read_message()
        if message and message.meaning is not Meaning.CAPTCHA_WRONG:
            raise to_error(message, submitted=self._run.submitted)
        return message is not None
