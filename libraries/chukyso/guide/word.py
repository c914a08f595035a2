"""The guide as a Word document: A4, in Vietnamese, with Word's own styles for title, headings and captions.

What python-docx has no words for (language, alternative text, fields) is written as WordprocessingML, ECMA-376 part 1.
"""

from __future__ import annotations

import io
import zipfile
from copy import deepcopy
from datetime import datetime
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from chukyso.evidence.guide import CLOSING, GUIDE_STEPS, NOTE, TITLE, Passage
from chukyso.guide.source import GuideFigure, GuideSource
from chukyso.guide.words import KEYWORDS, SUBJECT, banner, origin, spans, why_missing
from chukyso.moment import to_utc
from chukyso.text import one_line

LANGUAGE = "vi-VN"
_HEADINGS, _BODY = "Times New Roman", "Arial"  # on every machine that has Word, and with all Vietnamese letters
_INK, _SOFT, _ACCENT = RGBColor(0x1C, 0x24, 0x30), RGBColor(0x5B, 0x66, 0x75), RGBColor(0x12, 0x3F, 0x6D)
_WARNING, _BAD = RGBColor(0x8A, 0x5A, 0x00), RGBColor(0xA3, 0x14, 0x1F)
_LINE, _FAINT, _ACCENT_FAINT = "C9D0D9", "F4F6F8", "EFF3F8"
_MARGIN, _WIDTH, _HEIGHT = Mm(20), Mm(210), Mm(297)
_TEXT_WIDTH = Mm(170)
_TALL, _LOW = Mm(119), Mm(88)  # a figure alone on its page, and one of two
NOTE_STYLE, NOTICE_STYLE, MISSING_STYLE, FIGURE_STYLE, CLOSING_STYLE = (
    "Guide Note",
    "Guide Notice",
    "Guide Missing Figure",
    "Guide Figure",
    "Guide Closing",
)


def render_docx(source: GuideSource, product: str) -> bytes:
    """The guide with a run's figures as a Word document; the same run gives the same bytes.

    Args:
        source: The run.
        product: Name and version of the program that writes it.
    """
    document = Document()
    _clean(document)
    _set_page(document)
    _set_styles(document)
    _set_properties(document, source, product)
    document.add_paragraph(TITLE, style="Title")
    notice = banner(source)
    if notice:
        paragraph = document.add_paragraph(style=NOTICE_STYLE)
        for run in (paragraph.add_run(notice.headline), paragraph.add_run(f" {notice.sentence}")):
            run.font.color.rgb = _BAD if notice.tone == "personal" else _WARNING
        paragraph.runs[0].bold = True
    document.add_paragraph(NOTE, style=NOTE_STYLE)
    alone = {1, max(passage.figure for step in GUIDE_STEPS for passage in step.passages)}
    for step in GUIDE_STEPS:
        document.add_paragraph(step.heading, style="Heading 1")
        for passage in step.passages:
            _add_passage(document, source, passage, _TALL if passage.figure in alone else _LOW)
    document.add_paragraph(CLOSING, style=CLOSING_STYLE)
    _fill_footer(document, source)
    buffer = io.BytesIO()
    document.save(buffer)
    return _dated(buffer.getvalue(), source.started)


def _add_passage(document: WordDocument, source: GuideSource, passage: Passage, tallest: Length) -> None:
    words = document.add_paragraph(style="Body Text")
    words.paragraph_format.keep_with_next = True
    for span in spans(passage.text):
        words.add_run(span.text).bold = True if span.bold else None
    figure = source.figures.get(passage.figure)
    if figure:
        _add_picture(document.add_paragraph(style=FIGURE_STYLE), figure, passage.shows, tallest)
    else:
        document.add_paragraph(why_missing(source, passage.figure), style=MISSING_STYLE)
    _add_caption(document, passage)


