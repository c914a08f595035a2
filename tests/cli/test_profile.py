"""``chukyso profile check``: what is wrong with a profile and what it lacks; and the doctor's line about it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chukyso.cli import app, main
from chukyso.doctor.ask import ask
from chukyso.doctor.examine import check_named, make
from chukyso.doctor.facts import Facts
from chukyso.doctor.model import Finding, Level
from support.paths import ROOT
from support.probe import nobody, portal_at, profile_file

REAL = (("embedded_sandbox = true", "embedded_sandbox = false"), ('url = ""', 'url = "https://x.example/"'))


def check(*arguments: str | Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["profile", "check", *map(str, arguments)], catch_exceptions=False)
    return done.exit_code, done.stdout


def test_a_profile_that_knows_all(tmp_path: Path) -> None:
    for name in ("sandbox", profile_file(tmp_path, "mine", *REAL, base="sandbox")):
        code, out = check(name)
        assert (code, "Đã biết mọi giá trị" in out) == (0, True), out
        assert "?" not in out.partition("\n")[2]


def test_what_is_missing_is_grouped_by_what_it_is_for() -> None:
    code, out = check("bhxh")
    assert code == 3
    form, _, rest = out.partition("cần để đọc và kiểm tra biểu mẫu:")[2].partition("\n\n")
    assert "? locators.form.ready" in form
    assert "Hiện khi biểu mẫu đã mở xong." in form
    assert "result.notice" not in form
    assert "cần để che dữ liệu cá nhân, khi có PRIVACY:masked:\n  ? personal.email" in rest
    assert "? certificate_windows" in out
    assert "storage_key" not in out  # of our agent, with which this portal does not sign
    assert "Còn thiếu giá trị" in out


def test_what_only_a_variable_needs_does_not_count(tmp_path: Path) -> None:
    mail = ('sender = "thongbao@bhxh.sandbox.example"', 'sender = "?"')
    code, out = check(profile_file(tmp_path, "mine", *REAL, mail, base="sandbox"))
    assert (code, "? result_mail.sender" in out) == (0, True)


def test_all_that_a_run_would_refuse_is_listed(tmp_path: Path) -> None:
    profile = profile_file(
        tmp_path,
        "mine",
        *REAL,
        ("register =", "regster ="),
        ("page = 15", 'page = "15"'),
        ('roots = ""', 'roots = "nowhere.pem"'),
        base="sandbox",
    )
    figures = tmp_path / "figures" / "mine" / "figures.toml"
    figures.parent.mkdir(parents=True)
    figures.write_text("[figures.1]\nmaskd = []\n", encoding="utf-8")
    code, out = check(profile)
    assert code == 1
    assert "Phải sửa 4 chỗ" in out
    for said in (
        "“locators.form.register” không",
        "“timeouts.page” phải là số",
        "nowhere.pem",
        "“figures.1.masked” không",
    ):
        assert said in out
    assert "? locators.form.register" in out
    assert "? timeouts.page" not in out


def test_json(tmp_path: Path) -> None:
    profile = profile_file(tmp_path, "mine", *REAL, ("register =", "regster ="), base="sandbox")
    code, out = check(profile, "--json")
    told = json.loads(out)
    assert (code, told["complete"], told["profile"], told["file"]) == (1, False, "mine", str(profile))
    assert [(one["key"], one["nearest"]) for one in told["problems"]] == [
        ("locators.form.regster", "locators.form.register")
    ]
    assert [(one["key"], one["needed_for"], one["always"]) for one in told["missing"]] == [
        ("locators.form.register", "form", True)
    ]
    text = (ROOT / "docs" / "profiles.md").read_text(encoding="utf-8")
    example = json.loads(text.partition("```json\n")[2].partition("```")[0])
    assert told.keys() == example.keys()
    assert told["problems"][0].keys() == example["problems"][0].keys()
    assert told["missing"][0].keys() == example["missing"][0].keys()
    assert json.loads(check("sandbox", "--json")[1])["complete"] is True


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nowhere"], 1, "[PROFILE_UNKNOWN]"),
        (["{broken}"], 1, "dòng 1, cột 8"),
        ([], 2, "[COMMAND_INVALID]"),
        (["sandbox", "--jsn"], 2, "[COMMAND_INVALID]"),
    ],
)
def test_what_cannot_be_read_and_what_was_typed_wrongly(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    said: str,
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[portal\n", encoding="utf-8")
    typed = [one.format(broken=broken) for one in arguments]
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setattr(sys, "argv", ["chukyso", "profile", "check", *typed])
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, said in capsys.readouterr().err) == (code, True)


def test_a_pipe_of_an_older_system_can_take_the_json() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("chukyso")), "profile", "check", "bhxh", "--json"],
        env={"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin"},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 3, done.stderr
    assert json.loads(done.stdout.decode("ascii"))["profile"] == "bhxh"


# The doctor's line


def doctor(profile: str | Path) -> Finding:
    return make(check_named("profile"), Facts(ask(str(profile))))


def test_what_the_profile_lacks_is_one_line(tmp_path: Path) -> None:
    found = doctor(profile_file(tmp_path, "real", portal_at(nobody()), ('kind = "client" ', 'kind = "agent" ')))
    assert found.level is Level.FAILED
    assert "chưa biết 17 giá trị: signer.storage_key, " in found.found
    assert "chukyso profile check" in found.action
    assert "\n" not in found.found
    assert doctor("sandbox").level is Level.OK


def test_what_only_a_variable_needs_is_nothing_that_the_doctor_misses(tmp_path: Path) -> None:
    unit = ("submit = 'mat-dialog-container >> role=button[name=\"Chọn đơn vị\"]'", "")
    mail = ('sender = "thongbao@bhxh.sandbox.example"', 'sender = "?"')
    assert doctor(profile_file(tmp_path, "mine", unit, mail, base="sandbox")).level is Level.OK


def test_how_well_it_is_known(tmp_path: Path) -> None:
    seen = ('log_out = "?"', 'log_out = "#out"   # seen 2026-11-30, Chromium 156.0')
    mine = profile_file(tmp_path, "mine", portal_at(nobody()), seen)
    code, out = check(mine)
    assert (code, out.splitlines()[1].startswith("1 giá trị đã thấy trên cổng (seen), ")) == (3, True), out
    before, after = (json.loads(check(one, "--json")[1])["known"] for one in ("bhxh", mine))
    assert (before["seen"], after["seen"]) == (0, 1)
    assert before["unknown"] - after["unknown"] == 1
    assert before["A"] > 10
