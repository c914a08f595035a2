"""The guide with a run's figures: the guide's words and nothing between them, the figures that were taken, no more."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pdfua
import pypdfium2
import pytest
from docx import Document
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.shared import Mm
from lxml import html

from chukyso.errors import Outcome
from chukyso.evidence.guide import GUIDE_STEPS
from chukyso.guide.page import render_html
from chukyso.guide.pdf import render_pdf
from chukyso.guide.source import GuideSource, read_source
from chukyso.guide.word import CLOSING_STYLE, FIGURE_STYLE, MISSING_STYLE, NOTE_STYLE, NOTICE_STYLE, render_docx
from chukyso.guide.words import banner
from chukyso.guide.write import FILE_NAME, Format, write_guide
from support.evidence import MST, OWNER
from support.guide import BOLD, CAPTIONS, HEADINGS, TEXTS, TITLE, change_manifest, make_run
from support.pdf_rules import broken_rules
from support.pdf_text import bare, pages_of

WHY_DRY = "Không chụp vì chạy thử dừng lại trước khi đăng ký thay đổi, không gửi gì lên cổng."
SHOWS = [passage.shows for step in GUIDE_STEPS for passage in step.passages]
PRODUCT = "bhxh-chu-ky-so 9.9.9"
RUN = "0b8f6c1e-51c9-4f1c-9f5e-7a3f7f1f8a10"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> GuideSource:
    return read_source(make_run(tmp_path_factory.mktemp("whole")))


@pytest.fixture(scope="module")
def dry(tmp_path_factory: pytest.TempPathFactory) -> GuideSource:
    return read_source(make_run(tmp_path_factory.mktemp("dry"), Outcome.DRY_RUN))


@pytest.fixture(scope="module")
def page(whole: GuideSource) -> html.HtmlElement:
    return html.fromstring(render_html(whole, PRODUCT))


@pytest.fixture(scope="module")
def word(whole: GuideSource) -> WordDocument:
    return Document(io.BytesIO(render_docx(whole, PRODUCT)))


def words_of(page: html.HtmlElement) -> list[str]:
    """What the page says, in the order of reading, without what is not the guide's."""
    wanted = page.xpath(
        "//h1 | //h2 | //p[@class='note'] | //div[@class='passage']/p | //figcaption | //p[@class='closing']"
    )
    return [" ".join(element.text_content().split()) for element in wanted]


class TestPage:
    def test_says_what_the_guide_says(self, page: html.HtmlElement) -> None:
        assert words_of(page) == TEXTS
        assert [element.text_content() for element in page.xpath("//strong")][1:] == BOLD  # the first is the banner's
        assert page.xpath("string(//title)") == TITLE

    def test_shows_the_figures_that_were_taken_each_under_its_words(
        self, page: html.HtmlElement, whole: GuideSource
    ) -> None:
        pictures = page.xpath("//figure/img")
        assert [picture.get("alt") for picture in pictures] == SHOWS
        for number, picture in enumerate(pictures, start=1):
            assert base64.b64decode(picture.get("src").partition(",")[2]) == whole.figures[number].png
            assert picture.getnext().text == CAPTIONS[number - 1]
            assert (picture.get("width"), picture.get("height")) == ("2560", "1600")

    def test_loads_nothing_and_runs_nothing(self, page: html.HtmlElement) -> None:
        assert not page.xpath("//script | //link | //iframe | //object | //base | //form")
        assert all(value.startswith("data:image/png;base64,") for value in page.xpath("//@src | //@href"))
        css = "".join(page.xpath("//style/text()"))
        assert "url(" not in css.replace("url(data:font/woff;base64,", ""), "nothing but the typeface"
        assert "@import" not in css
        assert "default-src 'none'" in page.xpath("string(//meta[@http-equiv]/@content)")
        assert page.get("lang") == "vi"

    def test_says_which_run(self, page: html.HtmlElement) -> None:
        footer = " ".join(page.xpath("//footer")[0].text_content().split())
        for wanted in (RUN, "02/03/2026 08:15:00 (giờ Việt Nam)", "sandbox", "diễn tập", "bhxh-chu-ky-so 0.1.0"):
            assert wanted in footer
        assert page.xpath("string(//meta[@name='generator']/@content)") == PRODUCT

    def test_is_composed(self, whole: GuideSource) -> None:
        text = render_html(whole, PRODUCT)
        assert text == unicodedata.normalize("NFC", text)

    def test_says_why_a_figure_is_not_there(self, dry: GuideSource) -> None:
        page = html.fromstring(render_html(dry, PRODUCT))
        assert words_of(page) == TEXTS, "the words are whole also when figures are not"
        assert [picture.get("alt") for picture in page.xpath("//figure/img")] == SHOWS[:3]
        missing = page.xpath("//figure[@class='missing']/p/text()")
        assert missing == [WHY_DRY] * 3


