"""Moments: how people in Vietnam read them, and how they are read from text.

Writing a moment never fails: a certificate may end in the year 9999 or begin in the year 1, which other time zones do
not have in Python's calendar, and showing something must not end what it is shown of.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

VIETNAM: Final = timezone(timedelta(hours=7))  # no daylight saving; Windows has no database of time zones to ask
ENVIRONMENT: Final = {"TZ": "Asia/Ho_Chi_Minh"} if os.name == "posix" else {}
"""For programs that write local time; Windows knows no such names: there it is the machine's time."""
NO_END: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""End of a certificate that has no known end (RFC 5280, section 4.1.2.5)."""
NO_END_TEXT: Final = "không thời hạn"
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""How far two machines' clocks may differ: what the doctor lets pass must not fail a run afterwards."""


def in_vietnam(moment: datetime) -> str:
    """``31/12/2026 23:59:59`` in Vietnam's time; "không thời hạn" for ``NO_END``."""
    if moment == NO_END:
        return NO_END_TEXT
    local = to_vietnam(moment)
    zone = "" if local.tzinfo is VIETNAM else f" ({local.tzname()})"
    return f"{_day(local)} {local:%H:%M:%S}{zone}"


def day_in_vietnam(moment: datetime) -> str:
    """``31/12/2026`` in Vietnam's time; "không thời hạn" for ``NO_END``."""
    return NO_END_TEXT if moment == NO_END else _day(to_vietnam(moment))


def to_vietnam(moment: datetime) -> datetime:
    """The moment in Vietnam's time; as it is where Vietnam's calendar would leave the years 1 to 9999.

    A moment without a time zone counts as UTC.
    """
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return aware.astimezone(VIETNAM)
    except OverflowError:
        return aware


def to_utc(moment: datetime) -> datetime:
    """The moment in UTC; the first or last one that there is where UTC's calendar would leave the years 1 to 9999.

    A moment without a time zone counts as UTC.
    """
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return aware.astimezone(UTC)
    except OverflowError:
        return (datetime.min if aware.year == 1 else datetime.max).replace(tzinfo=UTC)


def read_moment(text: str) -> datetime:
    """Read ISO 8601 with its offset, and return it in UTC.

    Raises:
        ValueError: it is no moment, says no offset, or UTC's calendar does not have it.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no offset")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("outside the years 1 to 9999") from error


def read_shown(text: str) -> datetime:
    """Read what ``in_vietnam`` writes, also as a portal may show it, and return it in UTC.

    Raises:
        ValueError: it is written in another way, or UTC's calendar does not have it.
    """
    shown = " ".join(text.split())
    if shown.casefold() == NO_END_TEXT:
        return NO_END
    return read_moment(datetime.strptime(shown, "%d/%m/%Y %H:%M:%S").replace(tzinfo=VIETNAM).isoformat())


def _day(moment: datetime) -> str:
    return f"{moment.day:02}/{moment.month:02}/{moment.year:04}"  # strftime pads years on some systems only
