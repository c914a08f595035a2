"""The report as PDF: it says what report.html says, and nothing else, whatever names and texts look like."""

from __future__ import annotations

import io
import re
import subprocess
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pdfua
import pikepdf
import pypdfium2
import pytest
from PIL import Image

from chukyso.errors import ChukysoError, Code, Outcome
from chukyso.evidence.guide import CAPTIONS
from chukyso.evidence.journal import Journal
from chukyso.evidence.manifest import JOURNAL_FILE, MANIFEST_FILE
from chukyso.evidence.model.guide import FigureMatch, Match
from chukyso.evidence.model.signing import AnswerFacts, IssuerFacts, ValidationFacts
from chukyso.evidence.record import RunRecord
from chukyso.report.page import Page
from chukyso.report.write import render_page, write_report
from support.evidence import MST, OWNER, START, make_record, write_manifest
from support.guide import change_manifest
from support.pdf_rules import broken_rules
from support.pdf_text import (
    furniture_of,
    left_over,
    page_of_run,
    pages_of,
    said_by,
    said_in_html,
    said_in_pdf,
    typeset_run,
)

MARGIN = 25  # points; nothing of a page comes nearer to its edge
REPEATED = re.compile(r"(Q\u0323\u0307)\1+")  # pdfium says a sign of several glyphs once for each of them
MARKUP = """#panic("a") $x^2$ @ref *b* _i_ <l> "q" 'q' \\ \\u{41} // /* */ [c] {d} = e - f + g ~ ` #{1} --- ... ©"""


def make_output(
    output: Path, outcome: Outcome = Outcome.UPDATED, change: Callable[[RunRecord], RunRecord] = lambda record: record
) -> Path:
    record = change(make_record(output, outcome))
    write_report(output, record)
    write_manifest(output, record)
    return output


def named(name: str) -> Callable[[RunRecord], RunRecord]:
    """A record in which everything that somebody else may name has this name."""

    def change(record: RunRecord) -> RunRecord:
        assert record.new_certificate
        assert record.token
        assert record.account
        return replace(
            record,
            profile=name,
            portal=name,
            account=replace(record.account, unit=name),
            token=replace(record.token, label=name),
            new_certificate=replace(record.new_certificate, owner=name, issuer=name),
            figures=tuple(replace(one, page=name) for one in record.figures),
            error=replace(record.error, happened=name, action=name, detail=f"{name}\n\t{name}")
            if record.error
            else None,
        )

    return change


def assert_same_in_both(output: Path) -> Page:
    """Both renderers say what the page says, in its order, and nothing else; returns the page."""
    page = page_of_run(output)
    wanted = list(said_by(page))
    assert left_over(said_in_html(render_page(page)), wanted) == ""
    data = typeset_run(output)
    assert left_over(REPEATED.sub(r"\1", said_in_pdf(data)), wanted, furniture_of(page)) == ""
    assert_inside_the_pages(data)
    assert broken_rules(data) == set()
    return page


def assert_inside_the_pages(data: bytes) -> None:
    for page in pypdfium2.PdfDocument(data):
        width, height = page.get_size()
        text = page.get_textpage()
        boxes = [text.get_charbox(index) for index in range(text.count_chars())]
        seen = [one for one in boxes if one[0] != one[2]]
        assert all(one[0] >= MARGIN and one[2] <= width - MARGIN for one in seen)
        assert all(one[1] >= MARGIN and one[3] <= height - MARGIN for one in seen)


@pytest.mark.parametrize("outcome", list(Outcome), ids=str)
def test_both_reports_say_what_the_page_says_and_no_more(tmp_path: Path, outcome: Outcome) -> None:
    assert_same_in_both(make_output(tmp_path, outcome))


def test_a_checker_of_pdf_ua_finds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(typeset_run(make_output(tmp_path, Outcome.REJECTED)))
    assert list(pdfua.validate(path).findings) == []


NAMES = {
    "markup": MARKUP,
    "direction": "CÔNG TY \u202eGNÔL\u202c \u2067ABC\u2069 \u200f(HƯ CẤU)\u061c",
    "composed of parts": unicodedata.normalize("NFD", "CÔNG TY TRÁCH NHIỆM HỮU HẠN ĐƯỜNG NGUYỄN HUỆ (HƯ CẤU)"),
    "marks upon marks": "q\u0323\u0307 Z\u0351\u0340\u0323\u0317ượng",
    "300 characters": "CÔNG TY MỘT THÀNH VIÊN " * 13,
    "300 without a space": "CÔNGTYMỘTTHÀNHVIÊN" * 17,
    "no font has them": "株式 \U0001f600 \U0001f468\u200d\U0001f469 \ue000 \U000f0000 \ufffe \x00\x07\x1b[31m",
    "spaces": "A\u00a0B\u2003C\u200bD\u00adE\tF\r\nG\u2028H\u2029I",
}


