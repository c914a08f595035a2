"""Detached CMS signatures: what is accepted, and what a verifier must refuse."""

from __future__ import annotations

from base64 import encodebytes

import pytest
from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from chukyso.signature.cms_verify import check_cms_signature
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.xmlsafe import canonical
from support.cms import algorithms, attribute, attributes, binding, pss, signer
from support.signature import NOW, Pki, find, fixed, issue, name, parse
from support.verify import CONTENT, ChangeCms, conclusion, forged_cms, refused_cms, sign_der, signed_cms

SHA1 = "1.3.14.3.2.26"


@pytest.fixture(scope="module")
def der(pki: Pki) -> bytes:
    return signed_cms(pki)


# -- accepted -----------------------------------------------------------------------------------------------


def test_forging_tools_alone_change_nothing(pki: Pki, der: bytes) -> None:
    verified = check_cms_signature(forged_cms(der, lambda _data: None, pki.leaf), CONTENT)
    assert verified.certificate.der == pki.leaf.der
    assert verified.chain == (pki.ca.der,)
    assert verified.signing_time == NOW
    assert verified.content == CONTENT


def test_pem_is_read_as_well(der: bytes) -> None:
    for kind in (b"CMS", b"PKCS7"):
        pem = b"-----BEGIN %s-----\n%s-----END %s-----\n" % (kind, encodebytes(der), kind)
        assert check_cms_signature(pem, CONTENT).content == CONTENT
    assert refused_cms(pem.replace(b"PKCS7", b"CERTIFICATE")) is Refusal.SIG_MALFORMED_CMS


def test_chain_is_brought_into_order(pki: Pki) -> None:
    for chain in ((pki.ca.der, pki.root.der), (pki.root.der, pki.ca.der), ()):
        party = pki.organisation()
        info = cms.ContentInfo.load(signed_cms(pki, party=party))
        listed = [asn1_x509.Certificate.load(one) for one in (party.der, *chain)]
        info["content"]["certificates"] = cms.CertificateSet(listed)
        assert check_cms_signature(info.dump(), CONTENT).chain == tuple(sorted(chain, key=(pki.root.der).__eq__))


# -- refused ------------------------------------------------------------------------------------------------


def test_content(der: bytes) -> None:
    assert refused_cms(der, None) is Refusal.SIG_CONTENT_MISSING
    for content in (b"", CONTENT + b"\n", CONTENT[:-1], CONTENT.replace(b"\r\n", b"\n")):
        assert refused_cms(der, content) is Refusal.SIG_DIGEST


@pytest.mark.parametrize(
    "data", [b"", b"0", b"0\x80", b"0\x00", b"text", b"<A/>", b"0\x84\xff\xff\xff\xff", b"\x30\x03\x02\x01\x01"]
)
def test_what_is_no_cms(data: bytes) -> None:
    assert refused_cms(data) is Refusal.SIG_MALFORMED_CMS


def test_deep_and_huge(der: bytes) -> None:
    deep = b""
    for _ in range(3000):
        length = len(deep)
        size = bytes([length]) if length < 128 else b"\x83" + length.to_bytes(3, "big")
        deep = b"\x30" + size + deep
    assert refused_cms(deep) is Refusal.SIG_MALFORMED_CMS
    assert refused_cms(der + bytes(300_000)) is Refusal.SIG_TOO_LARGE


def test_trailing_data(der: bytes) -> None:
    assert refused_cms(der + b"\x00") is Refusal.SIG_MALFORMED_CMS
    assert refused_cms(der[:-1]) is Refusal.SIG_MALFORMED_CMS


def test_other_content_types(der: bytes) -> None:
    assert refused_cms(cms.ContentInfo({"content_type": "data", "content": b"x"}).dump()) is Refusal.SIG_MALFORMED_CMS

    def inside(data: cms.SignedData) -> None:
        data["encap_content_info"] = {"content_type": "data", "content": CONTENT}

    def other_kind(data: cms.SignedData) -> None:
        data["encap_content_info"] = {"content_type": "1.2.3.4"}

    for change in (inside, other_kind):
        assert refused_cms(forged_cms(der, change)) is Refusal.SIG_STRUCTURE


def test_signers(pki: Pki, der: bytes) -> None:
    def none(data: cms.SignedData) -> None:
        data["signer_infos"] = cms.SignerInfos([])

    def twice(data: cms.SignedData) -> None:
        data["signer_infos"] = cms.SignerInfos([signer(data).copy(), signer(data).copy()])

    assert refused_cms(forged_cms(der, none)) is Refusal.SIG_MISSING
    assert refused_cms(forged_cms(der, twice)) is Refusal.SIG_MULTIPLE


