"""What is learned goes into the profile's own file: the value, its mark, and not a sign more."""

from __future__ import annotations

import difflib
import os
import sys
from datetime import date
from pathlib import Path

import pytest

from chukyso.errors import ChukysoError, Code
from chukyso.learn.learned import LearnedProfile, Seen
from chukyso.learn.personal import FixedText
from chukyso.portal.marks import Mark, mark_of, read_marks, without_mark
from chukyso.portal.profile import load_profile
from support.paths import ROOT

BHXH = ROOT / "variables" / "bhxh.toml"
SEEN = Seen(date(2026, 11, 30), "Chromium 156.0")
REGISTER = 'role=button[name="Đăng ký \\"thay đổi\\""]'


@pytest.fixture
def mine(tmp_path: Path) -> LearnedProfile:
    learned = LearnedProfile(tmp_path / "mine.toml")
    learned.begin_with(BHXH)
    return learned


def changed(learned: LearnedProfile, before: str) -> list[str]:
    now = learned.path.read_text(encoding="utf-8")
    lines = difflib.ndiff(before.splitlines(), now.splitlines())
    return [line for line in lines if line[:2] in ("- ", "+ ")]


def refused(learned: LearnedProfile, key: str, value: object) -> ChukysoError:
    before = learned.path.read_bytes()
    with pytest.raises(ChukysoError) as found:
        learned.learn(key, value, SEEN)
    assert learned.path.read_bytes() == before
    assert os.listdir(learned.path.parent) == [learned.path.name]  # noqa: PTH208 - names only
    return found.value


def test_one_line_changes_and_the_comment_stays(mine: LearnedProfile) -> None:
    before = mine.path.read_text(encoding="utf-8")
    mine.learn("locators.account.unit", "css=.unit", SEEN)
    assert [line.split("#")[-1].strip() for line in changed(mine, before)] == [
        "read only when UNIT_CODE is given",
        "seen 2026-11-30, Chromium 156.0; read only when UNIT_CODE is given",
    ]
    assert load_profile(str(mine.path)).locator("account.unit") == "css=.unit"


def test_a_value_that_was_known_is_known_better_now(mine: LearnedProfile) -> None:
    before = mine.path.read_text(encoding="utf-8")
    mine.learn("locators.form.register", REGISTER, SEEN)
    mine.learn("locators.form.register", REGISTER, Seen(date(2026, 12, 1), "Chromium 157.0"))
    assert len(changed(mine, before)) == 2
    marks = read_marks(mine.path)
    assert (read_marks(BHXH)["locators.form.register"], marks["locators.form.register"]) == (Mark.SOURCE, Mark.SEEN)
    assert mine.path.read_text(encoding="utf-8").count("seen 20") == 1
    assert load_profile(str(mine.path)).locator("form.register") == REGISTER


def test_a_key_and_a_table_that_the_file_does_not_have(tmp_path: Path) -> None:
    learned = LearnedProfile(tmp_path / "small.toml")
    learned.path.write_text('# mine\n[portal]\nurl = "https://x.example/"\n', encoding="utf-8")
    learned.learn("locators.form.email", "#email", SEEN)
    learned.learn("locators.form.phone", "#phone", SEEN)
    learned.learn("portal.home", "#/index", SEEN)
    learned.learn_entry("messages", "Mã sai. Nhập lại", "captcha-wrong", SEEN)
    profile = load_profile(str(learned.path))
    assert (profile.locator("form.email"), profile.locator("form.phone")) == ("#email", "#phone")
    assert (profile.portal.home, dict(profile.messages)) == ("#/index", {"Mã sai. Nhập lại": "captcha-wrong"})
    assert learned.path.read_text(encoding="utf-8").startswith("# mine\n")
    assert set(read_marks(learned.path).values()) == {Mark.NONE, Mark.SEEN}


