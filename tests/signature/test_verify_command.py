"""``chukyso verify`` and the keywords: what is printed, the exit codes, and verifying with answers that were kept."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from robot.api import ExecutionResult

from chukyso.cli import main
from chukyso.errors import ChukysoError, Code
from chukyso.signature.validation_data import read_answers, read_file
from support.signature import DAY, DOCUMENT, NOW, TAX_CODE, Party, Pki, Server, issue, name
from support.verify import CONTENT, Kept, keep, signed_cms
from TokenLibrary.verify import VerifyKeywords

pytestmark = pytest.mark.usefixtures("good_answers")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command; returns exit code, stdout and stderr."""

    def command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["chukyso", "verify", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return command


@pytest.fixture
def document(pki: Pki, tmp_path: Path) -> Path:
    path = tmp_path / "submission.xml"
    path.write_bytes(pki.signed())
    return path


@pytest.fixture
def kept(pki: Pki, tmp_path: Path) -> Kept:
    return keep(pki, tmp_path / "results")


# -- verdicts and exit codes ----------------------------------------------------------------------------------


def test_passed(run: Run, document: Path, kept: Kept) -> None:
    code, out, err = run(document, "--trust", kept.root)
    assert (code, err) == (0, "")
    assert out.splitlines()[:3] == ["TOTAL-PASSED", "Chữ ký hợp lệ.", "The signature is valid."]
    assert TAX_CODE in out
    assert "không kiểm tra / not checked: time stamps, long-term validation" in out.lower()


def test_without_trust(run: Run, document: Path) -> None:
    code, out, _ = run(document)
    assert code == 4
    assert out.startswith("INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND\n")
    assert "[CERT_UNTRUSTED]" in out


def test_changed(run: Run, document: Path, kept: Kept) -> None:
    document.write_bytes(document.read_bytes().replace(b"<SERIAL>5401", b"<SERIAL>5402"))
    code, out, _ = run(document, "--trust", kept.root)
    assert code == 3
    assert out.startswith("TOTAL-FAILED/HASH_FAILURE\n")
    assert "Nội dung tài liệu đã bị thay đổi sau khi ký." in out
    assert "The content was changed after it was signed." in out


def test_json_and_nothing_else(run: Run, document: Path, kept: Kept) -> None:
    code, out, err = run(document, "--json", "--trust", kept.root)
    assert (code, err) == (0, "")
    data = json.loads(out)
    assert data["file"] == str(document)
    assert data["status"] == "TOTAL-PASSED"
    assert data["certificate"]["tax_code"] == TAX_CODE
    code, out, _ = run(document, "--json", "--trust", kept.root, "--at", (NOW + 60 * DAY).isoformat())
    assert (code, json.loads(out)["sub_indication"]) == (4, "OUT_OF_BOUNDS_NO_POE")


def test_several_trusted_and_intermediates(run: Run, pki: Pki, document: Path, kept: Kept, tmp_path: Path) -> None:
    document.write_bytes(pki.signed(chain=()))
    other, ca = tmp_path / "other.pem", tmp_path / "ca.pem"
    other.write_bytes(issue(name("Other Root"), pki.other_key, ca=True).pem)
    ca.write_bytes(pki.ca.pem)
    assert run(document, "--trust", kept.root)[0] == 4
    assert run(document, "--trust", kept.root, "--intermediates", ca)[0] == 0
    assert run(document, "--trust", other, "--intermediates", ca)[0] == 4
    assert run(document, "--trust", other, "--trust", kept.root, "--intermediates", ca)[0] == 0
    assert run(document, "--intermediates", kept.root, "--intermediates", ca)[0] == 4, "these are not trusted"


@pytest.mark.parametrize(("place", "given"), [("TTin/Cky", "TTin/Cky"), (None, ".")])
def test_place(run: Run, pki: Pki, document: Path, kept: Kept, place: str | None, given: str) -> None:
    content = DOCUMENT.replace(b"<CKy_Dvi/>", b"<TTin><Cky/></TTin>")
    document.write_bytes(pki.signed(document=content, place=place))
    assert run(document, "--trust", kept.root)[0] == 4
    assert run(document, "--trust", kept.root, "--place", given)[0] == 0


def test_detached(run: Run, pki: Pki, kept: Kept, tmp_path: Path) -> None:
    signature, content = tmp_path / "file.p7s", tmp_path / "file.pdf"
    signature.write_bytes(signed_cms(pki))
    content.write_bytes(CONTENT)
    assert run(signature, "--trust", kept.root, "--content", content)[0] == 0
    code, out, _ = run(signature, "--trust", kept.root)
    assert (code, out.splitlines()[0]) == (4, "INDETERMINATE/SIGNED_DATA_NOT_FOUND")
    content.write_bytes(CONTENT + b"\n")
    assert run(signature, "--trust", kept.root, "--content", content)[0] == 3


def test_names_in_certificates_are_no_orders_to_the_terminal(run: Run, pki: Pki, document: Path) -> None:
    owner = x509.NameAttribute(x509.NameOID.COMMON_NAME, "Công ty\x1b[2J\r\n\u202e[bold]X")
    party = issue(x509.Name([owner]), pki.leaf_key, pki.ca)
    document.write_bytes(pki.signed(party))
    _, out, _ = run(document)
    assert "của Công ty\\u001b[2J\\u000d\\u000a\\u202e[bold]X" in out
    assert not {"\x1b", "\r", "\u202e"} & set(out)


# -- what cannot be asked -------------------------------------------------------------------------------------


def test_what_cannot_be_read(run: Run, document: Path, kept: Kept, tmp_path: Path) -> None:
    missing, empty = tmp_path / "missing", tmp_path / "empty"
    empty.write_bytes(b"")
    for arguments, wanted in [
        ((missing,), "FILE"),
        ((tmp_path,), "FILE"),
        ((document, "--trust", missing), "--trust"),
        ((document, "--trust", document), "--trust"),
        ((document, "--trust", empty), "--trust"),
        ((document, "--trust", kept.root, "--intermediates", document), "--intermediates"),
        ((document, "--answers", missing), "--answers"),
        ((document, "--answers", document), "--answers"),
        ((document, "--content", document), "--content"),
        ((document, "--at", "yesterday"), "--at"),
        ((document, "--at", "2026-03-02T08:00:00"), "--at"),
    ]:
        code, out, err = run(*arguments)
        assert (code, out) == (1, ""), arguments
        assert f"[OPTION_INVALID] Giá trị của {wanted} không hợp lệ" in err.replace("\n", " "), arguments


def test_wrong_command_line(run: Run, document: Path) -> None:
    assert run()[0] == 2
    assert run(document, "--unknown")[0] == 2


def test_files_are_read_up_to_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 11)
    assert read_file(path, "FILE", limit=11) == b"x" * 11
    with pytest.raises(ChukysoError) as caught:
        read_file(path, "FILE", limit=10)
    assert caught.value.code is Code.OPTION_INVALID


