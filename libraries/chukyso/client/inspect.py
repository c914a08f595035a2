"""Looks at everything that a signing client consists of. Nothing is started, pressed or changed."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from chukyso.client import extensions as installed
from chukyso.client import hosts as messaging
from chukyso.client.model import Browser, Extension, Fault, Host, Inspection, Level, Policy, Trouble
from chukyso.client.places import Folder, Places, in_user_data, places
from chukyso.client.policies import blocks_extension, blocks_host, read_policies
from chukyso.client.privacy import clean, clean_window
from chukyso.client.proposal import Candidate, Fit, candidates, profile_lines
from chukyso.client.registry import Registry, this_registry
from chukyso.desktop.client import Desktop
from chukyso.desktop.dump import dump
from chukyso.errors import ChukysoError
from chukyso.moment import VIETNAM

SCHEMA_VERSION: Final = 1
SITE: Final = "dichvucong.baohiemxahoi.gov.vn"


@dataclass(frozen=True)
class Where:
    """Where is looked.

    Attributes:
        places: Folders of the browsers.
        registry: The registry; None where there is none.
        user_data: Data directories besides those of the browsers, as a run has one.
    """

    places: Places = field(default_factory=places)
    registry: Registry | None = field(default_factory=this_registry)
    user_data: tuple[Path, ...] = ()


def inspect(site: str = SITE, where: Where | None = None, *, windows: bool = True) -> Inspection:
    """Find what is installed of the portal's signing client.

    Args:
        site: Host of the portal.
        where: Where to look; on this machine when None.
        windows: Look at the windows of its program, too.
    """
    where = where or Where()
    given = tuple(Folder(Browser.CHROMIUM, Level.USER, path) for path in where.user_data)
    manifests = where.places.hosts + (() if where.registry else in_user_data(given))
    hosts = messaging.read_hosts(messaging.registered(where.registry, manifests))
    policies, unreadable = read_policies(where.registry, where.places.policies)
    extensions, also = installed.read_extensions((*where.places.user_data, *given), _allowed(hosts))
    inspection = Inspection(
        system=f"{platform.system()} {platform.version() if platform.system() == 'Windows' else platform.release()}",
        date=datetime.now(VIETNAM).date().isoformat(),
        site=site,
        hosts=tuple(_judged_host(each, extensions, policies) for each in hosts),
        extensions=tuple(_judged_extension(each, policies) for each in extensions),
        policies=tuple(policies),
        unreadable=tuple(unreadable + also),
    )
    if not windows:
        return inspection
    seen, trouble = _windows(candidates(inspection))
    return replace(inspection, windows=seen, windows_trouble=trouble)


def document(inspection: Inspection) -> dict[str, Any]:
    """What may leave the machine: the JSON document from which the readable file is written, too."""
    found = candidates(inspection)
    data = asdict(inspection)
    cleaned: dict[str, Any] = clean(
        {
            "schema_version": SCHEMA_VERSION,
            **_plain(data),
            "candidates": [
                {"host": each.host.name, "fit": each.fit.name.lower(), "complete": each.complete} for each in found
            ],
            "profile": profile_lines(inspection, found),
        }
    )
    return cleaned


def _plain(value: Any) -> Any:
    """Paths as texts."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def _allowed(hosts: Iterable[Host]) -> dict[str, tuple[str, ...]]:
    """Names of hosts by the extensions that they allow."""
    allowed: dict[str, tuple[str, ...]] = {}
    for host in hosts:
        for extension in host.extensions:
            allowed[extension] = tuple(dict.fromkeys((*allowed.get(extension, ()), host.name)))
    return allowed


def _judged_host(host: Host, extensions: Iterable[Extension], policies: list[Policy]) -> Host:
    troubles = list(host.troubles)
    if host.extensions and not {each.id for each in extensions} & set(host.extensions):
        troubles.append(Trouble(Fault.NOT_INSTALLED, ", ".join(host.extensions)))
    for browser in dict.fromkeys(each.browser for each in host.registrations):
        policy = blocks_host(policies, browser, host)
        troubles += [Trouble(Fault.BLOCKED, f"{policy} ({browser})")] if policy else []
    return replace(host, troubles=tuple(troubles))


def _judged_extension(extension: Extension, policies: list[Policy]) -> Extension:
    policy = blocks_extension(policies, extension.browser, extension.id)
    troubles = (Trouble(Fault.BLOCKED, policy),) if policy else ()
    return replace(extension, troubles=extension.troubles + troubles)


def _windows(found: list[Candidate]) -> tuple[tuple[dict[str, object], ...], str]:
    """What the client's programs show now. Of hosts that only may be the portal's, nothing is looked at."""
    if len(found) != 1 and not all(each.fit is Fit.NAMED for each in found):
        return (), ""
    folders = {str(each.host.program.path.resolve().parent) for each in found if each.host.program}
    if not folders:
        return (), ""
    try:
        with Desktop() as desktop:
            shown = [window for folder in sorted(folders) for window in dump(desktop, program=folder)["windows"]]
    except ChukysoError as error:
        return (), error.code.name
    return tuple(clean_window(each) for each in shown), ""
