"""Make ``libraries/chukyso/typefaces/*.woff``, which pages that are one file hold: the typeface without its hinting.

Run from the project's directory after ``fontpkg-be-vietnam-pro`` was renewed: ``.venv/bin/python docs/typefaces.py``.
Nothing is drawn with hinting (``text-rendering: geometricPrecision``), and it is three quarters of each file.
"""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import fontpkg_be_vietnam_pro
from fontTools import subset
from fontTools.ttLib import TTFont

from chukyso.typeface import EMBEDDED, FACES, FILES, Face


def make(face: Face) -> bytes:
    """Return a face with all its glyphs, as WOFF."""
    written = io.BytesIO()
    with TTFont(FILES / face.file, lazy=True, recalcTimestamp=False) as font:
        subsetter = subset.Subsetter(subset.Options(hinting=False))
        subsetter.populate(unicodes=list(font.getBestCmap()))
        subsetter.subset(font)
        font.flavor = "woff"
        font.save(written)
    return written.getvalue()


def main() -> None:
    EMBEDDED.mkdir(exist_ok=True)
    for face in FACES:
        path = EMBEDDED / face.embedded
        path.write_bytes(make(face))
        print(f"{path.name}: {path.stat().st_size} bytes")
    shutil.copyfile(Path(fontpkg_be_vietnam_pro.ROOT) / "LICENSE", EMBEDDED / "LICENSE")


if __name__ == "__main__":
    main()
