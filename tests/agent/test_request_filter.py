"""Who may talk to the agent, and what a window's address allows."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from chukyso.agent.core.config import origin_of
from chukyso.agent.server import SigningAgent
from chukyso.errors import ChukysoError
from support.agent import (
    ORIGIN,
    Bench,
    Page,
    Person,
    page,
    request,
    requested,
    running,
    to_pin_window,
)


def http_url(agent: SigningAgent) -> str:
    return agent.url.replace("ws://", "http://").removesuffix("/v1")


def upgrade(agent: SigningAgent, **headers: str | None) -> int:
    """Status of a WebSocket handshake with exactly these headers."""
    given = {
        "Host": agent.url.split("/")[2],
        "Origin": ORIGIN,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    wanted = {**given, **headers}
    lines = [f"{name}: {value}" for name, value in wanted.items() if value is not None]
    raw = "\r\n".join(["GET /v1 HTTP/1.1", *lines, "", ""])
    with socket.create_connection(("127.0.0.1", int(given["Host"].split(":")[1])), timeout=5) as connection:
        connection.sendall(raw.encode())
        return int(connection.recv(1024).split()[1])


def test_the_page_of_the_configured_origin_is_let_in(agent: SigningAgent) -> None:
    assert upgrade(agent) == 101


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "",
        "https://evil.example",
        "http://127.0.0.1",
        "http://127.0.0.1:8443/",
        "http://127.0.0.1:84433",
        "http://localhost:8443",
        "https://127.0.0.1:8443",
        "HTTP://127.0.0.1:8443",
        "http://127.0.0.1:8443.evil.example",
    ],
)
def test_any_other_origin_is_refused_before_101(agent: SigningAgent, origin: str | None) -> None:
    assert upgrade(agent, Origin=origin) == 403
    assert any("Origin" in line for line in agent.log)


def test_two_origins_are_refused_before_101(agent: SigningAgent) -> None:
    assert upgrade(agent, Origin=f"{ORIGIN}\r\nOrigin: https://evil.example") == 400  # websockets itself


@pytest.mark.parametrize(
    ("mode", "status"), [("websocket", 101), ("navigate", 403), ("no-cors", 403), ("cors", 403), ("same-origin", 403)]
)
def test_a_browser_says_that_it_opens_a_websocket(agent: SigningAgent, mode: str, status: int) -> None:
    assert upgrade(agent, **{"Sec-Fetch-Mode": mode}) == status


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "localhost:{port}", "127.0.0.1:1"]
)
def test_a_rebound_name_is_refused(agent: SigningAgent, host: str) -> None:
    port = agent.url.split(":")[2].split("/")[0]
    name = host.format(port=port)
    assert upgrade(agent, Host=name) == 403
    assert upgrade(agent, Host=name, Origin=f"http://{name}") == 403
    assert request("GET", f"{http_url(agent)}/window/x/certificate", {"Host": name}).status == 403


def test_the_agent_itself_is_no_origin_for_the_websocket(agent: SigningAgent) -> None:
    assert upgrade(agent, Origin=http_url(agent)) == 403


def test_only_the_one_path_is_a_websocket(agent: SigningAgent) -> None:
    with pytest.raises(InvalidStatus) as refused, connect(f"{agent.url}/more", origin=ORIGIN, proxy=None):  # type: ignore[arg-type]
        pass
    assert refused.value.response.status_code == 403


def test_it_listens_on_loopback_only(agent: SigningAgent) -> None:
    port = int(agent.url.split(":")[2].split("/")[0])
    assert agent.url.startswith("ws://127.0.0.1:")
    with socket.socket() as other:  # the same port is free on every other address
        other.bind(("127.0.0.2", port))


def test_a_fifth_socket_is_refused(agent: SigningAgent) -> None:
    with ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(page(agent))
        assert upgrade(agent) == 503


def test_an_unknown_window_says_nothing(agent: SigningAgent) -> None:
    for path in ("/", "/window/x/certificate", "/window/x/state", "/window/x/other", "/docs", "/v1"):
        answer = request("GET", http_url(agent) + path)
        assert answer.status == 404, path
        assert "0101234565" not in answer.text


class TestWindows:
    @pytest.fixture
    def served(self, bench: Bench, agent: SigningAgent) -> Iterator[tuple[Page, Person]]:
        """A page whose request is approved, and the person before its certificate window."""
        with page(agent) as asking:
            asking.get_certificate()
            asking.ask_signature(bench.certificate)
            asked = requested(agent)
            agent.approve(asked)
            yield asking, Person(asked.certificate_window)

    def test_are_closed_to_frames_scripts_and_caches(self, served: tuple[Page, Person]) -> None:
        headers = request("GET", served[1].url).headers
        policy = headers["content-security-policy"]
        for rule in ("default-src 'none'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"):
            assert rule in policy
        assert "unsafe" not in policy
        assert headers["cache-control"] == "no-store"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers
        assert not any(name.startswith("access-control") for name in headers)

    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": ORIGIN},
            {"Origin": "null"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Sec-Fetch-Dest": "iframe"},
        ],
    )
    def test_are_not_shown_to_other_sites(self, served: tuple[Page, Person], headers: dict[str, str]) -> None:
        assert request("GET", served[1].url, headers).status == 403

    @pytest.mark.parametrize(
        ("path", "headers", "status"),
        [
            ("typeface/BeVietnamPro-Regular.ttf", {"Sec-Fetch-Dest": "font", "Sec-Fetch-Site": "same-origin"}, 200),
            ("typeface/BeVietnamPro-Regular.ttf", {"Sec-Fetch-Dest": "font", "Sec-Fetch-Site": "cross-site"}, 403),
            ("typeface/BeVietnamPro-Regular.ttf", {"Origin": ORIGIN}, 403),
            ("typeface/BeVietnamPro-Regular.ttf", {"Sec-Fetch-Dest": "document"}, 403),
            ("typeface/BeVietnamPro-Thin.ttf", {}, 404),
            ("typeface/..%2f__init__.py", {}, 404),
            ("window/x/pin", {"Sec-Fetch-Dest": "font"}, 403),
        ],
    )
    def test_give_their_fonts_to_themselves_alone(
        self, served: tuple[Page, Person], path: str, headers: dict[str, str], status: int
    ) -> None:
        origin = served[1].url.partition("/window/")[0]
        assert request("GET", f"{origin}/{path}", headers).status == status

    @pytest.mark.parametrize(
        ("changed", "status"),
        [
            ({"Origin": None}, 403),
            ({"Origin": ORIGIN}, 403),
            ({"Origin": "null"}, 403),
            ({"X_Chukyso_Window": None}, 403),
            ({"X_Chukyso_Window": "x"}, 403),
            ({"Content_Type": "application/x-www-form-urlencoded"}, 403),
            ({"Content_Type": "text/plain"}, 403),
            ({"Content_Type": None}, 403),
            ({"Sec_Fetch_Mode": "navigate"}, 403),
            ({"Sec_Fetch_Site": "cross-site"}, 403),
        ],
    )
    def test_buttons_work_for_the_agents_own_page_only(
        self, served: tuple[Page, Person], changed: dict[str, str | None], status: int
    ) -> None:
        person = served[1]
        assert request("POST", f"{person.url}/accept", person.headers(**changed), "{}").status == status
        assert "Xác nhận chứng thư số" in person.look()
        assert person.press("accept") == 204

    @pytest.mark.parametrize("body", ["", "[]", "{", '{"pin": "1"}', "{" + " " * 10_000 + "}", "[" * 4000])
    def test_a_malformed_body_changes_nothing(self, served: tuple[Page, Person], body: str) -> None:
        person = served[1]
        assert request("POST", f"{person.url}/accept", person.headers(), body).status == 400
        assert person.press("accept") == 204

    def test_get_has_no_effect(self, served: tuple[Page, Person]) -> None:
        person = served[1]
        for button in ("accept", "cancel"):
            assert request("GET", f"{person.url}/{button}").status in (404, 405)
        for method in ("PUT", "DELETE", "OPTIONS"):
            assert request(method, f"{person.url}/accept", person.headers(), "{}").status == 405
        assert person.press("accept") == 204

    def test_the_token_of_one_window_does_not_open_another(self, served: tuple[Page, Person]) -> None:
        person = served[1]
        headers = person.headers()
        assert person.press("accept") == 204
        pin_window = person.url.replace("/certificate", "/pin")
        assert request("POST", f"{pin_window}/accept", headers, "{}").status == 403

    def test_the_pin_window_is_not_there_before_ok(self, served: tuple[Page, Person]) -> None:
        person = served[1]
        pin_window = person.url.replace("/certificate", "/pin")
        assert request("GET", pin_window).status == 404
        assert request("POST", f"{pin_window}/accept", person.headers(), "{}").status == 403

    def test_a_window_whose_turn_is_over_cannot_cancel(self, served: tuple[Page, Person]) -> None:
        person = served[1]
        headers = person.headers()
        assert person.press("accept") == 204
        assert request("POST", f"{person.url}/cancel", headers, "{}").status == 409
        assert "Nhập mã PIN" in Person(person.url.replace("/certificate", "/pin")).look()

    def test_ok_counts_once(self, served: tuple[Page, Person]) -> None:
        person = served[1]
        headers = person.headers()
        assert request("POST", f"{person.url}/accept", headers, "{}").status == 204
        assert request("POST", f"{person.url}/accept", headers, "{}").status == 409

    def test_accept_waits_for_the_pin(self, bench: Bench) -> None:
        with running(bench) as agent, page(agent) as asking:
            asking.get_certificate()
            asking.ask_signature(bench.certificate)
            asked = requested(agent)
            agent.approve(asked)
            assert Person(asked.certificate_window).press("accept") == 204
            agent_window = Person(asked.pin_window)
            assert 'value=""' in agent_window.look()
            assert "disabled" in agent_window.look()
            assert agent_window.press("accept") == 409
            assert agent_window.press("accept", {"pin": "12345678"}) in (400, 409)

    def test_the_page_does_not_know_the_address(self, served: tuple[Page, Person]) -> None:
        key = served[1].url.split("/")[4]
        assert len(key) >= 43  # 256 bits
        assert key not in json.dumps(served[0].receive())

    def test_a_delivered_pin_is_shown_as_eight_dots_and_nowhere_else(self, bench: Bench) -> None:
        with running(bench) as agent, page(agent) as asking:
            asking.get_certificate()
            asking.ask_signature(bench.certificate)
            asked = requested(agent)
            text = to_pin_window(agent, asked).look()
            assert 'value="••••••••"' in text
            assert "disabled>" not in text


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("http://127.0.0.1:8443/", "http://127.0.0.1:8443"),
        ("https://Portal.Example:443/#/index", "https://portal.example"),
        ("http://portal.example:80", "http://portal.example"),
        ("http://[::1]:81/x", "http://[::1]:81"),
    ],
)
def test_an_address_is_cut_down_to_its_origin(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url", ["", "null", "file:///x", "portal.example", "http://", "http://a@b", "http://*", "http://a:x"]
)
def test_what_is_no_web_address_has_no_origin(url: str) -> None:
    with pytest.raises(ChukysoError, match="OPTION_INVALID"):
        origin_of(url)
