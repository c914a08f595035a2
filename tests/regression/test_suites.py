"""The regression suites as text: what every case must say, whatever it is about. Nothing is run."""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from tests.robot.regression.breaking import ACCOUNT, ENDING, NO_FAULT, breaking, expectations, fault_keywords, steps

from chukyso.errors import Code, Outcome
from chukyso.nightly.tier import read_tier
from chukyso.report.words import OUTCOMES
from RegressionLibrary.case import CaseKeywords, _slug
from RegressionLibrary.ending import NO_ERROR
from robot import running
from support.paths import ROOT

SUITES = ROOT / "suites" / "regression"
AREAS = {
    "client",
    "login",
    "form",
    "certificate_window",
    "pin_window",
    "submission",
    "result",
    "evidence",
    "already_registered",
    "dry_run",
}
OURS = [*SUITES.rglob("*.robot"), *(ROOT / "resources").glob("regression*.resource")]


@cache
def cases() -> tuple[running.TestCase, ...]:
    return tuple(running.TestSuite.from_file_system(SUITES).all_tests)


def variables(case: running.TestCase) -> int:
    return sum(item.type == item.VAR for item in case.body)


def called(case: running.TestCase, name: str) -> list[tuple[str, ...]]:
    """Arguments of the calls of a keyword, which is named as Robot compares names."""
    return [tuple(item.args) for item in steps(case) if item.name.replace(" ", "").lower() == name]


def test_there_are_enough_cases_and_each_area_has_its_folder() -> None:
    assert len(cases()) >= 60
    assert {path.name for path in SUITES.iterdir() if path.is_dir()} == AREAS
    counts = Counter(case.source.parent.name for case in cases())
    assert set(counts) == AREAS
    assert min(counts.values()) >= 3


def test_each_case_has_the_tag_of_its_area_and_a_sentence_about_itself() -> None:
    for case in cases():
        areas = [tag for tag in case.tags if tag.startswith("area:")]
        assert areas == [f"area:{case.source.parent.name.replace('_', '-')}"], case.full_name
        assert case.doc, case.full_name


def test_each_case_says_once_how_the_run_must_end() -> None:
    for case in cases():
        names = [item.name for item in steps(case)]
        assert names.count("End Run With") == 1, case.full_name
        assert names[names.index("End Run With") :].count("Run Should Have Ended") == 1, case.full_name
        ((outcome, *error),) = called(case, ENDING)
        code, *fields = error or [NO_ERROR]
        spec = Code[code].value if error else None
        wanted = {spec.outcome} if spec else {Outcome.UPDATED, Outcome.ALREADY_REGISTERED, Outcome.DRY_RUN}
        assert Outcome(outcome) in wanted, case.full_name
        assert {field.partition("=")[0] for field in fields} == (spec.fields if spec else set()), case.full_name
        assert unicodedata.is_normalized("NFC", "".join(fields)), case.full_name


def sentences() -> dict[str, re.Pattern[str]]:
    """What the operator reads, however its fields are filled in."""
    specs = [code.value for code in Code]
    texts = {f"{spec.name} happened": spec.happened for spec in specs}
    texts |= {f"{spec.name} action": spec.action for spec in specs}
    texts |= {f"{spec.name} by hand": spec.by_hand for spec in specs if spec.by_hand}
    texts |= {f"{outcome} meaning": words.meaning for outcome, words in OUTCOMES.items()}
    return {
        name: re.compile(re.sub(r"\\\{\w+\\\}", ".+?", re.escape(text.rstrip("."))), re.I)
        for name, text in texts.items()
    }


def test_no_sentence_that_the_operator_reads_is_copied() -> None:
    """A sentence is changed where it is written, and nowhere else."""
    for path in OURS:
        text = re.sub(r"\n +\.\.\. +", " ", path.read_text(encoding="utf-8"))
        assert not [name for name, sentence in sentences().items() if sentence.search(text)], path.name


def test_each_case_looks_behind_the_portal() -> None:
    for case in cases():
        ((_certificate, submissions),) = called(case, ACCOUNT)
        assert re.fullmatch(r"submissions=[01]", submissions), case.full_name


def test_each_case_lets_something_go_wrong_or_says_that_it_does_not() -> None:
    broken = running.TestSuite.from_file_system(SUITES)
    before = {case.full_name: (len(steps(case)), variables(case), tuple(case.setup.args)) for case in cases()}
    broken.visit(breaking("faults"))
    after = {case.full_name: (len(steps(case)), variables(case), tuple(case.setup.args)) for case in broken.all_tests}
    assert set(before) - set(after) == {case.full_name for case in cases() if NO_FAULT in case.tags}
    assert not [name for name, left in after.items() if left == before[name]]


def test_breaking_changes_every_expectation() -> None:
    broken = running.TestSuite.from_file_system(SUITES)
    broken.visit(breaking("expectations"))
    for before, after in zip(cases(), broken.all_tests, strict=True):
        kept = {(item.name, tuple(item.args)) for item in steps(before)}
        changed = [item for item in steps(after) if (item.name, tuple(item.args)) not in kept]
        assert len(changed) == expectations(before) >= 3, before.full_name
    with pytest.raises(ValueError, match="neither"):
        breaking("nothing")


def test_faults_are_known_by_their_tags() -> None:
    faults = fault_keywords()
    assert {"setportalfault", "thepagelacks", "somebodypressestwice", "registercertificatemeanwhile"} <= faults
    assert not {"find", "getaccountstate", "createscenario", "cometotheform"} & faults


def test_no_case_waits_for_a_time_or_knows_a_selector() -> None:
    for path in SUITES.rglob("*.robot"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"(?i)\bsleep\b|xpath|//\w+\[|css=|\n    (IF|FOR|WHILE|TRY)\b|Evaluate", text), path.name
        assert text.count("Resource") == 1, f"{path.name}: one import hub"
    assert not [path.name for path in OURS if re.search(r"(?i)^ +sleep\b|xpath", path.read_text("utf-8"), re.MULTILINE)]


def test_the_places_of_the_cases_are_different() -> None:
    places = [(_slug(case.parent.full_name), _slug(case.name)) for case in cases()]
    assert len(set(places)) == len(places)
    assert not [place for _, place in places if not place]


def test_the_tiers() -> None:
    smoke, nightly = read_tier("smoke"), read_tier("nightly")
    chosen = [case for case in cases() if "smoke" in case.tags]
    assert {case.source.parent.name for case in chosen} == AREAS, "one case of each area at least"
    assert "--include" in smoke.robot
    assert "--include" not in nightly.robot
    for tier in (smoke, nightly):
        assert tier.sources == ("suites/regression",)
        assert {"--chunk", "--testlevelsplit", "--no-pabotlib", "--processes"} <= set(tier.pabot)


@pytest.mark.nightly
@pytest.mark.slow
def test_every_case_parses() -> None:
    options = ["--dryrun", "--console", "none", "--output", "NONE", "--log", "NONE", "--report", "NONE"]
    done = subprocess.run([sys.executable, "-m", "robot", *options, str(SUITES)], cwd=ROOT, check=False)
    assert done.returncode == 0


def test_a_profile_is_changed_only_where_it_has_a_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CaseKeywords, "directory", tmp_path)
    case = CaseKeywords()
    text = case.change_profile(**{"timeouts.submission": "4"}).read_text(encoding="utf-8")
    assert "\nsubmission = 4\n" in text
    assert text.count(" = ") == (ROOT / "variables" / "sandbox.toml").read_text(encoding="utf-8").count(" = ")
    with pytest.raises(Exception, match="OPTION_INVALID"):
        case.change_profile(**{"timeouts.nothing": "4"})
