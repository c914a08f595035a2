"""Pre-run modifier that breaks every case of the regression suites, so that each can be seen to fail.

``robot --prerunmodifier tests/robot/regression/breaking.py:faults suites/regression``: nothing goes wrong any more.
What a case lets go wrong is left out: keywords tagged ``fault``, the sandbox's setters, what the operator gives
(``VAR`` with ``scope=TEST``, but not a profile with other time-outs), and the particulars of the account. A case tagged
``no-fault`` is about a good day and is left out itself.

``…:expectations``: every expectation is another one: outcome, code and each value of the ending, one after the other;
the certificate and the number of submissions behind the portal, and each further check. A case goes on after a failure,
so that all of them are heard.

What cases have from a template is broken there.
"""

from __future__ import annotations

from pathlib import Path

from robot.api import SuiteVisitor
from robot.libdocpkg import LibraryDocumentation
from robot.utils import normalize

from robot import model, running

ROOT = Path(__file__).parents[3]
FAULTS, EXPECTATIONS = "faults", "expectations"
NO_FAULT = "no-fault"
ENDING, ACCOUNT, BEGINNING = "runshouldhaveended", "portalshouldhave", "createtheaccount"
OTHER = {"registered": "new"}
CHANGED_FIRST = {
    "wrongpasswordsshouldbe": "7",
    "pinstateshouldbe": "not-ready",
    "unitshouldbe": "KHAC",
    "pageshouldsay": "Không ai nói câu này.",
    "lastfigureshouldbemissingbecause": "không ai nói lý do này",
    "earlierevidenceshouldhave": "never-journaled",
}
ADDED = {
    "journalshouldhave": "never-journaled",
    "journalshouldnothave": "started",
    "faultsshouldhavebeenmet": "login slow",
    "figuresshouldbe": "7",
}


def fault_keywords() -> frozenset[str]:
    """Names of the keywords that let something go wrong, as Robot compares them."""
    ours = LibraryDocumentation(str(ROOT / "resources" / "regression_faults.resource")).keywords
    sandbox = LibraryDocumentation("SandboxLibrary").keywords
    chosen = [each for each in ours if "fault" in each.tags] + [each for each in sandbox if "Setter" in each.tags]
    return frozenset(_plain(each.name) for each in chosen)


def steps(test: running.TestCase) -> list[running.Keyword]:
    """The keywords that a case calls: its own, or those of its template."""
    templates = {_plain(each.name): each for each in _templates(test.parent)}
    template = templates.get(_plain(test.template))
    return [item for item in (template or test).body if item.type == item.KEYWORD]


def expectations(test: running.TestCase) -> int:
    """How many failures the modifier makes of a case under ``expectations``."""
    calls = [(_plain(item.name), tuple(item.args)) for item in steps(test)]
    return sum(len(broken) for call in calls if (broken := _broken(*call)) != [call[1]])


class breaking(SuiteVisitor):  # noqa: N801 - Robot finds it by the file's name
    """See the module.

    Args:
        what: ``faults`` or ``expectations``.
    """

    def __init__(self, what: str) -> None:
        if what not in (FAULTS, EXPECTATIONS):
            raise ValueError(f"{what} is neither {FAULTS} nor {EXPECTATIONS}")
        self._what = what
        self._faults = fault_keywords() if what == FAULTS else frozenset()

    def start_suite(self, suite: running.TestSuite) -> None:
        """Leave the cases out that have nothing to take away, and break the templates of the others."""
        if self._what == FAULTS:
            suite.tests = [test for test in suite.tests if NO_FAULT not in test.tags]
        for template in _templates(suite):
            self._break(template)

    def start_test(self, test: running.TestCase) -> None:
        """Break the case."""
        if self._what == FAULTS and test.has_setup and _plain(test.setup.name) == BEGINNING:
            test.setup.args = ()
        self._break(test)

    def _break(self, steps: running.TestCase | running.UserKeyword) -> None:
        if self._what == FAULTS:
            steps.body = [item for item in steps.body if not self._lets_go_wrong(item)]
        else:
            steps.tags.add("robot:continue-on-failure")
            steps.body = [each for item in steps.body for each in _others(item)]

    def _lets_go_wrong(self, item: model.BodyItem) -> bool:
        if item.type == item.VAR:
            return item.scope == "TEST" and item.name != "${PROFILE}"
        return item.type == item.KEYWORD and _plain(item.name) in self._faults


def _others(item: model.BodyItem) -> list[model.BodyItem]:
    if item.type != item.KEYWORD:
        return [item]
    return [item.copy(args=args) for args in _broken(_plain(item.name), tuple(item.args))]


def _broken(name: str, args: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Arguments of what is called instead; a call for each thing that an ending says."""
    if name == ENDING:
        outcome, *rest = args
        fields = range(2, len(args))
        others = [("failed" if outcome != "failed" else "stopped", *rest), (outcome, "UNEXPECTED")]
        return others + [(*args[:at], f"{args[at]} khác", *args[at + 1 :]) for at in fields]
    if name == ACCOUNT:
        certificate, submissions = args
        given, _, number = submissions.rpartition("=")
        return [(OTHER.get(certificate, "registered"), f"{given}={int(number) + 1}")]
    if name in CHANGED_FIRST:
        return [(CHANGED_FIRST[name], *args[1:])]
    return [(*args, ADDED[name]) if name in ADDED else args]


def _templates(suite: running.TestSuite) -> list[running.UserKeyword]:
    """Keywords of a suite's file that are the template of a case."""
    names = {_plain(test.template) for test in suite.tests}
    return [each for each in suite.resource.keywords if _plain(each.name) in names]


def _plain(name: str | None) -> str:
    return normalize((name or "").rpartition(".")[2], ignore="_")
