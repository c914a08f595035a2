"""Pages written for the Viettel-CA SignPlugin."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from chukyso.agent.config import Timeouts
from chukyso.agent.connections import HttpConnection
from chukyso.agent.dialects import viettel
from chukyso.agent.dialects.viettel import Viettel
from chukyso.agent.dialects.viettel_sessions import MAX_SESSIONS, SESSION_SECONDS
from chukyso.agent.task import Content
from fixtures_agent import ORIGIN, Bench, open_bench, request
from fixtures_attack import poll
from fixtures_dialect import OTHER_ORIGIN, Desk, desk, is_over_hash
from fixtures_token import PIN

DIGEST = hashlib.sha256(b"what nobody sees").digest()
OTHERS = {"Origin": OTHER_ORIGIN}
LIBRARIES = "viettel-ca_v5.dll;viettel-ca_v4.dll;/tmp/evil.so"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with open_bench(tmp_path_factory.mktemp("viettel")) as opened:
        yield opened


class Clock:
    """Stands still until it is told otherwise."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sitting(bench: Bench, clock: Clock) -> Iterator[Desk]:
    with desk(bench, Viettel(tls=False, clock=clock)) as opened:
        yield opened


def given_certificate(sitting: Desk) -> str:
    """A session in which the operator shared the certificate."""
    session = sitting.post("getSession", liblist=LIBRARIES)
    answer = sitting.post_later("getCertificate", sessionID=session)
    sitting.share()
    assert answer.result()
    return session


def error(sitting: Desk, function: str, **fields: object) -> str:
    """The code that a page reads after an empty answer; nobody was asked anything."""
    assert sitting.post(function, **fields) == ""
    assert sitting.opened.empty()
    return sitting.post("getLastErr")


@pytest.mark.parametrize("tls", [False, True])
def test_a_page_gets_the_certificate_and_a_signature(bench: Bench, tls: bool) -> None:
    with desk(bench, Viettel(tls=tls)) as sitting:
        session = sitting.post("getSession", liblist=LIBRARIES)
        answer = sitting.post_later("getCertificate", sessionID=session)
        sitting.share()
        assert base64.b64decode(answer.result()) == bench.certificate.der
        signature = sitting.post_later("signHash", sessionID=session, HashVal=DIGEST.hex().upper(), HashOpt=2)
        said = sitting.sign()
        assert is_over_hash(base64.b64decode(signature.result()), DIGEST, bench.certificate)
        assert DIGEST.hex() in said
        assert "mã băm" in said.lower()
        assert ORIGIN in said
        assert sitting.post("getLastErr") == ""
        assert PIN not in "".join(sitting.agent.log)


def test_what_a_page_asks_of_the_certificate(bench: Bench, sitting: Desk) -> None:
    functions = ("getCertSNB", "getCertCN", "getCertDN", "getCertIssuer", "getCertValidDate", "getCertExpireDate")
    assert [sitting.post(function) for function in functions] == [""] * 6  # nobody consented yet
    given_certificate(sitting)
    answers = {function: sitting.post(function) for function in functions}
    assert int(answers["getCertSNB"], 16) == int(bench.certificate.serial, 16)
    assert answers["getCertCN"] == bench.certificate.owner
    assert all(answers.values())
    assert [sitting.post(function, OTHERS) for function in functions] == [""] * 6


@pytest.mark.parametrize(("option", "digest"), [(0, "sha1"), (1, "md5"), (0, "sha256"), (1, "sha256"), ("", "sha256")])
def test_no_hash_but_sha_256(sitting: Desk, option: object, digest: str) -> None:
    session = given_certificate(sitting)
    value = hashlib.new(digest, b"").hexdigest()
    code = error(sitting, "signHash", sessionID=session, HashVal=value, HashOpt=option)
    assert code == viettel.DATA_INVALID
    assert sitting.logged("only SHA-256 is signed")


@pytest.mark.parametrize("value", ["", "00" * 20, "00" * 16, "00" * 33, "zz" * 32, "0" * 63])
def test_a_digest_of_another_length_is_refused_whatever_it_is_called(sitting: Desk, value: str) -> None:
    session = given_certificate(sitting)
    code = error(sitting, "signHash", sessionID=session, HashVal=value, HashOpt=2)
    assert code == viettel.DATA_INVALID


