"""Robot Framework library for the portal probe: an anonymous, read-only look at a portal's public pages."""

from __future__ import annotations

from ChukysoKeywords import ChukysoKeywords
from ProbeLibrary.keywords import ProbeKeywords


class ProbeLibrary(ChukysoKeywords):
    """Keywords of `suites/portal-probe.robot`, see `docs/probe.md`.

    A probe never logs in, types nothing and sends no form. What its page may do on the network is decided by
    `request_filter.js`, which must be given to the Browser library as ``jsextension``.
    """

    ROBOT_LIBRARY_SCOPE = "GLOBAL"
    ROBOT_LIBRARY_DOC_FORMAT = "MARKDOWN"

    def __init__(self, language: str = "") -> None:
        """Import the library.

        - ``language``: ``vi`` for keyword names and documentation in Vietnamese; the English names work, too.
        """
        super().__init__([ProbeKeywords()], language)
