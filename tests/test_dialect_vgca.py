"""Pages written for VGCA Sign Service."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chukyso.agent.config import Timeouts
from chukyso.agent.dialects.vgca import STATUS_ERROR, Vgca
from chukyso.agent.task import Content
from chukyso.signature.verify import check_signature
from chukyso.signature.xmlsafe import canonical
from fixtures_agent import ORIGIN, PATIENCE, Bench, open_bench
from fixtures_dialect import DOCS, Desk, by_openssl, by_xmlsec, desk, is_over_hash, json_lines
from fixtures_token import PIN

XML = "<HOC_BA Id='data'><TEN>Nguyễn Văn Thử *</TEN></HOC_BA>".encode()
DIGEST = hashlib.sha256(b"what nobody sees").digest()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with open_bench(tmp_path_factory.mktemp("vgca")) as opened:
        yield opened


@pytest.fixture
def sitting(bench: Bench) -> Iterator[Desk]:
    with desk(bench, Vgca()) as opened:
        yield opened


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sign_xml(**changed: object) -> dict[str, object]:
    """A message as pages send it."""
    given = {"Base64Content": encoded(XML), "ReturnSignatureOnly": "false", "HashAlg": "Sha256", "XmlDsigForm": "true"}
    return {**given, **changed}


def sign_hash(**changed: object) -> dict[str, object]:
    return {"HashAlg": "SHA256", "HashValue": encoded(DIGEST), "Encode": "RSA", **changed}


def ask(sitting: Desk, function: str, message: object, person: Callable[[], object] = lambda: None) -> dict[str, Any]:
    """One socket, one message, one answer."""
    with sitting.socket(function) as socket:
        socket.send(message if isinstance(message, str) else json.dumps(message))
        person()
        answer: dict[str, Any] = json.loads(socket.recv(timeout=PATIENCE))
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=PATIENCE)
    return answer


def refused(sitting: Desk, function: str, message: object) -> str:
    """The text of an error; nobody was asked anything."""
    answer = ask(sitting, function, message)
    assert answer["Status"] == STATUS_ERROR
    assert set(answer) == {"Status", "Error", "Message"}
    assert sitting.opened.empty()
    return str(answer["Error"])


def test_a_page_gets_the_certificate_after_consent(bench: Bench, sitting: Desk) -> None:
    answer = ask(sitting, "GetCertInfo", "get_cert_info", sitting.share)
    assert answer["Status"] == 0
    assert base64.b64decode(answer["CertInfo"]["Base64Data"]) == bench.certificate.der
    assert "CN=CÔNG TY TNHH THỬ NGHIỆM" in answer["CertInfo"]["Subject"].split(",")
    assert int(answer["CertInfo"]["SerialNumber"], 16) == int(bench.certificate.serial, 16)


def test_a_document_is_signed(bench: Bench, sitting: Desk, tmp_path: Path) -> None:
    said: list[str] = []
    answer = ask(sitting, "SignXML", sign_xml(), lambda: said.append(sitting.sign()))
    document = base64.b64decode(answer["Signature"])
    assert answer["Status"] == 0
    assert check_signature(document, place=None, expected=bench.certificate).signed_bytes == canonical(
        etree.fromstring(XML)
    )
    assert by_xmlsec(document, bench.certificate, tmp_path)
    assert not by_xmlsec(document.replace(b"Nguy", b"Ngay"), bench.certificate, tmp_path)
    assert ORIGIN in said[0]
    assert "VGCA Sign Service" in said[0]
    assert PIN not in "".join(sitting.agent.log)


def test_a_page_that_wants_the_signature_alone_can_put_it_into_its_document(
    bench: Bench, sitting: Desk, tmp_path: Path
) -> None:
    answer = ask(sitting, "SignXML", sign_xml(ReturnSignatureOnly="true"), sitting.sign)
    root = etree.fromstring(XML)
    root.append(etree.fromstring(base64.b64decode(answer["Signature"])))
    assert by_xmlsec(etree.tostring(root, encoding="UTF-8"), bench.certificate, tmp_path)


def test_a_hash_is_signed_when_the_window_said_so(bench: Bench, sitting: Desk) -> None:
    said: list[str] = []
    answer = ask(sitting, "SignMsg", sign_hash(), lambda: said.append(sitting.sign()))
    assert is_over_hash(base64.b64decode(answer["Signature"]), DIGEST, bench.certificate)
    assert base64.b64decode(answer["CertBase64"]) == bench.certificate.der
    assert answer["HashValue"] == encoded(DIGEST)
    assert DIGEST.hex() in said[0]
    assert "chỉ gửi một mã băm, không gửi nội dung" in said[0], "the warning, not only the label of the hash"


def test_data_is_signed_as_detached_cms(bench: Bench, sitting: Desk, tmp_path: Path) -> None:
    answer = ask(sitting, "SignMsg", encoded(b"data"), sitting.sign)
    signature = base64.b64decode(answer["Signature"])
    assert by_openssl(signature, b"data", bench.certificate, tmp_path)
    assert not by_openssl(signature, b"date", bench.certificate, tmp_path)


@pytest.mark.parametrize("message", ["GetVersion", '{"message":"get version"}', ""])
def test_the_version_is_some_answer_in_json(sitting: Desk, message: str) -> None:
    assert ask(sitting, "GetVersion", message)["Status"] == 0
    assert sitting.opened.empty()


@pytest.mark.parametrize("algorithm", ["Sha1", "SHA1", "sha-1", "MD5", "Sha512", "?", 1])
def test_no_hash_but_sha_256(sitting: Desk, algorithm: object) -> None:
    refused(sitting, "SignXML", sign_xml(HashAlg=algorithm))
    refused(sitting, "SignMsg", sign_hash(HashAlg=algorithm))
    assert sitting.logged("only SHA-256 is signed")


@pytest.mark.parametrize("name", ["md5", "sha1", "sha384"])
def test_a_digest_of_another_length_is_refused_whatever_it_is_called(sitting: Desk, name: str) -> None:
    refused(sitting, "SignMsg", sign_hash(HashValue=encoded(hashlib.new(name, b"").digest())))
    assert sitting.logged("only SHA-256 is signed")


@pytest.mark.parametrize("name", ["PIN", "pin", "UserPin", "TokenPIN", "PinCode", "Password", "MatKhau"])
def test_a_pin_of_the_page_is_refused_and_not_written_down(sitting: Desk, name: str) -> None:
    refused(sitting, "SignXML", sign_xml(**{name: "secret-of-the-page"}))
    refused(sitting, "SignMsg", sign_hash(**{name: "secret-of-the-page"}))
    refused(sitting, "GetCertInfo", {name: "secret-of-the-page"})
    assert sitting.logged("the page sent a PIN")
    assert not sitting.logged("secret-of-the-page")


@pytest.mark.parametrize(
    "message",
    [
        "{",
        "[]",
        '"text"',
        '{"Base64Content":"PGEvPg==","Base64Content":"PGIvPg=="}',
        '{"Base64Content":NaN}',
        '{"Base64Content":"%%%"}',
        '{"Base64Content":7}',
        "{}",
        sign_xml(Base64Content=""),
        sign_xml(Base64Content=encoded(b"no XML")),
        sign_xml(Base64Content=encoded(b"<!DOCTYPE a><a/>")),
        sign_xml(ReturnSignatureOnly="maybe"),
        sign_xml(XPath="//a"),
        "[" * 100_000,
    ],
)
def test_what_is_no_message_is_refused(sitting: Desk, message: object) -> None:
    refused(sitting, "SignXML", message)


@pytest.mark.parametrize(
    "message", ["", "%%%", sign_hash(Encode="DER"), sign_hash(HashValue=""), {"Base64Content": "YQ=="}]
)
def test_what_is_no_message_to_sign_is_refused(sitting: Desk, message: object) -> None:
    refused(sitting, "SignMsg", message)


@pytest.mark.parametrize(
    "function", ["SignPDF", "SignFile", "SignJson", "VerifyXML", "Auth", "Config", "SignXMLP12", "x"]
)
def test_what_is_not_covered_says_so(sitting: Desk, function: str) -> None:
    assert "không hỗ trợ" in refused(sitting, function, json.dumps({"pin": "secret-of-the-page"}))
    assert not sitting.logged("secret-of-the-page")


def test_no_consent_no_certificate(bench: Bench, sitting: Desk) -> None:
    answer = ask(sitting, "GetCertInfo", "get_cert_info", lambda: sitting.cancel("share"))
    assert (answer["Status"], answer["Error"]) == (STATUS_ERROR, "Người dùng hủy bỏ")
    assert bench.certificate.owner not in json.dumps(answer)


def test_a_person_cancels(sitting: Desk) -> None:
    assert ask(sitting, "SignXML", sign_xml(), sitting.cancel)["Error"] == "Người dùng hủy bỏ"


def test_nobody_answers(bench: Bench) -> None:
    with desk(bench, Vgca(), timeouts=Timeouts(window=0.1)) as sitting:
        answer = ask(sitting, "SignXML", sign_xml())
        assert (answer["Status"], answer["Error"]) == (STATUS_ERROR, "Không có xác nhận trong thời gian chờ")


def test_nothing_is_signed_that_was_not_switched_on(bench: Bench) -> None:
    with desk(bench, Vgca(), contents=frozenset({Content.CHANGE})) as sitting:
        for function, message in (("SignXML", sign_xml()), ("SignMsg", sign_hash()), ("SignMsg", encoded(b"data"))):
            refused(sitting, function, message)


def test_one_thing_at_a_time(sitting: Desk) -> None:
    with sitting.socket("SignXML") as first:
        first.send(json.dumps(sign_xml()))
        window = sitting.window("certificate")
        assert "một yêu cầu khác" in refused(sitting, "SignXML", sign_xml())
        window.press("cancel")
        assert json.loads(first.recv(timeout=PATIENCE))["Status"] == STATUS_ERROR


def test_a_page_that_leaves_takes_its_window_along(sitting: Desk) -> None:
    with sitting.socket("SignXML") as socket:
        socket.send(json.dumps(sign_xml()))
        window = sitting.window("certificate")
    assert ask(sitting, "SignXML", sign_xml(), sitting.sign)["Status"] == 0  # not busy any more
    assert 'name="accept"' not in window.look()


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "https://127.0.0.1:8443", ORIGIN + ".evil.example"]
)
def test_a_page_of_another_origin_is_refused(sitting: Desk, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as raised, sitting.socket("GetVersion", origin=origin):
        pass
    assert raised.value.response.status_code == 403


def test_a_name_that_leads_here_is_refused(sitting: Desk) -> None:
    with pytest.raises(InvalidStatus) as raised, sitting.socket("GetVersion", host="rebound.example"):
        pass
    assert raised.value.response.status_code == 403


def test_a_message_that_is_too_large_closes_the_socket(bench: Bench) -> None:
    with desk(bench, Vgca(), max_message=10_000) as sitting, sitting.socket("SignXML") as socket:
        socket.send(json.dumps(sign_xml(Base64Content="A" * 10_000)))
        with pytest.raises(ConnectionClosed) as raised:
            socket.recv(timeout=PATIENCE)
        assert raised.value.rcvd is not None
        assert raised.value.rcvd.code == 1009


def test_a_binary_frame_closes_the_socket(sitting: Desk) -> None:
    with sitting.socket("GetVersion") as socket:
        socket.send(b"GetVersion")
        with pytest.raises(ConnectionClosed) as raised:
            socket.recv(timeout=PATIENCE)
        assert raised.value.rcvd is not None
        assert raised.value.rcvd.code == 1008


def test_sockets_are_counted(sitting: Desk) -> None:
    opened = [sitting.socket("GetVersion") for _ in range(8)]
    for each in opened:
        each.__enter__()
    try:
        with pytest.raises(InvalidStatus) as raised, sitting.socket("GetVersion"):
            pass
        assert raised.value.response.status_code == 503
    finally:
        for each in opened:
            each.__exit__(None, None, None)


def test_the_messages_of_the_reference_page_can_be_sent(bench: Bench, sitting: Desk) -> None:
    document, digest = json_lines(DOCS / "vgca.md")
    assert ask(sitting, "SignXML", document, sitting.sign)["Status"] == 0
    assert ask(sitting, "SignMsg", digest, sitting.sign)["Status"] == 0
