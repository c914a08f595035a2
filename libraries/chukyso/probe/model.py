"""What one probe saw, as plain data: ``probe.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Final

from chukyso.errors import ChukysoError

SCHEMA_VERSION: Final = 1


class Found(StrEnum):
    """Whether a locator was found. ``UNKNOWN``: the profile does not know it, so nobody looked."""

    FOUND = "found"
    MISSING = "missing"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"
    NOT_LOOKED = "not-looked"


@dataclass(frozen=True)
class TlsFacts:
    """The certificate with which the portal answered.

    Attributes:
        version: Protocol version, such as ``TLSv1.3``.
        subject: Common name of the certificate, or its subject.
        issuer: The issuer's.
        not_before: Start of validity, ISO 8601, UTC.
        not_after: Its end.
        sha256: Fingerprint of the certificate, hex.
        chain: Subjects from the portal's certificate up to the root that is believed; () when this Python cannot tell.
    """

    version: str
    subject: str
    issuer: str
    not_before: str
    not_after: str
    sha256: str
    chain: tuple[str, ...] = ()


@dataclass(frozen=True)
class Traffic:
    """What the pages asked for.

    Attributes:
        requests: How many requests they wanted to make; those that were blocked count, too.
        limit: How many they may make.
        blocked: ``METHOD address`` of requests that were not let out: over the limit, or no plain reading.
        hosts: Number of requests by host and port.
    """

    requests: int = 0
    limit: int = 0
    blocked: tuple[str, ...] = ()
    hosts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """One thing that is not as in the last good probe. The texts are Vietnamese."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Problem:
    """Why a probe is not good.

    Attributes:
        code: Name of the error code.
        happened: What happened, Vietnamese.
        action: What to do, Vietnamese.
        detail: Technical detail, English.
    """

    code: str
    happened: str
    action: str
    detail: str = ""

    @classmethod
    def of(cls, error: ChukysoError) -> Problem:
        return cls(error.code.name, error.happened, error.code.value.action, error.detail)


@dataclass(frozen=True)
class Probe:
    """One probe.

    Attributes:
        profile: Name of the profile.
        portal: Address of the portal.
        embedded: Whether it is the embedded sandbox, whose port is another one each time.
        started: ISO 8601, UTC.
        seconds: How long it took.
        tls: The certificate; None for a portal without TLS, or when it was not reached.
        final_address: Where the portal's address led to, relative to the portal when it stayed there.
        status: HTTP status of the home page; 0 when there was no answer.
        headers: Security headers of the home page, by lower-case name.
        elements: What became of every locator of the public pages.
        texts: Lines of text by page.
        scripts: SHA-256 of every script that the pages loaded, by address.
        traffic: What the pages asked for.
        problems: Why it is not good; none for a good probe.
        changes: How it differs from the last good one.
        compared_with: When that one was started; "" when there is none.
        notes: What a reader should know besides, Vietnamese.
    """

    profile: str
    portal: str
    embedded: bool
    started: str
    seconds: float = 0.0
    tls: TlsFacts | None = None
    final_address: str = ""
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    elements: Mapping[str, Found] = field(default_factory=dict)
    texts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)
    traffic: Traffic = field(default_factory=Traffic)
    problems: tuple[Problem, ...] = ()
    changes: tuple[Change, ...] = ()
    compared_with: str = ""
    notes: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        return not self.problems

    def to_json(self) -> str:
        """The text of ``probe.json``."""
        return json.dumps({"schema_version": SCHEMA_VERSION, **asdict(self)}, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Probe:
        """Read what ``to_json`` wrote.

        Raises:
            ValueError: It is something else.
        """
        try:
            return cls(**_fields(json.loads(text), {each.name for each in fields(cls)}))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"not a probe: {error}") from error


def _fields(data: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """The fields of a probe from their JSON."""
    if data.pop("schema_version") != SCHEMA_VERSION or set(data) != names:
        raise ValueError(f"another schema; fields {sorted(data)}")
    tls = data["tls"]
    return data | {
        "tls": TlsFacts(**tls | {"chain": tuple(tls["chain"])}) if tls else None,
        "elements": {key: Found(value) for key, value in data["elements"].items()},
        "texts": {page: tuple(map(str, lines)) for page, lines in data["texts"].items()},
        "scripts": {str(key): str(value) for key, value in data["scripts"].items()},
        "headers": {str(key): str(value) for key, value in data["headers"].items()},
        "traffic": Traffic(**data["traffic"] | {"blocked": tuple(data["traffic"]["blocked"])}),
        "problems": tuple(Problem(**each) for each in data["problems"]),
        "changes": tuple(Change(**each) for each in data["changes"]),
        "notes": tuple(data["notes"]),
    }
