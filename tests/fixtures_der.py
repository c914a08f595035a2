"""DER as a tree that can be cut, grown and put together again, right or wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

_CONSTRUCTED = 0x20
_WRAPPERS = {0x03: b"\0", 0x04: b""}  # BIT STRING and OCTET STRING, which often hold DER; what stands before it there


@dataclass
class Node:
    """One value.

    Attributes:
        tag: Its tag, one byte or more.
        content: What it holds, when it is not taken apart.
        children: The values that it holds, when it is.
        before: Bytes between its length and the first child: the count of unused bits of a BIT STRING.
    """

    tag: bytes
    content: bytes = b""
    children: list[Node] = field(default_factory=list)
    before: bytes = b""

    def dump(self) -> bytes:
        content = self.before + b"".join(child.dump() for child in self.children) if self.children else self.content
        return self.tag + length(len(content)) + content

    def walk(self) -> Iterator[Node]:
        """This value and all inside it."""
        yield self
        for child in self.children:
            yield from child.walk()


def length(size: int) -> bytes:
    if size < 0x80:
        return bytes([size])
    digits = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([0x80 | len(digits)]) + digits


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return bytes([tag]) + length(len(content)) + content


def read(data: bytes, *, inside: bool = True) -> Node:
    """Take a value apart.

    Args:
        data: One value in DER.
        inside: Whether strings that hold DER are taken apart too.

    Raises:
        ValueError: it is not one.
    """
    (node,) = _nodes(data, inside)
    return node


def _nodes(data: bytes, inside: bool) -> list[Node]:
    found, at = [], 0
    while at < len(data):
        start = at
        at += 1
        if data[start] & 0x1F == 0x1F:
            while data[at : at + 1] and data[at] & 0x80:
                at += 1
            at += 1
        tag = data[start:at]
        if not data[at:]:
            raise ValueError("cut short")
        size, at = data[at], at + 1
        if size & 0x80:
            digits = data[at : at + (size & 0x7F)]
            size, at = int.from_bytes(digits), at + len(digits)
            if not digits or len(digits) > 4 or not data[at - len(digits) - 1 : at] == length(size):
                raise ValueError("length is indefinite, cut short or not the shortest")
        if len(data) < at + size:
            raise ValueError("longer than what holds it")
        found.append(_node(tag, data[at : at + size], inside))
        at += size
    return found


def _node(tag: bytes, content: bytes, inside: bool) -> Node:
    before = b""
    if not tag[0] & _CONSTRUCTED:
        wrapped = _WRAPPERS.get(tag[0])
        if not inside or wrapped is None or not content.startswith(wrapped) or len(content) < 4:
            return Node(tag, content)
        before = wrapped
    try:
        return Node(tag, content, _nodes(content[len(before) :], inside), before)
    except ValueError:
        return Node(tag, content)
