"""The sandbox's authority as others see it: what its certificates say, and OpenSSL's opinion of CRL and OCSP."""

from __future__ import annotations

import shutil
import subprocess
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from chukyso.certificate import Certificate
from chukyso.moment import NO_END
from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.control_client import Control
from chukyso.sandbox.details import SandboxDetails
from chukyso.sandbox.options import CertificateKind, ScenarioOptions
from chukyso.sandbox.pki import KeyMaker, Pki
from chukyso.token.client import TokenWorker

OPENSSL = shutil.which("openssl") or ""
needs_openssl = pytest.mark.skipif(not OPENSSL, reason="openssl is the second opinion here")
Kind = CertificateKind


@pytest.fixture(scope="module")
def every_kind(sandbox: Sandbox) -> tuple[SandboxDetails, dict[str, Certificate]]:
    """An account whose token holds one certificate of each kind, and those certificates by kind."""
    details = Control(sandbox.details).scenario(ScenarioOptions(certificates=tuple(Kind)))
    with TokenWorker(details.token_module, details.token_environment) as worker:
        found = {one.certificate.serial: one.certificate for one in worker.certificates(details.token_serial)}
    return details, {kind: found[serial] for kind, serial in details.certificates.items()}


def get(url: str) -> bytes:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=10) as answer:
        return bytes(answer.read())


def address(certificate: x509.Certificate, method: x509.ObjectIdentifier) -> str:
    access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    return str(next(one.access_location.value for one in access if one.access_method == method))


def crl_address(certificate: x509.Certificate) -> str:
    points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    return str(points[0].full_name[0].value)


def openssl(*arguments: str | Path) -> str:
    done = subprocess.run([OPENSSL, *map(str, arguments)], capture_output=True, text=True, timeout=30, check=False)
    return done.stdout + done.stderr


def pem(path: Path, certificate: Certificate) -> Path:
    path.write_bytes(certificate.x509().public_bytes(Encoding.PEM))
    return path


def test_certificate_says_what_a_real_one_says(every_kind) -> None:
    details, certificates = every_kind
    parsed = certificates[Kind.NEW].x509()
    uid = parsed.subject.get_attributes_for_oid(NameOID.USER_ID)
    assert [(one.oid.dotted_string, one.value) for one in uid] == [
        ("0.9.2342.19200300.100.1.1", f"MST:{details.tax_code}")
    ]
    usage = parsed.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.content_commitment, usage.key_encipherment) == (True, True, True)
    assert not (usage.key_cert_sign or usage.crl_sign or usage.data_encipherment or usage.key_agreement)
    assert not parsed.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert parsed.serial_number.bit_length() in (126, 127)
    assert parsed.signature_algorithm_oid.dotted_string == "1.2.840.113549.1.1.11"
    assert parsed.public_key().key_size == 2048
    assert address(parsed, AuthorityInformationAccessOID.OCSP).startswith(details.pki_url + "/ocsp/")


def test_kinds_differ_in_what_they_are_named_for(every_kind) -> None:
    details, certificates = every_kind
    now = datetime.now(UTC)
    good = (Kind.REGISTERED, Kind.NEW, Kind.REVOKED, Kind.UNKNOWN_CA, Kind.OTHER_ACCOUNT, Kind.WRONG_USAGE)
    assert all(certificates[kind].valid_at(now) for kind in good)
    assert certificates[Kind.EXPIRED].not_after < now < certificates[Kind.NOT_YET_VALID].not_before
    assert certificates[Kind.OTHER_ACCOUNT].tax_code not in ("", details.tax_code)
    assert certificates[Kind.UNKNOWN_CA].issuer != certificates[Kind.NEW].issuer
    wrong = certificates[Kind.WRONG_USAGE].x509().extensions.get_extension_for_class(x509.KeyUsage).value
    assert not (wrong.digital_signature or wrong.content_commitment)
    assert certificates[Kind.NO_KNOWN_END].not_after == NO_END
    dated = [one for one in certificates.values() if one.not_after != NO_END]
    assert max(dated, key=lambda one: one.not_after) is certificates[Kind.NEW]
    keys = {one.public_key_der() for one in certificates.values()}
    assert len(keys) == len(Kind)


@needs_openssl
@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        (Kind.NEW, ": OK"),
        (Kind.REGISTERED, ": OK"),
        (Kind.REVOKED, "certificate revoked"),
        (Kind.EXPIRED, "certificate has expired"),
        (Kind.NOT_YET_VALID, "certificate is not yet valid"),
        (Kind.UNKNOWN_CA, "unable to get local issuer certificate"),
    ],
)
def test_openssl_verifies_with_crls(every_kind, tmp_path: Path, kind: Kind, verdict: str) -> None:
    details, certificates = every_kind
    leaf = pem(tmp_path / "leaf.pem", certificates[kind])
    issuer = x509.load_pem_x509_certificate(details.chain.read_bytes())
    crls = tmp_path / "crls.pem"
    for certificate in (certificates[kind].x509(), issuer):
        crl = x509.load_der_x509_crl(get(crl_address(certificate)))
        with crls.open("ab") as file:
            file.write(crl.public_bytes(Encoding.PEM))
    said = openssl(
        "verify", "-crl_check_all", "-x509_strict", "-CAfile", details.root_certificate, "-untrusted", details.chain,
        "-CRLfile", crls, leaf,
    )  # fmt: skip
    assert verdict in said


