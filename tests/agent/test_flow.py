"""One request after another: what leads to a signature, and everything that must not."""

from __future__ import annotations

import base64
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from chukyso.agent.core.config import Timeouts
from chukyso.agent.server import AgentConfig, SigningAgent
from chukyso.errors import Code
from chukyso.portal.document import Expected, check_ours, read_change
from chukyso.signature.verify import check_signature
from support.agent import (
    ORIGIN,
    TIMEOUT,
    Bench,
    Page,
    Person,
    document_for,
    error_of,
    page,
    raised_by,
    requested,
    running,
    to_pin_window,
)
from support.token import PIN

DEEP = b"<ThayDoiChuKySo>" + b"<a>" * 99 + b"</a>" * 99 + b"</ThayDoiChuKySo>"


class TestSigning:
    def test_a_page_gets_certificate_and_signature(self, bench: Bench, agent: SigningAgent, asking: Page) -> None:
        assert asking.get_certificate() == bench.certificate.der
        request_id = asking.ask_signature(bench.certificate)
        asked = requested(agent)
        assert (asked.id, asked.origin, asked.document) == (request_id, ORIGIN, document_for(bench.certificate))
        person = to_pin_window(agent, asked)
        assert person.press("accept") == 204
        states = [asking.receive() for _ in range(4)]
        assert [message.get("state") for message in states] == ["certificate-window", "pin-window", "signing", None]
        assert {message["id"] for message in states} == {request_id}
        signed = base64.b64decode(states[3]["document"])
        result = agent.wait_for_result(asked, TIMEOUT)
        assert result.document == signed
        verified = check_signature(signed, expected=bench.certificate)
        assert datetime.now(UTC) - verified.signing_time < timedelta(minutes=1)
        assert "Đã ký" in person.look()

    def test_the_windows_show_what_is_signed_with_what(self, bench: Bench, agent: SigningAgent, asking: Page) -> None:
        asking.get_certificate()
        asking.ask_signature(bench.certificate)
        asked = requested(agent)
        agent.approve(asked)
        window = Person(asked.certificate_window)
        certificate = bench.certificate
        shown = {
            "serial": certificate.serial.upper(),
            "owner": certificate.owner,
            "taxCode": certificate.tax_code,
            "issuer": certificate.issuer,
            "validFrom": (certificate.not_before + timedelta(hours=7)).strftime("%d/%m/%Y %H:%M:%S"),
            "validTo": (certificate.not_after + timedelta(hours=7)).strftime("%d/%m/%Y %H:%M:%S"),
            "origin": ORIGIN,
            "documentType": "Tờ khai thay đổi thông tin chữ ký số",
        }
        assert {name: window.field(name) for name in shown} == shown
        assert ">OK</button>" in window.look()
        assert ">Hủy</button>" in window.look()
        window.press("accept")
        pin_window = Person(asked.pin_window)
        for name in ("serial", "taxCode", "origin", "documentType"):
            assert pin_window.field(name) == shown[name]
        assert ">Chấp nhận</button>" in pin_window.look()

    def test_text_in_the_configuration_is_escaped(self, bench: Bench) -> None:
        texts = {"document_title": "<script>x</script>", "pin_accept_text": 'A"><b>'}
        with running(bench, **texts) as agent, page(agent) as asking:
            asking.get_certificate()
            asking.ask_signature(bench.certificate)
            asked = requested(agent)
            text = to_pin_window(agent, asked).look()
        assert "<script>x" not in text
        assert "<b>" not in text.replace("<b data-field", "")

    def test_each_takes_its_own_approval_and_pin(self, bench: Bench, agent: SigningAgent, asking: Page) -> None:
        asking.get_certificate()
        asking.ask_signature(bench.certificate)
        first = requested(agent)
        assert to_pin_window(agent, first).press("accept") == 204
        assert asking.answer()["type"] == "signed"
        asking.ask_signature(bench.certificate)
        second = requested(agent)
        assert second.certificate_window != first.certificate_window
        agent.approve(second)
        assert Person(second.certificate_window).press("accept") == 204
        assert Person(second.pin_window).press("accept") == 409  # the first PIN is gone
        assert error_of(lambda: agent.deliver_pin(first, PIN)) is Code.AGENT_FAILED
        agent.deliver_pin(second, PIN)
        assert Person(second.pin_window).press("accept") == 204
        assert asking.answer()["type"] == "signed"

    def test_nothing_happens_without_approval(self, bench: Bench, agent: SigningAgent, asking: Page) -> None:
        asking.get_certificate()
        asking.ask_signature(bench.certificate)
        asked = requested(agent)
        assert error_of(lambda: agent.deliver_pin(asked, PIN, 0.5)) is Code.SIGNING_TIMEOUT
        with pytest.raises(AssertionError, match="404"):
            Person(asked.certificate_window).look()

    def test_a_refused_request_is_over(self, bench: Bench, agent: SigningAgent, asking: Page) -> None:
        asking.get_certificate()
        asking.ask_signature(bench.certificate)
        asked = requested(agent)
        agent.refuse(asked)
        assert asking.error() == "refused"
        assert error_of(lambda: agent.approve(asked)) is Code.REQUEST_NOT_OURS
        assert error_of(lambda: agent.wait_for_result(asked, 1)) is Code.REQUEST_NOT_OURS


