"""The resources as text: each imports what it names, and none imports itself by way of others."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from chukyso.run.variables import get_variables
from robot import running
from support.paths import ROOT

RESOURCES = sorted((ROOT / "resources").rglob("*.resource"))
ROBOTS = {"CURDIR", "EMPTY", "FALSE", "NONE", "OUTPUTDIR", "SPACE", "TESTMESSAGE", "TESTSTATUS", "TRUE"}
USED = re.compile(r"\$\{?([A-Z][A-Z_]*(?: [A-Z_]+)*)\b")


@cache
def read(path: Path) -> running.ResourceFile:
    return running.ResourceFile.from_file_system(path)


@cache
def imported(path: Path) -> frozenset[Path]:
    """Itself and every resource that it imports, also by way of others."""
    names = [each.name for each in read(path).imports if each.type == "RESOURCE"]
    return frozenset({path}.union(*(imported((path.parent / name).resolve()) for name in names)))


def plain(name: str) -> str:
    return re.sub(r"[ _${}@&]", "", name).upper()


@pytest.mark.parametrize("path", RESOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_resource_imports_what_it_names_and_not_itself(path: Path) -> None:
    known = {plain(each.name) for one in imported(path) for each in read(one).variables}
    known |= {plain(name) for name in get_variables()} | ROBOTS
    text = path.read_text(encoding="utf-8")
    known |= {plain(name) for name in re.findall(r"VAR +\$\{([A-Z_]+)\}.*scope=", text)}
    assert not {plain(name) for name in USED.findall(text)} - known
