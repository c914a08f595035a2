"""robotframework-dashboard over all nights: its database and its page, which loads nothing from anywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from chukyso.moment import ENVIRONMENT
from chukyso.nightly.history import NIGHTS_KEPT

DATABASE: Final = "dashboard.db"
PAGE: Final = "dashboard.html"
TITLE: Final = "BHXH chữ ký số: kiểm thử hằng đêm"
_SECONDS: Final = 300  # for its page over all nights; 16 nights of 60 tests take 1


def update_dashboard(root: Path, output: Path, log: Path) -> str:
    """Add a night to the dashboard and write its page anew.

    Args:
        root: Directory of all nights.
        output: The night's ``output.xml``.
        log: What the dashboard links the night to.

    Returns:
        "" or what went wrong, in English: a night is no worse because its dashboard is missing.
    """
    page = root / PAGE
    before = page.stat().st_mtime_ns if page.exists() else 0
    command = [
        *(sys.executable, "-m", "robotframework_dashboard.main"),
        *("--databasepath", str(root / DATABASE)),
        *("--outputpath", str(output)),
        *("--namedashboard", str(page)),
        *("--dashboardtitle", TITLE),
        *("--removeruns", f"limit={NIGHTS_KEPT}"),
        *("--quantity", str(NIGHTS_KEPT)),
        *("--logurl", str(log)),
        "--uselogs",
        "--offlinedependencies",
    ]
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{type(error).__name__}: {error}"
    # It ends with 0 whatever happens: what it says, and its page, tell how it went.
    errors = [line.strip() for line in (done.stdout + done.stderr).splitlines() if "ERROR" in line]
    if errors or done.returncode:
        return " · ".join(errors[:3]) or f"exit code {done.returncode}: {done.stderr[-300:].strip()}"
    written = page.exists() and page.stat().st_mtime_ns != before
    return "" if written else "it wrote no page"
