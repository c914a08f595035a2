"""The one typeface of everything that is drawn: Be Vietnam Pro, from a package, so that no machine needs a font for it.

Pages of a server name its files (``rules``); pages that are one file hold them (``embed``).
"""

from __future__ import annotations

import functools
import os
import string
import sys
import unicodedata
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

import fontpkg_be_vietnam_pro

FAMILY: Final[str] = fontpkg_be_vietnam_pro.FAMILY
FILES: Final[Path] = fontpkg_be_vietnam_pro.ROOT / "files"
EMBEDDED: Final = Path(__file__).parent / "typefaces"
"""The same without hinting, a fifth of the size; made by ``docs/typefaces.py``."""
_VOWELS: Final = "aăâeêioôơuưy"
_TONES: Final = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")


@dataclass(frozen=True)
class Face:
    """One file of the typeface.

    Attributes:
        file: Its name in ``FILES``.
        weight: The weights that it is used for, as CSS says it.
        style: ``normal`` or ``italic``.
    """

    file: str
    weight: str
    style: str = "normal"

    @property
    def embedded(self) -> str:
        """Its name in ``EMBEDDED``."""
        return f"{Path(self.file).stem}.woff"


FACES: Final = (
    Face("BeVietnamPro-Regular.ttf", "100 500"),
    Face("BeVietnamPro-Italic.ttf", "100 900", "italic"),
    Face("BeVietnamPro-SemiBold.ttf", "600 900"),
)


def rules(source: Callable[[Face], str]) -> str:
    """Return the ``@font-face`` rules, and one that letters are as wide as the typeface says.

    Without the latter each machine's hinting rounds them to whole pixels in its own way (Linux: fontconfig), and lines
    break elsewhere.

    Args:
        source: Gives the address of a face: of a server, or with its data.
    """
    faces = "\n".join(
        f'@font-face {{ font-family: "{FAMILY}"; font-weight: {face.weight}; font-style: {face.style};'
        f" font-display: block; src: url({source(face)}); }}"
        for face in FACES
    )
    return f"{faces}\n* {{ text-rendering: geometricPrecision; }}"


@functools.cache
def embedded_rules() -> str:
    """Return the ``@font-face`` rules with the files in them.

    A page with them allows ``font-src data:``. What the typeface lacks (emoji, other scripts) is left to the fonts of
    whoever looks at it.
    """

    def source(face: Face) -> str:
        return f"data:font/woff;base64,{b64encode((EMBEDDED / face.embedded).read_bytes()).decode('ascii')}"

    return rules(source)


def embed(html: str) -> str:
    """Return a page with the typeface in it, so that it looks the same everywhere and loads nothing.

    Raises:
        ValueError: The page has no head.
    """
    before, head, after = html.partition("</head>")  # data are escaped: the first one is the page's own
    if not head:
        raise ValueError("a page without head")
    return f"{before}<style>\n{embedded_rules()}\n</style>\n{head}{after}"


def beside_other_fonts(directory: Path) -> dict[str, str]:
    """Return environment variables with which a browser on Linux finds the typeface after the fonts of the machine.

    A Chromium that finds no font at all ends with the first text that it draws.

    Args:
        directory: Where fontconfig's configuration may be written; must outlive the browser.
    """
    if sys.platform != "linux":
        return {}
    usual = os.environ.get("FONTCONFIG_FILE", "fonts.conf")  # a name alone is looked for as fontconfig does
    path = directory / "fonts.conf"
    path.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">\n<fontconfig>\n'
        f'<include ignore_missing="yes">{escape(usual)}</include>\n<dir>{escape(str(FILES))}</dir>\n</fontconfig>\n',
        encoding="utf-8",
    )
    return {"FONTCONFIG_FILE": str(path)}


def lacking(directory: Path = FILES) -> str:
    """Return what of the Vietnamese alphabet the files cannot show: nothing, when they are whole.

    Args:
        directory: Where the files are.

    Raises:
        OSError: A file cannot be read.
        ValueError: A file is none of a font.
    """
    from fontTools.ttLib import TTFont, TTLibError  # noqa: PLC0415 - slow to load, and hardly ever needed

    letters = {unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS for tone in _TONES}
    letters |= {*string.ascii_lowercase, *string.digits, "đ"}
    letters |= {letter.upper() for letter in letters}
    missing: set[str] = set()
    for face in FACES:
        try:
            with TTFont(directory / face.file, lazy=True) as font:
                shown = font.getBestCmap()
        except TTLibError as error:
            raise ValueError(f"{face.file}: {error}") from error
        missing |= {letter for letter in letters if ord(letter) not in shown}
    return "".join(sorted(missing))
