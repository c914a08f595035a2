"""Certificates that no standard allows and authorities issued: read as OpenSSL reads them, or listed with why."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from chukyso.agent.core.signer import find_issuers
from chukyso.certificate import Certificate
from chukyso.doctor.ask import ask
from chukyso.doctor.examine import check_named, make
from chukyso.doctor.facts import Facts
from chukyso.doctor.model import Level
from chukyso.errors import ChukysoError, Code
from chukyso.lenient import load_certificate, read_pem
from chukyso.seal.key import choose_key
from chukyso.seal.options import check_seal_options
from chukyso.token.choose import choose_certificate
from chukyso.token.client import TokenWorker
from support.odd import (
    BMP,
    COMMON_NAME,
    IA5,
    INTEGER,
    PRINTABLE,
    SEQUENCE,
    SET,
    TELETEX,
    UID,
    UTC_TIME,
    UTF8,
    constructed,
    exchanged,
    name,
    odd,
    primitive,
)
from support.paths import FIELD
from support.signature import NOW, Pki
from support.token import MST, PIN, Entry, SoftHsm, failure, issue, softhsm_token
from support.verify import verdict

MINE = (UID, primitive(UTF8, f"MST:{MST}".encode()))
LATIN, VIETNAMESE = "CÔNG TY SONG HÀ", "CÔNG TY ĐẸP & BỀN"


def called(tag: int, text: bytes) -> bytes:
    """A subject with this common name."""
    return name(MINE, (COMMON_NAME, primitive(tag, text)))


def dates(first: bytes, last: bytes) -> bytes:
    return constructed(SEQUENCE, primitive(UTC_TIME, first), primitive(UTC_TIME, last))


READ: Mapping[str, tuple[bytes, str]] = {
    "ampersand in PrintableString": (called(PRINTABLE, b"A & B"), "A & B"),
    "address in PrintableString": (called(PRINTABLE, b"a@b.example"), "a@b.example"),
    "UTF-8 in PrintableString": (called(PRINTABLE, VIETNAMESE.encode()), VIETNAMESE),
    "Latin-1 in PrintableString": (called(PRINTABLE, LATIN.encode("latin-1")), LATIN),
    "Latin-1 in TeletexString": (called(TELETEX, LATIN.encode("latin-1")), LATIN),
    "UTF-8 in TeletexString": (called(TELETEX, VIETNAMESE.encode()), VIETNAMESE),
    "UTF-8 in IA5String": (called(IA5, VIETNAMESE.encode()), VIETNAMESE),
    "Latin-1 in IA5String": (called(IA5, LATIN.encode("latin-1")), LATIN),
    "UTF-16 in BMPString": (called(BMP, VIETNAMESE.encode("utf-16-be")), VIETNAMESE),
    "an empty part": (
        constructed(SEQUENCE, constructed(SET), name(MINE, (COMMON_NAME, primitive(UTF8, b"A")))[2:]),
        "A",
    ),
    "an empty name": (called(UTF8, b""), f"CN=,UID=MST:{MST}"),
}
UNREAD: Mapping[str, tuple[dict[str, bytes], str]] = {
    "UTF8String that is none": ({"subject": called(UTF8, b"C\xd4NG")}, "tên hoặc mã số thuế"),
    "BMPString cut short": ({"subject": called(BMP, b"\0A\0")}, "tên hoặc mã số thuế"),
    "BIT STRING as a name": ({"subject": called(3, b"\0A")}, "tên hoặc mã số thuế"),
    "misspelt MST": (
        {"subject": name((UID, primitive(PRINTABLE, f"MST:{MST}&".encode())))},
        "tên hoặc mã số thuế",
    ),
    "serial with a needless zero": ({"serial_number": primitive(INTEGER, b"\0\x54")}, "số sê-ri"),
    "serial of no bytes": ({"serial_number": primitive(INTEGER, b"")}, "số sê-ri"),
    "dates without seconds": ({"validity": dates(b"2601010000Z", b"3601010000Z")}, "thời hạn hiệu lực"),
    "dates with a time zone": ({"validity": dates(b"260101000000+0700", b"360101000000+0700")}, "thời hạn hiệu lực"),
}


def misspelt(parts: Mapping[str, bytes], **options: Any) -> Entry:
    entry = issue(**options)
    return replace(entry, raw=exchanged(entry.der, entry.key, parts), label="Ký số mới")


@pytest.mark.parametrize("what", READ)
def test_what_openssl_reads_is_read(what: str) -> None:
    subject, shown = READ[what]
    entry = misspelt({"subject": subject, "issuer": subject})
    certificate = entry.parsed
    assert (certificate.owner, certificate.issuer, certificate.tax_code) == (shown, shown, MST)
    assert certificate.der == entry.raw
    clean = Certificate.from_der(entry.certificate.public_bytes(Encoding.DER))
    assert certificate.public_key_der() == clean.public_key_der()
    assert (certificate.serial, certificate.not_after) == (clean.serial, clean.not_after)
    assert certificate.issued_by(certificate)
    if shutil.which("openssl"):
        command = ["openssl", "x509", "-inform", "der", "-noout", "-subject"]
        assert subprocess.run(command, input=entry.raw, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("what", UNREAD)
def test_what_decides_something_is_read_strictly(what: str) -> None:
    parts, reason = UNREAD[what]
    error = failure(lambda: misspelt(parts).parsed)
    assert (error.code, reason in str(error)) == (Code.CERT_UNREADABLE, True)


def test_the_field_s_own() -> None:
    certificate = Certificate.from_der((FIELD / "printablestring-ampersand.der").read_bytes())
    assert (certificate.owner, certificate.tax_code) == ("CONG TY A & B", "0101234565")


def test_a_misspelt_second_tax_code_does_not_vanish() -> None:
    """Leaving it out would leave one clear MST."""
    subject = name(MINE, (UID, primitive(PRINTABLE, b"MST:0201234569&")), (COMMON_NAME, primitive(PRINTABLE, b"A & B")))
    assert failure(lambda: misspelt({"subject": subject}).parsed).code is Code.CERT_UNREADABLE


def test_a_signature_of_its_holder_is_made_and_verified_over_the_certificate_itself(
    pki: Pki, good_answers: None, tmp_path: Path
) -> None:
    party = odd(pki.leaf, pki.ca, subject=called(PRINTABLE, VIETNAMESE.encode()))
    signed = pki.signed(party)
    found = verdict(pki, signed)
    assert (found.name, found.certificate and found.certificate.owner) == ("TOTAL-PASSED", VIETNAMESE)
    assert found.path[0] == party.raw
    issuer = Certificate.from_der(pki.ca.der)
    assert find_issuers(party.ours, [issuer, Certificate.from_der(pki.responder.der)]) == (pki.ca.der,)
    assert not replace(party.ours, der=party.raw[:-1] + bytes([party.raw[-1] ^ 1])).issued_by(issuer)
    assert not party.ours.issued_by(Certificate.from_der(pki.root.der))
    pem = "".join(map(_pem, (party.raw, pki.ca.der)))
    assert read_pem(pem.encode()) == (party.raw, pki.ca.der)
    for bad in ("", _pem(b"\x30\x03abc"), pem[:200]):
        with pytest.raises(ValueError):
            read_pem(bad.encode())


def _pem(der: bytes) -> str:
    import ssl

    return ssl.DER_cert_to_PEM_cert(der)


def test_a_copy_is_for_reading_and_the_rest_of_it_is_as_it_was(pki: Pki) -> None:
    party = odd(pki.leaf, pki.ca, subject=called(PRINTABLE, b"A & B"))
    copy, clean = load_certificate(party.raw), pki.leaf.certificate
    assert [each.value for each in copy.extensions] == [each.value for each in clean.extensions]
    assert copy.issuer.public_bytes() == clean.issuer.public_bytes()
    assert load_certificate(pki.leaf.der) == clean


# -- on a token ----------------------------------------------------------------------------------------------------


@pytest.fixture
def hsm(tmp_path: Path) -> SoftHsm:
    return softhsm_token(tmp_path / "hsm")


def listed(hsm: SoftHsm, *options: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-c", "from chukyso.cli import main; main()", "tokens", "--module", str(hsm.module)]
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in {**hsm.environment, "COLUMNS": "220", "PYTHONUTF8": "1"}.items():
            patch.setenv(variable, value)
        return subprocess.run([*call, *options], capture_output=True, encoding="utf-8", check=False)


def test_a_renewed_certificate_with_a_misspelt_name_is_listed_and_chosen(hsm: SoftHsm) -> None:
    new = misspelt({"subject": called(PRINTABLE, b"A & B"), "serial_number": primitive(INTEGER, b"\x85\x01")}, ends=900)
    hsm.add_token("Văn thư", entries=[issue(ends=-1), new])
    (module,) = json.loads(listed(hsm, "--json").stdout)["modules"]
    certificates = module["tokens"][0]["certificates"]
    renewed = [(one["owner"], one["serial"], one["valid"]) for one in certificates if one["valid"]]
    assert (len(certificates), renewed) == (2, [("A & B", "8501", True)])  # a token lists them in an order of its own
    table = listed(hsm)
    assert ("A & B" in table.stdout, "8501" in table.stdout, table.stderr.strip()) == (True, True, "")
    assert doctor(hsm)[0] is Level.OK
    with TokenWorker(hsm.module, hsm.environment) as worker:
        (serial,) = (info.serial for info in worker.tokens())
        chosen = choose_certificate(worker.certificates(serial), MST, None, None, datetime.now(UTC)).certificate
        assert chosen.certificate.der == new.raw
        assert worker.sign(serial, chosen.key_id, b"x", PIN, certificate=chosen.certificate)


@pytest.mark.parametrize(
    "what",
    [*(pytest.param(what, marks=pytest.mark.nightly) for what in list(UNREAD)[1:]), next(iter(UNREAD)), "Ed25519"],
)
def test_what_cannot_be_read_is_told_everywhere(hsm: SoftHsm, what: str) -> None:
    """The renewed certificate is the one that cannot be read, and the old one has expired."""
    if what == "Ed25519":
        new, reason, code = _ed25519(), "không phải RSA, EC", "CERT_KEY_UNSUPPORTED"
    else:
        new, reason, code = misspelt(UNREAD[what][0]), UNREAD[what][1], "CERT_UNREADABLE"
    token = hsm.add_token("Văn thư", entries=[issue(ends=-1), new])
    named = ("Ký số mới", new.key_id.hex(), reason)
    (module,) = json.loads(listed(hsm, "--json").stdout)["modules"]
    (unreadable,) = module["tokens"][0]["unreadable"]
    assert (unreadable["label"], unreadable["key_id"], unreadable["error"]["code"]) == (*named[:2], code)
    assert reason in unreadable["error"]["message"]
    assert len(module["tokens"][0]["certificates"]) == 1
    table = listed(hsm)
    level, text = doctor(hsm)
    with TokenWorker(hsm.module, hsm.environment) as worker:
        contents = worker.contents(token)
        unfit = failure(
            lambda: choose_certificate(
                contents.certificates, MST, None, None, datetime.now(UTC), unreadable=contents.unreadable
            )
        )
        sealing = failure(lambda: choose_key(worker, check_seal_options(), datetime.now(UTC)))
    assert (unfit.code, level, table.stderr.strip()) == (Code.CERT_UNREADABLE, Level.FAILED, "")
    for place in (table.stdout, text, doctor(hsm, "token")[1], str(unfit), str(sealing)):
        assert not [part for part in named if part not in place], place
    for place in (text, str(unfit)):
        assert "đã hết hạn" in place, "what is wrong with the others is told as well"


def doctor(hsm: SoftHsm, line: str = "certificate") -> tuple[Level, str]:
    asked = {"token_module": str(hsm.module), "token_environment": hsm.environment, "tax_code": MST}
    found = make(check_named(line), Facts(ask("sandbox", **asked)))
    return found.level, f"{found.found} {found.action} {found.detail}"


def _ed25519() -> Entry:
    key, entry = ed25519.Ed25519PrivateKey.generate(), issue()
    old = entry.certificate
    builder = x509.CertificateBuilder(
        old.issuer, old.subject, key.public_key(), old.serial_number, old.not_valid_before_utc, old.not_valid_after_utc
    )
    raw = builder.sign(entry.key, hashes.SHA256()).public_bytes(Encoding.DER)
    return replace(entry, raw=raw, label="Ký số mới")


def test_only_unreadable_ones(hsm: SoftHsm) -> None:
    hsm.add_token("Văn thư", entries=[misspelt({"serial_number": primitive(INTEGER, b"")})])
    table = listed(hsm)
    assert ("Ký số mới" in table.stdout, "không có chứng thư số nào" in table.stdout) == (True, False)
    assert doctor(hsm)[0] is Level.FAILED


def test_a_certificate_that_is_filled_up_with_zeros_is_read_and_signs(hsm: SoftHsm) -> None:
    padded, garbage = issue(), issue(ends=20)
    padded = replace(padded, raw=padded.der + bytes(300))
    garbage = replace(garbage, raw=garbage.der + b"\0x", label="Ký số mới")
    token = hsm.add_token("Văn thư", entries=[padded, garbage])
    with TokenWorker(hsm.module, hsm.environment) as worker:
        contents = worker.contents(token)
        (entry,) = contents.certificates
        assert entry.certificate.der == padded.raw[:-300]
        assert [each.label for each in contents.unreadable] == ["Ký số mới"]
        assert worker.sign(token, entry.key_id, b"x", PIN, certificate=entry.certificate)


@pytest.mark.nightly
@pytest.mark.slow
def test_a_run_registers_a_certificate_with_a_misspelt_name(account: Any, run_update: Any) -> None:
    run = run_update(account(certificates=("registered", "misspelt-name")))
    run.ended("updated")
    evidence = run.directory / "evidence"
    assert run.manifest["certificates"]["new"]["owner"].endswith("& CON")
    verify = ["verify", evidence / "submission.xml", "--trust", evidence / "sandbox-root.pem", "--offline"]
    for arguments in ([*verify, "--answers", evidence / "validation"], ["evidence", "verify", run.directory]):
        call = [sys.executable, "-c", "from chukyso.cli import main; main()", *map(str, arguments)]
        done = subprocess.run(call, capture_output=True, encoding="utf-8", check=False)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_every_error_is_one_of_ours() -> None:
    for der in (b"", b"\x30\x03abc", bytes(40), b"\x30\x80\0\0"):
        with pytest.raises(ChukysoError, match="CERT_UNREADABLE"):
            Certificate.from_der(der)
    assert NOW