def _add_picture(paragraph: Paragraph, figure: GuideFigure, shows: str, tallest: Length) -> None:
    width = min(_TEXT_WIDTH, Length(tallest * figure.width // figure.height))
    shape = paragraph.add_run().add_picture(io.BytesIO(figure.png), width=width)
    for side in ("distT", "distB", "distL", "distR"):  # without them LibreOffice keeps a distance of its own
        shape._inline.set(side, "0")
    properties = shape._inline.docPr
    properties.set("name", f"Hình {figure.number}")
    properties.set("descr", shows)


def _add_caption(document: WordDocument, passage: Passage) -> None:
    """The guide's caption; its number is a field, so that Word can make a list of the figures."""
    label, number, rest = passage.caption.split(" ", 2)
    caption = document.add_paragraph(style="Caption")
    caption.add_run(f"{label} ")
    _add_field(caption, f"SEQ {label} \\* ARABIC", number)
    caption.add_run(f" {rest}")


def _add_field(paragraph: Paragraph, instruction: str, result: str) -> None:
    """A complex field (ECMA-376 part 1, 17.16.18) with what it shows until Word computes it anew."""
    for kind, text in (("begin", ""), ("", instruction), ("separate", ""), ("result", result), ("end", "")):
        run = paragraph.add_run(text if kind == "result" else "")
        if kind in {"begin", "separate", "end"}:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        elif kind == "":
            code = OxmlElement("w:instrText")
            code.set(qn("xml:space"), "preserve")
            code.text = f" {text} "
            run._r.append(code)


def _fill_footer(document: WordDocument, source: GuideSource) -> None:
    footer = document.sections[0].footer
    about = footer.paragraphs[0]
    about.add_run(origin(source))
    _border(about, "top", _LINE, 6)
    pages = footer.add_paragraph(style="Footer")
    pages.add_run("Hướng dẫn cập nhật chữ ký số\tTrang ")
    _add_field(pages, "PAGE", "1")
    pages.add_run("/")
    _add_field(pages, "NUMPAGES", "4")


def _clean(document: WordDocument) -> None:
    """Take what python-docx's empty document brings along: a picture of itself, and the word of an old Word."""
    relations = document.part.package.rels
    for name, relation in list(relations.items()):
        if relation.reltype in {RT.THUMBNAIL, RT.EXTENDED_PROPERTIES}:
            relations.pop(name)
    for setting in document.settings.element.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")  # else Word shows it as an older one did


def _set_page(document: WordDocument) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = _WIDTH, _HEIGHT
    section.left_margin = section.right_margin = _MARGIN
    section.top_margin, section.bottom_margin = Mm(18), Mm(22)
    section.header_distance, section.footer_distance = Mm(10), Mm(9)


def _set_properties(document: WordDocument, source: GuideSource, product: str) -> None:
    about = document.core_properties
    about.title = TITLE
    about.subject = SUBJECT
    about.author = about.last_modified_by = product
    about.keywords = "; ".join(KEYWORDS)
    about.comments = one_line(origin(source), 255)  # more a property does not hold
    about.language = LANGUAGE
    about.category = "Hướng dẫn"
    about.created = about.modified = to_utc(source.started).replace(tzinfo=None)  # python-docx wants it naive


def _set_styles(document: WordDocument) -> None:
    _set_language(document)
    _style(document, "Normal", _BODY, 11, _INK, after=6, spacing=1.2)
    _style(document, "Body Text", _BODY, 11, _INK, after=6, spacing=1.2)
    title = _style(document, "Title", _HEADINGS, 18, _ACCENT, after=12, spacing=1.15, bold=True, centred=True)
    _without_border(title)
    _border(title, "bottom", "123F6D", 6, kind="double", space=8)
    heading = _style(document, "Heading 1", _HEADINGS, 15, _ACCENT, before=16, after=6, spacing=1.1, bold=True)
    _border(heading, "bottom", _LINE, 6, space=3)
    heading.paragraph_format.keep_with_next = True
    caption = _style(document, "Caption", _BODY, 10, _INK, before=3, after=12, bold=True, italic=True, centred=True)
    caption.paragraph_format.keep_together = True
    footer = _style(document, "Footer", _BODY, 7.5, _SOFT, after=2)
    footer.paragraph_format.tab_stops.clear_all()
    footer.paragraph_format.tab_stops.add_tab_stop(_TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT)
    note = _style(document, NOTE_STYLE, _BODY, 11, _INK, before=4, after=8, spacing=1.2)
    _border(note, "left", "123F6D", 36, space=8)
    _shade(note, _ACCENT_FAINT)
    note.paragraph_format.left_indent = Pt(13)  # Word draws lines outside of the text
    notice = _style(document, NOTICE_STYLE, _BODY, 9.5, _WARNING, before=2, after=8, centred=True)
    for side in ("top", "left", "bottom", "right"):
        _border(notice, side, "8A5A00", 4, kind="dashed", space=4)
    notice.paragraph_format.left_indent = notice.paragraph_format.right_indent = Pt(5)
    figure = _style(document, FIGURE_STYLE, _BODY, 11, _INK, centred=True)
    figure.paragraph_format.keep_with_next = True
    missing = _style(document, MISSING_STYLE, _BODY, 10.5, _SOFT, before=4, after=4, centred=True)
    missing.paragraph_format.keep_with_next = True
    _shade(missing, _FAINT)
    for side in ("top", "left", "bottom", "right"):
        _border(missing, side, _LINE, 6, kind="dashed", space=10)
    missing.paragraph_format.left_indent = missing.paragraph_format.right_indent = Pt(11)
    closing = _style(document, CLOSING_STYLE, _BODY, 11, _ACCENT, before=12, spacing=1.2, bold=True, centred=True)
    for side in ("top", "bottom"):
        _border(closing, side, _LINE, 6, space=6)


def _style(
    document: WordDocument,
    name: str,
    font: str,
    size: float,
    color: RGBColor,
    *,
    before: float = 0,
    after: float = 0,
    spacing: float = 1.0,
    bold: bool = False,
    italic: bool = False,
    centred: bool = False,
) -> ParagraphStyle:
    """Set a paragraph style, made when Word has none of this name; sizes and distances in points."""
    if name in document.styles:
        style = document.styles[name]
    else:
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = document.styles["Normal"]
    if not isinstance(style, ParagraphStyle):
        raise TypeError(f"{name} is no paragraph style")
    style.font.name, style.font.size, style.font.color.rgb = font, Pt(size), color
    style.font.bold, style.font.italic = bold, italic
    fonts = style.element.rPr.rFonts
    for old in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):  # a theme's font would win over the name
        fonts.attrib.pop(qn(f"w:{old}"), None)
    for script in ("w:cs", "w:eastAsia"):
        fonts.set(qn(script), font)
    for other in style.element.rPr.findall(qn("w:szCs")):
        other.set(qn("w:val"), str(round(size * 2)))
    _match_linked(document, style)
    form = style.paragraph_format
    form.space_before, form.space_after, form.line_spacing = Pt(before), Pt(after), spacing
    form.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else None
    return style


def _match_linked(document: WordDocument, style: ParagraphStyle) -> None:
    """A paragraph style and the character style that it is linked to look the same, or programs disagree (17.7.4.6)."""
    link = style.element.find(qn("w:link"))
    for other in document.styles.element.iter(qn("w:style")):
        if link is not None and other.get(qn("w:styleId")) == link.get(qn("w:val")):
            for old in other.findall(qn("w:rPr")):
                other.replace(old, deepcopy(style.element.rPr))


def _set_language(document: WordDocument) -> None:
    """Vietnamese for the whole document, for spelling and for reading aloud (17.3.2.20)."""
    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    language = OxmlElement("w:lang")
    for name in ("w:val", "w:eastAsia"):
        language.set(qn(name), LANGUAGE)
    defaults.append(language)
    for theme in document.settings.element.iter(qn("w:themeFontLang")):
        theme.attrib.clear()
        theme.set(qn("w:val"), LANGUAGE)


def _without_border(style: ParagraphStyle) -> None:
    properties = style.element.get_or_add_pPr()
    for old in properties.findall(qn("w:pBdr")):
        properties.remove(old)


def _border(
    target: ParagraphStyle | Paragraph, side: str, color: str, eighths: int, *, kind: str = "single", space: int = 1
) -> None:
    """A line at one side of a paragraph (17.3.1.24); thickness in eighths of a point, distance in points."""
    element: Any = target.element if isinstance(target, ParagraphStyle) else target._p
    properties = element.get_or_add_pPr()
    borders = properties.find(qn("w:pBdr"))
    if borders is None:
        borders = OxmlElement("w:pBdr")
        properties.insert_element_before(borders, *_AFTER_BORDERS)
    line = OxmlElement(f"w:{side}")
    for name, value in (("val", kind), ("sz", str(eighths)), ("space", str(space)), ("color", color)):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)


