"""The extension: who may ask, one operation at a time, and what it says of the host."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from support.attack import poll
from support.chromium import Chromium, Tab
from support.signing_client import Client

pytestmark = pytest.mark.slow
MakeClient = Callable[..., Client]


def ask(tab: Tab, kind: str, **more: object) -> str:
    """Post a message as a page would, and return the result of the answer."""
    message = json.dumps({"source": "chukyso-page", "type": kind, "nonce": "n", "lang": "vi", **more})
    return str(
        tab.run(
            "new Promise((answered) => { addEventListener('message', ({data}) => {"
            "if (data.source === 'chukyso-extension' && data.nonce === 'n') answered(data.result); });"
            f"postMessage({message}, location.origin); }})"
        )
    )


def test_origin_is_the_senders_whatever_the_page_says(tab: Tab, client: MakeClient) -> None:
    one = client()
    foreign = one.details.portal_url.replace("127.0.0.1", "portal.example")  # the same page, over plain http
    assert ask(tab.goto(foreign), "VERSION", origin="https://portal.example") == "not_allowed"
    assert not one.installation.log.exists()  # the host was not even started
    assert ask(tab.goto(one.details.portal_url), "VERSION", origin="http://evil.example") == "ok"
    assert ask(tab, "PIN") == "invalid_argument"


def test_one_operation_at_a_time_until_its_page_is_gone(browser: Chromium, tab: Tab, client: MakeClient) -> None:
    one = client()
    one.control.client_fault(one.details.tax_code, "window-late", on="CERT", milliseconds=600_000)
    first = browser.first_tab()
    try:
        first.goto(one.details.portal_url)
        first.run("postMessage({source: 'chukyso-page', type: 'CERT', nonce: 'first'}, location.origin); 0")
        poll(lambda: one.windows)
        assert ask(tab.goto(one.details.portal_url), "VERSION") == "busy"
    finally:
        browser.call("Target.closeTarget", targetId=first.target)
    poll(lambda: ask(tab, "VERSION") == "ok")
