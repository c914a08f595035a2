"""Reading XML from strangers: limits first, then a parser that resolves nothing.

Comments, processing instructions and DTDs are refused altogether. Canonicalisation drops comments, so a text
that is read as ``0101`` beside a comment is signed as ``0101234565``; without comments that difference
cannot exist.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Expat is used as a stream only, with DTDs refused at their first event, before any entity exists.
from xml.parsers import expat

from lxml import etree

from chukyso.signature.refusal import Refusal, SignatureRefused

# UTF-16 and UTF-32 by their first bytes, or a declaration of anything but UTF-8 (XML 1.0, appendix F).
_WIDE = re.compile(rb"\xff\xfe|\xfe\xff|<\x00|\x00<|\x00\x00\xfe\xff|\x00\x00\x00<")
_DECLARED = re.compile(rb"""<\?xml[^>]{1,50}encoding\s*=\s*["']([\w.\-]+)["']""")
_WIDE_NAME = re.compile(r"utf-?(16|32)|(iso-10646-)?ucs")  # what a declaration in plain bytes cannot truthfully say

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_UTF_32 = b"\xff\xfe\x00\x00"
_DECLARATION = re.compile(
    r"""<\?xml(\s+version\s*=\s*["'][\d.]{1,9}["'])(?:\s+encoding\s*=\s*["']([\w.\-]{1,40})["'])?"""
    r"""(\s+standalone\s*=\s*["']\w{1,9}["'])?\s*\?>""",
    re.ASCII,
)


@dataclass(frozen=True)
class Limits:
    """How large a document may be.

    Attributes:
        size: In bytes.
        depth: Nested elements, the root being 1.
        elements: Elements in all.
        attributes: Attributes and namespace declarations of one element.
    """

    size: int = 1 << 20
    depth: int = 32
    elements: int = 5_000
    attributes: int = 32


DEFAULT_LIMITS = Limits()


class _Scan:
    """Looks at the document as a stream, so that a hostile one is refused before a tree is built."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._depth = 0
        self._elements = 0
        parser = expat.ParserCreate("utf-8")
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.CommentHandler = self._comment
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        self._parser = parser

    def run(self, data: bytes) -> None:
        self._parser.Parse(data, True)

    def _declaration(self, version: str, encoding: str | None, _standalone: int) -> None:
        if version != "1.0":
            raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"XML {version}")
        _check_declared(encoding or "utf-8")

    def _doctype(self, *_ignored: object) -> None:
        raise SignatureRefused(Refusal.SIG_DTD, "document type declaration")

    def _comment(self, _text: str) -> None:
        raise SignatureRefused(Refusal.SIG_COMMENT, f"comment at line {self._parser.CurrentLineNumber}")

    def _instruction(self, target: str, _text: str) -> None:
        raise SignatureRefused(Refusal.SIG_COMMENT, f"processing instruction {target}")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._depth > self._limits.depth:
            raise SignatureRefused(Refusal.SIG_TOO_LARGE, f"deeper than {self._limits.depth} elements at {name}")
        if self._elements > self._limits.elements:
            raise SignatureRefused(Refusal.SIG_TOO_LARGE, f"more than {self._limits.elements} elements")
        if len(attributes) > self._limits.attributes:
            raise SignatureRefused(Refusal.SIG_TOO_LARGE, f"more than {self._limits.attributes} attributes at {name}")

    def _end(self, _name: str) -> None:
        self._depth -= 1


def _check_declared(encoding: str) -> None:
    name = encoding.lower()
    if _WIDE_NAME.match(name):
        raise SignatureRefused(Refusal.SIG_MALFORMED, f"declares {encoding}, and is not")
    if name != "utf-8":
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"encoding {encoding}")


def parse(data: bytes, limits: Limits = DEFAULT_LIMITS) -> etree._Element:
    """Parse a document that nobody vouches for yet.

    Args:
        data: UTF-8 XML 1.0.
        limits: How large it may be.

    Returns:
        The root element; the tree holds elements and text only.

    Raises:
        SignatureRefused: ``SIG_TOO_LARGE``, ``SIG_MALFORMED``, ``SIG_UNSUPPORTED`` (another encoding),
            ``SIG_TRAILING_DATA``, ``SIG_DTD``, ``SIG_COMMENT``.
    """
    if len(data) > limits.size:
        raise SignatureRefused(Refusal.SIG_TOO_LARGE, f"{len(data)} bytes, at most {limits.size}")
    if _WIDE.match(data):
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"encoding: {data[:4].hex()} is not how UTF-8 begins")
    if declared := _DECLARED.match(data):
        _check_declared(declared.group(1).decode("ascii"))
    try:
        data.decode("utf-8")  # both parsers must read the same characters
        _Scan(limits).run(data)
        root = etree.fromstring(data, hardened_parser())
    except expat.ExpatError as error:
        junk = error.code == expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]
        raise SignatureRefused(Refusal.SIG_TRAILING_DATA if junk else Refusal.SIG_MALFORMED, str(error)) from error
    except (UnicodeDecodeError, etree.XMLSyntaxError) as error:
        raise SignatureRefused(Refusal.SIG_MALFORMED, str(error)) from error
    for node in root.iter():
        if not isinstance(node.tag, str):  # two parsers, one opinion: nothing but elements
            raise SignatureRefused(Refusal.SIG_COMMENT, f"node of type {type(node).__name__}")
    return root


def as_utf8(data: bytes, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Recode a document in UTF-16, which any XML processor must read (XML 1.0, 4.3.3); return any other as it is.

    Only with its byte order mark, and only when its declaration, if there is one, says UTF-16: nobody reads it in
    another way then. A signature is over characters in UTF-8, whatever the file's encoding is.

    Raises:
        SignatureRefused: ``SIG_TOO_LARGE``, ``SIG_MALFORMED``.
    """
    if not data.startswith(_UTF_16) or data.startswith(_UTF_32):
        return data
    if len(data) > 2 * limits.size + 2:
        raise SignatureRefused(Refusal.SIG_TOO_LARGE, f"{len(data)} bytes of UTF-16, at most {2 * limits.size}")
    try:
        text = data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise SignatureRefused(Refusal.SIG_MALFORMED, str(error)) from error
    declaration = _DECLARATION.match(text)
    if text.startswith("\ufeff") or (declaration and (declaration.group(2) or "UTF-16").upper() != "UTF-16"):
        raise SignatureRefused(Refusal.SIG_MALFORMED, f"UTF-16 that begins with {text[:80]!r}")
    if declaration:  # the same without its encoding
        text = f"<?xml{declaration.group(1)}{declaration.group(3) or ''}?>{text[declaration.end() :]}"
    return text.encode()


def hardened_parser() -> etree.XMLParser:
    """Return an lxml parser that resolves, loads and fetches nothing."""
    return etree.XMLParser(encoding="utf-8", resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)


def canonical(element: etree._Element) -> bytes:
    """Return the exclusive canonical form of an element, without comments.

    Raises:
        SignatureRefused: ``SIG_UNSUPPORTED`` when it has none: libxml2 refuses relative namespace names.
    """
    try:
        return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
    except etree.C14NError as error:
        raise SignatureRefused(Refusal.SIG_UNSUPPORTED, f"no canonical form: {error}") from error


def canonical_form(document: bytes, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Return the canonical form of a document: equal for two spellings of the same content.

    Raises:
        SignatureRefused: as ``parse``.
    """
    return canonical(parse(document, limits))


def local_name(element: etree._Element) -> str:
    """The element's name without its namespace."""
    return etree.QName(element).localname


def check_ids(root: etree._Element) -> None:
    """Refuse two attributes ``Id`` of equal value, in whichever case or namespace ``Id`` is written."""
    seen: set[str] = set()
    for element in root.iter():
        for name, value in element.attrib.items():
            if etree.QName(str(name)).localname.lower() != "id":
                continue
            wanted = str(value).strip()
            if wanted in seen:
                raise SignatureRefused(Refusal.SIG_DUPLICATE_ID, f"Id {wanted!r} occurs more than once")
            seen.add(wanted)
