"""Other implementations on the same documents: what we accept, they accept, and each refuses what it should.

xmlsec1 and OpenSSL are asked about the signature only (trust, mathematics). They know nothing of places, comments, or
the one shape that we take, so they accept some of what we refuse; the other way round would be a bug of ours.
"""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from chukyso.signature.cms_verify import check_cms_signature
from chukyso.signature.refusal import SignatureRefused
from chukyso.signature.verify import check_signature
from support.signature import NOW, PLACE, Pki, dump, find, parse, resign
from support.signing import SecondOpinion
from support.verify import CONTENT, conclusion, signed_cms

OPENSSL = shutil.which("openssl")

# Changes to the signed document, and what xmlsec1 and we say of them.
XML = {
    "as it is": (b"", b"", True, True),
    "CDATA": (b"<MST>0101234565", b"<MST><![CDATA[0101234565]]>", True, True),
    "unused declaration": (b"<TTDVI>", b'<TTDVI xmlns:unused="urn:x">', True, True),
    "space in a tag": (b"<MST>", b"<MST >", True, True),
    "content": (b"<SERIAL>5401", b"<SERIAL>5402", False, False),
    "space in the content": (b"<MST>", b"<MST> ", False, False),
    "attribute": (b"<MST>", b'<MST a="">', False, False),
    "element": (b"<CAM_KET>", b"<x/><CAM_KET>", False, False),
    "default namespace": (b"<MST>", b'<MST xmlns="urn:x">', False, False),
    "content in the place": (b"<CKy_Dvi>", b"<CKy_Dvi><x/>", False, False),
    "signing time": (b"T0", b"T1", False, False),
    # Canonicalisation drops it: right for them, and the reason why we read no document with comments.
    "comment": (b"<MST>0101", b"<MST>01<!-- -->01", True, False),
    "unsigned object": (b"</ds:Object>", b"</ds:Object><ds:Object/>", True, False),
}


@pytest.mark.parametrize("label", list(XML))
def test_xmlsec1_on_changed_documents(pki: Pki, second_opinion: SecondOpinion, label: str) -> None:
    old, new, theirs, ours = XML[label]
    signed = pki.signed(signing_time=NOW.replace(hour=0))
    changed = signed.replace(old, new) if old else signed
    assert (changed == signed) is (not old)
    assert second_opinion.xml(pki.root.pem, changed) is theirs
    assert _accepts(changed) is ours


def test_xmlsec1_on_a_wrapped_document(pki: Pki, signed: bytes, second_opinion: SecondOpinion) -> None:
    """A signature over a part by Id: right for them, and no business of ours."""
    root = parse(signed)
    part = root.find("TTDVI")
    part.set("Id", "part")
    find(root, "Reference").set("URI", "#part")
    reference = find(root, "Transforms")
    reference.remove(reference[0])
    # xmlsec1 takes an attribute for an Id only when a DTD says so: the attacker brings one along.
    declared = b"?><!DOCTYPE ThayDoiChuKySo [<!ATTLIST TTDVI Id ID #IMPLIED>"
    declared += b"<!ATTLIST ds:Object Id ID #IMPLIED><!ATTLIST ds:Signature Id ID #IMPLIED>]>"
    wrapped = resign(root, pki.leaf)
    changed = wrapped.replace(b"<SERIAL>5401", b"<SERIAL>5402")
    assert changed != wrapped
    assert second_opinion.xml(pki.root.pem, changed.replace(b"?>", declared, 1))
    for document in (wrapped, changed, changed.replace(b"?>", declared, 1)):
        assert not _accepts(document)


def test_signature_moved_out_of_its_place(pki: Pki, signed: bytes, second_opinion: SecondOpinion) -> None:
    """The same canonical form, the signature elsewhere: right for them, refused here."""
    root = parse(signed)
    root.append(find(root, "Signature"))
    moved = dump(root)
    assert second_opinion.xml(pki.root.pem, moved)
    assert not _accepts(moved)
    assert root.find(PLACE) is not None


def _accepts(data: bytes) -> bool:
    try:
        check_signature(data)
    except SignatureRefused:
        return False
    return True


# -- CMS ------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")
@pytest.mark.usefixtures("good_answers")
@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("rsa", []),
        ("rsa", ["-nosmimecap"]),
        ("rsa", ["-md", "sha384"]),
        ("rsa", ["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32"]),
        ("ec", []),
        ("ec", ["-md", "sha384"]),
    ],
    ids=["rsa", "bare", "rsa-sha384", "pss", "ec", "ec-sha384"],
)
def test_signatures_of_openssl_are_accepted(pki: Pki, tmp_path: Path, kind: str, options: list[str]) -> None:
    party = pki.leaf if kind == "rsa" else pki.organisation(key=pki.other_key)
    (tmp_path / "key.pem").write_bytes(party.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "leaf.pem").write_bytes(party.pem)
    (tmp_path / "ca.pem").write_bytes(pki.ca.pem)
    (tmp_path / "content").write_bytes(CONTENT)
    command = [str(OPENSSL), "cms", "-sign", "-binary", "-cades", "-in", "content", "-signer", "leaf.pem"]
    command += ["-inkey", "key.pem", "-certfile", "ca.pem", "-outform", "DER", "-out", "s.p7s"]
    command += options if "-md" in options else ["-md", "sha256", *options]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=30)
    data = (tmp_path / "s.p7s").read_bytes()
    assert check_cms_signature(data, CONTENT).certificate.der == party.der
    # OpenSSL signs with the time of day, which a slow run of all tests leaves far from the fixtures' moment.
    assert conclusion(pki, data, content=CONTENT, at=datetime.now(UTC)) == "TOTAL-PASSED"


def test_openssl_refuses_what_we_refuse(pki: Pki, second_opinion: SecondOpinion) -> None:
    der = signed_cms(pki)
    other = signed_cms(pki, b"other")
    value = cms.ContentInfo.load(other)["content"]["signer_infos"][0]["signature"].native
    mine = cms.ContentInfo.load(der)["content"]["signer_infos"][0]["signature"].native
    cases = [(der, CONTENT, True), (der, CONTENT + b"\0", False), (other, CONTENT, False)]
    cases += [(der.replace(mine, value), CONTENT, False), (der.replace(mine, bytes(256)), CONTENT, False)]
    for signature, content, expected in cases:
        assert second_opinion.cms(pki.root.pem, content, signature) is expected
        assert _accepts_cms(signature, content) is expected


def _accepts_cms(signature: bytes, content: bytes) -> bool:
    try:
        check_cms_signature(signature, content)
    except SignatureRefused:
        return False
    return True
