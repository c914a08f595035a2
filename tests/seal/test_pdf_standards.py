"""A sealed PDF stays PDF/A-3a and PDF/UA-1: the rules that a signature can break, one by one.

No validator for PDF/A can be installed by this project, so the rules are those of ``support.pdf_rules``: each was
written from the standard, and each finds a PDF in which it is broken.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import pdfua
import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from support.pdf_rules import RULES, broken_rules
from support.seal import INSIDE, SealedPdfs, small_pdf

SEALED = pytest.mark.parametrize("which", ["stamped", "plain", "later"])


@SEALED
def test_a_sealed_pdf_keeps_every_rule(sealed_pdfs: SealedPdfs, which: str) -> None:
    assert broken_rules(getattr(sealed_pdfs, which)) == set()


def test_what_is_to_be_sealed_keeps_every_rule() -> None:
    assert broken_rules(small_pdf(INSIDE)) == set()


@SEALED
def test_sealing_leaves_the_metadata_as_it_is(sealed_pdfs: SealedPdfs, which: str) -> None:
    data = getattr(sealed_pdfs, which)
    first_revision = data[: data.index(b"%%EOF") + 6]
    assert len(first_revision) < len(data)
    with pikepdf.open(io.BytesIO(first_revision)) as before, pikepdf.open(io.BytesIO(data)) as after:
        assert after.Root.Metadata.read_bytes() == before.Root.Metadata.read_bytes()
        assert {name: str(value) for name, value in after.docinfo.items()} == {
            name: str(value) for name, value in before.docinfo.items()
        }


@SEALED
def test_a_checker_of_pdf_ua_finds_nothing(sealed_pdfs: SealedPdfs, which: str, tmp_path) -> None:
    path = tmp_path / "sealed.pdf"
    path.write_bytes(getattr(sealed_pdfs, which))
    assert list(pdfua.validate(path).findings) == []


def _metadata(old: bytes, new: bytes) -> Callable[[Pdf], None]:
    def change(pdf: Pdf) -> None:
        packet = pdf.Root.Metadata.read_bytes()
        assert old in packet
        pdf.Root.Metadata.write(packet.replace(old, new, 1))

    return change


def _field(**entries: object) -> Callable[[Pdf], None]:
    def change(pdf: Pdf) -> None:
        for name, value in entries.items():
            pdf.pages[0].Annots[0]["/" + name] = value

    return change


def _root(**entries: object) -> Callable[[Pdf], None]:
    def change(pdf: Pdf) -> None:
        for name, value in entries.items():
            pdf.Root["/" + name] = value

    return change


def _without_fonts(pdf: Pdf) -> None:
    for one in pdf.objects:
        if isinstance(one, Dictionary) and one.get("/Type") == Name.FontDescriptor:
            del one["/FontFile2"]


def _with_digest(pdf: Pdf) -> None:
    pdf.Root.Perms.DocMDP.Reference[0].DigestMethod = Name.SHA256


BREAKS: dict[str, Callable[[Pdf], None]] = {
    "PDF/A 6.1.7 streams": lambda pdf: setattr(pdf.Root.Metadata, "F", pikepdf.String("elsewhere")),
    "PDF/A 6.1.12 permissions": _with_digest,
    "PDF/A 6.2.3 output intent": _root(OutputIntents=Array()),
    "PDF/A 6.2.11 fonts": _without_fonts,
    "PDF/A 6.3.2 annotations are printed": _field(F=2 + 128),
    "PDF/A 6.3.3 annotations have a look": _field(Rect=Array([-9999, -9999, -9000, -9000])),
    "PDF/A 6.4.1 forms": lambda pdf: setattr(pdf.Root.AcroForm, "NeedAppearances", True),
    "PDF/A 6.5 actions": _root(OpenAction=Dictionary(S=Name.JavaScript, JS=pikepdf.String("1"))),
    "PDF/A 6.6.2.1 metadata stream": _metadata(b"<?xpacket begin=", b'<?xpacket encoding="UTF-8" begin='),
    "PDF/A 6.6.2.3 schemas": _metadata(
        b"<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</", b"<pdfaSchema:namespaceURI></"
    ),
    "PDF/A 6.6.4 identification": _metadata(b"<pdfaid:conformance>A<", b"<pdfaid:conformance>B<"),
    "PDF/A 6.7 tags and language": _root(Lang=pikepdf.String("en")),
    "PDF/A 6.8 attachments": _root(AF=Array()),
    "PDF/UA 7.1 title": _root(ViewerPreferences=Dictionary(DisplayDocTitle=False)),
    "PDF/UA 7.18.1 annotations are tagged": _field(Rect=Array([10, 10, 10, 10])),
    "PDF/UA 7.18.1 fields have names": _field(TU=pikepdf.String("")),
    "PDF/UA 7.18.3 tab order": lambda pdf: pdf.pages[0].obj.__delitem__("/Tabs"),
    "information and metadata in step": _metadata(b"<xmp:ModifyDate>2", b"<xmp:ModifyDate>1"),
}


def _changed(data: bytes, change: Callable[[Pdf], None]) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        change(pdf)
        pdf.save(out, static_id=True, fix_metadata_version=False)
    return out.getvalue()


@pytest.mark.parametrize("rule", BREAKS)
def test_a_rule_that_is_broken_is_found(sealed_pdfs: SealedPdfs, rule: str) -> None:
    # Written anew, the file has other places than the signature says; that is another rule's.
    assert broken_rules(_changed(sealed_pdfs.stamped, lambda _pdf: None)) == {"PDF/A 6.4.3 signatures"}
    assert broken_rules(_changed(sealed_pdfs.stamped, BREAKS[rule])) == {"PDF/A 6.4.3 signatures", rule}


def test_what_only_the_bytes_show_is_found(sealed_pdfs: SealedPdfs) -> None:
    data = sealed_pdfs.stamped
    assert broken_rules(data + b"\n") == {"PDF/A 6.4.3 signatures"}
    assert broken_rules(data.replace(b"%PDF-1.7", b"%PDF-1.6", 1)) == {"PDF/A 6.1.2 version"}
    place = data.rindex(b"startxref") + len(b"startxref\n")
    assert "qpdf's check" in broken_rules(data[:place] + b"9" + data[place + 1 :])
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="a", user=""))
    assert "PDF/A 6.1.3 trailer" in broken_rules(out.getvalue())


def test_every_rule_was_seen_to_be_broken() -> None:
    only_bytes = {"PDF/A 6.4.3 signatures", "PDF/A 6.1.2 version", "qpdf's check", "PDF/A 6.1.3 trailer"}
    assert set(RULES) == set(BREAKS) | only_bytes
