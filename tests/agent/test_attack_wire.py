"""Bytes against the agent: HTTP and WebSocket as no browser speaks them, too much of them, and none at all."""

from __future__ import annotations

import itertools
import socket
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from chukyso.agent.http import connections
from chukyso.agent.server import SigningAgent
from support.agent import Bench, open_bench, page, request
from support.attack import SECONDS, Raw, frame, handshake, poll, port_of, raw, running_for, web_origin

PORTAL = "https://portal.example"
HELLO = b'{"v":1,"id":"11111111-2222-4333-8444-555555555555","type":"cancel"}'


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with open_bench(tmp_path_factory.mktemp("wire")) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(bench: Bench) -> Iterator[SigningAgent]:
    with running_for(bench, PORTAL) as started:
        yield started


@pytest.fixture
def agent(shared: SigningAgent) -> Iterator[SigningAgent]:
    """The agent of the module; it must still serve pages and windows afterwards."""
    yield shared
    assert request("GET", f"{web_origin(shared)}/window/x/state").status == 404
    with page(shared, PORTAL) as asking:
        asking.send("sign-xml")
        assert asking.error() == "refused"


def test_it_listens_on_loopback_only(agent: SigningAgent) -> None:
    port = port_of(agent)
    hosts = {"127.0.0.2", "::1"}
    with suppress(OSError):  # a machine that does not know its own name
        hosts |= {str(info[4][0]) for info in socket.getaddrinfo(socket.gethostname(), None)}
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outward:
        outward.connect(("192.0.2.1", 9))  # sends nothing; tells which of our addresses would be used
        hosts.add(outward.getsockname()[0])
    for host in hosts - {"127.0.0.1"}:
        with pytest.raises(OSError, match=r".") as refused, socket.create_connection((host, port), timeout=SECONDS):
            pass
        assert not isinstance(refused.value, TimeoutError), host
    with raw(agent) as own:
        assert own.send(b"GET / HTTP/1.0\r\n\r\n").status() == 403


