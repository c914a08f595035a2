"""What the receiving mail server found out about a sender: ``Authentication-Results`` (RFC 8601).

DKIM and SPF are not verified here: a mail that lies in a mailbox has lost the address that it came from, and keys in
the DNS change. What the company's own server wrote at the moment of receipt is believed instead, and only that: its
lines stand above those that came with the mail, and it removes lines that bear its name (RFC 8601, 5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chukyso.portal.keys import MailAuthentication

_METHODS = {
    MailAuthentication.DKIM: frozenset({"dkim"}),
    MailAuthentication.SPF: frozenset({"spf"}),
    MailAuthentication.EITHER: frozenset({"dkim", "spf"}),
    MailAuthentication.NONE: frozenset(),
}
_DOMAIN_OF = {"dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",)}
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


def why_not_authentic(results: Sequence[str], authserv: str, domain: str, wanted: MailAuthentication) -> str:
    """Say why the sender's domain is not established; "" when it is.

    Args:
        results: The mail's ``Authentication-Results``, topmost first.
        authserv: Name of the server that is believed.
        domain: Domain in the mail's ``From``.
        wanted: What it must have found out.
    """
    if wanted is MailAuthentication.NONE:
        return ""
    own = next((parts for parts in map(_statements, results) if parts and _server(parts[0]) == authserv), None)
    if not authserv or own is None:
        return f"no Authentication-Results of {authserv or 'a trusted server'}"
    for statement in own[1:]:
        method, result, properties = _statement(statement)
        if method in _METHODS[wanted] and result == "pass":
            named = {properties.get(name, "").rpartition("@")[2].lower() for name in _DOMAIN_OF[method]}
            if domain in named:
                return ""
    return f"{authserv} did not find {' or '.join(sorted(_METHODS[wanted]))} to pass for {domain}"


def _server(text: str) -> str:
    words = text.split()
    return words[0].strip('"').lower() if words else ""


def _statements(header: str) -> list[str]:
    """The header's parts between semicolons, without comments; quoted values lose what could be mistaken for a part."""
    bare, depth, quoted, escaped = [], 0, False, False
    for char in header:
        if escaped:
            escaped = False
            char = "_"  # noqa: PLW2901 - whatever was escaped, it is not structure
        elif char == "\\":
            escaped = True
            continue
        elif char == '"' and not depth:
            quoted = not quoted
        elif not quoted and char in "()":
            depth += 1 if char == "(" else -1 if depth else 0
            continue
        if not depth:
            bare.append("_" if quoted and char in "; \t=" else char)
    return [part.strip() for part in "".join(bare).split(";")]


def _statement(text: str) -> tuple[str, str, dict[str, str]]:
    """``dkim=pass header.d=example.vn`` as method, result and properties."""
    pairs = []
    for word in re.sub(r"\s*=\s*", "=", text).split():
        name, _, value = word.partition("=")
        pairs.append((name.lower(), _QUOTED.sub(r"\1", value)))
    if not pairs:
        return "", "", {}
    method = pairs[0][0].partition("/")[0]  # a version may follow
    properties: dict[str, str] = {}
    for name, value in pairs[1:]:
        properties.setdefault(name, value)
    return method, pairs[0][1].lower(), properties
