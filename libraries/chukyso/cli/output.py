"""How every command prints its JSON document."""

from __future__ import annotations

import json
import sys


def print_json(document: object) -> None:
    """Print one JSON document on standard output. A console or pipe without Vietnamese gets it escaped.

    A lone surrogate (a byte of a file's name that is no UTF-8) is escaped.
    """
    utf8 = (sys.stdout.encoding or "").lower() == "utf-8"
    text = json.dumps(document, ensure_ascii=not utf8, indent=2)
    print(text.encode("utf-8", "backslashreplace").decode() if utf8 else text)