class TestHttp:
    SECOND = "GET /window/x/state HTTP/1.1\r\nHost: {host}\r\n\r\n"

    @pytest.mark.parametrize(
        ("text", "status"),
        [
            ("GET / HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: {host}\r\n evil.example\r\n\r\n", 403),
            ("GET / HTTP/1.1\r\n\r\n", 400),
            ("GET / HTTP/1.0\r\n\r\n", 403),
            ("GET / HTTP/1.1\r\nHost : {host}\r\n\r\n", 400),
            ("GET http://{host}/ HTTP/1.1\r\nHost: {host}\r\n\r\n", 403),
            ("GET http://evil.example/ HTTP/1.1\r\nHost: {host}\r\n\r\n", 403),
            ("OPTIONS * HTTP/1.1\r\nHost: {host}\r\n\r\n", 403),
            ("CONNECT evil.example:443 HTTP/1.1\r\nHost: {host}\r\n\r\n", 403),
            (
                "POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                403,
            ),
            ("POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nContent-Length: 9\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
            ("POST / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", 400),
            ("GET / HTTP/1.1\r\nHost: {host}\r\nX: a\0b\r\n\r\n", 400),
            ("GET /\twindow HTTP/1.1\r\nHost: {host}\r\n\r\n", 400),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 403),
            ("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        ],
    )
    def test_what_could_be_read_in_two_ways_is_refused_and_ends_the_connection(
        self, agent: SigningAgent, text: str, status: int
    ) -> None:
        host = f"127.0.0.1:{port_of(agent)}"
        with raw(agent) as attacker:
            attacker.send((text + self.SECOND).format(host=host).encode("latin-1"))
            assert attacker.status() == status
            assert attacker.rest().count(b"HTTP/1.1 ") == 1, "what was smuggled in was answered"

    @pytest.mark.parametrize(
        "text", ["GET /{much} HTTP/1.1\r\nHost: {host}\r\n\r\n", "GET / HTTP/1.1\r\nHost: {host}\r\nX: {much}\r\n\r\n"]
    )
    def test_a_huge_head_is_refused(self, agent: SigningAgent, text: str) -> None:
        with raw(agent) as attacker:
            attacker.send(text.format(host=f"127.0.0.1:{port_of(agent)}", much="x" * (1 << 20)).encode())
            assert b"HTTP/1.1 2" not in attacker.rest()

    def test_every_answer_is_closed_to_caches_frames_and_guesses(self, agent: SigningAgent) -> None:
        base = web_origin(agent)
        answers = [
            request("GET", f"{base}/"),
            request("GET", f"{base}/window/x/state"),
            request("POST", f"{base}/window/x/state"),
            request("GET", base, {"Host": "evil.example"}),
            request("GET", base, {"Origin": PORTAL}),
            request("PUT", f"{base}/window/x/pin/accept"),
        ]
        assert {answer.status for answer in answers} == {403, 404, 405}
        for answer in answers:
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["cross-origin-resource-policy"] == "same-origin"
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["content-type"].startswith("text/plain")
            assert not {"server", "set-cookie", "access-control-allow-origin"} & answer.headers.keys()


class TestHandshake:
    @pytest.mark.parametrize(
        "changed",
        [
            {"target": "/v1?" + "x" * 9000},  # longer than what the library takes: it would answer nothing at all
            {"target": "http://evil.example/v1"},
            {"method": "POST"},
            {"Sec_WebSocket_Key": None},
            {"Sec_WebSocket_Key": "x"},
            {"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="},
            {"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==" * 1000},
            {"Sec_WebSocket_Version": "12"},
            {"Sec_WebSocket_Version": None},
            {"Content_Length": "4"},
            {"Transfer_Encoding": "chunked"},
            {"Origin": f"{PORTAL}\r\nOrigin: https://evil.example"},
            {"Origin": "https://" + "x" * 9000},
        ],
    )
    def test_a_malformed_one_is_refused_without_a_reason(self, agent: SigningAgent, changed: dict[str, str]) -> None:
        with raw(agent) as attacker:
            assert attacker.send(handshake(agent, **changed)).status() == 400
            assert attacker.rest().endswith(b"\r\n\r\nMalformed")

    def test_malformed_ones_do_not_pile_up(self, agent: SigningAgent) -> None:
        with ExitStack() as stack:
            for _ in range(100):
                attacker = stack.enter_context(raw(agent))
                assert attacker.send(handshake(agent, "/v1?" + "x" * 9000)).status() == 400
            assert request("GET", f"{web_origin(agent)}/window/x/state").status == 404

    def test_what_a_browser_adds_does_no_harm(self, agent: SigningAgent) -> None:
        # Cookies belong to a host, not to a port: those of every other program on 127.0.0.1 come along.
        many = {"Cookie": "a=b; " * 2000, **{f"X-{number}": "x" for number in range(150)}}
        with raw(agent) as browser:
            assert browser.send(handshake(agent, **many)).status() == 101

    def test_compression_is_not_agreed_to(self, agent: SigningAgent) -> None:
        with raw(agent) as attacker:
            offered = handshake(agent, Sec_WebSocket_Extensions="permessage-deflate; client_max_window_bits")
            head = attacker.send(offered).head()
            assert head.startswith(b"HTTP/1.1 101")
            assert b"extensions" not in head.lower()
            bomb = zlib.compressobj(wbits=-15)
            packed = bomb.compress(b" " * (20 << 20)) + bomb.flush(zlib.Z_SYNC_FLUSH)
            attacker.send(frame(0xC1, packed[:-4]))
            assert attacker.close_code() == 1002


class TestFrames:
    @pytest.mark.parametrize(
        ("frames", "code"),
        [
            (frame(0x81, HELLO, masked=False), 1002),
            (frame(0x83, HELLO), 1002),  # an opcode that does not exist
            (frame(0xA1, HELLO), 1002),  # a reserved bit
            (frame(0x80, HELLO), 1002),  # the end of nothing
            (frame(0x01, HELLO) + frame(0x81, HELLO), 1002),  # a message within a message
            (frame(0x09, b""), 1002),  # half a ping
            (frame(0x89, b"x" * 126), 1002),
            (frame(0x81, b"\xff\xfe"), 1007),
            (frame(0x01, b'{"v":1,"id":"\xc3') + frame(0x80, b"\x28"), 1007),
            (frame(0x81, b"", length=(2 << 20) + 1), 1009),
            (frame(0x81, b"", length=1 << 62), 1009),
            ((frame(0x01, b"x" * 65_000) + frame(0x00, b"x" * 65_000) * 32), 1009),
            (frame(0x01, b"") + frame(0x00, b"") * 5000, 1009),  # endless without a size
            (frame(0x82, HELLO), 1008),
            (frame(0x81, b"[" * 1_000_000), 1008),
            (frame(0x81, b'{"v":' * 100_000), 1008),
            (frame(0x81, HELLO.replace(b"cancel", b"\\ud800")), 1008),
            (frame(0x88, b"\x03"), 1002),
        ],
        ids=itertools.count(),
    )
    def test_what_breaks_the_rules_closes_the_socket(self, agent: SigningAgent, frames: bytes, code: int) -> None:
        with raw(agent) as attacker:
            assert attacker.send(handshake(agent)).status() == 101
            assert attacker.send(frames).close_code() == code

    def test_a_peer_that_sends_and_never_reads_is_dropped(self, agent: SigningAgent) -> None:
        with raw(agent) as attacker:
            assert attacker.send(handshake(agent)).status() == 101
            pings = frame(0x89, b"x" * 125) * 8000
            with pytest.raises(OSError, match=r"(?i)reset|broken|abort|timed out"):
                for _ in range(200):
                    attacker.socket.sendall(pings)


class TestSlowness:
    def test_an_open_websocket_is_not_ended(self, monkeypatch: pytest.MonkeyPatch, bench: Bench) -> None:
        """Operators take minutes: the deadlines are for requests that do not come."""
        monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.5)
        monkeypatch.setattr(connections, "ANSWER_SECONDS", 0.5)
        first = "GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
        with running_for(bench, PORTAL) as started, page(started, PORTAL) as asking, raw(started) as pipelined:
            pipelined.send(first.format(port=port_of(started)).encode() + handshake(started))
            while b"HTTP/1.1 101" not in pipelined.received:
                assert pipelined.more()
            with raw(started) as idle:
                assert idle.rest() == b""  # its deadline is over, and with it the others' would be
            pipelined.received = pipelined.received[pipelined.received.index(b"HTTP/1.1 101") :]
            assert pipelined.send(frame(0x82, b"")).close_code() == 1008
            assert asking.get_certificate() == bench.certificate.der

    HALF = b"GET / HTTP/1.1\r\nHost: 127.0.0.1"

    @pytest.fixture
    def hasty(self, monkeypatch: pytest.MonkeyPatch, bench: Bench) -> Iterator[SigningAgent]:
        monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.3)
        with running_for(bench, PORTAL) as started:
            yield started

    @pytest.mark.parametrize("start", [b"", HALF, b"POST / HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9\r\n\r\n{"])
    def test_a_request_that_never_ends_is_ended(self, hasty: SigningAgent, start: bytes) -> None:
        host = f"127.0.0.1:{port_of(hasty)}".encode()
        with raw(hasty) as attacker:
            attacker.send(start.replace(b"{host}", host))
            assert b"HTTP/1.1 2" not in attacker.rest()

    def test_nor_does_one_that_comes_drop_by_drop(self, hasty: SigningAgent) -> None:
        with raw(hasty) as attacker:
            attacker.send(self.HALF)
            attacker.socket.settimeout(0.05)

            def ended() -> bool:
                with suppress(TimeoutError):
                    return not attacker.send(b"x").more()
                return False

            poll(ended)  # without a deadline the head grows until it is too large, which takes an hour
            assert attacker.received == b""

    def test_a_second_request_that_never_ends_is_ended_too(self, hasty: SigningAgent) -> None:
        host = f"127.0.0.1:{port_of(hasty)}".encode()
        with raw(hasty) as attacker:
            attacker.send(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
            assert attacker.status() == 404
            assert attacker.send(self.HALF).rest().count(b"HTTP/1.1") == 1

    def test_idle_connections_do_not_keep_others_out(self, agent: SigningAgent) -> None:
        with ExitStack() as stack:
            idle: list[Raw] = []
            for _ in range(10):  # the system's own queue of connections is short
                idle += [stack.enter_context(raw(agent)).send(self.HALF) for _ in range(15)]
                assert request("GET", f"{web_origin(agent)}/window/x/state").status == 404
            with page(agent, PORTAL) as asking:
                asking.send("sign-xml")
                assert asking.error() == "refused"
            assert idle[0].rest() == b""  # the oldest had to go
