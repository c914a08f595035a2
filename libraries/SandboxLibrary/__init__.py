"""Keywords that start a sandbox, arrange accounts in it, and look behind the portal."""

from __future__ import annotations

from SandboxLibrary.library import SandboxLibrary

__all__ = ["SandboxLibrary"]
