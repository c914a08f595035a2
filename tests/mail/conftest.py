"""What the tests of this room share."""

from __future__ import annotations

from support.company import _company, company

__all__ = ["_company", "company"]
