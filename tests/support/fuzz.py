"""What a fuzzer says to a live agent, and what it must not hear.

Two agents: one whose windows nobody answers, so nothing about the token may ever leave it; one that holds a PIN for a
request of somebody else while the fuzzer is at it.
"""

from __future__ import annotations

import base64
import json
import logging
import queue
import socket
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from chukyso.agent.core.config import AgentConfig, PinSource, Timeouts
from chukyso.agent.server import SigningAgent
from chukyso.agent.wire import protocol
from chukyso.agent.wire.protocol import Cancel, MalformedMessageError
from support.agent import Bench, Person, document_for, open_bench, page, request, requested
from support.attack import SECONDS, frame, handshake, port_of, raw, running_for, web_origin
from support.token import MST, PIN

PORTAL = "https://portal.example"
CODES = {"cancelled", "refused", "timeout", "busy", "failed"}
STATES = {"certificate-window", "pin-window", "signing"}


class Errors(logging.Handler):
    """Keeps what is logged as an error: nothing that a stranger sends may be one."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found.append(logging.Formatter().format(record))


@dataclass(frozen=True)
class Target:
    """The two agents and what must not be heard of them."""

    closed: SigningAgent
    holding: SigningAgent
    window: Person
    headers: dict[str, str]
    secrets: tuple[bytes, ...]
    document: str
    serial: str
    errors: Errors

    def check(self, heard: bytes) -> None:
        """Nothing leaked, nothing broke, and the next one is served."""
        lower = heard.lower()
        for secret in self.secrets:
            assert secret.lower() not in lower, (secret, heard)
        assert not self.errors.found, self.errors.found[0]
        for agent in (self.closed, self.holding):
            assert agent.running
            assert request("GET", f"{web_origin(agent)}/window/x/state").status == 404

    # Each way to attack returns what was heard.

    def talk(self, agent: SigningAgent, messages: list[str | bytes]) -> bytes:
        """Messages of the listed page, each after the answer to the one before, until one closes the socket."""
        with raw(agent) as attacker:
            assert attacker.send(handshake(agent)).status() == 101
            for each in [*messages, b"the end"]:
                attacker.send(frame(0x82 if isinstance(each, bytes) else 0x81, _encoded(each)))
                asked = _asked(each)
                if asked is None:
                    break
                while asked and asked not in _answered(attacker.received) and attacker.more():
                    pass
            attacker.close_code()
            heard = attacker.received
        *_, last = _texts(heard)
        assert json.loads(last)["code"] == "refused", heard  # of the end, or of an id that was used before
        for text in _texts(heard):
            answer = json.loads(text)
            assert (answer["v"], answer["type"]) in ((1, "error"), (1, "progress")), answer
            assert answer.get("code") in CODES or answer.get("state") in STATES, answer
        return heard

    def frames(self, agent: SigningAgent, data: bytes) -> bytes:
        """Whatever bytes after the handshake."""
        with raw(agent) as attacker:
            assert attacker.send(handshake(agent)).status() == 101
            return _until_end(attacker.send(data).socket, attacker.received)

    def http(self, agent: SigningAgent, data: bytes) -> bytes:
        """Whatever bytes from the beginning."""
        known = {b"{port}": str(port_of(agent)).encode(), b"{portal}": PORTAL.encode()}
        for name, value in known.items():
            data = data.replace(name, value)
        with raw(agent) as attacker:
            heard = _until_end(attacker.send(data).socket, b"")
        assert b"HTTP/1.1 5" not in heard, heard
        return heard

    def press(self, body: bytes, changed: dict[str, str]) -> bytes:
        """A button with whatever body: the agent that holds a PIN must go on holding it."""
        answer = request("POST", f"{self.window.url}/accept", {**self.headers, **changed}, body)
        assert answer.status in (400, 403, 425), answer
        return answer.text.encode()


@contextmanager
def target(directory: Path) -> Iterator[Target]:
    with ExitStack() as stack:
        bench = stack.enter_context(open_bench(directory))
        errors = Errors()
        logging.getLogger().addHandler(errors)
        stack.callback(logging.getLogger().removeHandler, errors)
        hasty = Timeouts(consent=0.02, approval=0.02, window=0.02)
        unseen: queue.Queue[str] = queue.Queue()
        config = AgentConfig(
            (PORTAL,),
            token_serial=bench.serial,
            pin_source=PinSource.WINDOW,
            open_window=unseen.put,
            timeouts=hasty,
            max_refusals=1 << 30,
        )
        closed = stack.enter_context(SigningAgent(config, bench.worker))
        holding = stack.enter_context(running_for(bench, PORTAL))
        asking = stack.enter_context(page(holding, PORTAL))
        asking.get_certificate()
        asking.ask_signature(bench.certificate)
        asked = requested(holding)
        holding.approve(asked)
        assert Person(asked.certificate_window).press("accept") == 204
        holding.deliver_pin(asked, PIN, hold=True)
        window = Person(asked.pin_window)
        document = base64.b64encode(document_for(bench.certificate)).decode()
        secrets = _secrets(bench, asked.pin_window.split("/")[4])
        serial = bench.certificate.serial
        yield Target(closed, holding, window, window.headers(), secrets, document, serial, errors)
        assert window.press("accept") == 425, "the PIN is not held any more"


def _secrets(bench: Bench, key: str) -> tuple[bytes, ...]:
    """Of the token, the certificate, the PIN and the program; in the forms in which they could be sent."""
    der = bench.certificate.der
    encoded = base64.b64encode(der)
    words = (MST, PIN, bench.serial, bench.certificate.owner, key, bench.certificate.serial)
    return (
        *(word.encode() for word in words),
        base64.b64encode(PIN.encode())[:10],
        der[20:40],
        encoded[40:60],
        der[20:40].hex().encode(),
        *(b"traceback", b"exception", b"error:", b"chukyso.", b"chukyso/", b".py", b"site-packages", b"0x7"),
        str(Path.home()).encode(),
    )  # fmt: skip


def _encoded(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")  # no UTF-8: the agent's problem


def _asked(message: str | bytes) -> str | None:
    """Id of the request that a message makes, "" when it gets no answer, None when the socket is closed for it."""
    try:
        text = _encoded(message).decode()
        parsed = None if isinstance(message, bytes) else protocol.parse(text)
    except (MalformedMessageError, UnicodeDecodeError):
        return None
    return "" if isinstance(parsed, Cancel) else parsed and parsed.id


def _answered(heard: bytes) -> set[str]:
    """Ids of the requests that are over."""
    answers = [json.loads(text) for text in _texts(heard)]
    return {answer["id"] for answer in answers if answer["type"] != "progress"}


def _texts(heard: bytes) -> Iterator[bytes]:
    """The text frames that a server has sent as a whole after the handshake."""
    at, data = 0, heard.split(b"\r\n\r\n", 1)[1]
    while len(data) - at >= 4:
        opcode, length, start = data[at] & 15, data[at + 1], at + 2
        if length == 126:
            length, start = int.from_bytes(data[start : start + 2]), start + 2
        if opcode == 1 and len(data) >= start + length:
            yield data[start : start + length]
        at = start + length


def _until_end(connection: socket.socket, heard: bytes) -> bytes:
    """What comes until the agent closes; it is left alone first, then told that nothing more will come."""
    connection.settimeout(0.02)
    try:
        with suppress(ConnectionError):
            while data := connection.recv(65536):
                heard += data
    except TimeoutError:
        connection.settimeout(SECONDS)
        with suppress(ConnectionError, OSError):
            connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while data := connection.recv(65536):
                heard += data
    return heard


# What is said

_WORDS = st.sampled_from(
    ["get-certificate", "sign-xml", "cancel", "sign-hash", "CKy_Dvi", "", "null", "1", "\ud800", "é", "A" * 70, "\0"]
)
_NEW = st.uuids().map(str)
_IDS = st.one_of(_NEW, st.sampled_from([str(uuid.UUID(int=7)), "x", "", "7" * 36]))
_DAMAGE = st.none() | st.none() | st.tuples(st.integers(0, 400), st.text(max_size=3))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | _WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_WORDS, inner, max_size=2),
    max_leaves=3,
)


def messages(document: str, serial: str) -> st.SearchStrategy[str]:
    """JSON near the protocol, and what is left of it after some damage."""
    members = {
        "v": st.sampled_from([1, 1, 1, 2, True, 1.0, "1"]) | _VALUES,
        "id": _IDS,
        "type": _WORDS,
        "document": st.sampled_from([document, document[:-2], "PGEvPg==", "?"]) | _VALUES,
        "certificateSerial": st.sampled_from([serial, serial.upper(), "0"]) | _VALUES,
        "place": _WORDS,
    }
    documents = st.sampled_from([document, document, document[:-2], "PGEvPg==", "?", "é"])
    sign = {**members, "v": st.just(1), "id": _NEW, "type": st.just("sign-xml"), "document": documents}
    ask = {"v": st.just(1), "id": _IDS, "type": st.sampled_from(["get-certificate", "cancel"])}
    valid = st.fixed_dictionaries(ask)
    objects = (
        valid
        | st.builds(lambda message, more: {**more, **message}, valid, st.dictionaries(_WORDS, _WORDS, min_size=1))
        | st.fixed_dictionaries({**sign, "certificateSerial": st.just(serial), "place": st.just("CKy_Dvi")})
        | st.fixed_dictionaries({}, optional={**members, "more": _VALUES})
        | st.dictionaries(_WORDS, _VALUES, max_size=6)
    )
    return st.builds(_damaged, objects.map(json.dumps), _DAMAGE)


def _damaged(text: str, damage: tuple[int, str] | None) -> str:
    if damage is None:
        return text
    at = damage[0] % (len(text) + 1)
    return text[:at] + damage[1] + text[at + len(damage[1]) :]


def conversations(document: str, serial: str) -> st.SearchStrategy[list[str | bytes]]:
    anything = messages(document, serial) | st.text(max_size=50) | st.binary(max_size=20)
    return st.lists(anything, min_size=1, max_size=4)


_FRAMES = st.builds(
    frame,
    st.integers(0, 255),
    st.binary(max_size=130),
    masked=st.sampled_from([True, True, True, False]),
    length=st.none() | st.sampled_from([0, 1, 125, 126, 1 << 16, 1 << 21, 1 << 40]),
)
BYTES_AFTER_HANDSHAKE = st.lists(_FRAMES | st.binary(max_size=30), max_size=5).map(b"".join)

_LINES = [
    b"GET /v1 HTTP/1.1", b"POST /window/x/pin/accept HTTP/1.1", b"GET / HTTP/1.0", b"OPTIONS * HTTP/1.1",
    b"Host: 127.0.0.1:{port}", b"Host: evil", b"Origin: {portal}", b"Origin: null", b"Connection: Upgrade",
    b"Upgrade: websocket", b"Upgrade: h2c", b"Sec-WebSocket-Version: 13", b"Sec-WebSocket-Extensions: ;;=,",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", b"Sec-WebSocket-Protocol: ,", b"Content-Length: 3",
    b"Content-Length: -1", b"Transfer-Encoding: chunked", b"Expect: 100-continue", b"Content-Type: application/json",
    b"Sec-Fetch-Site: none", b"Sec-Fetch-Mode: navigate", b"", b" folded", b"a: " + b"b" * 9000, b"\xff: \xfe",
    b"3\r\n{}\n",
]  # fmt: skip
HTTP = st.builds(
    lambda first, rest, end, tail: b"\r\n".join([first, *rest]) + end + tail,
    st.sampled_from(_LINES),
    st.lists(st.sampled_from(_LINES) | st.binary(max_size=20), max_size=9),
    st.sampled_from([b"\r\n\r\n", b"\r\n\r\n", b"\r\n", b"\n\n"]),
    st.binary(max_size=12),
)
BODIES = st.binary(max_size=30) | _VALUES.map(lambda value: _encoded(json.dumps(value))) | st.just(b"[" * 4000)
CHANGED = st.dictionaries(
    st.sampled_from(["Origin", "Content-Type", "X-Chukyso-Window", "Sec-Fetch-Mode", "Content-Encoding"]),
    st.sampled_from(["", "x", "null", "application/json", "navigate", "gzip", PORTAL]),
    max_size=2,
)


def attack(target: Target, data: st.DataObject) -> bytes:
    """One attack of any kind; what was heard."""
    agent = data.draw(st.sampled_from([target.closed, target.holding]))
    kind = data.draw(st.sampled_from(["talk", "talk", "frames", "http", "press"]))
    if kind == "talk":
        return target.talk(agent, data.draw(conversations(target.document, target.serial)))
    if kind == "frames":
        return target.frames(agent, data.draw(BYTES_AFTER_HANDSHAKE))
    if kind == "http":
        return target.http(agent, data.draw(HTTP))
    return target.press(data.draw(BODIES), data.draw(CHANGED))
