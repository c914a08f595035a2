"""A signed document in what a page has sent, however it is wrapped: plain, in JSON, in a form's field, as base64."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qsl

_SIGNATURE: Final = re.compile(rb"<(?:[\w.-]+:)?SignatureValue[\s>]")
_DEEPEST: Final = 8


def signed_xml_in(body: str) -> bytes | None:
    """The XML with an XML signature that a request carries, as it was sent; None when it carries none.

    Args:
        body: The request's body: XML, JSON, a form (``application/x-www-form-urlencoded`` or ``multipart/form-data``).
    """
    for text in _texts(body, 0):
        for data in (text.encode(), _decoded(text)):
            document = data.lstrip(b"\xef\xbb\xbf \t\r\n")
            if document.startswith(b"<") and _SIGNATURE.search(document):
                return document
    return None


def _texts(value: Any, depth: int) -> Iterator[str]:
    """Every text that may be the document, the whole first."""
    if depth > _DEEPEST:
        return
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner, depth + 1)
        return
    if not isinstance(value, str) or not value:
        return
    yield value
    start = value.lstrip()[:1]
    if start in ("{", "[", '"'):
        try:
            yield from _texts(json.loads(value), depth + 1)
        except (ValueError, RecursionError):
            return
    elif depth == 0 and start != "<":
        fields = [field for _, field in parse_qsl(value)]
        if value.startswith("--"):
            fields += [part.partition("\r\n\r\n")[2] for part in value.split("\r\n--")]
        for field in fields:
            yield from _texts(field, depth + 1)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
