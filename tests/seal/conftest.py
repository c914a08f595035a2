"""What the tests of this room share."""

from __future__ import annotations

from support.seal import sealed_pdfs

__all__ = ["sealed_pdfs"]
