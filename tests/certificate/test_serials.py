"""Serials of certificates: compared as numbers, however they are spelled, and blamed on whatever holds what is none."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from hypothesis import given
from hypothesis import strategies as st

from chukyso.certificate import (
    Certificate,
    NotASerialError,
    ShownCertificate,
    normalise_serial,
    read_serial,
    write_serial,
)
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.record import serial_or_text
from chukyso.moment import day_in_vietnam
from chukyso.portal.review import review_certificate
from chukyso.seal.options import check_seal_options
from chukyso.token.choose import choose_certificate
from chukyso.token.client import TokenWorker
from support.odd import INTEGER, OddParty, exchanged, odd, primitive
from support.paths import FIELD
from support.run import changed_profile
from support.signature import NOW, Pki, fixed
from support.token import MST, SoftHsm, failure, issue, softhsm_token
from support.verify import verdict

NEGATIVE = Certificate.from_der((FIELD / "serial-negative.der").read_bytes())
MARK, ZERO, NARROW, BOM, SOFT = "\u200e", "\u200b", "\u202f", "\ufeff", "\u00ad"


@pytest.mark.parametrize(
    "spelt",
    [
        "0x00:54 01-AB",
        f"{MARK}5401ab",  # copied from the certificate viewer of Windows
        f"54{ZERO}01{SOFT}ab{BOM}",
        f"54\u00a001{NARROW}ab\u3000",
        "\t5401\r\n ab\n",
        "54\u201301\u2011ab",
        "54.01.aB",
        "0000000000000000005401AB",
    ],
)
def test_one_serial_in_many_spellings(spelt: str) -> None:
    assert normalise_serial(spelt) == read_serial(spelt) == serial_or_text(spelt) == "5401ab"


@given(st.integers(-(1 << 200), 1 << 200))
def test_a_number_is_written_in_one_way(number: int) -> None:
    assert read_serial(f"{number:x}") == read_serial(f"{number:X}") == write_serial(number)
    assert read_serial(write_serial(number)) == write_serial(number)
    if number >= 0:
        assert write_serial(number) == f"{number:x}"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("54О1", "“О” (U+041E)"),
        ("54０1", "“０” (U+FF10)"),
        ("5401\0", "U+0000"),
        ("5401…", "“…” (U+2026)"),
        ("Số: 5401", "“S” (U+0053)"),
        ("", "không có chữ số nào"),
        (f" {MARK} : ", "không có chữ số nào"),
    ],
)
def test_what_is_no_serial_is_named_and_blamed_on_what_holds_it(text: str, named: str) -> None:
    with pytest.raises(NotASerialError, match=re.escape(named)):
        read_serial(text)
    for name, call in (
        ("CERT_SERIAL", lambda: normalise_serial(text)),
        ("SEAL_CERT_SERIAL", lambda: check_seal_options(cert_serial=text or " ")),
        ("registered_serial", lambda: choose_certificate([], MST, text or " ", None, NOW)),
    ):
        error = failure(call)
        assert (error.code, error.context["name"], named in str(error)) == (Code.OPTION_INVALID, name, True)
    assert serial_or_text(text) == text.strip()


@pytest.mark.nightly
@pytest.mark.slow
def test_a_page_that_shows_no_serial_is_blamed_itself(account: Any, run_update: Any, tmp_path: Path) -> None:
    profile = changed_profile(tmp_path, "serial = '[data-field=\"serial\"]'", "serial = '[data-field=\"owner\"]'")
    run = run_update(account(), PROFILE=profile)
    run.ended("failed", "SERIAL_UNREADABLE")
    assert "CERT_SERIAL" not in run.console


def test_a_page_may_show_what_cannot_be_seen() -> None:
    der = exchanged(issue().der, issue().key, {"serial_number": primitive(INTEGER, bytes.fromhex("5401ab"))})
    certificate = Certificate.from_der(der)
    shown = ShownCertificate(
        f"54{ZERO}01:AB",
        f"{MARK}{certificate.owner}{ZERO}",
        f"{MARK}{MST[:4]}{ZERO}{MST[4:]}",
        f"{certificate.issuer}{BOM}",
        f"{MARK}{day_in_vietnam(certificate.not_before)}",
        day_in_vietnam(certificate.not_after),
    )
    review_certificate(shown, certificate)
    with pytest.raises(ChukysoError, match="số chứng thư số"):
        review_certificate(replace(shown, serial="5401AC"), certificate)


# -- negative serials ------------------------------------------------------------------------------------------------


def test_a_negative_serial_is_shown_as_its_bytes_and_known_in_both_spellings() -> None:
    assert NEGATIVE.serial == "d5d5453e"
    for spelt in ("D5:D5:45:3E", "-2A2ABAC2", "\u22122a 2a ba c2", "-0x2A2ABAC2"):
        assert read_serial(spelt) == NEGATIVE.serial
    assert read_serial("2A2ABAC2") != NEGATIVE.serial


@pytest.fixture
def token(tmp_path: Path) -> tuple[SoftHsm, str]:
    hsm, entry = softhsm_token(tmp_path / "hsm"), issue()
    raw = exchanged(entry.der, entry.key, {"serial_number": primitive(INTEGER, bytes.fromhex("d5d5453e"))})
    return hsm, hsm.add_token(entries=[replace(entry, raw=raw), issue(ends=20)])


@pytest.mark.parametrize("spelt", ["D5D5453E", "-2A2ABAC2", f"{MARK}d5 d5 45 3e"])
def test_on_a_token_it_is_found_as_listed_and_recognised_as_registered(token: tuple[SoftHsm, str], spelt: str) -> None:
    hsm, serial = token
    with TokenWorker(hsm.module, hsm.environment) as worker:
        assert worker.token(f"{MARK} {serial}{ZERO} ").serial == serial
        certificates = worker.certificates(serial)
    chosen = choose_certificate(certificates, MST, None, spelt, datetime.now(UTC))
    assert (chosen.certificate.certificate.serial, chosen.already_registered) == ("d5d5453e", False)
    assert choose_certificate(certificates, MST, spelt, None, datetime.now(UTC)).already_registered


def test_a_decimal_serial_is_explained(token: tuple[SoftHsm, str]) -> None:
    hsm, serial = token
    with TokenWorker(hsm.module, hsm.environment) as worker:
        certificates = worker.certificates(serial)
    wanted = certificates[-1].certificate.serial
    error = failure(lambda: choose_certificate(certificates, MST, None, str(int(wanted, 16)), datetime.now(UTC)))
    assert error.code is Code.CERT_SERIAL_NOT_FOUND
    assert f"ghi {wanted.upper()}" in str(error)


@pytest.fixture
def negative(pki: Pki, good_answers: None) -> OddParty:
    return odd(pki.leaf, pki.ca, serial_number=primitive(INTEGER, bytes.fromhex("d5d5453e")))


def test_a_signature_of_its_holder_is_verified_with_crl_and_ocsp(pki: Pki, negative: OddParty) -> None:
    number = -0x2A2ABAC2
    pki.server.answers["/ocsp"] = lambda body: (200, _ocsp(pki, body, number))
    passed = verdict(pki, pki.signed(negative))
    assert (passed.name, passed.certificate and passed.certificate.serial) == ("TOTAL-PASSED", "d5d5453e")
    assert {answer.kind.value for answer in passed.answers} == {"crl", "ocsp"}
    pki.server.answers["/ca.crl"] = fixed(_crl(pki, number))
    assert "REVOKED" in verdict(pki, pki.signed(negative)).name


def _ocsp(pki: Pki, body: bytes, number: int) -> bytes:
    """A good answer about this serial: one about a positive serial, exchanged and signed again."""
    asked = asn1_ocsp.OCSPRequest.load(body)
    assert asked["tbs_request"]["request_list"][0]["req_cert"]["serial_number"].native == number
    asked["tbs_request"]["request_list"][0]["req_cert"]["serial_number"] = pki.leaf.certificate.serial_number
    response = asn1_ocsp.OCSPResponse.load(pki.ocsp()(asked.dump(force=True))[1])
    basic = response["response_bytes"]["response"].parsed
    basic["tbs_response_data"]["responses"][0]["cert_id"]["serial_number"] = number
    key = pki.responder.key
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    basic["signature"] = key.sign(basic["tbs_response_data"].dump(force=True), ec.ECDSA(hashes.SHA256()))
    response["response_bytes"]["response"] = basic
    return bytes(response.dump(force=True))


def _crl(pki: Pki, number: int) -> bytes:
    """A list with this serial, made in the same way."""
    listed = asn1_crl.CertificateList.load(pki.crl([pki.leaf]))
    listed["tbs_cert_list"]["revoked_certificates"][0]["user_certificate"] = number
    data = listed["tbs_cert_list"].dump(force=True)
    listed["signature"] = pki.ca.key.sign(data, padding.PKCS1v15(), hashes.SHA256())  # type: ignore[call-arg, arg-type]
    return bytes(listed.dump(force=True))
