"""Verdicts in the words of ETSI EN 319 102-1: every refusal is translated, every case says what the standard says."""

from __future__ import annotations

import unicodedata
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from chukyso.signature.indications import CIRCUMSTANCES, INDICATIONS, Status, SubIndication, indication_of
from chukyso.signature.refusal import Circumstance, Refusal, SignatureRefused
from chukyso.signature.trust import RevocationPolicy, TrustStore
from chukyso.signature.verdict import Reason, conclude
from support.forgery import algorithm, b64, forged
from support.signature import (
    DAY,
    DOCUMENT,
    NOW,
    TAX_CODE,
    Pki,
    dump,
    find,
    fixed,
    issue,
    key_usage,
    name,
    parse,
    resign,
)
from support.verify import CONTENT, conclusion, signed_cms, verdict

pytestmark = pytest.mark.usefixtures("good_answers")

NEEDS_PROOF = {SubIndication.REVOKED, SubIndication.EXPIRED, SubIndication.NOT_YET_VALID}


# -- the table ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("refusal", list(Refusal))
def test_every_refusal_has_one_indication_and_both_texts(refusal: Refusal) -> None:
    assert isinstance(INDICATIONS[refusal], SubIndication)
    for text in (refusal.message, refusal.english):
        assert text.endswith(".")
        assert unicodedata.is_normalized("NFC", text)
    assert refusal.english.isascii()
    assert refusal.message != refusal.english


def test_the_table_names_nothing_else() -> None:
    assert set(INDICATIONS) == set(Refusal)
    assert len({refusal.english for refusal in Refusal}) == len(Refusal)


@pytest.mark.parametrize("word", [*Status, *SubIndication])
def test_every_word_of_the_standard_has_both_texts(word: Status | SubIndication) -> None:
    for text in (word.vietnamese, word.english):
        assert text.endswith(".")
        assert unicodedata.is_normalized("NFC", text)
    assert word.english.isascii()
    assert not word.vietnamese.isascii()


def test_statuses_of_table_6() -> None:
    failed = {word.value for word in SubIndication if word.status is Status.TOTAL_FAILED}
    assert failed == {"FORMAT_FAILURE", "HASH_FAILURE", "SIG_CRYPTO_FAILURE", "REVOKED", "EXPIRED", "NOT_YET_VALID"}
    assert all(word.status is Status.INDETERMINATE for word in SubIndication if word.value not in failed)


def test_what_needs_a_proof_of_existence_is_never_said() -> None:
    assert not NEEDS_PROOF & {*INDICATIONS.values(), *CIRCUMSTANCES.values()}


def test_a_circumstance_refines_its_own_code_only() -> None:
    for (refusal, circumstance), word in CIRCUMSTANCES.items():
        assert indication_of(SignatureRefused(refusal, "x", circumstance)) is word is not INDICATIONS[refusal]
    assert indication_of(SignatureRefused(Refusal.SIG_DTD, "x", Circumstance.ISSUER)) is INDICATIONS[Refusal.SIG_DTD]


def test_a_failure_decides_before_what_is_open() -> None:
    reasons = [Reason.of(SignatureRefused(code, "x")) for code in (Refusal.CERT_EXPIRED, Refusal.SIG_DIGEST)]
    status, word, ordered = conclude(reasons)
    assert (status, word) == (Status.TOTAL_FAILED, SubIndication.HASH_FAILURE)
    assert [reason.code for reason in ordered] == [Refusal.SIG_DIGEST, Refusal.CERT_EXPIRED]
    assert conclude([]) == (Status.TOTAL_PASSED, None, ())


# -- passed -------------------------------------------------------------------------------------------------


def test_passed(pki: Pki) -> None:
    found = verdict(pki, pki.signed())
    assert (found.name, found.passed, found.reasons) == ("TOTAL-PASSED", True, ())
    assert found.certificate is not None
    assert found.certificate.tax_code == TAX_CODE
    assert found.signing_time == NOW
    assert found.path == (pki.leaf.der, pki.ca.der, pki.root.der)
    assert len(found.answers) == 3
    assert found.not_checked == ("time stamps", "long-term validation")


