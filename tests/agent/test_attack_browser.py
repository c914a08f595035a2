"""Web pages against the agent, in a real Chromium: other origins, rebound names, forms, tags, frames, windows.

The attacker of these tests knows more than a real one can: the agent's port, and the secret address of the window that
waits for the operator. A page that has neither must not get further than one that has both.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chukyso.agent.server import SigningAgent
from chukyso.errors import Code
from support.agent import (
    TIMEOUT,
    Bench,
    Person,
    document_for,
    error_of,
    open_bench,
    page,
    request,
    requested,
    to_pin_window,
)
from support.attack import EVIL, Site, poll, port_of, running_for, site, web_origin
from support.chromium import Chromium, Tab, chromium

pytestmark = pytest.mark.slow

WAITING = "Xác nhận chứng thư số"  # title of the certificate window


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with open_bench(tmp_path_factory.mktemp("attack")) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    # Without the browser's own protection of loopback (test_attack_local_network.py): only the agent's is tried here.
    with chromium("--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets") as started:
        yield started


@pytest.fixture(scope="module")
def portal() -> Iterator[Site]:
    """The site that the agent serves."""
    with site() as served:
        yield served


@pytest.fixture(scope="module")
def attacker() -> Iterator[Site]:
    with site() as served:
        yield served


@pytest.fixture
def agent(bench: Bench, portal: Site) -> Iterator[SigningAgent]:
    with running_for(bench, portal.origin()) as started:
        yield started


@contextmanager
def certificate_window(agent: SigningAgent, bench: Bench) -> Iterator[Person]:
    """The window of a request that waits for the operator's OK; afterwards it must still wait."""
    with page(agent, agent.config.origins[0]) as asking:
        asking.get_certificate()
        asking.ask_signature(bench.certificate)
        asked = requested(agent)
        agent.approve(asked)
        person = Person(asked.certificate_window)
        yield person
        assert WAITING in person.look()
        assert person.press("cancel") == 204
        assert asking.error() == "cancelled"


@pytest.fixture
def window(agent: SigningAgent, bench: Bench) -> Iterator[Person]:
    with certificate_window(agent, bench) as person:
        yield person


def window_addresses(person: Person) -> list[str]:
    """Every address of the operation, known to the attacker."""
    base = person.url.removesuffix("/certificate")
    names = [
        "state",
        *(f"{name}{answer}" for name in ("share", "certificate", "pin") for answer in ("", "/accept", "/cancel")),
    ]
    return [f"{base}/{name}" for name in names]


class TestOrigin:
    def test_the_listed_page_gets_in(self, browser: Chromium, agent: SigningAgent, portal: Site) -> None:
        with browser.tab(portal.page()) as tab:
            assert tab.open_socket(agent.url) == "open"

    @pytest.mark.parametrize("host", [EVIL, "localhost", "127.0.0.1"])
    def test_a_page_of_another_origin_does_not(
        self, browser: Chromium, agent: SigningAgent, attacker: Site, host: str
    ) -> None:
        with browser.tab(attacker.page(host=host)) as tab:
            assert tab.open_socket(agent.url) == "closed 1006"
        assert [line for line in agent.log if "WebSocket with Origin" in line and attacker.origin(host) in line]

    def test_the_listed_sites_other_names_do_not(self, browser: Chromium, agent: SigningAgent, portal: Site) -> None:
        with browser.tab(portal.page(host="localhost")) as tab:
            assert tab.open_socket(agent.url) == "closed 1006"
        assert [line for line in agent.log if portal.origin("localhost") in line]

    def test_a_sandboxed_frame_in_the_listed_page_has_no_origin(
        self, browser: Chromium, agent: SigningAgent, portal: Site
    ) -> None:
        script = (
            f"const s = new WebSocket({json.dumps(agent.url)});"
            "s.onopen = () => parent.postMessage('open', '*'); s.onclose = (e) => parent.postMessage(e.code, '*');"
        )
        with browser.tab(portal.page()) as tab:
            said = tab.run(
                "new Promise(r => { addEventListener('message', (e) => r(e.data));"
                "const f = document.createElement('iframe'); f.sandbox = 'allow-scripts';"
                f"f.srcdoc = '<script>' + {json.dumps(script)} + '</' + 'script>'; document.body.append(f); }})"
            )
        assert said == 1006
        assert any("Origin [b'null']" in line for line in agent.log)

    @pytest.mark.parametrize("scheme", ["data", "file"])
    def test_pages_without_a_server_do_not(
        self, browser: Chromium, agent: SigningAgent, tmp_path: Path, scheme: str
    ) -> None:
        (tmp_path / "page.html").write_text("<title>page</title>")
        url = "data:text/html,<title>page</title>" if scheme == "data" else (tmp_path / "page.html").as_uri()
        with browser.tab(url) as tab:
            assert tab.open_socket(agent.url) == "closed 1006"
        assert any("WebSocket with Origin" in line for line in agent.log)