def test_line_ends_and_byte_order_mark_of_windows_stay(tmp_path: Path) -> None:
    learned = LearnedProfile(tmp_path / "windows.toml")
    learned.path.write_bytes('\ufeff[locators.form]\r\nemail = "?" # chưa rõ\r\n'.encode())
    learned.learn("locators.form.email", "#email", SEEN)
    data = learned.path.read_bytes()
    assert data.startswith("\ufeff[locators.form]\r\n".encode())
    assert data.count(b"\n") == data.count(b"\r\n") == 2
    assert load_profile(str(learned.path)).locator("form.email") == "#email"


def test_what_somebody_writes_meanwhile_stays(mine: LearnedProfile) -> None:
    text = mine.path.read_text(encoding="utf-8").replace('log_out = "?"', 'log_out = "#out"')
    mine.path.write_text(text, encoding="utf-8")
    mine.learn("locators.account.unit", ".unit", SEEN)
    assert load_profile(str(mine.path)).locator("account.log_out") == "#out"


def test_what_is_there_is_not_begun_anew(mine: LearnedProfile) -> None:
    mine.learn("locators.account.unit", ".unit", SEEN)
    mine.begin_with(BHXH)
    assert load_profile(str(mine.path)).locator("account.unit") == ".unit"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("locators.form.ready", 'role=button[name="x"]', "phải là CSS"),
        ("locators.form.email", "a >>", "phần trống"),
        ("portal.captcha_length", "4", "số nguyên"),
        ("locators.account.menu", '[title="0101234565"]', "dữ liệu về người"),
        ("locators.home.login", 'role=button[name="Nguyễn Văn Bình"]', "dữ liệu về người"),
    ],
)
def test_what_is_no_value_is_not_written(mine: LearnedProfile, key: str, value: object, said: str) -> None:
    error = refused(mine, key, value)
    assert (error.code, said in str(error)) == (Code.PROFILE_INVALID, True), error
    assert "0101234565" not in f"{error}{error.detail}"
    assert "Bình" not in f"{error}{error.detail}"


def test_nor_what_is_known_of_the_account(tmp_path: Path) -> None:
    learned = LearnedProfile(tmp_path / "mine.toml", FixedText(["Sunshine"]))
    learned.begin_with(BHXH)
    assert refused(learned, "locators.home.login", 'text="SUNSHINE"').code is Code.PROFILE_INVALID
    with pytest.raises(ChukysoError):
        learned.learn_entry("messages", "Sunshine đã đăng ký", "rejected", SEEN)


def test_a_file_that_is_no_toml_stays_as_it_is(mine: LearnedProfile) -> None:
    mine.path.write_text("[portal\n", encoding="utf-8")
    assert "dòng 1" in str(refused(mine, "locators.account.unit", ".unit"))


@pytest.mark.skipif(sys.platform == "win32", reason="a directory takes files there whatever its mode")
def test_a_place_that_takes_no_file(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("", encoding="utf-8")
    learned = LearnedProfile(in_the_way / "mine.toml")
    with pytest.raises(ChukysoError) as found:
        learned.begin_with(BHXH)
    assert (found.value.code, "đó không phải thư mục" in str(found.value)) == (Code.PROFILE_NOT_WRITABLE, True)
    here = LearnedProfile(tmp_path / "folder.toml")
    here.path.mkdir()
    with pytest.raises(ChukysoError) as found:
        here.learn("locators.account.unit", ".unit", SEEN)
    assert found.value.code is Code.PROFILE_NOT_WRITABLE


@pytest.mark.parametrize(
    ("comment", "mark", "rest"),
    [
        ("# A", Mark.SOURCES, ""),
        ("# B: a mail follows", Mark.SOURCE, "a mail follows"),
        ("# I, perhaps", Mark.INFERRED, "perhaps"),
        ("# seen 2026-11-30, Chromium 156.0; read late", Mark.SEEN, "read late"),
        ("# Analogue", Mark.NONE, "Analogue"),
        ("", Mark.NONE, ""),
    ],
)
def test_marks(comment: str, mark: Mark, rest: str) -> None:
    assert (mark_of(comment), without_mark(comment)) == (mark, rest)
