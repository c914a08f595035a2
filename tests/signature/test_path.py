"""The certificate: whose it is, when, what for, and who issued it. Everything is really fetched."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chukyso.signature.path import validate_path
from chukyso.signature.refusal import Refusal
from chukyso.signature.trust import TrustStore, check_owner
from chukyso.signature.verify import VerifiedDocument, verify_xml
from support.signature import DAY, NOW, TAX_CODE, Pki, issue, key_usage, name

pytestmark = pytest.mark.usefixtures("good_answers")


def test_good_certificate(pki: Pki) -> None:
    verified = pki.verified()
    assert verified.certificate.tax_code == TAX_CODE
    assert verified.path is not None
    assert verified.path.certificates == (pki.leaf.der, pki.ca.der, pki.root.der)
    assert verified.path.at == NOW


def test_in_a_thread_beside_an_event_loop(pki: Pki) -> None:
    data = pki.signed()

    async def both() -> tuple[VerifiedDocument, object]:
        verified = await asyncio.to_thread(verify_xml, data, trust=pki.trust, now=NOW)
        return verified, await asyncio.to_thread(validate_path, pki.leaf.ours, pki.chain, pki.trust, at=NOW)

    verified, path = asyncio.run(both())
    assert verified.path is not None
    assert verified.path.certificates == path.certificates


def test_chain_may_come_from_the_trust_store(pki: Pki) -> None:
    trust = TrustStore((pki.root.der,), (pki.ca.der,))
    assert pki.verified(chain=(), trust=trust).path is not None


def test_trust_store_from_pem(pki: Pki) -> None:
    assert TrustStore.from_pem(pki.root.pem, pki.ca.pem) == TrustStore((pki.root.der,), (pki.ca.der,))
    with pytest.raises(ValueError, match="PEM"):
        TrustStore.from_pem(b"nothing")


def test_path_without_a_document(pki: Pki) -> None:
    path = validate_path(pki.leaf.ours, pki.chain, pki.trust, at=NOW)
    assert path.certificates[0] == pki.leaf.der


# -- tax code -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uids", "expected"),
    [
        ([], Refusal.CERT_MST_MISSING),
        (["CCCD:012345678901"], Refusal.CERT_MST_MISSING),
        ([f"MST:{TAX_CODE}", f"MST:{TAX_CODE}"], Refusal.CERT_MST_DOUBLED),
        ([f"MST:{TAX_CODE}", "MST:0101234573"], Refusal.CERT_MST_DOUBLED),
        ([f"MST:{TAX_CODE}", f"\u041cST:{TAX_CODE}"], Refusal.CERT_MST_DOUBLED),
        ([f"\u041cST:{TAX_CODE}"], Refusal.CERT_MST_MALFORMED),
        (["MST:\uff10101234565"], Refusal.CERT_MST_MALFORMED),
        (["MST:\u0660101234565"], Refusal.CERT_MST_MALFORMED),
        (["MST:O101234565"], Refusal.CERT_MST_MALFORMED),
        ([f"MST:{TAX_CODE} "], Refusal.CERT_MST_MALFORMED),
        ([f"MST:{TAX_CODE}\u200b"], Refusal.CERT_MST_MALFORMED),
        ([f"MST:{TAX_CODE}\n"], Refusal.CERT_MST_MALFORMED),
        ([f"mst:{TAX_CODE}"], Refusal.CERT_MST_MALFORMED),
        ([TAX_CODE], Refusal.CERT_MST_MALFORMED),
        ([f"MST:{TAX_CODE},UID=x"], Refusal.CERT_MST_MALFORMED),
    ],
    ids=ascii,
)
def test_tax_code_that_is_not_clear(pki: Pki, uids: list[str], expected: Refusal) -> None:
    assert pki.refusal(pki.organisation(uids)) is expected


@pytest.mark.parametrize("oid", [NameOID.SERIAL_NUMBER, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.TITLE])
def test_tax_code_in_another_attribute(pki: Pki, oid: x509.ObjectIdentifier) -> None:
    elsewhere = pki.organisation([], extra=[x509.NameAttribute(oid, f"MST:{TAX_CODE}")])
    assert pki.refusal(elsewhere) is Refusal.CERT_MST_MISSING


def test_tax_code_in_the_rendered_name_only(pki: Pki) -> None:
    spoof = f"X,UID=MST:{TAX_CODE}"
    elsewhere = pki.organisation([], extra=[x509.NameAttribute(NameOID.ORGANIZATION_NAME, spoof)])
    assert pki.refusal(elsewhere) is Refusal.CERT_MST_MISSING


def test_branch_and_personal_number_beside(pki: Pki) -> None:
    party = pki.organisation([f"MST:{TAX_CODE}-001", "CCCD:012345678901"])
    assert check_owner(party.ours) == f"{TAX_CODE}-001"
    assert pki.verified(party).path is not None


# -- time ---------------------------------------------------------------------------------------------------


def test_expired(pki: Pki) -> None:
    party = pki.organisation(start=NOW - 30 * DAY, end=NOW - timedelta(seconds=1))
    assert pki.refusal(party) is Refusal.CERT_EXPIRED
    assert pki.server.requests == []


def test_not_yet_valid(pki: Pki) -> None:
    party = pki.organisation(start=NOW + timedelta(seconds=1))
    assert pki.refusal(party) is Refusal.CERT_NOT_YET_VALID
    assert pki.server.requests == []


def test_signing_time_outside_validity(pki: Pki) -> None:
    young = pki.organisation(start=NOW - timedelta(minutes=5))
    early = NOW - timedelta(minutes=6)
    assert pki.refusal(young, signing_time=early) is Refusal.SIG_TIME_OUTSIDE_VALIDITY
    old = pki.organisation(end=NOW + timedelta(minutes=5))
    late = NOW + timedelta(minutes=6)
    assert pki.refusal(old, signing_time=late) is Refusal.SIG_TIME_OUTSIDE_VALIDITY


@pytest.mark.parametrize("sign", [1, -1])
def test_signing_time_far_from_now(pki: Pki, sign: int) -> None:
    assert pki.refusal(signing_time=NOW + sign * timedelta(minutes=16)) is Refusal.SIG_TIME_SKEW
    assert pki.verified(signing_time=NOW + sign * timedelta(minutes=14))
    tolerance = timedelta(minutes=1)
    skewed = NOW + sign * timedelta(minutes=2)
    assert pki.refusal(signing_time=skewed, time_tolerance=tolerance) is Refusal.SIG_TIME_SKEW


# -- key usage ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "usage",
    [
        None,
        key_usage(key_encipherment=True),
        key_usage(digital_signature=True),
        key_usage(content_commitment=True),
    ],
)
def test_key_usage(pki: Pki, usage: x509.KeyUsage | None) -> None:
    assert pki.refusal(pki.organisation(usage=usage)) is Refusal.CERT_KEY_USAGE


@pytest.mark.parametrize("critical", [True, False])
@pytest.mark.parametrize(
    ("purposes", "good"),
    [
        ([ExtendedKeyUsageOID.SERVER_AUTH], False),
        ([ExtendedKeyUsageOID.CODE_SIGNING, ExtendedKeyUsageOID.TIME_STAMPING], False),
        ([ExtendedKeyUsageOID.OCSP_SIGNING], False),
        ([x509.ObjectIdentifier("1.3.6.1.4.1.99999.1")], False),
        ([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH], True),
        ([ExtendedKeyUsageOID.EMAIL_PROTECTION], True),
        ([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")], True),
        ([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE], True),
    ],
)
def test_extended_key_usage(pki: Pki, purposes: list[x509.ObjectIdentifier], critical: bool, good: bool) -> None:
    """Critical or not, it says what the certificate may be used for (RFC 5280, section 4.2.1.12)."""
    usage = x509.ExtendedKeyUsage(purposes)
    extensions = [pki.crl_point("/ca.crl"), pki.ocsp_access("/ocsp"), usage]
    party = pki.organisation(extensions=extensions, critical=[usage] if critical else [])
    if good:
        assert pki.verified(party).path is not None
    else:
        assert pki.refusal(party) is Refusal.CERT_KEY_USAGE


def test_ca_certificate_does_not_sign_documents(pki: Pki) -> None:
    assert pki.refusal(pki.organisation(ca=True)) is Refusal.CERT_KEY_USAGE


# -- trust --------------------------------------------------------------------------------------------------


def test_self_signed(pki: Pki) -> None:
    common = name("Công ty Hoa Sen Thử", [f"MST:{TAX_CODE}"])
    usage = key_usage(digital_signature=True, content_commitment=True)
    alone = issue(common, pki.other_key, usage=usage)
    assert pki.refusal(alone, chain=()) is Refusal.CERT_SELF_SIGNED


def test_unknown_ca_with_its_own_root_in_the_document(pki: Pki) -> None:
    ca_usage = key_usage(key_cert_sign=True, crl_sign=True)
    rogue = issue(name("Rogue"), pki.other_key, ca=True, usage=ca_usage)
    party = pki.organisation(issuer=rogue)
    assert pki.refusal(party, chain=(rogue.der,)) is Refusal.CERT_UNTRUSTED
    assert pki.server.requests == [], "nothing is fetched on a stranger's word"


def test_ca_that_copies_the_name_of_ours(pki: Pki) -> None:
    ca_usage = key_usage(key_cert_sign=True, crl_sign=True)
    rogue = issue(pki.root.certificate.subject, pki.other_key, ca=True, usage=ca_usage)
    party = pki.organisation(issuer=rogue)
    assert pki.refusal(party, chain=(rogue.der,)) is Refusal.CERT_UNTRUSTED


def test_signature_of_the_certificate_is_wrong(pki: Pki) -> None:
    party = pki.organisation(signing_key=pki.leaf_key)
    assert pki.refusal(party) is Refusal.CERT_UNTRUSTED


def test_chain_is_missing(pki: Pki) -> None:
    assert pki.refusal(chain=()) is Refusal.CERT_UNTRUSTED


def test_organisation_is_no_ca(pki: Pki) -> None:
    """A certificate issued with the key of another organisation's certificate."""
    party = pki.organisation([f"MST:{TAX_CODE}-001"], issuer=pki.leaf, key=pki.other_key)
    assert pki.refusal(party, chain=(pki.leaf.der, pki.ca.der)) is Refusal.CERT_UNTRUSTED


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (NOW - 30 * DAY, NOW - DAY, Refusal.CERT_EXPIRED),
        (NOW + DAY, NOW + 30 * DAY, Refusal.CERT_NOT_YET_VALID),
    ],
)
def test_validity_of_the_ca(pki: Pki, start: datetime, end: datetime, expected: Refusal) -> None:
    usage = key_usage(key_cert_sign=True, crl_sign=True)
    ca = issue(name("Old CA"), pki.other_key, pki.root, start=start, end=end, ca=True, usage=usage)
    assert pki.refusal(pki.organisation(issuer=ca), chain=(ca.der,)) is expected
