"""Local Network Access in a real Chromium: a public https page needs a permission to reach the agent.

The agent's own check of the origin holds with the permission as without.

``Content-Security-Policy: treat-as-public-address`` makes a page that is served on loopback a public one.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chukyso.agent.server import SigningAgent
from support.agent import Bench, open_bench, page
from support.attack import EVIL, Site, running_for, silent_listener, site, tls_site, web_origin
from support.chromium import Chromium, chromium

pytestmark = pytest.mark.slow

PORTAL = "portal.example"
PUBLIC = {"Content_Security_Policy": "treat-as-public-address"}
PERMISSION = "loopbackNetwork"  # since Chromium 145; before, localNetworkAccess was for loopback too
BLOCKED = "closed 1006"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with open_bench(tmp_path_factory.mktemp("local")) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def public() -> Iterator[Site]:
    with site(tls_site()[0]) as served:
        yield served


@pytest.fixture
def agent(bench: Bench, public: Site) -> Iterator[SigningAgent]:
    with running_for(bench, public.origin(PORTAL)) as started:
        yield started


def test_without_permission_the_browser_blocks_and_the_agent_sees_nothing(
    browser: Chromium, agent: SigningAgent, public: Site
) -> None:
    with browser.tab(public.page(host=PORTAL, **PUBLIC)) as tab, silent_listener() as nobody:
        assert tab.run("isSecureContext")
        assert tab.open_socket(agent.url) == BLOCKED
        assert tab.fetch(web_origin(agent), mode="no-cors") == "TypeError"
        assert tab.open_socket(f"ws://{nobody.address}/v1") == BLOCKED
        assert tab.fetch(f"http://{nobody.address}/", mode="no-cors") == "TypeError"
        assert nobody.heard() == b""
    assert agent.log == []


def test_with_permission_the_portal_reaches_the_agent(
    browser: Chromium, bench: Bench, agent: SigningAgent, public: Site
) -> None:
    with browser.tab(public.page(host=PORTAL, **PUBLIC)) as tab:
        tab.allow(PERMISSION)
        assert tab.open_socket(agent.url) == "open"
        with page(agent, public.origin(PORTAL)) as asking:  # and what was offered is still there for it
            assert asking.get_certificate() == bench.certificate.der


def test_with_permission_another_page_is_refused_by_the_agent(
    browser: Chromium, agent: SigningAgent, public: Site
) -> None:
    with browser.tab(public.page(host=EVIL, **PUBLIC)) as tab:
        tab.allow(PERMISSION)
        assert tab.open_socket(agent.url) == BLOCKED
        assert tab.fetch(web_origin(agent), mode="no-cors") == "TypeError"
        assert tab.fetch(web_origin(agent)) == "TypeError"
    assert [line.split(" with ")[0] for line in agent.log] == ["WebSocket", "GET", "GET"]


@pytest.mark.parametrize("other", ["localNetwork", "localNetworkAccess"])
def test_the_permission_for_the_local_network_is_none_for_loopback(
    browser: Chromium, agent: SigningAgent, public: Site, other: str
) -> None:
    if int(browser.call("Browser.getVersion")["product"].split("/")[1].split(".")[0]) < 145:
        pytest.skip("one permission for both")
    with browser.tab(public.page(host=PORTAL, **PUBLIC)) as tab:
        tab.allow(other)
        assert tab.open_socket(agent.url) == BLOCKED
    assert agent.log == []


def test_a_plain_http_page_cannot_be_permitted(browser: Chromium, bench: Bench) -> None:
    with (
        site() as plain,
        running_for(bench, plain.origin(PORTAL)) as agent,
        browser.tab(plain.page(host=PORTAL, **PUBLIC)) as tab,
    ):
        tab.allow(PERMISSION)
        assert tab.open_socket(agent.url) == BLOCKED
        assert agent.log == []


def test_a_page_from_this_machine_needs_none(browser: Chromium, agent: SigningAgent, public: Site) -> None:
    with browser.tab(public.page(host=PORTAL)) as tab:
        assert tab.open_socket(agent.url) == "open"
