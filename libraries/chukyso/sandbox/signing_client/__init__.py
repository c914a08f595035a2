"""The sandbox's own signing client: extension, native messaging host, faults (docs/signing-client.md).

It has the parts and the order of the public family of such clients. What the real portal's client is like is not known.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

EXTENSION: Final = Path(__file__).with_name("extension")
"""Folder of the unpacked extension."""

EXTENSION_ID: Final = "eojhbknlnkdhfgabcocljkkmkkkadpnh"
"""The extension's id: it follows from ``key`` in its manifest."""

HOST_NAME: Final = "vn.example.chukyso.sandbox"
"""Name by which the extension finds the native messaging host."""
