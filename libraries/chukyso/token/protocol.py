"""Frames between parent and child: four bytes length (big-endian), then a JSON object, ASCII only.

A request has one answer. Before the answer to ``sign`` the child says how far it is: ``{"stage": …}``, see ``Stage``.
"""

from __future__ import annotations

import json
import struct
from typing import IO, Any

LIMIT = 4 * 1024 * 1024
"""Longest frame in bytes; a token full of certificates needs a hundredth of it."""

_LENGTH = struct.Struct(">I")

Message = dict[str, Any]


class BrokenFrameError(Exception):
    """The other side ended, or what it sent is not a frame."""


def write_frame(stream: IO[bytes], message: Message) -> None:
    """Send one message.

    Raises:
        BrokenFrameError: The other side is gone, or the message is too long.
    """
    body = json.dumps(message).encode("ascii")
    if len(body) > LIMIT:
        raise BrokenFrameError(f"frame of {len(body)} bytes")
    try:
        stream.write(_LENGTH.pack(len(body)) + body)
        stream.flush()
    except OSError as error:
        raise BrokenFrameError("the other side is gone") from error


def read_frame(stream: IO[bytes]) -> Message:
    """Wait for one message.

    Raises:
        BrokenFrameError: The other side ended or sent something else.
    """
    (length,) = _LENGTH.unpack(_read(stream, _LENGTH.size))
    if length > LIMIT:
        raise BrokenFrameError(f"frame of {length} bytes")
    try:
        message = json.loads(_read(stream, length))
    except ValueError as error:
        raise BrokenFrameError("frame is not JSON") from error
    if not isinstance(message, dict):
        raise BrokenFrameError("frame is not an object")
    return message


def _read(stream: IO[bytes], count: int) -> bytes:
    try:
        data = stream.read(count)
    except OSError as error:
        raise BrokenFrameError("the other side is gone") from error
    if len(data) < count:
        raise BrokenFrameError("the other side ended")
    return data