def test_nothing_unsigned_is_overlooked(pki: Pki, der: bytes) -> None:
    def counter_signature(data: cms.SignedData) -> None:
        extra = attribute("counter_signature", signer(data).copy())
        signer(data)["unsigned_attrs"] = cms.CMSAttributes([extra])

    def crls(data: cms.SignedData) -> None:
        data["crls"] = cms.RevocationInfoChoices([])

    assert refused_cms(forged_cms(der, counter_signature)) is Refusal.SIG_STRUCTURE
    assert refused_cms(forged_cms(der, crls)) is Refusal.SIG_STRUCTURE


def test_without_signed_attributes(pki: Pki, der: bytes) -> None:
    """Signed attributes given out as content: the same signature, nothing of what the signer meant."""
    captured = signer(cms.ContentInfo.load(der)["content"])["signed_attrs"].untag().dump()

    def drop(data: cms.SignedData) -> None:
        kept = ("version", "sid", "digest_algorithm", "signature_algorithm", "signature")
        data["signer_infos"] = cms.SignerInfos([{part: signer(data)[part] for part in kept}])

    assert refused_cms(forged_cms(der, drop), captured) is Refusal.SIG_REFERENCE


def test_signed_attributes_that_lack_something(pki: Pki, der: bytes) -> None:
    for missing in ("content_type", "message_digest", "signing_time", "signing_certificate_v2"):
        data = forged_cms(der, attributes(without=(missing,)), pki.leaf)
        assert refused_cms(data) is Refusal.SIG_REFERENCE, missing


def test_signed_attributes_that_say_two_things(pki: Pki, der: bytes) -> None:
    digest = core.OctetString(b"x" * 32)
    two_values = attributes(attribute("message_digest", digest, core.OctetString(b"y" * 32)))

    def twice(data: cms.SignedData) -> None:
        listed = list(signer(data)["signed_attrs"])
        signer(data)["signed_attrs"] = cms.CMSAttributes([*listed, attribute("message_digest", digest)])

    other_type = attributes(attribute("content_type", cms.ContentType("signed_data")))
    for change in (two_values, twice, other_type):
        assert refused_cms(forged_cms(der, change, pki.leaf)) is Refusal.SIG_REFERENCE
    unknown = attributes(cms.CMSAttribute({"type": "1.2.3.4", "values": cms.SetOfAny([core.Integer(1)])}))
    assert refused_cms(forged_cms(der, unknown, pki.leaf)) is Refusal.SIG_STRUCTURE


def test_changed_attributes_break_the_signature(der: bytes) -> None:
    later = attributes(attribute("signing_time", cms.Time({"utc_time": NOW.replace(year=2030)})))
    assert refused_cms(forged_cms(der, later)) is Refusal.SIG_BROKEN


def test_signing_certificate_must_be_the_signer(pki: Pki, der: bytes) -> None:
    other = pki.organisation()
    issuer = asn1_x509.GeneralName("directory_name", asn1_x509.Certificate.load(pki.leaf.der).issuer)
    cases = {
        "another": binding(other.der),
        "by SHA-1": binding(pki.leaf.der, hash_algorithm={"algorithm": SHA1}),
        "other serial": binding(pki.leaf.der, issuer_serial={"issuer": [issuer], "serial_number": 1}),
        "other issuer": binding(
            pki.leaf.der,
            issuer_serial={
                "issuer": [asn1_x509.GeneralName("directory_name", asn1_x509.Certificate.load(pki.leaf.der).subject)],
                "serial_number": pki.leaf.certificate.serial_number,
            },
        ),
    }
    for label, change in cases.items():
        expected = Refusal.SIG_ALGORITHM if label == "by SHA-1" else Refusal.SIG_KEYINFO
        assert refused_cms(forged_cms(der, change, pki.leaf)) is expected, label
    assert check_cms_signature(forged_cms(der, binding(pki.leaf.der), pki.leaf), CONTENT)
    empty = attributes(attribute("signing_certificate_v2", tsp.SigningCertificateV2({"certs": []})))
    assert refused_cms(forged_cms(der, empty, pki.leaf)) is Refusal.SIG_KEYINFO


def test_certificate_swapped_for_another_over_the_same_key(pki: Pki, der: bytes) -> None:
    """What XML leaves to pinning: here the signature itself names its certificate."""
    other = asn1_x509.Certificate.load(pki.organisation().der)

    def swap(data: cms.SignedData) -> None:
        data["certificates"] = cms.CertificateSet([other, asn1_x509.Certificate.load(pki.ca.der)])
        named = {"issuer": other.issuer, "serial_number": other.serial_number}
        signer(data)["sid"] = cms.SignerIdentifier("issuer_and_serial_number", cms.IssuerAndSerialNumber(named))

    assert refused_cms(forged_cms(der, swap)) is Refusal.SIG_KEYINFO


