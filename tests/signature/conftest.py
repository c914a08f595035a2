"""What the tests of this room share."""

from __future__ import annotations

from support.forgery import signed
from support.seal import sealed_pdfs
from support.signature import good_answers, pki
from support.signing import second_opinion

__all__ = ["good_answers", "pki", "sealed_pdfs", "second_opinion", "signed"]
