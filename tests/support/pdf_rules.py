"""Rules of PDF/A-3a (ISO 19005-3) and PDF/UA-1 (ISO 14289-1) that adding a signature to a PDF can break, one by one."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pikepdf
from lxml import etree
from pikepdf import Array, Dictionary, Name, Pdf, Stream

PRINT, HIDDEN, INVISIBLE, NO_VIEW, TOGGLE_NO_VIEW = 4, 2, 1, 32, 256
_NS = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "pdfuaid": "http://www.aiim.org/pdfua/ns/id/",
    "ext": "http://www.aiim.org/pdfa/ns/extension/",
    "schema": "http://www.aiim.org/pdfa/ns/schema#",
}
# The schemas of XMP 2005 that need no description (ISO 19005-3, 6.6.2.3.1), and those of PDF/A itself.
_KNOWN = {_NS[name] for name in ("rdf", "dc", "xmp", "pdf", "pdfaid")} | {
    "http://www.aiim.org/pdfa/ns/extension/",
    "http://ns.adobe.com/xap/1.0/mm/",
    "http://ns.adobe.com/xap/1.0/t/pg/",
}
_STANDARD_ACTIONS = {"/GoTo", "/GoToR", "/GoToE", "/Thread", "/URI", "/Named", "/SubmitForm"}
Rule = Callable[[Pdf, bytes], bool]


def broken_rules(data: bytes) -> set[str]:
    """The names of the rules that a PDF breaks."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return {name for name, rule in RULES.items() if not rule(pdf, data)}


def packet(pdf: Pdf) -> Any:
    """The XMP packet, parsed."""
    return etree.fromstring(pdf.Root.Metadata.read_bytes())


def _text(pdf: Pdf, path: str) -> str:
    """A property of the document, which RDF writes as an element or as an attribute."""
    both = f"//rdf:RDF/rdf:Description/{path}//text() | //rdf:RDF/rdf:Description/@{path}"
    return "".join(packet(pdf).xpath(both, namespaces=_NS)).strip()


def _annotations(pdf: Pdf) -> Iterator[tuple[Any, Any]]:
    for page in pdf.pages:
        for annotation in page.get("/Annots", ()):
            yield page, annotation


def _streams(pdf: Pdf) -> Iterator[Stream]:
    return (one for one in pdf.objects if isinstance(one, Stream))


def _dictionaries(pdf: Pdf) -> Iterator[Any]:
    return (one for one in pdf.objects if isinstance(one, Dictionary | Stream))


def _says_what_it_is(pdf: Pdf, _data: bytes) -> bool:
    said = _text(pdf, "pdfaid:part"), _text(pdf, "pdfaid:conformance"), _text(pdf, "pdfuaid:part")
    return said == ("3", "A", "1")


def _packet_is_bare(pdf: Pdf, _data: bytes) -> bool:
    head = pdf.Root.Metadata.read_bytes()[:100]
    return b"encoding=" not in head and b"bytes=" not in head and "/Filter" not in pdf.Root.Metadata


def _schemas_are_described(pdf: Pdf, _data: bytes) -> bool:
    """Text in each description, as the table of 6.6.2.3.3 has it, and none is missing."""
    described = packet(pdf).xpath("//schema:namespaceURI", namespaces=_NS)
    used = {etree.QName(one).namespace for one in packet(pdf).xpath("//rdf:RDF/rdf:Description/*", namespaces=_NS)}
    return all(one.text for one in described) and used <= _KNOWN | {one.text for one in described}


def _information_is_in_step(pdf: Pdf, _data: bytes) -> bool:
    info = pdf.docinfo
    pairs = [
        ("/Title", "dc:title"),
        ("/Author", "dc:creator"),
        ("/Subject", "dc:description"),
        ("/Keywords", "pdf:Keywords"),
        ("/Creator", "xmp:CreatorTool"),
        ("/Producer", "pdf:Producer"),
    ]
    dates = [("/CreationDate", "xmp:CreateDate"), ("/ModDate", "xmp:ModifyDate")]
    same = all(str(info.get(name, "")).strip() == _text(pdf, path) for name, path in pairs)
    return same and all(_digits(str(info.get(name, ""))) == _digits(_text(pdf, path)) for name, path in dates)


