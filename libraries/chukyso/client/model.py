"""What is found of a signing client, as data. Every path is as it was found; ``privacy`` cleans what leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path


class Browser(StrEnum):
    """Browsers that can have the client's extension."""

    CHROME = "chrome"
    CHROMIUM = "chromium"
    EDGE = "edge"


class Level(StrEnum):
    """For whom something is set."""

    MACHINE = "machine"
    USER = "user"


class Fault(StrEnum):
    """What is wrong with a part. The value is stable: it stands in the JSON document."""

    MANIFEST_MISSING = "manifest-missing"
    MANIFEST_UNREADABLE = "manifest-unreadable"
    NAME_INVALID = "name-invalid"
    NAME_DIFFERS = "name-differs"
    TYPE_WRONG = "type-wrong"
    PATH_MISSING = "path-missing"
    PATH_RELATIVE = "path-relative"
    PROGRAM_MISSING = "program-missing"
    PROGRAM_UNREADABLE = "program-unreadable"
    ORIGIN_INVALID = "origin-invalid"
    NOBODY_ALLOWED = "nobody-allowed"
    NOT_INSTALLED = "extension-not-installed"
    DISABLED = "extension-disabled"
    NO_HOST = "extension-without-host"
    BLOCKED = "blocked-by-policy"


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong.

    Attributes:
        fault: What.
        detail: English or a name: which one, or what the system said; may be "".
    """

    fault: Fault
    detail: str = ""


@dataclass(frozen=True)
class Registration:
    """Where a browser finds a native messaging host.

    Attributes:
        browser: Which browser.
        level: For whom.
        name: The host's name.
        place: The registry key, or the folder of the manifest.
        manifest: The manifest.
        views: Views of the registry that have the key, 32 and 64; empty where there is no registry.
    """

    browser: Browser
    level: Level
    name: str
    place: str
    manifest: Path
    views: tuple[int, ...] = ()


@dataclass(frozen=True)
class Program:
    """A host's program.

    Attributes:
        path: Where it is.
        exists: It is there.
        machine: For which system and processor it was built; "" when that cannot be told.
        toolkits: What its windows may be made with, and what it signs with.
        imports: Libraries that it loads when it starts or later, in lower case.
        version: Of the file, by its version resource.
        product: Name of the product, by its version resource.
        company: As the version resource calls it; anybody can write that.
        publisher: Who signed it, when Windows trusts the signature, else ""; None when nobody could ask (no Windows).
        troubles: What is wrong with it.
    """

    path: Path
    exists: bool = False
    machine: str = ""
    toolkits: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    version: str = ""
    product: str = ""
    company: str = ""
    publisher: str | None = None
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True)
class Host:
    """A native messaging host.

    Attributes:
        name: As it is registered.
        manifest: Its manifest.
        registrations: Where it is registered.
        type: How it is talked to; ``stdio`` is the only way.
        origins: Origins of extensions that it allows, as they are written.
        extensions: Ids of these.
        program: Its program; None when the manifest names none.
        troubles: What is wrong with it.
    """

    name: str
    manifest: Path
    registrations: tuple[Registration, ...]
    type: str = ""
    origins: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    program: Program | None = None
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True)
class Extension:
    """An installed extension that may talk to native programs.

    Attributes:
        id: Its id.
        browser: Whose it is.
        browser_version: As the data directory says it; "" when it does not.
        profile: Folder of the profile, such as ``Default``.
        folder: Where it is.
        name: Its name, in the language that it has by default.
        version: Its version.
        manifest_version: 2 or 3.
        permissions: What it may do.
        host_permissions: Which pages it may reach.
        matches: Into which pages it puts scripts.
        connectable: Which pages may talk to it directly.
        update_url: Where it is updated from; "" for an unpacked one.
        enabled: It is switched on; None when the profile does not say.
        allowed_by: Names of the hosts that allow it.
        troubles: What is wrong with it.
    """

    id: str
    browser: Browser
    browser_version: str
    profile: str
    folder: Path
    name: str
    version: str
    manifest_version: int
    permissions: tuple[str, ...] = ()
    host_permissions: tuple[str, ...] = ()
    matches: tuple[str, ...] = ()
    connectable: tuple[str, ...] = ()
    update_url: str = ""
    enabled: bool | None = None
    allowed_by: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True)
class Policy:
    """A policy of a browser that can keep the client from working, or install it.

    Attributes:
        browser: Whose it is.
        level: For whom it is set.
        name: As the browser calls it.
        values: Its values; of a list in order, of a table as JSON.
        place: The registry key or the file.
    """

    browser: Browser
    level: Level
    name: str
    values: tuple[str, ...]
    place: str


@dataclass(frozen=True)
class Inspection:
    """All that was found.

    Attributes:
        system: The operating system and its version.
        date: The day, ISO 8601.
        site: Host of the portal that the client is looked for.
        hosts: The hosts that are registered.
        extensions: The extensions that these allow, and those that ask for a host and have none.
        policies: The policies that matter.
        unreadable: Files and keys that could not be read, and why.
        windows: Windows of the client's program, as ``desktop.dump`` writes them, without what may be personal.
        windows_trouble: Code of the error that kept windows from being looked at; "" when there was none.
    """

    system: str
    date: str
    site: str
    hosts: tuple[Host, ...] = ()
    extensions: tuple[Extension, ...] = ()
    policies: tuple[Policy, ...] = ()
    unreadable: tuple[str, ...] = ()
    windows: tuple[dict[str, object], ...] = field(default=())
    windows_trouble: str = ""
