"""Hostile evidence folders: found out without being followed, and without being read whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chukyso.archive import reading
from chukyso.archive.findings import Level
from chukyso.archive.verify import verify_directory
from chukyso.errors import ChukysoError, Code
from support.archive import codes, forge, make_whole
from support.evidence import manifest

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no FIFO, and links need a privilege there")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Never changed."""
    return make_whole(tmp_path_factory)


def _file(run: Path, **changes: Any) -> None:
    content = manifest(run)
    content["files"].append({"path": "figures/x", "sha256": "0" * 64, "size": 1} | changes)
    forge(run, **content)


def _deep(run: Path) -> None:
    (run / "evidence/manifest.json").write_bytes(b"[" * 200_000)


def _huge(run: Path) -> None:
    with (run / "evidence/manifest.json").open("r+b") as stream:
        stream.truncate(10 << 30)


def _sparse(run: Path) -> None:
    """A file of 10 GB that the manifest itself admits to."""
    with (run / "figures/x").open("wb") as stream:
        stream.truncate(10 << 30)
    _file(run, size=10 << 30)


def _fifo(run: Path) -> None:
    (run / "figures/figure-1.png").unlink()
    os.mkfifo(run / "figures/figure-1.png")


def _link(run: Path) -> None:
    """A file that is a link to the very same bytes elsewhere."""
    path = run / "figures/figure-1.png"
    path.rename(run.parent / "figure")
    path.symlink_to(run.parent / "figure")


def _directory_link(run: Path) -> None:
    (run / "figures").rename(run.parent / "figures")
    (run / "figures").symlink_to(run.parent / "figures", target_is_directory=True)


def _manifest_fifo(run: Path) -> None:
    (run / "evidence/manifest.json").unlink()
    os.mkfifo(run / "evidence/manifest.json")


def _raw(data: bytes) -> Callable[[Path], object]:
    return lambda run: (run / "evidence/manifest.json").write_bytes(data)


def _twice(run: Path) -> None:
    path = run / "evidence/manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"outcome": "updated"', b'"outcome": "failed", "outcome": "updated"'))


def _many(run: Path) -> None:
    (run / "evidence/many").mkdir()
    for number in range(60):
        (run / "evidence/many" / str(number)).touch()


def _below(run: Path) -> None:
    (run / "evidence" / "/".join("abcdefghij")).mkdir(parents=True)


HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "path out": (lambda run: _file(run, path="evidence/../../../etc/passwd"), "MANIFEST_MALFORMED"),
    "path absolute": (lambda run: _file(run, path="/etc/passwd"), "MANIFEST_MALFORMED"),
    "path of Windows": (lambda run: _file(run, path="evidence\\..\\x"), "MANIFEST_MALFORMED"),
    "path with a drive": (lambda run: _file(run, path="C:/x"), "MANIFEST_MALFORMED"),
    "path elsewhere": (lambda run: _file(run, path="log.html"), "MANIFEST_MALFORMED"),
    "path no text": (lambda run: _file(run, path=None), "MANIFEST_MALFORMED"),
    "size no number": (lambda run: _file(run, size=True), "MANIFEST_MALFORMED"),
    "files no list": (lambda run: forge(run, files={}), "MANIFEST_MALFORMED"),
    "chain malformed": (lambda run: forge(run, chain={"id": "../../x", "sequence": 1}), "MANIFEST_MALFORMED"),
    "chain huge": (lambda run: forge(run, chain={"id": "a-" + "0" * 12, "sequence": 10**9}), "MANIFEST_MALFORMED"),
    "schema of the future": (lambda run: forge(run, schema_version=2), "MANIFEST_MALFORMED"),
    "time none": (lambda run: forge(run, run={"started": "gestern", "ended": 7}), "MANIFEST_MALFORMED"),
    "deep": (_deep, "MANIFEST_UNREADABLE"),
    "huge": (_huge, "MANIFEST_UNREADABLE"),
    "empty": (_raw(b""), "MANIFEST_UNREADABLE"),
    "no UTF-8": (_raw(b'{"a": "\xff"}'), "MANIFEST_UNREADABLE"),
    "NaN": (_raw(b'{"schema_version": NaN}'), "MANIFEST_UNREADABLE"),
    "list": (_raw(b"[]"), "MANIFEST_UNREADABLE"),
    "huge number": (_raw(b'{"schema_version": ' + b"9" * 10_000 + b"}"), "MANIFEST_UNREADABLE"),
    "name twice": (_twice, "MANIFEST_UNREADABLE"),
    "sparse": (_sparse, "FILE_CHANGED"),
    "many": (_many, "FOLDER_UNREADABLE"),
    "deep below": (_below, "FOLDER_UNREADABLE"),
}
HOSTILE_POSIX: dict[str, tuple[Callable[[Path], object], str]] = {
    "fifo": (_fifo, "NOT_A_FILE"),
    "manifest a fifo": (_manifest_fifo, "NOT_A_FILE"),
    "link": (_link, "NOT_A_FILE"),
    "directory a link": (_directory_link, "NOT_A_FILE"),
}


@pytest.mark.parametrize("name", [*HOSTILE, *(pytest.param(name, marks=POSIX) for name in HOSTILE_POSIX)])
def test_hostile_folder_is_found_out_without_following_or_reading_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, whole: Path
) -> None:
    monkeypatch.setattr(reading, "MAX_ENTRIES", 60)
    attack, code = {**HOSTILE, **HOSTILE_POSIX}[name]
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    attack(run)
    report = verify_directory(run, jobs=1)
    assert code in codes(report)
    assert report.level >= Level.UNREADABLE


@POSIX
def test_runs_behind_a_link_are_not_looked_at(tmp_path: Path, whole: Path) -> None:
    (tmp_path / "linked").symlink_to(whole, target_is_directory=True)
    with pytest.raises(ChukysoError) as caught:
        verify_directory(tmp_path)
    assert caught.value.code is Code.EVIDENCE_UNREADABLE
