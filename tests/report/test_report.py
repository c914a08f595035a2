"""Manifest and report for every outcome: complete, valid, self-contained, in the guide's words."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import textwrap
import unicodedata
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from lxml import html

from chukyso.errors import ChukysoError, Code, Outcome
from chukyso.evidence.files import sha256
from chukyso.evidence.guide import CAPTIONS, STEPS, TITLE, step_number
from chukyso.evidence.manifest import make_manifest, to_json
from chukyso.evidence.model.run import ErrorFacts, Host
from chukyso.evidence.record import RunRecord
from chukyso.report.words import OUTCOMES
from chukyso.report.write import render_report, write_report
from support.evidence import CASES, REGISTERED, START, make_record, signing_key, write_manifest
from support.guide import CAPTIONS as GUIDE
from support.paths import ROOT

SCHEMA = json.loads((ROOT / "docs" / "manifest.schema.json").read_text(encoding="utf-8"))
EVERY = pytest.mark.parametrize("outcome", list(Outcome), ids=str)


def validate(data: object) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.Draft202012Validator(SCHEMA).validate(data)


def text_of(document: html.HtmlElement) -> str:
    return " ".join(document.text_content().split())


def test_words_are_the_guides_and_composed() -> None:
    assert list(CAPTIONS.values()) == GUIDE
    for text in (*CAPTIONS.values(), *STEPS.values(), TITLE):
        assert text == unicodedata.normalize("NFC", text)


def test_steps_are_known_by_the_guides_words_alone() -> None:
    name = "Bước 2: Thực hiện thay đổi chữ ký số"
    assert step_number(name) == step_number(unicodedata.normalize("NFD", name)) == 2
    assert step_number("Bước 2: Thực hiện thay đổi") is None
    assert step_number("Bước 5: Thực hiện thay đổi chữ ký số") is None


@EVERY
def test_manifest_follows_its_schema_and_hashes_every_file(tmp_path: Path, outcome: Outcome) -> None:
    record = make_record(tmp_path, outcome)
    write_report(tmp_path, record)
    data = json.loads(write_manifest(tmp_path, record).read_text(encoding="utf-8"))
    validate(data)
    listed = {entry["path"]: entry for entry in data["files"]}
    present = {
        path.relative_to(tmp_path).as_posix()
        for path in tmp_path.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }
    assert set(listed) == present
    for name, entry in listed.items():
        assert entry["sha256"] == sha256(tmp_path / name)
        assert entry["size"] == (tmp_path / name).stat().st_size
    numbers = [figure["number"] for figure in (*data["figures"], *data["missing_figures"])]
    assert numbers == list(CAPTIONS)


def test_schema_refuses_what_is_missing_or_foreign(tmp_path: Path) -> None:
    record = make_record(tmp_path, Outcome.UPDATED)
    whole = to_json(make_manifest(tmp_path, record))
    validate(whole)
    later = whole.keys() - set(SCHEMA["required"])  # manifests from before lack them
    for name in whole.keys() - later:
        with pytest.raises(jsonschema.ValidationError):
            validate({key: value for key, value in whole.items() if key != name})
    for changed in ({"outcome": "success"}, {"password": "x"}, {"schema_version": 2}):
        with pytest.raises(jsonschema.ValidationError):
            validate(whole | changed)


def test_run_that_ended_at_once_has_a_valid_manifest_and_report(tmp_path: Path) -> None:
    """Nothing is known but the error: the profile was not even read."""
    for name in ("figures", "evidence"):
        (tmp_path / name).mkdir()
    record = RunRecord(
        id="0b8f6c1e-51c9-4f1c-9f5e-7a3f7f1f8a10",
        started=START,
        host=Host("bhxh-chu-ky-so 0.1.0", "7.5", "3.11.2", "Linux"),
        ended=START,
        outcome=Outcome.STOPPED,
        error=ErrorFacts("PROFILE_UNKNOWN", Code.PROFILE_UNKNOWN.value.family, "Không có cấu hình cổng “x”.", "Sửa."),
    )
    validate(to_json(make_manifest(tmp_path, record)))
    page = text_of(html.fromstring(render_report(tmp_path, record)))
    assert "Không có cấu hình cổng “x”." in page
    assert "None" not in page


@EVERY
def test_report_is_self_contained_and_valid(tmp_path: Path, outcome: Outcome) -> None:
    record = make_record(tmp_path, outcome)
    content = write_report(tmp_path, record).read_text(encoding="utf-8")
    page = html.fromstring(content)
    assert not page.xpath("//script | //link | //iframe | //object | //base | //form")
    for name in ("src", "href", "srcset", "action", "background"):
        for value in page.xpath(f"//@{name}"):
            assert value.startswith("data:image/png;base64,"), value[:80]
    css = "".join(page.xpath("//style/text()"))
    assert "url(" not in css.replace("url(data:font/woff;base64,", ""), "nothing but the typeface"
    assert "@import" not in css
    assert page.get("lang") == "vi"
    assert content == unicodedata.normalize("NFC", content)


@EVERY
def test_report_says_outcome_captions_and_steps(tmp_path: Path, outcome: Outcome) -> None:
    record = make_record(tmp_path, outcome)
    page = html.fromstring(render_report(tmp_path, record))
    assert page.xpath("//p[@class='headline']/text()") == [OUTCOMES[outcome].headline]
    assert page.xpath("//figcaption/text()") == GUIDE
    assert len(page.xpath("//figure/img")) == CASES[outcome][0]
    missing = page.xpath("//figure[@class='missing']/p/text()")
    assert len(missing) == len(GUIDE) - CASES[outcome][0]
    assert all(text.startswith("Không chụp vì ") for text in missing)
    for title in STEPS.values():
        assert title in text_of(page)
    error = CASES[outcome][1]
    if error:
        assert error.happened in text_of(page)
        assert error.code.value.action in text_of(page)
        assert error.code.name in text_of(page)
    else:
        assert not page.xpath("//section[@class='error']")


def test_verdict_never_says_more_than_the_outcome() -> None:
    """Only an unconfirmed run speaks of a document under way; only a run without submission denies one."""
    assert "Không gửi lại" in OUTCOMES[Outcome.UNKNOWN].meaning
    for outcome in (Outcome.ALREADY_REGISTERED, Outcome.DRY_RUN, Outcome.STOPPED):
        assert "Không có gì được gửi" in OUTCOMES[outcome].meaning
    for outcome in (Outcome.UNKNOWN, Outcome.FAILED, Outcome.REJECTED, Outcome.UPDATED):
        assert "Không có gì được gửi" not in OUTCOMES[outcome].meaning


def test_report_compares_certificates(tmp_path: Path) -> None:
    page = html.fromstring(render_report(tmp_path, make_record(tmp_path, Outcome.UPDATED)))
    differing = [
        row.xpath("th/text()")[0].strip() for row in page.xpath("//table[@class='compare']//tr[@class='differs']")
    ]
    assert differing == ["Số chứng thư số", "Hiệu lực từ", "Hiệu lực đến"]
    text = text_of(page)
    assert re.sub(r"\s", "", REGISTERED.serial) in text
    assert signing_key()[1].serial.upper() in text
    assert "01/03/2026 07:00:00" in text, "the portal's date is shown in the portal's time"


def test_report_gives_the_verdict_on_the_signature(tmp_path: Path) -> None:
    record = make_record(tmp_path, Outcome.UPDATED)
    text = text_of(html.fromstring(render_report(tmp_path, record)))
    for wanted in ("Chữ ký đúng.", "RSA PKCS#1 v1.5, SHA-256", "đúng là chứng thư số mới", "xmlsec1 --verify"):
        assert wanted in text
    assert record.submission is not None
    signature = replace(record.submission.signature, valid=False, refusal="SIG_DIGEST: changed")
    broken = replace(record, submission=replace(record.submission, signature=signature))
    text = text_of(html.fromstring(render_report(tmp_path, broken)))
    assert "Chữ ký không được xác nhận." in text
    assert "Chữ ký đúng." not in text


def test_text_from_the_portal_stays_text(tmp_path: Path) -> None:
    record = make_record(tmp_path, Outcome.REJECTED)
    assert record.error is not None
    hostile = "<img src=x onerror=alert(1)><script>alert(1)</script>"
    page = html.fromstring(render_report(tmp_path, replace(record, error=replace(record.error, happened=hostile))))
    assert not page.xpath("//script | //*[@onerror]")
    assert hostile in text_of(page)


def test_rehearsal_is_said_in_plain_words(tmp_path: Path) -> None:
    record = make_record(tmp_path, Outcome.UPDATED)
    assert "Diễn tập trên sandbox" in render_report(tmp_path, record)
    assert "Diễn tập trên sandbox" not in render_report(tmp_path, replace(record, rehearsal=False, profile="bhxh"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit for the size of a file")
def test_disk_full_leaves_no_half_report(tmp_path: Path) -> None:
    make_record(tmp_path, Outcome.UPDATED)
    script = textwrap.dedent("""
        import resource, sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[2])
        from chukyso.errors import ChukysoError, Outcome
        from chukyso.report.write import write_report
        from support.evidence import make_record, write_manifest
        output = Path(sys.argv[1])
        record = make_record(output, Outcome.UPDATED)
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))
        for write in (write_report, write_manifest):
            try:
                write(output, record)
            except ChukysoError as error:
                print(error.code.name)
    """)
    command = [sys.executable, "-c", script, str(tmp_path), str(ROOT / "tests")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["OUTPUT_DISK_FULL", "OUTPUT_DISK_FULL"]
    names = {path.name for path in (tmp_path / "evidence").iterdir()}
    assert names == {"journal.jsonl", "submission.xml"}


def test_figure_that_vanished_is_an_error_not_a_crash(tmp_path: Path) -> None:
    record = make_record(tmp_path, Outcome.UPDATED)
    (tmp_path / "figures" / "figure-3.png").unlink()
    with pytest.raises(ChukysoError) as caught:
        write_report(tmp_path, record)
    assert caught.value.code is Code.OUTPUT_DISK_FULL
