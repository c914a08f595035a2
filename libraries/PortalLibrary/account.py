"""Keywords that see to it that the right account and unit are used."""

from __future__ import annotations

from robot.api.deco import keyword

from chukyso.errors import ChukysoError, Code
from PortalLibrary.page import PageKeywords
from PortalLibrary.run import Run


class AccountKeywords:
    """Account and unit."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._page = PageKeywords(run)

    @keyword(tags=["Review"])
    def check_account(self, element: str) -> None:
        """Check that the page belongs to this run's account.

        - ``element``: ``page.element`` that shows the MST.

        Fails with ``REVIEW_MISMATCH``.

        ```robotframework
        Check Account    account.tax_code
        ```
        """
        shown = self._page.read(element)
        if self._run.options.tax_code not in shown.split():
            raise ChukysoError(
                Code.REVIEW_MISMATCH,
                field="tài khoản đăng nhập",
                found=shown,
                expected=self._run.options.tax_code,
            )

    @keyword(tags=["Review"])
    def check_unit(self, element: str) -> None:
        """Check that the account's unit is the one that ``UNIT_CODE`` names; does nothing when it names none.

        An account with a single unit is never asked which one is meant.

        - ``element``: ``page.element`` that shows the unit's code.

        Fails with ``UNIT_UNKNOWN``.

        ```robotframework
        Check Unit    account.unit
        ```
        """
        wanted = self._run.options.unit_code
        if not wanted:
            return
        shown = self._page.read(element)
        if shown != wanted:
            raise ChukysoError(Code.UNIT_UNKNOWN, f"{element} shows another", unit=wanted, units=shown)

    @keyword(tags=["Page"])
    def select_unit(self, rows: str) -> None:
        """Choose the unit that ``UNIT_CODE`` names among several.

        - ``rows``: ``page.element`` of the choices; each one's value is the unit's code.

        Fails with ``UNIT_REQUIRED`` when none is named and ``UNIT_UNKNOWN`` when it is not among them.

        ```robotframework
        Select Unit    units.rows
        Press    units.submit
        ```
        """
        browser, wanted = self._run.browser, self._run.options.unit_code
        choices = browser.get_elements(self._run.profile.locator(rows))
        codes = [str(browser.get_property(choice, "value")) for choice in choices]
        listed = ", ".join(codes)
        if not wanted:
            raise ChukysoError(Code.UNIT_REQUIRED, count=len(codes), units=listed)
        if wanted not in codes:
            raise ChukysoError(Code.UNIT_UNKNOWN, unit=wanted, units=listed)
        browser.check_checkbox(choices[codes.index(wanted)])
