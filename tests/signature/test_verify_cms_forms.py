"""Detached CMS signatures of other programs: what a verdict reads beyond our own shape, and what it still refuses."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha1, sha256

import pytest
from asn1crypto import cms, core, crl, tsp
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import ec

from chukyso.signature.cms_verify import MAX_SIGNATURE, VerifiedContent, check_cms_signature
from chukyso.signature.forms import Forms
from chukyso.signature.refusal import Refusal
from support.cms import (
    algorithms,
    attribute,
    attributes,
    binding,
    by_key,
    certificates,
    each,
    plain,
    pss,
    signer,
    unsigned,
)
from support.signature import Party, Pki, issue, name
from support.verify import CONTENT, ChangeCms, forged_cms, refused_cms, signed_cms, verdict

pytestmark = pytest.mark.usefixtures("good_answers")

SHA3_RSA = "2.16.840.1.101.3.4.3.14"
BY_SHA1 = "the signing certificate: it is named by SHA-1 only"


@pytest.fixture(scope="module")
def der(pki: Pki) -> bytes:
    return signed_cms(pki)


def known(der: bytes) -> VerifiedContent:
    return check_cms_signature(der, CONTENT, forms=Forms.KNOWN)


def refused(der: bytes) -> Refusal:
    return refused_cms(der, forms=Forms.KNOWN)


# -- read ---------------------------------------------------------------------------------------------------


def test_our_own_says_nothing_more(pki: Pki, der: bytes) -> None:
    found = verdict(pki, der, content=CONTENT)
    assert (found.name, found.certificate_bound) == ("TOTAL-PASSED", True)
    assert found.not_checked == ("time stamps", "long-term validation")


def test_revocation_lists_inside(pki: Pki, der: bytes) -> None:
    """A list that revokes the signer, even: it came along, nobody asked for it, and the verdict says so."""
    lists = cms.RevocationInfoChoices([crl.CertificateList.load(pki.crl([pki.leaf]))])
    data = forged_cms(der, lambda data: data.__setitem__("crls", lists))
    found = verdict(pki, data, content=CONTENT)
    assert found.name == "TOTAL-PASSED"
    assert "revocation information inside the signature" in found.not_checked
    assert refused_cms(data) is Refusal.SIG_STRUCTURE, "ours has none"


def test_junk_for_revocation_lists(der: bytes) -> None:
    """Nothing of it is parsed: a million entries cost what their bytes cost."""
    junk = [
        cms.RevocationInfoChoice(name="other", value={"other_rev_info_format": "1.2.3", "other_rev_info": core.Null()})
    ]
    many = cms.RevocationInfoChoices(junk * 8000)
    assert known(forged_cms(der, lambda data: data.__setitem__("crls", many)))
    huge = cms.RevocationInfoChoices(junk * 40000)
    assert refused(forged_cms(der, lambda data: data.__setitem__("crls", huge))) is Refusal.SIG_TOO_LARGE


def test_too_many_of_anything(pki: Pki, der: bytes) -> None:
    """asn1crypto takes its time over each value: a signature of 256 KiB that is made of small ones is not read."""
    many = [plain(f"1.2.3.{number}") for number in range(4000)]
    cases: dict[str, ChangeCms] = {
        "digests": lambda data: data.__setitem__("digest_algorithms", [{"algorithm": "sha256"}] * 3000),
        "signers": lambda data: data.__setitem__("signer_infos", cms.SignerInfos([signer(data).copy()] * 300)),
        "signed attributes": attributes(*many),
        "certificates": certificates(*[pki.leaf] * 100),
    }
    for label, change in cases.items():
        data = forged_cms(der, change)
        assert len(data) < MAX_SIGNATURE
        assert refused(data) is Refusal.SIG_TOO_LARGE, label
        assert refused_cms(data) is Refusal.SIG_TOO_LARGE, label
    assert refused(forged_cms(der, unsigned(*many))) is Refusal.SIG_TOO_LARGE
    assert known(forged_cms(der, unsigned(*many[:32]))), "as many as any program writes"


def test_signer_by_key_identifier(pki: Pki, der: bytes) -> None:
    identifier = asn1_x509.Certificate.load(pki.leaf.der).key_identifier
    assert known(forged_cms(der, by_key(identifier))).certificate.der == pki.leaf.der
    assert refused(forged_cms(der, by_key(b"x" * 20))) is Refusal.SIG_KEYINFO
    assert refused(forged_cms(der, by_key(identifier, "v1"))) is Refusal.SIG_STRUCTURE, "version and name disagree"
    same_key = pki.organisation()
    doubled = each(by_key(identifier), certificates(pki.leaf, same_key))
    assert refused(forged_cms(der, doubled)) is Refusal.SIG_KEYINFO, "two certificates have this key"
    swapped = each(by_key(identifier), certificates(same_key, pki.ca))
    assert refused(forged_cms(der, swapped)) is Refusal.SIG_KEYINFO, "signing-certificate-v2 names the other"
    other = pki.organisation(key=pki.other_key)
    assert refused(forged_cms(der, each(by_key(identifier), certificates(other)))) is Refusal.SIG_KEYINFO


def test_certificates_of_others(pki: Pki, der: bytes) -> None:
    strangers = [issue(name(f"Stranger {number}"), pki.other_key) for number in range(8)]
    found = known(forged_cms(der, certificates(*strangers[:4], pki.ca, pki.leaf, *strangers[4:])))
    assert (found.certificate.der, found.chain) == (pki.leaf.der, (pki.ca.der,))
    assert "8 certificates beside the signer's chain" in found.not_checked
    eleven = certificates(pki.leaf, *strangers, *[issue(name("More"), pki.other_key) for _ in range(2)])
    assert refused(forged_cms(der, eleven)) is Refusal.SIG_KEYINFO


def test_chain_that_could_go_on_for_ever(pki: Pki, der: bytes) -> None:
    """Helpers that issued one another are handed on up to a bound."""
    ring = [issue(pki.ca.certificate.subject, ec.generate_private_key(ec.SECP256R1())) for _ in range(9)]
    assert len(known(forged_cms(der, certificates(pki.leaf, *ring))).chain) == 4


def test_names_are_compared_as_rfc_5280_says(pki: Pki) -> None:
    spelled = Party(issue(name("SANDBOX   ca"), pki.ca.key).certificate, pki.ca.key)
    party = pki.organisation(issuer=spelled)
    found = verdict(pki, signed_cms(pki, party=party), content=CONTENT)
    assert found.certificate is not None
    assert check_cms_signature(signed_cms(pki, party=party), CONTENT).chain == (pki.ca.der,)


NOTED = {
    "1.2.840.113549.1.9.16.2.15": "signature policy",
    "1.2.840.113549.1.9.16.2.16": "commitment type",
    "1.2.840.113549.1.9.16.2.17": "signer location",
    "1.2.840.113549.1.9.16.2.20": "content time stamp",
    "0.4.0.1733.2.1": "MIME type",
    "1.2.840.113583.1.1.8": "revocation information inside the signature",
    "1.3.6.1.4.1.311.16.4": None,
}


@pytest.mark.parametrize("number", list(NOTED))
def test_signed_attributes_that_are_known(pki: Pki, der: bytes, number: str) -> None:
    data = forged_cms(der, attributes(plain(number)), pki.leaf)
    assert known(data).not_checked == ((NOTED[number],) if NOTED[number] else ())
    assert refused_cms(data) is Refusal.SIG_STRUCTURE, "ours has none"


def test_signed_attributes_that_are_not(pki: Pki, der: bytes) -> None:
    unknown = forged_cms(der, attributes(plain("1.2.3.4")), pki.leaf)
    assert refused(unknown) is Refusal.SIG_UNSUPPORTED

    def twice(data: cms.SignedData) -> None:
        listed = [*signer(data)["signed_attrs"], plain("0.4.0.1733.2.1"), plain("0.4.0.1733.2.1")]
        signer(data)["signed_attrs"] = cms.CMSAttributes(listed)

    assert refused(forged_cms(der, twice, pki.leaf)) is Refusal.SIG_REFERENCE


def test_unsigned_attributes(pki: Pki, der: bytes) -> None:
    stamp, counter = "1.2.840.113549.1.9.16.2.14", "1.2.840.113549.1.9.6"
    cases = {stamp: "signature time stamp", counter: "counter-signature", "1.2.3.4": "unsigned attribute 1.2.3.4"}
    for number, word in cases.items():
        data = forged_cms(der, unsigned(plain(number)))
        assert word in known(data).not_checked
        assert refused_cms(data) is Refusal.SIG_STRUCTURE, "ours has none"
    found = verdict(pki, forged_cms(der, unsigned(plain(stamp))), content=CONTENT)
    assert found.passed
    assert "signature time stamp" in found.not_checked


def test_without_a_signing_time(pki: Pki, der: bytes) -> None:
    found = verdict(pki, forged_cms(der, attributes(without=("signing_time",)), pki.leaf), content=CONTENT)
    assert (found.name, found.signing_time) == ("TOTAL-PASSED", None)
    assert "the signing time: none is signed" in found.not_checked


# -- the certificate, bound or not ---------------------------------------------------------------------------


def old_binding(certificate: bytes, **changed: object) -> cms.CMSAttribute:
    identifier = tsp.ESSCertID({"cert_hash": sha1(certificate, usedforsecurity=False).digest(), **changed})
    return attribute("signing_certificate", tsp.SigningCertificate({"certs": [identifier]}))


def test_without_a_binding_only_the_key_is_certain(pki: Pki, der: bytes) -> None:
    """As OpenSSL signs by default: another certificate of the same key fits, and the verdict says that it may."""
    data = forged_cms(der, attributes(without=("signing_certificate_v2",)), pki.leaf)
    assert known(data).certificate_bound is False
    other = pki.organisation()

    def swap(signed: cms.SignedData) -> None:
        parsed = asn1_x509.Certificate.load(other.der)
        certificates(other, pki.ca)(signed)
        named = {"issuer": parsed.issuer, "serial_number": parsed.serial_number}
        signer(signed)["sid"] = cms.SignerIdentifier("issuer_and_serial_number", cms.IssuerAndSerialNumber(named))

    found = verdict(pki, forged_cms(data, swap), content=CONTENT)
    assert (found.passed, found.certificate_bound) == (True, False)
    assert found.certificate == other.ours
    assert refused(forged_cms(der, swap)) is Refusal.SIG_KEYINFO, "where it is bound"


def test_named_by_sha_1(pki: Pki, der: bytes) -> None:
    """Collisions of SHA-1 can be made: what fits proves nothing, what does not fit is another certificate."""
    other = pki.organisation()
    old, v2 = old_binding(pki.leaf.der), "signing_certificate_v2"
    alone = forged_cms(der, attributes(old, without=(v2,)), pki.leaf)
    assert (known(alone).certificate_bound, known(alone).not_checked) == (False, (BY_SHA1,))
    both = forged_cms(der, attributes(old), pki.leaf)
    assert (known(both).certificate_bound, known(both).not_checked) == (True, ())
    for change in (attributes(old_binding(other.der)), attributes(old_binding(other.der), without=(v2,))):
        assert refused(forged_cms(der, change, pki.leaf)) is Refusal.SIG_KEYINFO
    by_sha1 = tsp.ESSCertIDv2(
        {"cert_hash": sha1(pki.leaf.der, usedforsecurity=False).digest(), "hash_algorithm": {"algorithm": "sha1"}}
    )
    weak = attributes(attribute(v2, tsp.SigningCertificateV2({"certs": [by_sha1]})))
    assert known(forged_cms(der, weak, pki.leaf)).certificate_bound is False


def test_named_wrongly(pki: Pki, der: bytes) -> None:
    other = pki.organisation()
    issuer = asn1_x509.GeneralName("directory_name", asn1_x509.Certificate.load(pki.leaf.der).issuer)
    serial = {"issuer": [issuer], "serial_number": 1}
    for change in (
        binding(other.der),
        binding(pki.leaf.der, issuer_serial=serial),
        attributes(old_binding(pki.leaf.der, issuer_serial=serial)),
        attributes(attribute("signing_certificate_v2", tsp.SigningCertificateV2({"certs": []}))),
    ):
        assert refused(forged_cms(der, change, pki.leaf)) is Refusal.SIG_KEYINFO
    sha3 = tsp.ESSCertIDv2({"cert_hash": b"x" * 32, "hash_algorithm": {"algorithm": "sha3_256"}})
    change = attributes(attribute("signing_certificate_v2", tsp.SigningCertificateV2({"certs": [sha3]})))
    assert refused(forged_cms(der, change, pki.leaf)) is Refusal.SIG_UNSUPPORTED
    second = [tsp.ESSCertIDv2({"cert_hash": sha256(party.der).digest()}) for party in (pki.ca, pki.leaf)]
    change = attributes(attribute("signing_certificate_v2", tsp.SigningCertificateV2({"certs": second})))
    assert refused(forged_cms(der, change, pki.leaf)) is Refusal.SIG_KEYINFO, "the first is the signer's"


# -- the true reason -----------------------------------------------------------------------------------------


def test_forms_that_are_not_supported(pki: Pki, der: bytes) -> None:
    def inside(data: cms.SignedData) -> None:
        data["encap_content_info"] = {"content_type": "data", "content": CONTENT}

    def other_kind(data: cms.SignedData) -> None:
        data["encap_content_info"] = {"content_type": "1.2.3.4"}

    def no_attributes(data: cms.SignedData) -> None:
        kept = ("version", "sid", "digest_algorithm", "signature_algorithm", "signature")
        data["signer_infos"] = cms.SignerInfos([{part: signer(data)[part] for part in kept}])

    changes: dict[str, Callable[[cms.SignedData], None]] = {
        "content inside": inside,
        "another content type": other_kind,
        "no signed attributes": no_attributes,
        "SHA-3": algorithms("sha3_256", {"algorithm": SHA3_RSA}),
        "SHA-3 in the signature": algorithms(signature={"algorithm": SHA3_RSA}),
        "another hash in the signature": algorithms(signature={"algorithm": "sha512_rsa"}),
        "PSS with another salt": algorithms(signature=pss(salt_length=20)),
        "PSS with two hashes": algorithms(signature=pss(hash_algorithm={"algorithm": "sha512"})),
        "an algorithm of tomorrow": algorithms(signature={"algorithm": "2.16.840.1.101.3.4.3.17"}),
    }
    for label, change in changes.items():
        data = forged_cms(der, change, pki.leaf if label != "no signed attributes" else None)
        found = verdict(pki, data, content=CONTENT)
        assert (found.name, found.reasons[0].code) == (
            "INDETERMINATE/SIG_CONSTRAINTS_FAILURE",
            Refusal.SIG_UNSUPPORTED,
        ), label


def test_what_is_too_weak_is_said_to_be(pki: Pki, der: bytes) -> None:
    mask = {"algorithm": "mgf1", "parameters": {"algorithm": "sha1"}}
    for change in (
        algorithms("sha1", {"algorithm": "sha1_rsa"}),
        algorithms("md5", {"algorithm": "md5_rsa"}),
        algorithms("sha224", {"algorithm": "sha224_rsa"}),
        algorithms("sha1"),
        algorithms(signature={"algorithm": "sha1_rsa"}),
        algorithms(signature={"algorithm": "rsassa_pss"}),
        algorithms(signature=pss(hash_algorithm={"algorithm": "sha1"})),
        algorithms(signature=pss(mask_gen_algorithm=mask)),
    ):
        found = verdict(pki, forged_cms(der, change, pki.leaf), content=CONTENT)
        assert found.name == "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE"


def test_key_of_another_kind(pki: Pki, der: bytes) -> None:
    """Not weak: no signature at all by this key."""
    data = forged_cms(der, algorithms(signature={"algorithm": "sha256_ecdsa"}), pki.leaf)
    assert verdict(pki, data, content=CONTENT).name == "TOTAL-FAILED/SIG_CRYPTO_FAILURE"


def test_digests_that_are_only_listed(pki: Pki, der: bytes) -> None:
    """They are a hint for reading in one pass (RFC 5652, 5.1)."""
    for listed in ([], [{"algorithm": "sha1"}, {"algorithm": "sha256"}]):
        assert known(forged_cms(der, lambda data, listed=listed: data.__setitem__("digest_algorithms", listed)))


def test_protection_of_other_algorithms(pki: Pki, der: bytes) -> None:
    value = {"digest_algorithm": {"algorithm": "sha512"}, "signature_algorithm": {"algorithm": "sha256_rsa"}}
    change = attributes(attribute("cms_algorithm_protection", cms.CMSAlgorithmProtection(value)))
    assert refused(forged_cms(der, change, pki.leaf)) is Refusal.SIG_STRUCTURE


def test_something_else_among_the_certificates(pki: Pki, der: bytes) -> None:
    def other(data: cms.SignedData) -> None:
        kinds = [asn1_x509.Certificate.load(pki.leaf.der)]
        choice = cms.CertificateChoices(
            "other", cms.OtherCertificateFormat({"other_cert_format": "1.2.3", "other_cert": core.Null()})
        )
        data["certificates"] = cms.CertificateSet([*kinds, choice])

    assert refused(forged_cms(der, other)) is Refusal.SIG_UNSUPPORTED


def test_pss_without_its_mask(pki: Pki, der: bytes) -> None:
    """Whatever is missing inside: a refusal, no error of the parser's."""
    change = algorithms(signature=pss(mask_gen_algorithm={"algorithm": "mgf1"}))
    for forms in Forms:
        assert refused_cms(forged_cms(der, change, pki.leaf), forms=forms) in {
            Refusal.SIG_ALGORITHM,
            Refusal.SIG_UNSUPPORTED,
            Refusal.SIG_MALFORMED_CMS,
        }