def test_certificates(pki: Pki, der: bytes) -> None:
    def listed(*ders: bytes) -> ChangeCms:
        parsed = [asn1_x509.Certificate.load(one) for one in ders]
        return lambda data: data.__setitem__("certificates", cms.CertificateSet(parsed))

    def none(data: cms.SignedData) -> None:
        data["certificates"] = None

    def by_key_identifier(data: cms.SignedData) -> None:
        signer(data)["sid"] = cms.SignerIdentifier("subject_key_identifier", core.OctetString(b"x" * 20))

    leaf, ca, root = pki.leaf.der, pki.ca.der, pki.root.der
    stranger = issue(name("Stranger"), pki.other_key).der
    for change in (none, listed(ca), listed(leaf, leaf), listed(leaf, stranger), listed(leaf, root)):
        assert refused_cms(forged_cms(der, change)) is Refusal.SIG_KEYINFO
    assert refused_cms(forged_cms(der, by_key_identifier)) is Refusal.SIG_KEYINFO
    many = [pki.organisation().der for _ in range(5)]
    assert refused_cms(forged_cms(der, listed(leaf, *many))) is Refusal.SIG_KEYINFO
    assert refused_cms(der, expected=pki.ca.ours) is Refusal.SIG_OTHER_CERTIFICATE


@pytest.mark.parametrize(
    "change",
    [
        algorithms("sha1", {"algorithm": "sha1_rsa"}),
        algorithms("md5", {"algorithm": "md5_rsa"}),
        algorithms("sha224", {"algorithm": "sha224_rsa"}),
        algorithms("sha1"),
        algorithms(signature={"algorithm": "sha1_rsa"}),
        algorithms(signature={"algorithm": "sha512_rsa"}),
        algorithms(signature={"algorithm": "sha256_ecdsa"}),
        algorithms(signature={"algorithm": "sha256_dsa"}),
        algorithms(signature={"algorithm": "1.2.840.113549.2.9"}),  # HMAC with SHA-256
        algorithms(signature={"algorithm": "rsassa_pss"}),  # without parameters: SHA-1
        algorithms(signature=pss(salt_length=0)),
        algorithms(signature=pss(hash_algorithm={"algorithm": "sha1"})),
        algorithms(signature=pss(mask_gen_algorithm={"algorithm": "mgf1", "parameters": {"algorithm": "sha1"}})),
        lambda data: data.__setitem__("digest_algorithms", [{"algorithm": "sha512"}]),
        lambda data: data.__setitem__("digest_algorithms", [{"algorithm": "sha256"}, {"algorithm": "sha1"}]),
        lambda data: data.__setitem__("digest_algorithms", []),
    ],
)
def test_algorithms(pki: Pki, der: bytes, change: ChangeCms) -> None:
    assert refused_cms(forged_cms(der, change, pki.leaf)) is Refusal.SIG_ALGORITHM


def test_algorithm_protection_must_agree(pki: Pki, der: bytes) -> None:
    def protection(digest: str) -> ChangeCms:
        value = {"digest_algorithm": {"algorithm": digest}, "signature_algorithm": {"algorithm": "sha256_rsa"}}
        return attributes(attribute("cms_algorithm_protection", cms.CMSAlgorithmProtection(value)))

    assert check_cms_signature(forged_cms(der, protection("sha256"), pki.leaf), CONTENT)
    assert refused_cms(forged_cms(der, protection("sha512"), pki.leaf)) is Refusal.SIG_ALGORITHM


@pytest.mark.parametrize(("bits", "exponent"), [(1024, 65537), (2048, 3)])
def test_weak_rsa_keys(pki: Pki, der: bytes, bits: int, exponent: int) -> None:
    assert _resigned_by(pki, der, rsa.generate_private_key(exponent, bits)) is Refusal.SIG_WEAK_KEY


@pytest.mark.parametrize("curve", [ec.SECP192R1(), ec.SECP224R1(), ec.SECP256K1(), ec.BrainpoolP256R1()])
def test_other_curves(pki: Pki, der: bytes, curve: ec.EllipticCurve) -> None:
    assert _resigned_by(pki, der, ec.generate_private_key(curve)) is Refusal.SIG_WEAK_KEY


def test_keys_of_another_kind(pki: Pki, der: bytes) -> None:
    assert _resigned_by(pki, der, ed25519.Ed25519PrivateKey.generate(), sign=False) is Refusal.SIG_KEYINFO


