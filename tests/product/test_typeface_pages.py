"""Portal, windows and reports in a real Chromium: every letter is drawn in the typeface that they bring."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import captcha
import pytest

import support.portal
from chukyso.archive.catalogue import build_catalogue
from chukyso.errors import Outcome
from chukyso.probe.report import write_page
from chukyso.report.write import write_report
from chukyso.typeface import FAMILY
from support.agent import ORIGIN, Bench, page, requested, to_pin_window
from support.archive import make_run
from support.attack import running_for
from support.chromium import Chromium, Tab, chromium
from support.evidence import make_record
from support.portal import TAX_CODE, Credentials, Portal, unit
from support.probe import PROBE
from support.run import Run, results

pytestmark = pytest.mark.slow

FORM = "document.querySelector('app-change-information')?.textContent.includes('Hiệu lực')"


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as started:
        yield started


def fonts_of(tab: Tab) -> set[tuple[str, bool]]:
    """Family and whether the page brought it, of everything that is drawn, as the browser itself tells."""
    tab.run("document.fonts.ready.then(() => 1)")
    for domain in ("DOM", "CSS"):
        tab.call(f"{domain}.enable")
    root = tab.call("DOM.getDocument")["root"]["nodeId"]
    found: list[dict[str, Any]] = []
    for node in tab.call("DOM.querySelectorAll", nodeId=root, selector="body *")["nodeIds"]:
        found += tab.call("CSS.getPlatformFontsForNode", nodeId=node)["fonts"]
    assert sum(font["glyphCount"] for font in found) > 100
    return {(font["familyName"].partition(" SemiBold")[0], font["isCustomFont"]) for font in found}


def all_in_typeface(tab: Tab) -> None:
    assert fonts_of(tab) == {(FAMILY, True)}


def form_of(tab: Tab, portal: Portal) -> None:
    tab.run(f"sessionStorage.setItem('chukyso.session', {json.dumps(portal.token())})")
    tab.goto(f"http://127.0.0.1:{portal.port}/?again#/thay-doi-thong-tin")
    tab.until(FORM)


def test_portal(browser: Chromium, portal: Portal) -> None:
    with browser.tab(f"http://127.0.0.1:{portal.port}/") as tab:
        tab.until("document.querySelector('.header-account button')")
        all_in_typeface(tab)
        form_of(tab, portal)
        all_in_typeface(tab)


def test_windows(browser: Chromium, bench: Bench) -> None:
    with running_for(bench, ORIGIN) as agent, page(agent, ORIGIN) as asking:
        asking.get_certificate()
        asking.ask_signature(bench.certificate)
        asked = requested(agent)
        agent.approve(asked)
        with browser.tab(asked.certificate_window) as tab:
            all_in_typeface(tab)
        with browser.tab(to_pin_window(agent, asked).url) as tab:
            all_in_typeface(tab)


def test_pages_that_are_one_file(browser: Chromium, tmp_path: Path) -> None:
    write_page(tmp_path / "probe.html", PROBE)
    make_run(tmp_path / "runs" / "one", Outcome.UPDATED)
    catalogue = build_catalogue(tmp_path / "runs", jobs=1).page
    (tmp_path / "report").mkdir()
    report = write_report(tmp_path / "report", make_record(tmp_path / "report", Outcome.UNKNOWN))
    for path in (tmp_path / "probe.html", catalogue, report):
        with browser.tab(path.as_uri()) as tab:
            all_in_typeface(tab)


@pytest.mark.parametrize(
    "name",
    [
        unicodedata.normalize("NFD", "CÔNG TY TRÁCH NHIỆM HỮU HẠN THƯỞNG THỨC ỘC Ỹ"),
        "CÔNGTYTRÁCHNHIỆMHỮUHẠN" * 14,
        "CÔNG TY \u202eẢO\u2067 NGƯỢC\u2069\u200f " + "RẤT DÀI " * 35,
    ],
    ids=["decomposed", "300 letters without a space", "marks of direction"],
)
def test_name_of_any_kind_fits(browser: Chromium, portal: Portal, credentials: Credentials, name: str) -> None:
    portal.backdoor.add_account(
        replace(support.portal.account(credentials, TAX_CODE, name=name), units=(replace(unit(1), name=name),))
    )
    with browser.tab(f"http://127.0.0.1:{portal.port}/") as tab:
        form_of(tab, portal)
        tab.run("document.querySelector('.header-account button').click()")
        tab.until("document.querySelector('[role=menu]')")
        for width in (390, 1280):
            tab.call("Emulation.setDeviceMetricsOverride", width=width, height=844, deviceScaleFactor=1, mobile=False)
            assert tab.run("document.documentElement.scrollWidth <= innerWidth"), width
        assert fonts_of(tab) == {(FAMILY, True)}


@pytest.mark.nightly
@pytest.mark.parametrize("others", ["", "DroidSansMono.ttf"], ids=["no font", "another font"])
def test_whole_run_looks_alike_on_a_machine_with(account: Any, run_update: Any, tmp_path: Path, others: str) -> None:
    """All six figures are those of the references, which were taken on a machine with other fonts and hinting."""
    (tmp_path / "fonts").mkdir()
    if others:
        (tmp_path / "fonts" / others).write_bytes((Path(captcha.__file__).parent / "data" / others).read_bytes())
    config = tmp_path / "fonts.conf"
    config.write_text(
        f"<fontconfig><dir>{tmp_path / 'fonts'}</dir><cachedir>{tmp_path / 'cache'}</cachedir></fontconfig>",
        encoding="utf-8",
    )
    run: Run = run_update(account(), env={"FONTCONFIG_FILE": str(config)})
    run.ended("updated")
    assert results(run) == dict.fromkeys(range(1, 7), "same"), run.console[-2000:]
    assert "6/6 hình giống hình mẫu" in run.console
