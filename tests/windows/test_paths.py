"""Paths of Windows: letters that a C library does not read, files that something else has open, long names."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from chukyso import narrow
from chukyso.errors import ChukysoError, Code
from chukyso.evidence.files import write_whole
from chukyso.sandbox.client import Sandbox
from chukyso.storage import moving
from chukyso.token.client import TokenWorker
from chukyso.token.modules import find_softhsm

LETTERS = "Phần mềm của Nguyễn Văn Ắn"


def test_a_module_in_a_folder_with_vietnamese_letters_is_loaded(tmp_path: Path) -> None:
    module = tmp_path / LETTERS / "softhsm2-x64.dll"
    module.parent.mkdir()
    shutil.copyfile(find_softhsm(), module)
    store = tmp_path / "tokens"
    store.mkdir()
    conf = tmp_path / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {narrow.narrow_path(store)}\n", encoding="utf-8")
    with TokenWorker(module, environment={"SOFTHSM2_CONF": narrow.narrow_path(conf)}) as worker:
        assert worker.tokens() == []


def test_where_a_volume_has_no_short_names_the_place_is_blamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / LETTERS / "token.dll"
    module.parent.mkdir()
    module.write_bytes(find_softhsm().read_bytes()[:4096])  # for this machine, but it cannot be loaded
    monkeypatch.setattr(narrow, "_short", lambda _: "")
    with pytest.raises(ChukysoError) as caught, TokenWorker(module) as worker:
        worker.tokens()
    assert caught.value.code is Code.MODULE_PATH_UNREADABLE


def test_the_sandbox_starts_in_a_temporary_folder_with_vietnamese_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / LETTERS
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", None)
    for name in ("TEMP", "TMP", "TMPDIR"):
        monkeypatch.setenv(name, str(place))
    with Sandbox(start_seconds=90) as sandbox:
        assert sandbox.details.token_serial
        assert list(place.glob("chukyso-sandbox-*"))
    assert not list(place.glob("chukyso-sandbox-*"))


@pytest.mark.parametrize("name", ["ASCII", LETTERS])
def test_a_short_name_leads_to_the_same_file(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.mkdir()
    short = narrow.narrow_path(path)
    assert short.isascii()
    assert Path(short).samefile(path)
    assert narrow.narrow_path(path / "not there") in (str(path / "not there"), short)


@pytest.mark.parametrize("held", ["target", "part"])
def test_a_file_that_is_open_for_a_moment_is_replaced(tmp_path: Path, held: str) -> None:
    target, part = tmp_path / "target", tmp_path / "part"
    target.write_bytes(b"old")
    part.write_bytes(b"new")
    stream = (tmp_path / held).open("rb")
    threading.Timer(0.5, stream.close).start()
    moving.replace_file(part, target)
    assert target.read_bytes() == b"new"


def test_a_file_that_stays_open_is_an_error_and_nothing_is_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "_SECONDS", 0.3)
    target = tmp_path / "manifest.json"
    target.write_bytes(b"old")
    with target.open("rb"), pytest.raises(ChukysoError) as caught:
        write_whole(target, b"new")
    assert caught.value.code is Code.OUTPUT_DISK_FULL
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("encoding", ["cp1252", "cp1258", "utf-8", ""])
def test_output_goes_through_a_pipe_in_any_code_page(encoding: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONUTF8", "PYTHONIOENCODING")}
    if encoding:
        environment["PYTHONIOENCODING"] = encoding
    ended = subprocess.run(
        [sys.executable, "-c", "from chukyso.cli import main; main()", "tokens", "--help"],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    assert b"token" in ended.stdout
    assert b"Traceback" not in ended.stderr
