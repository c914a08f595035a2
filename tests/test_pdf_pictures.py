"""Pictures in a printed page: each pixel as it was, at the same place as the browser puts it."""

from __future__ import annotations

import base64
import io
import random
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from chukyso import pdf
from chukyso.pdf import printed
from chukyso.pdf_pictures import Picture, put_in, taken_out

SIZE = (160, 90)


def noise(mode: str, seed: int, **how: object) -> bytes:
    """A PNG picture of random pixels: large, and no two are alike."""
    channels = len(Image.new(mode, (1, 1)).getbands())
    pixels = random.Random(seed).randbytes(SIZE[0] * SIZE[1] * channels)  # noqa: S311 - no secret
    out = io.BytesIO()
    Image.frombytes(mode, SIZE, pixels).save(out, "PNG", **how)
    return out.getvalue()


def page_of(*pictures: bytes) -> str:
    images = "".join(f'<p>Hình<img src="data:image/png;base64,{base64.b64encode(png).decode()}">' for png in pictures)
    return f'<!doctype html><meta charset="utf-8"><style>img{{max-height:60mm}}</style>{images}'


def write(directory: Path, *pictures: bytes) -> Path:
    page = directory / "page.html"
    page.write_text(page_of(*pictures), encoding="utf-8")
    return page


def poppler(program: str, *options: str, data: bytes, directory: Path) -> list[Image.Image]:
    """Pictures that a program of poppler makes of a PDF."""
    (directory / "in.pdf").write_bytes(data)
    subprocess.run([program, *options, str(directory / "in.pdf"), str(directory / program)], check=True)
    return [Image.open(path).convert("RGB") for path in sorted(directory.glob(f"{program}*.png"))]


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


@pytest.mark.slow
def test_pictures_keep_every_pixel_and_their_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = [noise("RGB", 1), noise("L", 2, optimize=True), noise("RGB", 3, compress_level=9)]
    # The first one twice.
    page = write(tmp_path, *pictures, pictures[0])
    ours = printed(page)
    found = poppler("pdfimages", "-png", data=ours, directory=tmp_path)
    wanted = [Image.open(io.BytesIO(png)).convert("RGB") for png in [*pictures, pictures[0]]]
    assert len(found) == len(wanted)
    assert all(same(one, other) for one, other in zip(found, wanted, strict=True))
    monkeypatch.setattr(pdf, "taken_out", lambda text: (text, []))
    plain, complete = ((tmp_path / name) for name in ("plain", "complete"))
    plain.mkdir()
    complete.mkdir()
    as_browser = poppler("pdftoppm", "-png", data=printed(page), directory=plain)
    as_we = poppler("pdftoppm", "-png", data=ours, directory=complete)
    assert len(as_we) == len(as_browser)
    assert all(same(one, other) for one, other in zip(as_we, as_browser, strict=True))


@pytest.mark.slow
def test_a_browser_that_makes_other_images_prints_the_page_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = write(tmp_path, noise("RGB", 1))
    results = []

    def with_one_too_many(data: bytes, pictures: list[Picture]) -> bytes | None:
        results.append(put_in(data, [*pictures, *pictures]))
        return results[-1]

    monkeypatch.setattr(pdf, "put_in", with_one_too_many)
    found = poppler("pdfimages", "-png", data=printed(page), directory=tmp_path)
    assert results == [None]
    assert [image.size for image in found] == [SIZE]
    assert same(found[0], Image.open(io.BytesIO(noise("RGB", 1))))


def with_chunk(png: bytes, kind: bytes) -> bytes:
    chunk = struct.pack(">I", 1) + kind + b"\0" + struct.pack(">I", zlib.crc32(kind + b"\0"))
    return png[:33] + chunk + png[33:]


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(noise("RGBA", 1), id="transparent"),
        pytest.param(with_chunk(noise("RGB", 1), b"iCCP"), id="colour profile"),
        pytest.param(with_chunk(noise("RGB", 1), b"acTL"), id="moving"),
        pytest.param(noise("RGB", 1)[:-4000], id="cut off"),
        pytest.param(noise("RGB", 1)[:1000] + b"damage" + noise("RGB", 1)[1006:], id="damaged"),
        pytest.param(b"no picture " * 4000, id="no picture"),
    ],
)
def test_what_pdf_cannot_take_as_it_is_stays_in_the_page(picture: bytes) -> None:
    page = page_of(picture)
    assert taken_out(page) == (page, [])


def test_no_pdf_is_no_error() -> None:
    _, pictures = taken_out(page_of(noise("RGB", 1)))
    assert put_in(b"x", pictures) is None
