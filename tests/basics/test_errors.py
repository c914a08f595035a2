"""The table of error codes: every sentence is complete, Vietnamese in NFC, and says what to do."""

from __future__ import annotations

import tomllib
import unicodedata
from pathlib import Path
from types import ModuleType

import pytest

from chukyso import errors
from chukyso.archive import findings
from chukyso.archive.findings import Level, Problem
from chukyso.certificate import normalise_serial
from chukyso.errors import ChukysoError, Code, Family, Outcome
from chukyso.signature import indications, refusal
from chukyso.signature.indications import Status, SubIndication
from chukyso.signature.refusal import Refusal
from chukyso.taxcode import check_digit, parse_tax_code


@pytest.mark.parametrize("code", list(Code), ids=lambda code: code.name)
def test_every_code_says_what_happened_and_what_to_do(code: Code) -> None:
    fields = dict.fromkeys(code.value.fields, "x")
    text = str(ChukysoError(code, **fields))
    assert text == unicodedata.normalize("NFC", text)
    assert text.startswith(f"[{code.name}] ")
    assert "{" not in text
    assert code.value.action.endswith(".")
    by_hand = ChukysoError(code, **fields).message_by_hand
    assert by_hand == unicodedata.normalize("NFC", by_hand)
    assert "{" not in by_hand
    assert by_hand.endswith(".")


def test_the_table_has_the_codes_in_their_order_and_no_others() -> None:
    table = tomllib.loads(Path(errors.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    assert list(table) == [code.name for code in Code]
    assert all(set(entry) - {"by_hand"} == {"outcome", "happened", "action"} for entry in table.values())


@pytest.mark.parametrize(
    ("module", "words"),
    [(refusal, [*Refusal]), (indications, [*Status, *SubIndication])],
    ids=["refusal", "indications"],
)
def test_words_of_verdicts_are_in_the_order_of_their_codes_and_no_others(module: ModuleType, words: list[str]) -> None:
    table = tomllib.loads(Path(module.__file__ or "").with_suffix(".toml").read_text(encoding="utf-8"))
    assert list(table) == [str(word) for word in words]
    assert all(set(entry) == {"vi", "en"} for entry in table.values())


def test_words_of_findings_are_complete_and_no_others() -> None:
    tables = tomllib.loads(Path(findings.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    assert set(tables) == {level.name for level in Level}
    entries = [(name, words) for table in tables.values() for name, words in table.items()]
    assert sorted(name for name, _ in entries) == sorted(Problem.__members__)
    for name, words in entries:
        assert set(words) == {"vi", "en"}, name
        for text in words.values():
            assert text.endswith((".", "{vi}", "_vi}", "{detail}", "{reason}")), name
            assert unicodedata.is_normalized("NFC", text), name


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (str(ChukysoError(Code.ACCOUNT_LOCKED)), "tài khoản trên cổng đang bị khóa"),
        (str(ChukysoError(Code.PORTAL_CHANGED, what="form.ready")), "không tìm thấy “form.ready” trên trang"),
        (str(ChukysoError(Code.SUBMISSION_UNKNOWN, reason="cổng bận (X)")), "cổng bận (X)"),
        ("Error: locator.click: Timeout\nCall log:", "error: locator.click: Timeout"),
        ("[NO_SUCH_CODE] Một câu.", "[NO_SUCH_CODE] Một câu"),
        ("", ""),
    ],
)
def test_what_happened_without_code_and_advice(message: str, reason: str) -> None:
    assert errors.reason_in(message) == reason


def test_family_follows_from_the_outcome() -> None:
    assert Code.PIN_INCORRECT.value.family is Family.BUSINESS
    assert Code.PORTAL_ERROR.value.family is Family.APPLICATION
    assert Code.SUBMISSION_UNKNOWN.value.family is Family.UNKNOWN
    assert Code.PORTAL_REJECTED.value.outcome is Outcome.REJECTED


@pytest.mark.parametrize(
    "mst",
    ["0101234565", "0101234565-001", " 0101234565 ", "001087654321", "096299000001", "001234567890", "134087654321"],
)
def test_valid_tax_codes(mst: str) -> None:
    assert parse_tax_code(mst) == mst.strip()


def test_what_cannot_be_seen_does_not_count() -> None:
    assert parse_tax_code("\u200e0101\u200b234565\u00a0\ufeff") == "0101234565"


@pytest.mark.parametrize(
    "mst",
    [
        "",
        "0101234567",
        "010123456",
        "01012345650",
        "0101234565-1",
        "0101234565 001",
        "０１０１２３４５６５",
        "0101234565-0O1",
        "000087654321",  # no province
        "003087654321",
        "00108765432",
        "0010876543210",
        "001087654321-001",
        "００１０８７６５４３２１",
    ],
)
def test_invalid_tax_codes(mst: str) -> None:
    with pytest.raises(ChukysoError, match=r"^\[MST_INVALID\]"):
        parse_tax_code(mst)


def test_the_error_says_which_forms_there_are() -> None:
    for mst, reason in (("010123456", "12 chữ số (hộ kinh doanh)"), ("003087654321", "003 không phải mã tỉnh")):
        with pytest.raises(ChukysoError) as caught:
            parse_tax_code(mst)
        assert reason in str(caught.value)


def test_remainder_zero_is_refused_with_its_reason() -> None:
    first_nine = next(f"{n:09d}" for n in range(10**6, 10**6 + 200) if not check_digit(f"{n:09d}"))
    for digit in "0123456789":
        with pytest.raises(ChukysoError, match=r"không có chữ số kiểm tra|sai chữ số"):
            parse_tax_code(first_nine + digit)


def test_serials_compare_in_any_spelling() -> None:
    assert normalise_serial("0x00:54 01-AB") == normalise_serial("5401ab") == "5401ab"
