"""One mail, read with suspicion: who sent it, and what it says, without opening anything that hangs on it.

Only text is looked at. Attachments are never decoded, and nothing that a mail refers to is fetched.
"""

from __future__ import annotations

import email
import email.policy
import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.errors import HeaderParseError, MessageError
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Final

from chukyso.mail.authentication import RECEIVED, RESULTS

MAX_PARTS: Final = 60
MAX_TEXT: Final = 400_000
"""Most characters of text that are looked at in one version of a mail."""
MAX_TRACE: Final = 200
_MAX_HEADER: Final = 8192
_MAX_FROM: Final = 1000
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
# A name without anything that some other program could take for an address, then the address.
_FROM = re.compile(r'(?:(?:"(?:[^"\\]|\\.)*"|[^"<>@,;:()\\]*)\s*)<([^<>\s]+)>|([^<>\s"(),;:]+)')
_SILENT: Final = frozenset(
    {"head", "script", "style", "template", "title", "noscript", "svg", "math", "object", "iframe"}
)
_VOID: Final = frozenset({"br", "hr", "img", "input", "meta", "link", "wbr", "area", "base", "col", "embed", "source"})
_INLINE: Final = frozenset({"a", "b", "i", "u", "em", "strong", "span", "font", "code", "small", "wbr", "sup", "sub"})
_VIETNAMESE: Final = "cp1258"
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|mso-hide", re.IGNORECASE)


@dataclass(frozen=True)
class Mail:
    """What was read out of a mail.

    Attributes:
        sender: The one address in its one ``From``, in lower case; "" when there is no such thing.
        shown: The ``From`` as it stands there, to be shown to people.
        subject: Decoded, NFC, on one line.
        message_id: As it stands there, or "".
        trace: The ``Received`` and ``Authentication-Results``, topmost first, names in lower case.
        texts: The versions of its text (plain, HTML), each as one text in NFC.
        broken: Why it could not be read to its end, English; "" when it could.
    """

    sender: str
    shown: str
    subject: str
    message_id: str
    trace: tuple[tuple[str, str], ...]
    texts: tuple[str, ...]
    broken: str = ""

    @property
    def authentication(self) -> tuple[str, ...]:
        """The ``Authentication-Results``, topmost first."""
        return tuple(value for name, value in self.trace if name == RESULTS)


def read_mail(data: bytes) -> Mail:
    """Read a mail; whatever is wrong with it, there is an answer.

    Args:
        data: The message, or only its header.
    """
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
    except (MessageError, ValueError, RecursionError, LookupError) as error:
        return Mail("", "", "", "", (), (), f"not a message: {type(error).__name__}")
    broken = ""
    try:
        texts = _texts(message)
    except (RecursionError, MessageError, ValueError, LookupError, TypeError, AttributeError) as error:
        texts, broken = (), one_line(f"no text could be read: {type(error).__name__} {error}", 120)
    senders = _raw(message, "from")
    return Mail(
        sender=_sender(senders),
        shown=one_line(_decoded(message, "from")),
        subject=one_line(_decoded(message, "subject")),
        message_id=one_line((_raw(message, "message-id") or [""])[0]),
        trace=tuple((name, one_line(value, 4096)) for name, value in _raws(message, RESULTS, RECEIVED)[:MAX_TRACE]),
        texts=texts,
        broken=broken,
    )


def one_line(text: str, most: int = 300) -> str:
    """Text of a stranger for a log or a table: NFC, no line breaks, nothing that a terminal obeys, not without end."""
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    shown = "".join(char if char.isprintable() else "�" for char in text)
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def _raw(message: EmailMessage, name: str) -> list[str]:
    """Every header of this name as it stands there, unfolded."""
    return [value for _, value in _raws(message, name)]


def _raws(message: EmailMessage, *names: str) -> list[tuple[str, str]]:
    """Every header of these names, with its name in lower case."""
    found = [(key.lower(), str(value)) for key, value in message.raw_items() if key.lower() in names]
    return [(name, re.sub(r"\r?\n(?=[ \t])", "", value)[:_MAX_HEADER].strip()) for name, value in found]


