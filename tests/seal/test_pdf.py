"""Sealed PDFs: what ours and other tools find in them, and that any change is found."""

from __future__ import annotations

import io
import random
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from chukyso.errors import ChukysoError, Code
from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.options import SandboxOptions
from chukyso.seal.check import SealFacts, SealProblem, check_seal, inspect_seal
from chukyso.seal.key import open_worker
from chukyso.seal.seal import add_stamp, seal_pdf
from chukyso.signature.presign import read_trust
from support.seal import INSIDE, SealedPdfs, find_key, seal_options, seal_order, seal_small, small_pdf

needs_pdfsig = pytest.mark.skipif(not shutil.which("pdfsig"), reason="poppler is the second opinion")


def look(data: bytes, pdfs: SealedPdfs, **inside: bytes) -> SealFacts:
    return inspect_seal(data, read_trust(pdfs.root), inside or INSIDE)


def codes(facts: SealFacts) -> set[str]:
    return {found.problem.name for found in facts.found}


def gap(data: bytes) -> tuple[int, int]:
    """Where the place of the first signature begins and ends."""
    found = re.search(rb"/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)\s+\d+", data)
    assert found
    return int(found[1]), int(found[2])


def test_a_sealed_pdf_holds_when_the_sandbox_is_gone(sealed_pdfs: SealedPdfs) -> None:
    facts = look(sealed_pdfs.stamped, sealed_pdfs)
    assert (facts.holds, facts.trusted, facts.long_term, facts.found) == (True, True, True, ())
    assert facts.signer == "NIÊM PHONG BIÊN BẢN – DIỄN TẬP (HƯ CẤU)"
    assert facts.authority == "Sandbox-TSA G1"
    assert facts.stamped is not None
    assert facts.claimed is not None
    assert abs((facts.stamped - facts.claimed).total_seconds()) < 120
    assert {each.name for each in facts.attachments} == set(INSIDE)


def test_without_a_stamp_it_holds_and_says_so(sealed_pdfs: SealedPdfs) -> None:
    facts = look(sealed_pdfs.plain, sealed_pdfs)
    assert sealed_pdfs.problem == "TSA_UNREACHABLE"
    assert (facts.holds, facts.trusted, facts.stamped, codes(facts)) == (True, True, None, {"NO_TIMESTAMP"})


def test_it_can_be_stamped_later(sealed_pdfs: SealedPdfs) -> None:
    facts = look(sealed_pdfs.later, sealed_pdfs)
    assert sealed_pdfs.later.startswith(sealed_pdfs.plain)
    assert (facts.holds, facts.trusted, facts.found) == (True, True, ())
    assert facts.authority == "Sandbox-TSA G1"


def test_who_is_not_believed_is_not_trusted(sealed_pdfs: SealedPdfs, sandbox: Sandbox) -> None:
    trust = read_trust(sandbox.details.root_certificate)  # another sandbox's
    facts = inspect_seal(sealed_pdfs.stamped, trust, INSIDE)
    assert (facts.intact, facts.trusted, facts.holds) == (True, False, False)
    assert codes(facts) == {"SIGNER_UNTRUSTED", "TIMESTAMP_UNTRUSTED"}
    nobody = inspect_seal(sealed_pdfs.stamped, None, INSIDE)
    assert (nobody.holds, nobody.trusted, codes(nobody)) == (True, None, {"TRUST_UNKNOWN"})


@pytest.mark.parametrize(
    "which", ["stamped", *(pytest.param(one, marks=pytest.mark.nightly) for one in ("plain", "later"))]
)
def test_any_changed_byte_is_found(sealed_pdfs: SealedPdfs, which: str) -> None:
    data = getattr(sealed_pdfs, which)
    start, end = gap(data)
    chance = random.Random(which)  # noqa: S311 - the same bytes each time
    places = [
        *chance.sample(range(start), 6),
        *chance.sample(range(start, end), 10),
        *chance.sample(range(end, len(data)), 6),
    ]
    survived, whole = [], look(data, sealed_pdfs).found
    for place in (*places, 0, start, start + 1, end - 2, end - 1, len(data) - 1):
        changed = bytearray(data)
        changed[place] ^= 1 << chance.randrange(7)
        if look(bytes(changed), sealed_pdfs).found == whole:
            survived.append(place)
    assert survived == []


def test_the_place_of_the_signature_hides_nothing(sealed_pdfs: SealedPdfs) -> None:
    start, end = gap(sealed_pdfs.stamped)
    hole = sealed_pdfs.stamped[start:end]
    for other in (hole.lower(), hole[:-9] + b"DEADBEEF>"):
        facts = look(sealed_pdfs.stamped[:start] + other + sealed_pdfs.stamped[end:], sealed_pdfs)
        assert codes(facts) == {"SIGNATURE_WRONG"}


def test_what_is_added_later_is_found(sealed_pdfs: SealedPdfs) -> None:
    def redraw(writer: IncrementalPdfFileWriter) -> None:
        page = writer.root["/Pages"]["/Kids"][0]
        page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"0 0 500 500 re f"))
        writer.update_container(page)

    def rename(writer: IncrementalPdfFileWriter) -> None:
        writer.root["/Lang"] = generic.pdf_string("en")
        writer.update_root()

    def replace_inside(writer: IncrementalPdfFileWriter) -> None:
        names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
        files = names[1]["/EF"]
        files["/F"] = files["/UF"] = writer.add_object(generic.StreamObject(stream_data=b"forged"))
        writer.update_container(files)

    for change in (redraw, rename, replace_inside):
        for data in (sealed_pdfs.stamped, sealed_pdfs.later):
            writer = IncrementalPdfFileWriter(io.BytesIO(data))
            change(writer)
            out = io.BytesIO()
            writer.write(out)
            facts = look(out.getvalue(), sealed_pdfs)
            assert not facts.holds, change.__name__
            assert "CHANGED_LATER" in codes(facts), change.__name__


