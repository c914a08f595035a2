"""Records of runs to write evidence about: one for each outcome, with real pictures and a really signed document."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from PIL import Image, ImageDraw

from chukyso.certificate import Certificate, ShownCertificate
from chukyso.errors import ChukysoError, Code, Outcome
from chukyso.evidence.files import sha256, write_whole
from chukyso.evidence.guide import CAPTIONS, STEP_OF_FIGURE, STEPS
from chukyso.evidence.journal import Journal
from chukyso.evidence.manifest import JOURNAL_FILE, MANIFEST_FILE, encode, make_manifest
from chukyso.evidence.model.guide import Figure, Step, StepStatus
from chukyso.evidence.model.run import Account, Contact, ErrorFacts, Host, Token
from chukyso.evidence.record import RunRecord, facts_of
from chukyso.evidence.submission import save_submission
from chukyso.signature.sign import sign_xml

MST = "0101234565"
OWNER = "Công ty TNHH Thử nghiệm Ánh Dương"
START = datetime(2026, 3, 2, 1, 15, 0, 250_000, tzinfo=UTC)
REGISTERED = ShownCertificate(
    "5401 0ABB 0102 0304 0506 0708 090A 0B01",
    OWNER,
    MST,
    "Sandbox Issuing CA G1",
    "01/03/2024 07:00:00",
    "01/03/2026 07:00:00",
)

# What each outcome's run got to: last figure, error, whether it submitted, what the portal has afterwards.
CASES: dict[Outcome, tuple[int, ChukysoError | None, bool, str]] = {
    Outcome.UPDATED: (len(CAPTIONS), None, True, "new"),
    Outcome.ALREADY_REGISTERED: (2, None, False, ""),
    Outcome.DRY_RUN: (3, None, False, ""),
    Outcome.REJECTED: (
        5,
        ChukysoError(
            Code.PORTAL_REJECTED,
            "POST /api/change/submit answered 409 CERT_REVOKED",
            text="Chứng thư số đã bị thu hồi. (CERT_REVOKED)",
        ),
        True,
        "before",
    ),
    Outcome.STOPPED: (4, ChukysoError(Code.PIN_COUNT_LOW, "CKF_USER_PIN_COUNT_LOW on token 9f3c"), False, ""),
    Outcome.FAILED: (1, ChukysoError(Code.PORTAL_TIMEOUT, "GET /api/registration", seconds=30, awaited=""), False, ""),
    Outcome.UNKNOWN: (
        5,
        ChukysoError(Code.SUBMISSION_UNKNOWN, "net::ERR_EMPTY_RESPONSE", reason="cổng ngắt kết nối"),
        True,
        "",
    ),
}


@cache
def signing_key() -> tuple[rsa.RSAPrivateKey, Certificate]:
    """A key and a self-signed certificate as facts §5 describes them."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, OWNER), x509.NameAttribute(NameOID.USER_ID, f"MST:{MST}")]
    )
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sandbox Issuing CA G1")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(0x54010ABB0102030405060708090A0B02)
        .not_valid_before(START - timedelta(days=1))
        .not_valid_after(START + timedelta(days=1095))
        .sign(key, hashes.SHA256())
    )
    return key, Certificate.from_der(built.public_bytes(Encoding.DER))


@cache
def signed_document() -> bytes:
    """A document of the portal, signed."""
    key, certificate = signing_key()
    document = f"<ThayDoiChuKySo><TTDVI><MST>{MST}</MST></TTDVI><CKy_Dvi/></ThayDoiChuKySo>".encode()
    return sign_xml(
        document,
        certificate,
        lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA256()),
        signing_time=START + timedelta(seconds=9),
    )


def make_record(output: Path, outcome: Outcome) -> RunRecord:
    """The record of a finished run with this outcome, its files lying in the output directory."""
    last, error, submitted, registered = CASES[outcome]
    for name in ("figures", "evidence"):
        (output / name).mkdir(parents=True, exist_ok=True)
    certificate = signing_key()[1]
    record = RunRecord(
        id="0b8f6c1e-51c9-4f1c-9f5e-7a3f7f1f8a10",
        started=START,
        host=Host("bhxh-chu-ky-so 0.1.0", "7.5", "3.11.2", "Linux 6.1.0", "Chromium 156"),
        profile="sandbox",
        portal="http://127.0.0.1:41873/",
        rehearsal=True,
        dry_run=outcome is Outcome.DRY_RUN,
        account=Account(MST, "TZ0123Z"),
        token=Token("9f3c5d0a1b2c3d4e", "sandbox", "libsofthsm2.so"),
        registered_certificate=facts_of(REGISTERED),
        new_certificate=facts_of(certificate),
        contact=Contact("ketoan@anhduong.example", "024 3999 0000"),
        steps=_steps(STEP_OF_FIGURE[last], error is not None),
    )
    for number in range(1, last + 1):
        record = record.with_figure(_figure(output, number))
    (output / JOURNAL_FILE).unlink(missing_ok=True)
    with Journal(output / JOURNAL_FILE) as journal:
        journal.append("started", run=record.id)
        if submitted:
            journal.append("submitting", serial=certificate.serial, tax_code=MST)
            record = replace(record, submission=save_submission(output, signed_document(), verified=True))
        if outcome is Outcome.UPDATED:
            record = record.with_receipt(certificate.serial, "GD-2026-0001", "02/03/2026 08:15:12")
        if registered:
            serial = {"new": certificate.serial, "before": REGISTERED.serial}[registered]
            record = record.with_reconciliation(serial, START + timedelta(seconds=14))
        journal.append("ended", outcome=outcome)
        record = replace(record, journal=journal.entries)
    return replace(
        record,
        journal_sha256=sha256(output / JOURNAL_FILE),
        outcome=outcome,
        error=_error(error) if error else None,
        ended=START + timedelta(seconds=15.3),
    )


def _steps(last: int, failed: bool) -> tuple[Step, ...]:
    return tuple(
        Step(
            number,
            STEPS[number],
            START + timedelta(seconds=3 * number),
            START + timedelta(seconds=3 * number + 2.4),
            StepStatus.FAILED if failed and number == last else StepStatus.DONE,
        )
        for number in range(1, last + 1)
    )


def _figure(output: Path, number: int) -> Figure:
    path = output / f"figures/figure-{number}.png"
    path.write_bytes(_picture())
    return Figure(
        number,
        CAPTIONS[number],
        path.relative_to(output).as_posix(),
        sha256(path),
        2560,
        1600,
        START + timedelta(seconds=2 * number),
        "http://127.0.0.1:41873/#/thay-doi-thong-tin",
    )


@cache
def _picture() -> bytes:
    picture = Image.new("RGB", (2560, 1600), "#eef2f7")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 2560, 140), fill="#123f6d")
    draw.rounded_rectangle((700, 420, 1860, 1300), 24, fill="#ffffff", outline="#c9d0d9", width=4)
    draw.rounded_rectangle((1040, 1080, 1520, 1200), 16, outline="#d0021b", width=8)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _error(error: ChukysoError) -> ErrorFacts:
    spec = error.code.value
    return ErrorFacts(error.code.name, spec.family, error.happened, spec.action, error.detail)


def write_manifest(output: Path, record: RunRecord) -> Path:
    """Write the manifest of a finished run, without a place in a chain."""
    path = output / MANIFEST_FILE
    write_whole(path, encode(make_manifest(output, record)))
    return path


def manifest(directory: Path) -> dict[str, Any]:
    """The manifest of a run with this output directory."""
    data: dict[str, Any] = json.loads((directory / "evidence" / "manifest.json").read_text(encoding="utf-8"))
    return data
