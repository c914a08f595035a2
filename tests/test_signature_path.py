"""The certificate: whose it is, when, who issued it, and whether it was revoked. Everything is really fetched."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chukyso.signature.path import validate_path, validate_path_async
from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.trust import AnswerKind, RevocationPolicy, TrustStore, check_owner
from chukyso.signature.verify import VerifiedDocument, verify_xml, verify_xml_async
from fixtures_signature import DAY, NOW, TAX_CODE, Party, Pki, Server, fixed, issue, key_usage, name


@pytest.fixture(scope="module")
def running_pki() -> Iterator[Pki]:
    with Server().running() as server:
        yield Pki(server)


@pytest.fixture
def pki(running_pki: Pki) -> Pki:
    running_pki.reset()
    return running_pki


def verify(pki: Pki, party: Party | None = None, **options: object) -> VerifiedDocument:
    data = pki.signed(party, **{key: options.pop(key) for key in ("signing_time", "chain") if key in options})
    return verify_xml(data, **{"trust": pki.trust, "now": NOW, **options})


def refused(pki: Pki, party: Party | None = None, **options: object) -> Refusal:
    with pytest.raises(SignatureRefused) as caught:
        verify(pki, party, **options)
    assert caught.value.detail
    return caught.value.refusal


def test_good_certificate(pki: Pki) -> None:
    verified = verify(pki)
    assert verified.certificate.tax_code == TAX_CODE
    assert verified.path is not None
    assert verified.path.certificates == (pki.leaf.der, pki.ca.der, pki.root.der)
    assert verified.path.at == NOW


def test_answers_are_fetched_and_kept_as_evidence(pki: Pki) -> None:
    path = verify(pki).path
    assert path is not None
    assert sorted(pki.server.requests) == ["/ca.crl", "/ocsp", "/root.crl"]
    serial = pki.leaf.ours.serial
    kept = {(answer.kind, answer.certificate_serial): answer for answer in path.answers}
    assert set(kept) == {
        (AnswerKind.CRL, serial),
        (AnswerKind.OCSP, serial),
        (AnswerKind.CRL, pki.ca.ours.serial),
    }
    assert x509.load_der_x509_crl(kept[AnswerKind.CRL, serial].der).issuer == pki.ca.certificate.subject
    response = ocsp.load_der_ocsp_response(kept[AnswerKind.OCSP, serial].der)
    assert response.serial_number == pki.leaf.certificate.serial_number
    assert kept[AnswerKind.OCSP, serial].url == pki.server.url + "/ocsp"


def test_asynchronous_wrappers(pki: Pki) -> None:
    data = pki.signed()

    async def both() -> tuple[VerifiedDocument, object]:
        verified = await verify_xml_async(data, trust=pki.trust, now=NOW)
        return verified, await validate_path_async(pki.leaf.ours, pki.chain, pki.trust, at=NOW)

    verified, path = asyncio.run(both())
    assert verified.path is not None
    assert verified.path.certificates == path.certificates


def test_chain_may_come_from_the_trust_store(pki: Pki) -> None:
    trust = TrustStore((pki.root.der,), (pki.ca.der,))
    assert verify(pki, chain=(), trust=trust).path is not None


def test_trust_store_from_pem(pki: Pki) -> None:
    assert TrustStore.from_pem(pki.root.pem, pki.ca.pem) == TrustStore((pki.root.der,), (pki.ca.der,))
    with pytest.raises(ValueError, match="PEM"):
        TrustStore.from_pem(b"nothing")


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
    assert refused(pki, pki.organisation(uids)) is expected


@pytest.mark.parametrize("oid", [NameOID.SERIAL_NUMBER, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.TITLE])
def test_tax_code_in_another_attribute(pki: Pki, oid: x509.ObjectIdentifier) -> None:
    elsewhere = pki.organisation([], extra=[x509.NameAttribute(oid, f"MST:{TAX_CODE}")])
    assert refused(pki, elsewhere) is Refusal.CERT_MST_MISSING


def test_tax_code_in_the_rendered_name_only(pki: Pki) -> None:
    spoof = f"X,UID=MST:{TAX_CODE}"
    elsewhere = pki.organisation([], extra=[x509.NameAttribute(NameOID.ORGANIZATION_NAME, spoof)])
    assert refused(pki, elsewhere) is Refusal.CERT_MST_MISSING


def test_branch_and_personal_number_beside(pki: Pki) -> None:
    party = pki.organisation([f"MST:{TAX_CODE}-001", "CCCD:012345678901"])
    assert check_owner(party.ours) == f"{TAX_CODE}-001"
    assert verify(pki, party).path is not None


# -- time ---------------------------------------------------------------------------------------------------


def test_expired(pki: Pki) -> None:
    party = pki.organisation(start=NOW - 30 * DAY, end=NOW - timedelta(seconds=1))
    assert refused(pki, party) is Refusal.CERT_EXPIRED
    assert pki.server.requests == []


def test_not_yet_valid(pki: Pki) -> None:
    party = pki.organisation(start=NOW + timedelta(seconds=1))
    assert refused(pki, party) is Refusal.CERT_NOT_YET_VALID
    assert pki.server.requests == []


def test_signing_time_outside_validity(pki: Pki) -> None:
    young = pki.organisation(start=NOW - timedelta(minutes=5))
    early = NOW - timedelta(minutes=6)
    assert refused(pki, young, signing_time=early) is Refusal.SIG_TIME_OUTSIDE_VALIDITY
    old = pki.organisation(end=NOW + timedelta(minutes=5))
    late = NOW + timedelta(minutes=6)
    assert refused(pki, old, signing_time=late) is Refusal.SIG_TIME_OUTSIDE_VALIDITY


@pytest.mark.parametrize("sign", [1, -1])
def test_signing_time_far_from_now(pki: Pki, sign: int) -> None:
    assert refused(pki, signing_time=NOW + sign * timedelta(minutes=16)) is Refusal.SIG_TIME_SKEW
    assert verify(pki, signing_time=NOW + sign * timedelta(minutes=14))
    tolerance = timedelta(minutes=1)
    skewed = NOW + sign * timedelta(minutes=2)
    assert refused(pki, signing_time=skewed, time_tolerance=tolerance) is Refusal.SIG_TIME_SKEW


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
    assert refused(pki, pki.organisation(usage=usage)) is Refusal.CERT_KEY_USAGE


def test_ca_certificate_does_not_sign_documents(pki: Pki) -> None:
    assert refused(pki, pki.organisation(ca=True)) is Refusal.CERT_KEY_USAGE


# -- trust --------------------------------------------------------------------------------------------------


def test_self_signed(pki: Pki) -> None:
    common = name("Công ty Hoa Sen Thử", [f"MST:{TAX_CODE}"])
    usage = key_usage(digital_signature=True, content_commitment=True)
    alone = issue(common, pki.other_key, usage=usage)
    assert refused(pki, alone, chain=()) is Refusal.CERT_SELF_SIGNED


def test_unknown_ca_with_its_own_root_in_the_document(pki: Pki) -> None:
    ca_usage = key_usage(key_cert_sign=True, crl_sign=True)
    rogue = issue(name("Rogue"), pki.other_key, ca=True, usage=ca_usage)
    party = pki.organisation(issuer=rogue)
    assert refused(pki, party, chain=(rogue.der,)) is Refusal.CERT_UNTRUSTED
    assert pki.server.requests == [], "nothing is fetched on a stranger's word"


def test_ca_that_copies_the_name_of_ours(pki: Pki) -> None:
    ca_usage = key_usage(key_cert_sign=True, crl_sign=True)
    rogue = issue(pki.root.certificate.subject, pki.other_key, ca=True, usage=ca_usage)
    party = pki.organisation(issuer=rogue)
    assert refused(pki, party, chain=(rogue.der,)) is Refusal.CERT_UNTRUSTED


def test_signature_of_the_certificate_is_wrong(pki: Pki) -> None:
    party = pki.organisation(signing_key=pki.leaf_key)
    assert refused(pki, party) is Refusal.CERT_UNTRUSTED


def test_chain_is_missing(pki: Pki) -> None:
    assert refused(pki, chain=()) is Refusal.CERT_UNTRUSTED


def test_organisation_is_no_ca(pki: Pki) -> None:
    """A certificate issued with the key of another organisation's certificate."""
    party = pki.organisation([f"MST:{TAX_CODE}-001"], issuer=pki.leaf, key=pki.other_key)
    assert refused(pki, party, chain=(pki.leaf.der, pki.ca.der)) is Refusal.CERT_UNTRUSTED


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
    assert refused(pki, pki.organisation(issuer=ca), chain=(ca.der,)) is expected


