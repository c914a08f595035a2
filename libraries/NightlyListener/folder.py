"""The folders of failures: who gets one, how much fits in, the page that shows it."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chukyso.figures.privacy import Masker
from chukyso.moment import in_vietnam
from chukyso.nightly.failures import ABOUT, BYTES_A_FAILURE, FAILURES_KEPT, PAGE, STOPPED
from chukyso.nightly.redaction import Redactor
from chukyso.typeface import embed
from ChukysoKeywords import interrupted
from NightlyListener.collectors import COLLECTORS, Collector, Nothing, Subject
from NightlyListener.privacy import find_masker
from NightlyListener.secrets import known_secrets

_SECONDS_EACH: Final = 10.0
_SECONDS_ALL: Final = 25.0

Cover = Callable[[str], str]
"""Takes out of a text what nobody is to read."""


@dataclass(frozen=True)
class Collected:
    """What became of one collector.

    Attributes:
        title: What it collects, in Vietnamese.
        file: Name of the file, or "".
        note: Why there is none, or that it was cut; "" else.
        size: Bytes.
    """

    title: str
    file: str
    note: str
    size: int = 0


class FailureFolders:
    """Makes a folder for each failure, numbered over all processes of the night.

    Args:
        root: ``failures`` in the night's directory.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def collect(self, subject: Subject) -> Path | None:
        """Run every collector; return the folder, or ``None`` when there is none to be had."""
        try:
            folder = self._claim()
            if folder is None:
                return None
            cover = _covering(Redactor(known_secrets()), find_masker())
            collected = list(_run_all(subject, folder, cover))
            self._write_page(folder, subject, collected, cover)
        except OSError:  # a full disk: the failure itself is reported, this is only beside it
            return None
        return folder

    def add_test(self, folder: Path, test: str) -> None:
        """Note that a test failed with the set-up that the folder is about."""
        about = folder / ABOUT
        with contextlib.suppress(OSError, ValueError):
            data = json.loads(about.read_text(encoding="utf-8"))
            data["tests"].append(test)
            about.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")

    def _claim(self) -> Path | None:
        """Make the first folder that nobody has; making one is atomic, so processes need no lock."""
        self._root.mkdir(parents=True, exist_ok=True)
        for number in range(1, FAILURES_KEPT + 1):
            folder = self._root / f"{number:02}"
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                return folder
        text = f"Data of the first {FAILURES_KEPT} failures are kept; there were more.\n"
        (self._root / STOPPED).write_text(text, encoding="utf-8")
        return None

    def _write_page(self, folder: Path, subject: Subject, collected: list[Collected], cover: Cover) -> None:
        message = cover(subject.message)
        about = {
            "schema_version": 1,
            "tests": [subject.test] if subject.test else [],
            "name": subject.name,
            "message": message,
            "started": subject.started.isoformat() if subject.started else None,
            "files": {one.file: one.size for one in collected if one.file},
            "notes": {one.title: one.note for one in collected if one.note},
        }
        (folder / ABOUT).write_text(json.dumps(about, ensure_ascii=False, indent=1), encoding="utf-8")
        environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
        )
        page = environment.get_template("failure.html").render(
            subject=subject,
            started=in_vietnam(subject.started.astimezone()) if subject.started else "",
            message=message,
            collected=collected,
            picture=next((one.file for one in collected if one.file.endswith(".png")), ""),
        )
        (folder / PAGE).write_text(embed(page), encoding="utf-8")


def _covering(redactor: Redactor, masker: Masker | None) -> Cover:
    """Secrets always, what is about a person where the run is ``masked``."""
    return (lambda text: masker.text(redactor(text))) if masker else redactor


def _run_all(subject: Subject, folder: Path, cover: Cover) -> Iterator[Collected]:
    """Run the table of collectors; one that hangs or fails only leaves a note."""
    end = time.monotonic() + _SECONDS_ALL
    left = BYTES_A_FAILURE
    for collector in COLLECTORS:
        seconds = min(_SECONDS_EACH, end - time.monotonic())
        if interrupted() or seconds <= 0:
            yield Collected(collector.title, "", "không còn thời gian" if not interrupted() else "bị ngắt")
            continue
        answer = _in_time(collector, subject, folder, seconds)
        if isinstance(answer, str):
            yield Collected(collector.title, "", cover(answer))
            continue
        data, note = _fit(answer, collector, cover, min(left, collector.limit))
        if data is None:
            yield Collected(collector.title, "", note)
            continue
        (folder / collector.file).write_bytes(data)
        left -= len(data)
        yield Collected(collector.title, collector.file, note, len(data))


def _in_time(collector: Collector, subject: Subject, folder: Path, seconds: float) -> bytes | str:
    """What the collector found, or why it found nothing.

    It runs in a thread of its own: a page that loops or a driver that died answers nobody, and a thread can be left.
    """
    answer: list[bytes | str] = []

    def work() -> None:
        try:
            answer.append(collector.collect(subject, folder))
        except Nothing as nothing:
            answer.append(str(nothing))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the failure of the test is what counts
            first = (str(error).splitlines() or [""])[0]
            answer.append(f"{type(error).__name__}: {first[:200]}")

    thread = threading.Thread(target=work, name=f"collect {collector.file}", daemon=True)
    thread.start()
    thread.join(seconds)
    return answer[0] if answer else f"không trả lời trong {seconds:.0f} giây"


def _fit(data: bytes, collector: Collector, cover: Cover, limit: int) -> tuple[bytes | None, str]:
    """Redact a text and cut it to its limit; a picture that is too large is left out."""
    if not collector.is_text:
        return (data, "") if len(data) <= limit else (None, f"lớn hơn {limit // 1000} kB")
    text = cover(data.decode("utf-8", "replace"))  # before cutting: half a secret is not found any more
    encoded = text.encode()
    if len(encoded) <= limit:
        return encoded, ""
    kept = encoded[-limit:] if collector.keep_end else encoded[:limit]
    return kept.decode("utf-8", "ignore").encode(), f"cắt còn {limit // 1000} kB trong {len(encoded) // 1000} kB"
