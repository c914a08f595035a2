"""Changes of any kind to the bytes of a document, for hypothesis."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

# What is likely to mean something: markup, references, names and digits of the document, invisible characters.
XML_BITS = [
    *(b"<", b">", b"/", b"&", b'"', b"'", b"=", b" ", b"\n", b"\r", b"\t", b"\x00", b":", b"]]>", b"<![CDATA[", b"--"),
    *(b"<!-- -->", b"<?x?>", b"&#48;", b"&#13;", b"&lt;", b"&e;", b"<x/>", b"<MST>", b"</MST>", b"<CKy_Dvi/>", b"ds:"),
    *(b' xmlns="urn:x"', b' xmlns:u="urn:x"', b' Id="x"', b' xml:id="x"', b"0", b"9", b"A", b"+", b"\xef\xbb\xbf"),
    *(
        "\u200b".encode(),
        "\uff10".encode(),
        "\u0301".encode(),
        b"\xff",
        b"\xc0\xb0",
        b"<ds:Object/>",
        b"<ds:Signature/>",
    ),
]
DER_BITS = [b"\x30\x00", b"\x05\x00", b"\x02\x01\x00", b"\x04\x00", b"\x31\x00", b"\x80", b"\x00\x00", b"\xff"]

Edit = Callable[[bytes], bytes]


@st.composite
def edits(draw: st.DrawFn, bits: list[bytes]) -> Edit:
    """One change: a byte flipped, bytes put in, taken out, replaced, doubled, or two stretches exchanged."""
    kind = draw(st.sampled_from(["flip", "insert", "delete", "replace", "double", "swap", "move"]))
    at, other = draw(st.floats(0, 1, exclude_max=True)), draw(st.floats(0, 1, exclude_max=True))
    length, piece = draw(st.integers(1, 40)), draw(st.one_of(st.sampled_from(bits), st.binary(min_size=1, max_size=8)))
    mask = draw(st.integers(1, 255))

    def edit(data: bytes) -> bytes:
        size = max(len(data), 1)
        i, j = sorted((int(at * size), int(other * size)))
        changes = {
            "flip": lambda: data[:i] + bytes([data[i] ^ mask] if data else []) + data[i + 1 :],
            "insert": lambda: data[:i] + piece + data[i:],
            "delete": lambda: data[:i] + data[i + length :],
            "replace": lambda: data[:i] + piece + data[i + len(piece) :],
            "double": lambda: data[: i + length] + data[i:],
            "swap": lambda: (
                data[:i] + data[j : j + length] + data[i + length : j] + data[i : i + length] + data[j + length :]
            ),
            "move": lambda: data[:i] + data[i + length : j] + data[i : i + length] + data[max(j, i + length) :],
        }
        return changes[kind]()

    return edit


def apply(data: bytes, several: list[Edit]) -> bytes:
    for edit in several:
        data = edit(data)
    return data
