"""Text that may hold secrets, before it is written to a file: known secrets and what looks like a credential."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote, quote_plus

COVER: Final = "••••••••"
_LEAST: Final = 4  # characters; anything shorter would cover half of every page
_CREDENTIALS: Final = re.compile(
    r"""(?ix)
    ( \b (?:authorization|proxy-authorization|cookie|set-cookie|x-sandbox-secret) ["']? \s* [:=] \s* ) [^\r\n"']+
    | ( \b bearer \s+ ) [\w.~+/=-]{8,}
    | ( \b (?:password|passwd|pwd|mat_?khau|mật\s*khẩu|mã\s*pin|pin|secret|token|session)
        ["']? \s* [:=] \s* ["']? ) [^\s"'&,;}<]{4,}
    | ( [?&] (?:password|token|session|code|key|secret) = ) [^&\s"'<]+
    """
)


class Redactor:
    """Covers secrets in texts.

    Args:
        secrets: What must never be written; also found JSON-escaped, HTML-escaped, URL-quoted and in Base64.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {spelling for secret in secrets if len(secret) >= _LEAST for spelling in _spellings(secret)}
        longest_first = sorted(spellings, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        if self._known:
            text = self._known.sub(COVER, text)
        return _CREDENTIALS.sub(lambda found: next(group for group in found.groups() if group) + COVER, text)


def _spellings(secret: str) -> set[str]:
    encoded = secret.encode()
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        html.escape(secret, quote=False),
        quote(secret, safe=""),
        quote_plus(secret),
        base64.b64encode(encoded).decode().rstrip("="),
        base64.urlsafe_b64encode(encoded).decode().rstrip("="),
    }
