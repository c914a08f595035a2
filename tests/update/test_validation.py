"""A run validates the new certificate before it signs: a bad one ends it, and nothing was asked of token or portal."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from pathlib import Path

import pytest
from cryptography import x509

from chukyso.archive.findings import Level
from chukyso.archive.verify import verify_directory
from chukyso.sandbox.control_client import Control

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("kind", "code"),
    [("revoked", "CERT_REVOKED"), pytest.param("unknown-ca", "CERT_UNTRUSTED", marks=pytest.mark.nightly)],
)
def test_bad_certificate_stops_before_anything_is_signed(sandbox, account, run_update, kind: str, code: str) -> None:
    details = account(certificates=("registered", kind))
    run = run_update(details, CERT_SERIAL=details.certificates[kind])
    run.ended("stopped", code)
    assert [figure["number"] for figure in run.manifest["figures"]] == [1, 2]
    assert "signing-requested" not in run.journal
    assert "submitting" not in run.journal
    found = run.manifest["validation"]
    assert (found["verdict"], found["certificate_serial"]) == ("refused", details.certificates[kind])
    assert code in found["reason"]
    own = [answer for answer in found["answers"] if answer["certificate_serial"] == details.certificates[kind]]
    kept = {answer["kind"]: run.directory / answer["path"] for answer in own}
    assert set(kept) == ({"crl", "ocsp"} if kind == "revoked" else set()), "nobody is asked on a stranger's word"
    if kept:
        listed = x509.load_der_x509_crl(kept["crl"].read_bytes())
        assert listed.get_revoked_certificate_by_serial_number(int(details.certificates[kind], 16)) is not None
    report = (run.directory / "evidence" / "report.html").read_text(encoding="utf-8")
    assert "KHÔNG DÙNG ĐƯỢC: lần chạy đã dừng lại trước khi ký." in report
    assert verify_directory(run.directory).level is not Level.CHANGED
    state = Control(sandbox.details).account(details.tax_code)
    assert (state["registered_serial"], state["submissions"]) == (details.registered_serial, [])


@pytest.mark.nightly
def test_evidence_of_the_validation(account, run_update) -> None:
    """Also in a dry run. The answers are good for others: OpenSSL checks them with nothing but the root."""
    details = account()
    run = run_update(details, DRY_RUN=True)
    run.ended("dry-run")
    found = run.manifest["validation"]
    assert (found["verdict"], found["certificate_serial"], found["reason"]) == ("valid", details.new_serial, None)
    directory = run.directory / "evidence" / "validation"
    assert json.loads((directory / "validation.json").read_text(encoding="utf-8")) == found
    listed = {file["path"]: file["sha256"] for file in run.manifest["files"]}
    for file in directory.iterdir():
        assert listed[file.relative_to(run.directory).as_posix()] == hashlib.sha256(file.read_bytes()).hexdigest()
    path = x509.load_pem_x509_certificates((directory / "path.pem").read_bytes())
    assert [f"{one.serial_number:x}" for one in path] == [one["serial"] for one in found["path"]]
    assert path[-1] == x509.load_pem_x509_certificate((run.directory / "evidence" / "sandbox-root.pem").read_bytes())
    kinds = {(answer["kind"], answer["certificate_serial"]) for answer in found["answers"]}
    assert kinds == {(kind, one["serial"]) for kind in ("crl", "ocsp") for one in found["path"][:2]}
    for answer in found["answers"]:
        assert openssl_accepts(run.directory, answer["kind"], answer["path"])
    assert run.journal.index("validated") < run.journal.index("figure", run.journal.index("validated"))
    report = (run.directory / "evidence" / "report.html").read_text(encoding="utf-8")
    assert "Kiểm tra chứng thư số mới trước khi ký" in report
    assert all(answer["url"] in report and answer["path"] in report for answer in found["answers"])


def openssl_accepts(directory: Path, kind: str, file: str) -> bool:
    root, path = directory / "evidence" / "sandbox-root.pem", directory / "evidence" / "validation" / "path.pem"
    if kind == "crl":
        bundle = directory / "issuers.pem"
        bundle.write_bytes(root.read_bytes() + path.read_bytes())
        command = ["openssl", "crl", "-inform", "DER", "-noout", "-in", file, "-CAfile", str(bundle)]
    else:
        command = ["openssl", "ocsp", "-respin", file, "-CAfile", str(root), "-verify_other", str(path), "-resp_text"]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=30, check=False)
    said = done.stdout + done.stderr
    assert "Error" not in said, said
    return done.returncode == 0 and re.search(r"verify OK", said) is not None
