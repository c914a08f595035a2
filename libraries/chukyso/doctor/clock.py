"""How far this machine's clock is from the portal's."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

_SECONDS = 15


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The first answer has a date as well as any."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def clock_skew(url: str, seconds: float = _SECONDS) -> timedelta:
    """How much later it is here than at the portal, by the ``Date`` of its answer to one HEAD request.

    The header tells whole seconds; the travel of the answer is halved.

    Raises:
        OSError: Nobody answers, or TLS does not come about.
        ValueError: The answer has no date that can be read.
    """
    opener = urllib.request.build_opener(_NoRedirect)
    request = urllib.request.Request(url, method="HEAD")  # noqa: S310 - http or https, checked by the caller
    sent = datetime.now(UTC)
    try:
        with opener.open(request, timeout=seconds) as answer:
            text = answer.headers.get("Date", "")
    except urllib.error.HTTPError as error:  # an answer all the same
        with error:
            text = error.headers.get("Date", "")
    here = sent + (datetime.now(UTC) - sent) / 2
    try:
        there = parsedate_to_datetime(text)
    except (TypeError, ValueError) as error:
        raise ValueError(f"Date: {text!r}") from error
    if there.tzinfo is None:
        there = there.replace(tzinfo=UTC)
    return here - there - timedelta(seconds=0.5)