# -- revocation ---------------------------------------------------------------------------------------------


def test_revoked_by_crl_alone(pki: Pki) -> None:
    pki.server.answers["/ca.crl"] = fixed(pki.crl([pki.leaf]))
    assert refused(pki) is Refusal.CERT_REVOKED


def test_revoked_by_ocsp_alone(pki: Pki) -> None:
    pki.server.answers["/ocsp"] = pki.ocsp([pki.leaf])
    assert refused(pki) is Refusal.CERT_REVOKED


def test_revocation_dated_after_now(pki: Pki) -> None:
    """A list of now with a date in the future is still a list that names the certificate."""
    later = NOW + timedelta(minutes=30)
    pki.server.answers["/ca.crl"] = fixed(pki.crl([pki.leaf], revoked_at=later))
    assert refused(pki) is Refusal.CERT_REVOKED
    pki.reset()
    pki.server.answers["/ocsp"] = pki.ocsp([pki.leaf], revoked_at=later)
    assert refused(pki) is Refusal.CERT_REVOCATION_UNKNOWN


def test_another_revoked_certificate_does_not_matter(pki: Pki) -> None:
    other = pki.organisation()
    pki.server.answers["/ca.crl"] = fixed(pki.crl([other]))
    pki.server.answers["/ocsp"] = pki.ocsp([other])
    assert verify(pki).path is not None
    assert refused(pki, other) is Refusal.CERT_REVOKED


