"""How a probe differs from the last good one, in words that a morning report can print as they are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Final

from chukyso.moment import in_vietnam, read_moment
from chukyso.probe.model import Change, Found, Probe, TlsFacts
from chukyso.probe.pages import PUBLIC_PAGES

NOTHING: Final = "(không có)"
MOST_PER_PART: Final = 20
"""More differences than this in one part of the report tell a reader nothing more."""

_FOUND: Final = {
    Found.FOUND: "thấy",
    Found.MISSING: "không thấy",
    Found.AMBIGUOUS: "thấy nhiều hơn một",
    Found.UNKNOWN: "chưa biết",
    Found.NOT_LOOKED: "chưa xem tới",
}
# Bundlers put a hash of the content into the name: main.3f2a9c1b.js, chunk-QX2K7A4B.js.
_HASHED_NAME: Final = re.compile(r"([.-])(?=[0-9A-Za-z]*\d)[0-9A-Za-z_]{8,}(?=\.m?js(?:\?|$))")


def compare(now: Probe, before: Probe) -> tuple[Change, ...]:
    """All differences, the weightiest first.

    What this probe did not get to see (because it could not go on) is no difference: the problem says so.
    """
    if now.portal != before.portal and not now.embedded:
        return (Change("Địa chỉ cổng", before.portal, now.portal),)
    return (
        *_tls(now.tls, before.tls),
        *_plain("Địa chỉ mà cổng dẫn tới", now.final_address, before.final_address),
        *_elements(now.elements, before.elements),
        *_texts(now.texts, before.texts),
        *_scripts(now.scripts, before.scripts, complete=now.good),
        *_headers(now, before),
    )


def _plain(what: str, now: str, before: str) -> Iterator[Change]:
    if now and before and now != before:
        yield Change(what, before, now)


def _tls(now: TlsFacts | None, before: TlsFacts | None) -> Iterator[Change]:
    if now is None or before is None:
        return
    if now.sha256 != before.sha256:
        yield Change("Chứng thư số TLS của cổng", _certificate_text(before), _certificate_text(now))
    yield from _plain("Tổ chức cấp chứng thư số TLS", now.issuer, before.issuer)
    yield from _plain("Chuỗi chứng thư số TLS", " ‹ ".join(now.chain[1:]), " ‹ ".join(before.chain[1:]))
    yield from _plain("Phiên bản TLS", now.version, before.version)


def _certificate_text(facts: TlsFacts) -> str:
    end = in_vietnam(read_moment(facts.not_after))
    return f"{facts.subject}, hết hạn {end}, SHA-256 {facts.sha256[:16]}…"


def _elements(now: Mapping[str, Found], before: Mapping[str, Found]) -> Iterator[Change]:
    for key, found in now.items():
        earlier = before.get(key)
        if found is not Found.NOT_LOOKED and earlier not in (None, found):
            yield Change(f"Phần tử {key}", _FOUND[earlier], _FOUND[found])


def _texts(now: Mapping[str, Sequence[str]], before: Mapping[str, Sequence[str]]) -> Iterator[Change]:
    for page in PUBLIC_PAGES:
        if page.name in now and page.name in before:
            pairs = list(_lines(now[page.name], before[page.name]))
            yield from _bounded(f"{page.title}: chữ trên trang", pairs)


def _lines(now: Sequence[str], before: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Lines that differ, those in the same place side by side; a line that only moved is not among them."""
    gone, come = Counter(before) - Counter(now), Counter(now) - Counter(before)
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if tag != "equal":
            yield from zip_longest(_taken(gone, before[i1:i2]), _taken(come, now[j1:j2]), fillvalue="")


def _taken(counts: Counter[str], lines: Sequence[str]) -> list[str]:
    """Those of the lines that the counter still holds; they are taken out of it."""
    taken = []
    for line in lines:
        if counts[line] > 0:
            counts[line] -= 1
            taken.append(line)
    return taken


def _scripts(now: Mapping[str, str], before: Mapping[str, str], *, complete: bool) -> Iterator[Change]:
    new, old = _by_role(now), _by_role(before)
    pairs = [
        (f"{_short(old.get(role))}", f"{_short(new.get(role))}", role)
        for role in sorted(new.keys() | old.keys())
        if old.get(role) != new.get(role) and (complete or role in new)
    ]
    for before_text, now_text, role in pairs[:MOST_PER_PART]:
        yield Change(f"Tệp mã {role}", before_text, now_text)
    yield from _more("Tệp mã", len(pairs))


def _by_role(scripts: Mapping[str, str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Address and hash of each script, by its address without the hash that a bundler put into its name."""
    roles: dict[str, tuple[tuple[str, str], ...]] = {}
    for address, digest in sorted(scripts.items()):
        role = _HASHED_NAME.sub(r"\1*", address)
        roles[role] = (*roles.get(role, ()), (address, digest))
    return roles


def _short(files: tuple[tuple[str, str], ...] | None) -> str:
    if not files:
        return NOTHING
    return ", ".join(f"{address.rpartition('/')[2]} (SHA-256 {digest[:16]}…)" for address, digest in files)


def _headers(now: Probe, before: Probe) -> Iterator[Change]:
    if not now.status or not before.status:
        return
    for name in sorted(now.headers.keys() | before.headers.keys()):
        new, old = now.headers.get(name, NOTHING), before.headers.get(name, NOTHING)
        if new != old:
            yield Change(f"Tiêu đề bảo mật {name}", old, new)


def _bounded(what: str, pairs: Sequence[tuple[str, str]]) -> Iterator[Change]:
    for old, new in pairs[:MOST_PER_PART]:
        yield Change(what, old or NOTHING, new or NOTHING)
    yield from _more(what, len(pairs))


def _more(what: str, count: int) -> Iterator[Change]:
    if count > MOST_PER_PART:
        yield Change(what, "…", f"và {count - MOST_PER_PART} thay đổi khác; xem probe.json")
