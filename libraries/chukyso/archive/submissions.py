"""The register of submissions of this installation: nothing is submitted for an account while one of its is open.

One file, ``submissions.json`` in the state directory, for its user alone. A submission is in it before anything can be
submitted, and gets its end when the run knows it. Of a run that was killed, or that ended ``unknown``, the end stays
open: whoever comes next for that account looks first.

An account is a tax code on one portal. Each embedded sandbox is a portal of its own.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chukyso.archive.reading import Unreadable, parse_object, read_bytes
from chukyso.errors import ChukysoError, Code, Outcome
from chukyso.evidence.files import write_whole
from chukyso.moment import in_vietnam, read_moment
from chukyso.state import state_directory
from chukyso.storage.lock import PRIVATE, locked

FILE = "submissions.json"
FOUND, LOOKED, LAPSED = "found", "looked", "lapsed"
"""Ends that are no outcomes: a later run found it registered; an operator had looked; it took too long to be under way
still. The fourth is the journal's ``NOT_SUBMITTED``: the signing agent released nothing."""

_OPEN = ("", Outcome.UNKNOWN.value)
_FORM = 1
_ENDED = 1000  # so many of those that have an end are kept, the newest
_REHEARSED = timedelta(days=1)  # then a sandbox is gone; there may be hundreds of them in a night


@dataclass(frozen=True)
class Submission:
    """One submission; account and new certificate are what it is known by.

    Attributes:
        run: The run's id.
        portal: Which portal, ``RunOptions.portal_key``.
        tax_code: The account's MST.
        unit: The unit's code, or "".
        serial: Serial of the new certificate.
        sha256: SHA-256 of its DER, hex.
        at: When it was about to be submitted, ISO 8601.
        directory: Output directory of the run.
        rehearsal: Whether the portal was an embedded sandbox.
        end: How it ended, an outcome or one of the words above; "" while nobody knows.
    """

    run: str
    portal: str
    tax_code: str
    unit: str
    serial: str
    sha256: str
    at: str
    directory: str
    rehearsal: bool
    end: str = ""

    def __post_init__(self) -> None:
        if not all(isinstance(value, str) for name, value in vars(self).items() if name != "rehearsal"):
            raise TypeError("a submission is made of texts")
        if not isinstance(self.rehearsal, bool):
            raise TypeError("a submission was a rehearsal or not")
        read_moment(self.at)

    @property
    def submitted(self) -> datetime:
        """``at`` as a moment, aware."""
        return read_moment(self.at)

    @property
    def is_open(self) -> bool:
        """Whether nobody knows what became of it."""
        return self.end in _OPEN


class Submissions:
    """The register. Any number of runs may use it at once; every method raises ``SUBMISSIONS_UNUSABLE``."""

    @property
    def path(self) -> Path:
        """Its file."""
        return state_directory() / FILE

    def open_for(self, portal: str, tax_code: str) -> Submission | None:
        """The submission of this account whose end is open, or None; ``begin`` sees to it that there is only one."""
        with self._locked():
            found = [one for one in self._read() if (one.portal, one.tax_code) == (portal, tax_code) and one.is_open]
        return found[-1] if found else None

    def begin(self, submission: Submission, settled: str = "", end: str = "") -> None:
        """Note a submission; on disk when this returns.

        Args:
            submission: The submission.
            settled: Id of an earlier run whose submission was open and need not be waited for any more.
            end: Its end.

        Raises:
            ChukysoError: ``SUBMISSION_PENDING`` when another one of the account is open.
        """
        account = (submission.portal, submission.tax_code)
        with self._locked():
            known = [replace(one, end=end) if settled and one.run == settled else one for one in self._read()]
            for one in known:
                if one.is_open and (one.portal, one.tax_code) == account:
                    raise pending(one, None)
            self._write([*known, submission])

    def end(self, run: str, end: str) -> None:
        """Note how a submission ended; does nothing when there is none of this run."""
        with self._locked():
            known = self._read()
            if any(one.run == run for one in known):
                self._write([replace(one, end=end) if one.run == run else one for one in known])

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            with locked(self.path):
                yield
        except ChukysoError as error:
            if error.code is Code.OUTPUT_DISK_FULL:  # what ``write_whole`` calls a file that it cannot write
                raise self._unusable("không ghi được", error.detail) from error
            raise
        except TimeoutError as error:
            raise self._unusable("tiến trình khác đang giữ sổ", str(error)) from error
        except Unreadable as error:
            raise self._unusable("sổ bị hỏng", str(error)) from error
        except OSError as error:
            raise self._unusable("không đọc hoặc ghi được", f"{type(error).__name__}: {error}") from error

    def _read(self) -> list[Submission]:
        if not self.path.exists():
            return []
        content = parse_object(read_bytes(self.path))
        if content.get("form") != _FORM:
            raise Unreadable(f"of form {content.get('form')}")
        try:
            return [Submission(**one) for one in content["submissions"]]
        except (KeyError, TypeError, ValueError) as error:
            raise Unreadable(f"{type(error).__name__}: {error}") from error

    def _write(self, submissions: Collection[Submission]) -> None:
        oldest = datetime.now(UTC) - _REHEARSED
        kept = [one for one in submissions if not one.rehearsal or one.submitted > oldest]
        ended = [one.run for one in kept if not one.is_open]
        gone = set(ended[:-_ENDED])
        content = {"form": _FORM, "submissions": [asdict(one) for one in kept if one.run not in gone]}
        write_whole(self.path, json.dumps(content, ensure_ascii=False, indent=1).encode() + b"\n", mode=PRIVATE)

    def _unusable(self, reason: str, detail: str) -> ChukysoError:
        return ChukysoError(Code.SUBMISSIONS_UNUSABLE, detail, path=self.path, reason=reason)


def pending(earlier: Submission, after: timedelta | None) -> ChukysoError:
    """``SUBMISSION_PENDING``: what is said instead of submitting.

    Args:
        earlier: The submission whose end is open.
        after: How long after it another one may follow; None when it is that of a run that goes on.
    """
    until = f"trước {in_vietnam(earlier.submitted + after)}" if after is not None else "khi lần chạy kia chưa xong"
    return ChukysoError(
        Code.SUBMISSION_PENDING,
        f"run {earlier.run}, submitted {earlier.at}, end {earlier.end or 'never said'}",
        moment=in_vietnam(earlier.submitted),
        directory=earlier.directory,
        until=until,
    )
