"""How far a PIN is on its way; by itself, because the token's process loads as little as it can."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """How far signing is; what is needed to tell what a PIN's try came to when no answer follows."""

    LOGGING_IN = "logging-in"
    """The PIN goes to the token now."""
    LOGGED_IN = "logged-in"
    """The token took it."""
