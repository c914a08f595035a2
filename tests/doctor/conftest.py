"""What the tests of this room share."""

from __future__ import annotations

from support.probe import loopback_only
from support.shim import shim
from support.signature import pki

__all__ = ["loopback_only", "pki", "shim"]
