"""Completing the evidence of runs hours later: the result mail is added to it as a supplement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from chukyso.archive.reading import Unreadable, object_of, read_object, text_of
from chukyso.archive.supplement import add_supplement, supplement_files
from chukyso.errors import Outcome
from chukyso.evidence.directory import lock_output
from chukyso.evidence.manifest import MANIFEST_FILE, to_json
from chukyso.evidence.model.portal import MailStatus
from chukyso.evidence.model.run import Privacy
from chukyso.figures.privacy import Masker
from chukyso.mail.keep import keep_answer
from chukyso.mail.mailbox import Mailbox
from chukyso.mail.result import Rules, SearchCriteria, rules_of
from chukyso.mail.search import Answer, search_mailbox
from chukyso.moment import read_moment
from chukyso.portal.profile import load_profile

_FIRST = datetime(2020, 1, 1, tzinfo=UTC)  # no run is older
KIND = "result-mail"
"""Kind of the supplement."""
_FINAL = frozenset({MailStatus.ACCEPTED.value, MailStatus.REFUSED.value})
_SUBMITTED = frozenset({Outcome.UPDATED.value, Outcome.UNKNOWN.value})


class Completeness(StrEnum):
    """How complete the evidence of a run is."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    SUSPICIOUS = "suspicious"
    PENDING = "pending"
    NOTHING_SUBMITTED = "nothing-submitted"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Completed:
    """What was found for one run.

    Attributes:
        run: Its output directory.
        completeness: Where it stands now.
        added: Whether that was found out now.
        facts: What is said of the mail, as in the manifest.
        problem: Why its evidence cannot be read, English; "" when it can.
    """

    run: Path
    completeness: Completeness
    added: bool = False
    facts: dict[str, Any] | None = None
    problem: str = ""


@dataclass(frozen=True)
class _Open:
    """A run that waits for its mail."""

    run: Path
    criteria: SearchCriteria
    profile: str
    privacy: str


def complete(
    runs: Sequence[Path],
    mailbox: Mailbox,
    password: Callable[[], str],
    *,
    profile: str = "",
    wait: float = 0.0,
) -> list[Completed]:
    """Look for the result mails of all runs that wait for one, with one connection, and add what is found.

    A run that has its result is left as it is, so doing this twice does nothing twice.

    Args:
        runs: Output directories.
        mailbox: Where to look; not contacted when no run waits.
        password: Gets the password; called only when a run waits.
        profile: Profile that says what the mails look like; by default the one that each run names.
        wait: Seconds to look again while a result is missing.

    Raises:
        ChukysoError: ``OUTPUT_IN_USE``, ``OUTPUT_DISK_FULL``, and those of ``rules_of``, ``load_profile`` and
            ``MailReader``.
    """
    states = [_state(run) for run in runs]
    waiting = [state for state in states if isinstance(state, _Open)]
    answers: dict[Path, Answer] = {}
    if waiting:
        names = {one.profile for one in waiting}
        rules = {name: rules_of(load_profile(profile or name), mailbox.authserv) for name in names}
        answers = _look(waiting, mailbox, password(), rules, wait)
    return [_add(state, answers[state.run]) if isinstance(state, _Open) else state for state in states]


def _look(
    waiting: Sequence[_Open], mailbox: Mailbox, password: str, rules: dict[str, Rules], wait: float
) -> dict[Path, Answer]:
    return search_mailbox(
        mailbox, password, {one.run: (one.criteria, rules[one.profile]) for one in waiting}, wait=wait
    )


def _state(run: Path) -> Completed | _Open:
    """What is known of a run already."""
    try:
        manifest = read_object(run / MANIFEST_FILE)
        entries = [object_of(manifest, "result_mail")]
        for path in supplement_files(run):
            content = read_object(path)
            if text_of(content, "kind") == KIND:
                entries.append(object_of(content, "facts"))
        facts = next((one for one in reversed(entries) if text_of(one, "status") in _FINAL), None)
        if facts:
            return Completed(run, Completeness(facts["status"]), facts=facts)
        if text_of(manifest, "outcome") not in _SUBMITTED:
            return Completed(run, Completeness.NOTHING_SUBMITTED)
        return _open(run, manifest)
    except (Unreadable, ValueError) as error:  # one run that somebody damaged must not keep the others waiting
        return Completed(run, Completeness.UNREADABLE, problem=str(error))


def _open(run: Path, manifest: dict[str, Any]) -> _Open:
    """The run as something to look for; ``ValueError`` when the manifest does not say what."""
    tax_code = text_of(object_of(manifest, "account"), "tax_code")
    serial = text_of(object_of(object_of(manifest, "certificates"), "new"), "serial")
    submitted = read_moment(text_of(object_of(manifest, "journal"), "submitting"))
    if not tax_code or not serial:
        raise ValueError("neither MST nor certificate in it")
    if submitted < _FIRST:
        raise ValueError(f"it was submitted in the year {submitted.year}")
    transaction = text_of(object_of(manifest, "receipt"), "transaction")
    return _Open(
        run,
        SearchCriteria(tax_code, serial, transaction, submitted),
        text_of(object_of(manifest, "run"), "profile"),
        text_of(manifest, "privacy"),
    )


def _add(one: _Open, answer: Answer) -> Completed:
    if answer.result is None:
        found = Completeness.SUSPICIOUS if answer.suspicious else Completeness.PENDING
        facts = to_json(keep_answer(one.run, answer, masked=_mask(one)))
        return Completed(one.run, found, facts=facts)
    lock = lock_output(one.run)
    try:
        now = _state(one.run)
        if isinstance(now, Completed):  # another process was quicker
            return now
        result_mail = keep_answer(one.run, answer, masked=_mask(one))
        facts = to_json(result_mail)
        add_supplement(one.run, KIND, [Path(result_mail.path)] if result_mail.path else [], facts)
    finally:
        with suppress(OSError):
            lock.release()
    return Completed(one.run, Completeness(result_mail.status.value), added=True, facts=facts)


def _mask(one: _Open) -> Callable[[str], str] | None:
    return Masker([one.criteria.tax_code]).text if one.privacy == Privacy.MASKED.value else None
