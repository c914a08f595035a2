"""``chukyso tokens``: what people and programs get to see."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from chukyso.cli import tokens_view
from chukyso.token.modules import InstalledModule
from support.paths import ROOT
from support.token import MST, PIN, SoftHsm, ec_key, issue, softhsm_token


@pytest.fixture
def hsm(tmp_path: Path) -> SoftHsm:
    return softhsm_token(tmp_path / "hsm")


def tokens(hsm: SoftHsm, *arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from chukyso.cli import main; main()", "tokens", *map(str, arguments)]
    environment = {**os.environ, **hsm.environment, "COLUMNS": "200", "PYTHONUTF8": "1", **variables}
    # No stdin: whoever asked for a PIN would end here.
    return subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def document(hsm: SoftHsm, *arguments: str | Path) -> dict[str, Any]:
    done = tokens(hsm, "--json", *arguments, FORCE_COLOR="1")  # as if it were a terminal, where progress is drawn
    assert done.returncode == 0, done.stderr
    parsed: dict[str, Any] = json.loads(done.stdout)
    return parsed


def shape(value: Any) -> Any:
    """Names and kinds, without the values."""
    if isinstance(value, dict):
        return {name: shape(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def test_json_is_what_the_documentation_shows(hsm: SoftHsm) -> None:
    hsm.add_token("Văn thư", entries=[issue()])
    text = (ROOT / "docs" / "tokens.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert shape(document(hsm, "--module", hsm.module)) == shape(json.loads(example))


def test_json_tells_tokens_and_certificates(hsm: SoftHsm) -> None:
    entries = {
        "usable": issue(),
        "expired": issue(starts=-30, ends=-1),
        "missing": issue(private=0),
        "unsupported": issue(key=rsa.generate_private_key(65537, 1024)),  # noqa: S505 - that is the point
        "ec": issue(None, key=ec_key()),
    }
    serial = hsm.add_token("Văn thư", entries=list(entries.values()))
    empty = hsm.add_token("trống")
    (module,) = document(hsm, "--module", hsm.module)["modules"]
    assert (module["path"], module["source"], module["status"]) == (str(hsm.module), "named", "ok")
    found = {token["serial"]: token for token in module["tokens"]}
    assert found.keys() == {serial, empty}
    assert found[empty]["certificates"] == []
    assert found[serial] | {"certificates": None} == {
        "serial": serial,
        "label": "Văn thư",
        "manufacturer": "SoftHSM project",
        "model": "SoftHSM v2",
        "ready": True,
        "pin_state": "ok",
        "pin_pad": False,
        "min_pin": 4,
        "max_pin": 255,
        "error": None,
        "certificates": None,
        "unreadable": [],
    }
    shown = {each["serial"]: each for each in found[serial]["certificates"]}
    keys = {name: shown[entry.parsed.serial]["key"] for name, entry in entries.items()}
    assert keys == {name: name if name in {"missing", "unsupported"} else "usable" for name in entries}
    certificate = entries["usable"].parsed
    assert shown[certificate.serial] == {
        "serial": certificate.serial,
        "tax_code": MST,
        "owner": certificate.owner,
        "issuer": certificate.issuer,
        "subject_dn": certificate.subject_dn,
        "issuer_dn": certificate.issuer_dn,
        "not_before": certificate.not_before.isoformat(),
        "not_after": certificate.not_after.isoformat(),
        "valid": True,
        "key_kind": "rsa",
        "key_bits": 2048,
        "key": "usable",
        "key_id": entries["usable"].key_id.hex(),
        "label": "",
    }
    assert shown[entries["expired"].parsed.serial]["valid"] is False
    assert shown[entries["ec"].parsed.serial]["tax_code"] == ""


def test_bad_modules_are_entries_and_stdout_stays_json(hsm: SoftHsm, tmp_path: Path) -> None:
    text = tmp_path / "text.so"
    text.write_text("no library")
    good, bad, missing = document(hsm, "--module", hsm.module, "--module", text, "--module", tmp_path / "none")[
        "modules"
    ]
    assert good["status"] == "ok"
    assert (bad["status"], bad["error"]["code"]) == ("load-failed", "MODULE_LOAD_FAILED")
    assert (missing["status"], missing["error"]["code"]) == ("load-failed", "MODULE_NOT_FOUND")
    assert set(bad["error"]) == {"code", "message", "action", "detail"}


def test_all_installed_modules_by_default(hsm: SoftHsm) -> None:
    serial = hsm.add_token(entries=[issue()])
    modules = document(hsm)["modules"]
    softhsm = modules[-1]
    assert (softhsm["name"], softhsm["source"]) == ("SoftHSM2", "softhsm")
    assert [token["serial"] for token in softhsm["tokens"]] == [serial]
    assert len({module["path"] for module in modules}) == len(modules)


def test_table(hsm: SoftHsm) -> None:
    good, bare, old = issue(), issue(None, private=0), issue(starts=-30, ends=-1)
    serial = hsm.add_token("Văn thư [1]", entries=[good, bare, old])
    done = tokens(hsm, "--module", hsm.module)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert any(f"Token {serial}: Văn thư [1] (SoftHSM project, SoftHSM v2)" in line for line in lines)
    assert "Mã PIN: bình thường." in done.stdout
    row = {entry: line_with(lines, entry.parsed.serial.upper()) for entry in (good, bare, old)}
    assert MST in row[good]
    assert "dùng được" in row[good]
    assert "không có khóa" in row[bare]
    assert "ĐÃ HẾT HẠN" in done.stdout
    assert PIN not in done.stdout + done.stderr


def line_with(lines: list[str], text: str) -> str:
    return next(line for line in lines if text in line)


def test_one_token_behind_two_modules_is_shown_once(hsm: SoftHsm, tmp_path: Path) -> None:
    serial = hsm.add_token("Văn thư", entries=[issue()])
    copy = tmp_path / "copy.so"
    shutil.copy(hsm.module, copy)
    shown = tokens(hsm, "--module", hsm.module, "--module", copy).stdout
    assert shown.count(f"Token {serial}") == 1
    assert f"Trình điều khiển: {hsm.module.name}, copy.so." in shown


def test_no_token_is_no_failure_and_says_what_to_do(hsm: SoftHsm) -> None:
    done = tokens(hsm, "--module", hsm.module)
    assert done.returncode == 0
    assert "Không thấy token nào. Cắm USB Token vào máy" in done.stdout


def test_no_module_says_what_to_do(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def nothing() -> list[InstalledModule]:
        return []

    monkeypatch.setattr(tokens_view, "installed_modules", nothing)
    tokens_view.show([], as_json=False, timeout=1)
    assert "Cài trình điều khiển của nhà cung cấp chữ ký số" in " ".join(capsys.readouterr().out.split())


def test_service_session_is_said(
    hsm: SoftHsm, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in hsm.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(tokens_view, "in_service_session", lambda: True)
    tokens_view.show([hsm.module], as_json=False, timeout=20)
    assert "phiên dịch vụ của Windows (session 0)" in " ".join(capsys.readouterr().out.split())
    tokens_view.show([hsm.module], as_json=True, timeout=20)
    assert json.loads(capsys.readouterr().out)["service_session"] is True


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        (0x408, "bình thường"),
        (0x10408, "đã có lần nhập sai"),
        (0x30408, "CHỈ CÒN MỘT LẦN THỬ"),
        (0x70408, "ĐÃ BỊ KHÓA"),
        (0x400, "chưa được khởi tạo"),
        (0x508, "bình thường, nhập trên thiết bị"),
    ],
)
def test_pin_state_in_words(flags: int, text: str) -> None:
    info = tokens_view.TokenInfo(0, "1", "", "", "", flags, 4, 8)
    assert tokens_view.pin_text(info) == text


def test_a_time_out_must_be_one(hsm: SoftHsm) -> None:
    assert tokens(hsm, "--timeout", "0").returncode == 2
