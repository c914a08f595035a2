"""A command that was typed wrongly is told in Vietnamese, with the English detail below and exit code 2."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

import pytest

from chukyso.cli import main

Typed = Callable[..., tuple[object, str, str]]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    def run(*arguments: str) -> tuple[object, str, str]:
        monkeypatch.setattr(sys, "argv", ["chukyso", *arguments])
        monkeypatch.setenv("COLUMNS", "200")
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return run


@pytest.mark.parametrize(
    ("arguments", "reason", "detail"),
    [
        (["evidense"], "“chukyso” gõ chưa đúng: không có lệnh 'evidense'; ý bạn là evidence?", "No such command"),
        (["pin", "lst"], "“chukyso pin” gõ chưa đúng: không có lệnh 'lst'; ý bạn là list?", "No such command 'lst'"),
        (["xyzzy"], "gõ chưa đúng: không có lệnh 'xyzzy'. Gõ lại", "No such command 'xyzzy'"),
        (["tokens", "--jsn"], "không có tùy chọn '--jsn'; ý bạn là --json?", "No such option"),
        (["doctor", "now"], "thừa đối số, hoặc đối số không dùng được", "unexpected extra argument"),
        (["evidence", "verify"], "“chukyso evidence verify” gõ chưa đúng: thiếu 'DIR|PDF'", "Missing argument"),
        (["agent"], "thiếu '--origin'", "Missing option"),
        (["tokens", "--nope"], "không có tùy chọn '--nope'", "No such option"),
        (["evidence", "verify", ".", "--jobs", "0"], "giá trị của '--jobs' không dùng được", "greater than or equal"),
        (["evidence", "verify", ".", "--part", "--complete"], "--complete và --part loại trừ nhau", "Invalid value"),
    ],
)
def test_what_is_wrong_is_said(typed: Typed, arguments: list[str], reason: str, detail: str) -> None:
    code, out, err = typed(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("[COMMAND_INVALID] Lệnh “chukyso")
    assert reason in err
    assert detail in err


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["evidence"], 2), (["--help"], 0), (["pin", "--help"], 0)])
def test_headings_of_help_are_vietnamese(typed: Typed, arguments: list[str], code: int) -> None:
    ended, out, err = typed(*arguments)
    assert (ended, err) == (code, "")
    assert "Tùy chọn" in out
    assert "Cách dùng: chukyso" in out
    assert "Usage" not in out
    assert "In phần này rồi thoát." in out
    for english in ("Options ─", "Commands ─", "Show this message", "Install completion"):
        assert english not in out


HELPS = [[], ["agent"], ["doctor"], ["figures", "refresh"], ["evidence", "verify"], ["evidence", "seal"], ["guide"]]
HELPS += [["nightly"], ["pin", "list"], ["pin", "forget"], ["sandbox"], ["tokens"], ["verify"], ["evidence", "prune"]]


@pytest.mark.parametrize("command", HELPS, ids=" ".join)
def test_values_of_options_are_named_in_vietnamese(typed: Typed, command: list[str]) -> None:
    code, out, _ = typed(*command, "--help")
    assert code == 0
    assert not re.search(r"<[a-z]+[>|]|Path|list\[|range|FILE|TEXT|OPTIONS|COMMAND", out), out
    if command == ["agent"]:
        assert "ĐƯỜNG_DẪN" in out
        assert "pinentry|browser" in out


def test_exit_codes_that_all_commands_share_are_in_the_help(typed: Typed) -> None:
    help_text = " ".join(typed("--help")[1].split())
    for code in ("2 gõ chưa đúng", "70 lỗi chưa lường trước", "74 không in ra được", "130 Ctrl-C"):
        assert code in help_text


def test_other_errors_and_a_good_end_keep_their_codes(typed: Typed) -> None:
    assert typed("--version")[0] == 0
    code, _, err = typed("guide", "/nowhere")
    assert (code, "[EVIDENCE_UNREADABLE]" in err) == (1, True), err


def test_roots_that_cannot_be_read_are_not_told_as_changed_evidence(typed: Typed) -> None:
    code, _, err = typed("evidence", "verify", ".", "--trust", "/nowhere")
    assert (code, "[OPTION_INVALID]" in err) == (2, True), err
