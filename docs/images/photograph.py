"""Take the picture of a page for the documentation."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from PIL import Image

from chukyso.browser import can_sandbox_processes, find_browser

SCALE = 1.25
COLOURS = 256


def photograph(page: Path, picture: Path, width: int, height: int) -> None:
    """Write a PNG picture of a page's top, with few colours."""
    with tempfile.TemporaryDirectory() as profile:
        command = [str(find_browser()), "--headless=new", f"--user-data-dir={profile}", "--hide-scrollbars"]
        command += [f"--window-size={width},{height}", f"--force-device-scale-factor={SCALE}"]
        command += [] if can_sandbox_processes() else ["--no-sandbox"]
        command += ["--virtual-time-budget=3000", f"--screenshot={picture}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    reduce(picture)


def reduce(picture: Path) -> None:
    """Make a picture's file small and say how large it is."""
    Image.open(picture).convert("RGB").quantize(COLOURS, Image.Quantize.FASTOCTREE).save(picture, optimize=True)
    print(f"{picture}: {picture.stat().st_size} bytes")
