"""No changed byte passes: properties over documents that were changed in any way, searched by hypothesis.

XML has several spellings of the same content (quotes, spaces inside tags, CDATA, unused declarations), so "no changed
byte passes" is meant of the content. Stated exactly: whatever is done to the bytes of a signed document, either it is
refused, or the element that the verifier hands out has, byte for byte, the canonical form that was signed, with the
same signing time and certificate, and the whole document differs from the signed one in spelling and in its Signature
only.

CMS has no spellings for content: a changed byte of it is always refused. A changed signature is refused, or it says the
same: content, signing time, certificate.

CI looks at 250 examples each. A longer search: ``CHUKYSO_EXAMPLES=20000 pytest`` with this file.
"""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.signature.cms_verify import VerifiedContent, check_cms_signature
from chukyso.signature.profile import ds
from chukyso.signature.refusal import SignatureRefused
from chukyso.signature.trust import check_owner, check_usage
from chukyso.signature.verify import VerifiedDocument, check_key, check_signature
from chukyso.signature.xmlsafe import canonical, canonical_form
from chukyso.signature.xmlsafe import parse as parse_safely
from support.edits import DER_BITS, XML_BITS, Edit, apply, edits
from support.signature import DOCUMENT, Pki
from support.verify import CONTENT, PROPERTY, signed_cms


def same(found: VerifiedDocument | VerifiedContent, original: VerifiedDocument | VerifiedContent) -> None:
    assert found.signing_time == original.signing_time
    assert found.certificate == original.certificate


def without_signature(data: bytes) -> bytes:
    """The canonical form of everything but the Signature."""
    root = parse_safely(data)
    (signature,) = root.iter(ds("Signature"))
    signature.getparent().remove(signature)
    return canonical(root)


@pytest.fixture(scope="module")
def verified(signed: bytes) -> VerifiedDocument:
    return check_signature(signed)


@pytest.fixture(scope="module")
def der(pki: Pki) -> bytes:
    return signed_cms(pki)


@PROPERTY
@given(several=st.lists(edits(XML_BITS), min_size=1, max_size=3))
def test_changed_document_is_refused_or_says_the_same(
    signed: bytes, verified: VerifiedDocument, several: list[Edit]
) -> None:
    changed = apply(signed, several)
    try:
        # The certificate is pinned, as the agent does: KeyInfo is not signed, and another certificate over the same key
        # is found by pinning or by validating its path, not by mathematics.
        found = check_signature(changed, expected=verified.certificate)
    except SignatureRefused:
        return
    same(found, verified)
    assert found.signed_bytes == verified.signed_bytes == canonical_form(DOCUMENT)
    assert canonical(found.root) == found.signed_bytes
    assert without_signature(changed) == found.signed_bytes


@PROPERTY
@given(several=st.lists(edits(XML_BITS), min_size=1, max_size=3))
def test_changed_content_is_refused(signed: bytes, several: list[Edit]) -> None:
    """The edits fall between the root's start tag and the signature's place, and leave something else to read."""
    start, end = signed.index(b"<TTPhien>"), signed.index(b"<CKy_Dvi>")
    changed = signed[:start] + apply(signed[start:end], several) + signed[end:]
    with suppress(SignatureRefused, ValueError):  # not even a document with one signature
        assume(without_signature(changed) != canonical_form(DOCUMENT))
    with pytest.raises(SignatureRefused):
        check_signature(changed)


@PROPERTY
@given(several=st.lists(edits(DER_BITS), min_size=1, max_size=3))
def test_changed_cms_is_refused_or_says_the_same(der: bytes, several: list[Edit]) -> None:
    original = check_cms_signature(der, CONTENT)
    try:
        found = check_cms_signature(apply(der, several), CONTENT)
    except SignatureRefused:
        return
    same(found, original)
    assert found.content == CONTENT


@PROPERTY
@given(several=st.lists(edits(DER_BITS), min_size=1, max_size=3))
def test_changed_content_of_cms_is_refused(der: bytes, several: list[Edit]) -> None:
    changed = apply(CONTENT, several)
    assume(changed != CONTENT)
    with pytest.raises(SignatureRefused):
        check_cms_signature(der, changed)


@PROPERTY
@given(several=st.lists(edits(DER_BITS), min_size=1, max_size=2))
def test_changed_certificate_is_read_or_refused(pki: Pki, several: list[Edit]) -> None:
    """A certificate comes from a stranger before anything vouches for it: no error but ours."""
    try:
        certificate = Certificate.from_der(apply(pki.leaf.der, several))
    except ChukysoError as error:
        assert error.code in {Code.CERT_UNREADABLE, Code.CERT_KEY_UNSUPPORTED}
        return
    with suppress(SignatureRefused):
        check_key(certificate)
        check_owner(certificate)
        check_usage(certificate)


@PROPERTY
@given(data=st.binary(max_size=400))
def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(SignatureRefused):
        check_signature(data)
    with pytest.raises(SignatureRefused):
        check_cms_signature(data, CONTENT)
    with pytest.raises(SignatureRefused):
        check_cms_signature(b"0" + data, CONTENT)