class TestRebinding:
    """``evil.example`` first leads to the attacker's server, then to this machine."""

    @pytest.fixture
    def rebound(self, browser: Chromium, agent: SigningAgent) -> Iterator[Tab]:
        address = f"http://{EVIL}:{port_of(agent)}/"
        with browser.tab() as tab:
            tab.pretend(address, "<title>attacker</title>", **{"Content-Type": "text/html"})
            yield tab.goto(address)

    def test_a_page_of_a_rebound_name_reads_nothing(self, rebound: Tab, agent: SigningAgent, window: Person) -> None:
        path = window.url.removeprefix(web_origin(agent))
        assert rebound.run("document.title") == "attacker"
        # It is same-origin for the browser: the answer can be read, and says nothing.
        said = rebound.run(f"fetch({json.dumps(path)}).then(async (a) => [a.status, await a.text()])")
        assert said == [403, "Refused"]
        said = rebound.run(
            f"fetch({json.dumps(path + '/accept')}, {{method: 'POST', body: '{{}}', headers: "
            "{'Content-Type': 'application/json', 'X-Chukyso-Window': 'x'}}).then((a) => a.status)"
        )
        assert said == 403
        assert any(f"Host [b'{EVIL}" in line for line in agent.log)

    def test_nor_opens_a_websocket(self, rebound: Tab, agent: SigningAgent) -> None:
        assert rebound.open_socket(agent.url.replace("127.0.0.1", EVIL)) == "closed 1006"
        assert any(f"Host [b'{EVIL}" in line for line in agent.log)
        assert rebound.open_socket(agent.url) == "closed 1006"
        assert any("WebSocket with Origin" in line for line in agent.log)


