"""The guide on disk: each document whole, and none before all are made."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.metadata
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from chukyso.errors import ChukysoError, Code
from chukyso.evidence.files import sync_directory, sync_file
from chukyso.guide.source import GuideSource
from chukyso.storage.moving import replace_file

FILE_NAME = "huong-dan-cap-nhat-chu-ky-so"
_PRODUCT = "bhxh-chu-ky-so"
_EVIDENCE = ("evidence", "figures")
_REASONS = {
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "không có quyền ghi"),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), "ổ đĩa đầy"),
    **dict.fromkeys((errno.EEXIST, errno.ENOTDIR, errno.EISDIR), "đã có một tệp hay thư mục mang tên đó"),
}


class Format(StrEnum):
    """A kind of document; its value is also the end of the file's name."""

    HTML = "html"
    PDF = "pdf"
    DOCX = "docx"


@dataclass(frozen=True)
class Written:
    """A document that was written."""

    format: Format
    path: Path
    sha256: str
    size: int


def read_formats(text: str) -> tuple[Format, ...]:
    """The formats that a list names, comma between; each once, in the order of ``Format``.

    Raises:
        ChukysoError: ``OPTION_INVALID``.
    """
    names = {name.strip().lower() for name in text.split(",")} - {""}
    unknown = names - {one.value for one in Format}
    if unknown or not names:
        reason = f"không có dạng “{min(unknown)}”" if unknown else "chưa nêu dạng nào"
        raise ChukysoError(Code.OPTION_INVALID, name="--format", reason=f"{reason}; chọn trong html, pdf, docx")
    return tuple(one for one in Format if one.value in names)


def check_output(run: Path, output: Path) -> None:
    """See that nothing is added to the evidence itself: it would be found as a change of it.

    Raises:
        ChukysoError: ``OPTION_INVALID``.
    """
    for name in _EVIDENCE:
        if output.resolve().is_relative_to((run / name).resolve()):
            reason = f"{name}/ là bằng chứng của lần chạy, không được thêm tệp vào"
            raise ChukysoError(Code.OPTION_INVALID, name="--output", reason=reason)


def write_guide(source: GuideSource, output: Path, formats: Iterable[Format]) -> list[Written]:
    """Write the guide.

    All documents are made aside, in the output directory, and then put in place one by one: a reader finds each of them
    whole, and what was there before when one cannot be made.

    Args:
        source: The run.
        output: Directory to write to; made when it is not there.
        formats: The documents to write.

    Raises:
        ChukysoError: ``GUIDE_NOT_WRITTEN``; ``PDF_NOT_PRINTED``.
    """
    from chukyso.guide.page import render_html  # noqa: PLC0415 - what a format needs is loaded for that format only

    wanted = list(formats)
    product = f"{_PRODUCT} {importlib.metadata.version(_PRODUCT)}"
    made = not output.exists()
    aside: Path | None = None
    try:
        output.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".guide-", dir=output))
        page = aside / f"{FILE_NAME}.html"
        page.write_text(render_html(source, product), encoding="utf-8", newline="\n")
        for one in wanted:
            _make(source, product, one, page)
        return [_put(aside / _name(one), output / _name(one), one) for one in wanted]
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, "lỗi ghi")
        raise ChukysoError(
            Code.GUIDE_NOT_WRITTEN, f"{type(error).__name__}: {error}", path=output, reason=reason
        ) from error
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)
        if made:
            with contextlib.suppress(OSError):  # it holds the documents
                output.rmdir()


def _name(one: Format) -> str:
    return f"{FILE_NAME}.{one.value}"


def _make(source: GuideSource, product: str, one: Format, page: Path) -> None:
    """Make one document beside the page, which is made already."""
    target = page.with_name(_name(one))
    if one is Format.PDF:
        from chukyso.guide.pdf import render_pdf  # noqa: PLC0415

        target.write_bytes(render_pdf(source, page.parent))
    elif one is Format.DOCX:
        from chukyso.guide.word import render_docx  # noqa: PLC0415

        target.write_bytes(render_docx(source, product))


def _put(made: Path, target: Path, one: Format) -> Written:
    content = made.read_bytes()
    sync_file(made)
    replace_file(made, target)
    sync_directory(target.parent)
    return Written(one, target, hashlib.sha256(content).hexdigest(), len(content))
