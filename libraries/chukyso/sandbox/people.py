"""Invented organisations: tax codes with a valid check digit, names, units and contacts that belong to nobody."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass
from typing import Final

from chukyso.sandbox.portal.model import UnitSpec
from chukyso.taxcode import check_digit, is_personal

DEFAULT_TAX_CODE: Final = "0101234565"

_WORDS: Final = ("SEN VÀNG", "MÂY TRẮNG", "SUỐI NGỌC", "ĐỒI CHÈ", "BIỂN XANH", "NẮNG MỚI", "TRÚC LAM", "HẠC GIẤY")
_PLACES: Final = (
    ("Trụ sở chính", "Số 1 Phố Diễn Tập, Phường Hư Cấu"),
    ("Chi nhánh Miền Trung", "Số 2 Đường Giả Định, Phường Mô Phỏng"),
    ("Chi nhánh Miền Nam", "Số 3 Đường Ví Dụ, Phường Minh Họa"),
)
# The range of a code's first two digits is that of the provinces; 99 is none, so these belong to nobody.
_FIRST_INVENTED: Final = 990000001


@dataclass(frozen=True)
class Organisation:
    """An invented organisation."""

    tax_code: str
    name: str
    email: str
    phone: str
    units: tuple[UnitSpec, ...]


class TaxCodes:
    """Gives out tax codes, each once: the default account's first, then invented ones."""

    def __init__(self) -> None:
        self._codes = itertools.chain([DEFAULT_TAX_CODE], _invented())
        self._lock = threading.Lock()

    def take(self) -> str:
        with self._lock:
            return next(self._codes)


def organisation(tax_code: str, units: int) -> Organisation:
    """The invented organisation with this tax code; always the same for the same code."""
    number = int(tax_code[:10])
    word = _WORDS[number % len(_WORDS)]
    phone = f"0240{number % 1_000_000:06d}"
    kind = "HỘ KINH DOANH" if is_personal(tax_code) else "CÔNG TY TNHH"
    name = f"{kind} {word} (HƯ CẤU)"
    email = f"ketoan-{tax_code}@sandbox.example"
    return Organisation(tax_code, name, email, phone, tuple(_unit(tax_code, index, name) for index in range(units)))


def _unit(tax_code: str, index: int, owner: str) -> UnitSpec:
    place, address = _PLACES[index % len(_PLACES)]
    return UnitSpec(
        id=str(1000 + index),
        code=f"DT{int(tax_code[4:10]) % 10000:04d}{chr(ord('A') + index)}",
        name=f"{owner} - {place}" if index else owner,
        address=address,
        phone=f"0240{(int(tax_code[4:10]) + index) % 1_000_000:06d}",
        email=f"donvi{index + 1}-{tax_code}@sandbox.example",
        agency_code="09900",
        agency_name="BHXH cơ sở Diễn Tập (hư cấu)",
    )


def _invented() -> itertools.chain[str]:
    return itertools.chain.from_iterable(
        [f"{first:09d}{check_digit(f'{first:09d}')}"] if check_digit(f"{first:09d}") else []
        for first in itertools.count(_FIRST_INVENTED)
    )
