"""One row of the catalogue: a run, read from its manifest or else its journal, neither of which is trusted."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import astuple, dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any

from chukyso.archive.reading import Unreadable, is_regular, moment_of, object_of, parse_object, read_bytes, text_of
from chukyso.archive.thumbnails import THUMBNAILS_FILE, make_strip
from chukyso.errors import Code, Outcome
from chukyso.evidence.files import write_whole
from chukyso.evidence.guide import CAPTIONS
from chukyso.evidence.journal import NOT_SUBMITTED, SUBMITTING
from chukyso.evidence.manifest import JOURNAL_FILE, MANIFEST_FILE, REPORT_FILE, SEALED_REPORT_FILE

UNFINISHED = "unfinished"
"""In the place of an outcome: there is a journal and no manifest, so the run was killed, or goes on."""
_SETTLED = {NOT_SUBMITTED, "accepted", "reconciled"}  # events after which it is known what became of a submission
_LONGEST = 200  # characters of a text that is shown
_MOST_FIGURES = 20  # places that a row has room for


@dataclass(frozen=True)
class Source:
    """A run that is to be in the catalogue.

    Attributes:
        directory: Its output directory.
        run: The same relative to what the catalogue is of, with slashes.
        stamp: Changes when its manifest or journal, or what lies beside them, does.
    """

    directory: Path
    run: str
    stamp: str


@dataclass(frozen=True)
class Row:
    """What is shown of a run.

    Attributes:
        started: When it began, seconds since 1970, UTC; 0 when its manifest does not say.
        outcome: How it ended; ``UNFINISHED`` when only its journal is there; "" when neither can be read.
        tax_code: MST, or "".
        owner: Whose certificate, or "".
        unit: Unit of the account, or "".
        profile: Name of the profile, or "".
        rehearsal: Whether the portal was a sandbox.
        code: Code of the error that ended it, or "".
        sequence: Number in its chain; 0 for none.
        chain: Name of that chain, or "".
        figures: A letter for each figure of the guide that the run followed: ``1`` when it was taken, else ``0``.
        strip: Name of its strip in the catalogue's own directory; "" when it has one itself, "-" for none at all.
        report: Whether there is a report; of an unfinished run it was made from the journal.
        sealed: Whether there is a sealed PDF.
    """

    started: int = 0
    outcome: str = ""
    tax_code: str = ""
    owner: str = ""
    unit: str = ""
    profile: str = ""
    rehearsal: bool = False
    code: str = ""
    sequence: int = 0
    chain: str = ""
    figures: str = ""
    strip: str = "-"
    report: bool = False
    sealed: bool = False

    def to_json(self) -> list[object]:
        return list(astuple(self))

    @classmethod
    def from_json(cls, values: object) -> Row:
        """Read what ``to_json`` wrote.

        Raises:
            Unreadable: It is something else.
        """
        wanted = [type(field.default) for field in fields(cls)]
        if not isinstance(values, list) or [type(value) for value in values] != wanted:
            raise Unreadable("no row")
        return cls(*values)

    def for_page(self, address: str, strips: str) -> list[object]:
        """The row as the page's script wants it.

        Args:
            address: Of the run's directory, seen from the page.
            strips: Of the catalogue's own strips, with a slash at its end.
        """
        strip = "" if self.strip == "-" else f"{strips}{self.strip}" if self.strip else f"{address}/{THUMBNAILS_FILE}"
        return [address, *astuple(self)[:11], strip, int(self.report), int(self.sealed)]


def read_source(directory: Path, run: str) -> Source:
    """Look at the files of a run from outside."""
    stamps = []
    for name in (MANIFEST_FILE, JOURNAL_FILE, REPORT_FILE, SEALED_REPORT_FILE, THUMBNAILS_FILE):
        try:
            status = os.lstat(directory / name)
            stamps.append(f"{status.st_mtime_ns}.{status.st_size}.{stat.S_IFMT(status.st_mode)}")
        except OSError:
            stamps.append("")
    return Source(directory, run, "/".join(stamps))


def make_row(source: Source, strips: Path) -> Row:
    """Read a run's manifest, or the journal of a run that has none; give it a strip when it has none itself.

    Args:
        source: The run.
        strips: Directory for strips.

    Raises:
        ChukysoError: ``OUTPUT_DISK_FULL`` when a strip cannot be written.
    """
    try:
        data = read_bytes(source.directory / MANIFEST_FILE)
        manifest = parse_object(data)
    except Unreadable:
        manifest_is_there = os.path.lexists(source.directory / MANIFEST_FILE)
        return Row() if manifest_is_there else _row_from_journal(source, strips)
    run, account, error = (object_of(manifest, name) for name in ("run", "account", "error"))
    outcome = text_of(manifest, "outcome")
    chain = object_of(manifest, "chain")
    sequence = chain.get("sequence")
    certificates = object_of(manifest, "certificates")
    figures = _figures(manifest.get("figures"), manifest.get("missing_figures"))
    owner = next(filter(None, (text_of(object_of(certificates, name), "owner") for name in ("new", "registered"))), "")
    return Row(
        started=_seconds(run, "started"),
        outcome=outcome if outcome in set(Outcome) else "",
        tax_code=_short(text_of(account, "tax_code")),
        owner=_short(owner),
        unit=_short(text_of(account, "unit")),
        profile=_short(text_of(run, "profile")),
        rehearsal=run.get("rehearsal") is True,
        code=_short(text_of(error, "code")),
        sequence=sequence if type(sequence) is int and 0 < sequence < 10**9 else 0,
        chain=_short(text_of(chain, "id")),
        figures=figures,
        strip=_strip(source, strips, sha256(data).hexdigest()[:32], len(figures)),
        report=is_regular(source.directory / REPORT_FILE),
        sealed=is_regular(source.directory / SEALED_REPORT_FILE),
    )


def _row_from_journal(source: Source, strips: Path) -> Row:
    try:
        data = read_bytes(source.directory / JOURNAL_FILE)
        lines = data[: data.rfind(b"\n") + 1].splitlines()  # the last one may never have been finished
        entries = [parse_object(line) for line in lines]
    except Unreadable:
        return Row()
    told: dict[str, dict[str, Any]] = {text_of(entry, "event"): object_of(entry, "data") for entry in entries}
    run, account = told.get("run", {}), told.get("account", {})
    taken = [object_of(entry, "data") for entry in entries if text_of(entry, "event") == "figure"]
    figures = _figures(taken, [{"number": len(CAPTIONS)}])  # a journal does not say how many there were to be
    return Row(
        started=_seconds(entries[0], "time") if entries else 0,
        outcome=UNFINISHED,
        tax_code=_short(text_of(account, "tax_code")),
        unit=_short(text_of(account, "unit")),
        profile=_short(text_of(run, "profile")),
        rehearsal=run.get("rehearsal") is True,
        code=Code.SUBMISSION_UNKNOWN.name if SUBMITTING in told and not _SETTLED & told.keys() else "",
        figures=figures,
        strip=_strip(source, strips, sha256(data).hexdigest()[:32], len(figures)),
        report=is_regular(source.directory / REPORT_FILE),
    )


def _strip(source: Source, strips: Path, name: str, places: int) -> str:
    if is_regular(source.directory / THUMBNAILS_FILE):
        return ""
    path = strips / f"{name}.webp"
    if not path.exists():
        strip = make_strip(source.directory, places)
        if strip is None:
            return "-"
        write_whole(path, strip)
    return path.name


def _figures(taken: object, missing: object) -> str:
    """Which figures were taken, of as many as these lists name."""
    found = _numbers(taken)
    return "".join("01"[number in found] for number in range(1, max(found | _numbers(missing), default=0) + 1))


def _numbers(figures: object) -> set[int]:
    entries = figures if isinstance(figures, list) else []
    numbers = (entry.get("number") for entry in entries if isinstance(entry, dict))
    return {number for number in numbers if type(number) is int and 0 < number <= _MOST_FIGURES}


def _seconds(content: Mapping[str, Any], name: str) -> int:
    moment = moment_of(content, name)
    return int(moment.timestamp()) if moment else 0


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
