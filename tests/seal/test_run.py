"""The sealed report of a run: at its end, when something is away, and later."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chukyso.archive.examine_seal import attachments_of
from chukyso.archive.sealing import seal_later, seal_report
from chukyso.cli import app
from chukyso.errors import ChukysoError, Code
from chukyso.portal.profile import load_profile
from chukyso.run.options import RunOptions, check_options, complete_from_sandbox
from chukyso.sandbox.client import Sandbox
from chukyso.sandbox.details import SandboxDetails
from chukyso.seal.check import check_seal
from support.archive import make_run
from support.basis import ROOT, away, told
from support.paths import TESTS
from support.pdf_rules import broken_rules
from support.pdf_text import pages_of
from support.run import RunUpdate
from support.seal import NOWHERE, seal_order

slow = pytest.mark.slow
MANIFEST = "evidence/manifest.json"
PDF = "evidence/report.pdf"
PRINTED = TESTS / "data/sealed/printed"


@dataclass(frozen=True)
class Place:
    """Evidence of a finished run that was not sealed, and the sandbox that can seal it."""

    output: Path
    details: SandboxDetails


@pytest.fixture
def place(sandbox: Sandbox, tmp_path: Path) -> Iterator[Place]:
    (tmp_path / "run/evidence").mkdir(parents=True)
    shutil.copy(sandbox.details.root_certificate, tmp_path / "run" / ROOT)
    yield Place(make_run(tmp_path / "run"), sandbox.details)


def facts(output: Path, details: SandboxDetails):
    return check_seal(output / PDF, [details.root_certificate], attachments=attachments_of(output))


@slow
def test_a_run_is_sealed_at_its_end(sandbox: Sandbox, account, run_update: RunUpdate, tmp_path: Path) -> None:
    details = account()
    run = run_update(details, SEAL="auto")
    run.ended("updated")
    assert run.manifest["seal"] == {"path": PDF}
    found = facts(run.directory, details)
    assert (found.holds, found.trusted, found.long_term, found.found) == (True, True, True, ())
    assert {each.name for each in found.attachments} == {"manifest.json", "submission.xml", "journal.jsonl"}
    assert f"Bản niêm phong: {run.directory / PDF}" in run.console
    pages = pages_of((run.directory / PDF).read_bytes())
    for words in ("ĐÃ CẬP NHẬT", "NIÊM PHONG ĐIỆN TỬ", "Trang 1/", details.tax_code, "Hình 6 -"):
        assert any(words in page for page in pages)
    assert len(pages) > 3
    assert all("DIỄN TẬP TRÊN SANDBOX" in page for page in pages)
    assert broken_rules((run.directory / PDF).read_bytes()) == set()
    pin = details.seal_pin_file.read_text(encoding="utf-8")
    assert all(pin.encode() not in path.read_bytes() for path in run.directory.rglob("*") if path.is_file())
    here = told(run.directory)
    assert (here.code, here.run["signature"]) == (0, "TOTAL-PASSED")
    assert here.first.startswith("DIỄN TẬP – NGUYÊN VẸN: khớp với sổ của máy này")
    with away(tmp_path):
        elsewhere = told(run.directory)
    assert (elsewhere.code, elsewhere.codes) == (3, {"ROOT_INSIDE"})
    assert elsewhere.run["believed"] == {"signature": "rehearsal-root", "seal": "rehearsal-root"}
    assert "TOTAL-PASSED – theo chứng thư số gốc của sandbox nằm trong chính bằng chứng" in elsewhere.text
    assert f"do {facts(run.directory, details).issuer} cấp" in elsewhere.text


def test_sealing_later_seals_once(place: Place) -> None:
    order = seal_order(place.details)
    done = seal_later(place.output, order)
    assert (done.changed, done.stamped, done.problem) == (True, True, None)
    first = (place.output / PDF).read_bytes()
    again = seal_later(place.output, order)
    assert (again.changed, again.stamped) == (False, True)
    assert (place.output / PDF).read_bytes() == first
    assert facts(place.output, place.details).holds
    supplements = list((place.output / "evidence" / "supplements").glob("*.json"))
    assert [json.loads(path.read_bytes())["kind"] for path in supplements] == ["seal"]


def test_without_an_authority_it_is_sealed_and_stamped_later(place: Place) -> None:
    done = seal_later(place.output, seal_order(place.details, tsa_url=NOWHERE))
    assert done.problem is not None
    assert (done.problem.code, done.stamped) == (Code.TSA_UNREACHABLE, False)
    before = facts(place.output, place.details)
    assert (before.holds, before.stamped) == (True, None)
    with pytest.raises(ChukysoError) as caught:
        seal_later(place.output, seal_order(place.details, tsa_url=NOWHERE))
    assert caught.value.code is Code.TSA_UNREACHABLE
    later = seal_later(place.output, seal_order(place.details))
    assert (later.changed, later.stamped) == (True, True)
    after = facts(place.output, place.details)
    assert after.holds
    assert after.stamped is not None


@pytest.mark.parametrize("path", ["evidence/journal.jsonl", "figures/figure-1.png"])
def test_evidence_that_was_changed_is_not_sealed(place: Place, path: str) -> None:
    with (place.output / path).open("ab") as file:
        file.write(b" ")
    with pytest.raises(ChukysoError) as caught:
        seal_later(place.output, seal_order(place.details))
    assert caught.value.code is Code.SEAL_REFUSED
    assert not (place.output / PDF).exists()


def test_a_seal_that_does_not_hold_is_not_stamped(place: Place) -> None:
    seal_later(place.output, seal_order(place.details, tsa_url=""))
    pdf = place.output / PDF
    data = bytearray(pdf.read_bytes())
    data[len(data) // 4] ^= 1
    pdf.write_bytes(data)
    with pytest.raises(ChukysoError) as caught:
        seal_later(place.output, seal_order(place.details))
    assert caught.value.code is Code.SEAL_REFUSED
    assert pdf.read_bytes() == data


def test_what_cannot_be_typeset_leaves_no_half_sealed_report(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chukyso.typeset.document._template", lambda _name: "#panic()")
    with pytest.raises(ChukysoError) as caught:
        seal_report(place.output, seal_order(place.details))
    assert caught.value.code is Code.PDF_NOT_PRINTED
    assert_nothing_is_left(place.output)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")
@pytest.mark.parametrize("limit", [3_000, 60_000])
def test_a_disk_that_is_full_leaves_no_half_sealed_report(place: Place, limit: int) -> None:
    """Full while the pages are typeset, or when the sealed file is written."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        with pytest.raises(ChukysoError) as caught:
            seal_report(place.output, seal_order(place.details))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert caught.value.code is Code.OUTPUT_DISK_FULL
    assert_nothing_is_left(place.output)


