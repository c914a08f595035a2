"""The text of a secret: what editors and shells put around it, and characters that nobody types on purpose.

A token counts a PIN with a stray character as a wrong one, and the try is gone: so it is found here, before the token
sees it. Standard library only: the token's child process uses this too.
"""

from __future__ import annotations

import codecs
import unicodedata
from typing import Final

from chukyso.errors import ChukysoError, Code

_LINE_ENDS: Final = "\r\n"
_BOM: Final = "\ufeff"
# UTF-32 first: its little-endian mark begins like that of UTF-16.
_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# Categories of Unicode that show nothing; a plain blank is no secret matter inside a text.
_KINDS: Final = {"Cc": "ký tự điều khiển", "Zs": "dấu cách", "Cf": "ký tự ẩn", "Zl": "ký tự ẩn", "Zp": "ký tự ẩn"}
# Shown as nothing though their category is that of letters, marks or symbols: fillers, joiners, variation selectors
# (Default_Ignorable_Code_Point of DerivedCoreProperties.txt), and the empty pattern of braille.
_IGNORABLE: Final = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0}
    | {*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
)
_CONTROLS: Final = {0x00: "NULL", 0x09: "TAB", 0x0A: "LINE FEED", 0x0D: "CARRIAGE RETURN", 0x1A: "SUBSTITUTE"}


def decode(data: bytes) -> str:
    """Return the text of a file: UTF-8, or what its byte order mark says, which the text still begins with.

    Raises:
        UnicodeDecodeError: It is neither. The exception holds the data.
    """
    return data.decode(next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8"))


def without_frame(text: str) -> str:
    """Return a secret without what is put around it: one byte order mark before, line ends (CR, LF) behind."""
    return text.removeprefix(_BOM).rstrip(_LINE_ENDS)


def refuse_unmeant_pin(pin: str, name: str = "Mã PIN") -> None:
    """Refuse a PIN with a character that nobody can have meant.

    That is whatever shows nothing, a plain blank at either end, and whatever is not ASCII: PINs are typed on keypads
    and in the windows of drivers, and Vietnamese keyboards and input methods make ă, â, ê or marks out of digits.

    Args:
        pin: The PIN; "" has nothing wrong with it here.
        name: What it is called in the message.

    Raises:
        ChukysoError: ``PIN_CHARACTER`` names the character and whether it is at the beginning, in the middle or at the
            end. ``PIN_NOT_ASCII`` names none: one that can be seen is part of the secret.
    """
    before, behind = len(pin) - len(pin.lstrip(" ")), len(pin.rstrip(" "))
    bad = [_is_hidden(char) or not before <= place < behind for place, char in enumerate(pin)]
    if any(bad):
        raise _named(Code.PIN_CHARACTER, pin, bad, name)
    if not pin.isascii():
        raise ChukysoError(Code.PIN_NOT_ASCII, "no login was attempted", name=name)


def refuse_unmeant_password(password: str, name: str) -> None:
    """Refuse a password with a character that shows nothing. Letters of all scripts and plain blanks may be meant.

    Args:
        password: The password.
        name: What it is called in the message.

    Raises:
        ChukysoError: ``SECRET_CHARACTER``, as ``PIN_CHARACTER`` above.
    """
    bad = [_is_hidden(char) for char in password]
    if any(bad):
        raise _named(Code.SECRET_CHARACTER, password, bad, name)


def has_blank_at_end(password: str) -> bool:
    """Whether a password begins or ends with a plain blank, which may be meant and mostly is not."""
    return password != password.strip(" ")


def _is_hidden(char: str) -> bool:
    return (unicodedata.category(char) in _KINDS and char != " ") or ord(char) in _IGNORABLE


def _named(code: Code, text: str, bad: list[bool], name: str) -> ChukysoError:
    first = bad.index(True)
    character = _character(text[first])
    # No number: it would tell how long the secret is at least.
    place = "ở đầu" if first == 0 else "ở cuối" if all(bad[first:]) else "ở giữa"
    return ChukysoError(code, f"{character} {place}", name=name, character=character, place=place)


def _character(char: str) -> str:
    kind = _KINDS.get(unicodedata.category(char), "ký tự ẩn")
    called = unicodedata.name(char, _CONTROLS.get(ord(char), ""))
    return f"{kind} U+{ord(char):04X}" + (f" ({called})" if called else "")
