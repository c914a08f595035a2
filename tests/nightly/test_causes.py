"""Failures of a night by what broke them: grouped, expected and found apart, and the page that shows it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from chukyso.errors import ChukysoError, Code
from chukyso.nightly.analysis import compare
from chukyso.nightly.causes import Reason, by_cause, read_reason
from chukyso.nightly.model import Status, TestResult
from chukyso.nightly.report import Morning, render_html, render_text
from support.accessibility import check
from support.chromium import Chromium, chromium
from support.nightly import night

GONE = str(ChukysoError(Code.PORTAL_CHANGED, what="form.register"))
OTHERWISE = f"""The run ended otherwise.
Outcome:
  must be: rejected
  is:      failed
Code:
  must be: PORTAL_REJECTED
  is:      PORTAL_CHANGED
Words:
  must be: Cổng từ chối: hồ sơ đã có. Xem lại.
  is:      {GONE.partition("] ")[2]}
Robot's message: {GONE}"""


def failed(name: str, message: str) -> TestResult:
    return TestResult(f"Regression.Form.{name}", Status.FAIL, 1.0, message, "s1-t1")


def told(message: str) -> Reason:
    return read_reason(failed("x", message))


@pytest.mark.parametrize(
    ("message", "expected", "found"),
    [
        (
            str(ChukysoError(Code.CONTACT_MISMATCH, field="thư điện tử", found="a@x.vn", expected="b@x.vn")),
            "b@x.vn",
            "a@x.vn",
        ),
        (
            str(ChukysoError(Code.WINDOW_MISMATCH, found="MST 0301234564", expected="MST 0101234565")),
            "MST 0101234565",
            "MST 0301234564",
        ),
        ("Số dòng: 3 != 2", "2", "3"),
        ("old != new", "new", "old"),
        ("Text 'Đăng ký' (str) should be 'Gửi' (str)", "Gửi", "Đăng ký"),
    ],
)
def test_expected_and_found_are_told_apart(message: str, expected: str, found: str) -> None:
    reason = told(message)
    assert (reason.expected, reason.found) == ((expected,), (found,))


def test_a_run_that_ended_otherwise_is_told_in_vietnamese() -> None:
    reason = told(OTHERWISE)
    assert (reason.code, reason.text) == ("PORTAL_CHANGED", GONE.partition("] ")[2])
    assert reason.expected[:2] == ("kết cục: rejected", "mã: PORTAL_REJECTED")
    assert reason.found[:2] == ("kết cục: failed", "mã: PORTAL_CHANGED")
    assert "must be" not in json.dumps([reason.text, *reason.expected, *reason.found])


def test_what_says_neither_stays_a_message() -> None:
    assert told(GONE) == Reason("PORTAL_CHANGED", GONE.partition("] ")[2])
    assert told("Nothing known") == Reason("", "Nothing known")


def test_one_cause_is_told_once_and_the_largest_first() -> None:
    results = [failed("a", "1 != 2"), failed("b", GONE), failed("c", OTHERWISE), failed("d", GONE)]
    results += [failed(name, f"no answer of http://127.0.0.1:{port}/") for name, port in (("e", 40001), ("f", 40002))]
    causes = by_cause(results, lambda result: result)
    assert [[case.name[-1] for case in cause.cases] for cause in causes] == [["b", "c", "d"], ["e", "f"], ["a"]]


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Morning:
    """A bad night: one button broke nine cases, three of them say so in the words of `Run Should End`."""
    root = tmp_path_factory.mktemp("bad")
    results = [failed(f"A Case With A Rather Long Name Number {number}", GONE) for number in range(6)]
    results += [failed(f"An Ending Number {number}", OTHERWISE) for number in range(3)]
    results.append(failed("Another", "Text 'Đăng ký' (str) should be 'Gửi' (str)"))
    tonight = night(1, *results)
    folder = root / tonight.name / "failures" / "01"
    folder.mkdir(parents=True)
    (root / tonight.name / "log.html").touch()
    (folder / "index.html").touch()
    (folder / "about.json").write_text(json.dumps({"tests": [results[0].name]}), encoding="utf-8")
    locator = {
        "element": "form.register",
        "locator": 'role=button[name="Đăng ký"]',
        "nearest": 'role=button[name="Gửi"]',
    }
    (folder / "locator.json").write_text(json.dumps(locator), encoding="utf-8")
    return Morning.of(root, compare(tonight, [night(0)]), "")


def test_the_report_tells_the_cause_the_cases_and_the_nearest_match(morning: Morning) -> None:
    text = render_text(morning)
    assert text.count("Không tìm thấy “form.register” trên trang.") == 1
    for words in ("9 trường hợp", 'role=button[name="Đăng ký"]', 'role=button[name="Gửi"]', "phải là: Gửi"):
        assert words in text
    assert "must be" not in text
    page = render_html(morning, "x/", "")
    assert page.count("Không tìm thấy “form.register”") == 1
    assert "9 trường hợp" in page
    assert "must be" not in page


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as started:
        yield started


@pytest.mark.slow
def test_the_page_is_read_on_a_phone(browser: Chromium, morning: Morning, tmp_path: Path) -> None:
    page = tmp_path / "morning.html"
    page.write_text(render_html(morning, "x/", ""), encoding="utf-8")
    with browser.tab(page.as_uri()) as tab:
        check(tab)
        tab.call("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=False)
        outside = (
            "[...document.querySelectorAll('a, th, td, dt, dd, li, h2')].filter((e) => e.scrollWidth > e.clientWidth"
        )
        outside += " + 1 && e.clientWidth || e.getBoundingClientRect().right > innerWidth).map((e) => e.outerHTML)"
        assert tab.run(outside) == []


@pytest.mark.slow
@pytest.mark.parametrize("cases", [1, 12])
def test_a_night_with_many_causes_prints_on_one_sheet(browser: Chromium, tmp_path: Path, cases: int) -> None:
    codes = [Code.PORTAL_TIMEOUT, Code.PORTAL_UNREACHABLE, Code.PORTAL_ERROR, Code.PORTAL_CHANGED]
    gone = [str(ChukysoError(Code.PORTAL_CHANGED, what=f"form.{code.name.lower()}")) for code in codes]
    results = [failed(f"A Case With A Long Name Number {number}", each) for each in gone for number in range(cases)]
    results += [failed(f"Another {number}", OTHERWISE) for number in range(cases)]
    page = tmp_path / "morning.html"
    page.write_text(render_html(Morning.of(tmp_path, compare(night(1, *results), [night(0)]), ""), "", ""), "utf-8")
    with browser.tab(page.as_uri()) as tab:
        pdf = base64.b64decode(tab.call("Page.printToPDF", preferCSSPageSize=True)["data"])
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
