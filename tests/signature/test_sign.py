"""Signing: what comes out verifies, and what cannot be signed is refused before the key is asked."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from chukyso.errors import ChukysoError, Code
from chukyso.signature import sign as sign_module
from chukyso.signature.profile import ds
from chukyso.signature.sign import check_document, sign_xml
from chukyso.signature.verify import VerifiedDocument, check_signature
from chukyso.signature.xmlsafe import canonical_form
from support.signature import DOCUMENT, NOW, PLACE, Pki, find, parse


def test_signed_document_verifies_and_keeps_its_content(pki: Pki) -> None:
    verified = check_signature(pki.signed(), expected=pki.leaf.ours)
    assert verified.signed_bytes == canonical_form(DOCUMENT)
    assert verified.certificate.tax_code == "0101234565"
    assert verified.chain == pki.chain
    assert verified.signing_time == NOW
    assert verified.root.findtext("TTDVI/TEN_DVI") == "Công ty Hoa Sen Thử"
    assert next(verified.root.iter(ds("*")), None) is None


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()], ids=lambda c: c.name)
def test_elliptic_curves(pki: Pki, curve: ec.EllipticCurve) -> None:
    party = pki.organisation(key=ec.generate_private_key(curve))
    assert check_signature(pki.signed(party)).certificate.serial == party.ours.serial


def test_signature_shape(pki: Pki) -> None:
    root = parse(pki.signed())
    signature = find(root, "Signature")
    assert signature.getparent().tag == PLACE
    references = list(root.iter(ds("Reference")))
    assert references[0].get("URI") == ""
    assert references[1].get("URI") == f"#{find(root, 'Object').get('Id')}"
    assert len(list(root.iter(ds("X509Certificate")))) == 2


def test_another_place(pki: Pki) -> None:
    document = b"<A><x/><Cky/></A>"
    signed = pki.signed(document=document, place="Cky")
    assert check_signature(signed, place="Cky").signed_bytes == canonical_form(document)


def test_default_namespace_of_the_document_is_kept(pki: Pki) -> None:
    document = b'<A xmlns:p="urn:p" p:a="1"><p:B xmlns="urn:d"><c/></p:B><CKy_Dvi/></A>'
    assert check_signature(pki.signed(document=document)).signed_bytes == canonical_form(document)


def test_sign_is_called_once_with_signed_info(pki: Pki) -> None:
    asked: list[bytes] = []

    def sign(data: bytes) -> bytes:
        asked.append(data)
        return pki.leaf.sign(data)

    sign_xml(DOCUMENT, pki.leaf.ours, sign, signing_time=NOW)
    assert len(asked) == 1
    assert asked[0].startswith(b"<ds:SignedInfo ")


@pytest.mark.parametrize(
    "document",
    [
        b"<A><CKy_Dvi/>",
        b"<A/>",
        b"<A><CKy_Dvi/><CKy_Dvi/></A>",
        b"<A><B><CKy_Dvi/></B></A>",
        b"<A><CKy_Dvi> </CKy_Dvi></A>",
        b"<A><CKy_Dvi><x/></CKy_Dvi></A>",
        b'<A><CKy_Dvi a="1"/></A>',
        b'<A xmlns="urn:x"><CKy_Dvi/></A>',
        b"<CKy_Dvi/>",
        b"<A><!-- x --><CKy_Dvi/></A>",
        b"<?pi x?><A><CKy_Dvi/></A>",
        b"<!DOCTYPE A><A><CKy_Dvi/></A>",
        b'<A Id="1"><B ID="1"/><CKy_Dvi/></A>',
        b'<A><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/><CKy_Dvi/></A>',
        b"",
    ],
)
def test_documents_that_cannot_be_signed(pki: Pki, document: bytes) -> None:
    def sign(_data: bytes) -> bytes:
        pytest.fail("the key was asked")

    with pytest.raises(ChukysoError) as caught:
        sign_xml(document, pki.leaf.ours, sign, signing_time=NOW)
    assert caught.value.code is Code.DOCUMENT_INVALID
    assert caught.value.detail.startswith("[SIG_")


def test_check_document_returns_the_root() -> None:
    assert check_document(DOCUMENT).findtext("TTDVI/MST") == "0101234565"


def test_already_signed_document(pki: Pki) -> None:
    with pytest.raises(ChukysoError) as caught:
        check_document(pki.signed())
    assert caught.value.code is Code.DOCUMENT_INVALID


def test_weak_key_is_refused_before_signing(pki: Pki) -> None:
    weak = pki.organisation(key=rsa.generate_private_key(65537, 1024))  # noqa: S505 - weak is what is tested
    with pytest.raises(ChukysoError) as caught:
        pki.signed(weak)
    assert caught.value.code is Code.CERT_KEY_UNSUPPORTED


@pytest.mark.parametrize("length", [0, 256, 64], ids=["empty", "wrong", "raw"])
def test_wrong_signature_never_leaves(pki: Pki, length: int) -> None:
    with pytest.raises(ChukysoError) as caught:
        sign_xml(DOCUMENT, pki.leaf.ours, lambda _data: b"\x01" * length, signing_time=NOW)
    assert caught.value.code is Code.SIGNATURE_INVALID


def test_signature_with_another_key_never_leaves(pki: Pki) -> None:
    with pytest.raises(ChukysoError) as caught:
        sign_xml(DOCUMENT, pki.leaf.ours, pki.ca.sign, signing_time=NOW)
    assert caught.value.code is Code.SIGNATURE_INVALID


def test_ec_signature_in_der_is_refused(pki: Pki) -> None:
    party = pki.organisation(key=pki.other_key)
    with pytest.raises(ChukysoError) as caught:
        sign_xml(DOCUMENT, party.ours, lambda _data: b"\x30" * 70, signing_time=NOW)
    assert caught.value.code is Code.SIGNATURE_INVALID
    assert "r‖s of 64" in caught.value.detail


def test_what_was_signed_must_be_what_was_given(pki: Pki, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard against a signxml that signs something else, which none is known to do."""
    real = sign_module.check_signature

    def of_something_else(*args: Any, **options: Any) -> VerifiedDocument:
        return replace(real(*args, **options), signed_bytes=b"<other/>")

    monkeypatch.setattr(sign_module, "check_signature", of_something_else)
    with pytest.raises(ChukysoError) as caught:
        pki.signed()
    assert caught.value.code is Code.SIGNATURE_INVALID


def test_error_of_the_token_passes_through(pki: Pki) -> None:
    def sign(_data: bytes) -> bytes:
        raise ChukysoError(Code.TOKEN_GONE)

    with pytest.raises(ChukysoError) as caught:
        sign_xml(DOCUMENT, pki.leaf.ours, sign, signing_time=NOW)
    assert caught.value.code is Code.TOKEN_GONE


def test_signing_time_must_be_aware(pki: Pki) -> None:
    with pytest.raises(ValueError, match="aware"):
        pki.signed(signing_time=datetime.now(UTC).replace(tzinfo=None))