def assert_nothing_is_left(output: Path) -> None:
    assert not (output / PDF).exists()
    assert not list((output / "evidence").glob("*.part"))
    assert not list(Path(tempfile.gettempdir()).glob(f"chukyso-typeset-{os.getpid()}-*"))


def test_a_sealed_report_keeps_the_rules_of_pdf_a_and_pdf_ua(place: Place) -> None:
    seal_later(place.output, seal_order(place.details, tsa_url=NOWHERE))
    assert broken_rules((place.output / PDF).read_bytes()) == set()
    seal_later(place.output, seal_order(place.details))
    data = (place.output / PDF).read_bytes()
    assert broken_rules(data) == set()
    assert all("DIỄN TẬP TRÊN SANDBOX" in page for page in pages_of(data))
    assert "NIÊM PHONG ĐIỆN TỬ" in pages_of(data)[0]


def test_a_report_that_a_browser_printed_still_holds(tmp_path: Path) -> None:
    """Sealed by the version before, when pages were printed and the field lay on page one."""
    run = Path(shutil.copytree(PRINTED, tmp_path / "run"))
    found = check_seal(run / PDF, [run / ROOT], attachments=attachments_of(run))
    assert (found.holds, found.trusted, found.long_term, found.found) == (True, True, True, ())
    manifest = run / MANIFEST
    manifest.write_bytes(manifest.read_bytes() + b" ")
    assert not check_seal(run / PDF, [run / ROOT], attachments=attachments_of(run)).holds


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"files": [{"path": "../x", "sha256": ""}]}', b"\xff"])
def test_a_directory_without_evidence_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "evidence").mkdir()
    (tmp_path / MANIFEST).write_bytes(content)
    result = CliRunner().invoke(app, ["evidence", "seal", str(tmp_path), "--json"])
    assert result.exit_code == 2
    assert json.loads(result.stdout)["problem"]["code"] == "EVIDENCE_UNREADABLE"


