"""What the tests of this room share."""

from __future__ import annotations

from support.agent import agent, asking, bench
from support.shim import shim
from support.signature import good_answers, pki

__all__ = ["agent", "asking", "bench", "good_answers", "pki", "shim"]
