"""A template of ours and data, typeset as PDF. Data never becomes markup: a template reads it as JSON."""

from __future__ import annotations

import functools
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import fontpkg_be_vietnam_pro
import typst

from chukyso.errors import ChukysoError, Code
from chukyso.report.page import write_out

_TEMPLATES: Final = Path(__file__).parent / "templates"
_STANDARDS: Final[list[typst.PDFStandard]] = ["a-3a", "ua-1"]
_PREFIX: Final = "chukyso-typeset-"
_FIELDS: Final = "@"  # begins the name of a field of the JSON that is ours, for the template alone
_MOST_PROBES: Final = 2_000  # different characters; a probe takes half a millisecond


@dataclass(frozen=True)
class FileInside:
    """A file to be attached.

    Attributes:
        name: Its name inside.
        data: Its content.
        media_type: What it is.
        relationship: ``AFRelationship`` of ISO 32000-2, 7.11.3: ``Source``, ``Data``, ``Supplement``.
        description: For people, Vietnamese.
    """

    name: str
    data: bytes = field(repr=False)
    media_type: str
    relationship: str
    description: str


@dataclass(frozen=True)
class Properties:
    """What a PDF says of itself.

    Attributes:
        title: Shown by readers in place of the file's name.
        author: Who answers for the content.
        subject: What it is about.
        keywords: For searching.
    """

    title: str
    author: str = ""
    subject: str = ""
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True)
class Job:
    """A document to be typeset.

    Attributes:
        template: Name of the template, without its end.
        content: What the template shows, as JSON has it. Texts are whatever they are; a picture is its name in
            ``pictures``.
        properties: What the document says of itself.
        moment: When it is made, aware; the same job and moment give the same bytes.
        pictures: PNG files by name.
        files: Files to be attached.
    """

    template: str
    content: Mapping[str, Any]
    properties: Properties
    moment: datetime
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    files: Sequence[FileInside] = ()


def typeset(job: Job, scratch: Path | None = None) -> bytes:
    """Typeset a document. What cannot be shown costs nobody the document: it is told in its place.

    A character that no font has is written out as ``[U+1F600]``, since PDF/A-3a wants a sign for each character
    (ISO 19005-3, 6.2.11.8); a picture that cannot be decoded is left to the template to tell.

    Args:
        job: The document.
        scratch: Directory for temporary files; by default the system's.

    Raises:
        ChukysoError: ``PDF_NOT_PRINTED``.
        OSError: The temporary files cannot be written.
    """
    with tempfile.TemporaryDirectory(
        prefix=f"{_PREFIX}{os.getpid()}-", dir=scratch, ignore_cleanup_errors=True
    ) as directory:
        place = Path(directory)
        for name, data in job.pictures.items():
            (place / name).write_bytes(data)
        for number, file in enumerate(job.files):
            (place / f"file-{number}").write_bytes(file.data)
        try:
            return _compiled(job, place, job.content, {})
        except typst.TypstError as error:
            first = error
        unreadable = {name for name in job.pictures if not _is_typeset(f'#image("/{name}", alt: "a")', place)}
        missing = _missing(_texts([job.content, _described(job)]))
        try:
            return _compiled(job, place, _without(job.content, missing), missing, unreadable)
        except typst.TypstError as error:
            detail = f"{error.diagnostic}\nat first: {first.message}"
            raise ChukysoError(Code.PDF_NOT_PRINTED, detail[:1000], reason="bộ trình bày báo lỗi") from error


def decode(picture: bytes, scratch: Path | None = None) -> None:
    """Decode a picture for a document that will follow: Typst keeps what it made of it while the process lives.

    It takes most of the time of a document with pictures, and needs nothing but them: so it can be done while somebody
    waits for something else. A picture that cannot be decoded is for ``typeset`` to find.

    Args:
        picture: A PNG file.
        scratch: Directory for temporary files; by default the system's.
    """
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=scratch, ignore_cleanup_errors=True) as directory:
        (Path(directory) / "picture.png").write_bytes(picture)
        _is_typeset('#image("/picture.png", format: "png", alt: "a")', Path(directory))


def _compiled(
    job: Job, place: Path, content: Mapping[str, Any], missing: Mapping[int, str], unreadable: set[str] | None = None
) -> bytes:
    whole = {
        **content,
        f"{_FIELDS}document": _without(_described(job), missing),
        f"{_FIELDS}unreadable": sorted(unreadable or ()),
    }
    (place / "content.json").write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    source = "".join(_template(name) for name in ("font", "common", job.template))
    compiler = typst.Compiler(source.encode(), root=place, font_paths=_fonts())
    data = compiler.compile(format="pdf", pdf_standards=_STANDARDS, timestamp=int(job.moment.timestamp()))
    if not isinstance(data, bytes):
        raise ChukysoError(Code.PDF_NOT_PRINTED, f"Typst returned {type(data).__name__}", reason="không có tệp PDF")
    return data


def _described(job: Job) -> dict[str, Any]:
    """Properties and attachments, for the template that all begin with."""
    about = job.properties
    files = [
        {
            "name": file.name,
            "place": f"/file-{number}",
            "media_type": file.media_type,
            "relationship": file.relationship.lower(),
            "description": file.description,
        }
        for number, file in enumerate(job.files)
    ]
    return {
        "title": about.title,
        "author": about.author,
        "subject": about.subject,
        "keywords": list(about.keywords),
        "files": files,
    }


def _template(name: str) -> str:
    return (_TEMPLATES / f"{name}.typ").read_text(encoding="utf-8")


@functools.cache
def _fonts() -> typst.Fonts:
    """The report's typeface, and those inside Typst, for code and for what that one lacks."""
    return typst.Fonts(include_system_fonts=False, font_paths=[fontpkg_be_vietnam_pro.ROOT / "files"])


def _is_typeset(markup: str, place: Path | None = None, **given: str) -> bool:
    """Whether a few words of ours can be typeset."""
    source = f'#set document(title: "a")\n{_template("font")}\n{markup}'
    try:
        typst.Compiler(source.encode(), root=place, font_paths=_fonts(), sys_inputs=given).compile(
            format="pdf", pdf_standards=_STANDARDS
        )
    except typst.TypstError:
        return False
    return True


def _missing(texts: Iterator[str]) -> dict[int, str]:
    """What is to stand for each character that cannot be shown, as ``str.translate`` takes it."""
    used = sorted({letter for text in texts for letter in text if not (letter.isascii() and letter.isprintable())})
    probed, rest = used[:_MOST_PROBES], used[_MOST_PROBES:]
    bad = [letter for letter in probed if not _is_typeset("#sys.inputs.letter", letter=letter)]
    return {ord(letter): write_out(letter) for letter in (*bad, *rest) if letter != "\n"}


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        for value in content.values():
            yield from _texts(value)
    elif isinstance(content, list | tuple):
        for value in content:
            yield from _texts(value)


def _without(content: Any, missing: Mapping[int, str]) -> Any:
    """The content with what is to stand for characters that cannot be shown."""
    if isinstance(content, str):
        return content.translate(missing)
    if isinstance(content, Mapping):
        return {name: _without(value, missing) for name, value in content.items()}
    if isinstance(content, list | tuple):
        return [_without(value, missing) for value in content]
    return content