@pytest.mark.parametrize("name", ["PIN", "pin", "tokenPin", "password"])
def test_a_pin_of_the_page_is_refused_and_not_written_down(sitting: Desk, name: str) -> None:
    session = given_certificate(sitting)
    fields = {"sessionID": session, "HashVal": DIGEST.hex(), "HashOpt": 2, name: "secret-of-the-page"}
    assert error(sitting, "signHash", **fields) == viettel.DATA_INVALID
    assert error(sitting, "getCertificate", sessionID=session, **{name: "secret-of-the-page"}) == viettel.PLUGIN_ERROR
    assert sitting.logged("the page sent a PIN")
    assert not sitting.logged("secret-of-the-page")


def test_sessions_cannot_be_guessed_and_belong_to_one_origin(sitting: Desk) -> None:
    session = given_certificate(sitting)
    assert len(session) >= 43
    assert session != sitting.post("getSession")
    fields = {"sessionID": session, "HashVal": DIGEST.hex(), "HashOpt": 2}
    assert sitting.post("signHash", OTHERS, **fields) == ""
    assert sitting.post("getLastErr", OTHERS) == viettel.SESSION_INVALID["signHash"]
    assert sitting.post("getLastErr") == ""  # what happens to another page is nothing to this one
    assert error(sitting, "getCertificate", sessionID="") == viettel.SESSION_INVALID["getCertificate"]
    assert error(sitting, "signHash", **{**fields, "sessionID": "1"}) == viettel.SESSION_INVALID["signHash"]


def test_sessions_end(sitting: Desk, clock: Clock) -> None:
    session = given_certificate(sitting)
    fields = {"sessionID": session, "HashVal": DIGEST.hex(), "HashOpt": 2}
    clock.now += SESSION_SECONDS - 1
    answer = sitting.post_later("signHash", **fields)
    sitting.cancel()
    assert answer.result() == ""
    clock.now += 1
    assert error(sitting, "signHash", **fields) == viettel.SESSION_INVALID["signHash"]
    assert sitting.post("getCertSNB") == ""


def test_sessions_are_counted(sitting: Desk) -> None:
    first = sitting.post("getSession")
    for _ in range(MAX_SESSIONS):
        sitting.post("getSession")
    assert error(sitting, "getCertificate", sessionID=first) == viettel.SESSION_INVALID["getCertificate"]


def test_no_consent_no_certificate(sitting: Desk) -> None:
    session = sitting.post("getSession")
    answer = sitting.post_later("getCertificate", sessionID=session)
    sitting.cancel("share")
    assert answer.result() == ""
    assert sitting.post("getLastErr") == viettel.NO_CERTIFICATE
    assert sitting.post("getCertCN") == ""


def test_a_person_cancels_and_the_next_success_forgets_it(sitting: Desk) -> None:
    session = given_certificate(sitting)
    answer = sitting.post_later("signHash", sessionID=session, HashVal=DIGEST.hex(), HashOpt=2)
    sitting.cancel()
    assert answer.result() == ""
    assert sitting.post("getLastErr") == viettel.SIGNING_ERROR
    sitting.post("getSession")
    assert sitting.post("getLastErr") == ""


def test_nobody_answers(bench: Bench) -> None:
    with desk(bench, Viettel(tls=False), timeouts=Timeouts(window=0.1)) as sitting:
        session = sitting.post("getSession")
        assert sitting.post("getCertificate", sessionID=session) == ""
        assert sitting.post("getLastErr") == viettel.NO_CERTIFICATE
        assert sitting.post("signHash", sessionID=session, HashVal=DIGEST.hex(), HashOpt=2) == ""
        assert sitting.post("getLastErr") == viettel.SIGNING_ERROR


def test_no_hash_is_signed_unless_it_was_switched_on(bench: Bench) -> None:
    with desk(bench, Viettel(tls=False), contents=frozenset({Content.CHANGE, Content.XML})) as sitting:
        session = given_certificate(sitting)
        code = error(sitting, "signHash", sessionID=session, HashVal=DIGEST.hex(), HashOpt=2)
        assert code == viettel.DATA_INVALID


def test_one_thing_at_a_time(sitting: Desk) -> None:
    session = given_certificate(sitting)
    first = sitting.post_later("signHash", sessionID=session, HashVal=DIGEST.hex(), HashOpt=2)
    window = sitting.window("certificate")
    assert error(sitting, "signHash", sessionID=session, HashVal=DIGEST.hex(), HashOpt=2) == viettel.PLUGIN_ERROR
    window.press("cancel")
    assert first.result() == ""


