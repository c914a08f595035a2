"""What the tests of this room share."""

from __future__ import annotations

from support.pending import hasty

__all__ = ["hasty"]