class TestConsent:
    def test_no_certificate_without_an_offer(self, bench: Bench) -> None:
        config = AgentConfig(origins=(ORIGIN,), timeouts=Timeouts(consent=0.1))
        with SigningAgent(config, bench.worker) as agent, page(agent) as asking:
            asking.send("get-certificate")
            assert asking.error() == "timeout"

    def test_the_offer_may_come_after_the_question(self, bench: Bench) -> None:
        with SigningAgent(AgentConfig(origins=(ORIGIN,)), bench.worker) as agent, page(agent) as asking:
            asking.send("get-certificate")
            agent.offer(bench.entry)
            assert asking.answer()["type"] == "certificate"

    def test_an_offer_is_good_for_one_answer(self, bench: Bench) -> None:
        with running(bench, timeouts=Timeouts(consent=0.1)) as agent, page(agent) as asking:
            asking.get_certificate()
            asking.send("get-certificate")
            assert asking.error() == "timeout"

    def test_no_signature_before_the_certificate(self, bench: Bench, agent: SigningAgent, asking: Page) -> None:
        asking.ask_signature(bench.certificate)
        assert asking.error() == "refused"
        assert error_of(lambda: agent.wait_for_request(TIMEOUT)) is Code.REQUEST_NOT_OURS


class TestHold:
    def test_the_button_waits_for_the_run(self, bench: Bench, agent: SigningAgent, asking: Page) -> None:
        asking.get_certificate()
        asking.ask_signature(bench.certificate)
        asked = requested(agent)
        agent.approve(asked)
        assert Person(asked.certificate_window).press("accept") == 204
        agent.deliver_pin(asked, PIN, hold=True)
        person = Person(asked.pin_window)
        assert person.press("accept") == 425
        assert error_of(lambda: agent.wait_for_result(asked, 0.3)) is Code.SIGNING_PENDING
        agent.release(asked)
        assert person.press("accept") == 204
        assert agent.wait_for_result(asked, TIMEOUT).certificate == bench.certificate


FIELD = b"<EMAIL>lien.he@example.vn</EMAIL>"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"", b"", None),
        (b"</CKS_MOI>", b"<X/></CKS_MOI>", Code.DOCUMENT_INVALID),
        (b"<CKy_Dvi/>", b"<UyQuyen>tat ca</UyQuyen><CKy_Dvi/>", Code.DOCUMENT_INVALID),
        (FIELD, FIELD * 2, Code.DOCUMENT_INVALID),
        (FIELD, b"", Code.DOCUMENT_INVALID),
        (FIELD, b"<EMAIL>a<b>x</b></EMAIL>", Code.DOCUMENT_INVALID),
        (b"<TTDVI>", b'<TTDVI x="1">', Code.DOCUMENT_INVALID),
        (b"<MST>", b'<MST x="1">', Code.DOCUMENT_INVALID),
        (b"Z</END></CKS_MOI>", b"0Z</END></CKS_MOI>", Code.REQUEST_NOT_OURS),
    ],
)
def test_nothing_is_signed_that_was_not_read(bench: Bench, old: bytes, new: bytes, code: Code | None) -> None:
    document = document_for(bench.certificate)
    assert old in document
    changed = document.replace(old, new, 1) if old else document

    def read() -> None:
        change = read_change(changed, document_type="ThayDoiChuKySo", place="CKy_Dvi")
        check_ours(change, bench.certificate, Expected(bench.certificate.tax_code, bench.certificate.serial))

    if code is None:
        read()
    else:
        assert error_of(read) is code