def test_an_old_document_passes_while_its_certificate_is_good(pki: Pki) -> None:
    assert conclusion(pki, pki.signed(signing_time=NOW - 20 * DAY)) == "TOTAL-PASSED"


@pytest.mark.parametrize("path", ["/ca.crl", "/ocsp"])
def test_one_good_answer_is_enough(pki: Pki, path: str) -> None:
    pki.server.answers[path] = fixed(b"", 503)
    assert conclusion(pki, pki.signed()) == "TOTAL-PASSED"
    both = RevocationPolicy(both=True)
    assert conclusion(pki, pki.signed(), revocation=both) == "INDETERMINATE/TRY_LATER"


# -- not decided --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trust", [None, TrustStore(())])
def test_without_trust_nothing_is_passed(pki: Pki, trust: TrustStore | None) -> None:
    found = verdict(pki, pki.signed(), trust=trust)
    assert found.name == "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND"
    assert found.certificate is not None
    assert found.path == ()
    assert {"certificate path", "revocation"} < set(found.not_checked)
    assert pki.server.requests == []


@pytest.mark.parametrize("shift", [-DAY, DAY])
def test_outside_the_validity_of_the_certificate(pki: Pki, shift: timedelta) -> None:
    party = pki.organisation(start=NOW - 5 * DAY, end=NOW + 5 * DAY)
    moment = NOW + 5 * shift + shift
    assert conclusion(pki, pki.signed(party), at=moment).startswith("INDETERMINATE/OUT_OF_BOUNDS_NO_POE")


def test_revoked(pki: Pki) -> None:
    pki.server.answers["/ca.crl"] = fixed(pki.crl([pki.leaf]))
    assert conclusion(pki, pki.signed()) == "INDETERMINATE/REVOKED_NO_POE"
    pki.reset()
    pki.server.answers["/ocsp"] = pki.ocsp([pki.leaf])
    assert conclusion(pki, pki.signed()) == "INDETERMINATE/REVOKED_NO_POE"


@pytest.mark.parametrize("at", [NOW - timedelta(hours=2), NOW + timedelta(minutes=30)])
def test_suspended(pki: Pki, at: object) -> None:
    """On hold, before or (for the list of now) after the moment in question."""
    entry = x509.RevokedCertificateBuilder().serial_number(pki.leaf.certificate.serial_number).revocation_date(at)
    entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags.certificate_hold), critical=False)
    crl = x509.CertificateRevocationListBuilder().issuer_name(pki.ca.certificate.subject)
    crl = crl.last_update(NOW - timedelta(hours=1)).next_update(NOW + DAY).add_revoked_certificate(entry.build())
    crl = crl.add_extension(x509.CRLNumber(1), critical=False)
    pki.server.answers["/ca.crl"] = fixed(crl.sign(pki.ca.key, hashes.SHA256()).public_bytes(Encoding.DER))
    found = verdict(pki, pki.signed())
    assert (found.name, found.reasons[0].code) == ("INDETERMINATE/TRY_LATER", Refusal.CERT_REVOKED)


def test_the_authority_revoked(pki: Pki) -> None:
    pki.server.answers["/root.crl"] = fixed(pki.crl([pki.ca], issuer=pki.root))
    assert conclusion(pki, pki.signed()) == "INDETERMINATE/REVOKED_CA_NO_POE"


def test_the_authority_expired(pki: Pki) -> None:
    usage = key_usage(key_cert_sign=True, crl_sign=True)
    ca = issue(name("Old CA"), pki.other_key, pki.root, end=NOW - DAY, start=NOW - 9 * DAY, ca=True, usage=usage)
    signed = pki.signed(pki.organisation(issuer=ca), chain=(ca.der,))
    assert conclusion(pki, signed) == "INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE"