@pytest.mark.parametrize("outcome", [Outcome.UPDATED, Outcome.REJECTED], ids=str)
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_no_name_is_read_as_markup_or_loses_a_word(tmp_path: Path, name: str, outcome: Outcome) -> None:
    output = make_output(tmp_path, outcome, named(name))
    if name != NAMES["no font has them"]:
        assert_same_in_both(output)
        return
    data = typeset_run(output)
    said = said_in_pdf(data)
    for one in ("[U+682A][U+5F0F]", "[U+1F600]", "[U+E000]", "[U+F0000]", "[U+0007]", "[U+001B][31M"):
        assert one in said
    assert broken_rules(data) == set()


def test_what_changes_how_a_name_looks_is_written_out(tmp_path: Path) -> None:
    page = page_of_run(make_output(tmp_path, change=named(NAMES["direction"])))
    words = " ".join(said_by(page))
    assert "[U+202E]GNÔL[U+202C]" in words
    assert not any(unicodedata.category(letter) == "Cf" for letter in words)


def test_fifty_answers_about_revocation(tmp_path: Path) -> None:
    answers = tuple(
        AnswerFacts(
            "ocsp", f"http://127.0.0.1:4000/ocsp/{n}", f"{n:032x}", f"evidence/validation/ocsp-{n}.der", "0" * 64
        )
        for n in range(50)
    )
    path = tuple(IssuerFacts(f"CN=CA {n},O={OWNER}", f"{n:040x}", "0" * 64) for n in range(4))
    facts = ValidationFacts("valid-revocation-unknown", START, "01", "nobody answered", path, answers)
    page = assert_same_in_both(make_output(tmp_path, change=lambda record: replace(record, validation=facts)))
    assert sum("evidence/validation/ocsp-" in one for one in said_by(page)) == 50


def test_a_text_that_is_longer_than_a_page(tmp_path: Path) -> None:
    def change(record: RunRecord) -> RunRecord:
        assert record.error
        detail = "\n".join(f"{n}: GET /api/registration {MARKUP}" for n in range(300))
        return replace(record, error=replace(record.error, detail=detail))

    output = make_output(tmp_path, Outcome.FAILED, change)
    assert len(pages_of(typeset_run(output))) > 6
    assert_same_in_both(output)


def test_a_row_that_is_longer_than_a_page(tmp_path: Path) -> None:
    output = make_output(tmp_path)
    with Journal(output / JOURNAL_FILE) as journal:
        journal.append("portal-said", reason=" ".join(f"dòng-{n}" for n in range(2000)))
    data = typeset_run(output)
    assert_inside_the_pages(data)
    said = said_in_pdf(data).replace("SỐLÚCSỰKIỆNNỘIDUNG", "")
    assert all(f"DÒNG-{n}DÒNG-{n + 1}" in said for n in range(1999))


def test_figures_are_in_it_pixel_for_pixel(tmp_path: Path) -> None:
    output = make_output(tmp_path)
    with pikepdf.open(io.BytesIO(typeset_run(output))) as pdf:
        inside = [pikepdf.PdfImage(one) for page in pdf.pages for one in page.get_images().values()]
        shown = [one.as_pil_image().convert("RGB") for one in inside]
    for number in CAPTIONS:
        with Image.open(output / f"figures/figure-{number}.png") as taken:
            wanted = taken.convert("RGB")
        assert any(one.size == wanted.size and one.tobytes() == wanted.tobytes() for one in shown), number


