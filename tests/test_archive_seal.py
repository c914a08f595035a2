"""The sealed PDF in `chukyso evidence verify`: by itself, and in the evidence of its run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chukyso.archive.findings import Level
from chukyso.archive.sealed import verify_pdf
from chukyso.cli import app
from fixtures_archive import codes, forge, found, make_run
from fixtures_seal import SealedPdfs, sealed_pdfs

__all__ = ["sealed_pdfs"]  # a fixture


@pytest.fixture
def alone(tmp_path: Path, sealed_pdfs: SealedPdfs) -> tuple[Path, Path]:
    """A sealed PDF and the root to believe."""
    (tmp_path / "report.pdf").write_bytes(sealed_pdfs.stamped)
    return tmp_path / "report.pdf", sealed_pdfs.root


def test_pdf_by_itself_is_checked(alone: tuple[Path, Path]) -> None:
    pdf, root = alone
    result = CliRunner().invoke(app, ["evidence", "verify", str(pdf), "--trust", str(root)])
    assert (result.exit_code, "NGUYÊN VẸN" in result.output) == (0, True), result.output
    assert re.search(r"Niêm phong report\.pdf: \w.*, \d\d/\d\d/\d{4} \d\d:", result.output)


def test_pdf_of_anybody_is_not_called_intact_alone(alone: tuple[Path, Path]) -> None:
    """Who changes the report can seal it again with a certificate of his own."""
    pdf, _ = alone
    result = CliRunner().invoke(app, ["evidence", "verify", str(pdf)])
    assert (result.exit_code, "CHƯA RÕ AI NIÊM PHONG" in result.output) == (0, True), result.output
    assert "chưa rõ lúc kết thúc" not in result.output
    assert codes(verify_pdf(pdf)) == {"SEAL_OF_NOBODY"}


@pytest.mark.parametrize("place", [0.2, 0.5, 0.9])
def test_changed_byte_of_the_pdf_is_found(alone: tuple[Path, Path], place: float) -> None:
    pdf, root = alone
    data = bytearray(pdf.read_bytes())
    data[int(len(data) * place)] ^= 1
    pdf.write_bytes(data)
    assert verify_pdf(pdf, [root]).level is Level.CHANGED


def test_pdf_that_was_cut_is_changed(alone: tuple[Path, Path]) -> None:
    pdf, root = alone
    pdf.write_bytes(pdf.read_bytes()[:-2000])
    assert CliRunner().invoke(app, ["evidence", "verify", str(pdf), "--trust", str(root)]).exit_code == 1


def test_seal_of_another_run_does_not_fit(tmp_path: Path, sealed_pdfs: SealedPdfs) -> None:
    run = make_run(tmp_path / "run", sealed=True)
    assert found(run) == {"SEAL_MISSING"}
    pdf = run / "evidence/report.pdf"
    pdf.write_bytes(sealed_pdfs.stamped)
    assert "SEAL_BROKEN" in found(run, trust=[sealed_pdfs.root]), "its attachments are those of another run"
    forged = verify_pdf(pdf, [sealed_pdfs.root])
    assert codes(forged) == {"SEAL_BROKEN"}


def test_pdf_that_the_manifest_does_not_know_of_was_added(tmp_path: Path, sealed_pdfs: SealedPdfs) -> None:
    run = make_run(tmp_path / "run")
    (run / "evidence/report.pdf").write_bytes(sealed_pdfs.stamped)
    assert found(run) == {"FILE_ADDED"}


def test_removing_pdf_and_its_mention_breaks_the_chain(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", sealed=True)
    forge(run, seal=None)
    assert found(run) == {"REGISTER_DIFFERS"}
