"""Writes the keyword documentation, in English and in Vietnamese: ``python docs/keywords/build.py [DIRECTORY]``.

A test builds it anew and compares, so that it cannot fall behind the libraries.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from robot.libdocpkg import LibraryDocumentation
from robot.libdocpkg.model import LibraryDoc

from chukyso.errors import Code

LIBRARIES = (
    "PortalLibrary",
    "TokenLibrary",
    "EvidenceLibrary",
    "SandboxLibrary",
    "ProbeLibrary",
    "DoctorLibrary",
    "RegressionLibrary",
)
LANGUAGES = ("en", "vi")


def build(directory: Path) -> list[Path]:
    """Write one page per library and language into a directory and return their paths."""
    os.environ["SOURCE_DATE_EPOCH"] = "0"  # when it was generated is not worth a change of every page
    written = []
    for language in LANGUAGES:
        for library in LIBRARIES:
            path = directory / language / f"{library}.html"
            path.parent.mkdir(parents=True, exist_ok=True)
            _document(library, language).save(str(path), "HTML")
            written.append(path)
    return written


def _document(library: str, language: str) -> LibraryDoc:
    document = LibraryDocumentation(f"{library}::{language}" if language != "en" else library)
    # English names work in the Vietnamese library as well, but are documented on the English page.
    if language != "en":
        english = {keyword.name for keyword in LibraryDocumentation(library).keywords}
        document.keywords = [keyword for keyword in document.keywords if keyword.name not in english]
    document.source, document.lineno = None, -1  # paths of whoever built it, and lines that move with every change
    for keyword in (*document.inits, *document.keywords):
        keyword.source, keyword.lineno = None, -1
    for member in (member for types in document.type_docs for member in types.members or ()):
        if member.name in Code.__members__:
            member.value = member.name  # else all that is said of an error: 60 kB
    return document


if __name__ == "__main__":
    for page in build(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent):
        print(page)
