"""What the tests of this room share."""

from __future__ import annotations

from support.portal import credentials, portal, portal_process

__all__ = ["credentials", "portal", "portal_process"]
