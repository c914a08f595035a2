"""DER as a tree that can be cut, grown and put together again, right or wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

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


# -- changing it -----------------------------------------------------------------------------------------------

# Values that parsers and those who use them stumble over.
VALUES = [
    *(b"\x05\x00", b"\x02\x01\x00", b"\x02\x01\xff", b"\x02\x00", b"\x02\x02\x00\x01", tlv(2, b"\x7f" * 600)),
    *(b"\x01\x01\x01", b"\x01\x01\x00", b"\x30\x00", b"\x31\x00", b"\x04\x00", b"\x03\x00", b"\x03\x01\x00"),
    *(b"\x03\x02\x07\x80", b"\x03\x02\x08\x00", b"\x06\x00", b"\x06\x01\x80", tlv(6, b"\x2a" + b"\xff" * 40 + b"\x7f")),
    *(tlv(0x0C, b"\xff\xfe"), tlv(0x0C, b"A" * 3000), tlv(0x0C, "Ａ\u0301\u200b".encode()), tlv(0x0C, b"a\0b")),
    *(tlv(0x1E, b"\xd8\x00"), tlv(0x1E, b"a"), tlv(0x1C, b"\0\x11\0\0"), tlv(0x13, "é*&".encode()), tlv(0x16, b"\xe9")),
    *(tlv(0x14, b"\xff\xfe"), tlv(0x09, b"\x80\0\x01"), tlv(0x0A, b"\x63"), tlv(0x0A, b"")),
    *(tlv(0x17, b"500101000000Z"), tlv(0x17, b"2501010000Z"), tlv(0x17, b"25010100000000"), tlv(0x17, b"")),
    *(tlv(0x18, b"99991231235959Z"), tlv(0x18, b"00000101000000Z"), tlv(0x18, b"20250101000000.5Z")),
    *(tlv(0x18, b"20250101000000+0700"), tlv(0x18, b"21000229000000Z"), tlv(0x18, b"20251301000000Z")),
    *(b"\x80\x00", tlv(0x81, b"a@b.c"), tlv(0x82, b"\xff"), tlv(0x82, b"*.." + b"x" * 300), tlv(0x86, b"http://[x")),
    *(tlv(0x86, b"http://a:99999/"), tlv(0x87, b"\x01\x02\x03\x04"), tlv(0x87, b"abc"), tlv(0x87, bytes(16))),
    *(tlv(0x88, b"*"), b"\xa0\x00", tlv(0xA4, b"\x30\x00"), b"\xa5\x00", b"\x9f\x1f\x01a", tlv(0xA3, b"\x05\x00")),
]
TAGS = [2, 3, 4, 5, 6, 0x0A, 0x0C, 0x13, 0x16, 0x17, 0x18, 0x1E, 0x30, 0x31, *range(0x80, 0x89), *range(0xA0, 0xA6)]
COUNTS = [1, 2, 40, 700]


def mutate(node: Node, random: Random) -> Node:
    """Change a value or a few inside it: left out, doubled, exchanged, grown, nested, of another kind."""
    for _ in range(random.choice([1, 1, 1, 2, 3, 6])):
        nodes = list(node.walk())
        random.choice(CHANGES)(random.choice(nodes), random, nodes)
    return node


def _become(node: Node, der: bytes) -> None:
    try:
        other = read(der)
    except ValueError:
        other = Node(der[:1], der[2:])
    node.tag, node.content, node.children, node.before = other.tag, other.content, other.children, other.before


def _copy(node: Node) -> Node:
    return Node(node.tag, node.content, [_copy(child) for child in node.children], node.before)


def _empty(node: Node, _random: Random, _nodes: list[Node]) -> None:
    node.children, node.content = [], b""


def _replace(node: Node, random: Random, _nodes: list[Node]) -> None:
    _become(node, random.choice(VALUES))


def _repeat_other(node: Node, random: Random, nodes: list[Node]) -> None:
    _become(node, random.choice(nodes).dump())


def _add(node: Node, random: Random, _nodes: list[Node]) -> None:
    if node.children:
        node.children.insert(random.randrange(len(node.children) + 1), read(random.choice(VALUES)))


def _double(node: Node, random: Random, _nodes: list[Node]) -> None:
    if node.children:
        chosen = random.choice(node.children)
        node.children += [_copy(chosen) for _ in range(random.choice(COUNTS))]


def _leave_out(node: Node, random: Random, _nodes: list[Node]) -> None:
    if node.children:
        node.children.pop(random.randrange(len(node.children)))


def _exchange(node: Node, random: Random, _nodes: list[Node]) -> None:
    random.shuffle(node.children)


def _nest(node: Node, random: Random, _nodes: list[Node]) -> None:
    inner = random.choice([b"\x05\x00", node.dump()])
    for _ in range(random.choice([1, 5, 30, 60, 200])):
        inner = tlv(random.choice([0x30, 0x31, 0xA0, 0xA4]), inner)
    _become(node, inner)


def _retag(node: Node, random: Random, _nodes: list[Node]) -> None:
    node.tag = bytes([random.choice(TAGS)])


def _flip(node: Node, random: Random, _nodes: list[Node]) -> None:
    if node.content and not node.children:
        at = random.randrange(len(node.content))
        node.content = node.content[:at] + bytes([node.content[at] ^ 1 << random.randrange(8)]) + node.content[at + 1 :]


def _grow(node: Node, random: Random, _nodes: list[Node]) -> None:
    if not node.children:
        node.content += random.choice([b"\0", b"\xff", b"a", b"9"]) * random.choice([1, 30, 200, 5000])


Change = Callable[[Node, Random, list[Node]], None]
CHANGES: list[Change] = [
    *(_empty, _replace, _replace, _repeat_other, _add, _double, _leave_out, _exchange, _nest, _retag, _flip, _grow),
]