def test_the_command_seals_and_says_so(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    details = place.details
    monkeypatch.setenv("SOFTHSM2_CONF", details.seal_environment["SOFTHSM2_CONF"])
    command = ["evidence", "seal", str(place.output), "--module", str(details.token_module), "--json"]
    command += ["--pin", f"file:{details.seal_pin_file}", "--trust", str(details.root_certificate)]
    away = CliRunner().invoke(app, [*command, "--tsa-url", NOWHERE])
    assert away.exit_code == 3, away.output
    assert json.loads(away.stdout)["problem"]["code"] == "TSA_UNREACHABLE"
    done = CliRunner().invoke(app, [*command, "--tsa-url", details.tsa_url])
    assert done.exit_code == 0, done.output
    assert (json.loads(done.stdout)["stamped"], json.loads(done.stdout)["changed"]) == (True, True)
    secret = CliRunner().invoke(app, ["evidence", "seal", str(place.output), "--pin", "12345678"])
    assert secret.exit_code == 2
    assert "12345678" not in secret.output


def options(profile: str = "sandbox", **given: str) -> RunOptions:
    loaded = load_profile("sandbox")
    if profile != "sandbox":  # as a real portal, of which everything is known
        loaded = replace(loaded, portal=replace(loaded.portal, embedded_sandbox=False, url="https://p"))
    if profile != "sandbox":
        given |= {"tax_code": "0101234565", "captcha": "operator"}
    return check_options(loaded, **given)


def test_which_runs_are_sealed() -> None:
    assert options().seal is not None
    assert options(seal="off").seal is None
    assert options("bhxh").seal is None
    assert options("bhxh", seal_pin="env:SEAL_PIN").seal is None
    for name in ("seal_module", "seal_token_serial", "seal_cert_serial"):
        assert options("bhxh", **{name: "12"}).seal is not None
    assert options("bhxh", seal_pin="keyring:a/b").seal is not None


@pytest.mark.parametrize(
    ("profile", "given"),
    [
        ("sandbox", {"seal": "yes"}),
        ("sandbox", {"tsa_url": "https://tsa.example/"}),
        ("sandbox", {"seal_cert_serial": "no serial"}),
        ("bhxh", {"tsa_url": "http://tsa.example/"}),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_starts(profile: str, given: dict[str, str]) -> None:
    with pytest.raises(ChukysoError) as caught:
        options(profile, **given)
    assert caught.value.code is Code.OPTION_INVALID


def test_the_sandbox_brings_its_own_key_but_not_in_place_of_a_named_one() -> None:
    sandbox = {"portal_url": "http://x", "tax_code": "0101234565", "token_module": "m", "token_environment": {}}
    seal = {"seal_token_serial": "s", "seal_environment": {"A": "b"}, "tsa_url": "http://t/"}
    own = complete_from_sandbox(options(), trust_roots="r", **sandbox, **seal).seal
    assert own is not None
    assert (own.module, own.token_serial, own.tsa_url, own.roots, own.rehearsal) == ("m", "s", "http://t/", "r", True)
    named = complete_from_sandbox(options(seal_module="other"), trust_roots="r", **sandbox, **seal).seal
    assert named is not None
    assert (named.module, named.token_serial, dict(named.environment)) == ("other", "", {})
