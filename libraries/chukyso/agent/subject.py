"""What a page wants signed, checked and described for the person who has to consent.

Texts of strangers are cut and cleaned before they are shown: one line stays one line, and nothing changes the direction
of reading.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from chukyso.agent.document import Expected, check_form, check_ours, not_ours, read_change
from chukyso.agent.task import Content, SignTask
from chukyso.certificate import Certificate
from chukyso.errors import ChukysoError, Code
from chukyso.pinentry import one_line
from chukyso.signature.sign import check_document
from chukyso.signature.xmlsafe import local_name
from chukyso.token.mechanisms import HashAlgorithm

_LINE = 160  # characters
_LINES = 40


@dataclass(frozen=True)
class Subject:
    """What is to be signed, in words.

    Attributes:
        content: Its kind.
        title: What it is called, one clean line.
        size: In bytes; of a hash that of the hash.
        sha256: Of the content, hex; empty for a hash.
        lines: A plain rendering to read: name of the root element, then its texts. Bounded; empty but for XML.
        digest: The hash itself, hex, and its algorithm, where only a hash is signed.
    """

    content: Content
    title: str
    size: int
    sha256: str = ""
    lines: tuple[str, ...] = field(default=(), repr=False)
    digest: str = ""


@dataclass(frozen=True)
class Form:
    """The one form that is signed as ``Content.CHANGE``.

    Attributes:
        document_type: Its root element.
        place: Name of the element that receives the signature.
        title: What a person reads as its type.
    """

    document_type: str
    place: str
    title: str


def describe(task: SignTask, form: Form) -> Subject:
    """Check what is to be signed and describe it.

    Args:
        task: What the page asks for.
        form: The form that ``Content.CHANGE`` must be.

    Raises:
        ChukysoError: ``DOCUMENT_INVALID``, ``REQUEST_NOT_OURS``, ``HASH_REFUSED``.
    """
    if task.content is Content.CHANGE:
        if task.place != form.place:
            raise not_ours("vị trí chữ ký khác với cấu hình", f"place {task.place!r}")
        check_form(task.data, document_type=form.document_type, place=form.place)
        return Subject(task.content, form.title, len(task.data), _sha256(task.data))
    title = one_line(task.title) or "(không có tên)"
    if task.content is Content.XML:
        root = check_document(task.data, place=task.place)
        return Subject(task.content, title, len(task.data), _sha256(task.data), _render(root))
    if task.content is Content.HASH:
        return Subject(task.content, title, len(task.data), digest=_check_digest(task))
    if not task.data:
        raise ChukysoError(Code.DOCUMENT_INVALID, "no data", reason="không có nội dung để ký")
    return Subject(task.content, title, len(task.data), _sha256(task.data))


def compare(task: SignTask, form: Form, certificate: Certificate) -> None:
    """Check that a form is about the certificate that would sign it, where no run does so with more to compare.

    Raises:
        ChukysoError: ``DOCUMENT_INVALID``, ``REQUEST_NOT_OURS``.
    """
    if task.content is Content.CHANGE:  # a person cannot compare serials by eye
        change = read_change(task.data, document_type=form.document_type, place=form.place)
        check_ours(change, certificate, Expected(certificate.tax_code, certificate.serial))


def _check_digest(task: SignTask) -> str:
    """The digest in words."""
    algorithm = HashAlgorithm.named(task.hash_algorithm)
    if len(task.data) != algorithm.size:
        raise ChukysoError(
            Code.DOCUMENT_INVALID, f"{len(task.data)} bytes are no {algorithm}", reason="mã băm không đúng độ dài"
        )
    return f"{algorithm.upper()}: {task.data.hex()}"


def _render(root: etree._Element) -> tuple[str, ...]:
    """The document's texts, one line for each element or attribute that has one."""
    lines = [f"<{one_line(local_name(root), _LINE)}>"]
    left = 0
    for line in _texts(root):
        if len(lines) < _LINES:
            lines.append(line)
        else:
            left += 1
    if left:
        lines.append(f"… và {left} dòng nữa không hiện ở đây")
    return tuple(lines)


def _texts(root: etree._Element) -> Iterator[str]:
    for element in root.iter():
        name = local_name(element)
        for attribute, value in element.attrib.items():
            yield one_line(f"{name}/@{etree.QName(str(attribute)).localname}: {value!s}", _LINE)
        parts = (element.text, *(child.tail for child in element))
        text = " ".join(part for part in parts if isinstance(part, str) and part.strip())
        if text:
            yield one_line(f"{name}: {text}", _LINE)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
