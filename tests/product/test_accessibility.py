"""Every page that the product makes or serves, under axe-core in a real Chromium: nothing found, on a phone and a desk.

What axe is sure of is a failure. What it cannot tell is left to people.
"""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chukyso.agent.core.config import PinSource
from chukyso.archive.catalogue import build_catalogue
from chukyso.errors import Outcome
from chukyso.guide.page import render_html
from chukyso.guide.source import read_source
from chukyso.probe.report import write_page
from chukyso.report.write import write_report
from support.accessibility import check, violations
from support.agent import ORIGIN, TIMEOUT, Bench, Person, page, requested, to_pin_window
from support.archive import make_run
from support.attack import running_for
from support.chromium import Chromium, chromium
from support.evidence import make_record
from support.guide import make_run as make_run_to_guide
from support.portal import Portal
from support.probe import PROBE

pytestmark = pytest.mark.slow

# Colours are judged once they stand still.


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as started:
        yield started


def test_axe_sees_what_is_wrong(browser: Chromium) -> None:
    with browser.tab() as tab:
        assert any("document-title" in line for line in violations(tab, 390))


class TestPortal:
    def test_home_and_login(self, browser: Chromium, portal: Portal) -> None:
        with browser.tab(f"http://127.0.0.1:{portal.port}/") as tab:
            tab.until("document.querySelector('.header-account button')")
            check(tab)
            tab.run("document.querySelector('.header-account button').click()")
            tab.until("document.querySelector('[role=dialog] img[src]')")
            check(tab)

    def test_form_message_and_menu(self, browser: Chromium, portal: Portal) -> None:
        with browser.tab(f"http://127.0.0.1:{portal.port}/") as tab:
            tab.run(f"sessionStorage.setItem('chukyso.session', {json.dumps(portal.token())})")
            tab.goto(f"http://127.0.0.1:{portal.port}/?again#/thay-doi-thong-tin")
            tab.until("document.querySelector('app-change-information')?.textContent.includes('Hiệu lực')")
            tab.run("import('/static/toast.js').then((m) => m.toast('error', 'Bạn chưa tích vào ô cam kết.', 'X'))")
            check(tab)
            tab.run("document.querySelector('.header-account button').click()")
            tab.until("document.querySelector('[role=menu]')")
            check(tab)


class TestAgent:
    def test_windows_of_a_run(self, browser: Chromium, bench: Bench) -> None:
        with running_for(bench, ORIGIN) as agent, page(agent, ORIGIN) as asking:
            asking.get_certificate()
            asking.ask_signature(bench.certificate)
            asked = requested(agent)
            agent.approve(asked)
            with browser.tab(asked.certificate_window) as tab:
                check(tab)
            pin = to_pin_window(agent, asked)
            with browser.tab(pin.url) as tab:
                check(tab)
                assert pin.press("accept") == 204
                assert asking.answer()["type"] == "signed"
                tab.until("document.querySelector('[data-status=done]')")
                check(tab)

    def test_windows_of_a_rehearsal_and_what_went_wrong(self, browser: Chromium, bench: Bench) -> None:
        opened: queue.Queue[str] = queue.Queue()
        options = {"pin_source": PinSource.WINDOW, "open_window": opened.put}
        with running_for(bench, ORIGIN, **options) as agent, page(agent, ORIGIN) as asking:
            asking.send("get-certificate")
            share = opened.get(timeout=TIMEOUT)
            with browser.tab(share) as tab:
                check(tab)
            Person(share).press("accept")
            assert asking.answer()["type"] == "certificate"
            asking.ask_signature(bench.certificate)
            confirm = Person(opened.get(timeout=TIMEOUT))
            assert confirm.press("accept") == 204
            pin = Person(confirm.url.replace("/certificate", "/pin"))
            with browser.tab(pin.url) as tab:
                check(tab)
                assert pin.press("accept", {"pin": "1"}) == 204
                tab.until("document.querySelector('[data-status=failed]')")
                check(tab)


def test_catalogue(browser: Chromium, tmp_path: Path) -> None:
    for days, outcome in enumerate((Outcome.UPDATED, Outcome.FAILED)):
        make_run(tmp_path / outcome.value, outcome, days=days)
    with browser.tab(build_catalogue(tmp_path, jobs=1).page.as_uri()) as tab:
        tab.until("document.querySelectorAll('.run').length === 2")
        check(tab)


def test_probe(browser: Chromium, tmp_path: Path) -> None:
    write_page(tmp_path / "probe.html", PROBE)
    with browser.tab((tmp_path / "probe.html").as_uri()) as tab:
        check(tab)


@pytest.mark.parametrize("outcome", [Outcome.UPDATED, Outcome.STOPPED, Outcome.UNKNOWN], ids=str)
def test_report(browser: Chromium, tmp_path: Path, outcome: Outcome) -> None:
    record = make_record(tmp_path, outcome)
    if record.error:
        record = replace(record, error=replace(record.error, detail="line of a long detail\n" * 80))
    with browser.tab(write_report(tmp_path, record).as_uri()) as tab:
        check(tab)


@pytest.mark.parametrize("outcome", [Outcome.UPDATED, Outcome.DRY_RUN], ids=str)
def test_guide(browser: Chromium, tmp_path: Path, outcome: Outcome) -> None:
    source = read_source(make_run_to_guide(tmp_path / "run", outcome))
    guide = tmp_path / "guide.html"
    guide.write_text(render_html(source, "product 1.0"), encoding="utf-8")
    with browser.tab(guide.as_uri()) as tab:
        check(tab)