def _shade(style: ParagraphStyle, color: str) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", color)):
        shade.set(qn(f"w:{name}"), value)
    style.element.get_or_add_pPr().insert_element_before(shade, *_AFTER_BORDERS[1:])


# What comes after the borders in a paragraph's properties: the schema wants them in this order (17.3.1.26).
_AFTER_BORDERS = (
    "w:shd",
    "w:tabs",
    "w:suppressAutoHyphens",
    "w:kinsoku",
    "w:wordWrap",
    "w:overflowPunct",
    "w:topLinePunct",
    "w:autoSpaceDE",
    "w:autoSpaceDN",
    "w:bidi",
    "w:adjustRightInd",
    "w:snapToGrid",
    "w:spacing",
    "w:ind",
    "w:contextualSpacing",
    "w:mirrorIndents",
    "w:suppressOverlap",
    "w:jc",
    "w:textDirection",
    "w:textAlignment",
    "w:textboxTightWrap",
    "w:outlineLvl",
    "w:divId",
    "w:cnfStyle",
    "w:rPr",
    "w:sectPr",
    "w:pPrChange",
)


def _dated(content: bytes, moment: datetime) -> bytes:
    """The same package with one date in its directory: a document of one run is the same whenever it is made."""
    stamp = to_utc(moment).timetuple()[:6]
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return buffer.getvalue()