def test_ca_revoked(pki: Pki) -> None:
    pki.server.answers["/root.crl"] = fixed(pki.crl([pki.ca], issuer=pki.root))
    assert refused(pki) is Refusal.CERT_REVOKED


def test_stale_crl(pki: Pki) -> None:
    pki.server.answers["/ca.crl"] = fixed(pki.crl(made=NOW - 3 * DAY, until=NOW - DAY))
    assert refused(pki) is Refusal.CERT_REVOCATION_STALE


def test_stale_crl_of_the_root(pki: Pki) -> None:
    pki.server.answers["/root.crl"] = fixed(pki.crl(issuer=pki.root, made=NOW - 3 * DAY, until=NOW - DAY))
    assert refused(pki) is Refusal.CERT_REVOCATION_STALE


def test_stale_ocsp(pki: Pki) -> None:
    pki.server.answers["/ocsp"] = pki.ocsp(made=NOW - 3 * DAY, until=NOW - DAY)
    assert refused(pki) is Refusal.CERT_REVOCATION_STALE


def test_crl_of_the_future(pki: Pki) -> None:
    pki.server.answers["/ca.crl"] = fixed(pki.crl(made=NOW + timedelta(hours=1), until=NOW + DAY))
    assert refused(pki) is Refusal.CERT_REVOCATION_UNKNOWN


@pytest.mark.parametrize("path", ["/ca.crl", "/ocsp", "/root.crl"])
@pytest.mark.parametrize(
    "answer",
    [fixed(b"", 404), fixed(b"", 500), fixed(b""), fixed(b"<html/>"), fixed(b"", 302)],
    ids=["404", "500", "empty", "html", "redirect"],
)
def test_missing_answer(pki: Pki, path: str, answer: Callable[[bytes], tuple[int, bytes]]) -> None:
    pki.server.answers[path] = answer
    assert refused(pki) is Refusal.CERT_REVOCATION_UNKNOWN


def test_redirect_is_not_followed(pki: Pki) -> None:
    """The target of the redirect has a good CRL: nothing but the refusal to follow keeps it out."""
    party = pki.organisation(extensions=[pki.crl_point("/moved.crl"), pki.ocsp_access("/ocsp")])
    pki.server.answers["/moved.crl"] = fixed(pki.crl(), 302)
    assert refused(pki, party) is Refusal.CERT_REVOCATION_UNKNOWN
    assert "/ca.crl" not in pki.server.requests


def test_certificate_that_names_one_of_the_two_only(pki: Pki) -> None:
    for extension in (pki.crl_point("/ca.crl"), pki.ocsp_access("/ocsp")):
        party = pki.organisation(extensions=[extension])
        assert refused(pki, party) is Refusal.CERT_REVOCATION_UNKNOWN
    assert refused(pki, pki.organisation(extensions=[])) is Refusal.CERT_REVOCATION_UNKNOWN


def test_second_address_is_asked_when_the_first_is_silent(pki: Pki) -> None:
    points = [
        x509.DistributionPoint([x509.UniformResourceIdentifier(pki.server.url + path)], None, None, None)
        for path in ("/gone.crl", "/ca.crl")
    ]
    party = pki.organisation(extensions=[x509.CRLDistributionPoints(points), pki.ocsp_access("/ocsp")])
    assert verify(pki, party).path is not None
    assert "/gone.crl" in pki.server.requests


def test_crl_of_another_ca(pki: Pki) -> None:
    pki.server.answers["/ca.crl"] = fixed(pki.crl(issuer=pki.root))
    assert refused(pki) is Refusal.CERT_REVOCATION_UNKNOWN


def test_crl_signed_by_a_stranger(pki: Pki) -> None:
    stranger = Party(pki.ca.certificate, pki.leaf_key)
    pki.server.answers["/ca.crl"] = fixed(pki.crl(issuer=stranger))
    assert refused(pki) is Refusal.CERT_REVOCATION_UNKNOWN


def test_ocsp_about_another_certificate(pki: Pki) -> None:
    pki.server.answers["/ocsp"] = pki.ocsp(about=pki.organisation())
    assert refused(pki) is Refusal.CERT_REVOCATION_UNKNOWN


