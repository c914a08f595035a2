"""A checkout as git for Windows makes it by default: the bytes that are hashed or compared are those of the author."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from chukyso.evidence.guide import CAPTIONS
from chukyso.figures.references import load_references
from support.files import files
from support.paths import ROOT

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="needs git")


def git(where: Path, *arguments: str, **settings: str) -> None:
    """Git with the settings that are given and nobody's own."""
    options = [part for name, value in settings.items() for part in ("-c", f"{name.replace('_', '.')}={value}")]
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    command = [shutil.which("git") or "git", *options, *arguments]
    subprocess.run(command, cwd=where, env={**os.environ, **nobody}, check=True)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files as they are now, committed to a repository of their own and cloned with ``core.autocrlf``."""
    origin, clone = tmp_path_factory.mktemp("origin"), tmp_path_factory.mktemp("clone") / "Công ty Nắng Mới"
    for path in files():
        place = origin / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    git(origin, "init", "--quiet")
    git(origin, "add", "--all", "--force", core_autocrlf="true", core_safecrlf="false")
    git(origin, "commit", "--quiet", "--message", "All", user_name="Nobody", user_email="nobody@example.vn")
    git(origin.parent, "clone", "--quiet", str(origin), str(clone), core_autocrlf="true")
    return clone


def test_no_byte_of_any_file_is_another(checkout: Path) -> None:
    names = [path.relative_to(ROOT) for path in files()]
    assert len(names) > 500
    assert [str(name) for name in names if (checkout / name).read_bytes() != (ROOT / name).read_bytes()] == []


def test_references_in_it_are_whole(checkout: Path) -> None:
    assert set(load_references(checkout / "resources" / "figures" / "sandbox").figures) == set(CAPTIONS)