@needs_openssl
@pytest.mark.parametrize("digest", ["-sha1", "-sha256"])
@pytest.mark.parametrize(("kind", "status"), [(Kind.NEW, "good"), (Kind.REVOKED, "revoked")])
def test_openssl_asks_ocsp(every_kind, tmp_path: Path, kind: Kind, status: str, digest: str) -> None:
    details, certificates = every_kind
    leaf = pem(tmp_path / "leaf.pem", certificates[kind])
    url = address(certificates[kind].x509(), AuthorityInformationAccessOID.OCSP)
    said = openssl(
        "ocsp", digest, "-issuer", details.chain, "-cert", leaf, "-url", url, "-CAfile", details.root_certificate,
        "-verify_other", details.chain,
    )  # fmt: skip
    assert "Response verify OK" in said
    assert f"leaf.pem: {status}" in said
    assert "nonce" not in said.lower()  # else: no nonce in the answer, or another one


@needs_openssl
def test_ocsp_answers_for_the_issuing_authority_too(every_kind) -> None:
    details, _ = every_kind
    issuer = x509.load_pem_x509_certificate(details.chain.read_bytes())
    url = address(issuer, AuthorityInformationAccessOID.OCSP)
    root = details.root_certificate
    said = openssl("ocsp", "-issuer", root, "-cert", details.chain, "-url", url, "-CAfile", root)
    assert "Response verify OK" in said and ": good" in said


@needs_openssl
def test_ocsp_does_not_know_a_strangers_certificate(every_kind, tmp_path: Path) -> None:
    details, certificates = every_kind
    stranger = pem(tmp_path / "stranger.pem", certificates[Kind.UNKNOWN_CA])
    url = address(certificates[Kind.NEW].x509(), AuthorityInformationAccessOID.OCSP)
    said = openssl(
        "ocsp", "-issuer", details.chain, "-serial", f"0x{certificates[Kind.UNKNOWN_CA].serial}", "-url", url,
        "-CAfile", details.root_certificate, "-verify_other", details.chain,
    )  # fmt: skip
    assert ": unknown" in said
    said = openssl("ocsp", "-issuer", stranger, "-cert", stranger, "-url", url)
    assert "unauthorized" in said


def test_broken_ocsp_request_is_called_malformed(sandbox: Sandbox) -> None:
    url = f"{sandbox.details.pki_url}/ocsp/g1"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, data=b"not a request", timeout=10) as answer:
        assert x509.ocsp.load_der_ocsp_response(answer.read()).response_status.name == "MALFORMED_REQUEST"
    assert x509.ocsp.load_der_ocsp_response(get(url + "/bm90")).response_status.name == "MALFORMED_REQUEST"
    with pytest.raises(urllib.error.HTTPError, match="413"):
        opener.open(url, data=bytes(5000), timeout=10)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        get(f"{sandbox.details.pki_url}/crl/nobody.crl")


def test_issuers_are_found_at_the_address_in_the_certificate(every_kind) -> None:
    details, certificates = every_kind
    leaf = certificates[Kind.NEW].x509()
    issuer = x509.load_der_x509_certificate(get(address(leaf, AuthorityInformationAccessOID.CA_ISSUERS)))
    leaf.verify_directly_issued_by(issuer)
    root = x509.load_der_x509_certificate(get(address(issuer, AuthorityInformationAccessOID.CA_ISSUERS)))
    issuer.verify_directly_issued_by(root)
    assert root == x509.load_pem_x509_certificate(details.root_certificate.read_bytes())
    assert issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0


def test_responder_is_delegated_and_needs_no_check_itself(every_kind) -> None:
    details, certificates = every_kind
    issuer = x509.load_pem_x509_certificate(details.chain.read_bytes())
    request = x509.ocsp.OCSPRequestBuilder().add_certificate(
        certificates[Kind.NEW].x509(), issuer, certificates[Kind.NEW].x509().signature_hash_algorithm
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{details.pki_url}/ocsp/g1", data=request.build().public_bytes(Encoding.DER)) as answer:
        response = x509.ocsp.load_der_ocsp_response(answer.read())
    (responder,) = response.certificates
    responder.verify_directly_issued_by(issuer)
    extended = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(extended) == [ExtendedKeyUsageOID.OCSP_SIGNING]
    assert responder.extensions.get_extension_for_class(x509.OCSPNoCheck)
    assert response.this_update_utc < datetime.now(UTC) < response.next_update_utc


def test_revoking_is_seen_at_once_and_only_for_what_was_issued() -> None:
    keys = KeyMaker()
    pki = Pki("http://127.0.0.1:9", keys)
    credential = pki.issue(Kind.NEW, "0101234565", "CÔNG TY TNHH SEN VÀNG (HƯ CẤU)")
    serial = int(credential.certificate.serial, 16)

    def revoked() -> bool:
        crl = x509.load_der_x509_crl(pki.issuing.crl())
        return crl.get_revoked_certificate_by_serial_number(serial) is not None

    assert not revoked()
    assert pki.revoke("0x" + credential.certificate.serial.upper())
    assert revoked()
    assert not pki.revoke("00ff")
    first, second = (x509.load_der_x509_crl(pki.issuing.crl()) for _ in range(2))
    numbers = [one.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for one in (first, second)]
    assert numbers[0] < numbers[1]
    keys.close()
