"""The pipe to a child: frames, and bytes of which no copy is left."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import IO

import pytest

from chukyso.worker.frames import BrokenFrameError, overwrite, read_frame, read_secret, write_frame, write_secret

Pipe = tuple[IO[bytes], IO[bytes]]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", buffering=0) as source, os.fdopen(writing, "wb") as target:
        yield source, target


def test_a_secret_follows_its_request_and_is_overwritten(pipe: Pipe) -> None:
    source, target = pipe
    secret = bytearray(b"94-Kx-83")
    write_frame(target, {"operation": "set"})
    write_secret(target, secret)
    write_frame(target, {"operation": "next"})
    assert secret == bytes(8)
    assert read_frame(source) == {"operation": "set"}
    read = read_secret(source)
    assert read == b"94-Kx-83"
    overwrite(read)
    assert read == bytes(8)
    assert read_frame(source) == {"operation": "next"}


def test_a_secret_is_overwritten_also_when_nobody_takes_it(pipe: Pipe) -> None:
    source, target = pipe
    source.close()
    secret = bytearray(b"94-Kx-83")
    with pytest.raises(BrokenFrameError):
        write_secret(target, secret)
    assert secret == bytes(8)


@pytest.mark.parametrize("sent", [b"", b"\0\0", b"\0\0\0\5{}", b"\xff\xff\xff\xff", b"\0\0\0\2[]", b"\0\0\0\2{]"])
def test_what_is_no_frame_is_refused(sent: bytes, pipe: Pipe) -> None:
    source, target = pipe
    target.write(sent)
    target.close()
    with pytest.raises(BrokenFrameError):
        read_frame(source)
