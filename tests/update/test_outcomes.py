"""The whole run in a process of its own: manifest, journal and report agree; what is set wrongly stops it.

What goes wrong at the portal is in suites/regression.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from chukyso.pin.gate import PinState
from chukyso.pin.memory import FailedPins
from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.control_client import Control
from chukyso.token.client import TokenWorker
from support.basis import told
from support.run import Run, changed_profile

pytestmark = pytest.mark.slow
FIGURES = [1, 2, 3, 4, 5, 6]


def figures(run: Run) -> list[int]:
    return [figure["number"] for figure in run.manifest["figures"]]


def registered(sandbox: Sandbox, tax_code: str) -> str:
    return str(Control(sandbox.details).account(tax_code)["registered_serial"])


def submissions(sandbox: Sandbox, tax_code: str) -> int:
    return len(Control(sandbox.details).account(tax_code)["submissions"])


def test_updated_and_then_already_registered(sandbox, account, run_update) -> None:
    details = account()
    run = run_update(details)
    assert run.code == 0, run.console[-3000:]
    run.ended("updated")
    assert figures(run) == FIGURES
    assert registered(sandbox, details.tax_code) == details.new_serial == run.manifest["certificates"]["new"]["serial"]
    assert run.journal.index("submitting") < run.journal.index("accepted") < run.journal.index("confirmed")
    assert_receipt(run, Control(sandbox.details).account(details.tax_code)["history"][-1])
    assert_second_opinion(run.directory / "evidence")
    again = run_update(details)
    again.ended("already-registered")
    assert figures(again) == [1, 2]
    assert "submitting" not in again.journal
    assert submissions(sandbox, details.tax_code) == 1


def assert_receipt(run: Run, change: dict[str, str]) -> None:
    """Code and time of the transaction as the portal stored them, in manifest, journal and report."""
    receipt = run.manifest["receipt"]
    assert (receipt["serial"], receipt["transaction"]) == (change["serial"], change["id"])
    assert datetime.fromisoformat(receipt["recorded"]) == datetime.fromisoformat(change["at"]).replace(microsecond=0)
    evidence = run.directory / "evidence"
    assert f'"transaction":"{change["id"]}"' in (evidence / "journal.jsonl").read_text(encoding="utf-8")
    assert f'mã giao dịch <span class="code">{change["id"]}' in (evidence / "report.html").read_text(encoding="utf-8")


def assert_second_opinion(evidence: Path) -> None:
    """xmlsec1, with nothing but the root: the document is right, a changed byte and another root are not."""
    submission = (evidence / "submission.xml").read_bytes()
    assert xmlsec1(evidence / "sandbox-root.pem", evidence / "submission.xml")
    changed = evidence / "changed.xml"
    changed.write_bytes(submission.replace(b"<EMAIL>k", b"<EMAIL>h", 1))
    assert changed.read_bytes() != submission
    assert not xmlsec1(evidence / "sandbox-root.pem", changed)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Another Root")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    (evidence / "other.pem").write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    assert not xmlsec1(evidence / "other.pem", evidence / "submission.xml")


def xmlsec1(root: Path, document: Path) -> bool:
    command = ["xmlsec1", "--verify", "--enabled-key-data", "x509", "--trusted-pem", str(root), str(document)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (b"OK" in done.stderr.splitlines()) == (done.returncode == 0)
    return done.returncode == 0


@pytest.mark.nightly
def test_nobody_can_answer_the_captcha(account, run_update) -> None:
    run = run_update(account(), CAPTCHA="operator", answers="")
    run.ended("stopped", "CAPTCHA_NO_TERMINAL")
    assert "HEADLESS:False" in run.console


def test_no_token(account, run_update) -> None:
    run = run_update(account(token=False))
    run.ended("stopped", "TOKEN_NOT_FOUND")
    assert run.manifest["run"]["rehearsal"], "whatever stops it"
    assert "Diễn tập trên sandbox" in (run.directory / "evidence/report.html").read_text(encoding="utf-8")
    assert told(run.directory).first == "DIỄN TẬP – NGUYÊN VẸN: khớp với sổ của máy này"


@pytest.mark.nightly
def test_two_tokens_need_a_serial(account, run_update) -> None:
    details = account(second_token=True)
    run_update(details).ended("stopped", "TOKEN_AMBIGUOUS")
    run_update(details, TOKEN_SERIAL=details.token_serial).ended("updated")


@pytest.mark.nightly
def test_portal_refuses_the_certificate(sandbox, account, run_update, tmp_path: Path) -> None:
    """Revoked, and the run was told not to ask (tests/update/test_validation.py: what happens when it asks)."""
    details = account(certificates=("registered", "revoked"))
    run = run_update(details, PROFILE=changed_profile(tmp_path, 'revocation = "required"', 'revocation = "off"'))
    run.ended("rejected", "PORTAL_REJECTED")
    assert run.manifest["validation"]["verdict"] == "valid-revocation-unknown"
    assert "CHƯA BIẾT có bị thu hồi" in run.console
    assert registered(sandbox, details.tax_code) == details.registered_serial


def test_wrong_pin_spends_exactly_one_try(sandbox, account, run_update) -> None:
    details = account()
    run = run_update(details, env={"WRONG": "99999999"}, TOKEN_PIN="env:WRONG")
    run.ended("stopped", "PIN_INCORRECT")
    assert run.journal.index("submitting") < run.journal.index("not-submitted")
    assert submissions(sandbox, details.tax_code) == 0
    with TokenWorker(details.token_module, details.token_environment) as worker:
        assert worker.token(details.token_serial).pin_state is PinState.COUNT_LOW
    assert [each.serial for each in FailedPins().failures()] == [details.token_serial]
    again = run_update(details)
    again.ended("stopped", "PIN_COUNT_LOW")
    assert "submitting" not in again.journal


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"PROFILE": "bhxh"}, "PROFILE_INCOMPLETE"),
        pytest.param({"TOKEN_PIN": "12345678"}, "SECRET_REFERENCE_INVALID", marks=pytest.mark.nightly),
        pytest.param({"TAX_CODE": "0101234567"}, "MST_INVALID", marks=pytest.mark.nightly),
        pytest.param({"DRYRN": "True"}, "OPTION_UNKNOWN", marks=pytest.mark.nightly),
        pytest.param({"DRY-RUN": "True"}, "OPTION_UNKNOWN", marks=pytest.mark.nightly),
        pytest.param({"SANDBOX": "/khong/co.json"}, "SANDBOX_UNREACHABLE", marks=pytest.mark.nightly),
        pytest.param({"PROFILE": "khong-co"}, "PROFILE_UNKNOWN", marks=pytest.mark.nightly),
        pytest.param({"PORTAL_PASSWORD": "file:/khong/co"}, "SECRET_UNREADABLE", marks=pytest.mark.nightly),
        pytest.param({"TOKEN_MODULE": "/khong/co/x_p11_v8.dll"}, "MODULE_NOT_FOUND", marks=pytest.mark.nightly),
        pytest.param({"CERT_SERIAL": "00ff"}, "CERT_SERIAL_NOT_FOUND", marks=pytest.mark.nightly),
    ],
)
def test_bad_variables(account, run_update, variables: dict[str, str], code: str) -> None:
    run = run_update(account(), **variables)
    run.ended("stopped", code)
    assert "12345678" not in run.console


@pytest.mark.nightly
def test_module_for_another_machine_type(account, run_update, tmp_path: Path) -> None:
    module = tmp_path / "vnptca_p11_v8.dll"
    module.write_bytes(
        b"MZ" + bytes(58) + (64).to_bytes(4, "little") + b"PE\0\0" + (0x14C).to_bytes(2, "little") + bytes(64)
    )
    run_update(account(), TOKEN_MODULE=module).ended("stopped", "MODULE_WRONG_MACHINE")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows finds Chrome and Edge in fixed places, not on PATH")
def test_no_browser(account, run_update, tmp_path: Path) -> None:
    run_update(account(), env={"PATH": str(tmp_path)}).ended("stopped", "BROWSER_MISSING")
