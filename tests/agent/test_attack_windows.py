"""The agent's windows in a real Chromium: hostile texts, keys and tokens of other windows, caches, scripts.

The certificate, the token's label and the title of the document belong to somebody who wants to write his own window.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from chukyso.agent.server import SigningAgent, SigningRequest
from chukyso.token.client import TokenWorker
from support.agent import Bench, Page, Person, document_for, page, request, requested, to_pin_window
from support.attack import running_for, site, web_origin
from support.chromium import Chromium, Tab, chromium
from support.token import MST, NOW, Entry, rsa_key, softhsm_token

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Attribute's length must be:UserWarning")]

PORTAL = "https://portal.example"
SCRIPT = "<script>window.hacked=1</script><img src=x onerror=window.hacked=2>"
HOSTILE = f"CÔNG TY {SCRIPT}\u202e\u2066ỆIH\u2069\u200b\u0007\r\nMã số thuế: 0301234564 " + "RẤT DÀI " * 600
LABEL = '\u202e"><b>x'
INVISIBLE = re.compile("[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def hostile_entry() -> Entry:
    key = rsa_key()
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, HOSTILE, _validate=False),
            x509.NameAttribute(NameOID.USER_ID, f"MST:{MST}"),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return Entry(certificate, key, b"\x01")


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    hsm = softhsm_token(tmp_path_factory.mktemp("windows"))
    serial = hsm.add_token(label=LABEL, entries=[hostile_entry()])
    with TokenWorker(hsm.module, hsm.environment) as worker:
        yield Bench(hsm, serial, worker, worker.certificates(serial)[0])


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with chromium() as started:
        yield started


@dataclass(frozen=True)
class Served:
    """A request whose certificate window may be opened."""

    agent: SigningAgent
    asking: Page
    asked: SigningRequest


def form(bench: Bench) -> bytes:
    """A document that does not name the owner: XML could not."""
    return document_for(replace(bench.certificate, owner="A", issuer="A"))


@pytest.fixture
def served(bench: Bench) -> Iterator[Served]:
    texts = {"document_title": f"Tờ khai {SCRIPT}", "pin_accept_text": '"><script>window.hacked=3</script>'}
    with running_for(bench, PORTAL, **texts) as agent, page(agent, PORTAL) as asking:
        asking.get_certificate()
        asking.ask_signature(bench.certificate, form(bench))
        asked = requested(agent)
        agent.approve(asked)
        yield Served(agent, asking, asked)


def check_harmless(tab: Tab) -> None:
    """Nothing of the texts is markup, changes the direction of reading, or pushes the buttons away."""
    assert tab.run("window.hacked") is None
    assert tab.run("[...document.querySelectorAll('script, style')].every((e) => e.nonce)")
    assert tab.run("document.querySelectorAll('script, img').length") == 1
    text = tab.run("document.body.innerText")
    assert "<script>window.hacked=" in text
    assert not INVISIBLE.search(text), INVISIBLE.search(text)
    assert "\nMã số thuế: 0301234564" not in text
    assert not INVISIBLE.search(tab.run("document.title"))
    # A window of a usual size shows the origin, the values and the buttons at once, whatever the owner's name is.
    assert tab.run("document.documentElement.scrollWidth <= innerWidth")
    assert tab.run("document.querySelector('[data-field=owner]').getBoundingClientRect().height") < 150


class TestTexts:
    def test_of_strangers_are_only_texts(self, browser: Chromium, served: Served) -> None:
        with browser.tab(served.asked.certificate_window) as tab:
            check_harmless(tab)
            tab.forget("Page.loadEventFired")
            tab.run("document.querySelector('button.primary').click()")
            tab.event("Page.loadEventFired")
            check_harmless(tab)
            assert served.asking.receive()["state"] == "certificate-window"
            assert tab.run("location.pathname").endswith("/pin")

    def test_are_not_run_where_escaping_was_forgotten(self, browser: Chromium, served: Served) -> None:
        """The policy of the page alone: markup gets into it, and nothing happens."""
        with browser.tab(served.asked.certificate_window) as tab, site() as outside:
            added = """
                const add = (tag, given) => new Promise((done) => {
                    const e = Object.assign(document.createElement(tag), given);
                    e.onload = () => done("loaded"); e.onerror = () => done("blocked");
                    document.body.append(e); setTimeout(() => done("nothing"), 200);
                });
            """
            url = json.dumps(outside.page("window.hacked=4", Content_Type="text/javascript"))
            for tag, given in {
                "script": "{textContent: 'window.hacked=5'}",
                "script ": f"{{src: {url}}}",
                "img": f"{{src: {url}}}",
                "iframe": f"{{src: {url}}}",
                "link": f"{{rel: 'stylesheet', href: {url}}}",
            }.items():
                ended = tab.run(f"(() => {{ {added} return add('{tag.strip()}', {given}); }})()")
                assert ended != "loaded" or tag == "iframe", tag  # a frame "loads" the browser's own page then
            tab.run("document.body.insertAdjacentHTML('beforeend', '<p onclick=\"window.hacked=6\">x</p>')")
            tab.run("document.body.lastElementChild.click()")
            tab.run(
                "document.body.append(Object.assign(document.createElement('style'), {textContent: 'p {opacity: 0}'}))"
            )
            assert tab.run("getComputedStyle(document.body.lastElementChild.previousElementSibling).opacity") == "1"
            assert tab.fetch(outside.page(), mode="no-cors") == "TypeError"
            form = json.dumps(f'<form id="f" action="{outside.origin()}"><input name="pin" value="1"></form>')
            tab.run(f"document.body.insertAdjacentHTML('beforeend', {form}); f.submit()")
            base = json.dumps(f'<base href="{outside.origin()}/">')
            tab.run(f"document.head.insertAdjacentHTML('afterbegin', {base})")
            assert tab.run("document.baseURI.startsWith(location.origin)")
            assert tab.run("window.hacked") is None
            assert outside.seen == []


class TestAddress:
    def test_is_told_to_nobody(
        self, browser: Chromium, served: Served, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
    ) -> None:
        caplog.set_level(logging.DEBUG)
        url = served.asked.certificate_window
        key = url.split("/")[4]
        with browser.tab() as tab:
            tab.call("Network.enable")
            tab.goto(url)
            assert key not in tab.run("document.title")
            assert tab.run("fetch(document.body.dataset.state + '?after=x').then((a) => a.status)") == 200
            sent = [event for event in browser.events if event["method"] == "Network.requestWillBeSentExtraInfo"]
            assert len(sent) >= 2
            for event in sent:
                names = {name.lower() for name in event["params"]["headers"]}
                assert "referer" not in names, event["params"]["headers"]
            assert tab.run("[document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]
        assert Person(url).press("cancel") == 204
        said = json.dumps([served.asking.receive() for _ in range(2)])
        written = "".join([*served.agent.log, caplog.text, *capfd.readouterr(), repr(served.asked), said])
        assert "SIGNING_CANCELLED" in written
        assert key not in written

    def test_cannot_be_told_from_one_that_never_was(self, served: Served) -> None:
        """The same bytes for a wrong key, a key that is cut, and one whose window's turn has not come."""
        url = served.asked.certificate_window
        key = url.split("/")[4]
        guesses = [url.replace(key, wrong) for wrong in ("x" * len(key), key[:-1], key + "A", key.swapcase(), "..")]
        answers = [request("GET", guess) for guess in guesses]
        answers += [request("GET", served.asked.pin_window)]
        assert {(answer.status, answer.text) for answer in answers} == {(404, "Không có cửa sổ này.")}
        assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1
        pressed = [request("POST", f"{guess}/accept", Person(url).headers(), "{}") for guess in guesses[:3]]
        assert {(answer.status, answer.text) for answer in pressed} == {(404, "Không có cửa sổ này.")}

    def test_of_one_request_does_not_press_anothers_button(self, bench: Bench, served: Served) -> None:
        headers = Person(served.asked.certificate_window).headers()
        assert Person(served.asked.certificate_window).press("cancel") == 204
        assert served.asking.error() == "cancelled"
        served.asking.ask_signature(bench.certificate, form(bench))
        second = requested(served.agent)
        served.agent.approve(second)
        answer = request("POST", f"{second.certificate_window}/accept", headers, "{}")
        assert (answer.status, answer.text) == (403, "Refused")
        assert "Xác nhận chứng thư số" in Person(second.certificate_window).look()