def test_chains(pki: Pki) -> None:
    usage = key_usage(digital_signature=True, content_commitment=True)
    alone = issue(name("Công ty", [f"MST:{TAX_CODE}"]), pki.other_key, usage=usage)
    stranger = issue(name("Stranger"), pki.other_key, ca=True, usage=key_usage(key_cert_sign=True))
    none, broken = "INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND", "INDETERMINATE/CERTIFICATE_CHAIN_GENERAL_FAILURE"
    assert conclusion(pki, pki.signed(alone, chain=())) == none
    assert conclusion(pki, pki.signed(pki.organisation(issuer=stranger), chain=(stranger.der,))) == none
    assert conclusion(pki, pki.signed(chain=())) == none
    assert conclusion(pki, pki.signed(pki.organisation(signing_key=pki.leaf_key))) == broken
    issued_by_leaf = pki.organisation(issuer=pki.leaf, key=pki.other_key)
    assert conclusion(pki, pki.signed(issued_by_leaf, chain=(pki.leaf.der, pki.ca.der))) == none, (
        "who is no CA issues none"
    )


def test_constraints_on_the_certificate(pki: Pki) -> None:
    usage = pki.organisation(usage=key_usage(key_encipherment=True))
    for party in (usage, pki.organisation(ca=True), pki.organisation([]), pki.organisation(["MST:1"])):
        assert conclusion(pki, pki.signed(party)) == "INDETERMINATE/CHAIN_CONSTRAINTS_FAILURE"


def test_no_answer_about_revocation(pki: Pki) -> None:
    pki.server.answers.clear()
    assert conclusion(pki, pki.signed()) == "INDETERMINATE/TRY_LATER"
    pki.reset()
    stale = pki.crl(made=NOW - 3 * DAY, until=NOW - DAY)
    pki.server.answers |= {"/ca.crl": fixed(stale), "/ocsp": fixed(b"", 503)}
    found = verdict(pki, pki.signed())
    assert (found.name, found.reasons[0].code) == ("INDETERMINATE/TRY_LATER", Refusal.CERT_REVOCATION_STALE)


def test_signing_times(pki: Pki) -> None:
    party = pki.organisation(start=NOW - 5 * DAY)
    for moment in (NOW - 6 * DAY, NOW + timedelta(minutes=16)):
        assert conclusion(pki, pki.signed(party, signing_time=moment)) == "INDETERMINATE/SIG_CONSTRAINTS_FAILURE"


def test_all_reasons_are_given(pki: Pki) -> None:
    party = pki.organisation([], start=NOW - 5 * DAY)
    found = verdict(pki, pki.signed(party, signing_time=NOW + DAY), trust=None)
    assert [reason.code for reason in found.reasons] == [
        Refusal.CERT_UNTRUSTED,
        Refusal.CERT_MST_MISSING,
        Refusal.SIG_TIME_SKEW,
    ]
    assert found.reasons_vi == tuple(reason.code.message for reason in found.reasons)
    assert found.reasons_en == tuple(reason.code.english for reason in found.reasons)


# -- failed, and what only looks like it ---------------------------------------------------------------------


def test_changed_content_and_changed_signature(pki: Pki) -> None:
    signed = pki.signed()
    assert conclusion(pki, signed.replace(b"<SERIAL>5401", b"<SERIAL>5402")) == "TOTAL-FAILED/HASH_FAILURE"
    root = parse(signed)
    value = find(root, "SignatureValue")
    value.text = ("A" if (value.text or "")[0] != "A" else "B") + (value.text or "")[1:]
    found = verdict(pki, dump(root))
    assert found.name == "TOTAL-FAILED/SIG_CRYPTO_FAILURE"
    assert found.certificate is None, "nothing is said of whoever did not sign"
    assert found.signing_time is None


@pytest.mark.parametrize("data", [b"", b"no XML", b"<A>", b"<A/>", b"0", b"0\x00", b"-----BEGIN CMS-----\nQUJD\n"])
def test_what_is_no_signature(pki: Pki, data: bytes) -> None:
    assert conclusion(pki, data) == "TOTAL-FAILED/FORMAT_FAILURE"
    assert conclusion(pki, data, trust=None) == "TOTAL-FAILED/FORMAT_FAILURE"


