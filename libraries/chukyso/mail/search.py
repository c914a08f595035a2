"""Searches a mailbox for the results of runs: one connection, however many runs."""

from __future__ import annotations

import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from chukyso.mail.imap import MAX_MESSAGE, Listed, MailReader
from chukyso.mail.mailbox import Mailbox
from chukyso.mail.message import Mail, read_mail
from chukyso.mail.result import MailVerdict, Rules, SearchCriteria, judge, may_matter

POLL_SECONDS: Final = 2.0
MAX_FETCHED: Final = 128 << 20
"""Most bytes of mails that are read in one look."""
MAX_SUSPICIOUS: Final = 5

_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True)
class Result:
    """The mail that tells the result of a run.

    Attributes:
        verdict: ``ACCEPTED`` or ``REFUSED``.
        data: The mail as it lies in the mailbox.
        mail: The same, read.
        received: When the mail server got it, UTC.
    """

    verdict: MailVerdict
    data: bytes = field(repr=False)
    mail: Mail = field(repr=False)
    received: datetime


@dataclass(frozen=True)
class Suspicion:
    """A mail about a run that is not believed.

    Attributes:
        sender: Its ``From``, as a person sees it.
        subject: Its subject.
        received: When the mail server got it, UTC.
        reason: Why, English.
        forged: Whether something says that the sender is forged; else it could only not be verified.
    """

    sender: str
    subject: str
    received: datetime
    reason: str
    forged: bool = False


@dataclass
class Answer:
    """What was found for one run: the newest result, or None, and the first few mails that are not believed."""

    result: Result | None = None
    suspicious: list[Suspicion] = field(default_factory=list)


class _Look(Generic[_Key]):
    def __init__(self, searches: Mapping[_Key, tuple[SearchCriteria, Rules]]) -> None:
        self._searches = searches
        self._seen: set[int] = set()
        self._left = MAX_FETCHED
        self._earliest = min(criteria.earliest for criteria, _ in searches.values())
        self.answers: dict[_Key, Answer] = {key: Answer() for key in searches}

    @property
    def done(self) -> bool:
        return all(answer.result for answer in self.answers.values())

    def once(self, reader: MailReader) -> None:
        for listed in reader.listed(self._earliest - timedelta(days=1), frozenset(self._seen)):
            self._seen.add(listed.uid)
            if listed.received >= self._earliest:
                self._consider(reader, listed)

    def _consider(self, reader: MailReader, listed: Listed) -> None:
        header = read_mail(listed.header)
        if not any(may_matter(header, rules) for _, rules in self._searches.values()):
            return
        if listed.size > min(MAX_MESSAGE, self._left):
            for key, (criteria, _) in self._searches.items():
                if listed.received >= criteria.earliest:
                    self._suspect(key, header, listed, f"it is too large to be read: {listed.size} bytes")
            return
        self._left -= listed.size
        data = reader.fetch(listed.uid)
        mail = read_mail(data)
        for key, (criteria, rules) in self._searches.items():
            judgement = judge(mail, criteria, listed.received, rules)
            if judgement.verdict is MailVerdict.SUSPICIOUS:
                self._suspect(key, mail, listed, judgement.reason, forged=judgement.forged)
            elif judgement.verdict is not MailVerdict.UNRELATED:
                self._answer(key, Result(judgement.verdict, data, mail, listed.received))

    def _answer(self, key: _Key, result: Result) -> None:
        before = self.answers[key].result
        if before is None or before.received < result.received:
            self.answers[key].result = result

    def _suspect(self, key: _Key, mail: Mail, listed: Listed, reason: str, *, forged: bool = False) -> None:
        suspicious = self.answers[key].suspicious
        if len(suspicious) < MAX_SUSPICIOUS:
            suspicious.append(Suspicion(mail.shown, mail.subject, listed.received, reason, forged))


def search_mailbox(
    mailbox: Mailbox,
    password: str,
    searches: Mapping[_Key, tuple[SearchCriteria, Rules]],
    *,
    wait: float = 0.0,
) -> dict[_Key, Answer]:
    """Look for the results of runs.

    Args:
        mailbox: Where.
        password: Tried once.
        searches: The runs, at least one, and by what rules their mails are known.
        wait: For how many seconds to look again while a result is missing; 0 looks once.

    Returns:
        What was found for each run.

    Raises:
        ChukysoError: As ``MailReader``.
    """
    ends = time.monotonic() + wait
    state = _Look(searches)
    with MailReader(mailbox, password) as reader:
        while True:
            state.once(reader)
            left = ends - time.monotonic()
            if state.done or left <= 0:
                return state.answers
            time.sleep(min(POLL_SECONDS, left))