class TestDocument:
    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"certificateSerial": "ab"}, Code.REQUEST_NOT_OURS),
            ({"place": "Cky"}, Code.REQUEST_NOT_OURS),
            ({"document": b""}, Code.DOCUMENT_INVALID),
            ({"document": b"raw bytes to be signed"}, Code.DOCUMENT_INVALID),
            ({"document": b"\x30\x31\x30\x0d" + bytes(32)}, Code.DOCUMENT_INVALID),
            ({"document": b"<Khac><CKy_Dvi/></Khac>"}, Code.DOCUMENT_INVALID),
            ({"document": b"<ThayDoiChuKySo/>"}, Code.DOCUMENT_INVALID),
            ({"document": b"<ThayDoiChuKySo><CKy_Dvi/><CKy_Dvi/></ThayDoiChuKySo>"}, Code.DOCUMENT_INVALID),
            ({"document": b"<ThayDoiChuKySo><CKy_Dvi>x</CKy_Dvi></ThayDoiChuKySo>"}, Code.DOCUMENT_INVALID),
            ({"document": b'<x:ThayDoiChuKySo xmlns:x="x"><CKy_Dvi/></x:ThayDoiChuKySo>'}, Code.DOCUMENT_INVALID),
            ({"document": b"<!DOCTYPE a><ThayDoiChuKySo><CKy_Dvi/></ThayDoiChuKySo>"}, Code.DOCUMENT_INVALID),
            ({"document": DEEP}, Code.DOCUMENT_INVALID),
        ],
    )
    def test_what_is_not_this_kind_of_document_is_refused(
        self, bench: Bench, agent: SigningAgent, asking: Page, changed: dict[str, Any], code: Code
    ) -> None:
        asking.get_certificate()
        asking.ask_signature(bench.certificate, **changed)
        assert asking.error() == "refused"
        assert error_of(lambda: agent.wait_for_request(TIMEOUT)) is code

    def test_a_document_that_is_too_large_is_refused(self, bench: Bench, agent: SigningAgent, asking: Page) -> None:
        asking.get_certificate()
        asking.ask_signature(bench.certificate, document_for(bench.certificate, extra=f"<X>{'x' * (1 << 20)}</X>"))
        assert asking.error() == "refused"
        assert error_of(lambda: agent.wait_for_request(TIMEOUT)) is Code.DOCUMENT_INVALID


