"""Whether bytes are DER as far as it can be told without knowing what they mean (X.690, clause 10).

Looked at before any parser builds objects of them: what is nested without end, or can be spelled in two ways, is not
read.
"""

from __future__ import annotations

_CONSTRUCTED = 0x20
_TAG_NUMBER = 0x1F
_STRINGS = frozenset({0x23, 0x24})  # BIT STRING and OCTET STRING in pieces
MAX_DEPTH = 40


def check_der(data: bytes, depth: int = MAX_DEPTH) -> None:
    """Check that data is one value: short tags, definite and shortest lengths, strings in one piece, nothing behind it.

    Args:
        data: What claims to be DER.
        depth: How deep values may be nested.

    Raises:
        ValueError: it is not, or nested deeper.
    """
    if _read(data, 0, len(data), depth) != len(data):
        raise ValueError("data behind the value")


def _read(data: bytes, start: int, end: int, depth: int) -> int:
    """Check the value that starts here and return where it ends."""
    if depth == 0:
        raise ValueError("nested too deeply")
    if end - start < 2:
        raise ValueError("a value is cut short")
    tag = data[start]
    if tag & _TAG_NUMBER == _TAG_NUMBER or tag in _STRINGS:
        raise ValueError(f"tag {tag:#04x}")
    content, stop = _length(data, start + 1, end)
    if tag & _CONSTRUCTED:
        while content < stop:
            content = _read(data, content, stop, depth - 1)
    return stop


def _length(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Return where the content starts and where it ends."""
    first = data[start]
    if first < 0x80:
        content, length = start + 1, first
    else:
        content = start + 1 + (first & 0x7F)
        digits = data[start + 1 : content]
        length = int.from_bytes(digits, "big")
        if not digits or content > end or digits[0] == 0 or length < 0x80:
            raise ValueError(f"length {data[start : start + 8].hex()} is indefinite, cut short or not the shortest")
    if content + length > end:
        raise ValueError("a value is longer than what holds it")
    return content, content + length
