"""Which host is the portal's, and the values of a profile that follow from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import PureWindowsPath
from typing import Final
from urllib.parse import urlsplit

from chukyso.client.model import Extension, Host, Inspection, Program
from chukyso.client.privacy import clean
from chukyso.text import one_line

_PATTERN: Final = re.compile(r"(?:\*|https?|wss?)://(?P<host>\*|(?:\*\.)?[^/*]+)(?::[\d*]+)?/.*")
_EVERYWHERE: Final = frozenset({"<all_urls>", "*"})
# What public sources call the portal's client and its parts.
_HINTS: Final = re.compile(r"(?i)bhxh|baohiemxahoi|vss|bảo hiểm xã hội|social\s*security")
# Longest first: a folder below another one has the nearer variable.
_FOLDERS: Final = (
    (re.compile(r"(?i)^[a-z]:\\program files \(x86\)(?=\\|$)"), "%ProgramFiles(x86)%"),
    (re.compile(r"(?i)^[a-z]:\\program files(?=\\|$)"), "%ProgramFiles%"),
    (re.compile(r"(?i)^[a-z]:\\programdata(?=\\|$)"), "%ProgramData%"),
    (re.compile(r"(?i)^[a-z]:\\users\\[^\\]+\\appdata\\local(?=\\|$)"), "%LOCALAPPDATA%"),
    (re.compile(r"(?i)^[a-z]:\\users\\[^\\]+\\appdata\\roaming(?=\\|$)"), "%APPDATA%"),
)


class Fit(IntEnum):
    """How well a host fits the portal."""

    NONE = 0
    EVERYWHERE = 1
    """Its extension works on every page, so on the portal's, too."""
    NAMED = 2
    """Its extension names the portal's host, or one of its parts has a name of the portal."""


@dataclass(frozen=True)
class Candidate:
    """A host that may be the portal's.

    Attributes:
        host: The host.
        extensions: The extensions through which it is reached; empty when none is installed.
        fit: How well it fits.
    """

    host: Host
    extensions: tuple[Extension, ...]
    fit: Fit

    @property
    def complete(self) -> bool:
        """Whether nothing is known to be wrong with any of its parts."""
        troubles = (*self.host.troubles, *(self.host.program.troubles if self.host.program else ()))
        return bool(not troubles and any(not each.troubles for each in self.extensions))


def candidates(inspection: Inspection) -> list[Candidate]:
    """The hosts that fit the portal best; several when nothing tells them apart."""
    found = []
    for host in inspection.hosts:
        reaching = tuple(each for each in inspection.extensions if host.name in each.allowed_by)
        fits = [_fit(each, inspection.site) for each in reaching]
        names = (
            host.name,
            host.manifest.name,
            *((host.program.path.name, host.program.product) if host.program else ()),
        )
        if any(_HINTS.search(name) for name in (*names, *(each.name for each in reaching))):
            fits.append(Fit.NAMED)
        best = max(fits, default=Fit.NONE)
        through = tuple(e for e, fit in zip(reaching, fits, strict=False) if fit is not Fit.NONE) or reaching
        found.append(Candidate(host, through, best))
    best = max((each.fit for each in found), default=Fit.NONE)
    return [each for each in found if each.fit is best] if best is not Fit.NONE else []


def reaches(patterns: Iterable[str], site: str) -> Fit:
    """How well match patterns of an extension fit a host."""
    fit = Fit.NONE
    for pattern in patterns:
        found = _PATTERN.fullmatch(pattern)
        host = found["host"] if found else ""
        if pattern in _EVERYWHERE or host == "*":
            fit = max(fit, Fit.EVERYWHERE)
        elif host == site or (host.startswith("*.") and f".{site}".endswith(host[1:])):
            return Fit.NAMED
    return fit


def profile_lines(inspection: Inspection, found: Sequence[Candidate]) -> list[str]:
    """The table ``[signer]`` as far as it was seen. What is not sure stands behind ``#``: a person chooses."""
    lines = ["[signer]", 'kind = "client"']
    sure = len(found) == 1
    for candidate in found:
        lines += _lines(candidate, inspection, "" if sure else "# ")
    if not found:
        missing = ("extension", "host", "program", "folder", "publisher")
        lines += [f'{key} = "?"   # not seen {inspection.date}' for key in missing]
    return lines


def site_of(address: str) -> str:
    """The host of an address, or the text itself when it is a host already."""
    return (urlsplit(address if "//" in address else f"//{address}").hostname or "").lower()


def folder_rule(folder: str) -> str:
    """A Windows folder as a window rule writes it: by variables, so that it holds on other machines."""
    for pattern, variable in _FOLDERS:
        if pattern.search(folder):
            return pattern.sub(lambda _, name=variable: name, folder)  # type: ignore[misc]
    return folder


def _fit(extension: Extension, site: str) -> Fit:
    return reaches(
        (*extension.matches, *extension.connectable, *extension.host_permissions, *extension.permissions), site
    )


def _lines(candidate: Candidate, inspection: Inspection, mark: str) -> list[str]:
    seen = f"seen {inspection.date}"
    installed = sorted(candidate.extensions, key=lambda each: bool(each.troubles))
    notes = {
        each.id: f"{seen}, {each.browser} {each.browser_version}, {each.name} {each.version}"
        for each in reversed(installed)
    } or dict.fromkeys(candidate.host.extensions, f"{seen}, not installed")
    values = [("extension", id_, notes[id_]) for id_ in dict.fromkeys((*(each.id for each in installed), *notes))]
    values += [("host", candidate.host.name, seen), *_program_values(candidate.host.program, seen)]
    lines = []
    for index, (key, value, note) in enumerate(values):
        further = "# " if key in {each for each, *_ in values[:index]} else ""  # a key may stand there once
        written = json.dumps(clean(value), ensure_ascii=False)
        lines.append(f"{mark or further}{key} = {written}   # {one_line(note)}")
    return lines


def _program_values(program: Program | None, seen: str) -> list[tuple[str, str, str]]:
    if program is None or not program.exists:
        return [(key, "?", "program not there") for key in ("program", "folder", "publisher")]
    path, publisher = PureWindowsPath(program.path), program.publisher
    return [
        ("program", path.name, f"{seen}, {program.version or 'no version'}"),
        ("folder", folder_rule(str(path.parent)), seen),
        ("publisher", publisher or "?", seen if publisher else _unsigned(publisher)),
    ]


def _unsigned(publisher: str | None) -> str:
    return "could not be asked on this system" if publisher is None else "Windows trusts no signature of the program"
