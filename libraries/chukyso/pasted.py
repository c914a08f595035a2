"""What comes along unseen when text is pasted: format characters and blanks."""

from __future__ import annotations

import unicodedata


def visible(text: str) -> str:
    """The text without blanks around it and without format characters (Unicode Cf): marks of direction, zero-width
    characters, soft hyphens, byte order marks.
    """
    return "".join(char for char in text if unicodedata.category(char) != "Cf").strip()


def name_character(char: str) -> str:
    """A character for an error message: itself, if it can be shown, and its number."""
    number = f"U+{ord(char):04X}"
    return f"“{char}” ({number})" if char.isprintable() and not unicodedata.combining(char) else number
