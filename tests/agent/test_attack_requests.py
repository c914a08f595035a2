"""What a page may not get by asking: raw bytes, a second signature, tries of the PIN, news of the token.

The token stands behind a module that writes every login and signature down, so that none goes unseen.
"""

from __future__ import annotations

import base64
import json
import queue
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from chukyso.agent.core.config import PinSource, Timeouts
from chukyso.agent.server import AgentConfig, SigningAgent
from chukyso.errors import Code
from chukyso.token.client import TokenWorker
from support.agent import (
    TIMEOUT,
    Bench,
    Page,
    Person,
    document_for,
    enter_pin,
    error_of,
    open_bench,
    page,
    request,
    requested,
    to_pin_window,
)
from support.attack import handshake, raw, running_for
from support.token import OTHER_MST, PIN, WRONG_PIN, SoftHsm, build_shim, issue, softhsm_token

PORTAL = "https://portal.example"
DOCUMENT = {"document": "{document}", "certificateSerial": "{serial}", "place": "CKy_Dvi"}


@dataclass(frozen=True)
class Watched:
    """A token whose logins and signatures are counted."""

    bench: Bench
    journal: Path

    def count(self, call: str) -> int:
        return self.journal.read_text().split("\n").count(call) if self.journal.exists() else 0


@pytest.fixture(scope="module", autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """PINs that failed here are not remembered on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHUKYSO_STATE_DIR", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_shim(tmp_path_factory.mktemp("shim"))


@contextmanager
def watch(shim: Path, directory: Path) -> Iterator[Watched]:
    hsm = softhsm_token(directory / "hsm")
    serial = hsm.add_token(entries=[issue()])
    environment = {
        **hsm.environment,
        "SHIM_MODULE": str(hsm.module),
        "SHIM": "locking",
        "SHIM_JOURNAL": str(directory / "journal"),
        "SHIM_TRIES": str(directory / "tries"),
    }
    with TokenWorker(shim, environment) as worker:
        yield Watched(Bench(hsm, serial, worker, worker.certificates(serial)[0]), directory / "journal")


@pytest.fixture(scope="module")
def token(shim: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with watch(shim, tmp_path_factory.mktemp("watched")) as watched:
        yield watched


@pytest.fixture
def watched(token: Watched) -> Watched:
    """The token of the module; nothing was counted yet."""
    token.journal.unlink(missing_ok=True)
    return token


@pytest.fixture
def spoilt(shim: Path, tmp_path: Path) -> Iterator[Watched]:
    """A token that is not the same afterwards."""
    with watch(shim, tmp_path) as watched:
        yield watched


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A token without certificates, as unlike a full one as can be; the entry is another token's."""
    with open_bench(tmp_path_factory.mktemp("full")) as full:
        hsm = softhsm_token(tmp_path_factory.mktemp("empty"))
        serial = hsm.add_token()
        with TokenWorker(hsm.module, hsm.environment) as worker:
            yield Bench(hsm, serial, worker, full.entry)


@contextmanager
def attended(bench: Bench, **options: object) -> Iterator[tuple[SigningAgent, queue.Queue[str]]]:
    opened: queue.Queue[str] = queue.Queue()
    with running_for(bench, PORTAL, pin_source=PinSource.WINDOW, open_window=opened.put, **options) as agent:
        yield agent, opened


def share(asking: Page, opened: queue.Queue[str]) -> None:
    asking.send("get-certificate")
    assert Person(opened.get(timeout=TIMEOUT)).press("accept") == 204
    assert asking.answer()["type"] == "certificate"


class TestContent:
    @pytest.mark.parametrize(
        "message",
        [
            {"type": "sign-hash", "hash": "00" * 32, "certificateSerial": "{serial}"},
            {"type": "sign-data", "data": "AAAA", "certificateSerial": "{serial}"},
            {"type": "sign-xml", "hash": "00" * 32, "certificateSerial": "{serial}", "place": "CKy_Dvi"},
            {"type": "sign-xml", **DOCUMENT, "hash": "00" * 32},
            {"type": "sign-xml", **DOCUMENT, "pin": PIN},
            {"type": "login", "pin": PIN},
            {"type": "get-certificates"},
        ],
    )
    def test_there_is_no_message_for_bytes_hashes_or_pins(self, watched: Watched, message: dict[str, str]) -> None:
        document = base64.b64encode(document_for(watched.bench.certificate)).decode()
        known = {"{serial}": watched.bench.certificate.serial, "{document}": document}
        members = {name: known.get(value, value) for name, value in message.items()}
        with running_for(watched.bench, PORTAL) as agent, page(agent, PORTAL) as asking:
            asking.get_certificate()
            asking.send(members.pop("type"), **members)
            assert asking.error() == "refused"
            assert agent.wait_for_request(0.1) is None
        assert (watched.count("C_Login"), watched.count("C_Sign")) == (0, 0)

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ("", "raw bytes"),
            ("", "\x30\x31\x30\x0d\x06\x09"),
            ("ThayDoiChuKySo", "UyQuyen"),
            ("<CAM_KET>", "<SO_TIEN>9</SO_TIEN><CAM_KET>"),
            ("<TTDVI>", '<TTDVI xml:id="a">'),
            ("<MST>0101234565", f"<MST>{OTHER_MST}"),
            ("<MST>0101234565", "<MST>０１０１２３４５６５"),
            ("<ThayDoiChuKySo>", '<!DOCTYPE a [<!ENTITY e "x">]><ThayDoiChuKySo>'),
            ("<CKy_Dvi/>", "<CKy_Dvi/><CKy_Dvi/>"),
        ],
    )
    def test_nothing_but_the_form_reaches_the_windows(self, watched: Watched, old: str, new: str) -> None:
        document = document_for(watched.bench.certificate).decode()
        assert old in document
        changed = document.replace(old, new) if old else new
        with attended(watched.bench) as (agent, opened), page(agent, PORTAL) as asking:
            share(asking, opened)
            asking.ask_signature(watched.bench.certificate, changed.encode())
            assert asking.error() == "refused"
            assert opened.empty()
        assert watched.count("C_Login") == 0


