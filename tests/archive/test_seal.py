"""The sealed PDF in `chukyso evidence verify`: by itself, and in the evidence of its run."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chukyso.archive.findings import Level
from chukyso.archive.sealed import verify_pdf
from chukyso.archive.sealing import seal_report
from chukyso.cli import app
from chukyso.sandbox.client import Sandbox
from support.archive import codes, forge, found, make_run
from support.basis import PDF
from support.seal import seal_order


@pytest.fixture
def alone(tmp_path: Path, sandbox: Sandbox) -> tuple[Path, Path]:
    """The sealed PDF of a rehearsal, out of its evidence, and the root to believe."""
    ended = datetime.now(UTC)
    run = make_run(tmp_path / "made", sealed=True, started=ended - timedelta(seconds=15), ended=ended)
    seal_report(run, seal_order(sandbox.details))
    shutil.copy(run / PDF, tmp_path / "report.pdf")
    return tmp_path / "report.pdf", sandbox.details.root_certificate


def test_pdf_by_itself_is_checked(alone: tuple[Path, Path]) -> None:
    pdf, root = alone
    result = CliRunner().invoke(app, ["evidence", "verify", str(pdf), "--trust", str(root)])
    assert (result.exit_code, "NGUYÊN VẸN" in result.output) == (0, True), result.output
    assert re.search(r"Niêm phong report\.pdf: \w.*, \d\d/\d\d/\d{4} \d\d:", result.output)


def test_pdf_of_anybody_is_not_called_intact_alone(alone: tuple[Path, Path]) -> None:
    """Who changes the report can seal it again with a certificate of his own."""
    pdf, _ = alone
    result = CliRunner().invoke(app, ["evidence", "verify", str(pdf)])
    assert (result.exit_code, "chưa biết report.pdf do ai niêm phong" in result.output) == (3, True), result.output
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


def test_seal_of_another_run_does_not_fit(tmp_path: Path, alone: tuple[Path, Path]) -> None:
    other, root = alone
    run = make_run(tmp_path / "run", sealed=True)
    assert found(run) == {"SEAL_MISSING"}
    pdf = run / "evidence/report.pdf"
    shutil.copy(other, pdf)
    assert "SEAL_BROKEN" in found(run, trust=[root]), "its attachments are those of another run"
    forged = verify_pdf(pdf, [root])
    assert codes(forged) == {"SEAL_BROKEN"}


def test_pdf_that_the_manifest_does_not_know_of_was_added(tmp_path: Path, alone: tuple[Path, Path]) -> None:
    run = make_run(tmp_path / "run")
    shutil.copy(alone[0], run / "evidence/report.pdf")
    assert found(run) == {"FILE_ADDED"}


def test_removing_pdf_and_its_mention_breaks_the_chain(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", sealed=True)
    forge(run, seal=None)
    assert found(run) == {"REGISTER_DIFFERS"}