def test_attachments_must_be_the_files_beside_it(sealed_pdfs: SealedPdfs, tmp_path: Path) -> None:
    assert codes(look(sealed_pdfs.stamped, sealed_pdfs, **{"manifest.json": b"other"})) == {"ATTACHMENT_DIFFERS"}
    assert codes(look(sealed_pdfs.stamped, sealed_pdfs, **{"submission.xml": b""})) == {"ATTACHMENT_MISSING"}
    pdf = tmp_path / "report.pdf"
    pdf.write_bytes(sealed_pdfs.stamped)
    beside = tmp_path / "manifest.json"
    beside.write_bytes(INSIDE["manifest.json"])
    assert check_seal(pdf, [sealed_pdfs.root], attachments={"manifest.json": beside}).holds
    beside.write_bytes(INSIDE["manifest.json"] + b" ")
    assert not check_seal(pdf, [sealed_pdfs.root], attachments={"manifest.json": beside}).holds


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"\0" * 5000, small_pdf()[:-200]])
def test_what_is_no_pdf_is_a_finding_and_no_crash(data: bytes) -> None:
    facts = inspect_seal(data, None)
    assert not facts.holds
    assert codes(facts) <= {"UNREADABLE", "NO_SEAL"}


def test_a_pdf_without_a_seal_has_none() -> None:
    assert codes(inspect_seal(small_pdf(), None)) == {SealProblem.NO_SEAL.name}


def test_roots_that_cannot_be_read_are_an_error(sealed_pdfs: SealedPdfs, tmp_path: Path) -> None:
    pdf = tmp_path / "a.pdf"
    pdf.write_bytes(sealed_pdfs.stamped)
    for root in (tmp_path / "missing.pem", pdf):
        with pytest.raises(ChukysoError) as caught:
            check_seal(pdf, [root])
        assert caught.value.code is Code.OPTION_INVALID


def pyhanko(pdf: Path, root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pyhanko", "sign", "validate", "--trust", root, "--trust-replace"]
    command += ["--no-revocation-check", "--pretty-print", pdf]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)


def pdfsig(pdf: Path) -> str:
    return subprocess.run(
        [shutil.which("pdfsig") or "pdfsig", "-nocert", pdf], check=False, capture_output=True, text=True, timeout=120
    ).stdout


@needs_pdfsig
def test_second_tools_accept_it_and_refuse_a_changed_byte(sealed_pdfs: SealedPdfs, tmp_path: Path) -> None:
    pdf = tmp_path / "report.pdf"
    pdf.write_bytes(sealed_pdfs.stamped)
    accepted = pyhanko(pdf, sealed_pdfs.root)
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr
    assert "The signature is judged VALID." in accepted.stdout
    assert "Signature is Valid" in pdfsig(pdf)
    assert "Total document signed" in pdfsig(pdf)
    stream = PdfFileReader(io.BytesIO(sealed_pdfs.stamped)).root["/Names"]["/EmbeddedFiles"]["/Names"][1]["/EF"]["/F"]
    inside = sealed_pdfs.stamped.index(stream.encoded_data)
    changed = bytearray(sealed_pdfs.stamped)
    changed[inside + 5] ^= 1
    pdf.write_bytes(changed)
    refused = pyhanko(pdf, sealed_pdfs.root)
    assert refused.returncode != 0 or "INVALID" in refused.stdout
    assert "Digest Mismatch" in pdfsig(pdf)
    assert not check_seal(pdf, [sealed_pdfs.root]).holds


def test_a_certificate_that_was_revoked_does_not_seal() -> None:
    with Sandbox() as sandbox:
        details = sandbox.details
        options = seal_options(details)
        with open_worker(options) as worker:
            serial = find_key(worker, options).certificate.serial
        sandbox.control.revoke(serial)
        with pytest.raises(ChukysoError) as caught:
            seal_small(details)
        assert caught.value.code is Code.CERT_REVOKED


def test_a_certificate_that_is_not_there_or_not_for_signing_does_not_seal(sandbox: Sandbox) -> None:
    details = sandbox.details
    with pytest.raises(ChukysoError) as caught:
        seal_small(details, cert_serial="abcdef")
    assert caught.value.code is Code.SEAL_CERT_MISSING
    from chukyso.sandbox.options import CertificateKind, ScenarioOptions

    wrong = sandbox.control.scenario(ScenarioOptions(certificates=(CertificateKind.WRONG_USAGE,)))
    with pytest.raises(ChukysoError) as caught:
        seal_small(details, token_serial=wrong.token_serial, environment=wrong.token_environment)
    assert caught.value.code is Code.SEAL_CERT_MISSING


def test_a_wrong_pin_is_tried_once_and_never_again() -> None:
    with Sandbox(SandboxOptions()) as own:  # its token is not fit for other tests afterwards
        order = replace(seal_order(own.details), pin=lambda: "00000000000")
        for expected in (Code.PIN_INCORRECT, Code.PIN_COUNT_LOW):
            with open_worker(order.options) as worker, pytest.raises(ChukysoError) as caught:
                key = find_key(worker, order.options)
                seal_pdf(small_pdf(), key, order)
            assert caught.value.code is expected


def test_stamping_later_says_when_nobody_answers(sealed_pdfs: SealedPdfs, sandbox: Sandbox) -> None:
    options = replace(seal_options(sandbox.details), tsa_url="http://127.0.0.1:9/")
    with pytest.raises(ChukysoError) as caught:
        add_stamp(sealed_pdfs.plain, options)
    assert caught.value.code is Code.TSA_UNREACHABLE
