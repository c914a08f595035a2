"""What counts about revocation: "revoked" always, "good" when it can be relied on; and where nobody can be asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from chukyso.signature.assess import LATER, assess
from chukyso.signature.long_lists import read_list
from chukyso.signature.path import validate_path
from chukyso.signature.refusal import Circumstance, Refusal, SignatureRefused
from chukyso.signature.trust import AnswerKind, RevocationAnswer, RevocationPolicy, TrustStore, ValidatedPath
from support.signature import DAY, NOW, Party, Pki, issue, key_usage, name

STALE = {"made": NOW - 3 * DAY, "until": NOW - DAY}
GOOD, REVOKED, UNKNOWN = ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.UNKNOWN


def answer(
    pki: Pki,
    status: ocsp.OCSPCertStatus = GOOD,
    *,
    about: Party | None = None,
    issuer: Party | None = None,
    responder: Party | None = None,
    made: datetime = NOW - timedelta(minutes=1),
    until: datetime | None = NOW + timedelta(hours=1),
    reason: x509.ReasonFlags | None = None,
    naming: hashes.HashAlgorithm | None = None,
) -> RevocationAnswer:
    responder = responder or pki.responder
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=(about or pki.leaf).certificate,
        issuer=(issuer or pki.ca).certificate,
        algorithm=naming or hashes.SHA256(),
        cert_status=status,
        this_update=made,
        next_update=until,
        revocation_time=made - DAY if status is REVOKED else None,
        revocation_reason=reason,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
    signed = builder.certificates([responder.certificate]).sign(responder.key, hashes.SHA256())
    return RevocationAnswer(AnswerKind.OCSP, "kept.ocsp", signed.public_bytes(Encoding.DER))


def crl(
    issuer: Party,
    listed: Iterable[tuple[Party, x509.ReasonFlags | None]] = (),
    *,
    made: datetime = NOW - timedelta(hours=1),
    until: datetime = NOW + DAY,
    indirect: bool = False,
    key: Party | None = None,
) -> RevocationAnswer:
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = builder.last_update(made).next_update(until)
    if indirect:
        point = x509.IssuingDistributionPoint(None, None, False, False, None, True, False)
        builder = builder.add_extension(point, critical=True)
    for party, reason in listed:
        entry = x509.RevokedCertificateBuilder().serial_number(party.certificate.serial_number)
        entry = entry.revocation_date(made - timedelta(hours=1))
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    signed = builder.sign((key or issuer).key, hashes.SHA256())
    return RevocationAnswer(AnswerKind.CRL, "kept.crl", signed.public_bytes(Encoding.DER))


def offline(*kept: RevocationAnswer, both: bool = False) -> RevocationPolicy:
    return RevocationPolicy(answers=kept, online=False, both=both)


def look(pki: Pki, *kept: RevocationAnswer, leaf: Party | None = None, chain: Iterable[Party] = ()) -> ValidatedPath:
    party = leaf or pki.leaf
    helpers = [one.der for one in chain] or list(pki.chain)
    return validate_path(party.ours, helpers, pki.trust, at=NOW, revocation=offline(*kept))


def refused(pki: Pki, *kept: RevocationAnswer, **options: object) -> SignatureRefused:
    with pytest.raises(SignatureRefused) as caught:
        look(pki, *kept, **options)  # type: ignore[arg-type]
    return caught.value


def authority(pki: Pki, extensions: Iterable[x509.ExtensionType] = ()) -> Party:
    """An issuing authority that names whatever it is given, and nobody by default."""
    usage = key_usage(key_cert_sign=True, crl_sign=True)
    key = ec.generate_private_key(ec.SECP256R1())
    return issue(name("CA của riêng"), key, pki.root, ca=True, usage=usage, extensions=extensions)


# -- authorities ------------------------------------------------------------------------------------------------


def test_authority_that_names_nobody_is_revoked_by_a_kept_list(pki: Pki) -> None:
    own = authority(pki)
    leaf = pki.organisation(issuer=own)
    good = look(pki, crl(own), leaf=leaf, chain=[own])
    assert good.unasked == (own.der,)
    error = refused(pki, crl(own), crl(pki.root, [(own, None)]), leaf=leaf, chain=[own])
    assert (error.refusal, error.circumstance) == (Refusal.CERT_REVOKED, Circumstance.ISSUER)
    assert not look(pki, crl(own), crl(pki.root), leaf=leaf, chain=[own]).unasked


def test_authority_that_names_ocsp_alone_is_revoked_by_a_kept_list(pki: Pki) -> None:
    own = authority(pki, [pki.ocsp_access("/ocsp")])
    leaf = pki.organisation(issuer=own)
    assert refused(pki, crl(own), leaf=leaf, chain=[own]).refusal is Refusal.CERT_REVOCATION_UNKNOWN
    assert refused(pki, crl(own), crl(pki.root, [(own, None)]), leaf=leaf, chain=[own]).refusal is Refusal.CERT_REVOKED
    assert look(pki, crl(own), crl(pki.root), leaf=leaf, chain=[own]).answers


def test_authority_is_revoked_by_a_kept_ocsp_answer(pki: Pki) -> None:
    own = authority(pki)
    leaf = pki.organisation(issuer=own)
    said = answer(pki, REVOKED, about=own, issuer=pki.root, responder=pki.root)
    assert refused(pki, crl(own), said, leaf=leaf, chain=[own]).refusal is Refusal.CERT_REVOKED


def test_authority_does_not_answer_for_itself(pki: Pki) -> None:
    """Its own list is about what it issued, also when it has the serial of the authority."""
    own = authority(pki, [pki.crl_point("/root.crl")])
    leaf = pki.organisation(issuer=own)
    assert refused(pki, crl(own), leaf=leaf, chain=[own]).refusal is Refusal.CERT_REVOCATION_UNKNOWN
    newer = issue(
        pki.root.certificate.subject,
        ec.generate_private_key(ec.SECP256R1()),
        pki.root,
        ca=True,
        usage=key_usage(key_cert_sign=True, crl_sign=True),
        extensions=[pki.crl_point("/root.crl")],
    )
    leaf = pki.organisation(issuer=newer)
    assert look(pki, crl(newer), crl(pki.root), leaf=leaf, chain=[newer]).answers
    assert refused(pki, crl(newer), leaf=leaf, chain=[newer]).refusal is Refusal.CERT_REVOCATION_UNKNOWN


def test_unasked_authority_is_told(pki: Pki) -> None:
    own = authority(pki)
    leaf = pki.organisation(issuer=own)
    data = pki.signed(leaf, chain=(own.der,))
    policy = replace(LATER, answers=(crl(own),), online=False)
    verdict = assess(data, at=NOW, trust=pki.trust, revocation=policy)
    assert verdict.passed
    assert [one["owner"] for one in verdict.to_json()["unasked"]] == ["CA của riêng"]


# -- "revoked" counts -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "made",
    [{}, STALE, {"made": NOW + timedelta(hours=1), "until": NOW + 2 * DAY}],
    ids=["fresh", "stale", "of later"],
)
def test_revoked_counts_however_old_it_is(pki: Pki, made: dict[str, datetime]) -> None:
    for said in (crl(pki.ca, [(pki.leaf, None)], **made), answer(pki, REVOKED, **made)):
        error = refused(pki, crl(pki.ca), answer(pki), crl(pki.root), said)
        assert error.refusal is Refusal.CERT_REVOKED
    ca_listed = crl(pki.root, [(pki.ca, None)], **made)
    assert refused(pki, crl(pki.ca), crl(pki.root), ca_listed).circumstance is Circumstance.ISSUER


def test_hold_counts_until_a_fresh_answer_lifts_it(pki: Pki) -> None:
    hold = x509.ReasonFlags.certificate_hold
    for on_hold in (crl(pki.ca, [(pki.leaf, hold)]), answer(pki, REVOKED, reason=hold)):
        error = refused(pki, crl(pki.ca), on_hold, crl(pki.root))
        assert (error.refusal, error.circumstance) == (Refusal.CERT_REVOKED, Circumstance.ON_HOLD)
    for before in (crl(pki.ca, [(pki.leaf, hold)], **STALE), answer(pki, REVOKED, reason=hold, **STALE)):
        assert look(pki, crl(pki.ca), before, crl(pki.root)).answers
        assert refused(pki, before, crl(pki.root)).circumstance is Circumstance.ON_HOLD


def test_what_a_stranger_says_does_not_count(pki: Pki) -> None:
    stranger = Party(pki.ca.certificate, pki.leaf_key)
    other_ca = authority(pki)
    delegate = issue(
        name("OCSP"),
        ec.generate_private_key(ec.SECP256R1()),
        other_ca,
        usage=key_usage(digital_signature=True),
        extensions=[x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])],
    )
    other_purpose = issue(
        name("Thư"),
        ec.generate_private_key(ec.SECP256R1()),
        pki.ca,
        usage=key_usage(digital_signature=True),
        extensions=[x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])],
    )
    for said in (
        crl(pki.ca, [(pki.leaf, None)], key=stranger),
        crl(other_ca, [(pki.leaf, None)]),
        crl(pki.ca, [(pki.leaf, None)], indirect=True, key=stranger),
        answer(pki, REVOKED, responder=delegate),
        answer(pki, REVOKED, responder=pki.organisation()),
        answer(pki, REVOKED, responder=other_purpose),
        answer(pki, REVOKED, about=pki.organisation()),
    ):
        assert look(pki, said, crl(pki.ca), crl(pki.root)).answers


# -- "good" is enough, once it can be relied on -------------------------------------------------------------------


def test_one_usable_answer_is_enough_beside_others_that_are_not(pki: Pki) -> None:
    useless = [
        answer(pki, **STALE),
        answer(pki, made=NOW - 2 * DAY, until=None),
        answer(pki, responder=pki.organisation()),
        answer(pki, naming=hashes.SHA384()),
        RevocationAnswer(AnswerKind.OCSP, "page.html", b"<html>"),
    ]
    for one in useless:
        assert look(pki, one, crl(pki.ca), crl(pki.root)).answers
        assert refused(pki, one, crl(pki.root)).refusal in {
            Refusal.CERT_REVOCATION_STALE,
            Refusal.CERT_REVOCATION_UNKNOWN,
        }
    assert look(pki, answer(pki, naming=hashes.SHA512()), answer(pki), crl(pki.root)).answers
    revoked = answer(pki, REVOKED, naming=hashes.SHA512())
    assert refused(pki, revoked, answer(pki), crl(pki.ca), crl(pki.root)).refusal is Refusal.CERT_REVOKED
    for one in (crl(pki.ca, **STALE), crl(pki.ca, key=Party(pki.ca.certificate, pki.leaf_key))):
        assert look(pki, one, answer(pki), crl(pki.root)).answers
        assert refused(pki, one, crl(pki.root)).refusal in {
            Refusal.CERT_REVOCATION_STALE,
            Refusal.CERT_REVOCATION_UNKNOWN,
        }


def test_both_are_wanted_where_the_policy_says_so(pki: Pki) -> None:
    for kept in ((crl(pki.ca), crl(pki.root)), (answer(pki), crl(pki.root)), (crl(pki.ca), answer(pki, **STALE))):
        with pytest.raises(SignatureRefused):
            validate_path(pki.leaf.ours, pki.chain, pki.trust, at=NOW, revocation=offline(*kept, both=True))
    kept = (crl(pki.ca), answer(pki), crl(pki.root))
    assert validate_path(pki.leaf.ours, pki.chain, pki.trust, at=NOW, revocation=offline(*kept, both=True)).answers


def test_certificate_that_its_authority_never_heard_of(pki: Pki) -> None:
    """A list names only what was revoked; that a certificate was never issued only OCSP can say."""
    error = refused(pki, crl(pki.ca), answer(pki, UNKNOWN), crl(pki.root))
    assert error.refusal is Refusal.CERT_REVOCATION_UNKNOWN
    assert look(pki, crl(pki.ca), answer(pki, UNKNOWN, **STALE), crl(pki.root)).answers
    assert look(pki, answer(pki, UNKNOWN), answer(pki), crl(pki.root)).answers


def test_responder_without_nocheck_is_looked_up_in_the_list(pki: Pki) -> None:
    def responder(*extensions: x509.ExtensionType) -> Party:
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
        key = ec.generate_private_key(ec.SECP256R1())
        usage = key_usage(digital_signature=True)
        return issue(name("OCSP mới"), key, pki.ca, usage=usage, extensions=[purposes, *extensions])

    silent, asked = responder(), responder(pki.crl_point("/ca.crl"))
    assert look(pki, answer(pki, responder=silent), crl(pki.root)).answers
    stale = crl(pki.ca, **STALE)
    assert refused(pki, answer(pki, responder=asked), stale, crl(pki.root)).refusal is not Refusal.CERT_REVOKED
    assert look(pki, answer(pki, responder=asked), crl(pki.ca), crl(pki.root)).answers
    revoked = crl(pki.ca, [(asked, None)])
    assert look(pki, answer(pki, responder=asked), revoked, crl(pki.root)).answers  # by the list, not by it
    with pytest.raises(SignatureRefused):
        kept = (answer(pki, responder=asked), revoked, crl(pki.root))
        validate_path(pki.leaf.ours, pki.chain, pki.trust, at=NOW, revocation=offline(*kept, both=True))


def test_list_by_the_newer_key_of_the_authority(pki: Pki) -> None:
    newer = issue(
        pki.ca.certificate.subject,
        ec.generate_private_key(ec.SECP256R1()),
        pki.root,
        ca=True,
        usage=key_usage(key_cert_sign=True, crl_sign=True),
        extensions=[pki.crl_point("/root.crl")],
    )
    lists = (crl(newer), crl(pki.root))
    assert look(pki, *lists, chain=[pki.ca, newer]).answers
    assert refused(pki, *lists).refusal is Refusal.CERT_REVOCATION_UNKNOWN
    listing = crl(newer, [(pki.leaf, None)])
    assert refused(pki, listing, crl(pki.root), chain=[pki.ca, newer]).refusal is Refusal.CERT_REVOKED
    for when in ({}, STALE):
        bad_key = crl(pki.root, [(newer, None)], **when)
        found = refused(pki, crl(newer), bad_key, crl(pki.root), chain=[pki.ca, newer])
        assert found.refusal is Refusal.CERT_REVOCATION_UNKNOWN


def test_answer_about_a_crowd_is_passed_over(pki: Pki) -> None:
    """The library reads such an answer in quadratic time, before it looks at its signature."""
    crowd = asn1_ocsp.OCSPResponse.load(answer(pki).der)
    basic = crowd["response_bytes"]["response"].parsed
    said = basic["tbs_response_data"]["responses"]
    basic["tbs_response_data"]["responses"] = [said[0].copy() for _ in range(17)]
    crowd["response_bytes"]["response"] = basic
    der = crowd.dump(force=True)
    found = look(pki, RevocationAnswer(AnswerKind.OCSP, "crowd", der), answer(pki), crl(pki.root))
    assert der not in {each.der for each in found.answers}


def test_long_list_is_read_without_its_entries_unless_one_is_in_question(pki: Pki) -> None:
    others = [(pki.organisation(), None) for _ in range(200)]
    serials = {pki.leaf.certificate.serial_number}
    revoked_certificates = read_list(crl(pki.ca, others).der, serials)["tbs_cert_list"]["revoked_certificates"]
    assert len(revoked_certificates) == 0
    hold = [*others, (pki.leaf, x509.ReasonFlags.certificate_hold)]
    for der in (crl(pki.ca, hold).der, crl(pki.ca, others, indirect=True).der):
        assert len(read_list(der, serials)["tbs_cert_list"]["revoked_certificates"]) >= len(others)
    assert look(pki, crl(pki.ca, others), crl(pki.root)).answers
    assert refused(pki, crl(pki.ca, hold), crl(pki.root)).circumstance is Circumstance.ON_HOLD


def test_root_that_is_past_its_end_is_said(pki: Pki) -> None:
    root = issue(
        pki.root.certificate.subject,
        pki.root.key,
        ca=True,
        usage=key_usage(key_cert_sign=True, crl_sign=True),
        start=NOW - 60 * DAY,
        end=NOW - 2 * DAY,
    )
    policy = replace(LATER, answers=(crl(pki.ca), crl(pki.root)), online=False)
    verdict = assess(pki.signed(), at=NOW, trust=TrustStore((root.der,)), revocation=policy)
    assert verdict.passed
    assert verdict.to_json()["expired_root"]["owner"] == "Sandbox Root"
    assert assess(pki.signed(), at=NOW, trust=pki.trust, revocation=policy).expired_root is None
