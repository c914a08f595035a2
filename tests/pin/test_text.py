"""What editors, shells and keyboards do to a secret: what is no part of it, and what is refused before the token."""

from __future__ import annotations

import codecs
import os
import traceback
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from chukyso.doctor.ask import ask
from chukyso.doctor.examine import check_named, make
from chukyso.doctor.facts import Facts
from chukyso.doctor.model import Level
from chukyso.errors import ChukysoError, Code
from chukyso.pin.gate import refuse_impossible_pin
from chukyso.pin.memory import FailedPins
from chukyso.pin.reference import resolve_secret
from chukyso.token.model import TokenInfo
from support.agent import raised_by
from support.paths import FIELD
from support.shim import Bench, make_bench
from support.token import PIN, failure

TOKEN = TokenInfo(0, "serial", "label", "maker", "model", 0x40D, 4, 255)
PASSWORD = "Hoa Sen ở Đồng Tháp 26!"
UTF8, UTF16 = codecs.BOM_UTF8, codecs.BOM_UTF16_LE

# What stands around a PIN, and is none of it.
FRAMES = {
    "nothing": PIN.encode(),
    "LF": b"12345678\n",
    "CRLF": b"12345678\r\n",
    "CR": b"12345678\r",
    "two LF": b"12345678\n\n",
    "two CRLF": b"12345678\r\n\r\n",
    "CR CR LF, of a file that was changed twice": b"12345678\r\r\n",
    "UTF-8 mark": UTF8 + b"12345678",
    "UTF-8 mark and CRLF": (FIELD / "pin-with-bom.txt").read_bytes(),
    "UTF-16 of Windows": UTF16 + "12345678\r\n".encode("utf-16-le"),
    "UTF-16, the other order": codecs.BOM_UTF16_BE + "12345678\n".encode("utf-16-be"),
    "UTF-32": codecs.BOM_UTF32_LE + "12345678\n".encode("utf-32-le"),
}
# What no PIN has: the text, the character as the message names it, and where.
BAD = {
    "UTF-16 without mark": ("12345678".encode("utf-16-le").decode(), "U+0000 (NULL)", "ở giữa"),
    "UTF-16 without mark, the other order": ("12345678".encode("utf-16-be").decode(), "U+0000 (NULL)", "ở đầu"),
    "NUL": ("12345678\0", "U+0000 (NULL)", "ở cuối"),
    "NULs": ("12345678\0\0\0", "U+0000 (NULL)", "ở cuối"),
    "blank behind": ("12345678 ", "dấu cách U+0020 (SPACE)", "ở cuối"),
    "blank and line end": ("12345678 \r\n", "dấu cách U+0020 (SPACE)", "ở cuối"),
    "blank before": (" 12345678", "dấu cách U+0020 (SPACE)", "ở đầu"),
    "tab": ("12345678\t\n", "U+0009 (TAB)", "ở cuối"),
    "line end before": ("\n12345678\n", "U+000A (LINE FEED)", "ở đầu"),
    "two lines": ("12345678\n87654321\n", "U+000A (LINE FEED)", "ở giữa"),
    "two lines of Windows": ("12345678\r\n87654321\r\n", "U+000D (CARRIAGE RETURN)", "ở giữa"),
    "end of file of DOS": ("12345678\r\n\x1a", "U+000D (CARRIAGE RETURN)", "ở cuối"),
    "escape": ("1234\x1b[D5678", "ký tự điều khiển U+001B", "ở giữa"),
    "zero-width space": ("12345678\u200b", "ký tự ẩn U+200B (ZERO WIDTH SPACE)", "ở cuối"),
    "no-break space": ("12345678\u00a0", "dấu cách U+00A0 (NO-BREAK SPACE)", "ở cuối"),
    "no-break space inside": ("1234\u00a05678", "dấu cách U+00A0 (NO-BREAK SPACE)", "ở giữa"),
    "second mark": ("\ufeff\ufeff12345678", "U+FEFF (ZERO WIDTH NO-BREAK SPACE)", "ở đầu"),
    "mark behind": ("12345678\ufeff", "U+FEFF (ZERO WIDTH NO-BREAK SPACE)", "ở cuối"),
    "direction mark of a web page": ("\u200e12345678", "U+200E (LEFT-TO-RIGHT MARK)", "ở đầu"),
    "soft hyphen": ("1234\u00ad5678", "U+00AD (SOFT HYPHEN)", "ở giữa"),
    "word joiner": ("1234\u20605678", "U+2060 (WORD JOINER)", "ở giữa"),
    "ideographic space": ("1234\u30005678", "U+3000 (IDEOGRAPHIC SPACE)", "ở giữa"),
    "filler": ("12345678\u3164", "U+3164 (HANGUL FILLER)", "ở cuối"),
    "variation selector": ("12345678\ufe0f", "U+FE0F (VARIATION SELECTOR-16)", "ở cuối"),
    "line separator": ("12345678\u2028", "U+2028 (LINE SEPARATOR)", "ở cuối"),
    "next line": ("12345678\u0085", "ký tự điều khiển U+0085", "ở cuối"),
}
# What Vietnamese keyboards and input methods make of digits; naming one would tell the digit.
NOT_ASCII = {
    "Microsoft's Vietnamese layout": "ăâêô",
    "the same, the marks of 5 to 9": "1234\u0300\u0309\u0303\u0301\u0323",
    "full width": "\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18",
    "Telex": "mậtkhẩu",
    "a surrogate": "1234\ud8005678",
}


