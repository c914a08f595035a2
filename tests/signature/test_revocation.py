"""Whether the certificate was revoked: CRL and OCSP are really fetched, from where the certificate says."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from chukyso.signature.refusal import Refusal, SignatureRefused
from chukyso.signature.trust import AnswerKind, RevocationPolicy
from chukyso.signature.verify import verify_xml
from support.signature import DAY, NOW, Party, Pki, fixed, issue, key_usage, name

pytestmark = pytest.mark.usefixtures("good_answers")


def test_answers_are_fetched_and_kept_as_evidence(pki: Pki) -> None:
    path = pki.verified().path
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
    assert kept[AnswerKind.OCSP, serial].source == pki.server.url + "/ocsp"


def test_revoked_by_crl_alone(pki: Pki) -> None:
    pki.server.answers["/ca.crl"] = fixed(pki.crl([pki.leaf]))
    assert pki.refusal() is Refusal.CERT_REVOKED


def test_revoked_by_ocsp_alone(pki: Pki) -> None:
    pki.server.answers["/ocsp"] = pki.ocsp([pki.leaf])
    assert pki.refusal() is Refusal.CERT_REVOKED


def test_revocation_dated_after_now(pki: Pki) -> None:
    """A list of now with a date in the future is still a list that names the certificate."""
    later = NOW + timedelta(minutes=30)
    pki.server.answers["/ca.crl"] = fixed(pki.crl([pki.leaf], revoked_at=later))
    assert pki.refusal() is Refusal.CERT_REVOKED
    pki.reset()
    pki.server.answers["/ocsp"] = pki.ocsp([pki.leaf], revoked_at=later)
    assert pki.refusal() is Refusal.CERT_REVOKED


def test_another_revoked_certificate_does_not_matter(pki: Pki) -> None:
    other = pki.organisation()
    pki.server.answers["/ca.crl"] = fixed(pki.crl([other]))
    pki.server.answers["/ocsp"] = pki.ocsp([other])
    assert pki.verified().path is not None
    assert pki.refusal(other) is Refusal.CERT_REVOKED


def test_ca_revoked(pki: Pki) -> None:
    pki.server.answers["/root.crl"] = fixed(pki.crl([pki.ca], issuer=pki.root))
    assert pki.refusal() is Refusal.CERT_REVOKED


def test_stale_crl(pki: Pki) -> None:
    pki.server.answers["/ca.crl"] = fixed(pki.crl(made=NOW - 3 * DAY, until=NOW - DAY))
    assert pki.refusal() is Refusal.CERT_REVOCATION_STALE


def test_stale_crl_of_the_root(pki: Pki) -> None:
    pki.server.answers["/root.crl"] = fixed(pki.crl(issuer=pki.root, made=NOW - 3 * DAY, until=NOW - DAY))
    assert pki.refusal() is Refusal.CERT_REVOCATION_STALE


def test_stale_ocsp(pki: Pki) -> None:
    pki.server.answers["/ocsp"] = pki.ocsp(made=NOW - 3 * DAY, until=NOW - DAY)
    assert pki.refusal() is Refusal.CERT_REVOCATION_STALE


def test_crl_of_the_future(pki: Pki) -> None:
    pki.server.answers["/ca.crl"] = fixed(pki.crl(made=NOW + timedelta(hours=1), until=NOW + DAY))
    assert pki.refusal() is Refusal.CERT_REVOCATION_FUTURE


@pytest.mark.parametrize("path", ["/ca.crl", "/ocsp", "/root.crl"])
@pytest.mark.parametrize(
    "answer",
    [fixed(b"", 404), fixed(b"", 500), fixed(b""), fixed(b"<html/>"), fixed(b"", 302)],
    ids=["404", "500", "empty", "html", "redirect"],
)
def test_missing_answer(pki: Pki, path: str, answer: Callable[[bytes], tuple[int, bytes]]) -> None:
    pki.server.answers[path] = answer
    assert pki.refusal() is Refusal.CERT_REVOCATION_UNKNOWN


def test_redirect_is_not_followed(pki: Pki) -> None:
    """The target of the redirect has a good CRL: nothing but the refusal to follow keeps it out."""
    party = pki.organisation(extensions=[pki.crl_point("/moved.crl"), pki.ocsp_access("/ocsp")])
    pki.server.answers["/moved.crl"] = fixed(pki.crl(), 302)
    assert pki.refusal(party) is Refusal.CERT_REVOCATION_UNKNOWN
    assert "/ca.crl" not in pki.server.requests


def test_certificate_that_names_one_of_the_two_only(pki: Pki) -> None:
    for extension in (pki.crl_point("/ca.crl"), pki.ocsp_access("/ocsp")):
        party = pki.organisation(extensions=[extension])
        assert pki.refusal(party) is Refusal.CERT_REVOCATION_UNKNOWN
    assert pki.refusal(pki.organisation(extensions=[])) is Refusal.CERT_REVOCATION_UNKNOWN


def test_second_address_is_asked_when_the_first_is_silent(pki: Pki) -> None:
    points = [
        x509.DistributionPoint([x509.UniformResourceIdentifier(pki.server.url + path)], None, None, None)
        for path in ("/gone.crl", "/ca.crl")
    ]
    party = pki.organisation(extensions=[x509.CRLDistributionPoints(points), pki.ocsp_access("/ocsp")])
    assert pki.verified(party).path is not None
    assert "/gone.crl" in pki.server.requests


def test_crl_of_another_ca(pki: Pki) -> None:
    pki.server.answers["/ca.crl"] = fixed(pki.crl(issuer=pki.root))
    assert pki.refusal() is Refusal.CERT_REVOCATION_UNKNOWN


def test_crl_signed_by_a_stranger(pki: Pki) -> None:
    stranger = Party(pki.ca.certificate, pki.leaf_key)
    pki.server.answers["/ca.crl"] = fixed(pki.crl(issuer=stranger))
    assert pki.refusal() is Refusal.CERT_REVOCATION_UNKNOWN


def test_ocsp_about_another_certificate(pki: Pki) -> None:
    pki.server.answers["/ocsp"] = pki.ocsp(about=pki.organisation())
    assert pki.refusal() is Refusal.CERT_REVOCATION_UNKNOWN


def test_ocsp_to_another_question(pki: Pki) -> None:
    pki.server.answers["/ocsp"] = pki.ocsp(nonce=b"0" * 16)
    assert pki.refusal() is Refusal.CERT_REVOCATION_UNKNOWN


def test_ocsp_responder_says_try_later(pki: Pki) -> None:
    later = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    pki.server.answers["/ocsp"] = fixed(later.public_bytes(Encoding.DER))
    assert pki.refusal() is Refusal.CERT_REVOCATION_UNKNOWN


def test_ocsp_signed_by_an_organisation(pki: Pki) -> None:
    """Issued by the right CA, but not for OCSP."""
    pki.server.answers["/ocsp"] = pki.ocsp(responder=pki.leaf)
    assert pki.refusal() is Refusal.CERT_REVOCATION_UNKNOWN


def test_ocsp_signed_by_a_responder_of_another_ca(pki: Pki) -> None:
    extensions = [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]), x509.OCSPNoCheck()]
    key = ec.generate_private_key(ec.SECP256R1())
    stranger = issue(name("Stranger"), key, usage=key_usage(digital_signature=True), extensions=extensions)
    pki.server.answers["/ocsp"] = pki.ocsp(responder=stranger)
    assert pki.refusal() is Refusal.CERT_REVOCATION_UNKNOWN


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
    assert pki.refusal(revocation=nobody) is Refusal.CERT_REVOCATION_UNKNOWN
    assert pki.server.requests == []


def test_answer_that_is_too_large(pki: Pki) -> None:
    policy = RevocationPolicy()
    assert pki.verified(revocation=replace(policy, size=len(pki.crl()) + 4000)).path is not None
    assert pki.refusal(revocation=replace(policy, size=100)) is Refusal.CERT_REVOCATION_UNKNOWN


def test_silent_host_is_given_up(pki: Pki) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        party = address(pki, f"http://127.0.0.1:{silent.getsockname()[1]}/ca.crl")
        policy = RevocationPolicy(timeout=0.2)
        assert pki.refusal(party, revocation=policy) is Refusal.CERT_REVOCATION_UNKNOWN


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
                pki.verified(party, revocation=RevocationPolicy(timeout=0.3))
        finally:
            stop.set()
            thread.join()


def test_detail_says_what_did_not_answer(pki: Pki) -> None:
    later = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    pki.server.answers["/ocsp"] = fixed(later.public_bytes(Encoding.DER))
    pki.server.answers["/ca.crl"] = fixed(b"", 503)
    with pytest.raises(SignatureRefused) as caught:
        pki.verified()
    assert f"{pki.server.url}/ca.crl: HTTP status 503" in caught.value.detail
    assert f"{pki.server.url}/ocsp: OCSP responder says TRY_LATER" in caught.value.detail
