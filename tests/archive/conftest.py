"""What the tests of this room share."""

from __future__ import annotations

from support.basis import company, forger, sandbox_sealer
from support.signature import good_answers, pki

__all__ = ["company", "forger", "good_answers", "pki", "sandbox_sealer"]
