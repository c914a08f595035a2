"""The command line as an operator calls it."""

from __future__ import annotations

import subprocess
import sys


def chukyso(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from chukyso.cli import main; main()"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False)
