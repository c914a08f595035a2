"""What the run's page sends and says while a signer works that gives no document back."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from chukyso.errors import ChukysoError, Code
from chukyso.portal.messages import client_error, interpret, to_error
from chukyso.portal.posted import signed_xml_in
from PortalLibrary.messages import MessageKeywords
from PortalLibrary.run import Run

_SCRIPT: Final = Path(__file__).with_name("watch_posts.js")


class RunPosts:
    """See ``chukyso.signer.protocol.Posts``.

    Args:
        run: The current run.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self._messages = MessageKeywords(run)

    def watch(self) -> None:
        """Begin to look at what the context's pages send."""
        browser: Any = self._run.browser
        browser.init_js_extension(_SCRIPT)  # a driver that was started anew does not have it
        browser.call_js_keyword("watchPosts", context=None)

    def signed_document(self) -> bytes | None:
        """The signed XML that was sent since; the last one, when the page has sent several."""
        browser: Any = self._run.browser
        posts = browser.call_js_keyword("takePosts", context=None)
        found = [signed_xml_in(str(post["body"])) for post in posts]
        return next((document for document in reversed(found) if document), None)

    def error(self, *, submitted: bool) -> ChukysoError | None:
        """What the page's present message means."""
        message = self._messages.read_message()
        if message is None:
            return None
        return client_error(message) if submitted else to_error(message, submitted=False)

    def meaning(self, text: str) -> ChukysoError:
        """What a text of client or token means."""
        message = interpret(text, "", self._run.profile.messages)
        return client_error(message) or ChukysoError(Code.CLIENT_REFUSED, f"unknown text: {text}", text=text)
