"""Documents of other programs, changed in any way: refused, or the same is said of the same content.

As in ``test_verify_properties``, for the wider allow-list: whatever is done to the bytes, what is handed out has, byte
for byte, a canonical form that was signed, and the verdict names the same part, time and certificate. And whatever a
stranger hands over, a verdict comes out of it.

CI looks at 250 examples each. A longer search: ``CHUKYSO_EXAMPLES=20000 pytest`` with this file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chukyso.signature.assess import assess
from chukyso.signature.cms_verify import check_cms_signature
from chukyso.signature.forms import Forms
from chukyso.signature.known import VerifiedSignature, check_known_signature
from chukyso.signature.profile import EXC_C14N
from chukyso.signature.refusal import SignatureRefused
from chukyso.signature.verify import check_signature
from support.edits import DER_BITS, XML_BITS, Edit, apply, edits
from support.forms import (
    DATA,
    DOCUMENT,
    INVOICE,
    PLACE,
    PROPERTIES,
    SELLER,
    TIME,
    WHOLE,
    Form,
    Ref,
    canonical,
    known,
    signed,
    time_object,
    xades_certificate,
    xades_object,
    xades_time,
)
from support.signature import NOW, Pki
from support.verify import CONTENT, PROPERTY, signed_cms

# Besides the bits of any document: what means something in these forms.
BITS = [
    *XML_BITS,
    *(b' Id="data"', b' ID="data"', b' id="props"', b"#data", b"#props", b' Type="', b"<Object/>", b"<Signature/>"),
    *(b"<Transform/>", b"<X509SubjectName/>", b"<KeyValue/>", b"<q:SigningTime/>", b' xml:lang="vi"', b' xmlns=""'),
    *(b"DLHDon", b"<DLHDon>", b"<NBan/>", b"+07:00", b"Z", b"T08"),
]


@dataclass(frozen=True)
class Made:
    """A signed document, and what is to be said of it."""

    data: bytes
    place: str
    part: str | None
    said: VerifiedSignature


@pytest.fixture(scope="module")
def made(pki: Pki) -> list[Made]:
    properties = xades_object(xades_time() + xades_certificate(pki.leaf.der))
    exclusive = replace(WHOLE, transforms=(*WHOLE.transforms, EXC_C14N))
    named = DOCUMENT.replace(b"<ToKhai>", b'<ToKhai Id="data">')
    documents = [
        (signed(pki.leaf, Form((DATA, TIME), objects=time_object()), INVOICE, SELLER), SELLER, "DLHDon"),
        (signed(pki.leaf, Form((exclusive, PROPERTIES), c14n=EXC_C14N, objects=properties)), PLACE, None),
        (signed(pki.leaf, Form((Ref("#data"),)), named), PLACE, None),
    ]
    return [Made(data, place, part, known(data, place, part)) for data, place, part in documents]


@PROPERTY
@given(which=st.integers(0, 2), several=st.lists(edits(BITS), min_size=1, max_size=3))
def test_changed_document_is_refused_or_says_the_same(made: list[Made], which: int, several: list[Edit]) -> None:
    original = made[which]
    try:
        found = known(apply(original.data, several), original.place, original.part)
    except SignatureRefused:
        return
    said = original.said
    assert [part.data for part in found.parts] == [part.data for part in said.parts]
    assert [canonical(part.element, EXC_C14N) for part in found.parts] == [
        canonical(part.element, EXC_C14N) for part in said.parts
    ]
    # The Id is in the data; the path is that of the element that the caller asked for.
    assert [(part.path, part.identifier) for part in found.parts] == [
        (part.path, part.identifier) for part in said.parts
    ]
    assert found.signing_time == said.signing_time
    assert found.certificate_bound == said.certificate_bound
    # KeyInfo is signed or bound in some forms only; the key is certain in all.
    assert found.certificate.public_key_der() == said.certificate.public_key_der()
    if found.certificate_bound:
        assert found.certificate == said.certificate


@PROPERTY
@given(which=st.integers(0, 2), several=st.lists(edits(BITS), min_size=1, max_size=6))
def test_a_verdict_comes_out_of_any_document(made: list[Made], which: int, several: list[Edit]) -> None:
    changed = apply(made[which].data, several)
    for forms in Forms:
        for place in (made[which].place, None, "#sig"):
            assert assess(changed, at=NOW, place=place, part=made[which].part, forms=forms).reasons


@PROPERTY
@given(several=st.lists(edits(DER_BITS), min_size=1, max_size=4))
def test_a_verdict_comes_out_of_any_cms(pki: Pki, several: list[Edit]) -> None:
    changed = apply(_der(pki), several)
    for forms in Forms:
        assert assess(changed, at=NOW, content=CONTENT, forms=forms).reasons


@PROPERTY
@given(data=st.binary(max_size=300))
@example(data=b"\xff\xfe")
@example(data=b"\xfe\xff\x00<")
@example(data=b"\xff\xfe\x00\x00")
@example(data=b"\xef\xbb\xbf")
def test_noise_is_refused(data: bytes) -> None:
    for prefix in (b"", b"\xff\xfe", b"\xfe\xff", b"<?xml version='1.0' encoding='"):
        with pytest.raises(SignatureRefused):
            check_known_signature(prefix + data)
    for prefix in (b"", b"0", b"-----BEGIN CMS-----\n"):
        with pytest.raises(SignatureRefused):
            check_cms_signature(prefix + data, CONTENT, forms=Forms.KNOWN)


@PROPERTY
@given(several=st.lists(edits(BITS), max_size=3))
def test_the_one_shape_is_among_the_known(pki: Pki, several: list[Edit]) -> None:
    """What the portal accepts, a verdict accepts, and says the same."""
    changed = apply(_ours(pki), several)
    try:
        ours = check_signature(changed, allow_pss=True)
    except SignatureRefused:
        return
    found = check_known_signature(changed)
    assert found.parts[0].data == ours.signed_bytes
    assert (found.certificate, found.chain, found.signing_time) == (ours.certificate, ours.chain, ours.signing_time)


def _once(make: Callable[[Pki], bytes]) -> Callable[[Pki], bytes]:
    kept: dict[int, bytes] = {}
    return lambda pki: kept.setdefault(id(pki), kept.get(id(pki)) or make(pki))


_ours = _once(lambda pki: pki.signed())
_der = _once(signed_cms)
