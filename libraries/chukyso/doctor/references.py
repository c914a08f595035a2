"""Where a run looks for its secrets by default. A module of its own: the command line needs no more than this."""

from __future__ import annotations

from typing import Final

PASSWORD_REFERENCE: Final = "env:PORTAL_PASSWORD"  # noqa: S105 - a reference
PIN_REFERENCE: Final = "env:TOKEN_PIN"
