"""A small Windows program, made byte by byte: what it imports and what its version resource says, no code."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

_RVA, _OFFSET = 0x1000, 0x200  # of the only section


def write_pe(
    path: Path,
    imports: Sequence[str] = ("KERNEL32.dll", "USER32.dll"),
    strings: Mapping[str, str] | None = None,
    more: bytes = b"",
    machine: int = 0x14C,
) -> Path:
    """Write a program of 32 bits.

    Args:
        path: Where; folders are made.
        imports: The libraries that it imports.
        strings: Of its version resource; none when None.
        more: Bytes that stand in it somewhere.
        machine: Its machine type.
    """
    imported = _imports(imports)
    resource_at = _RVA + len(imported)
    resource = b"" if strings is None else _resource(resource_at, _version(strings))
    body = imported + resource + more
    raw = body + b"\0" * (-len(body) % 0x200)
    directories = [(0, 0)] * 16
    directories[1] = (_RVA, 20 * (len(imports) + 1))
    directories[2] = (resource_at, len(resource)) if resource else (0, 0)
    coff = struct.pack("<HHIIIHH", machine, 1, 0, 0, 0, 224, 0x102)
    optional = struct.pack("<HBBIIIIIIIIIHHHHHHIIIIHHIIIIII", *_optional(len(raw)))
    tables = b"".join(struct.pack("<II", *each) for each in directories)
    section = struct.pack("<8sIIIIIIHHI", b".rdata", len(raw), _RVA, len(raw), _OFFSET, 0, 0, 0, 0, 0x40000040)
    head = b"MZ".ljust(60, b"\0") + struct.pack("<I", 64) + b"PE\0\0" + coff + optional + tables + section
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(head.ljust(_OFFSET, b"\0") + raw)
    return path


def _optional(size: int) -> tuple[int, ...]:
    windows = (0x400000, 0x1000, 0x200, 6, 0, 0, 0, 6, 0, 0, 0x1000 + -(-size // 0x1000) * 0x1000, _OFFSET, 0)
    return (0x10B, 14, 0, 0, size, 0, 0, _RVA, _RVA, *windows, 2, 0, 0x100000, 0x1000, 0x100000, 0x1000, 0, 16)


def _imports(names: Sequence[str]) -> bytes:
    """Each library with one function, by number."""
    table = 20 * (len(names) + 1)
    thunks = struct.pack("<II", 0x80000001, 0) * len(names)
    texts = [name.encode() + b"\0" for name in names]
    at, descriptors = _RVA + table + len(thunks), b""
    for index, text in enumerate(texts):
        thunk = _RVA + table + 8 * index
        descriptors += struct.pack("<IIIII", thunk, 0, 0, at, thunk)
        at += len(text)
    made = descriptors + b"\0" * 20 + thunks + b"".join(texts)
    return made + b"\0" * (-len(made) % 16)


def _resource(rva: int, data: bytes) -> bytes:
    """One version resource in one language."""
    levels = b"".join(
        struct.pack("<IIHHHHII", 0, 0, 0, 0, 0, 1, number, at)
        for number, at in ((16, 0x80000018), (1, 0x80000030), (1033, 0x48))
    )
    return levels + struct.pack("<IIII", rva + 0x58, len(data), 0, 0) + data


def _version(strings: Mapping[str, str]) -> bytes:
    table = _block("040904B0", b"".join(_string(name, text) for name, text in strings.items()), 0, 1)
    fixed = struct.pack("<13I", 0xFEEF04BD, 0x10000, *([0] * 11))
    return _block("VS_VERSION_INFO", fixed + _block("StringFileInfo", table, 0, 1), len(fixed), 0)


def _string(name: str, text: str) -> bytes:
    return _block(name, (text + "\0").encode("utf-16-le"), len(text) + 1, 1)


def _block(name: str, content: bytes, size: int, kind: int) -> bytes:
    head = (name + "\0").encode("utf-16-le")
    head += b"\0" * (-(6 + len(head)) % 4)
    made = struct.pack("<HHH", 6 + len(head) + len(content), size, kind) + head + content
    return made + b"\0" * (-len(made) % 4)