class TestWord:
    def test_says_what_the_guide_says(self, word: WordDocument) -> None:
        ours = {NOTICE_STYLE, FIGURE_STYLE}
        said = [one for one in word.paragraphs if one.style is not None and one.style.name not in ours]
        assert [one.text for one in said] == TEXTS
        bold = [run.text for one in said if one.style.name == "Body Text" for run in one.runs if run.bold]
        assert bold == BOLD

    def test_uses_words_own_styles(self, word: WordDocument) -> None:
        by_style: dict[str, list[str]] = {}
        for one in word.paragraphs:
            assert one.style is not None
            by_style.setdefault(str(one.style.name), []).append(one.text)
        assert by_style["Title"] == [TITLE]
        assert by_style["Heading 1"] == HEADINGS
        assert by_style["Caption"] == CAPTIONS
        assert by_style[NOTE_STYLE] + by_style[CLOSING_STYLE] == [TEXTS[1], TEXTS[-1]]
        assert len(by_style[FIGURE_STYLE]) == 6
        assert MISSING_STYLE not in by_style

    def test_numbers_of_captions_are_fields(self, word: WordDocument) -> None:
        codes = [code.text.strip() for code in word.element.body.iter(qn("w:instrText"))]
        assert codes == ["SEQ Hình \\* ARABIC"] * 6
        footer = word.sections[0].footer._element
        assert [code.text.strip() for code in footer.iter(qn("w:instrText"))] == ["PAGE", "NUMPAGES"]

    def test_holds_the_figures_that_were_taken_with_their_words(self, word: WordDocument, whole: GuideSource) -> None:
        assert [shape._inline.docPr.get("descr") for shape in word.inline_shapes] == SHOWS
        for number, shape in enumerate(word.inline_shapes, start=1):
            relation = shape._inline.graphic.graphicData.pic.blipFill.blip.embed
            assert word.part.related_parts[relation].blob == whole.figures[number].png
            assert shape.width <= Mm(170)
            assert abs(shape.width / shape.height - 1.6) < 0.01

    def test_is_a4_vietnamese_and_says_what_it_is(self, word: WordDocument) -> None:
        section = word.sections[0]
        assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
        about = word.core_properties
        assert (about.title, about.language, about.author) == (TITLE, "vi-VN", PRODUCT)
        languages = {one.get(qn("w:val")) for one in word.styles.element.iter(qn("w:lang"))}
        assert languages == {"vi-VN"}
        for wanted in (RUN, "sandbox", "diễn tập"):
            assert wanted in word.sections[0].footer.paragraphs[0].text
            assert wanted in about.comments

    def test_brings_nothing_of_another_document(self, whole: GuideSource) -> None:
        names = zipfile.ZipFile(io.BytesIO(render_docx(whole, PRODUCT))).namelist()
        assert not [name for name in names if "thumbnail" in name or "app.xml" in name]

    def test_says_why_a_figure_is_not_there(self, dry: GuideSource) -> None:
        word = Document(io.BytesIO(render_docx(dry, PRODUCT)))
        assert [one.text for one in word.paragraphs if one.style and one.style.name == "Caption"] == CAPTIONS
        missing = [one.text for one in word.paragraphs if one.style and one.style.name == MISSING_STYLE]
        assert missing == [WHY_DRY] * 3
        assert len(word.inline_shapes) == 3

    def test_same_run_same_bytes(self, whole: GuideSource) -> None:
        document = render_docx(whole, PRODUCT)
        assert document == render_docx(whole, PRODUCT)
        dates = {entry.date_time for entry in zipfile.ZipFile(io.BytesIO(document)).infolist()}
        assert dates == {(2026, 3, 2, 1, 15, 0)}, "the run's, whenever it is written"


