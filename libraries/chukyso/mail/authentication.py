"""What the receiving mail server found out about a sender: ``Authentication-Results`` (RFC 8601).

DKIM and SPF are not verified here: a mail that lies in a mailbox has lost the address that it came from, and keys in
the DNS change. What the company's own server wrote at the moment of receipt is believed instead, and only that: its
lines stand above those that came with the mail, and it removes lines that bear its name (RFC 8601, section 5).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chukyso.portal.profile import MailAuthentication

RESULTS, RECEIVED = "authentication-results", "received"
EXCHANGE_ONLINE = "exchange-online"
"""Stands for a server that writes no name: Exchange Online. It renames the results that a mail brings along."""

_METHODS = {
    MailAuthentication.DKIM: frozenset({"dkim"}),
    MailAuthentication.SPF: frozenset({"spf"}),
    MailAuthentication.EITHER: frozenset({"dkim", "spf"}),
    MailAuthentication.NONE: frozenset(),
}
_DOMAIN_OF = {"dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",), "dmarc": ("header.from",)}
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class _Statement:
    """``dkim=pass header.d=example.vn`` as method, result and properties, in lower case but for values."""

    method: str
    result: str
    properties: dict[str, str]

    def names(self, domain: str) -> bool:
        return any(self.properties.get(name, "").rpartition("@")[2].lower() == domain for name in self._domains)

    def may_mean(self, domain: str) -> bool:
        """Whether it names the domain, or none."""
        return self.names(domain) or not any(name in self.properties for name in self._domains)

    @property
    def _domains(self) -> tuple[str, ...]:
        return _DOMAIN_OF.get(self.method, ())


def leading_results(trace: Iterable[tuple[str, str]], authserv: str) -> list[str]:
    """The results that can be the trusted server's own by where they stand in the mail.

    What stands above the server's own was added later, by servers behind it. What stands below came with the mail: it
    begins with the ``Received`` of another hop. The server's own may lie between the lines of several filters.

    Args:
        trace: The mail's ``Received`` and ``Authentication-Results``, names in lower case, topmost first.
        authserv: Name of the server that is believed.
    """
    found: list[str] = []
    own_hop = False
    for name, value in trace:
        if name == RESULTS:
            found.append(value)
        elif own_hop or (found and not _is_by(value, authserv)):
            break
        else:
            own_hop = _is_by(value, authserv)
    return found


def why_not_authentic(results: Sequence[str], authserv: str, domain: str, wanted: MailAuthentication) -> str:
    """``doubt`` without whether something says that the sender is forged."""
    return doubt(results, authserv, domain, wanted)[0]


def doubt(results: Sequence[str], authserv: str, domain: str, wanted: MailAuthentication) -> tuple[str, bool]:
    """Say why the sender's domain is not established, English; "" when it is.

    The topmost results count that bear the server's name, down to the first that does not. Where several speak of
    one method, the topmost does. Of ``EXCHANGE_ONLINE``, which writes no name, the topmost alone counts.

    Args:
        results: What ``leading_results`` returned.
        authserv: Name of the server that is believed.
        domain: Domain in the mail's ``From``.
        wanted: What it must have found out.

    Returns:
        The reason, and whether the server found that the sender is forged: DKIM or DMARC fails.
    """
    if wanted is MailAuthentication.NONE:
        return "", False
    own = _own(results, authserv)
    if own is None:
        return _why_nobodys(results, authserv), False
    if any(one.method == "dmarc" and one.result == "fail" and one.may_mean(domain) for one in own):
        return f"{authserv} found dmarc to fail for {domain}", True
    if any(one.method in _METHODS[wanted] and one.result == "pass" and one.names(domain) for one in own):
        return "", False
    if any(one.method == "dkim" and one.result == "fail" and one.may_mean(domain) for one in own):
        return f"{authserv} found dkim to fail for {domain}", True
    return f"{authserv} did not find {' or '.join(sorted(_METHODS[wanted]))} to pass for {domain}", False


def _own(results: Sequence[str], authserv: str) -> list[_Statement] | None:
    """What the trusted server says, or None when it says nothing."""
    lines: list[list[_Statement]] = []
    for value in results:
        parts, nameless = _parts(value), authserv == EXCHANGE_ONLINE
        trusted = _is_nameless(parts) if nameless else _server(parts) == authserv
        if not (authserv and trusted):
            break
        lines.append([_statement(part) for part in parts[0 if nameless else 1 :]])
        if nameless:
            break
    if not lines:
        return None
    said: list[_Statement] = []
    for line in lines:
        known = {one.method for one in said}
        said += [one for one in line if one.method not in known]
    return said


def _why_nobodys(results: Sequence[str], authserv: str) -> str:
    if not results or not authserv:
        return f"no Authentication-Results of {authserv or 'a trusted server'}"
    parts = _parts(results[0])
    if _is_nameless(parts):
        return f"its Authentication-Results name no server, {authserv} is believed"
    return f"its topmost Authentication-Results are of {_server(parts) or 'nobody'}, {authserv} is believed"


def _is_nameless(parts: Sequence[str]) -> bool:
    """Whether the line begins with a result: no name has a sign of equality in it."""
    return "=" in _server(parts)


def _server(parts: Sequence[str]) -> str:
    words = re.sub(r"\s*=\s*", "=", parts[0]).split()
    return words[0].strip('"').lower() if words else ""


def _is_by(received: str, host: str) -> bool:
    """Whether a ``Received`` was written by this host."""
    words = _parts(received)[0].lower().split()
    return bool(host) and ("by", host) in pairwise(words)


def _parts(header: str) -> list[str]:
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


def _statement(text: str) -> _Statement:
    pairs = []
    for word in re.sub(r"\s*=\s*", "=", text).split():
        name, _, value = word.partition("=")
        pairs.append((name.lower(), _QUOTED.sub(r"\1", value)))
    if not pairs:
        return _Statement("", "", {})
    method = pairs[0][0].partition("/")[0]  # a version may follow
    properties: dict[str, str] = {}
    for name, value in pairs[1:]:
        properties.setdefault(name, value)
    return _Statement(method, pairs[0][1].lower(), properties)