class TestReplay:
    def test_a_request_that_was_signed_is_not_signed_again(self, watched: Watched) -> None:
        """The same frame on this socket and on a new one; then the same document, its nonce old, as a new request."""
        certificate = watched.bench.certificate
        with running_for(watched.bench, PORTAL) as agent, page(agent, PORTAL) as asking:
            asking.get_certificate()
            sent = json.dumps(
                {
                    **{"v": 1, "id": str(uuid.uuid4()), "type": "sign-xml", "place": "CKy_Dvi"},
                    "document": base64.b64encode(document_for(certificate)).decode(),
                    "certificateSerial": certificate.serial,
                }
            )
            asking.socket.send(sent)
            asked = requested(agent)
            assert to_pin_window(agent, asked).press("accept") == 204
            assert asking.answer()["type"] == "signed"
            asking.socket.send(sent)
            assert asking.error() == "refused"
            with page(agent, PORTAL) as again:
                again.socket.send(sent)
                assert again.error() == "refused"
            with page(agent, PORTAL) as anew:
                anew.ask_signature(certificate)
                second = requested(agent)
                assert request("GET", second.certificate_window).status == 404  # it waits for an approval of its own
                assert error_of(lambda: agent.deliver_pin(second, PIN, 0.2)) is Code.SIGNING_TIMEOUT
        assert (watched.count("C_Login"), watched.count("C_Sign")) == (1, 1)


