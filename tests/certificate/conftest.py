"""What the tests of this room share."""

from __future__ import annotations

from support.signature import good_answers, pki

__all__ = ["good_answers", "pki"]
