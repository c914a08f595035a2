"""Pages written for the VNPT-CA Plugin."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chukyso.agent.config import Timeouts
from chukyso.agent.dialects.vnpt import VERSION, ErrorCode, Vnpt, write_json
from chukyso.agent.dialects.vnpt_tasks import MAX_ITEMS
from chukyso.agent.task import Content
from chukyso.signature.verify import check_signature
from fixtures_agent import ORIGIN, PATIENCE, Bench, open_bench
from fixtures_dialect import DOCS, OTHER_ORIGIN, Desk, by_openssl, by_xmlsec, desk, is_over_hash, json_lines, plugin
from fixtures_token import PIN

XML = b"<HDon><DLHDon><Ten>a * b</Ten></DLHDon><DSCKS/></HDon>"
ITEM = {"data": "YQ==", "type": "cmsdetached"}
DIGEST = hashlib.sha256(b"what nobody sees").digest()
CERT_INFO, SIGN_XML, SIGN_PDF, SIGN_OFFICE, SIGN_CMS, LICENCE, CHECK = 0, 1, 2, 3, 4, 6, 7
SIGN_HASH, SIGN_ARRAY, GET_VERSION, CHECK_TOKEN, ALL_CERTIFICATES = 9, 10, 11, 34, 45


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with open_bench(tmp_path_factory.mktemp("vnpt")) as opened:
        yield opened


@pytest.fixture
def sitting(bench: Bench) -> Iterator[Desk]:
    with desk(bench, Vnpt()) as opened:
        yield opened


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_a_page_does_what_it_does_before_it_signs(bench: Bench, sitting: Desk) -> None:
    with plugin(sitting) as page:
        assert page.call(CHECK, "") == "1"
        assert page.call(GET_VERSION, "", callback="onVersion") == VERSION
        assert json.loads(page.call(LICENCE, "PD94bWwg…"))["code"] == 1
        assert sitting.opened.empty()
        info = json.loads(page.call(CERT_INFO, "0", person=sitting.share))
        assert base64.b64decode(info["base64"]) == bench.certificate.der
        assert (info["subjectCN"], info["issuerCN"]) == (bench.certificate.owner, bench.certificate.issuer)
        assert datetime.fromisoformat(info["notAfter"]) == bench.certificate.not_after
        signed = page.signed(SIGN_XML, encoded(XML), json.dumps({"CertificateSerial": info["serial"]}))
        assert check_signature(signed, place=None, expected=bench.certificate)
    with plugin(sitting) as again:
        assert again.call(CHECK, "") == "1"
    assert sitting.agent.log == []  # nothing to note: the page came, did what it may, and went


def test_a_document_is_signed_where_the_page_wants_it(bench: Bench, sitting: Desk, tmp_path: Path) -> None:
    options = {
        "TagSigning": None,
        "TagSaveResult": "DSCKS",
        "SigningType": "Enveloped",
        "SigningTime": "10:00:00 01/01/2001",
        "ValidateBefore": False,
        "DigestMethod": "SHA256",
        "SignatureMethod": "RSAwithSHA256",
    }
    with plugin(sitting) as page:
        signed = page.signed(SIGN_XML, encoded(XML), json.dumps(options))
    assert check_signature(signed, place="DSCKS", expected=bench.certificate).signing_time.year > 2001
    assert by_xmlsec(signed, bench.certificate, tmp_path)
    assert not by_xmlsec(signed.replace(b"a * b", b"a * c"), bench.certificate, tmp_path)


def test_an_answer_holds_one_asterisk_whatever_is_in_it() -> None:
    written = write_json([{"subjectCN": "A * B"}, write_json("*")])
    assert "*" not in written
    assert json.loads(written) == [{"subjectCN": "A * B"}, '"\\u002a"']


def test_data_and_a_hash_are_signed(bench: Bench, sitting: Desk, tmp_path: Path) -> None:
    said: list[str] = []
    with plugin(sitting) as page:
        cms = page.signed(SIGN_CMS, encoded(b"data"))
        answer = page.call(SIGN_HASH, encoded(DIGEST), person=lambda: said.append(sitting.sign()))
    assert by_openssl(cms, b"data", bench.certificate, tmp_path)
    assert is_over_hash(base64.b64decode(json.loads(answer)["data"]), DIGEST, bench.certificate)
    assert DIGEST.hex() in said[0]
    assert "mã băm" in said[0].lower()
    assert PIN not in "".join(sitting.agent.log)


def test_several_things_are_signed_one_by_one(bench: Bench, sitting: Desk, tmp_path: Path) -> None:
    options = json.dumps({"DigestAlgorithm": "SHA256", "encoding": "utf8", "detached": True})
    items = (
        {"data": encoded(XML), "type": "xml", "sigOptions": "null"},
        {"data": encoded(b"data"), "type": "cmsdetached"},
        {"data": encoded(DIGEST), "type": "hash", "sigOptions": options},
    )

    def person() -> None:
        for _ in items:
            sitting.sign()

    with plugin(sitting) as page:
        info = json.loads(page.call(CERT_INFO, "0", person=sitting.share))
        results = page.array(*items, serial=info["serial"], person=person)
    assert [(one["code"], one["error"], one["serial"]) for one in results] == [(0, "", info["serial"])] * 3
    document, cms, raw = (base64.b64decode(one["data"]) for one in results)
    assert by_xmlsec(document, bench.certificate, tmp_path)
    assert by_openssl(cms, b"data", bench.certificate, tmp_path)
    assert is_over_hash(raw, DIGEST, bench.certificate)


def test_after_a_cancel_nothing_more_is_asked(sitting: Desk) -> None:
    def person() -> None:
        sitting.sign()
        sitting.cancel()

    with plugin(sitting) as page:
        results = page.array(*[{"data": encoded(b"data"), "type": "cmsdetached"}] * 3, person=person)
    assert [one["code"] for one in results] == [0, ErrorCode.CANCELLED, ErrorCode.CANCELLED]
    assert sitting.opened.empty()


@pytest.mark.parametrize(("function", "good"), [(CHECK_TOKEN, "1"), (ALL_CERTIFICATES, None)])
def test_what_tells_of_the_token_takes_consent(bench: Bench, sitting: Desk, function: int, good: str | None) -> None:
    with plugin(sitting) as page:
        no = page.call(function, "", person=lambda: sitting.cancel("share"))
        yes = page.call(function, "", person=sitting.share)
    assert no == ("-1" if good else "")
    assert yes == good or [one["subjectCN"] for one in json.loads(yes)] == [bench.certificate.owner]


def test_no_consent_no_certificate(bench: Bench, sitting: Desk) -> None:
    with plugin(sitting) as page:
        assert page.call(CERT_INFO, "0", person=lambda: sitting.cancel("share")) == ""
        serial = json.dumps({"CertificateSerial": bench.certificate.serial})
        assert page.error(SIGN_XML, encoded(XML), serial) == ErrorCode.INPUT
    with desk(bench, Vnpt(), timeouts=Timeouts(window=0.1)) as alone, plugin(alone) as page:
        assert page.call(CERT_INFO, "0") == ""
        assert page.error(SIGN_CMS, encoded(b"data")) == ErrorCode.SIGNING


def test_another_certificate_than_the_shared_one_is_refused(sitting: Desk) -> None:
    with plugin(sitting) as page:
        page.call(CERT_INFO, "0", person=sitting.share)
        results = page.array({"data": encoded(b"data"), "type": "cmsdetached"}, serial="5401")
        assert [one["code"] for one in results] == [ErrorCode.INPUT]


@pytest.mark.parametrize("algorithm", ["SHA1", "RSAwithSHA1", "MD5", "SHA512", 1])
@pytest.mark.parametrize("option", ["DigestMethod", "SignatureMethod"])
def test_no_hash_but_sha_256(sitting: Desk, algorithm: object, option: str) -> None:
    with plugin(sitting) as page:
        assert page.error(SIGN_XML, encoded(XML), json.dumps({option: algorithm})) == ErrorCode.INPUT
        item = {
            "data": encoded(b"data"),
            "type": "cmsdetached",
            "sigOptions": json.dumps({"DigestAlgorithm": algorithm}),
        }
        assert (
            json.loads(json.loads(page.call(SIGN_ARRAY, json.dumps([json.dumps(item)])))[0])["code"] == ErrorCode.INPUT
        )
    assert sitting.opened.empty()


@pytest.mark.parametrize("name", ["md5", "sha1", "sha512"])
def test_a_digest_of_another_length_is_refused(sitting: Desk, name: str) -> None:
    digest = encoded(hashlib.new(name, b"").digest())
    with plugin(sitting) as page:
        assert page.error(SIGN_HASH, digest) == ErrorCode.INPUT
        assert [one["code"] for one in page.array({"data": digest, "type": "hash"})] == [ErrorCode.INPUT]
    assert sitting.logged("only SHA-256 is signed")
    assert sitting.opened.empty()


@pytest.mark.parametrize("name", ["PIN", "tokenPin", "Password"])
def test_a_pin_of_the_page_is_refused_and_not_written_down(sitting: Desk, name: str) -> None:
    secret = {name: "secret-of-the-page"}
    with plugin(sitting) as page:
        assert page.error(SIGN_XML, encoded(XML), json.dumps(secret)) == ErrorCode.INPUT
        assert page.error(CERT_INFO, "0", **secret) == ErrorCode.INPUT
        results = page.array({"data": encoded(b"data"), "type": "cmsdetached", **secret})
        assert [one["code"] for one in results] == [ErrorCode.INPUT]
    assert sitting.logged("the page sent a PIN")
    assert not sitting.logged("secret-of-the-page")
    assert sitting.opened.empty()


@pytest.mark.parametrize("function", [SIGN_PDF, SIGN_OFFICE, 5, 8, 12, 14, 25, 28, 30, 40, 50, 2019, 99, -1])
def test_what_is_not_covered_says_so(sitting: Desk, function: int) -> None:
    with plugin(sitting) as page:
        answer = json.loads(page.call(function, "x"))
    assert answer["code"] == ErrorCode.UNKNOWN
    assert "không hỗ trợ" in answer["error"]
    assert sitting.opened.empty()


@pytest.mark.parametrize(
    "item",
    [
        {"data": "JVBERg==", "type": "pdf"},
        {"data": "UEs=", "type": "docx"},
        {"data": "YQ=="},
        {"data": "YQ==", "type": "cms", "sigOptions": '{"detached":false}'},
        {"data": "YQ==", "type": "cms", "sigOptions": "[]"},
        {"data": "YQ==", "type": "cms", "sigOptions": "{"},
        {"data": "%", "type": "cms"},
        {"data": encoded(XML), "type": "xml", "sigOptions": '{"NodeToSign":"//a"}'},
        {"data": encoded(XML), "type": "xml", "sigOptions": '{"SigningType":"Detached"}'},
        {"data": encoded(XML), "type": "xml", "sigOptions": '{"TagSaveResult":"//a[1]"}'},
        {"data": encoded(XML), "type": "xml", "sigOptions": '{"TagSaveResult":"MISSING"}'},
        {"data": encoded(XML), "type": "xml", "sigOptions": '{"CertificateSerial":"no hex"}'},
        "no object",
    ],
)
def test_nothing_is_asked_for_what_cannot_be_signed(sitting: Desk, item: object) -> None:
    with plugin(sitting) as page:
        assert [one["code"] > 0 for one in page.array(item)] == [True]
    assert sitting.opened.empty()


@pytest.mark.parametrize(
    "array", ["", "{}", "[]", "[1]", json.dumps([json.dumps(ITEM)] * (MAX_ITEMS + 1)), "[" * 100_000, 7, None]
)
def test_what_is_no_array_is_refused(sitting: Desk, array: object) -> None:
    with plugin(sitting) as page:
        answer = json.loads(page.call(SIGN_ARRAY, array))
    assert sitting.opened.empty()
    assert json.loads(answer[0])["code"] in (ErrorCode.INPUT, ErrorCode.UNKNOWN)
    assert len(answer) == 1


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        "[]",
        '{"functionID":7}',
        '{"functionID":"7","funcCallback":"a","args":[]}',
        '{"functionID":true,"funcCallback":"a","args":[]}',
        '{"functionID":7,"funcCallback":"alert(1)//","args":[]}',
        '{"functionID":7,"funcCallback":"a*b","args":[]}',
        '{"functionID":7,"funcCallback":"a","args":{"0":1}}',
        '{"functionID":7,"functionID":11,"funcCallback":"a","args":[]}',
        "[" * 100_000,
        b"binary",
    ],
)
def test_what_is_no_frame_closes_the_socket(sitting: Desk, frame: str | bytes) -> None:
    with sitting.socket("plugin") as socket:
        socket.send(frame)
        with pytest.raises(ConnectionClosed) as raised:
            socket.recv(timeout=PATIENCE)
    assert raised.value.rcvd is not None
    assert raised.value.rcvd.code == 1008


def test_a_message_that_is_too_large_closes_the_socket(bench: Bench) -> None:
    with desk(bench, Vnpt(), max_message=10_000) as sitting, plugin(sitting) as page:
        with pytest.raises(ConnectionClosed) as raised:
            page.call(SIGN_XML, "A" * 10_000)
        assert raised.value.rcvd is not None
        assert raised.value.rcvd.code == 1009


def test_too_many_frames_ahead_close_the_socket(sitting: Desk) -> None:
    with sitting.socket("plugin") as socket:
        frame = {"functionID": CERT_INFO, "funcCallback": "a", "args": ["0"], "domain": ""}
        for _ in range(11):
            socket.send(json.dumps(frame))
        with pytest.raises(ConnectionClosed):
            while True:
                socket.recv(timeout=PATIENCE)


def test_a_person_cancels(sitting: Desk) -> None:
    with plugin(sitting) as page:
        assert page.error(SIGN_XML, encoded(XML), person=sitting.cancel) == ErrorCode.CANCELLED


def test_nothing_is_signed_that_was_not_switched_on(bench: Bench) -> None:
    with desk(bench, Vnpt(), contents=frozenset({Content.CHANGE})) as sitting, plugin(sitting) as page:
        for function, data in ((SIGN_XML, XML), (SIGN_CMS, b"data"), (SIGN_HASH, DIGEST)):
            assert page.error(function, encoded(data)) == ErrorCode.INPUT
        assert sitting.opened.empty()


def test_one_thing_at_a_time(sitting: Desk) -> None:
    with plugin(sitting) as first, plugin(sitting, origin=OTHER_ORIGIN) as second:

        def person() -> None:
            window = sitting.window("certificate")
            assert second.error(SIGN_CMS, encoded(b"data")) == ErrorCode.UNKNOWN
            assert second.call(CERT_INFO, "0") == ""
            window.press("cancel")

        assert first.error(SIGN_CMS, encoded(b"data"), person=person) == ErrorCode.CANCELLED


def test_a_certificate_that_one_page_was_given_is_not_anothers(bench: Bench, sitting: Desk) -> None:
    with plugin(sitting) as first, plugin(sitting, origin=OTHER_ORIGIN) as second:
        first.call(CERT_INFO, "0", person=sitting.share)
        serial = json.dumps({"CertificateSerial": bench.certificate.serial})
        assert second.error(SIGN_XML, encoded(XML), serial) == ErrorCode.INPUT
        assert sitting.opened.empty()


def test_a_page_that_leaves_takes_its_window_along(sitting: Desk) -> None:
    with sitting.socket("plugin") as socket:
        socket.send(json.dumps({"functionID": CERT_INFO, "funcCallback": "a", "args": ["0"], "domain": ""}))
        window = sitting.window("share")
    with plugin(sitting) as page:
        assert page.call(CERT_INFO, "0", person=sitting.share)  # not busy any more
    assert 'name="accept"' not in window.look()


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "https://127.0.0.1:8443", ORIGIN + "0"])
def test_a_page_of_another_origin_is_refused_whatever_domain_it_claims(sitting: Desk, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as raised, plugin(sitting, origin=origin):
        pass
    assert raised.value.response.status_code == 403


@pytest.mark.parametrize("path", ["", "plugin/", "Plugin", "plugin/x"])
def test_there_is_one_address(sitting: Desk, path: str) -> None:
    with pytest.raises(InvalidStatus), sitting.socket(path):
        pass


def test_a_name_that_leads_here_is_refused(sitting: Desk) -> None:
    with pytest.raises(InvalidStatus) as raised, plugin(sitting, host="rebound.example"):
        pass
    assert raised.value.response.status_code == 403


def test_the_frames_of_the_reference_page_can_be_sent(sitting: Desk) -> None:
    check, sign = json_lines(DOCS / "vnpt.md")
    with sitting.socket("plugin") as socket:
        socket.send(check)
        assert socket.recv(timeout=PATIENCE) == "1*callbackDefault"
        socket.send(sign)
        sitting.sign()
        assert '"code": 0' in str(socket.recv(timeout=PATIENCE))
