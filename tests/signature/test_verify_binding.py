"""Key or certificate: a verdict says what a signature proves, and names nobody whom it does not."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from chukyso.certificate import Certificate
from chukyso.cli import main
from chukyso.cli.verify_view import KEY_ONLY_EN, KEY_ONLY_VI
from support.forgery import b64
from support.signature import SIGNING_USAGE, Pki, dump, find, issue, name, parse
from support.verify import CONTENT, signed_cms, verdict

pytestmark = pytest.mark.usefixtures("good_answers")

OTHER_TAX_CODE = "0101234573"


def with_other_company(pki: Pki, data: bytes) -> tuple[bytes, Certificate]:
    """The same document with the certificate of another company in KeyInfo, about the same key."""
    extensions = [pki.crl_point("/ca.crl")]
    uids = [f"MST:{OTHER_TAX_CODE}"]
    other = issue(name("Công ty Sen Trắng Thử", uids), pki.leaf_key, pki.ca, usage=SIGNING_USAGE, extensions=extensions)
    root = parse(data)
    find(root, "X509Certificate").text = b64(other.der)
    return dump(root), other.ours


def printed(data: bytes, pki: Pki, directory: Path, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    document, root = directory / "document", directory / "root.pem"
    document.write_bytes(data)
    root.write_bytes(pki.root.pem)
    arguments = ["chukyso", "verify", str(document), "--trust", str(root), *options]
    with pytest.MonkeyPatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr(sys, "argv", arguments)
        main()
    return capsys.readouterr().out


def test_other_certificate_of_the_same_key(pki: Pki, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its holder is named, since the document names him: but not without saying that only the key is certain."""
    data, other = with_other_company(pki, pki.signed())
    found = verdict(pki, data)
    assert found.passed
    assert found.certificate == other
    assert found.certificate_bound is False
    text = printed(data, pki, tmp_path, capsys)
    assert other.owner in text
    assert KEY_ONLY_VI in text
    assert KEY_ONLY_EN in text
    assert json.loads(printed(data, pki, tmp_path, capsys, "--json"))["certificate_bound"] is False


def test_cms_binds_the_certificate(pki: Pki, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = tmp_path / "content"
    content.write_bytes(CONTENT)
    data = signed_cms(pki)
    assert verdict(pki, data, content=CONTENT).certificate_bound is True
    assert KEY_ONLY_VI not in printed(data, pki, tmp_path, capsys, "--content", str(content))
    shown = json.loads(printed(data, pki, tmp_path, capsys, "--content", str(content), "--json"))
    assert shown["certificate_bound"] is True


def test_without_a_certificate_nothing_is_bound(pki: Pki, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = pki.signed().replace(b"<SERIAL>5401", b"<SERIAL>5402")
    found = verdict(pki, data)
    assert (found.certificate, found.certificate_bound) == (None, None)
    assert KEY_ONLY_VI not in printed(data, pki, tmp_path, capsys)
