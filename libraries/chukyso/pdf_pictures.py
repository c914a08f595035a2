"""Pictures of a page go into its PDF as they are: their PNG data is a PDF image already.

A browser decodes each picture and compresses it anew, which takes as long as the rest of printing. So the page is
printed with empty JPEG files of the same size, which browsers hand through, and each is replaced by its picture: the
data of a PNG file is a ``FlateDecode`` stream with the PNG predictor (ISO 32000-2, 7.4.4.4). No pixel changes.
"""

from __future__ import annotations

import base64
import binascii
import io
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from PIL import Image

if TYPE_CHECKING:
    from pyhanko.pdf_utils.generic import StreamObject

_SMALL: Final = 20_000  # characters of base64; less is not worth it
_IN_PAGE: Final = re.compile(rf"data:image/png;base64,([A-Za-z0-9+/]{{{_SMALL},}}={{0,2}})")
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_PLAIN: Final = {b"IHDR", b"IDAT", b"IEND", b"sBIT", b"pHYs", b"tEXt", b"iTXt", b"tIME", b"sRGB"}
"""Chunks that leave the pixels what they are: no palette, no transparency, no colour profile."""
_COLOURS: Final = {0: (1, "/DeviceGray"), 2: (3, "/DeviceRGB")}
_MARK: Final = "chukyso-picture-{}-"
_DEEPEST: Final = 8


@dataclass(frozen=True)
class Picture:
    """A PNG picture, 8 bits a channel, grey or RGB, as PDF takes it.

    Attributes:
        width: Pixels.
        height: Pixels.
        channels: 1 or 3.
        space: Its PDF colour space.
        data: Its zlib stream.
    """

    width: int
    height: int
    channels: int
    space: str
    data: bytes


def taken_out(page: str) -> tuple[str, list[Picture]]:
    """Return an HTML page with empty pictures in place of its large PNG pictures, and these."""
    pictures: list[Picture] = []

    def empty(match: re.Match[str]) -> str:
        picture = _read(match[1])
        if picture is None:
            return match[0]
        pictures.append(picture)
        return "data:image/jpeg;base64," + base64.b64encode(_placeholder(picture, len(pictures) - 1)).decode()

    return _IN_PAGE.sub(empty, page), pictures


def put_in(pdf: bytes, pictures: list[Picture]) -> bytes | None:
    """Return the printed page with its pictures; ``None`` when a place is missing, as with an unknown browser."""
    from pyhanko.pdf_utils import generic  # noqa: PLC0415 - slow to import
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415
    from pyhanko.pdf_utils.misc import PdfError  # noqa: PLC0415

    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        marks = {_MARK.format(number).encode(): number for number in range(len(pictures))}
        written: dict[int, Any] = {}
        for places, name, found in list(_images(writer.root["/Pages"])):
            head = bytes(found.encoded_data[:200])
            number = next((number for mark, number in marks.items() if mark in head), None)
            if number is None:
                continue
            if number not in written:
                written[number] = writer.add_object(_stream(generic, pictures[number]))
            places[generic.pdf_name(name)] = written[number]
            writer.update_container(places)
        if len(written) < len(pictures):
            return None
        out = io.BytesIO()
        writer.write(out)
        return out.getvalue()
    except (PdfError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _read(encoded: str) -> Picture | None:
    """Take a PNG file apart; ``None`` when it is damaged, or one that PDF cannot take as it is."""
    try:
        png = base64.b64decode(encoded, validate=True)
        chunks = list(_chunks(png))
        width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1])
    except (binascii.Error, struct.error, ValueError, IndexError):
        return None
    if not {kind for kind, _ in chunks} <= _PLAIN or depth != 8 or interlaced or colour not in _COLOURS:
        return None
    return Picture(width, height, *_COLOURS[colour], b"".join(data for kind, data in chunks if kind == b"IDAT"))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The chunks of a PNG file (ISO/IEC 15948, 5.3); raises ``ValueError`` or ``struct.error`` when it is damaged."""
    if not png.startswith(_SIGNATURE):
        raise ValueError("no PNG file")
    place = len(_SIGNATURE)
    while place < len(png):
        (length,) = struct.unpack_from(">I", png, place)
        kind, data = png[place + 4 : place + 8], png[place + 8 : place + 8 + length]
        (check,) = struct.unpack_from(">I", png, place + 8 + length)
        if zlib.crc32(kind + data) != check:
            raise ValueError(f"chunk {kind!r} is damaged")
        yield kind, data
        place += 12 + length


def _placeholder(picture: Picture, number: int) -> bytes:
    out = io.BytesIO()
    empty = Image.new("L", (picture.width, picture.height), 128)
    empty.save(out, "JPEG", quality=10, progressive=True, comment=_MARK.format(number).encode())
    return out.getvalue()


def _images(node: Any, depth: int = 0) -> Iterator[tuple[Any, str, StreamObject]]:
    """Each image below a page tree or a form: the dictionary that names it, its name, and itself."""
    if depth > _DEEPEST:
        return
    for kid in node.get("/Kids", ()):
        yield from _images(kid.get_object(), depth + 1)
    places = node.get("/Resources", {}).get("/XObject", {})
    for name in list(places):
        found = places[name]
        if found.get("/Subtype") == "/Image":
            yield places, name, found
        elif found.get("/Subtype") == "/Form":
            yield from _images(found, depth + 1)


def _stream(generic: Any, picture: Picture) -> StreamObject:
    name, number = generic.pdf_name, generic.NumberObject
    parameters = {
        name("/Predictor"): number(15),
        name("/Colors"): number(picture.channels),
        name("/BitsPerComponent"): number(8),
        name("/Columns"): number(picture.width),
    }
    stream: StreamObject = generic.StreamObject(
        {
            name("/Type"): name("/XObject"),
            name("/Subtype"): name("/Image"),
            name("/Width"): number(picture.width),
            name("/Height"): number(picture.height),
            name("/ColorSpace"): name(picture.space),
            name("/BitsPerComponent"): number(8),
            name("/Filter"): name("/FlateDecode"),
            name("/DecodeParms"): generic.DictionaryObject(parameters),
        },
        encoded_data=picture.data,
    )
    return stream