class TestPrivacy:
    def test_a_rehearsal_shows_nobody(self, whole: GuideSource) -> None:
        assert not whole.personal
        told = banner(whole)
        assert told is not None
        assert told.tone == "rehearsal"

    def test_a_real_account_is_warned_about_everywhere(self, tmp_path: Path) -> None:
        done = guide(make_run(tmp_path, real=True), "--json", "--format", "html,docx")
        assert (done.returncode, json.loads(done.stdout)["warnings"]) == (0, ["personal-data"]), done.stderr
        assert "Cảnh báo: Hình chụp từ tài khoản thật, có dữ liệu riêng của đơn vị." in done.stderr
        directory = tmp_path / "guide"
        page = html.fromstring((directory / f"{FILE_NAME}.html").read_text(encoding="utf-8"))
        assert "có dữ liệu riêng của đơn vị" in page.xpath("string(//p[@class='banner personal'])")
        word = Document(str(directory / f"{FILE_NAME}.docx"))
        assert [one for one in word.paragraphs if "có dữ liệu riêng của đơn vị" in one.text]

    def test_masked_figures_are_said_to_be(self, tmp_path: Path) -> None:
        run = make_run(tmp_path, real=True)
        change_manifest(run, lambda manifest: manifest.update(privacy="masked"))
        source = read_source(run)
        assert not source.personal
        assert "đã được che; tên đơn vị và mã số thuế vẫn thấy được" in render_html(source, PRODUCT)

    @pytest.mark.parametrize("said", [None, "full", "Masked", ["masked"], {"masked": True}, True], ids=str)
    def test_nothing_else_is_taken_for_masked(self, tmp_path: Path, said: object) -> None:
        run = make_run(tmp_path, real=True)
        change_manifest(run, lambda manifest: manifest.update(privacy=said))
        assert read_source(run).personal

    def test_the_text_names_nobody(self, tmp_path: Path) -> None:
        """Only the pictures can show whose account it was: number, owner and contact stay out of the text."""
        source = read_source(make_run(tmp_path, real=True))
        text = html.fromstring(render_html(source, PRODUCT)).text_content()
        word = zipfile.ZipFile(io.BytesIO(render_docx(source, PRODUCT)))
        text += "".join(word.read(name).decode() for name in word.namelist() if name.endswith(".xml"))
        for secret in (MST, OWNER, "ketoan@anhduong.example", "024 3999 0000"):
            assert secret not in text


def guide(run: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Call the command as an operator does."""
    command = [sys.executable, "-c", "from chukyso.cli import main; main()", "guide", str(run), *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


class TestPdf:
    @pytest.fixture(scope="class")
    @staticmethod
    def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
        run = make_run(tmp_path_factory.mktemp("printed"))
        done = guide(run, "--json")
        assert done.returncode == 0, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        assert [one["format"] for one in document["files"]] == [one.value for one in Format]
        assert (document["figures"], document["missing_figures"]) == ([1, 2, 3, 4, 5, 6], [])
        yield run / "guide"

    def test_writes_three_documents_and_nothing_else(self, printed: Path) -> None:
        assert {path.name for path in printed.iterdir()} == {f"{FILE_NAME}.{one.value}" for one in Format}

    def test_text_can_be_searched_and_copied(self, printed: Path) -> None:
        said = bare("".join(pages_of((printed / f"{FILE_NAME}.pdf").read_bytes())))
        for words in TEXTS:
            assert bare(words) in said

    def test_four_pages_of_a4_with_its_title(self, printed: Path) -> None:
        document = pypdfium2.PdfDocument(printed / f"{FILE_NAME}.pdf")
        assert document.get_metadata_dict()["Title"] == TITLE
        assert [one.get_title() for one in document.get_toc()] == [TITLE, *HEADINGS]
        assert [[round(points / 72 * 25.4) for points in page.get_size()] for page in document] == [[210, 297]] * 4

    def test_keeps_the_rules_of_pdf_a_and_pdf_ua(self, printed: Path) -> None:
        assert broken_rules((printed / f"{FILE_NAME}.pdf").read_bytes()) == set()
        assert list(pdfua.validate(printed / f"{FILE_NAME}.pdf").findings) == []

    def test_says_why_a_figure_is_not_there(self, dry: GuideSource, tmp_path: Path) -> None:
        said = "".join(pages_of(render_pdf(dry, tmp_path)))
        assert bare(said).count(bare(WHY_DRY)) == 3

    def test_written_again_it_is_the_same(self, printed: Path) -> None:
        before = {path.name: path.read_bytes() for path in printed.iterdir()}
        write_guide(read_source(printed.parent), printed, list(Format))
        after = {path.name: path.read_bytes() for path in printed.iterdir()}
        assert after == before