def test_too_many_answers(tmp_path: Path) -> None:
    for number in range(65):
        (tmp_path / f"{number}.crl").write_bytes(b"x")
    with pytest.raises(ChukysoError) as caught:
        read_answers(tmp_path)
    assert caught.value.code is Code.OPTION_INVALID


# -- revocation: asked now, or kept ---------------------------------------------------------------------------


@pytest.fixture
def gone(tmp_path: Path) -> Iterator[tuple[Path, Kept]]:
    """A document and what was kept of a sandbox that is gone."""
    with Server().running() as server:
        pki = Pki(server)
        document = tmp_path / "submission.xml"
        document.write_bytes(pki.signed())
        kept = keep(pki, tmp_path / "results")
    yield document, kept


def test_after_the_sandbox_is_gone(run: Run, gone: tuple[Path, Kept]) -> None:
    document, kept = gone
    code, out, _ = run(document, "--trust", kept.root)
    assert (code, out.splitlines()[0]) == (4, "INDETERMINATE/TRY_LATER")
    assert "[CERT_REVOCATION_UNKNOWN]" in out
    for extra in ((), ("--offline",), ("--at", NOW.isoformat())):
        assert run(document, "--trust", kept.root, "--answers", kept.directory, *extra)[0] == 0
    code, out, _ = run(document, "--trust", kept.root, "--answers", kept.directory, "--at", (NOW + 3 * DAY).isoformat())
    assert code == 4
    assert "[CERT_REVOCATION_STALE]" in out, "they were fresh then, not now"


