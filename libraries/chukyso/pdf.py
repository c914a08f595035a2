"""A page of ours as PDF: A4, searchable, tagged, with an outline, printed by the Chromium that is already there."""

from __future__ import annotations

import io
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final

import tzlocal  # pyHanko brings it along

from chukyso.browser import can_sandbox_processes, find_browser
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.files import write_whole
from chukyso.moment import VIETNAM
from chukyso.orphans import end_family
from chukyso.pdf_pictures import put_in, taken_out
from chukyso.scratch import environment_in_short_place, short_place

if TYPE_CHECKING:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

PREFIX: Final = "chukyso-browser-"  # as the run's scratch directories are named
_SECONDS: Final = 60.0
_LOG_TAIL: Final = 2000
_ARGUMENTS: Final = (
    "--headless=new",
    "--no-pdf-header-footer",  # page numbers come from the page's own @page margin boxes
    "--generate-pdf-document-outline",
    # The page brings everything along. Nothing is asked of anybody: no name resolves, no address is called.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--disable-breakpad",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--no-first-run",
    "--no-default-browser-check",
)


def _zone() -> tzinfo:
    return VIETNAM


# pyHanko asks the machine for its time zone, and not every machine can tell: TZ=ICT-7, a container without zone data.
tzlocal.get_localzone = _zone  # type: ignore[assignment]  # a zone without a name will do


@dataclass(frozen=True)
class Properties:
    """What a PDF says of itself.

    Attributes:
        title: Shown by readers in place of the file's name.
        author: Who answers for the content.
        subject: What it is about.
        keywords: For searching.
        creator: The product that wrote the page.
        language: BCP 47 tag, for screen readers.
    """

    title: str
    author: str = ""
    subject: str = ""
    keywords: tuple[str, ...] = ()
    creator: str = "bhxh-chu-ky-so"
    language: str = "vi"


def print_pdf(
    page: Path,
    target: Path,
    *,
    title: str,
    properties: Properties | None = None,
    scratch: Path | None = None,
    seconds: float = _SECONDS,
) -> None:
    """Print an HTML file of ours as PDF; nothing is loaded from the network.

    Args:
        page: A self-contained HTML file. Its ``@page`` rules decide on paper and page numbers.
        target: Where the PDF goes; written whole or not at all.
        title: Title of the document.
        properties: More about the document; its title counts when it is given.
        scratch: Directory for the browser's temporary files; by default the system's.
        seconds: How long the browser may take before it is ended.

    Raises:
        ChukysoError: ``BROWSER_MISSING``; ``PDF_NOT_PRINTED`` when the browser does not start, hangs, or prints
            nothing; ``OUTPUT_DISK_FULL``.
    """
    write_whole(target, described(printed(page, scratch=scratch, seconds=seconds), properties or Properties(title)))


def printed(page: Path, *, scratch: Path | None = None, seconds: float = _SECONDS) -> bytes:
    """As ``print_pdf``, and return the PDF, which has no properties yet."""
    executable = find_browser()
    text = page.read_text(encoding="utf-8")
    without, pictures = taken_out(text)
    if pictures:
        complete = put_in(_by_browser(executable, without, scratch, seconds), pictures)
        if complete:
            return complete
    return _by_browser(executable, text, scratch, seconds)


def _by_browser(executable: Path, text: str, scratch: Path | None, seconds: float) -> bytes:
    place = str(scratch) if scratch and scratch.is_dir() else short_place()
    # A helper of the browser may still write its last file while the directory is removed.
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=place, ignore_cleanup_errors=True) as directory:
        page, target = Path(directory) / "page.html", Path(directory) / "page.pdf"
        page.write_text(text, encoding="utf-8")
        _run(executable, page, target, Path(directory), seconds)
        try:
            return target.read_bytes()
        except OSError as error:
            raise _failed("không có tệp PDF", f"{executable}: {error}") from error


def described(data: bytes, properties: Properties) -> bytes:
    """The PDF with these document properties.

    Raises:
        ChukysoError: ``PDF_NOT_PRINTED`` when it is no PDF.
    """
    # Slow to import, and most of what uses this module does not print.
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415
    from pyhanko.pdf_utils.misc import PdfError  # noqa: PLC0415

    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(data))
        describe(writer, properties)
        out = io.BytesIO()
        writer.write(out)
    except (PdfError, ValueError) as error:
        raise ChukysoError(Code.PDF_NOT_PRINTED, f"not a PDF: {error}", reason="tệp PDF bị hỏng") from error
    return out.getvalue()


def describe(writer: IncrementalPdfFileWriter, properties: Properties) -> None:
    """Set document properties, language, and that readers show the title and not the file's name."""
    from pyhanko.pdf_utils import generic  # noqa: PLC0415

    meta = writer.document_meta
    meta.title, meta.author, meta.subject = properties.title, properties.author or None, properties.subject or None
    meta.creator, meta.keywords = properties.creator, list(properties.keywords)
    if "/Info" in writer.trailer:  # for PDF 2.0 pyHanko renews there only what is there; many readers look nowhere else
        info = writer.trailer["/Info"]
        for name, text in (("/Author", properties.author), ("/Subject", properties.subject)):
            if text:
                info[name] = generic.pdf_string(text)
    writer.root["/Lang"] = generic.TextStringObject(properties.language)
    view = generic.DictionaryObject({generic.pdf_name("/DisplayDocTitle"): generic.BooleanObject(True)})
    writer.root["/ViewerPreferences"] = view
    writer.update_root()


def _run(executable: Path, page: Path, printed: Path, directory: Path, seconds: float) -> None:
    command = [
        str(executable),
        *_ARGUMENTS,
        *([] if can_sandbox_processes() else ["--no-sandbox"]),
        f"--user-data-dir={directory / 'profile'}",
        f"--print-to-pdf={printed}",
        page.resolve().as_uri(),
    ]
    log = directory / "browser.log"
    with log.open("wb") as stream:
        try:
            process = subprocess.Popen(
                command,
                env=environment_in_short_place(),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
            )
        except OSError as error:
            raise _failed("trình duyệt không khởi động được", f"{executable}: {error}") from error
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise _failed(f"trình duyệt không xong sau {seconds:g} giây", f"{executable}: {_tail(log)}") from None
        finally:
            end_family(process)
    if code or not printed.is_file():
        raise _failed(f"trình duyệt kết thúc với mã {code}", f"{executable}: {_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:].strip() or "(no output)"


def _failed(reason: str, detail: str) -> ChukysoError:
    return ChukysoError(Code.PDF_NOT_PRINTED, detail, reason=reason)
