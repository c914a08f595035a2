"""XML signatures beyond the portal's: another place, P-384, RSA-PSS on request; xmlsec1 as second opinion."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from lxml import etree

from chukyso.errors import ChukysoError, Code
from chukyso.signature.profile import ds
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.sign import check_document, sign_xml
from chukyso.signature.verify import check_signature, verify_xml
from chukyso.signature.xmlsafe import canonical_form
from chukyso.token.mechanisms import Family, HashAlgorithm, Scheme
from support.signature import DOCUMENT, NOW, Party, Pki, find, parse
from support.signing import SecondOpinion

PSS = Scheme(Family.RSA_PSS)


@pytest.fixture(scope="module")
def p384(pki: Pki) -> Party:
    return pki.organisation(key=ec.generate_private_key(ec.SECP384R1()))


def algorithm(data: bytes, tag: str) -> set[str]:
    return {str(element.get("Algorithm")).rpartition("#")[2] for element in parse(data).iter(ds(tag))}


@pytest.mark.parametrize(
    ("document", "place", "parent"),
    [
        (b"<A><B><c/></B>text</A>", None, "A"),
        (b"<A/>", None, "A"),
        (b'<p:A xmlns:p="urn:p"><p:B/></p:A>', None, "{urn:p}A"),
        (b"<A><x/><Cky/><y/></A>", "Cky", "Cky"),
        (b"<A><TTin><Cky/></TTin></A>", "TTin/Cky", "Cky"),
    ],
)
def test_place(pki: Pki, second_opinion: SecondOpinion, document: bytes, place: str | None, parent: str) -> None:
    signed = pki.signed(document=document, place=place)
    signature = find(parse(signed), "Signature")
    assert signature.getparent().tag == parent
    assert signature.getnext() is None
    assert check_signature(signed, place=place).signed_bytes == canonical_form(document)
    assert second_opinion.xml(pki.root.pem, signed)
    assert not second_opinion.xml(pki.root.pem, signed.replace(b"</ds:Signature>", b"</ds:Signature><z/>"))


@pytest.mark.parametrize("place", ["Cky", "TTin", "TTin/Other", "", "."])
def test_place_that_is_not_there(pki: Pki, place: str) -> None:
    with pytest.raises(ChukysoError) as caught:
        pki.signed(document=b"<A><TTin><Cky/></TTin></A>", place=place)
    assert caught.value.code is Code.DOCUMENT_INVALID


def test_p384_goes_with_sha384(pki: Pki, p384: Party, second_opinion: SecondOpinion) -> None:
    signed = pki.signed(p384)
    assert algorithm(signed, "SignatureMethod") == {"ecdsa-sha384"}
    assert algorithm(signed, "DigestMethod") == {"sha384"}
    assert second_opinion.xml(pki.root.pem, signed)
    assert not second_opinion.xml(pki.root.pem, signed.replace(b"<SERIAL>5401", b"<SERIAL>5402"))


def test_p384_is_trusted_as_any_other(pki: Pki, p384: Party) -> None:
    pki.reset()
    assert verify_xml(pki.signed(p384), trust=pki.trust, now=NOW).path is not None


def test_digest_must_go_with_the_method(pki: Pki, p384: Party) -> None:
    for signed, old, new in ((pki.signed(p384), b"xmldsig-more#sha384", b"xmldsig-more#sha512"),):
        with pytest.raises(SignatureRefused) as caught:
            check_signature(signed.replace(old, new))
        assert caught.value.refusal is Refusal.SIG_ALGORITHM
    with pytest.raises(SignatureRefused) as caught:
        check_signature(pki.signed().replace(b"xmlenc#sha256", b"xmldsig-more#sha384"))
    assert caught.value.refusal is Refusal.SIG_ALGORITHM


def test_pss_is_made_and_accepted_on_request_only(pki: Pki) -> None:
    signed = sign_xml(DOCUMENT, pki.leaf.ours, pki.leaf.sign_pss, signing_time=NOW, scheme=PSS)
    assert algorithm(signed, "SignatureMethod") == {"sha256-rsa-MGF1"}
    assert check_signature(signed, allow_pss=True).certificate.serial == pki.leaf.ours.serial
    with pytest.raises(SignatureRefused) as caught:
        check_signature(signed)
    assert caught.value.refusal is Refusal.SIG_ALGORITHM


def test_scheme_and_signature_must_agree(pki: Pki) -> None:
    with pytest.raises(ChukysoError) as caught:
        sign_xml(DOCUMENT, pki.leaf.ours, pki.leaf.sign, signing_time=NOW, scheme=PSS)
    assert caught.value.code is Code.SIGNATURE_INVALID


@pytest.mark.parametrize("scheme", [Scheme(Family.RSA_PKCS1, HashAlgorithm.SHA512), Scheme(Family.ECDSA)])
def test_schemes_that_no_xml_signature_uses_here(pki: Pki, scheme: Scheme) -> None:
    def sign(_data: bytes) -> bytes:
        pytest.fail("the key was asked")

    with pytest.raises(ChukysoError) as caught:
        sign_xml(DOCUMENT, pki.leaf.ours, sign, signing_time=NOW, scheme=scheme)
    assert caught.value.code is Code.CERT_KEY_UNSUPPORTED


def test_default_is_what_the_portal_knows(pki: Pki) -> None:
    assert algorithm(pki.signed(), "SignatureMethod") == {"rsa-sha256"}
    assert etree.fromstring(pki.signed()).find("CKy_Dvi") is not None


def test_document_without_a_canonical_form_is_refused_before_anything_is_signed() -> None:
    """libxml2 refuses relative namespace names; a page can send such a document."""
    with pytest.raises(ChukysoError) as caught:
        check_document(b'<a xmlns:x="u"><CKy_Dvi/></a>')
    assert caught.value.code is Code.DOCUMENT_INVALID