def test_rules_of_ours_prove_nothing_against_a_signature(pki: Pki) -> None:
    signed = pki.signed()
    cases = {
        signed.replace(b"<MST>0101", b"<MST><!-- -->0101"): "INDETERMINATE/SIG_CONSTRAINTS_FAILURE",
        forged(pki, signed, algorithm("DigestMethod", "http://www.w3.org/2000/09/xmldsig#sha1")): (
            "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
        ),
        forged(pki, signed, lambda root: find(root, "KeyInfo").remove(find(root, "X509Data"))): (
            "INDETERMINATE/NO_SIGNING_CERTIFICATE_FOUND"
        ),
        forged(pki, signed, lambda root: find(root, "Reference").set("URI", "http://127.0.0.1:1/x")): (
            "INDETERMINATE/SIGNED_DATA_NOT_FOUND"
        ),
    }
    for data, expected in cases.items():
        assert conclusion(pki, data) == expected


def test_base64_that_cannot_be_read_is_a_matter_of_format(pki: Pki) -> None:
    for tag in ("SignatureValue", "DigestValue"):
        root = parse(pki.signed())
        find(root, tag).text = "***"
        assert conclusion(pki, dump(root)) == "TOTAL-FAILED/FORMAT_FAILURE"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-32", "windows-1258"])
def test_an_encoding_that_others_read_proves_nothing(pki: Pki, encoding: str) -> None:
    text = pki.signed().decode().replace("UTF-8", encoding).replace("Công", "Cong")
    assert conclusion(pki, text.encode(encoding, "xmlcharrefreplace")) == "INDETERMINATE/SIG_CONSTRAINTS_FAILURE"


def test_ber_that_others_read_proves_nothing(pki: Pki) -> None:
    der = signed_cms(pki)
    header, body = der[:4], der[4:]
    assert header[:2] == b"\x30\x82"
    indefinite = b"\x30\x80" + body + b"\x00\x00"
    assert conclusion(pki, indefinite, content=CONTENT) == "INDETERMINATE/SIG_CONSTRAINTS_FAILURE"
    assert conclusion(pki, der[:-1], content=CONTENT) == "TOTAL-FAILED/FORMAT_FAILURE"


def test_weak_key(pki: Pki) -> None:
    weak = pki.organisation(key=ec.generate_private_key(ec.SECP224R1()))
    root = parse(pki.signed())
    find(root, "X509Certificate").text = b64(weak.der)
    assert conclusion(pki, resign(root, weak)) == "INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE_NO_POE"


def test_swapping_the_certificate_for_one_over_the_same_key_changes_the_verdict(pki: Pki) -> None:
    """KeyInfo is not signed: the certificate that is named is the one that is validated."""
    revoked = pki.organisation()
    pki.server.answers["/ca.crl"] = fixed(pki.crl([revoked]))
    root = parse(pki.signed())
    find(root, "X509Certificate").text = b64(revoked.der)
    assert conclusion(pki, dump(root)) == "INDETERMINATE/REVOKED_NO_POE"


def test_signature_at_another_place(pki: Pki) -> None:
    signed = pki.signed(document=DOCUMENT.replace(b"<CKy_Dvi/>", b"<TTin><Cky/></TTin>"), place="TTin/Cky")
    assert conclusion(pki, signed) == "INDETERMINATE/SIG_CONSTRAINTS_FAILURE"
    assert conclusion(pki, signed, place="TTin/Cky") == "TOTAL-PASSED"


def test_json(pki: Pki) -> None:
    data = verdict(pki, pki.signed()).to_json()
    assert data["status"] == "TOTAL-PASSED"
    assert data["sub_indication"] is None
    assert data["certificate"]["tax_code"] == TAX_CODE
    assert [one["owner"] for one in data["path"]] == ["Công ty Hoa Sen Thử", "Sandbox CA", "Sandbox Root"]
    assert {one["kind"] for one in data["answers"]} == {"crl", "ocsp"}
    failed = verdict(pki, b"<A/>").to_json()
    assert failed["reasons"][0]["code"] == "SIG_MISSING"
    assert failed["meaning"]["vi"] == SubIndication.FORMAT_FAILURE.vietnamese