def _digits(moment: str) -> str:
    return "".join(letter for letter in moment if letter.isdigit())[:14]


def _no_action_of_its_own(pdf: Pdf, _data: bytes) -> bool:
    root = pdf.Root
    here = any(name in root for name in ("/OpenAction", "/AA")) or "/JavaScript" in root.get("/Names", {})
    additional = any("/AA" in one for one in _dictionaries(pdf))
    actions = [one["/A"] for one in _dictionaries(pdf) if isinstance(one.get("/A"), Dictionary) and "/S" in one["/A"]]
    return not here and not additional and all(str(one["/S"]) in _STANDARD_ACTIONS for one in actions)


def _fields_draw_themselves(pdf: Pdf, _data: bytes) -> bool:
    form = pdf.Root.get("/AcroForm", {})
    return "/XFA" not in form and form.get("/NeedAppearances", False) is False and "/NeedsRendering" not in pdf.Root


def _annotations_are_printed(pdf: Pdf, _data: bytes) -> bool:
    forbidden = HIDDEN | INVISIBLE | NO_VIEW | TOGGLE_NO_VIEW
    flags = [int(annotation.get("/F", 0)) for _, annotation in _annotations(pdf)]
    return all(one & PRINT and not one & forbidden for one in flags)


def _annotations_have_a_look_or_no_size(pdf: Pdf, _data: bytes) -> bool:
    def sized(box: Any) -> bool:
        return bool(box[0] != box[2] or box[1] != box[3])

    return all("/AP" in one or not sized(one.Rect) for _, one in _annotations(pdf))


def _annotations_are_tagged_or_outside(pdf: Pdf, _data: bytes) -> bool:
    def outside(page: Any, box: Any) -> bool:
        left, below, right, above = (float(value) for value in page.mediabox)
        return bool(box[2] < left or box[0] > right or box[3] < below or box[1] > above)

    return all("/StructParent" in one or outside(page, one.Rect) for page, one in _annotations(pdf))


def _fields_have_names_for_people(pdf: Pdf, _data: bytes) -> bool:
    return all(str(one.get("/TU", "")) for _, one in _annotations(pdf) if one.Subtype == Name.Widget)


def _tab_order_is_the_structures(pdf: Pdf, _data: bytes) -> bool:
    return all(page.get("/Tabs") == Name.S for page in pdf.pages if "/Annots" in page)


def _permissions_are_plain(pdf: Pdf, _data: bytes) -> bool:
    allowed = set(pdf.Root.get("/Perms", {})) <= {"/DocMDP", "/UR3"}
    references = [
        one for each in _dictionaries(pdf) if each.get("/Type") == Name.Sig for one in each.get("/Reference", ())
    ]
    return allowed and not any(set(one) & {"/DigestLocation", "/DigestMethod", "/DigestValue"} for one in references)


def _signature_covers_the_file(pdf: Pdf, data: bytes) -> bool:
    """One of them reaches to the end, and leaves out nothing but its own place."""
    ranges = [[int(value) for value in one["/ByteRange"]] for one in _dictionaries(pdf) if "/ByteRange" in one]
    whole = [one for one in ranges if one[2] + one[3] == len(data)]
    return not ranges or any(data[one[1] : one[1] + 1] + data[one[2] - 1 : one[2]] == b"<>" for one in whole)


def _is_tagged_in_a_language(pdf: Pdf, _data: bytes) -> bool:
    root = pdf.Root
    marked = root.get("/MarkInfo", {}).get("/Marked") is True and root.get("/MarkInfo", {}).get("/Suspects") is not True
    return marked and "/StructTreeRoot" in root and root.get("/Lang") == "vi"


def _title_is_shown(pdf: Pdf, _data: bytes) -> bool:
    return pdf.Root.get("/ViewerPreferences", {}).get("/DisplayDocTitle") is True and bool(_text(pdf, "dc:title"))


