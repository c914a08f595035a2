"""The canary: secrets, how they may be spelled, and where they were found."""

from __future__ import annotations

import base64
import gzip
import io
import threading
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import psutil

PASSWORD = "Mat-Khau/Canary+7731"


PIN = "83517264"


def spellings(secret: str) -> dict[str, bytes]:
    """The secret in every encoding that a log or archive may use."""
    raw = secret.encode()
    return {
        "UTF-8": raw,
        "UTF-16 LE": secret.encode("utf-16-le"),
        "UTF-16 BE": secret.encode("utf-16-be"),
        **{f"base64+{shift}": in_base64(raw, shift) for shift in range(3)},
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "URL": urllib.parse.quote(secret, safe="").encode(),
    }


def in_base64(raw: bytes, shift: int) -> bytes:
    """The characters that the bytes alone decide, when as many bytes stand before them in a base64 text."""
    first, last = -(-shift * 8 // 6), (shift + len(raw)) * 8 // 6
    return base64.b64encode(b"\0" * shift + raw)[first:last]


def unpacked(path: Path) -> Iterator[tuple[str, bytes]]:
    """The file's bytes, and those of what is packed in it."""
    data = path.read_bytes()
    yield str(path), data
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from ((f"{path}!{name}", archive.read(name)) for name in archive.namelist())
    if data[:2] == b"\x1f\x8b":
        yield f"{path}!gz", gzip.decompress(data)
    # log.html holds long texts zlib-compressed in base64.
    for text in data.split(b'"*')[1:] if path.suffix == ".html" else []:
        yield from ((f"{path}!text", piece) for piece in _inflated(text.partition(b'"')[0]))


def _inflated(text: bytes) -> Iterator[bytes]:
    try:
        yield zlib.decompress(base64.b64decode(text, validate=True))
    except (ValueError, zlib.error):
        return


def leaks(directory: Path, secret: str) -> list[str]:
    found = []
    for path in directory.rglob("*"):
        if path.is_file():
            for place, data in unpacked(path):
                found += [f"{place}: {name}" for name, form in spellings(secret).items() if form in data]
    return found


class Watch(threading.Thread):
    """Looks at the command lines and environments of all descendants while a run goes on.

    Args:
        others: Secrets besides the password and the PIN.
    """

    def __init__(self, *others: str) -> None:
        super().__init__(daemon=True)
        self._secrets = (PASSWORD, PIN, *others)
        self.seen: set[tuple[str, str]] = set()
        self.leaks: set[str] = set()
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(0.05):
            for process in psutil.Process().children(recursive=True):
                try:
                    name, line = process.name(), " ".join(process.cmdline())
                    environment = process.environ()
                except (psutil.Error, OSError):
                    continue
                self.seen.add((name, "sandbox" if "chukyso.sandbox" in line else line[:40]))
                self._look(f"{name}: command line", line)
                if "-m robot" not in line:  # the run itself was given its secrets by env: references
                    self._look(f"{name}: environment", str(environment))

    def _look(self, place: str, text: str) -> None:
        self.leaks |= {f"{place}: {secret}" for secret in self._secrets if secret in text}
