"""Frames between parent and child: four bytes length (big-endian), then a JSON object, ASCII only.

A request has one answer. Before it the child may say how far it is: ``{"stage": …}``. A secret that no copy may be left
of follows its request as a frame of bytes.
"""

from __future__ import annotations

import json
import os
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
    try:
        message = json.loads(_read(stream))
    except ValueError as error:
        raise BrokenFrameError("frame is not JSON") from error
    if not isinstance(message, dict):
        raise BrokenFrameError("frame is not an object")
    return message


def write_secret(stream: IO[bytes], secret: bytearray) -> None:
    """Send bytes right behind their request, past the stream's buffer, and overwrite them.

    Raises:
        BrokenFrameError: The other side is gone.
    """
    try:
        stream.flush()
        for part in (_LENGTH.pack(len(secret)), secret):
            sent = 0
            while sent < len(part):
                sent += os.write(stream.fileno(), memoryview(part)[sent:])
    except OSError as error:
        raise BrokenFrameError("the other side is gone") from error
    finally:
        overwrite(secret)


def read_secret(stream: IO[bytes]) -> bytearray:
    """Wait for bytes of ``write_secret``; to be overwritten by whoever used them. The stream must have no buffer.

    Raises:
        BrokenFrameError: The other side ended.
    """
    return _read(stream)


def overwrite(secret: bytearray) -> None:
    """Overwrite a secret where it lies."""
    secret[:] = bytes(len(secret))


def _read(stream: IO[bytes]) -> bytearray:
    length = bytearray(_LENGTH.size)
    _fill(stream, length)
    (count,) = _LENGTH.unpack(length)
    if count > LIMIT:
        raise BrokenFrameError(f"frame of {count} bytes")
    body = bytearray(count)
    _fill(stream, body)
    return body


def _fill(stream: IO[bytes], into: bytearray) -> None:
    view, at = memoryview(into), 0
    while at < len(into):
        try:
            count = stream.readinto(view[at:])  # type: ignore[attr-defined]  # of every binary stream, though not of IO
        except OSError as error:
            raise BrokenFrameError("the other side is gone") from error
        if not count:
            raise BrokenFrameError("the other side ended")
        at += count