class TestPosting:
    @pytest.mark.parametrize("enctype", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
    @pytest.mark.parametrize("who", ["attacker", "portal"])
    def test_a_form_does_not_press_a_button(
        self, browser: Chromium, attacker: Site, portal: Site, window: Person, enctype: str, who: str
    ) -> None:
        form = (
            f'<form method="post" enctype="{enctype}" action="{window.url}/accept">'
            """<input name='{"x":"' value='"}'></form>"""
        )
        with browser.tab(portal.page(form) if who == "portal" else attacker.page(form, EVIL)) as tab:
            tab.forget("Page.loadEventFired")
            tab.run("document.forms[0].submit()")
            tab.event("Page.loadEventFired")
            assert tab.run("document.body.innerText") == "Refused"

    def test_a_script_does_not(self, browser: Chromium, agent: SigningAgent, portal: Site, window: Person) -> None:
        url = f"{window.url}/accept"
        json_type = {"Content-Type": "application/json"}
        with browser.tab(portal.page()) as tab:
            assert tab.fetch(url, method="POST", mode="no-cors", body="{}") == "TypeError"
            # What the button needs, a preflight asks for first; nobody answers it.
            assert (
                tab.fetch(url, method="POST", body="{}", headers={**json_type, "X-Chukyso-Window": "x"}) == "TypeError"
            )
            assert tab.fetch(url, method="POST", body="{}") == "TypeError"
            assert tab.run(f"navigator.sendBeacon({json.dumps(url)}, '{{}}')") is True
            assert tab.fetch(url, method="DELETE") == "TypeError"
        assert sum(line.startswith("OPTIONS with") for line in agent.log) >= 2
        poll(lambda: sum(line.startswith("POST with") for line in agent.log) == 3)  # the beacon comes when it likes


class TestReading:
    TAGS = """
        <img src="{url}"><input type="image" src="{url}"><video src="{url}"></video><audio src="{url}"></audio>
        <script src="{url}"></script><link rel="modulepreload" href="{url}"><link rel="stylesheet" href="{url}">
        <link rel="prefetch" href="{url}"><link rel="preload" as="fetch" href="{url}" crossorigin>
        <link rel="icon" href="{url}"><link rel="manifest" href="{url}">
        <iframe src="{url}"></iframe><object data="{url}"></object><embed src="{url}">
    """

    def test_no_tag_has_an_effect_or_shows_anything(
        self, browser: Chromium, agent: SigningAgent, attacker: Site, window: Person
    ) -> None:
        addresses = window_addresses(window)
        before = len(agent.log)
        with browser.tab(attacker.page("".join(self.TAGS.format(url=url) for url in addresses), EVIL)) as tab:
            tab.until("document.readyState === 'complete'")
            assert tab.run("[...document.images].every((i) => i.naturalWidth === 0)")
        refused = agent.log[before:]
        assert len(refused) >= len(addresses) * 5
        assert all("GET with" in line for line in refused)

    def test_a_link_is_not_followed(self, browser: Chromium, attacker: Site, window: Person) -> None:
        with browser.tab(attacker.page(host=EVIL)) as tab:
            for url in (window.url, f"{window.url}/accept"):
                tab.forget("Page.loadEventFired")
                tab.run(f"location.href = {json.dumps(url)}")
                tab.event("Page.loadEventFired")
                assert tab.run("document.body.innerText") == "Refused"
                tab.goto(attacker.page(host=EVIL))

    def test_a_script_reads_nothing(self, browser: Chromium, portal: Site, window: Person) -> None:
        with browser.tab(portal.page()) as tab:
            for url in window_addresses(window):
                assert tab.fetch(url) == "TypeError"


class TestFraming:
    """Once with a browser that says where a request comes from, once with one that does not and gets the page."""

    def old_browser(self, person: Person) -> tuple[str, dict[str, str]]:
        answer = request("GET", person.url)
        assert answer.status == 200
        return answer.text, answer.headers

    def test_a_window_is_not_shown_in_a_frame(
        self, browser: Chromium, agent: SigningAgent, attacker: Site, window: Person
    ) -> None:
        with browser.tab(attacker.page(f'<iframe src="{window.url}"></iframe>', EVIL)) as tab:
            assert tab.frame().run("location.href") == "chrome-error://chromewebdata/"
        assert any("GET with Sec-Fetch" in line for line in agent.log)

    @pytest.mark.parametrize("header", ["content-security-policy", "x-frame-options"])
    def test_nor_where_only_the_windows_own_headers_protect_it(
        self, browser: Chromium, attacker: Site, window: Person, header: str
    ) -> None:
        text, headers = self.old_browser(window)
        url = attacker.page(f'<iframe src="{window.url}"></iframe>', EVIL)
        for kept, shown in ((header, False), ("content-type", True)):
            with browser.tab() as tab:
                tab.pretend(window.url, text, **{kept: headers[kept], "content-type": headers["content-type"]})
                number = tab.start(url)
                tab.fulfil(window.url)
                tab.finish(number)
                assert (tab.frame().run("location.href") == window.url) is shown

    def test_who_opens_a_window_gets_no_handle_on_it(self, browser: Chromium, attacker: Site, window: Person) -> None:
        text, headers = self.old_browser(window)
        with browser.tab(attacker.page(host=EVIL)) as tab:
            tab.run("void (window.w = open('about:blank'))")
            popup = tab.opened()
            popup.pretend(window.url, text, **headers)
            popup.forget("Page.loadEventFired")
            tab.run(f"void (w.location = {json.dumps(window.url)})")
            popup.fulfil(window.url)
            tab.until("w.closed")  # in another group of browsing contexts: nothing can be done with it
            assert popup.run("[location.pathname.split('/').pop(), window.opener]") == ["certificate", None]


def ask(kind: str, **members: object) -> str:
    """JavaScript that sends a message over the page's open socket and waits for the answer's code or type."""
    return (
        "new Promise(r => { held.onmessage = (m) => { const a = JSON.parse(m.data); if (a.type !== 'progress') "
        "r(a.code || a.type); }; held.send(JSON.stringify({v: 1, id: crypto.randomUUID(), "
        f"...{json.dumps({'type': kind, **members})}}})); }})"
    )


class TestTabs:
    def test_two_tabs_of_the_portal_have_one_operation(
        self, browser: Chromium, bench: Bench, agent: SigningAgent, portal: Site
    ) -> None:
        with browser.tab(portal.page()) as first, browser.tab(portal.page()) as second:
            assert first.open_socket(agent.url) == second.open_socket(agent.url) == "open"
            assert first.run(ask("get-certificate")) == "certificate"  # what was offered
            first.run(f"void (window.answer = {ask('get-certificate')})")
            assert second.run(ask("get-certificate")) == "busy"
            agent.offer(bench.entry)
            assert first.run("answer") == "certificate"

    def test_a_closed_tab_takes_its_request_along(
        self, browser: Chromium, bench: Bench, agent: SigningAgent, portal: Site
    ) -> None:
        document = base64.b64encode(document_for(bench.certificate)).decode()
        with browser.tab(portal.page()) as tab:
            assert tab.open_socket(agent.url) == "open"
            assert tab.run(ask("get-certificate")) == "certificate"
            serial = bench.certificate.serial
            tab.run("void " + ask("sign-xml", document=document, certificateSerial=serial, place="CKy_Dvi"))
            asked = requested(agent)
            person = to_pin_window(agent, asked)
            headers = person.headers()
        assert error_of(lambda: agent.wait_for_result(asked, TIMEOUT)) is Code.BROWSER_CLOSED
        assert request("POST", f"{person.url}/accept", headers, "{}").status == 409  # the PIN was there already
        assert "Không ký được" in person.look()

    def test_a_large_document_of_a_browser_arrives(
        self, browser: Chromium, bench: Bench, agent: SigningAgent, portal: Site
    ) -> None:
        """The bounds on frames and messages leave room for what a page may send."""
        with browser.tab(portal.page()) as tab:
            assert tab.open_socket(agent.url) == "open"
            assert tab.run(ask("get-certificate")) == "certificate"
            large = document_for(bench.certificate, extra=f"<X>{'x' * 1_000_000}</X>")
            assert len(large) < 1 << 20
            members = {"document": base64.b64encode(large).decode(), "certificateSerial": bench.certificate.serial}
            tab.run("void " + ask("sign-xml", **members, place="CKy_Dvi"))
            assert requested(agent).document == large