class TestBrowser:
    def test_keeps_no_copy_and_runs_no_worker(self, browser: Chromium, served: Served) -> None:
        with browser.tab(served.asked.certificate_window) as tab:
            url = json.dumps(served.asked.certificate_window)
            cached = (
                f"fetch({url}, {{cache: 'only-if-cached', mode: 'same-origin'}}).then((a) => a.status, (e) => e.name)"
            )
            assert tab.run(cached) in (504, "TypeError")
            state = "document.body.dataset.state"
            registered = f"navigator.serviceWorker.register({state}).then(() => 'registered', (e) => e.name)"
            assert tab.run(registered) in ("SecurityError", "TypeError")
            worker = f"new Promise(r => {{ const w = new Worker({state}); w.onerror = () => r('blocked'); }})"
            assert tab.run(worker) == "blocked"

    def test_shows_the_pin_as_dots_and_has_nothing_else_of_it(self, browser: Chromium, served: Served) -> None:
        url = to_pin_window(served.agent, served.asked).url
        with browser.tab(url) as tab:
            check_harmless(tab)
            assert tab.run("document.getElementById('pin').value") == "•" * 8
            assert "12345678" not in tab.run("document.documentElement.outerHTML")

    def test_that_is_old_and_says_less_still_presses_and_strangers_still_do_not(self, served: Served) -> None:
        """Without Sec-Fetch headers the Origin, JSON and the window's own token are what counts."""
        person = Person(served.asked.certificate_window)
        old = {"Sec_Fetch_Mode": None, "Sec_Fetch_Site": None}
        address = f"{person.url}/accept"
        for changed in (
            {"Origin": None},
            {"Origin": PORTAL},
            {"Content_Type": "text/plain"},
            {"X_Chukyso_Window": "x"},
        ):
            assert request("POST", address, person.headers(**old, **changed), "{}").status == 403
        assert request("GET", address).status == 405
        assert request("POST", address, person.headers(**old), "{}").status == 204
        assert request("GET", web_origin(served.agent), {"Origin": PORTAL}).status == 403
