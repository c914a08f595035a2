"""``chukyso evidence catalogue``: one page over many runs, which opens from a share without a server.

The page is static: the runs are in a script file beside it, because a page that was opened from a disk may not fetch
anything. Beside that lies what is needed to make it again quickly: only runs whose manifest is new or another are read.
The catalogue proves nothing; ``verify`` does.
"""

from __future__ import annotations

import json
import os
from base64 import b64encode
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chukyso.archive.catalogue_rows import UNFINISHED, Row, make_row, read_source
from chukyso.archive.parallel import Progress, in_processes
from chukyso.archive.reading import Unreadable, read_object
from chukyso.archive.tombstone import read_tombstones
from chukyso.archive.verify import find_runs
from chukyso.errors import ChukysoError, Code, Outcome
from chukyso.evidence.files import reporting_write_errors, write_whole
from chukyso.moment import in_vietnam
from chukyso.report.words import OUTCOMES
from chukyso.storage.lock import holding
from chukyso.typeface import embedded_rules

CATALOGUE = "catalogue.html"
_TEMPLATES = Path(__file__).parent / "templates"
_FORM = 4  # of the memory
_MEMORY = "memory.json"
_DATA = "runs.js"
_STRIPS = "thumbnails"
_MEMORY_LIMIT = 512 << 20
_FEW = 64  # runs to read; for fewer, starting processes takes longer
_BATCH = 64


@dataclass(frozen=True)
class Built:
    """What became of it.

    Attributes:
        page: The page.
        runs: How many runs are in it.
        read: How many of them had to be read.
        unreadable: How many runs could not be read; they are listed as such.
    """

    page: Path
    runs: int
    read: int
    unreadable: int


def build_catalogue(
    directory: Path, page: Path | None = None, *, jobs: int = 2, progress: Progress | None = None
) -> Built:
    """Make the catalogue of all runs in and below a directory, or make it anew.

    Args:
        directory: The directory.
        page: The page to write; by default ``catalogue.html`` in the directory. What belongs to it goes into a
            directory beside it, ``catalogue.files``.
        jobs: Processes for reading.
        progress: Told how far it is.

    Raises:
        ChukysoError: ``EVIDENCE_UNREADABLE`` when there is no run at all; ``OUTPUT_NOT_WRITABLE``,
            ``OUTPUT_DISK_FULL``; ``OUTPUT_IN_USE`` when another process makes this catalogue.
    """
    found = find_runs(directory)
    if not found.runs and not found.tombstones:
        reason = "không có bằng chứng nào trong thư mục này"
        raise ChukysoError(Code.EVIDENCE_UNREADABLE, "no run was found", path=directory, reason=reason)
    page = page or directory / CATALOGUE
    files = page.with_suffix(".files")
    with holding(files):
        with reporting_write_errors(files / _STRIPS):
            (files / _STRIPS).mkdir(exist_ok=True)
        known = _remembered(files / _MEMORY)
        sources = [read_source(path, path.relative_to(directory).as_posix()) for path in found.runs]
        new = [source for source in sources if known.get(source.run, (None,))[0] != source.stamp]
        unread = {source.run for source in new}
        rows = {source.run: known[source.run][1] for source in sources if source.run not in unread}
        work = partial(make_row, strips=files / _STRIPS)
        read = in_processes(work, new, jobs=jobs, batch=_BATCH, few=_FEW, progress=progress)
        rows.update(zip([source.run for source in new], read, strict=True))
        _forget_strips(files / _STRIPS, rows.values())
        stamps = {source.run: source.stamp for source in sources}
        memory = {"form": _FORM, "runs": {run: [stamps[run], row.to_json()] for run, row in rows.items()}}
        data = _script(rows, directory, page.parent, files.name)
        write_whole(files / _DATA, data)
        write_whole(page, _render(files.name, len(rows), _count_removed(found.tombstones)))
        write_whole(files / _MEMORY, json.dumps(memory).encode())  # last: what it knows of is written
    return Built(page, len(rows), len(new), sum(not row.outcome for row in rows.values()))


def _remembered(path: Path) -> dict[str, tuple[str, Row]]:
    """What is known of runs from the last time; nothing when that cannot be read."""
    known: dict[str, tuple[str, Row]] = {}
    try:
        memory = read_object(path, _MEMORY_LIMIT)
    except Unreadable:
        return known
    runs = memory.get("runs")
    if memory.get("form") != _FORM or not isinstance(runs, dict):
        return known
    for run, entry in runs.items():
        with suppress(Unreadable, ValueError, TypeError):
            stamp, row = entry
            known[run] = (str(stamp), Row.from_json(row))
    return known


def _forget_strips(strips: Path, rows: Iterable[Row]) -> None:
    """Remove small pictures of runs that are gone: they have personal data, too."""
    wanted = {row.strip for row in rows}
    with reporting_write_errors(strips):
        for path in strips.iterdir():
            if path.name not in wanted:
                path.unlink()


def _count_removed(files: Iterable[Path]) -> int:
    count = 0
    for path in files:
        with suppress(Unreadable):
            count += len(read_tombstones(path)[0])
    return count


def _script(rows: dict[str, Row], directory: Path, base: Path, files: str) -> bytes:
    """The runs as a script, newest first. Whatever is in a manifest stays a string in it."""
    ordered = sorted(rows.items(), key=lambda item: (item[1].started, item[0]), reverse=True)
    prefix = _relative(directory, base)
    content = [row.for_page(f"{prefix}{_quoted(run)}", f"{quote(files)}/{_STRIPS}/") for run, row in ordered]
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return f"globalThis.RUNS={text};\n".encode("utf-8", "backslashreplace")


def _relative(directory: Path, base: Path) -> str:
    """Address of a directory seen from the page, with a slash at its end; "" for the page's own."""
    try:
        path = Path(os.path.relpath(directory.absolute(), base.absolute()))
    except ValueError:  # Windows: another drive
        return f"{directory.absolute().as_uri()}/"
    return "" if path == Path() else f"{_quoted(path.as_posix())}/"


def _quoted(path: str) -> str:
    """A path as an address: no character is left that means something to HTML, CSS, or as a scheme."""
    return quote(os.fsencode(path), safe="/")


def _render(files: str, runs: int, removed: int) -> bytes:
    script = (_TEMPLATES / "catalogue.js").read_text(encoding="utf-8")
    style = f"{(_TEMPLATES / 'catalogue.css').read_text(encoding='utf-8')}\n{embedded_rules()}\n"
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    outcomes = [
        {"name": outcome.value, "words": _sentence(OUTCOMES[outcome].headline), "tone": OUTCOMES[outcome].tone}
        for outcome in Outcome
    ]
    outcomes.append({"name": UNFINISHED, "words": "Bị tắt hoặc đang chạy", "tone": "warning"})
    text = environment.get_template("catalogue.html").render(
        data=f"{quote(files)}/{_DATA}",
        script=script,
        style=style,
        script_hash=_hash(script),
        style_hash=_hash(style),
        outcomes=outcomes,
        runs=runs,
        removed=removed,
        built=in_vietnam(datetime.now(UTC)),
    )
    return text.encode()


def _sentence(headline: str) -> str:
    return headline[:1] + headline[1:].lower()


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