class Kept(KeyringBackend):
    """A keyring with one secret."""

    priority = 0  # type: ignore[assignment]

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def get_password(self, service: str, username: str) -> str | None:
        return self._secret if (service, username) == ("bhxh", "0101234565") else None

    def set_password(self, service: str, username: str, password: str) -> None: ...


@pytest.fixture
def unchanged_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    yield
    keyring.set_keyring(before)


def told(error: ChukysoError) -> str:
    """Everything that anybody can read of an error, and of whatever hangs on it."""
    chain = "".join(traceback.format_exception(error)) + repr([error.__cause__, error.__context__])
    return f"{error} {error.detail} {error.context} {chain}"


@pytest.mark.parametrize("frame", FRAMES)
def test_what_stands_around_a_secret_is_none_of_it(frame: str, tmp_path: Path) -> None:
    kept = tmp_path / "pin.txt"
    kept.write_bytes(FRAMES[frame])
    assert resolve_secret(f"file:{kept}", "TOKEN_PIN") == PIN


@pytest.mark.parametrize("text", ["\ufeff12345678\r\n", "12345678\r", "12345678\n\n"])
def test_wherever_it_is_kept(text: str, monkeypatch: pytest.MonkeyPatch, unchanged_keyring: None) -> None:
    monkeypatch.setenv("KEPT_HERE", text)
    assert resolve_secret("env:KEPT_HERE", "TOKEN_PIN") == PIN
    assert "KEPT_HERE" not in os.environ
    keyring.set_keyring(Kept(text))
    assert resolve_secret("keyring:bhxh/0101234565", "SEAL_PIN") == PIN


@pytest.mark.parametrize("what", BAD)
def test_a_character_that_nobody_sees_is_named_and_placed(what: str, tmp_path: Path) -> None:
    text, character, place = BAD[what]
    kept = tmp_path / "pin.txt"
    kept.write_bytes(text.encode())
    error = raised_by(lambda: resolve_secret(f"file:{kept}", "TOKEN_PIN"))
    assert error.code is Code.PIN_CHARACTER
    assert f"{character} {place}" in str(error)
    assert "TOKEN_PIN" in str(error)
    for part in ("12345678", "1234", "5678", "8765"):
        assert part not in told(error)


def test_how_long_a_pin_is_nobody_is_told() -> None:
    pins = [f"{'7' * length}\u200b{'7' * length}" for length in (2, 3, 9)]
    assert len({told(raised_by(lambda pin=pin: refuse_impossible_pin(TOKEN, pin))) for pin in pins}) == 1


@pytest.mark.parametrize("what", NOT_ASCII)
def test_a_pin_of_an_input_method_is_refused_and_not_repeated(what: str) -> None:
    pin = NOT_ASCII[what]
    error = raised_by(lambda: refuse_impossible_pin(TOKEN, pin))
    assert error.code is Code.PIN_NOT_ASCII
    assert "bộ gõ" in str(error)
    shown = told(error)
    for char in set(pin) - set("1234567890matkhu"):
        assert f"U+{ord(char):04X}" not in shown
        assert unicodedata.name(char, "no name") not in shown
    assert "1234" not in shown


def test_a_plain_blank_inside_may_be_meant() -> None:
    refuse_impossible_pin(TOKEN, "dung tren ban phim")


# Passwords


@pytest.mark.parametrize("kept", [PASSWORD, f" {PASSWORD} ", "mật\u0323 khẩu", "пароль", "pass\U0001f510word"])
def test_letters_and_blanks_of_a_password_are_its_own(kept: str, tmp_path: Path) -> None:
    file = tmp_path / "password.txt"
    file.write_bytes(UTF8 + kept.encode() + b"\r\n")
    assert resolve_secret(f"file:{file}", "PORTAL_PASSWORD") == kept


