"""Rooms import only what is below them, and the page that draws them is of today."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path

from support.paths import ROOT


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as go; go()", "--no-cache"]
    return subprocess.run(command, cwd=root, capture_output=True, encoding="utf-8", check=False)


def test_rooms_import_what_is_below_them() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "5 kept, 0 broken" in done.stdout


def test_the_page_draws_them() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    made = runpy.run_path(str(ROOT / "docs" / "architecture.py"))["with_rooms"](page)
    assert page == made, "run python docs/architecture.py"
    assert all(f"**{room}**" in made for room in ("cli", "evidence", "token", "errors", "consent", "wire"))


def test_files_to_be_changed_exist() -> None:
    page = (ROOT / "docs" / "changing.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:libraries|docs|resources|suites|variables)/[^`]*|README\.md|pyproject\.toml)`", page)
    assert len(named) > 20
    assert not [name for name in named if not (ROOT / name).exists()]
