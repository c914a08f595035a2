"""Robot Framework library for the portal: options and profile, pages by locator name, captcha, review, submission."""

from __future__ import annotations

from chukyso.portal.profile import Profile
from ChukysoKeywords import ChukysoKeywords
from PortalLibrary.account import AccountKeywords
from PortalLibrary.captcha import CaptchaKeywords
from PortalLibrary.client import ClientKeywords
from PortalLibrary.messages import MessageKeywords
from PortalLibrary.options import OptionKeywords
from PortalLibrary.page import PageKeywords
from PortalLibrary.pages import RunPages
from PortalLibrary.posts import RunPosts
from PortalLibrary.review import ReviewKeywords
from PortalLibrary.run import Run
from PortalLibrary.submission import SubmissionKeywords


class PortalLibrary(ChukysoKeywords):
    """Keywords for the portal's side of a run.

    The portal is known by a *profile*: addresses, locators, texts, time-outs. Keywords name an element as
    ``page.element`` and look its selector up in the profile, so that no suite holds a selector. An element
    that nothing can be done with is reported by that name: with ``PORTAL_CHANGED`` when it is missing, else with
    ``ELEMENT_COVERED``, ``ELEMENT_NOT_READY`` or ``ELEMENT_AMBIGUOUS``.

    The Browser library does the work and must be imported too.
    """

    ROBOT_LIBRARY_SCOPE = "GLOBAL"
    ROBOT_LIBRARY_DOC_FORMAT = "MARKDOWN"

    def __init__(self, language: str = "") -> None:
        """Import the library.

        - ``language``: ``vi`` for keyword names and documentation in Vietnamese; the English names work, too.
        """
        run = Run()
        self._run = run
        super().__init__(
            [
                OptionKeywords(run),
                PageKeywords(run),
                MessageKeywords(run),
                CaptchaKeywords(run),
                ReviewKeywords(run),
                AccountKeywords(run),
                SubmissionKeywords(run),
                ClientKeywords(run),
            ],
            language,
        )
        run.start_driver_early()
        self.pages = RunPages(run)  # for a signer whose windows are pages; no keyword
        self.posts = RunPosts(run)  # for a signer that does not give the signed document back; no keyword

    @property
    def profile(self) -> Profile:
        """The profile of the current run, for libraries and listeners; no keyword."""
        return self._run.profile