def broken_figure(data: bytes) -> bytes:
    return data[: len(data) // 2]


@pytest.mark.parametrize(
    "damage", [broken_figure, lambda _: b"", lambda _: b"GIF89a", None], ids=["half", "empty", "GIF", "missing"]
)
def test_a_figure_that_cannot_be_shown_is_told(tmp_path: Path, damage: Callable[[bytes], bytes] | None) -> None:
    output = make_output(tmp_path)
    whole = typeset_run(output)
    path = output / "figures/figure-3.png"
    if damage is None:
        path.unlink()
    else:
        path.write_bytes(damage(path.read_bytes()))
    data = typeset_run(output)
    told = "KHÔNGHIỆNĐƯỢCHÌNH:TỆPBỊTHIẾUHOẶCBỊHỎNG."
    assert (said_in_pdf(whole).count(told), said_in_pdf(data).count(told)) == (0, 1)
    assert said_in_pdf(data).replace(told, "") == said_in_pdf(whole)
    assert broken_rules(data) == set()


@pytest.mark.parametrize("place", ["../secret.png", "evidence/../../secret.png", "figures/secret.png"])
def test_a_picture_that_the_manifest_does_not_list_is_not_read(tmp_path: Path, place: str) -> None:
    output = make_output(tmp_path / "run")
    for path in (tmp_path / "secret.png", output / "figures/secret.png"):
        Image.new("RGB", (33, 44), "red").save(path)

    def aim(manifest: dict[str, Any]) -> None:
        manifest["figures"][0]["path"] = place

    change_manifest(output, aim)
    with pikepdf.open(io.BytesIO(typeset_run(output))) as pdf:
        sizes = {(int(one.Width), int(one.Height)) for page in pdf.pages for one in page.get_images().values()}
    assert sizes
    assert (33, 44) not in sizes


def test_a_figure_beside_its_reference(tmp_path: Path) -> None:
    def change(record: RunRecord) -> RunRecord:
        first, *others = record.figures
        match = replace(
            FigureMatch.of(Match.CHANGED, Match.CHANGED),
            structure_difference=(f"- {MARKUP}", "+ nút “Đồng ý”"),
            reference=first.path,
            difference=first.path,
        )
        return replace(record, figures=(replace(first, match=match), *others))

    words = list(said_by(assert_same_in_both(make_output(tmp_path, change=change))))
    for one in ("Hình mẫu", "Lần chạy này", "Chỗ khác nhau", f" {MARKUP}"):
        assert one in words


OLDER = ("privacy", "validation", "receipt", "result_mail", "earlier_submission", "seal")


def test_a_manifest_of_the_version_before(tmp_path: Path) -> None:
    def older(manifest: dict[str, Any]) -> None:
        for name in OLDER:
            del manifest[name]
        for figure in manifest["figures"]:
            del figure["match"]

    output = make_output(tmp_path)
    change_manifest(output, older)
    assert_same_in_both(output)


@pytest.mark.parametrize("name", ["run", "host", "certificates", "steps", "figures", "submission", "outcome", "files"])
@pytest.mark.parametrize("value", [["x"], "x", 7, {"new": "01"}], ids=str)
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, name: str, value: object) -> None:
    output = make_output(tmp_path)
    change_manifest(output, lambda manifest: manifest.update({name: value}))
    with pytest.raises(ChukysoError) as caught:
        typeset_run(output)
    assert caught.value.code is Code.EVIDENCE_UNREADABLE


def test_each_page_says_rehearsal_and_its_number(tmp_path: Path) -> None:
    pages = pages_of(typeset_run(make_output(tmp_path / "rehearsal")))
    for number, page in enumerate(pages, start=1):
        assert page.count("DIỄN TẬP TRÊN SANDBOX – KHÔNG CÓ GIÁ TRỊ VỚI CỔNG THẬT") == 1
        assert f"Trang {number}/{len(pages)}" in page
    real = make_output(tmp_path / "real", change=lambda record: replace(record, rehearsal=False))
    assert not any("DIỄN TẬP" in page for page in pages_of(typeset_run(real)))


def test_outline_properties_and_attachments(tmp_path: Path) -> None:
    output = make_output(tmp_path)
    data = typeset_run(output)
    document = pypdfium2.PdfDocument(data)
    titles = [one.get_title() for one in document.get_toc()]
    page = page_of_run(output)
    assert titles == [page.heading, *(section.title for section in page.sections)]
    about = document.get_metadata_dict()
    assert about["Title"] == f"Biên bản cập nhật chữ ký số – DIỄN TẬP – {MST} – ĐÃ CẬP NHẬT"
    assert about["Author"] == OWNER
    assert MST in about["Keywords"]
    with pikepdf.open(io.BytesIO(data)) as pdf:
        kinds = {str(one.UF): str(one.AFRelationship) for one in pdf.Root.AF}
        inside = {name: file.get_file().read_bytes() for name, file in pdf.attachments.items()}
    assert kinds == {"manifest.json": "/Source", "journal.jsonl": "/Data", "submission.xml": "/Data"}
    assert inside == {name: (output / "evidence" / name).read_bytes() for name in kinds}


def test_pictures_have_words_for_those_who_cannot_see_them(tmp_path: Path) -> None:
    with pikepdf.open(io.BytesIO(typeset_run(make_output(tmp_path)))) as pdf:
        elements = [one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and one.get("/S") is not None]
        figures = [str(one.get("/Alt", "")) for one in elements if pikepdf.Name.Figure == one.S]
        heads = [one for one in elements if one.S == pikepdf.Name.TH]
    assert figures == list(CAPTIONS.values())
    assert heads


def test_nothing_is_started_and_only_our_fonts_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = make_output(tmp_path)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a program was started")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    with pikepdf.open(io.BytesIO(typeset_run(output))) as pdf:
        fonts = {
            str(one.BaseFont).split("+")[1]
            for one in pdf.objects
            if isinstance(one, pikepdf.Dictionary) and "/BaseFont" in one
        }
    assert {name.partition("-")[0] for name in fonts} == {"BeVietnamPro", "DejaVuSansMono"}


def test_made_again_it_is_the_same(tmp_path: Path) -> None:
    output = make_output(tmp_path)
    assert typeset_run(output) == typeset_run(output)
    assert (output / MANIFEST_FILE).is_file()


def test_a_long_word_has_no_gaps(tmp_path: Path) -> None:
    """It is set in pieces, so that a line may break inside; nothing of that shows on a line that does not."""
    pages = pages_of(typeset_run(make_output(tmp_path)))
    assert "tại http://127.0.0.1:41873/#/thay-doi-thong-tin" in " ".join(" ".join(pages).split())
