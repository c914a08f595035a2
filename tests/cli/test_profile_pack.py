"""``chukyso profile pack``: one text with what is known of a portal, and nothing about somebody."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chukyso.cli import app
from chukyso.errors import ChukysoError, Code
from chukyso.learn.pack import seen_folder
from support.paths import ROOT
from support.probe import profile_file

PEOPLE = ("0101234565", "Văn Bình", "VĂN BÌNH", "MINH LONG", "binh@congty.example", "0912 345 678", "5401A2B3")
COMPANY = "CÔNG TY TNHH MINH LONG"
SEEN = "seen 2026-11-30, Chromium 156.0"


def pack(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, ["profile", "pack", *map(str, arguments)], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A profile whose author left traces everywhere."""
    return profile_file(
        tmp_path,
        "mine",
        ("https://dichvucong.baohiemxahoi.gov.vn/", "http://127.0.0.1:9/"),
        (
            'log_out = "?"',
            f"log_out = '[title=\"Nguyễn Văn Bình\"]'  # {SEEN}; của NGUYỄN VĂN BÌNH",
        ),
        ('roots = "" ', 'roots = "' + "/".join(("", "home", "binh", "roots.pem")) + '" '),
        ('sender = "?" ', 'sender = "thongbao@portal.example" '),
        ("[messages] ", "# gọi binh@congty.example, 0912 345 678\n[messages] "),
        (
            '"Mã kiểm tra không chính xác"',
            '"Kính gửi CÔNG TY TNHH MINH LONG" = "rejected"\n"Mã kiểm tra không chính xác"',
        ),
    )


def test_what_is_about_somebody_is_taken_out(mine: Path, tmp_path: Path) -> None:
    folder = seen_folder(mine)
    folder.mkdir()
    (folder / "form.txt").write_text(
        "h1 [heading] “Xin chào, Nguyễn Văn Bình”\nth “Số chứng thư số” 5401A2B3", encoding="utf-8"
    )
    rows = [[COMPANY, "5401A2B3"]]
    dump = {
        "windows": [
            {
                "title": "Chọn chứng thư số của 0101234565",
                "rows": rows,
                "image": "\\".join(("C:", "Users", "binh", "x.exe")),
            }
        ]
    }
    (folder / "windows.json").write_text(json.dumps(dump), encoding="utf-8")
    (folder / "picture.png").write_bytes(b"0101234565")
    (folder / "broken.json").write_text("{0101234565", encoding="utf-8")
    before = mine.read_bytes()
    output = tmp_path / "out.txt"
    said = pack(mine, "--output", output)
    text = output.read_text(encoding="utf-8")
    for one in (*PEOPLE, "binh"):
        assert one not in text, one
    for kept in ("Số chứng thư số", "Chọn chứng thư số của", "# seen 2026-11-30, Chromium 156.0; của <person>"):
        assert kept in text
    for kept in ('sender = "thongbao@portal.example"', 'roots = "roots.pem"', "pending = 7200", '"Kính gửi <company>"'):
        assert kept in text
    assert '"rows": 1' in text
    assert "picture.png" not in text
    assert "đọc lại trước khi gửi" in said
    assert mine.read_bytes() == before


def test_what_is_the_portals_own_stays_as_it_is(tmp_path: Path) -> None:
    """The profile that comes with the product has nothing to hide, so it is in the text word by word."""
    output = tmp_path / "out.txt"
    pack("bhxh", "--output", output)
    assert (ROOT / "variables" / "bhxh.toml").read_text(encoding="utf-8").rstrip() in output.read_text(encoding="utf-8")


def test_names_that_no_pattern_knows_are_hidden_when_they_are_told(mine: Path, tmp_path: Path) -> None:
    seen_folder(mine).mkdir()
    (seen_folder(mine) / "form.txt").write_text("button “Sunshine Bakery”", encoding="utf-8")
    output = tmp_path / "out.txt"
    pack(mine, "--output", output)
    assert "Sunshine" in output.read_text(encoding="utf-8")
    pack(mine, "--output", output, "--hide", "sunshine bakery", "--hide", "Nobody Here")
    assert "Sunshine" not in output.read_text(encoding="utf-8")


def test_without_a_name_for_the_file(mine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert str(tmp_path / "mine-pack.txt") in pack(mine)
    assert (tmp_path / "mine-pack.txt").read_text(encoding="utf-8").startswith("chukyso profile pack 1\n")


def test_where_it_cannot_be_written(mine: Path, tmp_path: Path) -> None:
    with pytest.raises(ChukysoError) as found:
        pack(mine, "--output", tmp_path)
    assert found.value.code is Code.OUTPUT_NOT_WRITABLE
    with pytest.raises(ChukysoError) as found:
        pack(tmp_path / "nowhere.toml")
    assert found.value.code is Code.PROFILE_UNKNOWN
