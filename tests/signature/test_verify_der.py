"""DER is looked at before anything is parsed: no nesting without end, nothing that can be spelled in two ways."""

from __future__ import annotations

import pytest
from asn1crypto import core

from chukyso.signature.der import MAX_DEPTH, check_der
from support.signature import Pki


def nested(depth: int, innermost: bytes = b"\x05\x00") -> bytes:
    data = innermost
    for _ in range(depth - 1):
        data = core.Sequence(contents=data).dump()
    return data


def test_what_is_der(pki: Pki) -> None:
    for data in (b"\x05\x00", b"\x30\x00", b"\x04\x81\x80" + bytes(128), pki.leaf.der, pki.crl(), nested(MAX_DEPTH)):
        check_der(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cut short"),
        (b"\x05", "cut short"),
        (b"\x04\x02\x00", "longer than what holds it"),
        (b"\x30\x03\x04\x02\x00", "longer than what holds it"),
        (b"\x30\x01\x04", "cut short"),
        (b"\x05\x00\x00", "behind the value"),
        (b"\x30\x80\x00\x00", "indefinite"),
        (b"\x04\x81\x01\x00", "not the shortest"),
        (b"\x04\x82\x00\x80" + bytes(128), "not the shortest"),
        (b"\x04\x85\xff\xff\xff\xff\xff", "longer than what holds it"),
        (b"\x04\x82\x01", "cut short"),
        (b"\x24\x03\x04\x01\x00", "tag 0x24"),
        (b"\x1f\x81\x00\x00", "tag 0x1f"),
        (nested(MAX_DEPTH + 1), "too deeply"),
        (nested(5_000), "too deeply"),
    ],
    ids=range(15),
)
def test_what_is_not(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_der(data)