def _files_inside_are_associated(pdf: Pdf, _data: bytes) -> bool:
    files = list(pdf.Root.get("/Names", {}).get("/EmbeddedFiles", {}).get("/Names", Array()))[1::2]
    whole = all(
        {"/F", "/UF", "/AFRelationship", "/EF"} <= set(one)
        and "/Subtype" in one.EF.F
        and "/ModDate" in one.EF.F.get("/Params", {})
        for one in files
    )
    associated = {str(one.UF) for one in pdf.Root.get("/AF", ())}
    return whole and associated == {str(one.UF) for one in files}


def _streams_are_whole_and_inside(pdf: Pdf, _data: bytes) -> bool:
    def filters(stream: Stream) -> set[str]:
        found = stream.get("/Filter", Array())
        return {str(one) for one in (found if isinstance(found, Array) else [found])}

    outside = any("/F" in one or "/FFilter" in one for one in _streams(pdf))
    return not outside and not any(filters(one) & {"/LZWDecode", "/Crypt"} for one in _streams(pdf))


def _fonts_are_inside(pdf: Pdf, _data: bytes) -> bool:
    described = [one for one in _dictionaries(pdf) if one.get("/Type") == Name.FontDescriptor]
    composite = [one for one in _dictionaries(pdf) if one.get("/Subtype") == Name.Type0]
    embedded = all({"/FontFile2", "/FontFile3"} & set(one) for one in described)
    return bool(described) and embedded and all("/ToUnicode" in one for one in composite)


def _colours_are_defined(pdf: Pdf, _data: bytes) -> bool:
    intents = [one for one in pdf.Root.get("/OutputIntents", ()) if one.S == Name.GTS_PDFA1]
    return len(intents) == 1 and "/DestOutputProfile" in intents[0]


def _is_open_and_has_an_id(pdf: Pdf, _data: bytes) -> bool:
    return "/Encrypt" not in pdf.trailer and len(pdf.trailer.get("/ID", ())) == 2


def _is_sound(pdf: Pdf, _data: bytes) -> bool:
    return pdf.check_pdf_syntax() == []


def _version_is_17(pdf: Pdf, data: bytes) -> bool:
    return (
        data.startswith(b"%PDF-1.7") and pdf.pdf_version == "1.7" and pdf.Root.get("/Version", Name("/1.7")) == "/1.7"
    )


RULES: dict[str, Rule] = {
    "PDF/A 6.1.2 version": _version_is_17,
    "PDF/A 6.1.3 trailer": _is_open_and_has_an_id,
    "PDF/A 6.1.7 streams": _streams_are_whole_and_inside,
    "PDF/A 6.1.12 permissions": _permissions_are_plain,
    "PDF/A 6.2.3 output intent": _colours_are_defined,
    "PDF/A 6.2.11 fonts": _fonts_are_inside,
    "PDF/A 6.3.2 annotations are printed": _annotations_are_printed,
    "PDF/A 6.3.3 annotations have a look": _annotations_have_a_look_or_no_size,
    "PDF/A 6.4.1 forms": _fields_draw_themselves,
    "PDF/A 6.4.3 signatures": _signature_covers_the_file,
    "PDF/A 6.5 actions": _no_action_of_its_own,
    "PDF/A 6.6.2.1 metadata stream": _packet_is_bare,
    "PDF/A 6.6.2.3 schemas": _schemas_are_described,
    "PDF/A 6.6.4 identification": _says_what_it_is,
    "PDF/A 6.7 tags and language": _is_tagged_in_a_language,
    "PDF/A 6.8 attachments": _files_inside_are_associated,
    "PDF/UA 7.1 title": _title_is_shown,
    "PDF/UA 7.18.1 annotations are tagged": _annotations_are_tagged_or_outside,
    "PDF/UA 7.18.1 fields have names": _fields_have_names_for_people,
    "PDF/UA 7.18.3 tab order": _tab_order_is_the_structures,
    "information and metadata in step": _information_is_in_step,
    "qpdf's check": _is_sound,
}
