"""Sessions of the Viettel-CA SignPlugin's pages: unguessable, of one origin, and not for ever."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from chukyso.agent.dialects.words import RefusedError
from chukyso.certificate import Certificate

SESSION_SECONDS = 1800.0
MAX_SESSIONS = 16  # the oldest makes room


class SessionInvalidError(RefusedError):
    """No such session, not this page's, or expired."""


@dataclass
class Session:
    """What ``getSession`` opened.

    Attributes:
        origin: The only origin that it is good for.
        ends: When it ends, of the monotonic clock.
        certificate: What the operator shared in it.
    """

    origin: str
    ends: float
    certificate: Certificate | None = None


@dataclass
class Sessions:
    """The sessions of all pages.

    Attributes:
        clock: Monotonic, in seconds.
    """

    clock: Callable[[], float] = time.monotonic
    _by_id: dict[str, Session] = field(default_factory=dict)

    def open(self, origin: str) -> str:
        """Open a session and return its id, which nobody can guess."""
        while len(self._by_id) >= MAX_SESSIONS:
            del self._by_id[next(iter(self._by_id))]
        session_id = secrets.token_urlsafe(32)
        self._by_id[session_id] = Session(origin, self.clock() + SESSION_SECONDS)
        return session_id

    def find(self, session_id: str, origin: str) -> Session:
        """Return a session of this origin that has not ended.

        Raises:
            SessionInvalidError: there is none.
        """
        session = self._by_id.get(session_id)
        if session is None or session.origin != origin or session.ends <= self.clock():
            raise SessionInvalidError("no such session of this origin, or it has expired")
        return session

    def last_certificate(self, origin: str) -> Certificate | None:
        """What was last shared with an origin, in a session that has not ended."""
        mine = [one for one in self._by_id.values() if one.origin == origin and one.ends > self.clock()]
        return next((one.certificate for one in reversed(mine) if one.certificate), None)
