"""Robot Framework library for tokens and signing: certificates, the signing agent, signatures."""

from __future__ import annotations

from TokenLibrary.library import TokenLibrary

__all__ = ["TokenLibrary"]
