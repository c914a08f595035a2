"""What the tests of this room share."""

from __future__ import annotations

from support.nightly import nights

__all__ = ["nights"]
