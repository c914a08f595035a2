"""A part of the portal's client that is missing or cannot work is named before anything is filled in."""

from __future__ import annotations

from pathlib import Path

import pytest

from chukyso.client.model import Browser, Extension, Fault, Host, Inspection, Trouble
from chukyso.errors import ChukysoError, Code
from chukyso.signer.preflight import refuse_missing_parts

ID, NAME = "a" * 32, "vn.example.signing"


def machine(
    *, host: Fault | None = None, extension: Fault | None = None, name: str = NAME, id_: str = ID
) -> Inspection:
    hosts = (Host(name, Path("host.json"), (), troubles=(Trouble(host),) if host else ()),)
    troubles = (Trouble(extension),) if extension else ()
    extensions = (Extension(id_, Browser.CHROME, "156", "Default", Path("x"), "Ký số", "1.0", 3, troubles=troubles),)
    return Inspection("Windows", "2026-11-30", "portal.example", hosts, extensions)


def test_what_is_whole_is_let_through() -> None:
    refuse_missing_parts(machine(), extension=ID, host=NAME)


def test_what_the_profile_does_not_name_is_not_asked_for() -> None:
    refuse_missing_parts(Inspection("Windows", "2026-11-30", "portal.example"), extension="", host="")
    refuse_missing_parts(machine(host=Fault.PROGRAM_MISSING), extension=ID, host="")


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (machine(name="another"), "chương trình ký “vn.example.signing” (native messaging host) chưa được cài"),
        (machine(id_="b" * 32), f"tiện ích mở rộng “{ID}” chưa được cài"),
        (machine(host=Fault.PROGRAM_MISSING), "chương trình đã bị xóa hoặc chuyển chỗ"),
        (machine(host=Fault.BLOCKED), "bị chính sách của máy chặn"),
        (machine(extension=Fault.DISABLED), "đang bị tắt"),
        (machine(extension=Fault.NO_HOST), "không có chương trình ký nào cho nó dùng"),
    ],
)
def test_the_part_is_named(found: Inspection, said: str) -> None:
    with pytest.raises(ChukysoError) as error:
        refuse_missing_parts(found, extension=ID, host=NAME)
    assert error.value.code is Code.CLIENT_MISSING
    assert said in str(error.value)


def test_one_of_several_is_enough() -> None:
    """Of a host that is registered for two browsers the one that works counts."""
    broken, whole = machine(host=Fault.PROGRAM_MISSING), machine()
    both = Inspection("Windows", "2026-11-30", "", (*broken.hosts, *whole.hosts), whole.extensions)
    refuse_missing_parts(both, extension=ID, host=NAME)
