"""``chukyso client inspect`` as it is typed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from support.inspected_machine import EXTENSION, HOST, SITE, Computer, write_json

MAIN = "from chukyso.cli import main; main()"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="browsers do not look into data directories there")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", MAIN, "client", "inspect", *arguments],
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env={**os.environ, "HOME": str(folder / "nobody"), "PYTHONUTF8": "1"},
        check=False,
    )


@pytest.fixture
def asked(computer: Computer) -> list[str]:
    computer.complete()
    write_json(computer.policies / "rules.json", {"NativeMessagingAllowlist": [HOST]})
    return ["--user-data", str(computer.user_data), "--site", SITE, "--policies", str(computer.policies)]


def test_it_writes_one_readable_file(asked: list[str], tmp_path: Path) -> None:
    done = run(tmp_path, *asked)
    written = (tmp_path / "client.txt").read_text(encoding="utf-8")
    assert (done.returncode, done.stderr) == (0, "")
    assert unicodedata.is_normalized("NFC", written)
    for part in (HOST, EXTENSION, "Ký số mẫu 1.2", "NativeMessagingAllowlist", f'host = "{HOST}"', "2.0.7.19"):
        assert part in written
    assert "(!)" not in written
    assert str(tmp_path / "client.txt") in done.stdout


def test_it_prints_json_and_writes_only_when_it_is_told_to(asked: list[str], tmp_path: Path) -> None:
    done = run(tmp_path, *asked, "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["schema_version"], found["hosts"][0]["name"]) == (0, 1, HOST)
    assert not (tmp_path / "client.txt").exists()
    assert run(tmp_path, *asked, "--json", "--output", "hồ sơ.txt").returncode == 0
    assert HOST in (tmp_path / "hồ sơ.txt").read_text(encoding="utf-8")


def test_what_has_to_be_mended_is_marked_and_told_by_the_exit_code(
    computer: Computer, asked: list[str], tmp_path: Path
) -> None:
    computer.program.unlink()
    done = run(tmp_path, *asked)
    assert done.returncode == 3
    assert "(!) không có chương trình ở đường dẫn đã khai báo" in (tmp_path / "client.txt").read_text(encoding="utf-8")


def test_nothing_found_is_no_error(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert (done.returncode, done.stderr) == (3, "")
    assert "không thấy" in done.stdout


def test_a_file_that_cannot_be_written_is_told(asked: list[str], tmp_path: Path) -> None:
    done = run(tmp_path, *asked, "--output", str(tmp_path / "none" / "client.txt"))
    assert done.returncode == 1
    assert "[OUTPUT_NOT_WRITABLE]" in done.stderr


@pytest.mark.parametrize("option", ["--user-data", "--policies"])
def test_a_folder_that_is_not_there_is_refused(tmp_path: Path, option: str) -> None:
    done = run(tmp_path, option, str(tmp_path / "none"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "[COMMAND_INVALID]" in done.stderr


def test_what_is_no_address_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, "--site", "https://[portal")
    assert (done.returncode, done.stdout) == (1, "")
    assert "[OPTION_INVALID]" in done.stderr


def test_what_a_manifest_says_cannot_look_like_a_line_of_the_file(
    computer: Computer, asked: list[str], tmp_path: Path
) -> None:
    computer.extension(name="x\n* vn.example.evil\u2028\u202e")
    run(tmp_path, *asked)
    lines = (tmp_path / "client.txt").read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if line.startswith("* vn.example.evil")]
    assert [line for line in lines if line.startswith("* x * vn.example.evil")]
