"""``chukyso profile diff``: what only one of two profiles knows, and what they say differently."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chukyso.cli import app
from chukyso.errors import ChukysoError, Code
from support.paths import ROOT
from support.probe import profile_file

LOOPBACK = ('url = "https://dichvucong.baohiemxahoi.gov.vn/"', 'url = "http://127.0.0.1:9/"')


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return profile_file(tmp_path, "base", LOOPBACK)


def diff(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["profile", "diff", *map(str, arguments)], catch_exceptions=False)
    return done.exit_code, done.stdout


def test_what_was_learned_lost_and_changed(tmp_path: Path, base: Path) -> None:
    mine = profile_file(
        tmp_path,
        "mine",
        LOOPBACK,
        ('log_out = "?"', "log_out = 'role=menuitem[name=\"Thoát\"]'"),
        ('\nready = "?"', '\nready = ""'),  # as good as unknown: no difference
        ('tax_code = ".idAccount"', 'tax_code = "?"'),
        ("captcha_length = 4 ", "captcha_length = 5 "),
        ('person = "?"', 'person = ".legal"'),
    )
    code, out = diff(base, mine)
    assert code == 3
    learned = out.partition("Chỉ mine biết 2 giá trị:")[2].partition("\n\n")[0]
    assert "Mục Đăng xuất." in learned
    assert '+ role=menuitem[name="Thoát"]' in learned
    assert "personal.person" in learned
    lost = out.partition("Chỉ base biết 1 giá trị:")[2].partition("\n\n")[0]
    assert "locators.account.tax_code" in lost
    assert "- .idAccount" in lost
    changed = out.partition("nói khác nhau 1 giá trị:")[2]
    assert changed.index("- 4") < changed.index("+ 5")


def test_the_same(tmp_path: Path, base: Path) -> None:
    assert diff("bhxh", "bhxh")[0] == 0
    spelt_out = profile_file(tmp_path, "mine", LOOPBACK, ("captcha_length = 4            # B\n", ""))
    code, out = diff(base, spelt_out)
    assert (code, "nói như nhau" in out) == (0, True), out


def test_json_and_two_of_one_name(tmp_path: Path, base: Path) -> None:
    (tmp_path / "other").mkdir()
    mine = profile_file(tmp_path / "other", "base", LOOPBACK, ('log_out = "?"', 'log_out = "#out"'))
    code, out = diff(base, mine, "--json")
    told = json.loads(out)
    assert (code, told["same"], told["second"]) == (3, False, str(mine))
    found = {"key": "locators.account.log_out", "change": "learned", "first": "?", "second": "#out"}
    assert told["differences"] == [found]
    text = (ROOT / "docs" / "profiles.md").read_text(encoding="utf-8")
    example = json.loads(text.partition("## Comparing")[2].partition("```json\n")[2].partition("```")[0])
    assert (told.keys(), found.keys()) == (example.keys(), example["differences"][0].keys())
    assert f"Chỉ {mine} biết" in diff(base, mine)[1]


def test_one_that_must_be_mended_is_compared_as_far_as_it_goes(tmp_path: Path, base: Path) -> None:
    mine = profile_file(tmp_path, "mine", LOOPBACK, ('log_out = "?"', 'log_ot = "#out"'))
    code, out = diff(base, mine)
    assert (code, f"{mine} có chỗ phải sửa" in out) == (0, True)


def test_one_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ChukysoError) as refused:
        diff("bhxh", tmp_path / "nowhere.toml")
    assert refused.value.code is Code.PROFILE_UNKNOWN