def test_kept_answers_spare_the_question(run: Run, pki: Pki, document: Path, kept: Kept) -> None:
    pki.server.requests.clear()
    code, out, _ = run(document, "--trust", kept.root, "--answers", kept.directory, "--json")
    assert code == 0
    assert pki.server.requests == []
    assert {Path(one["source"]).parent for one in json.loads(out)["answers"]} == {kept.directory}


def test_offline_nobody_is_asked(run: Run, pki: Pki, document: Path, kept: Kept) -> None:
    pki.server.requests.clear()
    code, out, _ = run(document, "--trust", kept.root, "--offline")
    assert (code, pki.server.requests) == (4, [])
    assert out.startswith("INDETERMINATE/TRY_LATER\n")


def test_whom_a_certificate_may_send_us_to(
    run: Run, pki: Pki, document: Path, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The internet is asked, a private network only when it was named. (The network is the only thing played here.)"""
    point = x509.DistributionPoint([x509.UniformResourceIdentifier("http://ca.example/ca.crl")], None, None, None)
    document.write_bytes(pki.signed(pki.organisation(extensions=[x509.CRLDistributionPoints([point])])))
    asked, addresses = [], {"ca.example": "10.0.0.5"}

    def connect(target: tuple[str, int], *_args: object, **_options: object) -> socket.socket:
        asked.append(target)
        raise OSError("not in a test")

    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, port, **_options: [(2, 1, 6, "", (addresses[host], port))])
    for address, options, expected in [
        ("10.0.0.5", (), []),
        ("10.0.0.5", ("--ask", "ca.example"), [("ca.example", 80)]),
        ("10.0.0.5", ("--ask", "other.example"), []),
        ("93.184.216.34", (), [("93.184.216.34", 80)]),
        ("93.184.216.34", ("--offline",), []),
        ("10.0.0.5", ("--ask", "ca.example", "--offline"), []),
    ]:
        asked.clear()
        addresses["ca.example"] = address
        code, out, _ = run(document, "--trust", kept.root, *options)
        assert (code, out.splitlines()[0]) == (4, "INDETERMINATE/TRY_LATER")
        root = ("127.0.0.1", int(pki.server.url.rpartition(":")[2]))  # this machine may be asked in any case
        assert [target for target in asked if target != root] == expected, (address, options)


def replace_answers(kept: Kept, **files: bytes) -> None:
    for pattern in ("*.der", "*.crl", "*.ocsp"):
        for path in kept.directory.glob(pattern):
            path.unlink()
    for stem, data in files.items():
        (kept.directory / stem.replace("_", ".")).write_bytes(data)


def ocsp_answer(pki: Pki, **options: object) -> bytes:
    """What the responder answers to a question about the usual certificate."""
    question = ocsp.OCSPRequestBuilder().add_certificate(pki.leaf.certificate, pki.ca.certificate, hashes.SHA256())
    question = question.add_extension(x509.OCSPNonce(b"n" * 16), critical=False)
    return pki.ocsp(**options)(question.build().public_bytes(Encoding.DER))[1]


def test_kept_answers_are_checked_like_fresh_ones(run: Run, pki: Pki, document: Path, kept: Kept) -> None:
    root_crl = pki.crl(issuer=pki.root)
    stranger = Party(pki.ca.certificate, pki.leaf_key)
    unknown, revoked = "INDETERMINATE/TRY_LATER", "INDETERMINATE/REVOKED_NO_POE"
    cases: dict[str, tuple[str, dict[str, bytes]]] = {
        "a CRL alone": ("TOTAL-PASSED", {"a_crl": pki.crl()}),
        "an OCSP answer alone": ("TOTAL-PASSED", {"a_ocsp": ocsp_answer(pki)}),
        "nothing": (unknown, {}),
        "no answers": (unknown, {"a_crl": b"nothing", "a_ocsp": b"nothing"}),
        "a CRL of another issuer": (unknown, {"a_crl": pki.crl(issuer=pki.root)}),
        "a CRL signed by a stranger": (unknown, {"a_crl": pki.crl(issuer=stranger)}),
        "a CRL of later": (unknown, {"a_crl": pki.crl(made=NOW + timedelta(hours=1), until=NOW + DAY)}),
        "OCSP of another certificate": (unknown, {"a_ocsp": ocsp_answer(pki, about=pki.organisation())}),
        "OCSP without delegation": (unknown, {"a_ocsp": ocsp_answer(pki, responder=pki.leaf)}),
        "listed": (revoked, {"a_crl": pki.crl([pki.leaf]), "a_ocsp": ocsp_answer(pki)}),
        "a good CRL beside OCSP that is stale": (
            "TOTAL-PASSED",
            {"a_crl": pki.crl(), "a_ocsp": ocsp_answer(pki, made=NOW - 3 * DAY, until=NOW - DAY)},
        ),
        "a good CRL beside OCSP that revokes later": (
            revoked,
            {
                "a_crl": pki.crl(),
                "a_ocsp": ocsp_answer(pki, revoked=[pki.leaf], revoked_at=NOW + timedelta(minutes=30)),
            },
        ),
        "revoked by OCSP": (revoked, {"a_crl": pki.crl(), "a_ocsp": ocsp_answer(pki, revoked=[pki.leaf])}),
        "a stranger's list beside a good one": (
            "TOTAL-PASSED",
            {"a_crl": pki.crl([pki.leaf], issuer=stranger), "b_crl": pki.crl()},
        ),
    }
    for label, (expected, files) in cases.items():
        replace_answers(kept, root_crl=root_crl, **files)
        arguments = (document, "--trust", kept.root, "--answers", kept.directory, "--offline", "--at", NOW.isoformat())
        assert run(*arguments)[1].splitlines()[0] == expected, label


# -- keywords -------------------------------------------------------------------------------------------------

SUITE = """\
*** Settings ***
Library           TokenLibrary

*** Test Cases ***
Passed
    ${verdict} =    Verify Document    ${DOCUMENT}    trust=${ROOT}    answers=${ANSWERS}    offline=True    at=${AT}
    Should Be Equal    ${verdict.status}    TOTAL-PASSED
    Should Be Equal    ${verdict.sub_indication}    ${None}
    Should Be Equal    ${verdict.certificate.tax_code}    ${TAX_CODE}
    Should Be Equal    ${verdict.signing_time.isoformat()}    ${AT}
    Document Should Be Totally Passed    ${verdict}

Without Trust
    ${verdict} =    Verify Document    ${DOCUMENT}    trust=${EMPTY}    answers=${EMPTY}    at=${EMPTY}
    Should Be Equal    ${verdict.sub_indication}    NO_CERTIFICATE_CHAIN_FOUND
    Should Be Equal    ${verdict.reasons[0].code}    CERT_UNTRUSTED
    Should Be Equal    ${verdict.reasons_en}[0]    The certificate was not issued by a trusted authority.
    Document Should Be Totally Passed    ${verdict}
"""


def test_keywords_in_a_suite(pki: Pki, document: Path, kept: Kept, tmp_path: Path) -> None:
    suite = tmp_path / "suite.robot"
    suite.write_text(SUITE, encoding="utf-8")
    variables = {"DOCUMENT": document, "ROOT": kept.root, "ANSWERS": kept.directory, "TAX_CODE": TAX_CODE}
    command = [sys.executable, "-m", "robot", "--outputdir", str(tmp_path / "out")]
    for key, value in {**variables, "AT": NOW.isoformat()}.items():
        command += ["--variable", f"{key}:{value}"]
    subprocess.run([*command, str(suite)], capture_output=True, timeout=60, check=False)
    passed, failed = ExecutionResult(tmp_path / "out" / "output.xml").suite.all_tests
    assert passed.passed, passed.message
    assert failed.message.startswith("[SIGNATURE_NOT_PASSED] Chữ ký của tài liệu không đạt (INDETERMINATE/NO_CERT")


def test_keywords_with_bytes_and_detached_signatures(pki: Pki, kept: Kept, tmp_path: Path) -> None:
    keywords, content = VerifyKeywords(), tmp_path / "content"
    content.write_bytes(CONTENT)
    for given in (content, CONTENT):
        verdict = keywords.verify_document(signed_cms(pki), content=given, trust=kept.root)
        keywords.document_should_be_totally_passed(verdict)
    broken = keywords.verify_document(signed_cms(pki), content=b"", trust=kept.root)
    with pytest.raises(ChukysoError) as caught:
        keywords.document_should_be_totally_passed(broken)
    assert caught.value.code is Code.SIGNATURE_NOT_PASSED
    assert "SIG_DIGEST" in caught.value.detail
    at_end = pki.signed(document=b"<A/>", place=None)
    assert keywords.verify_document(at_end, trust=kept.root, place=".").passed
