"""The native messaging host by itself: framing, who may ask, what is answered and what is not."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chukyso.sandbox.signing_client import EXTENSION, EXTENSION_ID, HOST_NAME
from chukyso.sandbox.signing_client.host import origin_allowed
from support.signing_client import Client

ORIGIN = f"chrome-extension://{EXTENSION_ID}/"
MakeClient = Callable[..., Client]


def frame(message: object) -> bytes:
    body = json.dumps(message).encode()
    return struct.pack("=I", len(body)) + body


def exchange(client: Client, sent: bytes, caller: str = ORIGIN) -> tuple[list[dict[str, Any]], int]:
    """What the host answers before it ends, and how it ends. Its stdin stays open until it has answered."""
    command = [sys.executable, "-I", "-m", "chukyso.sandbox.signing_client.host", str(client.installation.settings)]
    with subprocess.Popen([*command, caller], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(sent)
        process.stdin.flush()
        answers = []
        while head := process.stdout.read(4):
            answers.append(json.loads(process.stdout.read(*struct.unpack("=I", head))))
            process.stdin.close()
        return answers, process.wait(20)


def ask(client: Client, **message: object) -> dict[str, Any]:
    answers, code = exchange(client, frame({"nonce": "n", "origin": "https://portal.example", **message}))
    (answer,) = answers
    assert (answer.pop("nonce"), code) == ("n", 0)
    return answer


def test_id_and_host_are_those_of_the_extension() -> None:
    manifest = json.loads((EXTENSION / "manifest.json").read_text(encoding="utf-8"))
    digest = hashlib.sha256(base64.b64decode(manifest["key"])).hexdigest()[:32]
    assert "".join(chr(ord("a") + int(digit, 16)) for digit in digest) == EXTENSION_ID
    assert f'const HOST = "{HOST_NAME}";' in (EXTENSION / "worker.js").read_text(encoding="utf-8")
    assert manifest["permissions"] == ["nativeMessaging"]


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://portal.example", True),
        ("http://127.0.0.1:8080", True),
        ("http://localhost", True),
        ("http://[::1]:80", True),
        ("http://portal.example", False),
        ("http://127.0.0.1.evil.example", False),
        ("http://localhost@evil.example", False),
        ("http://[::1", False),
        ("null", False),
        ("", False),
        (None, False),
        (["https://portal.example"], False),
    ],
)
def test_page_must_be_https_or_of_this_machine(origin: object, allowed: bool) -> None:
    assert origin_allowed(origin) is allowed


def test_requests(client: MakeClient) -> None:
    one = client()
    assert ask(one, type="VERSION") == {"result": "ok", "version": "1.0.0"}
    assert ask(one, type="VERSION", origin="http://portal.example") == {"result": "not_allowed"}
    assert ask(one, type="PIN") == {"result": "invalid_argument"}
    assert ask(one, type=["SIGN"]) == {"result": "invalid_argument"}
    assert one.windows == []


@pytest.mark.parametrize(
    "changed",
    [{"hash": "00" * 31}, {"hash": "zz" * 32}, {"hash": None}, {"hashtype": "SHA-1"}, {"cert": ""}, {"cert": 5}],
    ids=str,
)
def test_bad_hash_or_certificate_opens_no_window(client: MakeClient, changed: dict[str, object]) -> None:
    one = client()
    good = {"type": "SIGN", "hash": "00" * 32, "hashtype": "SHA-256", "cert": "00"}
    assert ask(one, **good) == {"result": "no_certificates"}  # a certificate that the token does not hold
    assert ask(one, **(good | changed)) == {"result": "invalid_argument"}
    assert one.windows == []


@pytest.mark.parametrize("sent", [b"\x01", b"\xff\xff\xff\xff", frame([1]), struct.pack("=I", 2) + b"{]"], ids=repr)
def test_what_is_no_message_ends_the_host(client: MakeClient, sent: bytes) -> None:
    one = client()
    command = [
        sys.executable,
        "-I",
        "-m",
        "chukyso.sandbox.signing_client.host",
        str(one.installation.settings),
        ORIGIN,
    ]
    done = subprocess.run(command, input=sent, capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (1, b"")


def test_other_extension_is_not_served(client: MakeClient) -> None:
    answers, code = exchange(client(), frame({"type": "VERSION"}), "chrome-extension://" + "a" * 32 + "/")
    assert (answers, code) == ([], 1)


def test_silent_host_ends_with_its_browser(client: MakeClient) -> None:
    one = client()
    one.control.client_fault(one.details.tax_code, "silent", on="VERSION")
    command = [
        sys.executable,
        "-I",
        "-m",
        "chukyso.sandbox.signing_client.host",
        str(one.installation.settings),
        ORIGIN,
    ]
    sent = frame({"type": "VERSION", "nonce": "n", "origin": "https://portal.example"})
    done = subprocess.run(command, input=sent, capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (0, b"")


def test_windows_are_told_their_faults(client: MakeClient) -> None:
    one = client()
    for kind, told in {
        "window-late": {"delay_ms": 20},
        "window-hidden": {"hidden": True},
        "window-twice": {"twice": True},
    }.items():
        one.control.client_fault(one.details.tax_code, kind, on="CERT", milliseconds=20)
        assert ask(one, type="CERT")["result"] == "ok"
        assert one.windows[-1]["faults"] == told
    one.control.client_fault(one.details.tax_code, "window-behind", on="SIGN")
    assert ask(one, type="CERT")["result"] == "ok"
    assert one.windows[-1]["faults"] == {}


def test_registration_is_private_and_can_be_taken_back(client: MakeClient) -> None:
    one = client()
    registered = json.loads(one.installation.manifest.read_text(encoding="utf-8"))
    assert registered["allowed_origins"] == [ORIGIN]
    assert Path(registered["path"]).is_file()
    if sys.platform != "win32":
        assert one.installation.settings.stat().st_mode & 0o077 == 0
    one.installation.remove()
    assert not one.installation.manifest.exists()