@pytest.mark.parametrize("function", ["Sign", "Verify", "signXML", "x"])
def test_what_is_not_covered_says_so(sitting: Desk, function: str) -> None:
    assert error(sitting, function, sessionID="1", inData="YQ==") == viettel.PLUGIN_ERROR
    assert sitting.logged("not covered")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("liblist=1&liblist=2", None),
        ("liblist", None),
        ("liblist=1&&", None),
        ("a=&" * 8 + "liblist=1", None),
        ("liblist=\u1ea5".encode(), None),
        ("other=1", None),
        ('{"liblist":"1"}', "application/json"),
        ("liblist=1", "text/plain"),
        ("liblist=1", "multipart/form-data"),
        ("liblist=1", ""),
        ("liblist=" + "a" * viettel.MAX_BODY, None),
    ],
)
def test_what_is_no_form_is_refused(sitting: Desk, body: str | bytes, content_type: str | None) -> None:
    assert sitting.post("getSession", liblist="1")  # this would be one
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert sitting.request("POST", "/getSession", body, headers)[2] == ""
    assert sitting.post("getLastErr") == viettel.PLUGIN_ERROR


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_nothing_happens_by_another_method(sitting: Desk, method: str) -> None:
    status, headers, _ = sitting.request(method, "/getSession?liblist=a")
    assert status == 405
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "changed",
    [
        {"Origin": None},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": ORIGIN.replace("http:", "https:")},
        {"Host": "rebound.example"},
        {"Host": None},
        {"Sec-Fetch-Mode": "navigate"},
        {"Sec-Fetch-Mode": "no-cors"},
    ],
)
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
def test_strangers_are_turned_away(sitting: Desk, method: str, changed: dict[str, str | None]) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Private-Network": "true"}
    status, headers, text = sitting.request(method, "/getSession", "", {**asked, **changed})
    assert status in (400, 403)
    assert not [name for name in headers if name.startswith("access-control-")]
    assert len(text) < 40


def test_an_answer_is_readable_for_its_own_origin_alone(sitting: Desk) -> None:
    for origin in (ORIGIN, OTHER_ORIGIN):
        _, headers, _ = sitting.request("POST", "/getSession", "", {"Origin": origin})
        assert headers["access-control-allow-origin"] == origin
        assert headers["vary"] == "Origin"
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-credentials" not in headers


def test_the_preflight_lets_a_listed_origin_into_this_network(sitting: Desk) -> None:
    asked = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
        "Access-Control-Request-Private-Network": "true",
        "Access-Control-Request-Local-Network": "true",
    }
    status, headers, text = sitting.request("OPTIONS", "/signHash", "", asked)
    assert (status, text) == (204, "")
    assert headers["access-control-allow-origin"] == ORIGIN
    assert headers["access-control-allow-methods"] == "POST"
    assert headers["access-control-allow-private-network"] == "true"
    assert headers["access-control-allow-local-network"] == "true"
    _, plain, _ = sitting.request("OPTIONS", "/signHash", "", {"Access-Control-Request-Method": "POST"})
    assert not [name for name in plain if name.endswith("-network")]
    status, refused, _ = sitting.request("OPTIONS", "/signHash", "", {"Access-Control-Request-Method": "PUT"})
    assert status == 403
    assert "access-control-allow-methods" not in refused


def test_a_page_that_leaves_takes_its_window_along(sitting: Desk) -> None:
    session = given_certificate(sitting)
    body = urlencode({"sessionID": session, "HashVal": DIGEST.hex(), "HashOpt": 2})
    head = f"POST /signHash HTTP/1.1\r\nHost: {sitting.host}\r\nOrigin: {ORIGIN}\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection(("127.0.0.1", sitting.port)) as page:
        page.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}".encode())
        window = sitting.window("certificate")
        assert 'name="accept"' in window.look()
    poll(lambda: 'name="accept"' not in window.look())
    answer = sitting.post_later("signHash", sessionID=session, HashVal=DIGEST.hex(), HashOpt=2)
    sitting.sign()
    assert answer.result()  # not busy any more


def test_an_answer_may_take_as_long_as_a_person_does(sitting: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HttpConnection, "answer_seconds", 0.1)
    session = sitting.post("getSession")
    answer = sitting.post_later("getCertificate", sessionID=session)
    window = sitting.window("share")
    version = re.search(r'data-version="(\d+)"', window.look())
    assert version
    with pytest.raises(ConnectionError):  # the agent's own listener gives a question for news up after that time
        request("GET", f"{window.url.removesuffix('share')}state?after={version.group(1)}")
    assert window.press("accept") == 204
    assert answer.result()
