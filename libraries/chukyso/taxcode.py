"""Mã số thuế (MST): the tax code that names an account.

Ten digits, or ten digits, a hyphen and three for a branch. The tenth digit is a check digit,
10 - (sum of digit_i * weight_i mod 11) with the weights 31, 29, 23, 19, 17, 13, 7, 5, 3. Sources disagree on what
follows from remainder 0, so such a number is refused, with the reason.
"""

from __future__ import annotations

import re

from stdnum.exceptions import ValidationError
from stdnum.vn import mst as _mst

from chukyso.errors import ChukysoError, Code

_FORM = re.compile(r"(?a:\d{10}(-\d{3})?)")
_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)


def parse_tax_code(text: str) -> str:
    """Return the tax code in its canonical form (``0101234565`` or ``0101234565-001``).

    Raises:
        ChukysoError: ``MST_INVALID``, naming the reason in Vietnamese.
    """
    number = text.strip()
    if not _FORM.fullmatch(number):
        raise ChukysoError(Code.MST_INVALID, mst=text, reason="phải có 10 chữ số, hoặc 10 chữ số, dấu gạch và 3 chữ số")
    remainder = sum(int(digit) * weight for digit, weight in zip(number[:9], _WEIGHTS, strict=True)) % 11
    if remainder == 0:
        raise ChukysoError(
            Code.MST_INVALID,
            "remainder 0: sources disagree",
            mst=text,
            reason="không có chữ số kiểm tra được công nhận",
        )
    try:
        _mst.validate(number)
    except ValidationError as error:
        raise ChukysoError(Code.MST_INVALID, str(error), mst=text, reason="sai chữ số kiểm tra") from error
    return number


def check_digit(first_nine: str) -> str:
    """Return the tenth digit for nine digits, or "" where none is agreed on (remainder 0 or 10 - r > 9)."""
    remainder = sum(int(digit) * weight for digit, weight in zip(first_nine, _WEIGHTS, strict=True)) % 11
    return "" if remainder == 0 else str(10 - remainder)
