"""What the tests of this room share."""

from __future__ import annotations

from support.signature import pki

__all__ = ["pki"]
