"""Robot Framework library for the regression suites: cases of their own, and how a run must end."""

from __future__ import annotations

from typing import Any, ClassVar

from robot.libraries.BuiltIn import register_run_keyword

from ChukysoKeywords import ChukysoKeywords
from RegressionLibrary.case import CaseKeywords
from RegressionLibrary.ending import EndingKeywords
from RegressionLibrary.records import RecordKeywords


class RegressionLibrary(ChukysoKeywords):
    """Keywords for the *regression suites* (`suites/regression`), where one case is one run that must end as written.

    A case comes to the point of interest by the product's own keywords, lets something go wrong, brings the run to its
    end and says how it must have ended: outcome, code and what the sentence names, as the operator reads it.

    ```robotframework
    *** Settings ***
    Resource          regression.resource

    *** Test Cases ***
    Window Shows Another Serial
        Come To The Certificate Window
        The Page Shows Otherwise    certificate.serial    00FF
        End Run With    Review Signing Window    ${CHOICE.certificate}
        Run Should Have Ended    stopped    WINDOW_MISMATCH    found=ff    expected=${ACCOUNT.new_serial}
    ```

    EvidenceLibrary must be imported too.
    """

    ROBOT_LISTENER_API_VERSION: ClassVar[int] = 3

    def __init__(self, language: str = "") -> None:
        """Import the library.

        - ``language``: ``vi`` for keyword names and documentation in Vietnamese; the English names work, too.
        """
        self.ROBOT_LIBRARY_LISTENER = self
        self._case = CaseKeywords()
        self._ending = EndingKeywords(self._case)
        super().__init__([self._case, self._ending, RecordKeywords(self._case)], language)
        for name, method in self.keywords.items():
            if method.__name__ == EndingKeywords.end_run_with.__name__:
                # What it runs is Robot's to resolve, once; in a --dryrun it is checked like any other keyword.
                register_run_keyword(type(self).__name__, name, 0, deprecation_warning=False)

    def _end_test(self, *_: Any) -> None:
        self._ending.forget()

    def _end_suite(self, data: Any, result: Any) -> None:
        """Take the link to the last case's report out of the log: a case that passed has none any more."""
        if data.parent is None:
            result.metadata.pop("Biên bản", None)

    def _close(self) -> None:
        self._case.close()


__all__ = ["RegressionLibrary"]
