"""Text from outside: what comes along unseen when it is pasted, and how it is shown harmlessly."""

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


def one_line(text: str, limit: int = 120) -> str:
    """A value from outside as one harmless line of a dialog.

    Line breaks, control characters and marks that change the writing direction become spaces, so that a value cannot
    look like another line of the dialog; what is longer than ``limit`` ends with an ellipsis.
    """
    # Zl, Zp: line and paragraph separator. Cf holds the direction marks and zero-width characters.
    bad = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    cleaned = "".join(" " if unicodedata.category(each) in bad else each for each in unicodedata.normalize("NFC", text))
    line = " ".join(cleaned.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
