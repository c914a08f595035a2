"""The sandbox's time stamp authority, looked at with OpenSSL, and a client that believes nothing unchecked."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from asn1crypto import tsp

from chukyso.errors import ChukysoError, Code
from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.timestamp import POLICY, Refusal
from chukyso.seal.options import check_tsa_url
from chukyso.seal.stamps import TimeStampClient
from chukyso.signature.presign import ASK_THIS_MACHINE, read_trust
from support.seal import NOWHERE

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="OpenSSL is the second opinion")
DIGEST = hashlib.sha256(b"what is stamped").digest()


def post(url: str, body: bytes, kind: str = "application/timestamp-query") -> tuple[int, bytes]:
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=30)
    try:
        connection.request("POST", f"/{path}", body, {"Content-Type": kind})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def request(**changes: object) -> bytes:
    values = {
        "version": 1,
        "message_imprint": {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": DIGEST},
        "nonce": 4711,
        "cert_req": True,
    }
    return bytes(tsp.TimeStampReq({**values, **changes}).dump())


@needs_openssl
def test_openssl_verifies_a_stamp(sandbox: Sandbox, tmp_path: Path) -> None:
    details = sandbox.details
    data, query, reply = (tmp_path / name for name in ("data", "query.tsq", "reply.tsr"))
    data.write_bytes(b"abc")
    openssl = ["openssl", "ts"]
    command = [*openssl, "-query", "-data", data, "-sha256", "-cert", "-out", query]
    subprocess.run(command, check=True, capture_output=True)
    status, answer = post(details.tsa_url, query.read_bytes())
    reply.write_bytes(answer)
    verify = [*openssl, "-verify", "-in", reply, "-CAfile", details.root_certificate, "-untrusted", details.chain]
    good = subprocess.run([*verify, "-queryfile", query], check=False, capture_output=True, text=True)
    assert (status, good.returncode) == (200, 0), good.stderr
    data.write_bytes(b"abd")
    other = subprocess.run([*verify, "-data", data], check=False, capture_output=True, text=True)
    assert other.returncode != 0
    shown = subprocess.run([*openssl, "-reply", "-in", reply, "-text"], check=True, capture_output=True, text=True)
    assert POLICY in shown.stdout
    assert "Accuracy: 0x0 seconds, 0x01F4 millis" in shown.stdout


def test_each_stamp_has_a_serial_of_its_own_and_the_nonce(sandbox: Sandbox) -> None:
    infos = []
    for nonce in (1, 2**70):
        answer = tsp.TimeStampResp.load(post(sandbox.details.tsa_url, request(nonce=nonce))[1])
        infos.append(answer["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed)
        assert infos[-1]["nonce"].native == nonce
    assert infos[0]["serial_number"].native != infos[1]["serial_number"].native


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "bad_data_format"),
        (b"\x30\x03\x02\x01\x01", "bad_data_format"),
        (request() + b"\0", "bad_data_format"),
        (request(version=2), "bad_request"),
        (request(req_policy="1.2.3.4"), "unaccepted_policy"),
        (
            request(message_imprint={"hash_algorithm": {"algorithm": "sha1"}, "hashed_message": DIGEST[:20]}),
            "bad_alg",
        ),
        (
            request(message_imprint={"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": DIGEST[:20]}),
            "bad_data_format",
        ),
    ],
)
def test_what_cannot_be_stamped_is_refused_with_the_reason(sandbox: Sandbox, body: bytes, reason: str) -> None:
    status, answer = post(sandbox.details.tsa_url, body)
    found = Refusal.load(answer, strict=True)["status"]
    assert (status, found["status"].native, found["fail_info"].native) == (200, "rejection", {reason})


def test_other_kinds_of_bodies_and_large_ones_are_refused(sandbox: Sandbox) -> None:
    url = sandbox.details.tsa_url
    assert post(url, request(), "text/plain")[0] == 415
    assert post(url, b"\0" * 5000)[0] == 413


@contextmanager
def answering(body: bytes, status: int = 200) -> Iterator[str]:
    """A server that gives this answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/tsa"
        server.shutdown()


def stamp(url: str) -> object:
    return asyncio.run(TimeStampClient(url, None).async_timestamp(DIGEST, "sha256"))


def refused(url: str) -> Code:
    with pytest.raises(ChukysoError) as caught:
        stamp(url)
    return caught.value.code


def test_a_good_stamp_is_taken(sandbox: Sandbox) -> None:
    assert stamp(sandbox.details.tsa_url)


def test_the_answer_to_another_question_is_refused(sandbox: Sandbox) -> None:
    other = hashlib.sha256(b"something else").digest()
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": other}
    for body in (request(), request(message_imprint=imprint)):
        _, answer = post(sandbox.details.tsa_url, body)  # its nonce is not ours
        with answering(answer) as url:
            assert refused(url) is Code.TSA_ANSWER_INVALID


def test_a_stamp_over_other_data_is_refused_whatever_its_nonce(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyhanko.sign.timestamps.api.get_nonce", lambda: 4711)
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": hashlib.sha256(b"else").digest()}
    _, answer = post(sandbox.details.tsa_url, request(message_imprint=imprint))
    with answering(answer) as url:
        assert refused(url) is Code.TSA_ANSWER_INVALID
    _, right = post(sandbox.details.tsa_url, request())
    with answering(right) as url:
        assert stamp(url)


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 200), (b"<html>", 200), (b"\x30\x80", 200), (b"0" * 2_000_000, 200)]
)
def test_rubbish_is_no_stamp(body: bytes, status: int) -> None:
    with answering(body, status) as url:
        assert refused(url) in (Code.TSA_ANSWER_INVALID, Code.TSA_UNREACHABLE)


def test_an_authority_that_is_away_or_fails_says_so() -> None:
    assert refused(NOWHERE) is Code.TSA_UNREACHABLE
    with answering(b"oops", 500) as url:
        assert refused(url) is Code.TSA_UNREACHABLE


def test_a_stranger_is_no_authority(sandbox: Sandbox, tmp_path: Path) -> None:
    with Sandbox() as other:
        root = tmp_path / "other.pem"
        root.write_bytes(other.details.root_certificate.read_bytes())
    client = TimeStampClient(sandbox.details.tsa_url, read_trust(root))
    with pytest.raises(ChukysoError) as caught:
        client.authority(datetime.now(UTC), ASK_THIS_MACHINE, ())
    assert caught.value.code is Code.TSA_ANSWER_INVALID


@pytest.mark.parametrize(
    "url", ["https://tsa.example/", "ftp://tsa.example", "tsa.example", "http://a@b/", "http://:x/"]
)
def test_addresses_that_are_none_are_refused_before_anything_starts(url: str) -> None:
    with pytest.raises(ChukysoError) as caught:
        check_tsa_url(url)
    assert caught.value.code is Code.OPTION_INVALID
