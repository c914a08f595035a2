"""Pages as they would be written for each plugin, in a real browser that trusts the agent's own key and no other."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from chukyso.agent.dialects import NAMES, find_dialects
from chukyso.agent.dialects.vgca import Vgca
from chukyso.agent.dialects.viettel import Viettel
from chukyso.agent.dialects.vnpt import VERSION, Vnpt
from chukyso.agent.listening import Dialect
from chukyso.errors import ChukysoError, Code
from fixtures_agent import Bench, error_of, open_bench
from fixtures_attack import Site, site, tls_site
from fixtures_chromium import Chromium, Tab, chromium
from fixtures_dialect import Desk, by_xmlsec, desk, is_over_hash, leaf

pytestmark = pytest.mark.slow

XML = b"<to><ten>N</ten></to>"
DIGEST = hashlib.sha256(b"what nobody sees").digest()
GIVEN = json.dumps({"xml": base64.b64encode(XML).decode(), "hash": DIGEST.hex()})  # what the pages have to sign

VGCA_PAGE = """<script>
function vgca(port, name, message) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`wss://127.0.0.1:${port}/${name}`);
    socket.onopen = () => socket.send(message);
    socket.onmessage = (event) => { resolve(JSON.parse(event.data)); socket.close(); };
    socket.onerror = () => reject(new Error("no service"));
  });
}
const certificate = (port) => vgca(port, "GetCertInfo", "get_cert_info");
const sign = (port) => vgca(port, "SignXML", JSON.stringify(
  { Base64Content: given.xml, ReturnSignatureOnly: "false", HashAlg: "Sha256", XmlDsigForm: "true" }));
</script>"""

VNPT_PAGE = """<script>
let socket = null, waiting = null;
function open(ports) {
  return new Promise((resolve, reject) => {
    if (!ports.length) { reject(new Error("no plugin")); return; }
    const next = new WebSocket(`wss://localhost:${ports[0]}/plugin`);
    next.onopen = () => { socket = next; resolve(); };
    next.onerror = () => open(ports.slice(1)).then(resolve, reject);
    next.onmessage = (event) => { const [result, name] = event.data.split("*"); window[name](result); };
  });
}
function whenDone(result) { waiting(result); }
function plugin(functionID, ...args) {
  return new Promise((resolve) => {
    waiting = resolve;
    socket.send(JSON.stringify({ functionID, funcCallback: whenDone.name, args, domain: location.hostname }));
  });
}
</script>"""

VIETTEL_PAGE = """<script>
let session = "";
function call(port, name, fields) {
  const request = new XMLHttpRequest();  // synchronous: so they do
  request.open("POST", `${location.protocol}//127.0.0.1:${port}/${name}`, false);
  request.setRequestHeader("Content-type", "application/x-www-form-urlencoded");
  request.send(Object.entries(fields).map(([key, value]) => `${key}=${value}`).join("&"));
  return request.status === 200 ? request.responseText : "";
}
function certificate(port) {
  session = call(port, "getSession", { liblist: "viettel-ca_v5.dll;viettel-ca_v4.dll" });
  return call(port, "getCertificate", { sessionID: session });
}
const sign = (port, option) => call(port, "signHash", { sessionID: session, HashVal: given.hash, HashOpt: option });
const lastError = (port) => call(port, "getLastErr", {});
</script>"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with open_bench(tmp_path_factory.mktemp("pages")) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser(bench: Bench) -> Iterator[Chromium]:
    keys = f"{leaf(bench.hsm.directory).spki_sha256},{tls_site()[1]}"
    with chromium(f"--ignore-certificate-errors-spki-list={keys}") as running:
        yield running


@pytest.fixture(scope="module")
def portal() -> Iterator[Site]:
    with site() as served:
        yield served


@pytest.fixture(scope="module")
def secure_portal() -> Iterator[Site]:
    with site(tls_site()[0]) as served:
        yield served


@pytest.fixture(scope="module")
def stranger() -> Iterator[Site]:
    with site() as served:
        yield served


@contextmanager
def visited(
    bench: Bench, browser: Chromium, portal: Site, dialect: Dialect, content: str
) -> Iterator[tuple[Desk, Tab]]:
    """An agent for the portal, and the portal's page."""
    page = f"<script>const given = {GIVEN};</script>{content}"
    with desk(bench, dialect, origins=(portal.origin(),)) as sitting, browser.tab(portal.page(page)) as tab:
        yield sitting, tab


def meanwhile(tab: Tab, script: str, person: Callable[[], object]) -> object:
    """What the page's script comes to while a person uses the windows."""
    with ThreadPoolExecutor(1) as pool:
        using = pool.submit(person)
        value: object = tab.run(script)
        using.result()
    return value


