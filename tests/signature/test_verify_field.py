"""Documents from strangers that a verifier once met badly (``data/field``), through the command."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from support.paths import FIELD

AT = "2026-11-29T12:00:00+00:00"
GUARD = 60  # seconds; against a hang only


def verify(document: str, *arguments: str) -> dict[str, Any]:
    """What the command concludes, as JSON: never a traceback, never a verdict that the exit code does not tell."""
    program = [sys.executable, "-c", "from chukyso.cli import main; main()"]
    command = [*program, "verify", document, *arguments, "--at", AT, "--offline", "--json"]
    done = subprocess.run(command, cwd=FIELD, capture_output=True, encoding="utf-8", timeout=GUARD, check=False)
    assert done.returncode in (0, 3, 4), done.stderr[-500:]
    assert not done.stderr
    data: dict[str, Any] = json.loads(done.stdout)
    assert data["status"] == {0: "TOTAL-PASSED", 3: "TOTAL-FAILED", 4: "INDETERMINATE"}[done.returncode]
    return data


def codes(data: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in data["reasons"]]


def test_authority_that_a_kept_list_revokes() -> None:
    data = verify("revoked-ca/document.xml", "--trust", "revoked-ca/root.pem", "--answers", "revoked-ca/answers")
    assert data["sub_indication"] == "REVOKED_CA_NO_POE"
    assert "CERT_REVOKED" in codes(data)


def test_certificate_with_hundreds_of_attributes() -> None:
    data = verify("recursion.xml", "--trust", "recursion-root.pem")
    assert data["status"] != "TOTAL-PASSED"
    assert codes(data)


def test_many_helper_certificates_of_one_name() -> None:
    """Kept answers and intermediates are both where a stranger's certificates may lie."""
    trust = ("--trust", "hang/root.pem")
    for helpers in (("--answers", "hang/answers"), ("--intermediates", "hang/answers/path.pem")):
        assert verify("hang/document.xml", *trust, *helpers)["status"] == "INDETERMINATE"