def _resigned_by(pki: Pki, der: bytes, key: object, *, sign: bool = True) -> Refusal:
    party = pki.organisation(key=key)
    parsed = asn1_x509.Certificate.load(party.der)

    def change(data: cms.SignedData) -> None:
        data["certificates"] = cms.CertificateSet([parsed, asn1_x509.Certificate.load(pki.ca.der)])
        named = {"issuer": parsed.issuer, "serial_number": parsed.serial_number}
        signer(data)["sid"] = cms.SignerIdentifier("issuer_and_serial_number", cms.IssuerAndSerialNumber(named))
        binding(party.der)(data)

    return refused_cms(forged_cms(der, change, party if sign else None))


@pytest.mark.parametrize("value", [b"", b"\x00" * 256, b"0\x06\x02\x01\x00\x02\x01\x00", b"\x01" * 300])
@pytest.mark.parametrize("kind", ["rsa", "ec"])
def test_signature_values_that_are_none(pki: Pki, value: bytes, kind: str) -> None:
    """Zeros among them: r = s = 0 must not pass for any ECDSA signature."""
    party = pki.leaf if kind == "rsa" else pki.organisation(key=pki.other_key)

    def change(data: cms.SignedData) -> None:
        signer(data)["signature"] = value

    assert refused_cms(forged_cms(signed_cms(pki, party=party), change)) is Refusal.SIG_BROKEN


def test_signature_of_something_else_of_the_same_key(pki: Pki, der: bytes, signed: bytes) -> None:
    """The value over an XML SignedInfo, over the bare content, and of another file."""
    info = canonical(find(parse(signed), "SignedInfo"))
    values = [sign_der(pki.leaf, info), sign_der(pki.leaf, CONTENT)]
    values.append(signer(cms.ContentInfo.load(signed_cms(pki, b"other"))["content"])["signature"].native)
    for value in values:
        data = forged_cms(der, lambda data, value=value: signer(data).__setitem__("signature", value))
        assert refused_cms(data) is Refusal.SIG_BROKEN
    assert refused_cms(signed_cms(pki, b"other")) is Refusal.SIG_DIGEST


def test_attributes_in_another_order(pki: Pki, der: bytes) -> None:
    """RFC 5652 digests them in the order of DER: a file with another would mean two things."""
    listed = [one.dump() for one in signer(cms.ContentInfo.load(der)["content"])["signed_attrs"]]
    together = b"".join(listed)
    assert together in der
    turned = der.replace(together, b"".join(reversed(listed)))
    assert refused_cms(turned) is Refusal.SIG_UNSUPPORTED


def test_another_encoding_of_the_signer(der: bytes) -> None:
    """BER where DER is due: what is digested and what is in the file would differ."""
    info = cms.ContentInfo.load(der)
    plain = signer(info["content"])["signature"].dump()
    assert plain.startswith(b"\x04\x82\x01\x00")
    long_form = b"\x04\x83\x00\x01\x00" + plain[4:]
    assert len(long_form) == len(plain) + 1
    changed = bytearray(der.replace(plain, long_form))
    for offset in _lengths_around(der, der.index(plain)):
        changed[offset : offset + 2] = (int.from_bytes(changed[offset : offset + 2], "big") + 1).to_bytes(2, "big")
    assert refused_cms(bytes(changed)) is Refusal.SIG_UNSUPPORTED


def _lengths_around(der: bytes, position: int) -> list[int]:
    """Offsets of the two-byte lengths of everything that encloses a position."""
    found, start, end = [], 0, len(der)
    while start < position:
        length = der[start + 1]
        header = 2 if length < 128 else 2 + (length & 0x7F)
        size = length if length < 128 else int.from_bytes(der[start + 2 : start + header], "big")
        if start + header <= position < start + header + size:
            assert header == 4
            found.append(start + 2)
            start += header
        else:
            start += header + size
        assert start < end
    return found


@pytest.mark.usefixtures("good_answers")
def test_verdicts(pki: Pki, der: bytes) -> None:
    assert conclusion(pki, der, content=CONTENT) == "TOTAL-PASSED"
    assert conclusion(pki, der) == "INDETERMINATE/SIGNED_DATA_NOT_FOUND"
    assert conclusion(pki, der, content=CONTENT + b"x") == "TOTAL-FAILED/HASH_FAILURE"
    assert conclusion(pki, b"nothing", content=CONTENT) == "TOTAL-FAILED/FORMAT_FAILURE"
    assert conclusion(pki, der, content=CONTENT, trust=None) == "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND"
    pki.server.answers["/ca.crl"] = fixed(pki.crl([pki.leaf]))
    assert conclusion(pki, der, content=CONTENT) == "INDETERMINATE/REVOKED_NO_POE"


def test_refusal_is_an_exception_of_ours(der: bytes) -> None:
    with pytest.raises(SignatureRefused, match=r"^\[SIG_DIGEST\]"):
        check_cms_signature(der, b"")