class TestPin:
    def test_one_pin_is_one_signature_however_often_the_button_is_pressed(self, watched: Watched) -> None:
        certificate = watched.bench.certificate
        with running_for(watched.bench, PORTAL) as agent, page(agent, PORTAL) as asking:
            asking.get_certificate()
            asking.ask_signature(certificate)
            person = to_pin_window(agent, requested(agent))
            headers = person.headers()
            answers: list[int] = []

            def press() -> None:
                answers.append(request("POST", f"{person.url}/accept", headers, "{}").status)

            presses = [threading.Thread(target=press) for _ in range(8)]
            for each in presses:
                each.start()
            for each in presses:
                each.join()
            assert asking.answer()["type"] == "signed"
            assert sorted(answers) == [204] + [409] * 7
            asking.ask_signature(certificate)  # the next one finds no PIN and no consent
            second = requested(agent)
            agent.approve(second)
            assert request("POST", f"{second.pin_window}/accept", headers, "{}").status == 403
            confirm = Person(second.certificate_window)
            assert confirm.press("accept") == 204
            assert Person(second.pin_window).press("accept") == 409
        assert (watched.count("C_Login"), watched.count("C_Sign")) == (1, 1)

    def test_a_page_that_asks_and_asks_costs_no_try_in_a_run(self, watched: Watched) -> None:
        with running_for(watched.bench, PORTAL) as agent, page(agent, PORTAL) as asking:
            asking.get_certificate()
            for _ in range(20):
                request_id = asking.ask_signature(watched.bench.certificate)
                agent.approve(requested(agent))
                asking.send("cancel", request_id)
                assert asking.error() == "cancelled"
        assert watched.count("C_Login") == 0

    def test_a_page_that_asks_and_asks_gets_no_more_windows(self, watched: Watched) -> None:
        with attended(watched.bench) as (agent, opened), page(agent, PORTAL) as asking:
            answers = []
            for _ in range(10):
                asking.send("get-certificate")
                if len(answers) < agent.config.max_refusals:
                    assert Person(opened.get(timeout=TIMEOUT)).press("cancel") == 204
                answers.append(asking.error())
            assert answers == ["cancelled"] * 3 + ["failed"] * 7
            assert opened.empty()
        assert watched.count("C_Login") == 0

    def test_a_page_cannot_have_a_person_lock_the_pin(self, spoilt: Watched) -> None:
        """One wrong PIN is the person's. Asked again, the person is told so, and can type nothing."""
        with attended(spoilt.bench) as (agent, opened), page(agent, PORTAL) as asking:
            share(asking, opened)
            enter_pin(spoilt.bench, asking, opened, WRONG_PIN)
            assert asking.error() == "failed"
            for _ in range(2):
                asking.ask_signature(spoilt.bench.certificate)
                problem = Person(opened.get(timeout=TIMEOUT))
                assert ("PIN_TRY_USED" in problem.look(), problem.press("accept", {"pin": WRONG_PIN})) == (True, 400)
                assert problem.press("cancel") == 204
                assert asking.error() == "cancelled"
            assert opened.empty()
        assert spoilt.count("C_Login") == 1

    def test_a_pin_from_outside_the_window_is_not_tried(self, watched: Watched) -> None:
        with attended(watched.bench) as (agent, opened), page(agent, PORTAL) as asking:
            share(asking, opened)
            asking.ask_signature(watched.bench.certificate)
            confirm = Person(opened.get(timeout=TIMEOUT))
            headers = confirm.headers()
            assert confirm.press("accept") == 204
            enter = Person(confirm.url.replace("/certificate", "/pin"))
            body = json.dumps({"pin": WRONG_PIN})
            for changed in ({}, {"Origin": PORTAL}, {"X-Chukyso-Window": "x"}, {"Content-Type": "text/plain"}):
                answer = request("POST", f"{enter.url}/accept", {**headers, **changed}, body)
                assert (answer.status, answer.text) == (403, "Refused")
            assert enter.press("cancel") == 204
        assert watched.count("C_Login") == 0


