"""What the tests of this room share."""

from __future__ import annotations

from support.shim import shim

__all__ = ["shim"]
