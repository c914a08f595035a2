"""Marker secrets go through a whole run; then everything that it left behind is searched for them."""

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
import pytest
from tests.conftest import ROOT

pytestmark = pytest.mark.slow
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


@pytest.mark.parametrize(("given_by", "level"), [("environment", "TRACE"), ("file", "INFO")])
def test_no_secret_is_left_anywhere(account, run_update, tmp_path: Path, level: str, given_by: str) -> None:
    details = account(password=PASSWORD, pin=PIN)
    secrets = {"env": {"PORTAL_PASSWORD": PASSWORD, "TOKEN_PIN": PIN}} if given_by == "environment" else {}
    references = {"PORTAL_PASSWORD": "env:PORTAL_PASSWORD", "TOKEN_PIN": "env:TOKEN_PIN"} if secrets else {}
    watch = Watch()
    watch.start()
    run = run_update(details, arguments=("--loglevel", level), **secrets, **references)
    watch.stopped.set()
    watch.join()
    run.ended("updated")
    assert {"node", "chromium"} & {name for name, _ in watch.seen}, "the watch saw no browser: it would find nothing"
    assert not watch.leaks
    for secret in (PASSWORD, PIN):
        assert not leaks(run.directory, secret)
        assert secret not in run.console


@pytest.mark.nightly
def test_no_secret_when_the_password_cannot_be_typed(account, run_update) -> None:
    """Playwright quotes what it failed to type."""
    run = run_update(
        account(password=PASSWORD, pin=PIN),
        suite=ROOT / "tests" / "robot" / "update" / "bad_days.robot",
        arguments=("--task", "Password Cannot Be Typed", "--loglevel", "TRACE"),
    )
    run.ended("failed", "ELEMENT_NOT_READY")
    assert not leaks(run.directory, PASSWORD)
    assert PASSWORD not in run.console


@pytest.mark.parametrize(
    ("code", "variables"),
    [("MST_INVALID", {"TAX_CODE": "0101234567"}), ("", {"DRY_RUN": True})],
    ids=["run stops before it reads them", "run is given others"],
)
def test_no_child_inherits_variables_that_the_run_does_not_read(account, run_update, code: str, variables) -> None:
    watch = Watch()
    watch.start()
    run = run_update(account(), env={"PORTAL_PASSWORD": PASSWORD, "TOKEN_PIN": PIN}, **variables)
    watch.stopped.set()
    watch.join()
    run.ended("stopped" if code else "dry-run", code)
    assert not watch.leaks


def test_the_search_finds_what_it_looks_for(tmp_path: Path) -> None:
    for number, (name, form) in enumerate(spellings(PIN).items()):
        place = tmp_path / str(number)
        place.mkdir()
        (place / "file.txt").write_bytes(b"before " + form + b" after")
        assert leaks(place, PIN), name
    for before in range(3):  # in the middle of a longer base64 text, in every alignment
        place = tmp_path / f"shift-{before}"
        place.mkdir()
        text = base64.b64encode(b"x" * (30 + before) + PIN.encode() + b"more text")
        (place / "file.txt").write_bytes(text)
        assert leaks(place, PIN)
    with zipfile.ZipFile(tmp_path / "trace.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("network.json", f'{{"body": "{PASSWORD}"}}')
    packed = base64.b64encode(zlib.compress(PASSWORD.encode())).decode()
    (tmp_path / "log.html").write_text(f'window.output["strings"] = ["*","*{packed}"]', encoding="utf-8")
    assert {place.partition("!")[2].partition(":")[0] for place in leaks(tmp_path, PASSWORD)} >= {
        "network.json",
        "text",
    }
