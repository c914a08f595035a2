"""How large a certificate may be, found out before any parser builds objects of what is in it.

Whoever sends a document chooses its certificates; nobody has to issue them. The libraries that read them are quick and
safe with what authorities issue, and slow or recursive with thousands of attributes, names or extensions.
"""

from __future__ import annotations

from collections.abc import Iterator

MAX_SIZE = 16 << 10
"""Bytes. Certificates of organisations have about 1,500; with a long list of names some thousand."""
MAX_VALUES = 1_000
"""Values (tag, length, content) at any depth. A certificate of an organisation has about 150."""
MAX_ATTRIBUTES = 64
"""Attributes of the subject's or the issuer's name."""
_MAX_DEPTH = 32
_CONSTRUCTED, _LONG_TAG, _OCTET_STRING = 0x20, 0x1F, 0x04
_SEQUENCE, _SET = 0x30, 0x31


class TooComplex(ValueError):  # noqa: N818 - it is an answer about the certificate, not a failure of ours
    """A certificate that is larger than any that an authority issues; the text is English."""


def check_limits(der: bytes) -> None:
    """Refuse a certificate that holds more than certificates do. What is malformed is left to the parser to say.

    Args:
        der: What claims to be a certificate, DER.

    Raises:
        TooComplex: It is larger, deeper, or holds more values or attributes than the limits of this module.
    """
    if len(der) > MAX_SIZE:
        raise TooComplex(f"a certificate of {len(der)} bytes, at most {MAX_SIZE}")
    _count_values(der)
    for name in _names(der):
        attributes = sum(len(list(_children(der, start, end))) for tag, start, end in name if tag == _SET)
        if attributes > MAX_ATTRIBUTES:
            raise TooComplex(f"a name of {attributes} attributes, at most {MAX_ATTRIBUTES}")


Value = tuple[int, int, int]
"""Tag, where the content starts, where it ends."""


def _count_values(der: bytes) -> None:
    """Count all values, also those inside OCTET STRINGs, which is where extensions keep theirs."""
    waiting = [(0, len(der), 0)]
    count = 0
    while waiting:
        start, end, depth = waiting.pop()
        if depth > _MAX_DEPTH:
            raise TooComplex(f"a certificate nested deeper than {_MAX_DEPTH} values")
        for tag, content, stop in _children(der, start, end):
            count += 1
            if count > MAX_VALUES:
                raise TooComplex(f"a certificate of more than {MAX_VALUES} values")
            if tag & _CONSTRUCTED or (tag == _OCTET_STRING and _is_one_value(der, content, stop)):
                waiting.append((content, stop, depth + 1))


def _is_one_value(der: bytes, start: int, end: int) -> bool:
    first = next(_children(der, start, end), None)
    return first is not None and first[2] == end


def _names(der: bytes) -> list[list[Value]]:
    """The RDNs of issuer and subject: the second and fourth SEQUENCE of a TBSCertificate (RFC 5280, section 4.1)."""
    whole = next(_children(der, 0, len(der)), None)
    inner = next(_children(der, *whole[1:]), None) if whole else None
    fields = [one for one in _children(der, *inner[1:]) if one[0] == _SEQUENCE] if inner else []
    return [list(_children(der, *field[1:])) for field in fields[1:4:2]]


def _children(der: bytes, start: int, end: int) -> Iterator[Value]:
    """The values between two places, as far as they can be told apart; it ends at the first that cannot."""
    while end - start >= 2:
        tag, position = der[start], start + 1
        if tag & _LONG_TAG == _LONG_TAG:  # a tag number of several bytes
            while position < end and der[position] & 0x80:
                position += 1
            position += 1
        if position >= end:
            return
        length = der[position]
        content = position + 1
        if length >= 0x80:
            content += length & 0x7F
            length = int.from_bytes(der[position + 1 : content], "big")
        if content + length > end:
            return
        yield tag, content, content + length
        start = content + length
