"""What the tests of this room share."""

from __future__ import annotations

from support.probe import loopback_only

__all__ = ["loopback_only"]
