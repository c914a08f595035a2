"""Keywords that start a sandbox, set up accounts in it, and read what its portal does not show."""

from __future__ import annotations

from SandboxLibrary.library import SandboxLibrary

__all__ = ["SandboxLibrary"]