class TestSocket:
    def closed(self, asking: Page) -> int:
        with pytest.raises(ConnectionClosed) as closed:
            asking.receive()
        assert closed.value.rcvd is not None
        return closed.value.rcvd.code

    @pytest.mark.parametrize("frame", ["", "{}", "[" * 100_000, '{"a":' * 100_000, b"\x00\x01"])
    def test_a_malformed_frame_closes_it(self, asking: Page, frame: str | bytes) -> None:
        asking.socket.send(frame)
        assert asking.error() == "refused"
        assert self.closed(asking) == 1008

    def test_a_frame_that_is_too_large_closes_it(self, bench: Bench) -> None:
        with running(bench, max_message=10_000) as agent, page(agent) as asking:
            asking.socket.send("x" * 10_001)
            assert self.closed(asking) == 1009

    def test_a_request_id_is_good_once(self, agent: SigningAgent, asking: Page) -> None:
        request_id = str(uuid.uuid4())
        asking.send("get-certificate", request_id)
        assert asking.answer()["type"] == "certificate"
        asking.send("get-certificate", request_id)
        assert asking.error() == "refused"
        assert self.closed(asking) == 1008
        with page(agent) as other:  # nor on another socket
            other.send("get-certificate", request_id)
            assert other.error() == "refused"

    def test_a_second_request_is_told_busy(self, bench: Bench, agent: SigningAgent, asking: Page) -> None:
        asking.get_certificate()
        first = asking.ask_signature(bench.certificate)
        asked = requested(agent)
        second = asking.ask_signature(bench.certificate)
        assert asking.receive() == {"v": 1, "id": second, "type": "error", "code": "busy"}
        with page(agent) as other:
            other.send("get-certificate")
            assert other.error() == "busy"
        person = to_pin_window(agent, asked)
        assert person.press("accept") == 204
        answer = asking.answer()
        assert (answer["type"], answer["id"]) == ("signed", first)

    def test_leaving_cancels_and_frees_the_agent(self, bench: Bench, agent: SigningAgent) -> None:
        with page(agent) as asking:
            asking.get_certificate()
            asking.ask_signature(bench.certificate)
            asked = requested(agent)
            agent.approve(asked)
            person = Person(asked.certificate_window)
            person.look()
        assert error_of(lambda: agent.wait_for_result(asked, TIMEOUT)) is Code.BROWSER_CLOSED
        assert "Không ký được" in person.look()
        with page(agent) as again:
            again.ask_signature(bench.certificate)
            assert requested(agent).id != asked.id

    def test_leaving_a_waiting_question_frees_the_agent(self, bench: Bench) -> None:
        with SigningAgent(AgentConfig(origins=(ORIGIN,)), bench.worker) as agent:
            with page(agent) as asking:
                asking.send("get-certificate")
            agent.offer(bench.entry)
            with page(agent) as again:
                assert again.get_certificate() == bench.certificate.der

    def test_the_page_can_cancel(self, bench: Bench, agent: SigningAgent, asking: Page) -> None:
        asking.get_certificate()
        request_id = asking.ask_signature(bench.certificate)
        asked = requested(agent)
        asking.send("cancel", str(uuid.uuid4()))  # not this one
        agent.approve(asked)
        asking.send("cancel", request_id)
        assert asking.error() == "cancelled"
        assert error_of(lambda: agent.wait_for_result(asked, TIMEOUT)) is Code.SIGNING_CANCELLED


class TestPerson:
    def test_can_cancel_in_the_certificate_window(self, bench: Bench, agent: SigningAgent, asking: Page) -> None:
        asking.get_certificate()
        asking.ask_signature(bench.certificate)
        asked = requested(agent)
        agent.approve(asked)
        person = Person(asked.certificate_window)
        assert person.press("cancel") == 204
        assert asking.error() == "cancelled"
        error = raised_by(lambda: agent.wait_for_result(asked, TIMEOUT))
        assert (error.code, error.context["window"]) == (Code.SIGNING_CANCELLED, "chứng thư số")
        assert error.__cause__ is None  # not itself: Robot follows the causes to their end
        assert "Đã hủy" in person.look()
        assert error_of(lambda: agent.deliver_pin(asked, PIN)) is Code.SIGNING_CANCELLED

    def test_can_cancel_in_the_pin_window(self, bench: Bench, agent: SigningAgent, asking: Page) -> None:
        asking.get_certificate()
        asking.ask_signature(bench.certificate)
        asked = requested(agent)
        assert to_pin_window(agent, asked).press("cancel") == 204
        assert asking.error() == "cancelled"
        error = raised_by(lambda: agent.wait_for_result(asked, TIMEOUT))
        assert (error.code, error.context["window"]) == (Code.SIGNING_CANCELLED, "nhập mã PIN")

    @pytest.mark.parametrize("window", ["approval", "certificate", "pin"])
    def test_can_be_too_late(self, bench: Bench, window: str) -> None:
        timeouts = Timeouts(approval=0.2) if window == "approval" else Timeouts(window=0.5)
        with running(bench, timeouts=timeouts) as agent, page(agent) as asking:
            asking.get_certificate()
            asking.ask_signature(bench.certificate)
            asked = requested(agent)
            if window != "approval":
                agent.approve(asked)
            if window == "pin":
                Person(asked.certificate_window).press("accept")
            assert asking.error() == "timeout"
            assert error_of(lambda: agent.wait_for_result(asked, TIMEOUT)) is Code.SIGNING_TIMEOUT
