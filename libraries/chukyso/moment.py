"""Moments as people in Vietnam read them: one time zone, one form, everywhere that something is shown."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

VIETNAM = timezone(timedelta(hours=7))  # no daylight saving; Windows has no database of time zones to ask


def in_vietnam(moment: datetime) -> str:
    """``31/12/2026 23:59:59`` in Vietnam's time."""
    return moment.astimezone(VIETNAM).strftime("%d/%m/%Y %H:%M:%S")
