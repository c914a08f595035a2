"""Detached CMS: OpenSSL accepts what we make, and a signature that is not right in every part never leaves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from chukyso.errors import ChukysoError, Code
from chukyso.signature.cms import sign_cms
from chukyso.signature.cms_verify import check_cms_signature
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.token.mechanisms import Family, HashAlgorithm, Scheme
from support.signature import NOW, Party, Pki
from support.signing import SecondOpinion

DATA = "Nội dung cần ký\r\n\0".encode()
PSS = Scheme(Family.RSA_PSS)


def signed(pki: Pki, party: Party, scheme: Scheme | None = None, data: bytes = DATA) -> bytes:
    sign = party.sign_pss if scheme == PSS else party.sign
    return sign_cms(data, party.ours, sign, signing_time=NOW, chain=pki.chain, scheme=scheme)


def party_of(pki: Pki, kind: str) -> tuple[Party, Scheme | None]:
    keys = {"p256": pki.other_key, "p384": ec.generate_private_key(ec.SECP384R1())}
    return pki.organisation(key=keys.get(kind)), PSS if kind == "pss" else None


@pytest.mark.parametrize("kind", ["rsa", "pss", "p256", "p384"])
def test_second_opinion(pki: Pki, second_opinion: SecondOpinion, kind: str) -> None:
    party, scheme = party_of(pki, kind)
    der = signed(pki, party, scheme)
    assert second_opinion.cms(pki.root.pem, DATA, der)
    assert not second_opinion.cms(pki.root.pem, DATA + b" ", der)
    assert not second_opinion.cms(pki.ca.pem, DATA, der)
    verified = check_cms_signature(der, DATA, expected=party.ours)
    assert (verified.signing_time, verified.chain) == (NOW, pki.chain)


def test_attributes_in_canonical_order(pki: Pki) -> None:
    """DER wants a SET OF sorted by encoding; OpenSSL would sign and check the order that it finds."""
    (signer,) = cms.ContentInfo.load(signed(pki, pki.leaf))["content"]["signer_infos"]
    attributes = [attribute.dump() for attribute in signer["signed_attrs"]]
    assert attributes == sorted(attributes)
    named = {attribute["type"].native: attribute["values"][0] for attribute in signer["signed_attrs"]}
    assert set(named) == {"content_type", "message_digest", "signing_time", "signing_certificate_v2"}
    assert named["signing_time"].native == NOW
    (certificate,) = named["signing_certificate_v2"]["certs"]
    assert certificate["cert_hash"].native == HashAlgorithm.SHA256.digest(pki.leaf.der)
    assert certificate["issuer_serial"]["serial_number"].native == pki.leaf.certificate.serial_number
    assert b"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01" not in certificate.dump()  # the default is left out


@pytest.mark.parametrize(("year", "kind"), [(2049, "utc_time"), (2050, "generalized_time")])
def test_time_of_far_years(pki: Pki, year: int, kind: str) -> None:
    moment = datetime(year, 12, 31, 23, 59, 59, tzinfo=UTC)
    der = sign_cms(DATA, pki.leaf.ours, pki.leaf.sign, signing_time=moment)
    (signer,) = cms.ContentInfo.load(der)["content"]["signer_infos"]
    (value,) = [one["values"][0] for one in signer["signed_attrs"] if one["type"].native == "signing_time"]
    assert (value.name, value.native) == (kind, moment)


def test_content_is_not_inside(pki: Pki) -> None:
    assert DATA not in signed(pki, pki.leaf)


def test_sign_is_called_once(pki: Pki) -> None:
    asked: list[bytes] = []

    def sign(data: bytes) -> bytes:
        asked.append(data)
        return pki.leaf.sign(data)

    sign_cms(DATA, pki.leaf.ours, sign, signing_time=NOW)
    assert len(asked) == 1
    assert asked[0][:1] == b"\x31"


def code_of(action: Callable[[], object]) -> Code:
    with pytest.raises(ChukysoError) as caught:
        action()
    return caught.value.code


@pytest.mark.parametrize("kind", ["rsa", "p256"])
def test_wrong_signature_never_leaves(pki: Pki, kind: str) -> None:
    party, _ = party_of(pki, kind)
    for wrong in (lambda _data: b"\x01" * 64, lambda _data: b"", pki.ca.sign, lambda data: party.sign(data + b"x")):
        action = lambda sign=wrong: sign_cms(DATA, party.ours, sign, signing_time=NOW)  # noqa: E731 - one line each
        assert code_of(action) is Code.SIGNATURE_INVALID


def test_what_cannot_be_signed(pki: Pki) -> None:
    def sign(_data: bytes) -> bytes:
        pytest.fail("the key was asked")

    assert code_of(lambda: sign_cms(b"", pki.leaf.ours, sign, signing_time=NOW)) is Code.DOCUMENT_INVALID
    weak = pki.organisation(key=rsa.generate_private_key(65537, 1024))  # noqa: S505 - weak is what is tested
    assert code_of(lambda: sign_cms(DATA, weak.ours, sign, signing_time=NOW)) is Code.CERT_KEY_UNSUPPORTED
    with pytest.raises(ValueError, match="aware"):
        sign_cms(DATA, pki.leaf.ours, sign, signing_time=NOW.replace(tzinfo=None))


def test_signature_is_of_this_data_and_certificate(pki: Pki) -> None:
    der, other = signed(pki, pki.leaf), pki.organisation()  # of the same key
    check_cms_signature(der, DATA, expected=pki.leaf.ours)
    for data, expected, why in (
        (DATA + b" ", pki.leaf, Refusal.SIG_DIGEST),
        (DATA, other, Refusal.SIG_OTHER_CERTIFICATE),
    ):
        with pytest.raises(SignatureRefused) as refused:
            check_cms_signature(der, data, expected=expected.ours)
        assert refused.value.refusal is why


def test_error_of_the_token_passes_through(pki: Pki) -> None:
    def sign(_data: bytes) -> bytes:
        raise ChukysoError(Code.TOKEN_GONE)

    assert code_of(lambda: sign_cms(DATA, pki.leaf.ours, sign, signing_time=NOW)) is Code.TOKEN_GONE