def test_a_page_of_vgca(bench: Bench, browser: Chromium, portal: Site, tmp_path: Path) -> None:
    with visited(bench, browser, portal, Vgca(), VGCA_PAGE) as (sitting, tab):
        shared = meanwhile(tab, f"certificate({sitting.port}).then((a) => a.CertInfo.Base64Data)", sitting.share)
        assert base64.b64decode(str(shared)) == bench.certificate.der
        signed = meanwhile(tab, f"sign({sitting.port}).then((a) => a.Signature)", sitting.sign)
        assert by_xmlsec(base64.b64decode(str(signed)), bench.certificate, tmp_path)


def test_a_page_of_vnpt(bench: Bench, browser: Chromium, portal: Site, tmp_path: Path) -> None:
    with visited(bench, browser, portal, Vnpt(), VNPT_PAGE) as (sitting, tab):
        tab.run(f"open([9, {sitting.port}])")  # nobody listens on the first
        assert tab.run("plugin(7, '')") == "1"
        assert tab.run("plugin(11, '')") == VERSION
        info = json.loads(str(meanwhile(tab, "plugin(0, '0')", sitting.share)))
        assert info["subjectCN"] == bench.certificate.owner
        signed = json.loads(str(meanwhile(tab, "plugin(1, given.xml)", sitting.sign)))
        assert by_xmlsec(base64.b64decode(signed["data"]), bench.certificate, tmp_path)


@pytest.mark.parametrize("tls", [False, True])
def test_a_page_of_viettel(bench: Bench, browser: Chromium, portal: Site, secure_portal: Site, tls: bool) -> None:
    served = secure_portal if tls else portal
    with visited(bench, browser, served, Viettel(tls=tls), VIETTEL_PAGE) as (sitting, tab):
        shared = meanwhile(tab, f"certificate({sitting.port})", sitting.share)
        assert base64.b64decode(str(shared)) == bench.certificate.der
        assert [tab.run(f"sign({sitting.port}, {option})") for option in (0, 1)] == ["", ""]
        assert tab.run(f"lastError({sitting.port})") == "100200"
        signature = meanwhile(tab, f"sign({sitting.port}, 2)", sitting.sign)
        assert is_over_hash(base64.b64decode(str(signature)), DIGEST, bench.certificate)


def test_a_strangers_page_gets_nowhere(bench: Bench, browser: Chromium, portal: Site, stranger: Site) -> None:
    with desk(bench, Viettel(tls=False), origins=(portal.origin(),)) as sitting:
        address = f"http://{sitting.host}/getSession"
        with browser.tab(stranger.page()) as tab:
            assert [tab.fetch(address, method="POST", mode=mode) for mode in ("cors", "no-cors")] == ["TypeError"] * 2
        assert sitting.logged("POST with Origin")
        for served in (stranger, portal):  # a form that leads there is no script's request, whoever has it
            form = f'<form method="post" action="{address}"><input name="liblist" value="a"></form>'
            with browser.tab(served.page(form)) as tab:
                tab.run("document.forms[0].submit()")
                tab.until("document.body && document.body.innerText === 'Refused'")
        assert sitting.logged("Sec-Fetch-Mode")
    with desk(bench, Vnpt(), origins=(portal.origin(),)) as sitting, browser.tab(stranger.page()) as tab:
        assert tab.open_socket(f"wss://localhost:{sitting.port}/plugin") == "closed 1006"
        assert sitting.logged("WebSocket with Origin")


def test_a_browser_that_does_not_trust_the_key_does_not_connect(
    bench: Bench, browser: Chromium, portal: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with (
        open_bench(tmp_path_factory.mktemp("another")) as other,  # another installation, another key
        desk(other, Vgca(), origins=(portal.origin(),)) as sitting,
        browser.tab(portal.page()) as tab,
    ):
        assert tab.open_socket(f"wss://127.0.0.1:{sitting.port}/GetVersion") == "closed 1006"


@pytest.mark.parametrize("name", NAMES)
def test_each_dialect_listens_where_its_pages_look(bench: Bench, name: str) -> None:
    for dialect in find_dialects(name):
        try:
            with desk(bench, dialect, port=None) as sitting:
                assert sitting.port in dialect.ports
        except ChukysoError as error:
            assert error.code is Code.AGENT_PORT_TAKEN
            pytest.skip(f"another program has {dialect.ports}")


def test_there_are_three_dialects() -> None:
    assert {dialect.name for name in NAMES for dialect in find_dialects(name)} == set(NAMES)
    assert error_of(lambda: find_dialects("bkav")) is Code.OPTION_INVALID