class TestProbing:
    """A certificate is a name and a tax code; even that there is one is nobody's business before consent."""

    @pytest.mark.parametrize(
        "changed", [{"Origin": "https://evil.example"}, {"Origin": None}, {"Host": "evil.example"}, {"target": "/"}]
    )
    def test_a_stranger_gets_the_same_bytes(
        self, watched: Watched, empty: Bench, changed: dict[str, str | None]
    ) -> None:
        said = []
        for bench in (watched.bench, empty):
            with SigningAgent(AgentConfig(origins=(PORTAL,), token_serial=bench.serial), bench.worker) as agent:
                with raw(agent) as stranger:
                    lines = stranger.send(handshake(agent, **changed)).rest().split(b"\r\n")  # type: ignore[arg-type]
                said.append([line for line in lines if not line.lower().startswith(b"date:")])
        assert said[0] == said[1]
        assert said[0][0] == b"HTTP/1.1 403 Forbidden"

    @pytest.mark.parametrize("kind", ["get-certificate", "sign-xml"])
    def test_the_listed_page_gets_the_same_answer_in_a_run(self, watched: Watched, empty: Bench, kind: str) -> None:
        said = []
        for bench in (watched.bench, empty):
            config = AgentConfig(origins=(PORTAL,), token_serial=bench.serial, timeouts=Timeouts(consent=0.1))
            with SigningAgent(config, bench.worker) as agent, page(agent, PORTAL) as asking:
                if kind == "sign-xml":
                    asking.ask_signature(watched.bench.certificate)
                else:
                    asking.send(kind)
                said.append(asking.error())
        assert said == (["timeout"] * 2 if kind == "get-certificate" else ["refused"] * 2)

    def test_without_a_certificate_a_window_says_so_and_the_page_is_told_what_it_would_be_told_with_one(
        self, watched: Watched, empty: Bench
    ) -> None:
        for bench in (watched.bench, empty):
            with attended(bench) as (agent, opened), page(agent, PORTAL) as asking:
                request_id = asking.send("get-certificate")
                window = Person(opened.get(timeout=TIMEOUT))
                assert ("Cho phép" in window.look()) is (bench is watched.bench)
                assert window.press("cancel") == 204
                said = asking.receive()
                assert said == {"v": 1, "id": request_id, "type": "error", "code": "cancelled"}

    def test_nor_can_the_missing_certificate_be_consented_to(self, empty: Bench) -> None:
        with attended(empty, timeouts=Timeouts(window=0.5)) as (agent, opened), page(agent, PORTAL) as asking:
            asking.send("get-certificate")
            window = Person(opened.get(timeout=TIMEOUT))
            assert window.press("accept") == 409
            assert asking.error() == "timeout"

    def test_the_state_of_the_pin_is_told_to_the_person_only(self, spoilt: Watched) -> None:
        certificate = spoilt.bench.certificate
        (spoilt.journal.parent / "tries").write_text("2")  # the next wrong one locks
        with attended(spoilt.bench) as (agent, opened), page(agent, PORTAL) as asking:
            share(asking, opened)
            asking.ask_signature(certificate)
            window = Person(opened.get(timeout=TIMEOUT))
            assert "PIN_FINAL_TRY" in window.look()
            assert asking.receive()["state"] == "certificate-window"
            assert window.press("cancel") == 204
            said = asking.receive()
            assert (said["type"], said["code"]) == ("error", "cancelled")
        assert spoilt.count("C_Login") == 0


class TestSwap:
    def test_a_token_that_is_swapped_between_choosing_and_signing_signs_nothing(
        self, spoilt: Watched, tmp_path: Path
    ) -> None:
        """The other one claims the same serial number; its certificate has the same owner, key and key id."""
        bench = spoilt.bench
        other = softhsm_token(tmp_path / "other")
        other.add_token(entries=[issue(key_id=bench.entry.key_id)])
        with running_for(bench, PORTAL) as agent, page(agent, PORTAL) as asking:
            asking.get_certificate()
            asking.ask_signature(bench.certificate)
            asked = requested(agent)
            person = to_pin_window(agent, asked)
            swap(bench.hsm, other)
            assert [entry.certificate.serial for entry in bench.worker.certificates(bench.serial)] != [
                bench.certificate.serial
            ], "the module does not see the other token"
            assert person.press("accept") == 204
            assert asking.error() == "failed"
            assert error_of(lambda: agent.wait_for_result(asked, TIMEOUT)) is Code.TOKEN_GONE
        assert (spoilt.count("C_Login"), spoilt.count("C_Sign")) == (0, 0)


def swap(hsm: SoftHsm, other: SoftHsm) -> None:
    """Put what is on another token in the place of what is on the first, which keeps its serial number and PIN."""
    (token,), (source,) = hsm.tokens.iterdir(), other.tokens.iterdir()
    for path in token.glob("*-*.object"):
        path.unlink()
    for path in source.glob("*-*.object"):
        (token / path.name).write_bytes(path.read_bytes())
    generation = token / "generation"  # by which the module notices
    generation.write_bytes((int.from_bytes(generation.read_bytes()) + 1).to_bytes(8))


class TestStale:
    def test_what_was_consented_to_after_the_page_left_is_not_signed(self, watched: Watched) -> None:
        with running_for(watched.bench, PORTAL) as agent:
            with page(agent, PORTAL) as asking:
                asking.get_certificate()
                asking.ask_signature(watched.bench.certificate)
                asked = requested(agent)
                person = to_pin_window(agent, asked)
                headers = person.headers()
            assert error_of(lambda: agent.wait_for_result(asked, TIMEOUT)) is Code.BROWSER_CLOSED
            assert request("POST", f"{person.url}/accept", headers, "{}").status == 409
            assert error_of(lambda: agent.deliver_pin(asked, PIN, 0.2)) is Code.BROWSER_CLOSED
        assert watched.count("C_Login") == 0
