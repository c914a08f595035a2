"""The table of error codes: every sentence is complete, Vietnamese in NFC, and says what to do."""

from __future__ import annotations

import string
import tomllib
import unicodedata
from pathlib import Path

import pytest

from chukyso import errors
from chukyso.certificate import normalise_serial
from chukyso.errors import ChukysoError, Code, Family, Outcome
from chukyso.taxcode import check_digit, parse_tax_code


@pytest.mark.parametrize("code", list(Code), ids=lambda code: code.name)
def test_every_code_says_what_happened_and_what_to_do(code: Code) -> None:
    fields = {name: "x" for _, name, _, _ in string.Formatter().parse(code.value.happened) if name}
    text = str(ChukysoError(code, **fields))
    assert text == unicodedata.normalize("NFC", text)
    assert text.startswith(f"[{code.name}] ")
    assert "{" not in text
    assert code.value.action.endswith(".")
    by_hand = ChukysoError(code, **fields).told_by_hand
    assert by_hand == unicodedata.normalize("NFC", by_hand)
    assert "{" not in by_hand
    assert by_hand.endswith(".")


def test_the_table_has_the_codes_in_their_order_and_no_others() -> None:
    table = tomllib.loads(Path(errors.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    assert list(table) == [code.name for code in Code]
    assert all(set(entry) - {"by_hand"} == {"outcome", "happened", "action"} for entry in table.values())


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