@pytest.mark.parametrize("what", [what for what in BAD if "blank" not in what])
def test_what_nobody_sees_is_in_no_password(what: str, tmp_path: Path) -> None:
    text, character, place = BAD[what]
    file = tmp_path / "password.txt"
    file.write_bytes(text.encode())
    for name in ("PORTAL_PASSWORD", "MAIL_PASSWORD"):
        error = raised_by(lambda name=name: resolve_secret(f"file:{file}", name))
        assert error.code is Code.SECRET_CHARACTER
        assert f"{name} có " in str(error)
        assert f"{character} {place}" in str(error)
        assert "1234" not in told(error)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "không có gì"),
        (UTF8 + b"\r\n", "không có gì"),
        (UTF16 + "\n".encode("utf-16-le"), "không có gì"),
        ("mật khẩu".encode("cp1258", "ignore") + b"\xe2\xea", "UTF-8"),
        (UTF16 + b"1234567", "UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_quotes_nothing(tmp_path: Path, data: bytes, reason: str) -> None:
    file = tmp_path / "secret.txt"
    file.write_bytes(data)
    error = raised_by(lambda: resolve_secret(f"file:{file}", "PORTAL_PASSWORD"))
    assert error.code is Code.SECRET_UNREADABLE
    assert reason in str(error)
    assert error.__context__ is None  # a decoding error holds what was read


@pytest.mark.skipif(os.name != "posix", reason="bytes in the environment")
def test_bytes_of_a_variable_that_are_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TOKEN_PIN", "PORTAL_PASSWORD"):
        os.environb[b"KEPT_HERE"] = b"12345\xe2678"
        error = raised_by(lambda name=name: resolve_secret("env:KEPT_HERE", name))
        assert (error.code, "UTF-8" in str(error)) == (Code.SECRET_UNREADABLE, True)
        assert "1234" not in told(error)


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("env:NOBODY_SET_THIS", "biến môi trường đó chưa được đặt"),
        ("file:{place}/nowhere", "không có tệp này"),
        ("file:{place}", "đó là một thư mục"),
    ],
)
def test_what_is_not_there_is_said(reference: str, reason: str, tmp_path: Path) -> None:
    error = raised_by(lambda: resolve_secret(reference.format(place=tmp_path), "TOKEN_PIN"))
    assert (error.code, reason in str(error)) == (Code.SECRET_UNREADABLE, True)


@pytest.mark.parametrize(
    ("variable", "kept", "level", "said"),
    [
        ("portal_password", f"{PASSWORD} \r\n", Level.WARNING, "dấu cách"),
        ("portal_password", f"\ufeff{PASSWORD}\r\n", Level.OK, "đọc được"),
        ("portal_password", f"{PASSWORD}\u200b", Level.FAILED, "SECRET_CHARACTER"),
        ("token_pin", f"{PIN} ", Level.FAILED, "PIN_CHARACTER"),
        ("token_pin", "ăâêô", Level.FAILED, "PIN_NOT_ASCII"),
    ],
)
def test_the_doctor_finds_them_before_a_run_does(
    tmp_path: Path, variable: str, kept: str, level: Level, said: str
) -> None:
    file = tmp_path / "secret"
    file.write_bytes(kept.encode())
    file.chmod(0o600)
    found = make(check_named(variable.replace("_", "-")), Facts(ask("sandbox", **{variable: f"file:{file}"})))
    assert found.level is level
    assert said in f"{found.found} {found.action} {found.detail}"
    for secret in (PASSWORD, PIN, "ăâêô"):
        assert secret not in repr(found)


# The token, and what is remembered of it


@pytest.fixture(scope="module")
def bench(shim: Path, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return make_bench(shim, tmp_path_factory.mktemp("hsm"))


def test_no_such_pin_reaches_the_token(bench: Bench) -> None:
    with bench.worker("") as worker:
        for text, _, _ in BAD.values():
            pin = text.rstrip("\r\n")
            assert failure(lambda pin=pin: bench.sign(worker, pin)).code is Code.PIN_CHARACTER
        for pin in NOT_ASCII.values():
            assert failure(lambda pin=pin: bench.sign(worker, pin, unattended=False)).code is Code.PIN_NOT_ASCII
        assert bench.logins == 0
        assert FailedPins().failures() == []
        bench.sign(worker)
    assert bench.logins == 1


def test_the_memory_knows_the_pin_that_was_used(bench: Bench, tmp_path: Path) -> None:
    FailedPins().remember(bench.serial, PIN)
    before = bench.logins
    with bench.worker("") as worker:
        for number, frame in enumerate(FRAMES.values()):
            kept = tmp_path / f"{number}.txt"
            kept.write_bytes(frame)
            pin = resolve_secret(f"file:{kept}", "TOKEN_PIN")
            assert failure(lambda pin=pin: bench.sign(worker, pin)).code is Code.PIN_FAILED_BEFORE
    assert bench.logins == before
