"""What is proposed for a profile, and what of an inspection may leave the machine."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chukyso.client.inspect import document
from chukyso.client.privacy import WITHHELD, clean, clean_window, impersonal
from chukyso.client.proposal import Fit, folder_rule, reaches, site_of
from chukyso.client.report import render
from chukyso.desktop.model import Kind, Program
from support.inspected_machine import EXTENSION, HOST, OTHER, SITE, Computer, write_json
from support.pe import write_pe
from support.windows import CONTROLS, control, window


def test_the_one_that_fits_is_proposed_and_its_lines_are_toml(computer: Computer) -> None:
    computer.complete()
    found = document(computer.look())
    assert found["candidates"] == [{"host": HOST, "fit": "named", "complete": True}]
    signer = tomllib.loads("\n".join(found["profile"]))["signer"]
    assert signer == {
        "kind": "client",
        "extension": EXTENSION,
        "host": HOST,
        "program": "host.exe",
        "folder": signer["folder"],
        "publisher": "?",
    }
    assert f"seen {found['date']}, chromium 156.0.1, Ký số mẫu 1.2" in found["profile"][2]


def test_an_extension_without_trouble_counts_before_one_that_is_switched_off(computer: Computer) -> None:
    computer.complete()
    computer.host(allowed_origins=[f"chrome-extension://{id_}/" for id_ in (EXTENSION, OTHER)])
    computer.extension(OTHER)
    computer.settings(**{EXTENSION: {"disable_reasons": [1]}})
    lines = [line for line in document(computer.look())["profile"] if "extension = " in line]
    assert [line.partition("   #")[0] for line in lines] == [f'extension = "{OTHER}"', f'# extension = "{EXTENSION}"']


def test_of_two_that_fit_none_is_chosen(computer: Computer) -> None:
    computer.complete()
    computer.host("vn.example.second")
    lines = document(computer.look())["profile"]
    assert tomllib.loads("\n".join(lines)) == {"signer": {"kind": "client"}}
    assert {line for line in lines if line.startswith("# host = ")} == {
        line for line in lines if "vn.example." in line and "host =" in line
    }
    assert sum(line.startswith("# host = ") for line in lines) == 2


def test_one_that_names_the_portal_counts_before_one_that_works_everywhere(computer: Computer) -> None:
    computer.complete()
    computer.host("org.example.passwords", allowed_origins=[f"chrome-extension://{OTHER}/"])
    computer.extension(OTHER, content_scripts=[{"matches": ["<all_urls>"]}])
    assert [each["host"] for each in document(computer.look())["candidates"]] == [HOST]
    everywhere = document(computer.look(site="portal.example.com"))["candidates"]
    assert everywhere == [{"host": "org.example.passwords", "fit": "everywhere", "complete": True}]


def test_a_name_of_the_portals_client_is_enough_when_no_extension_is_there(computer: Computer) -> None:
    write_pe(computer.program)
    computer.host("vn.vss.tokensigning")
    found = document(computer.look())
    assert found["candidates"] == [{"host": "vn.vss.tokensigning", "fit": "named", "complete": False}]
    assert f'extension = "{EXTENSION}"   # seen {found["date"]}, not installed' in found["profile"]


def test_where_none_is_nothing_is_claimed(computer: Computer) -> None:
    signer = tomllib.loads("\n".join(document(computer.look())["profile"]))["signer"]
    assert {signer[key] for key in ("extension", "host", "program", "folder", "publisher")} == {"?"}


def test_what_a_manifest_says_cannot_become_a_line_of_the_profile(computer: Computer) -> None:
    computer.complete()
    evil = {"name": 'x"\npin = "1', "version": "1\n[evil]", "content_scripts": [{"matches": ["*://*/*"]}]}
    write_json(computer.extension(OTHER) / "manifest.json", evil)
    computer.host(allowed_origins=[f"chrome-extension://{OTHER}/"])
    lines = document(computer.look())["profile"]
    assert any("[evil]" in line for line in lines)
    profile = tomllib.loads("\n".join(lines))
    assert (set(profile), "pin" in profile["signer"]) == ({"signer"}, False)


@pytest.mark.parametrize(
    ("pattern", "fit"),
    [
        (f"https://{SITE}/*", Fit.NAMED),
        ("*://*.example.vn/*", Fit.NAMED),
        (f"*://*.{SITE}/*", Fit.NAMED),
        ("https://*/*", Fit.EVERYWHERE),
        ("*://*/*", Fit.EVERYWHERE),
        ("<all_urls>", Fit.EVERYWHERE),
        ("https://example.vn/*", Fit.NONE),
        ("https://*.ample.vn/*", Fit.NONE),
        (f"https://{SITE}.evil.example/*", Fit.NONE),
        ("file:///*", Fit.NONE),
        ("nativeMessaging", Fit.NONE),
    ],
)
def test_match_patterns_are_read_as_browsers_do(pattern: str, fit: Fit) -> None:
    assert reaches([pattern], SITE) is fit


@pytest.mark.parametrize("address", [SITE, f"https://{SITE}/#/index", f"{SITE}:8443", SITE.upper()])
def test_a_site_may_be_given_as_an_address(address: str) -> None:
    assert site_of(address) == SITE


@pytest.mark.parametrize(
    ("folder", "rule"),
    [
        ("C:\\Program Files (x86)\\Replica", "%ProgramFiles(x86)%\\Replica"),
        ("c:\\program files\\Replica\\bin", "%ProgramFiles%\\Replica\\bin"),
        ("C:\\Program Files Old\\Replica", "C:\\Program Files Old\\Replica"),
        ("C:\\Users\\An Nguyễn\\AppData\\Local\\Replica", "%LOCALAPPDATA%\\Replica"),
        ("C:\\Users\\AN~1\\AppData\\Roaming\\Replica", "%APPDATA%\\Replica"),
        ("D:\\Replica", "D:\\Replica"),
    ],
)
def test_a_folder_is_written_so_that_it_holds_elsewhere(folder: str, rule: str) -> None:
    assert folder_rule(folder) == rule


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("C:\\Users\\An Nguyễn\\x.exe", "%USERPROFILE%\\x.exe"),
        ("c:/users/an/x.json", "%USERPROFILE%/x.json"),
        ("C:\\Users\\Other\\x: no such file", "%USERPROFILE%\\x: no such file"),
        ("C:\\Users\\Public\\x", "C:\\Users\\Public\\x"),
        ("D:\\Profiles\\an\\x", "%USERPROFILE%\\x"),
        ("E:\\data\\an\\x", "E:\\data\\%USERNAME%\\x"),
        ("E:\\data\\anything\\x", "E:\\data\\anything\\x"),
        ("/".join(("", "home", "an", "x")), "%USERPROFILE%/x"),
        ("/Users/an/Library/x", "%USERPROFILE%/Library/x"),
        ("https://portal.example/home/an", "https://portal.example/home/an"),
        ("Ky\u0301", "Ký"),
    ],
)
def test_no_name_of_a_user_stays_in_a_path(text: str, cleaned: str) -> None:
    assert clean({"a": [text]}, Path("D:\\Profiles\\an"), "an") == {"a": [cleaned]}


@pytest.mark.parametrize(
    "text", ["Verify User PIN", "Xác thực mã PIN", "User PIN:", "&Chấp nhận", "Chọn chứng thư số", ""]
)
def test_texts_of_a_program_stay(text: str) -> None:
    assert impersonal(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "CÔNG TY TNHH NẮNG MỚI",
        "Công ty Nắng Mới",
        "NGUYỄN VĂN AN",
        "Nguyễn Văn An",
        "MST: 0101234565",
        "54 01 0a ff 33",
        "an@example.vn",
        "0912 345 678",
        "x" * 61,
    ],
)
def test_texts_that_may_be_personal_do_not(text: str) -> None:
    assert impersonal(text) == WITHHELD


def test_of_a_window_its_kind_is_told_and_no_row() -> None:
    held: dict[str, Any] = window(title="Ký bởi NGUYỄN VĂN AN").to_json()
    held["controls"] = [each.to_json() for each in (*CONTROLS, control(Kind.EDIT, 4, "bí mật"))]
    held["controls"][3]["rows"] = [["CÔNG TY A", "5401"], ["B", "77"]]
    kept = clean_window(held)
    assert kept["title"] == WITHHELD
    assert kept["controls"][3]["rows"] == 2
    assert [each["text"] for each in kept["controls"]] == ["Nhập mã PIN của “Nắng Mới”", "", "&Chấp nhận", "", WITHHELD]
    assert not {"handle", "rect"} & set(kept)
    assert set(kept["program"]) == {"image", "publisher"} < set(vars(Program(1, "")))


def test_nothing_personal_is_in_the_file(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> None:
    computer.complete()
    computer.settings(**{EXTENSION: {"path": str(computer.home / "x")}})
    monkeypatch.setattr(Path, "home", lambda: computer.home)
    monkeypatch.setattr("getpass.getuser", lambda: "nguyenvanan")
    found = document(computer.look())
    assert "nguyenvanan" not in render(found).casefold()
    assert "nguyenvanan" not in str(found).casefold()
    assert "%USERPROFILE%" in render(found)


def test_no_user_is_named_where_backslashes_are_doubled(computer: Computer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: Path("D:\\Profiles\\nguyenvanan"))
    computer.complete()
    host = computer.look().hosts[0]
    assert host.program is not None
    program = replace(host.program, path=Path("D:\\Profiles\\nguyenvanan\\replica\\host.exe"))
    found = document(replace(computer.look(), hosts=(replace(host, program=program),)))
    assert 'folder = "%USERPROFILE%\\\\replica"' in "\n".join(found["profile"])
    assert "nguyenvanan" not in str(found["profile"])