def _decoded(message: EmailMessage, name: str) -> str:
    try:
        value = message.get(name)
    except (HeaderParseError, ValueError, LookupError, IndexError, TypeError, AttributeError, RecursionError):
        return (_raw(message, name) or [""])[0]  # a header that the library stumbles over
    return str(value or "").encode("utf-8", "replace").decode("utf-8")


def _sender(values: list[str]) -> str:
    """The address, when there is one ``From`` that no two programs can read differently."""
    if len(values) != 1 or len(values[0]) > _MAX_FROM:
        return ""
    match = _FROM.fullmatch(values[0])
    address = (match[1] or match[2]) if match else ""
    return address.lower() if _ADDRESS.fullmatch(address) else ""


def _texts(message: EmailMessage) -> tuple[str, ...]:
    plain: list[str] = []
    html: list[str] = []
    for part in _text_parts(message):
        content = _content(part)
        if part.get_content_type() == "text/html":
            html.append(html_text(content))
        else:
            plain.append(content)
    versions = ("\n".join(pieces)[:MAX_TEXT] for pieces in (plain, html))
    return tuple(_normal(text) for text in versions if text.strip())


def _text_parts(message: EmailMessage) -> Iterator[EmailMessage]:
    for number, part in enumerate(message.walk()):
        if number >= MAX_PARTS:
            raise ValueError(f"more than {MAX_PARTS} parts")
        attached = part.get_content_disposition() == "attachment" or part.get_filename()
        if part.get_content_type() in {"text/plain", "text/html"} and not attached:
            yield part


def _content(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    text = _read(data, part.get_content_charset("utf-8"))[:MAX_TEXT]
    flowed = part.get_content_type() == "text/plain" and part.get_param("format") == "flowed"
    if flowed and part.get_param("delsp") == "yes":  # RFC 3676, section 4.1: the space was put in to break the line
        text = re.sub(r" \r?\n", "", text)
    return text


def _read(data: bytes, charset: str) -> str:
    """The text, whatever its label: what is UTF-8 is nothing else by chance, and labels lie ("us-ascii" above all)."""
    tried = (charset,) if data.isascii() else ("utf-8", charset, _VIETNAMESE)
    for name in tried:
        with suppress(LookupError, UnicodeError):  # a charset that nobody knows, or one that is none (such as "zip")
            return data.decode(name)
    return data.decode("utf-8", "replace")


def _normal(text: str) -> str:
    """NFC, one kind of blank and of line break, and nothing that cannot be seen (zero-width characters, soft hyphens).

    What turns the direction of text around stays: a person sees other digits than a program.
    """
    text = "".join(char for char in text if unicodedata.category(char) != "Cf" or char in _TURNING)
    return unicodedata.normalize("NFC", re.sub(r"[^\S\n]+", " ", text.replace("\r\n", "\n").replace("\r", "\n")))


def html_text(html: str) -> str:
    """The text that a person sees in HTML, nearly: no scripts, no styles, nothing hidden by an attribute.

    Raises:
        ValueError: a declaration that Python's parser stumbles over.
    """
    reader = _Reader()
    try:
        reader.feed(html[:MAX_TEXT])
        reader.close()
    except AssertionError as error:  # what html.parser says of some declarations, such as ``<![%``
        raise ValueError(str(error)) from error
    return "".join(reader.pieces)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden: list[str] = []  # open elements within one that is not shown

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID and (self._hidden or tag in _SILENT or _is_hidden(attrs)):
            if len(self._hidden) < MAX_PARTS * 100:
                self._hidden.append(tag)
        elif tag not in _INLINE:
            self.pieces.append("\n" if tag not in {"td", "th"} else " ")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            while self._hidden.pop() != tag:
                pass
        elif not self._hidden and tag not in _INLINE and tag not in {"td", "th"}:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(" ".join(data.split("\n")))


def _is_hidden(attrs: list[tuple[str, str | None]]) -> bool:
    return any(name == "hidden" or (name == "style" and _HIDDEN.search(value or "")) for name, value in attrs)
