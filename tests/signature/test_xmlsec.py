"""xmlsec1 as second opinion: another implementation, another language, the same verdicts."""

from __future__ import annotations

import shutil
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from chukyso.signature.profile import ds
from support.signature import PLACE, Pki, find, issue, key_usage, name, parse, resign

XMLSEC = shutil.which("xmlsec1")
pytestmark = pytest.mark.skipif(XMLSEC is None, reason="xmlsec1 is not installed")


@pytest.fixture(scope="module")
def root_pem(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pki") / "root.pem"
    path.write_bytes(pki.root.pem)
    return path


def xmlsec(data: bytes, root: Path, directory: Path) -> bool:
    document = directory / "submission.xml"
    document.write_bytes(data)
    command = [str(XMLSEC), "--verify", "--enabled-key-data", "x509", "--trusted-pem", str(root), str(document)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    lines = (result.stdout + result.stderr).splitlines()
    assert ("OK" in lines) == (result.returncode == 0), lines
    assert ("OK" in lines) != ("FAIL" in lines or "Error: failed to verify file" in "\n".join(lines)), lines
    return result.returncode == 0


def test_our_signature_is_ok_with_the_root_alone(pki: Pki, root_pem: Path, tmp_path: Path) -> None:
    assert xmlsec(pki.signed(), root_pem, tmp_path)


def test_elliptic_curve_signature_is_ok(pki: Pki, root_pem: Path, tmp_path: Path) -> None:
    assert xmlsec(pki.signed(pki.organisation(key=pki.other_key)), root_pem, tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<SERIAL>5401", b"<SERIAL>5402"),
        (b"<SigningTime xmlns", b'<SigningTime a="" xmlns'),
        (b"<CKy_Dvi>", b'<CKy_Dvi a="">'),
        (b"rsa-sha256", b"rsa-sha512"),
    ],
)
def test_changed_document_fails(pki: Pki, root_pem: Path, tmp_path: Path, old: bytes, new: bytes) -> None:
    signed = pki.signed()
    assert old in signed
    assert not xmlsec(signed.replace(old, new), root_pem, tmp_path)


def test_changed_signature_value_fails(pki: Pki, root_pem: Path, tmp_path: Path) -> None:
    root = parse(pki.signed())
    value = find(root, "SignatureValue")
    text = value.text or ""
    value.text = ("A" if text[0] != "A" else "B") + text[1:]
    assert not xmlsec(etree.tostring(root), root_pem, tmp_path)


def test_untrusted_root_fails(pki: Pki, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(issue(name("Other Root"), pki.other_key, ca=True).pem)
    assert not xmlsec(pki.signed(), other, tmp_path)


def test_untrusted_key_info_fails(pki: Pki, root_pem: Path, tmp_path: Path) -> None:
    usage = key_usage(key_cert_sign=True, crl_sign=True)
    rogue = issue(name("Rogue"), pki.other_key, ca=True, usage=usage)
    signed = pki.signed(pki.organisation(issuer=rogue), chain=(rogue.der,))
    assert not xmlsec(signed, root_pem, tmp_path)


def test_bare_key_fails(pki: Pki, root_pem: Path, tmp_path: Path) -> None:
    """KeyValue without a certificate, the signature being right for it."""
    root = parse(pki.signed())
    info = find(root, "KeyInfo")
    info.remove(info[0])
    numbers = _numbers(pki.leaf_key)
    key = etree.SubElement(etree.SubElement(info, ds("KeyValue")), ds("RSAKeyValue"))
    etree.SubElement(key, ds("Modulus")).text = numbers[0]
    etree.SubElement(key, ds("Exponent")).text = numbers[1]
    assert root.find(PLACE) is not None
    assert not xmlsec(resign(root, pki.leaf), root_pem, tmp_path)


def _numbers(key: rsa.RSAPrivateKey) -> tuple[str, str]:
    public = key.public_key().public_numbers()
    return (
        b64encode(public.n.to_bytes((public.n.bit_length() + 7) // 8, "big")).decode(),
        b64encode(public.e.to_bytes(3, "big")).decode(),
    )
