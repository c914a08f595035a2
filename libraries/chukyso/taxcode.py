"""Mã số thuế (MST): the tax code that names an account.

- Enterprises: ten digits. The tenth is a check digit, 10 - (sum of digit_i * weight_i mod 11) with the weights 31, 29,
  23, 19, 17, 13, 7, 5, 3. Sources disagree on what follows from remainder 0, so such a number is refused, with the
  reason.
- Their branches: the enterprise's number, a hyphen and three digits.
- Household businesses and individuals, since 1 July 2025: the personal identification number of the representative
  (Circular 86/2024/TT-BTC, article 5), twelve digits: three for the province or the country where the birth was
  registered, one for century and sex, two for the year, six at random (Decree 137/2015/NĐ-CP, article 13). There is no
  check digit: of an unknown province only a mistyped number is told.
"""

from __future__ import annotations

import re
from typing import Final

from stdnum.exceptions import ValidationError
from stdnum.vn import mst as _mst

from chukyso.errors import ChukysoError, Code
from chukyso.text import visible

PATTERN: Final = r"(?:[0-9]{12}|[0-9]{10}(?:-[0-9]{3})?)"
"""A tax code in its canonical form, as a regular expression."""
_FORM = re.compile(PATTERN)
_PERSONAL: Final = 12
_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
# The provinces before 2025: numbers stay when provinces are merged. What follows the last are countries.
_PROVINCES: Final = """
    001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033
    034 035 036 037 038 040 042 044 045 046 048 049 051 052 054 056 058 060 062 064 066
    067 068 070 072 074 075 077 079 080 082 083 084 086 087 089 091 092 093 094 095 096
"""
_LAST_PROVINCE: Final = "096"


def parse_tax_code(text: str) -> str:
    """Return the tax code in its canonical form (``0101234565``, ``0101234565-001`` or ``001087654321``).

    Raises:
        ChukysoError: ``MST_INVALID``, naming the reason in Vietnamese.
    """
    number = visible(text)
    if not _FORM.fullmatch(number):
        reason = "phải có 10 chữ số, 10 chữ số, dấu gạch và 3 chữ số (chi nhánh), hoặc 12 chữ số (hộ kinh doanh)"
        raise ChukysoError(Code.MST_INVALID, f"{text!a}", mst=number, reason=reason)
    if is_personal(number):
        _check_personal_number(number)
    else:
        _check_enterprise(number)
    return number


def is_personal(tax_code: str) -> bool:
    """Whether a canonical tax code is a personal identification number."""
    return len(tax_code) == _PERSONAL


def _check_personal_number(number: str) -> None:
    place = number[:3]
    if place <= _LAST_PROVINCE and place not in _PROVINCES.split():
        reason = f"{place} không phải mã tỉnh của số định danh cá nhân"
        raise ChukysoError(Code.MST_INVALID, "no such province", mst=number, reason=reason)


def _check_enterprise(number: str) -> None:
    if _remainder(number) == 0:
        raise ChukysoError(
            Code.MST_INVALID,
            "remainder 0: sources disagree",
            mst=number,
            reason="không có chữ số kiểm tra được công nhận",
        )
    try:
        _mst.validate(number)
    except ValidationError as error:
        raise ChukysoError(Code.MST_INVALID, str(error), mst=number, reason="sai chữ số kiểm tra") from error


def check_digit(first_nine: str) -> str:
    """Return the tenth digit for nine digits, or "" where none is agreed on (remainder 0 or 10 - r > 9)."""
    remainder = _remainder(first_nine)
    return "" if remainder == 0 else str(10 - remainder)


def _remainder(number: str) -> int:
    return sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11