def test_ocsp_to_another_question(pki: Pki) -> None:
    pki.server.answers["/ocsp"] = pki.ocsp(nonce=b"0" * 16)
    assert refused(pki) is Refusal.CERT_REVOCATION_UNKNOWN


def test_ocsp_responder_says_try_later(pki: Pki) -> None:
    later = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    pki.server.answers["/ocsp"] = fixed(later.public_bytes(Encoding.DER))
    assert refused(pki) is Refusal.CERT_REVOCATION_UNKNOWN


def test_ocsp_signed_by_an_organisation(pki: Pki) -> None:
    """Issued by the right CA, but not for OCSP."""
    pki.server.answers["/ocsp"] = pki.ocsp(responder=pki.leaf)
    assert refused(pki) is Refusal.CERT_REVOCATION_UNKNOWN


def test_ocsp_signed_by_a_responder_of_another_ca(pki: Pki) -> None:
    extensions = [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), x509.OCSPNoCheck()]
    key = ec.generate_private_key(ec.SECP256R1())
    stranger = issue(name("Stranger"), key, usage=key_usage(digital_signature=True), extensions=extensions)
    pki.server.answers["/ocsp"] = pki.ocsp(responder=stranger)
    assert refused(pki) is Refusal.CERT_REVOCATION_UNKNOWN


# -- fetching -----------------------------------------------------------------------------------------------


def address(pki: Pki, url: str) -> Party:
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
    return pki.organisation(extensions=[x509.CRLDistributionPoints([point]), pki.ocsp_access("/ocsp")])


@pytest.mark.parametrize(
    "url",
    [
        "http://ca.example/ca.crl",
        "https://127.0.0.1/ca.crl",
        "ldap://127.0.0.1/cn=ca",
        "file:///etc/passwd",
        "http://user@127.0.0.1/ca.crl",
        "http://127.0.0.1@ca.example/ca.crl",
        "http://127.0.0.1.ca.example/ca.crl",
        "http://[::1/ca.crl",
        "http://127.0.0.1:99999/ca.crl",
    ],
)
def test_addresses_that_are_not_asked(pki: Pki, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    party = address(pki, url)
    data = pki.signed(party)
    connect = socket.create_connection

    def loopback_only(target: tuple[str, int], *args: object, **options: object) -> socket.socket:
        assert target == ("127.0.0.1", int(pki.server.url.rpartition(":")[2])), target
        return connect(target, *args, **options)

    monkeypatch.setattr(socket, "create_connection", loopback_only)
    with pytest.raises(SignatureRefused) as caught:
        verify_xml(data, trust=pki.trust, now=NOW)
    assert caught.value.refusal is Refusal.CERT_REVOCATION_UNKNOWN


def test_hosts_are_the_callers_choice(pki: Pki) -> None:
    nobody = RevocationPolicy(hosts=frozenset())
    assert refused(pki, revocation=nobody) is Refusal.CERT_REVOCATION_UNKNOWN
    assert pki.server.requests == []


def test_answer_that_is_too_large(pki: Pki) -> None:
    policy = RevocationPolicy()
    assert verify(pki, revocation=replace(policy, size=len(pki.crl()) + 4000)).path is not None
    assert refused(pki, revocation=replace(policy, size=100)) is Refusal.CERT_REVOCATION_UNKNOWN


def test_silent_host_is_given_up(pki: Pki) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        party = address(pki, f"http://127.0.0.1:{silent.getsockname()[1]}/ca.crl")
        policy = RevocationPolicy(timeout=0.2)
        assert refused(pki, party, revocation=policy) is Refusal.CERT_REVOCATION_UNKNOWN


def test_slow_sender_is_given_up(pki: Pki) -> None:
    """Each byte comes in time, the answer never does."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
                while not stop.wait(0.02):
                    connection.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        party = address(pki, f"http://127.0.0.1:{listener.getsockname()[1]}/ca.crl")
        try:
            with pytest.raises(SignatureRefused, match="took too long"):
                verify(pki, party, revocation=RevocationPolicy(timeout=0.3))
        finally:
            stop.set()
            thread.join()


def test_detail_says_what_did_not_answer(pki: Pki) -> None:
    later = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    pki.server.answers["/ocsp"] = fixed(later.public_bytes(Encoding.DER))
    pki.server.answers["/ca.crl"] = fixed(b"", 503)
    with pytest.raises(SignatureRefused) as caught:
        verify(pki)
    assert f"{pki.server.url}/ca.crl: HTTP status 503" in caught.value.detail
    assert f"{pki.server.url}/ocsp: OCSP responder says TRY_LATER" in caught.value.detail


def test_path_without_a_document(pki: Pki) -> None:
    path = validate_path(pki.leaf.ours, pki.chain, pki.trust, at=NOW)
    assert path.certificates[0] == pki.leaf.der
